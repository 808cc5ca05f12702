"""A package that does everything wrong that can be done: what it brings, and how it fails."""

from __future__ import annotations

from pathlib import Path

from tests.distributions import describe

MODULES = {
    "bad_import.py": "import does_not_exist",
    "bad_kind.py": """
from pitlive.kind import Kind, Schemas

class Bad(Kind):
    name = "bad"

    def spec(self, declared):
        if "raises" in declared:
            raise RuntimeError("spec fails")
        return dict(declared)

    def stated(self, report):
        return report.entry("it", report.fields())

    def fold(self, spec):
        raise RuntimeError("fold fails")

    def schemas(self):
        return Schemas("Bad", "Bad", {"Bad": {"type": "object"}})

BAD = Bad()
""",
    "bad_stat.py": """
from typing import Literal
from pitlive.declared.members import GroupValues
from pitlive.declared.stat import StatSpec

class Spec(StatSpec):
    kind: Literal["bad"]
    of: str

class Stat(GroupValues):
    def __init__(self, spec, groups):
        super().__init__(groups, spec.of)

    def rows(self):
        found = {}
        for key, values in self.changed():
            if len(values) > 1:
                raise RuntimeError("rows fail")
            found[key] = {"count": len(values)}
        return found
""",
    "bad_widget.py": """
from pathlib import Path
from pitlive.declared.widget import WidgetModule
HERE = Path(__file__).parent
MOODY = WidgetModule(HERE / "moody.js")
LOST = WidgetModule(HERE / "lost.js")
MISSING = WidgetModule(HERE / "missing.js")
""",
    "moody.js": """
export function mount(element) {
  return {
    update([{ row }]) {
      element.textContent = `drawn ${row.current}`
      if (row.total === 7) throw new Error('update fails')
    },
  }
}
""",
    "lost.js": "this will be deleted",
    "bad_forecast/__init__.py": """
from importlib.resources import files
from lead_change import baseline, fit, groups, kind, outcome, sample, unit
name = "bad_forecast"
PRIOR = files(__name__) / "prior.json"

def forecast(view, prior):
    raise RuntimeError("forecast fails")
""",
    "bad_forecast/prior.json": '{"version":1,"provenance":{},"tracks":{},'
    '"figures":{"bad_forecast":{}}}',
    "bad_prior/__init__.py": """
from importlib.resources import files
from lead_change import baseline, fit, forecast, groups, kind, outcome, sample, unit
name = "bad_prior"
PRIOR = files(__name__) / "prior.json"
""",
    "bad_prior/prior.json": "not JSON",
}
POINTS = """
[pitlive.kinds]
bad_import = bad_import:KIND
bad = bad_kind:BAD
[pitlive.stats]
bad = bad_stat
[pitlive.widgets]
moody = bad_widget:MOODY
lost = bad_widget:LOST
missing = bad_widget:MISSING
[pitlive.forecasts]
bad_forecast = bad_forecast
bad_prior = bad_prior
"""


def install(target: Path) -> None:
    """Put it beside what is installed in a folder."""
    for name, text in MODULES.items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(text)
    describe(target, "stranger", points=POINTS)
