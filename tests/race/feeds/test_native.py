"""Live feeds of racing series, on payloads as they were received."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.feeds.live import format_of, names
from pitlive.kind import kind_of
from pitlive.messages import Entry

Reported = list[dict[str, Any]]

SAMPLES = "feed_samples"


def load(path: Path) -> Any:
    return orjson.loads(gzip.decompress(path.read_bytes()))


def table(path: Path) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode()))


def told(series: str, documents: list[tuple[str, Any]]) -> tuple[Any, Reported]:
    """Hand documents to a feed, each twice, as polls do; the second says nothing."""
    feed = format_of(series).Feed()
    said = []
    for name, document in documents:
        said += list(feed.accept(name, document))
        assert list(feed.accept(name, document)) == []
    return feed, said


def of(said: Reported, type: str) -> Reported:
    return [entry for entry in said if entry["type"] == type]


def check(feed: Any, said: Reported) -> None:
    """The server takes the declaration and every entry."""
    spec = kind_of(feed.spec or {}).spec(feed.spec or {})
    for entry in said:
        assert isinstance(kind_of(spec).entry(entry, spec, seen_ms=1), Entry), entry


@pytest.fixture
def nascar(data_dir: Path) -> dict[str, Any]:
    names = ("live-feed", "live-flag-data", "live-pit-data")
    return {name: load(data_dir / f"{SAMPLES}/nascar/{name}.json.gz") for name in names}


@pytest.mark.data
def test_a_nascar_race_is_read_whole(nascar: dict[str, Any]) -> None:
    """Last laps, stops and flags as the three documents state them."""
    feed, said = told("nascar", list(nascar.items()))

    check(feed, said)
    assert len(of(said, "lap")) == 38
    winner = next(lap for lap in of(said, "lap") if lap["car"] == "20")
    assert winner == {
        "uid": "lap/20/201", "revision": 0, "type": "lap", "car": "20", "lap": 201,
        "at_ms": 9188339, "lap_ms": 32180, "place": 1,
    }  # fmt: skip
    rows = [row for row in nascar["live-pit-data"] if row["pit_in_race_time"] > 0]
    assert len(of(said, "pit_in")) == len(rows)
    assert Counter(stop.get("tires") for stop in of(said, "pit_out")) == {4: 148, 2: 8, 0: 17}
    assert Counter(flag["flag"] for flag in of(said, "flag")) == {
        "green": 8, "yellow": 7, "checkered": 1,
    }  # fmt: skip
    assert feed.spec["laps"] == 201
    assert [car["grid"] for car in feed.spec["cars"]] == list(range(1, 39))


def vehicle(lap: int, at: float, place: int = 1) -> dict[str, Any]:
    return {
        "vehicle_number": "9",
        "laps_completed": lap,
        "vehicle_elapsed_time": at,
        "running_position": place,
    }


def test_laps_that_were_skipped_between_two_polls_are_filled() -> None:
    """Their crossing is the one that was seen less the laps that followed."""
    laps = [{"Lap": n, "LapTime": 30.0 + n, "RunningPos": n} for n in range(1, 6)]
    laps.insert(0, {"Lap": 0, "LapTime": None, "RunningPos": 3})
    _, said = told(
        "nascar",
        [
            ("live-feed", {"vehicles": [vehicle(1, 31.5)]}),
            ("live-feed", None),
            ("live-feed", {"vehicles": [vehicle(4, 130.5)]}),
            ("lap-times", {"laps": [{"Number": "9", "Laps": laps}]}),
        ],
    )

    newest = {lap["lap"]: (lap["at_ms"], lap["place"]) for lap in said}
    assert newest == {
        1: (31500, 1), 2: (63500, 2), 3: (96500, 3), 4: (130500, 4), 5: (165500, 5),
    }  # fmt: skip


def test_a_place_is_that_at_the_line() -> None:
    """Polled again before the next crossing, a car may be elsewhere: that is no correction."""
    _, said = told(
        "nascar",
        [
            ("live-feed", {"vehicles": [vehicle(7, 250.0, place=3)]}),
            ("live-feed", {"vehicles": [vehicle(7, 250.0, place=2)]}),
        ],
    )

    assert [lap["place"] for lap in said] == [3]


def test_a_stop_grows_as_it_proceeds() -> None:
    """The way in first, the way out when it is known, what changes after that as a revision."""
    row = {"vehicle_number": "9", "lap_count": 48, "pit_in_race_time": 1810.294}
    after = row | {"pit_out_race_time": 1858.885, "total_duration": 48.591}
    done = after | {"pit_stop_duration": 19.896, "left_front_tire_changed": True}
    _, said = told(
        "nascar",
        [("live-pit-data", [row | {"pit_out_race_time": -1}]), ("", [after]), ("", [done])],
    )

    assert [(e["type"], e["revision"], e.get("service_ms"), e.get("tires")) for e in said] == [
        ("pit_in", 0, None, None), ("pit_out", 0, None, None), ("pit_out", 1, 19896, 1),
    ]  # fmt: skip


def test_four_is_white_until_the_leader_is_home() -> None:
    """Sources differ in what it means."""
    flags = [{"flag_state": 4, "elapsed_time": 99.0, "lap_number": 9}]
    running = {"laps_in_race": 10, "vehicles": [vehicle(9, 99.1) | {"last_lap_time": 10.0}]}
    home = {"laps_in_race": 10, "vehicles": [vehicle(10, 109.1) | {"last_lap_time": 10.0}]}
    finish = [*flags, {"flag_state": 4, "elapsed_time": 109.0, "lap_number": 9}]
    _, said = told("nascar", [("", running), ("", flags), ("", home), ("", finish)])

    assert [flag["flag"] for flag in of(said, "flag")] == ["white", "checkered"]


@pytest.mark.data
def test_indycar_results_are_read(data_dir: Path) -> None:
    """Times are text there."""
    document = load(data_dir / f"{SAMPLES}/indycar/timingscoring-ris.json.gz")
    feed, said = told("indycar", [("timingscoring-ris", document)])

    check(feed, said)
    assert said[0] == {
        "uid": "lap/12/5", "revision": 0, "type": "lap", "car": "12", "lap": 5,
        "at_ms": 396317, "lap_ms": 68924, "place": 1,
    }  # fmt: skip
    assert len(of(said, "lap")) == 27
    assert [flag["flag"] for flag in of(said, "flag")] == ["green"]
    assert (feed.spec["laps"], feed.spec["cars"][0]["car"]) == (85, "60")


@pytest.mark.data
@pytest.mark.parametrize("recorded", ["raw_c_records", "raw_c_stream"])
def test_repeated_and_disordered_records_are_the_official_laps(
    data_dir: Path, recorded: str
) -> None:
    """Every lap of the Indy 500 once: place, time, stop and caution as in the results."""
    feed = format_of("indycar-records").Feed()
    records = list(table(data_dir / f"indycar/{recorded}_indy500_2018.csv.gz"))
    said = [entry for record in records for entry in feed.accept("", dict(record))]
    official = list(table(data_dir / "indycar/indy500_2018.csv.gz"))

    assert len(records) > 18_000
    assert not [entry for entry in said if entry["revision"]]
    laps = {(lap["car"], lap["lap"]): (lap["at_ms"], lap["place"]) for lap in of(said, "lap")}
    for row in official:
        at, place = laps[row["car"], int(row["lap"])]
        assert (abs(at - float(row["elapsed_s"]) * 1000) < 1, place) == (True, int(row["rank"]))
    stops = {(stop["car"], stop["lap"] + 1) for stop in of(said, "pit_in")}
    assert {(row["car"], int(row["lap"])) for row in official if row["pit"] == "1"} <= stops
    shown = [flag["flag"] for flag in of(said, "flag")]
    assert shown == ["green", "yellow"] * 7 + ["green", "checkered"]


@pytest.mark.data
def test_messages_of_formula_1_are_read_as_received(data_dir: Path) -> None:
    """Laps, ways into the pits and track status, though one message in forty is late."""
    recording = data_dir / f"{SAMPLES}/f1_signalr/2024_imola_qualifying_live.txt.gz"
    raw = gzip.decompress(recording.read_bytes())
    messages = [orjson.loads(line) for line in raw.splitlines() if line.strip()]
    feed = format_of("f1").Feed()
    said = [entry for message in messages for entry in feed.accept("", message)]

    check(feed, said)
    stops, laps = Counter(), {}
    for topic, patch, _ in (message["A"] for message in messages):
        for car, line in patch.get("Lines", {}).items() if topic == "TimingData" else ():
            stops[car] += line.get("NumberOfPitStops") is not None
            if lap := line.get("NumberOfLaps"):
                laps[car, lap] = line.get("LastLapTime", {}).get("Value")
    assert {(lap["car"], lap["lap"]) for lap in of(said, "lap")} == laps.keys()
    timed = {(lap["car"], lap["lap"]): lap["lap_ms"] for lap in of(said, "lap") if "lap_ms" in lap}
    assert timed["10", 3] == 77284
    assert timed.keys() >= {lap for lap, value in laps.items() if value}
    assert Counter(stop["car"] for stop in of(said, "pit_in")) == +stops
    assert len(of(said, "note")) == 27


@pytest.mark.data
def test_the_snapshot_of_a_subscription_declares_the_race(data_dir: Path) -> None:
    """It is what was before us: a declaration, and no news."""
    snapshot = load(data_dir / f"{SAMPLES}/f1_signalr/2024_imola_race_subscribe_snapshot.json.gz")
    feed, said = told("f1", [("", snapshot)])

    check(feed, said)
    assert said == []
    assert (feed.spec["name"], feed.spec["track"]) == ("Emilia Romagna Grand Prix", "Imola")
    assert (feed.spec["laps"], len(feed.spec["cars"])) == (63, 20)
    assert feed.spec["cars"][0] == {
        "car": "1", "driver": "Max VERSTAPPEN", "make": "Red Bull Racing", "grid": 1,
    }  # fmt: skip


def test_lines_of_a_json_stream_are_of_the_topic_their_file_names() -> None:
    """The time is that of the session's clock."""
    lines = ['\ufeff00:00:01.500{"Status":"1"}', '00:04:12.337{"Status":"4"}']
    _, said = told("f1", [("TrackStatus", line) for line in lines])

    assert [(e["flag"], e["at_ms"], e.get("reason")) for e in said] == [
        ("green", 1500, None), ("yellow", 252337, "Safety car"),
    ]  # fmt: skip


