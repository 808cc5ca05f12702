"""The laws of forecasts as they are published live: told, scored, looked back at."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import orjson
import pytest

from pitlive.messages import Entry
from pitlive.race import live_forecasts
from pitlive.race.edge.schemas import Past, PastStandings
from pitlive.race.forecasting.artefact import shipped
from pitlive.race.forecasting.protocol import Forecast, Prior
from pitlive.race.forecasting.scoring import MAIN, scores
from pitlive.race.forecasting.view import View, view
from pitlive.race.kind import RACE as kind
from pitlive.race.live import LiveRace
from pitlive.race.live_forecasts import SLACK
from pitlive.race.registry import EVERY, FIGURES, PARTS, learnt, wrong
from pitlive.race.simulation import simulate
from tests import races
from tests.race.told import State, canonical

PLAN = simulate.RacePlan(cars=10, laps=40, seed=7)
SPEC = {**simulate.spec(PLAN), "series": "nascar-cup", "track_type": "short"}


@cache
def given() -> list[Entry]:
    """A race in which everything happens."""
    return sorted(races.checked(list(simulate.entries(PLAN)), SPEC), key=lambda e: e.at_ms)


AHEAD = ("lap", "87")
"""Type and car of what is told too early."""


class Reader:
    """Whoever hears all that a live race tells, and keeps its packed laps."""

    def __init__(self, spec: dict[str, Any] | None = None) -> None:
        self.race = LiveRace(kind.spec(SPEC if spec is None else spec))
        self.state: State = {}
        self.laps: dict[str, bytes] = {}

    def hear(self, entries: Sequence[Entry] = (), work: int = 0) -> None:
        """Fold a batch and work off some steps."""
        self.race.apply(entries)
        for _ in range(work):
            self.race.work_off()
        for channel, rows in self.race.rows().items():
            known = self.state.setdefault(channel, {})
            for name, row in rows.items():
                known.pop(name, None) if row is None else known.__setitem__(name, row)
        for piece in self.race.pieces():
            assert piece.offset is None
            self.laps[piece.name] = piece.data

    def settle(self) -> Reader:
        """Work until there is nothing left."""
        while not self.race.is_settled:
            self.race.work_off()
        self.hear()
        assert not self.race.work_off()
        return self

    @property
    def all(self) -> bytes:
        """Everything there is, as one text."""
        laps = {name: orjson.loads(gzip.decompress(d)) for name, d in self.laps.items() if d}
        return canonical({"state": {c: r for c, r in self.state.items() if r}, "laps": laps})


@cache
def whole() -> Reader:
    """A reader of the whole race, all at once."""
    reader = Reader()
    reader.hear(given())
    return reader.settle()


def test_every_figure_is_told_and_scored() -> None:
    """Each horizon has its row of the scorecard, with the baseline's score beside ours."""
    before = Reader()
    before.hear([e for e in given() if e.at_ms < int(view(whole().race).lead_at[30])])
    rows = before.settle().state["forecasts"]
    assert {"caution", "position", "finish", "win"} <= rows.keys() <= FIGURES.keys()
    assert all(row["lap"] == 29 for row in rows.values())
    told = whole().state["scores"]
    assert {row["figure"] for row in told.values()} <= EVERY.keys()
    assert {"position/2", "position/20", "finish/0", "win/0"} <= told.keys()
    assert all({"ours", "base", "n", "score"} <= row.keys() for row in told.values())


