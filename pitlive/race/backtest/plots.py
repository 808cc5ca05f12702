"""The plots of a backtest, in one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd

from pitlive.errors import BadFile
from pitlive.numerics.scores.reliability import reliability
from pitlive.race.backtest.score_table import covered, horizon, main_scores, summary
from pitlive.race.backtest.walk_forward import Result

STYLE = (
    "body{font:15px/1.5 system-ui;margin:2rem auto;max-width:70rem}"
    "svg{max-width:100%;height:auto}"
    "table{border-collapse:collapse}td,th{padding:.1rem .6rem;text-align:right}"
    "tr{border-bottom:1px solid #ddd}td:nth-child(-n+4),th:nth-child(-n+4){text-align:left}"
)


def page(result: Result, title: str) -> str:
    """Return the page: a table of the scores and the plots of each figure.

    Raises:
        BadFile: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise BadFile("plots: got no matplotlib, want pip install 'pitlive[plots]'") from None

    found = summary(result.rows).sort_values(["figure", "ahead", "group"], kind="stable")
    table, held = main_scores(found), covered(found).drop(columns=["diff", "low", "high"])
    parts = [f"<h1>{escape(title)}</h1>", _written(table)]
    parts += ["<h2>How often bands held</h2>", _written(held)]
    for name in table.figure.unique():
        parts.append(f"<h2>{escape(name)}</h2>")
        drawn: list[Callable[[Any], None]] = [
            partial(_by_track_type, rows=result.rows, name=name),
            partial(_by_tenth, rows=result.rows, name=name),
        ]
        if any(figure == name for figure, _ in result.chances):
            drawn.append(partial(_reliability, result=result, name=name))
        figure = Figure(figsize=(5 * len(drawn), 4), layout="constrained")
        for axes, draw in zip(np.ravel(figure.subplots(1, len(drawn))), drawn, strict=True):
            draw(axes)
        parts.append(_svg(figure))
    head = f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title>"
    return f"{head}<style>{STYLE}</style>{''.join(parts)}\n"


def _written(table: pd.DataFrame) -> str:
    about = [horizon(name, ahead) for name, ahead in zip(table.figure, table.ahead, strict=True)]
    written: str = table.assign(ahead=about).round(4).to_html(index=False, border=0)
    return written


def _svg(figure: Any) -> str:
    out = StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue().partition("<svg")[1] + out.getvalue().partition("<svg")[2]


def _by_track_type(axes: Any, rows: pd.DataFrame, name: str) -> None:
    """Difference to the baseline in per cent of it, with its interval."""
    of = rows[(rows.figure == name) & (rows.group == "all")]
    table = main_scores(summary(of, ["track_type"]))
    longest = table[table.ahead == table.ahead.max()]
    percent = [100 * longest[column] / longest.base for column in ("diff", "low", "high")]
    axes.errorbar(
        percent[0],
        longest.track_type,
        xerr=[percent[0] - percent[1], percent[2] - percent[0]],
        fmt="o",
        capsize=3,
    )
    axes.axvline(0, color="grey", linewidth=1)
    axes.set(title=f"by type of track, {horizon(name, longest.ahead.iloc[0])}")
    axes.set(xlabel=f"{longest.score.iloc[0]} against the baseline [%]; left is better")


def _by_tenth(axes: Any, rows: pd.DataFrame, name: str) -> None:
    of = rows[(rows.figure == name) & (rows.group == "all") & (rows.tenth >= 0)]
    table = main_scores(summary(of, ["tenth"])).sort_values("tenth")
    for number, ahead in enumerate(sorted(table.ahead.unique())):
        line = table[table.ahead == ahead]
        color = f"C{number}"
        axes.plot(line.tenth / 10 + 0.05, line.ours, color=color, label=horizon(name, ahead))
        axes.plot(line.tenth / 10 + 0.05, line.base, color=color, linestyle=":")
    axes.set(
        title="by race fraction; dotted: baseline", xlabel="fraction", ylabel=table.score.iloc[0]
    )
    axes.set_ylim(bottom=0)
    axes.legend(fontsize="small")


def _reliability(axes: Any, result: Result, name: str) -> None:
    """What came against what was said, in ten bins of equal count."""
    for (figure, ahead), predicted in result.chances.items():
        if figure == name:
            ours, _, observed = np.array(predicted).T
            found = reliability(ours, observed)
            axes.plot(
                found.predicted, found.observed, "o-", markersize=4, label=horizon(name, ahead)
            )
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.set(title="reliability", xlabel="said", ylabel="came true")
    axes.legend(fontsize="small")
