"""The backtest, on the smallest series: what it says, and that it only walks forward."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from pitlive.cli.main import main
from pitlive.errors import BadFile
from pitlive.race.backtest import plots, score_table
from pitlive.race.backtest.walk_forward import Result, walk
from pitlive.race.history import indycar
from pitlive.race.history.archive import Archive
from pitlive.race.registry import EVERY


@pytest.fixture(scope="module")
def folder(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the Indianapolis 500s."""
    folder = tmp_path_factory.mktemp("data")
    archive = Archive(folder / "history")
    for session in indycar.sessions(data_dir / "indycar"):
        if session.race.id == "indy500":
            archive.put(session)
    return folder


@pytest.fixture(scope="module")
def result(folder: Path) -> tuple[Result, list[tuple[str, int, int]]]:
    """A walk over 2015 and 2018, and what it told of its progress."""
    told: list[tuple[str, int, int]] = []
    with ThreadPoolExecutor(1) as pool:
        found = walk(
            *(pool, folder / "history", "indycar-201[58]-*", ("caution", "next_lap"), 20),
            lambda *predicted: told.append(predicted),
        )
    return found, told


@pytest.mark.data
def test_a_race_is_forecast_with_what_earlier_seasons_taught(
    result: tuple[Result, list[tuple[str, int, int]]],
) -> None:
    """Nothing is learnt from the newest season asked for; both races are scored."""
    found, told = result
    assert told[-1] == ("forecasting", 2, 2)
    assert ("learning", 4, 4) in told
    assert set(found.rows.race) == {"indycar-2015-indy500", "indycar-2018-indy500"}


UNSEEN = {"service_time", "lane_time", "pit_loss", "falloff", "undercut"}


@pytest.mark.data
def test_every_figure_learns_from_a_single_race(folder: Path) -> None:
    """Whatever is not known of a regime is taken from a wider one.

    The data of the 500s does not say when a car left its pits, so stops are not timed; and
    no two cars begin to exchange places on one of the laps that are looked at.
    """
    with ThreadPoolExecutor(1) as pool:
        asked = (folder / "history", "indycar-2014-*", tuple(EVERY), 25)
        found = walk(pool, *asked, lambda *_: None)
    assert set(found.rows.figure) == {*EVERY} - UNSEEN
    assert found.rows[["n", "ours", "base"]].notna().all(axis=None)


@pytest.mark.data
def test_a_race_without_a_season_before_it_is_not_forecast(folder: Path) -> None:
    """There would be nothing to learn from."""
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(BadFile, match="want races with a season before"),
    ):
        walk(pool, folder / "history", "indycar-2013-*", ("caution",), 20, lambda *_: None)


@pytest.mark.data
def test_tables_add_up_whatever_they_are_told_apart_by(
    result: tuple[Result, list[tuple[str, int, int]]],
) -> None:
    """Scores by part of the race are the scores of the whole, weighted by forecasts."""
    rows = result[0].rows
    whole = score_table.main_scores(score_table.summary(rows))
    parts = score_table.main_scores(score_table.summary(score_table.thirds(rows), ["part"]))
    total = (parts.ours * parts.n).groupby([parts.figure, parts.ahead]).sum()
    want = pd.Series((whole.ours * whole.n).to_numpy(), [whole.figure, whole.ahead]).sort_index()
    pd.testing.assert_series_equal(total, want, check_names=False)
    assert (whole.low <= whole["diff"]).all()
    assert (whole["diff"] <= whole.high).all()


@pytest.mark.data
def test_the_page_holds_all_that_it_needs(
    result: tuple[Result, list[tuple[str, int, int]]],
) -> None:
    """One file: a table and a picture of each figure, nothing fetched from elsewhere."""
    page = plots.page(result[0], "Indy")
    assert page.count("<svg") == 2
    assert "<script" not in page
    assert "src=" not in page


@pytest.mark.data
def test_the_command_prints_the_table(folder: Path) -> None:
    """The whole way, in a process of its own."""
    options = ["--figures", "caution", "--every", "40", "--jobs", "1", "--data-dir", str(folder)]
    ran = CliRunner().invoke(main, ["backtest", "--races", "indycar-2014-*", *options])
    assert ran.exit_code == 0, ran.output
    assert "log loss" in ran.output
    assert "reliability error of caution, 10 laps" in ran.output


def test_a_figure_that_there_is_not_is_refused() -> None:
    """And told which there are."""
    ran = CliRunner().invoke(main, ["backtest", "--figures", "tea"])
    assert ran.exit_code == 2
    assert "got 'tea', want some of caution," in ran.output
