"""The examples keep the laws that ours are held to."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pitlive.messages import Entry
from tests.conftest import ROOT
from tests.examples.conftest import EXAMPLES, python


def laws_hold(installed: Path, cache: Path, *arguments: str) -> str:
    """Run tests of ours beside what is installed; return what pytest says."""
    quiet = ["-q", "-p", "no:xdist", "-o", f"cache_dir={cache}"]
    return python(["-m", "pytest", *quiet, *arguments], ROOT, installed)


def test_the_stat_kind_keeps_the_laws_of_all_stat_kinds(installed: Path, tmp_path: Path) -> None:
    """One by one, in any batches and any order, at any time: what pandas makes of it."""
    laws = ["-p", "tests.examples.oracles", "-k", "diversity or oracle"]
    said = laws_hold(installed, tmp_path, *laws, "tests/declared/test_laws.py")
    assert re.search(r"\b[1-9]\d* passed", said)


def test_the_forecast_keeps_the_laws_of_all_forecasts(
    installed: Path, prior: Path, tmp_path: Path
) -> None:
    """It sees the past only, is finite and between 0 and 1, whatever the race is like."""
    shutil.copy(prior, installed / "lead_change")
    laws = ["-k", "lead_change and not heading"]
    said = laws_hold(installed, tmp_path, *laws, "tests/race/test_forecasts.py")
    assert re.search(r"\b[1-9]\d* passed", said)


def rows(services: Any, batches: list[list[Entry]]) -> Any:
    """What readers of a source of heartbeats have in the end."""
    state: dict[str, Any] = {}
    for batch in batches:
        state |= services.outcome(batch).rows["services"]
    return state, services.due_ms


def test_the_fold_of_the_kind_is_of_the_set_of_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """In any batches and any order, and a service that was late is up again in the end."""
    monkeypatch.syspath_prepend(EXAMPLES / "kind")
    from pitlive_heartbeat.services import Services

    random = Random(2)
    beats = [
        Entry(f"b{n}", "beat", random.randrange(60_000), {"service": random.choice("abc")})
        for n in range(60)
    ]
    entries = [*beats, *(Entry(f"tick/{ms}", "tick", ms, {}) for ms in range(0, 70_000, 7000))]
    once = rows(Services(9000), [entries])
    for _ in range(5):
        random.shuffle(entries)
        cut = random.randrange(len(entries))
        assert rows(Services(9000), [entries[:cut], entries[cut:]]) == once
        assert rows(Services(9000), [[entry] for entry in entries]) == once

    services = Services(9000)
    beat = [Entry("x", "beat", 1000, {"service": "a"})]
    assert rows(services, [beat])[1] == 10_000
    late = [Entry("tick/10000", "tick", 10_000, {})]
    assert not rows(services, [late])[0]["a"]["is_up"]
    again = [Entry("y", "beat", 10_500, {"service": "a"})]
    assert rows(services, [again])[0]["a"] == {"is_up": True, "beats": 2, "last_ms": 10_500}