def test_any_order_of_arrival_ends_in_the_same_forecasts_scores_and_laps() -> None:
    """Late, repeated and corrected entries, with whatever was worked off in between."""
    random = Random(11)
    late = [
        replace(e, at_ms=e.at_ms + random.randrange(900), revision=1)
        for e in given()[:: len(given()) // 12]
    ]
    entries = [*given(), *late, *given()[::9]]
    straight = Reader()
    straight.hear(entries)
    mixed = sorted(entries, key=lambda e: e.at_ms + random.choice((0, 0, 0, 2_000, 90_000)))
    reader = Reader()
    while mixed:
        size = random.randrange(1, 150)
        reader.hear(mixed[:size], random.randrange(4))
        mixed = mixed[size:]

    assert reader.settle().all == straight.settle().all


def test_a_car_whose_clock_is_ahead_stops_after_its_in_lap_and_all_ends_the_same() -> None:
    """Its laps are known before the flags and stops that they were run under."""
    early = [(e.type, e.data.get("car")) == AHEAD for e in given()]
    ahead = [
        replace(e, at_ms=max(e.at_ms - 20_000, 1)) if is_early else e
        for e, is_early in zip(given(), early, strict=True)
    ]
    ahead.sort(key=lambda e: e.at_ms)
    straight, live = Reader(), Reader()
    straight.hear(ahead)
    for start in range(0, len(ahead), 5):
        live.hear(ahead[start : start + 5], work=2)
    assert live.settle().all == straight.settle().all


def test_cars_that_appear_as_they_are_mentioned_end_the_same() -> None:
    """In a race without a list of cars their order is nobody's."""
    entries = races.checked(races.small(6, 25))
    first, other = Reader({}), Reader({})
    first.hear(entries)
    for n in range(0, len(entries), 20):
        other.hear(entries[::-1][n : n + 20], 2)
    assert first.settle().all == other.settle().all


def test_a_lap_of_the_leader_that_is_taken_back_is_no_more() -> None:
    """Its forecasts go with it, and nobody can look back at it."""
    reader = Reader({})
    entries = races.checked(races.small(3, 12))
    reader.hear(entries, work=100)
    gone = [{"type": "retract", "amends": e.uid} for e in entries if e.data.get("lap") == 12]
    reader.hear(races.checked(gone))
    reader.settle()
    assert reader.laps["lap/12"] == b""
    assert reader.laps["lap/11"]
    assert {row["lap"] for row in reader.state["forecasts"].values()} <= {11}


def test_a_forecast_told_is_that_of_the_log_cut_there() -> None:
    """What a lap looked like is what was known as the leader completed it."""
    end = view(whole().race)
    for lap in (9, 24, 33):
        cut = Reader()
        cut.hear([e for e in given() if e.at_ms <= int(end.lead_at[lap])])
        now = cut.settle().state
        then = orjson.loads(gzip.decompress(whole().laps[f"lap/{lap}"]))
        told = {
            name: {f: v for f, v in row.items() if f != "revision"}
            for name, row in now["forecasts"].items()
        }
        assert then["forecasts"] == told
        assert (then["lap"], then["at_ms"]) == (lap, int(end.lead_at[lap]))
        _same_standings(then["standings"], now["standings"])


def _same_standings(then: dict[str, list[Any]], now: dict[str, Any]) -> None:
    order = sorted(now.values(), key=lambda row: row["place"])
    assert then["cars"] == [row["car"] for row in order]
    for name in then.keys() - {"cars"}:
        want = [row.get(name) for row in order]
        if name.startswith(("mean", "median")):
            want = [None if value is None else round(value, 1) for value in want]
        assert then[name] == [int(v) if isinstance(v, bool) else v for v in want], name


def test_a_past_lap_is_as_documented() -> None:
    """Its standings have every column that the OpenAPI document names, and no other."""
    then = orjson.loads(gzip.decompress(whole().laps["lap/24"]))
    past = Past.model_validate({"source": "demo", **then}, strict=True)
    assert then["standings"].keys() == PastStandings.model_fields.keys()
    assert past.model_dump(exclude_none=True).keys() == {"source", *then}


def test_a_figure_that_has_not_been_fitted_is_silent_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others go on; it is listed among the scores, from the beginning."""
    monkeypatch.delitem(learnt().figures, "clumpiness")  # type: ignore[arg-type] # a dict
    race = LiveRace(kind.spec(SPEC))
    listed = {"figure": "clumpiness", "unfitted": True}
    assert race.rows()["scores"] == {"clumpiness": listed}

    race.outcome(given())
    while race.work_off():
        pass
    rows = race.rows()
    assert "clumpiness" not in rows["forecasts"]
    assert {"stint", "win"} <= rows["forecasts"].keys()
    assert "clumpiness/1" not in rows["scores"]
    assert len(rows["scores"]) > 20


@pytest.fixture
def two_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a whole race takes a moment."""
    two = {name: EVERY[name] for name in ("stint", "win")}
    for names in ("EVERY", "FIGURES"):
        monkeypatch.setattr(live_forecasts, names, two)


def fails_after(lap: int, does: Callable[..., Any]) -> Callable[..., Any]:
    """What a figure does, which fails as of a lap and later ones."""

    def done(*given: Any) -> Any:
        if given[-2 if len(given) == 2 else 1].lap > lap:
            raise KeyError("tires")
        return does(*given)

    return done


@pytest.mark.usefixtures("two_figures")
@pytest.mark.parametrize("part", ["forecast", "baseline", "outcome"])
def test_a_figure_that_fails_costs_itself_alone_and_says_so(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """All other figures say and score what they would; it is listed among the scores."""
    sound = Reader()
    sound.hear(given())
    expected = sound.settle().state
    monkeypatch.setattr(EVERY["stint"], part, fails_after(20, getattr(EVERY["stint"], part)))
    reader = Reader()
    reader.hear(given())
    reader.settle()
    assert reader.state["scores"].pop("stint") == {"figure": "stint", "failed": "KeyError: 'tires'"}

    for state in (expected, reader.state):
        stint = state["forecasts"].pop("stint", None)
        assert (stint is None) == (part == "forecast" and state is reader.state)
        for key in [key for key in state["scores"] if key.startswith("stint/")]:
            del state["scores"][key]
    assert canonical(reader.state) == canonical(expected)


@pytest.mark.usefixtures("two_figures")
def test_what_a_figure_failed_at_is_a_function_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order: a failure at laps that turn out not to have been is forgotten."""
    monkeypatch.setattr(EVERY["win"], "forecast", fails_after(30, EVERY["win"].forecast))
    entries, reader = given(), Reader()
    shuffled = Random(4).sample(entries, len(entries))
    reader.hear(shuffled[:300], work=20)
    reader.hear(shuffled[300:], work=20)
    reader.settle()
    once = Reader()
    once.hear(entries)
    assert canonical(reader.state) == canonical(once.settle().state)
    assert reader.state["scores"]["win"]["failed"] == "KeyError: 'tires'"

    late = [e.uid for e in entries if e.type == "lap" and e.data["lap"] > 30]
    reader.hear(races.checked([{"type": "retract", "amends": uid} for uid in late]))
    reader.settle()
    assert "win" not in reader.state["scores"]


@pytest.mark.usefixtures("two_figures")
@pytest.mark.parametrize(
    ("forecast", "reason"),
    [
        (None, "TypeError: got NoneType, want a Forecast"),
        ({"lap": 3}, "ValueError: lap: got 3, want 40"),
        ({"value": np.zeros(2)}, "ValueError: value: got shape (2,), want (1, 1)"),
        ({"rows": np.array([99])}, "IndexError: "),
        ({"ahead": np.array([1.0])}, "ValueError: ahead: got [1.0], want whole numbers from 0 on"),
        ({"options": (7,)}, "ValueError: options: got (7,), want none or 1 texts"),
        ({"options": ("a", "b")}, "ValueError: options: got ('a', 'b'), want none or 1 texts"),
        ({"ahead": np.array([-3])}, "ValueError: ahead: got [-3], want whole numbers from 0 on"),
    ],
)
def test_a_forecast_that_cannot_be_published_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, forecast: Any, reason: str
) -> None:
    """Of the figure that made it, named with what is wrong with it."""

    def made(now: View, _: Prior) -> Forecast | None:
        one = np.array([1.0])
        whole = Forecast(now.lap, np.array([0]), np.array([1]), one[:, None], one, one)
        return None if forecast is None else replace(whole, **forecast)

    monkeypatch.setattr(EVERY["win"], "forecast", made)
    reader = Reader()
    reader.hear(given())
    reader.settle()
    assert reader.state["scores"]["win"]["failed"].startswith(reason)
    assert "win" not in reader.state["forecasts"]
    assert "stint" in reader.state["forecasts"]


@pytest.mark.parametrize("within", [2.5, -1, 0, True])
def test_a_window_that_no_lap_ends_is_refused(within: Any) -> None:
    """Before any race: the figure is left out, with the reason."""
    told = {"name": "tides", "unit": "m", "kind": "chance"}
    of = SimpleNamespace(**dict.fromkeys(PARTS) | told)
    assert wrong("tides", of) == ""
    of.WITHIN = within
    assert wrong("tides", of) == f"WITHIN: got {within!r}, want a whole number of laps"


def test_the_running_scorecard_equals_scoring_every_forecast_by_itself() -> None:
    """Plain loops over laps, figures and columns, without anything kept in between."""
    artefact, end = shipped(), view(whole().race)
    placed = artefact.placed(end)
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for lap in range(1, end.lap + 1):
        now = placed.until(lap)
        for name, figure in EVERY.items():
            prior = artefact.figures[name]
            ours, base = figure.forecast(now, prior), figure.baseline(now, prior)
            for column, ahead in enumerate(ours.ahead.tolist()):
                within = getattr(figure, "WITHIN", None) or (0 if ours.options else ahead)
                if not len(ours.rows) or (within and lap + within + SLACK > end.lap):
                    continue
                past = placed.until(lap + within + SLACK) if within else placed
                came = figure.outcome(past, now, ours)
                pair = [scores(figure.kind, one, came)[MAIN[figure.kind]] for one in (ours, base)]
                both = [s[:, min(column, s.shape[1] - 1)] for s in pair]
                known = ~np.isnan(both[0]) & ~np.isnan(both[1])
                of = sums[f"{name}/{ahead}"]
                of[:] = np.add(of, [known.sum(), *(s[known].sum() for s in both)])
    told = whole().state["scores"]
    assert {key for key, (n, *_) in sums.items() if n} == told.keys()
    for key, (n, ours, base) in sums.items():
        if n:
            assert told[key]["n"] == n
            assert told[key]["ours"] == pytest.approx(ours / n, abs=1e-5)
            assert told[key]["base"] == pytest.approx(base / n, abs=1e-5)


def test_news_of_long_ago_is_scored_as_if_it_had_been_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Older than what is kept: the forecasts that are needed again are made again."""
    monkeypatch.setattr(live_forecasts, "KEPT", 5)
    late = next(e for e in given() if e.type == "lap" and e.data["lap"] == 30)
    held_up = Reader()
    held_up.hear([e for e in given() if e is not late])
    held_up.settle()
    held_up.hear([late])
    assert held_up.settle().all == whole().all


def test_a_race_may_want_no_forecasts() -> None:
    """Declared so, its fold has nothing deferred."""
    race = kind.fold(kind.spec({"forecasts": False}))
    race.outcome(races.checked(races.small(3, 10)))
    assert not isinstance(race, LiveRace)