def test_lists_of_openf1_are_read() -> None:
    """A lap that is not over is told when it is; a safety car is a yellow for all."""
    start = "2024-05-19T13:00:00+00:00"
    lap = {"driver_number": 55, "lap_number": 1, "date_start": start}
    car = {"driver_number": 55, "full_name": "Carlos SAINZ", "team_name": "Ferrari"}
    place = {"driver_number": 55, "date": start, "position": 4}
    stop = {"driver_number": 55, "lap_number": 2, "date": start, "lane_duration": 28.5}
    out = {"category": "SafetyCar", "message": "SAFETY CAR DEPLOYED", "date": start}
    feed, said = told(
        "openf1",
        [
            ("drivers", [car]),
            ("position", [place]),
            ("laps", [lap | {"lap_duration": None}]),
            ("laps", [lap | {"lap_duration": 90.25}]),
            ("pit", [stop]),
            ("race_control", [out]),
        ],
    )

    check(feed, said)
    assert [(e["type"], e["at_ms"] - 1716123600000) for e in said] == [
        ("lap", 90250), ("pit_in", 0), ("pit_out", 28500), ("note", 0), ("flag", 0),
    ]  # fmt: skip
    assert said[0]["place"] == 4


def test_a_restart_repeats_nothing_and_still_corrects() -> None:
    """What the log holds is taken as said; what has changed since is its next revision."""
    _, said = told("nascar", [("", {"vehicles": [vehicle(7, 250.0)]})])
    feed = format_of("nascar").Feed()
    for entry in said:
        feed.facts.learn(entry | {"id": "1-0", "seen_ms": 5})
    times = {"laps": [{"Number": "9", "Laps": [{"Lap": 7, "LapTime": 31.5, "RunningPos": 1}]}]}

    assert list(feed.accept("", {"vehicles": [vehicle(7, 250.0)]})) == []
    assert [(e["revision"], e["lap_ms"]) for e in feed.accept("", times)] == [(1, 31500)]


