"""A result of the streams, judged: what it lacks stands with whatever else went wrong."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.judge import Value, verdict
from benchmarks.stream.trial import Result


def judged(result: Result, wanted: Mapping[str, str]) -> Result:
    """Return a result with all that is wrong with it.

    Args:
        result: Figures by name, `wrong` as far as the load saw it, and `proofs`.
        wanted: The figures that have to be among them, with their units.

    >>> judged({"rate": 8960.0, "wrong": "", "proofs": []}, {"rate": "events/s"})["wrong"]
    'no proof: nothing says what was measured'
    """
    others = [name for name, value in result.items() if isinstance(value, float)]
    values: list[Value] = [(name, unit, result.get(name)) for name, unit in wanted.items()]
    values += [(name, "", result[name]) for name in others if name not in wanted]
    told = (result.get("wrong"), verdict(values, result.get("proofs", [])))
    return result | {"wrong": "; ".join(dict.fromkeys(filter(None, told)))}
