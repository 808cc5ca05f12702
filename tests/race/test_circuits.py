"""Circuits by a table: one circuit, whatever a series calls it and however that is spelt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pitlive.race.circuits.names import circuit, circuits, folded, lanes
from pitlive.race.forecasting.artefact import shipped
from pitlive.race.forecasting.levels import levels
from pitlive.race.forecasting.view import View, view
from pitlive.race.forecasts import lane_time
from pitlive.race.history.tracks import track_type
from pitlive.race.kind import RACE as kind

TYPES = {"superspeedway", "large", "intermediate", "short", "road", "street", "dirt"}


@pytest.mark.parametrize(
    ("series", "season", "names"),
    [
        (
            "f1",
            None,
            ("Brazilian Grand Prix", "São Paulo Grand Prix", "Sao Paulo GP"),
        ),
        ("f1", None, ("Mexican Grand Prix", "Mexico City Grand Prix", "MEXICO CITY")),
        ("f1", None, ("British Grand Prix", "70th Anniversary Grand Prix", "Silverstone")),
        ("f1", None, ("Austrian Grand Prix", "Styrian Grand Prix", "Spielberg")),
        ("f1", None, ("Emilia Romagna Grand Prix", "Emilia-Romagna Grand Prix", "Imola")),
        ("Formula 1", 2024, ("Spanish Grand Prix", "Catalunya", "Barcelona")),
        ("f1", None, ("Portuguese Grand Prix", "Portimao", "Portimão")),
        ("nascar-cup", None, ("Phoenix Raceway", "ISM Raceway")),
        ("NASCAR Truck", None, ("Dover International Speedway", "Dover Motor Speedway")),
        ("nascar-cup", None, ("DAYTONA Road Course", "Daytona International Speedway Road Course")),
        ("nascar-xfinity", 2020, ("Circuit of The Americas", "COTA")),
        ("indycar", None, ("stpete", "Streets of St. Petersburg", "St. Petersburg")),
        ("NTT IndyCar Series", None, ("indygp", "Indianapolis Motor Speedway Road Course")),
    ],
)
def test_names_of_one_circuit_are_one(
    series: str, season: int | None, names: tuple[str, ...]
) -> None:
    """Across years, languages, sponsors and spellings."""
    assert len({circuit(series, name, season) for name in names} - {None}) == 1


@pytest.mark.parametrize(
    ("series", "one", "other"),
    [
        ("f1", "Bahrain Grand Prix", "Sakhir Grand Prix"),
        ("nascar-cup", "Charlotte Motor Speedway", "Charlotte Motor Speedway Road Course"),
        ("nascar-cup", "Indianapolis Motor Speedway", "Indianapolis Motor Speedway Road Course"),
        ("nascar-truck", "Bristol Motor Speedway", "Bristol Motor Speedway Dirt"),
        ("nascar-cup", "Daytona International Speedway", "DAYTONA Road Course"),
        ("nascar-cup", "Las Vegas Motor Speedway", "Nashville Superspeedway"),
    ],
)
def test_layouts_that_drive_differently_are_apart(series: str, one: str, other: str) -> None:
    """An oval is no road course, though they share a gate."""
    assert circuit(series, one) != circuit(series, other)


@pytest.mark.parametrize(
    ("series", "name", "season", "want"),
    [
        ("f1", "Spanish Grand Prix", 2026, "Madring"),
        ("f1", "Las Vegas", None, "Las Vegas Strip Circuit"),
        ("nascar-cup", "Las Vegas", None, "Las Vegas Motor Speedway"),
        ("nascar-cup", "Atlanta Motor Speedway", 2021, "Atlanta Motor Speedway before 2022"),
        ("nascar-cup", "Atlanta Motor Speedway", None, "Atlanta Motor Speedway"),
        ("nascar-cup", "Atlanta", 2021, "Atlanta Motor Speedway before 2022"),
        ("nascar-cup", "Atlanta", 2022, "Atlanta Motor Speedway"),
        ("nascar-cup", "Chicago", 2019, "Chicagoland Speedway"),
        ("nascar-cup", "Chicago", 2023, "Chicago Street Course"),
        ("nascar-cup", "Chicagoland", 2019, "Chicagoland Speedway"),
        ("indycar", "Nashville", 2022, "Nashville Street Circuit"),
        ("indycar", "Nashville", 2024, "Nashville Superspeedway"),
    ],
)
def test_a_name_means_what_the_series_meant_that_season(
    series: str, name: str, season: int | None, want: str
) -> None:
    """Races move, and tracks are rebuilt."""
    found = circuit(series, name, season)
    assert found is not None
    assert found.name == want


def test_mexico_city_is_no_oval_in_any_series() -> None:
    """Nor is a place that no table knows, if its name says what it is."""
    for series in ("f1", "nascar-cup", "nascar-xfinity"):
        found = circuit(series, "Autodromo Hermanos Rodriguez")
        assert found is not None
        assert found.track_type == "road"
    assert track_type("Autódromo de Anywhere", 2.6) == "road"


def test_a_name_is_the_same_after_it_was_looked_up() -> None:
    """What history keeps can be looked up again; a name that is unknown gives nothing."""
    assert all(circuit("", name) == of for name, of in circuits().items())
    assert circuit("f1", "Rain Grand Prix") is None
    assert circuit("", "Silverstone") == circuit("f1", "British Grand Prix")


def test_the_tables_are_sound() -> None:
    """Types that forecasts know, lane times that can be; what is said has a source."""
    assert {of.type for of in circuits().values()} <= TYPES
    for of in circuits().values():
        assert folded(of.name)
    for (_, name), of_lane in lanes().items():
        assert name in circuits()
        assert of_lane.source
        assert 15 < of_lane.lane_s < 60


def live(series: str, track: str) -> View:
    """A race that a feed declares, as forecasts see it."""
    race = kind.fold(kind.spec({"series": series, "track": track}))
    return shipped().placed(view(race))


@pytest.mark.parametrize(
    ("series", "track", "want"),
    [
        ("Formula 1", "Monte Carlo", ("f1", "road", "Circuit de Monaco")),
        ("Formula 1", "Interlagos", ("f1", "road", "Interlagos")),
        ("NASCAR Cup", "Bristol Motor Speedway", ("nascar-cup", "short", "Bristol Motor Speedway")),
        ("IndyCar", "Streets of Toronto", ("indycar", "road", "Toronto Exhibition Place")),
        ("Simulated", "Copper Hollow Speedway", ("simulated", "", "Copper Hollow Speedway")),
    ],
)
def test_a_live_race_finds_its_level(series: str, track: str, want: tuple[str, ...]) -> None:
    """By the words of the feeds: forecasts know the series, the type and the circuit."""
    placed = live(series, track)
    assert (placed.series, placed.track_type, placed.track) == want


def test_what_is_declared_of_a_track_stands() -> None:
    """The table fills in what is not said, and a street is raced as a road."""
    race = view(kind.fold(kind.spec({"series": "f1", "track": "Monaco", "track_type": "short"})))
    assert shipped().placed(race).track_type == "short"
    assert shipped().placed(replace(race, track_type="street")).track_type == "road"


def test_the_lane_of_a_circuit_that_was_never_raced_on_is_that_of_the_table() -> None:
    """Where history has races, they say what is usual."""
    stops = np.array([[0, 9, 8e5, 9e5, 30_000, 0, 9, 40]] * 50)
    keys = levels("f1", "road", "Las Vegas Strip Circuit")
    race = {"keys": keys, "drivers": [""], "stops": stops, "green": np.empty((0, 2))}
    learnt = lane_time.fit([race])
    assert "f1/road/Shanghai International Circuit" not in learnt["usual"]  # in a backtest
    usual = lane_time.tabled(learnt)["usual"]
    assert usual[keys[0]] == pytest.approx(30_000)
    assert usual["f1/road/Shanghai International Circuit"] == pytest.approx(23_200)