NAMES = """
vehicles laps Number Laps Lap LapTime flag_state elapsed_time vehicle_number weekend_race
pit_in_race_time driver series_id timing_results Item heartbeat currentFlag no totalTime
car_number completed_laps lap_status track_status R A M TimingData Lines 10 NumberOfLaps
LastLapTime InPit TrackStatus Status RaceControlMessages Messages Message Utc Flag Stints
DriverList _deleted driver_number lap_number date date_start lap_duration position
"""

WORDS = st.sampled_from(NAMES.split())

PLAIN = st.sampled_from(
    [None, True, 0, 3, -1, 12.5, 1e300, "", "1", "é", "1:17.284", "2024-05-18T14:00:05Z"]
)

DOCUMENTS = st.recursive(
    PLAIN | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize("series", sorted(names()))
@given(documents=st.lists(st.tuples(WORDS, DOCUMENTS), max_size=4))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_read_or_says_nothing(
    series: str, documents: list[tuple[str, Any]]
) -> None:
    """Feeds change and break; a document nobody understands stops nothing."""
    feed = format_of(series).Feed()
    for name, document in documents:
        for entry in feed.accept(name, document):
            assert isinstance(entry["uid"], str)
            assert entry["type"] in ("lap", "pit_in", "pit_out", "flag", "note")
    assert feed.spec is None or feed.spec["kind"] == "race"
