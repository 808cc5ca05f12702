"""The figures of `docs/stats.md` as a pandas batch computation, written without the fold.

Slow and plain on purpose: groupby, merge and rolling over one table of laps, nothing
incremental, no code of `pitlive.race`. Entries are those that were posted, each fact once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

Entries = Sequence[dict[str, Any]]


def standings(entries: Entries, until_ms: int | None = None, cars: Entries = ()) -> pd.DataFrame:
    """Return the rows of the channel `standings` as one table, indexed by car, in order.

    Args:
        entries: Entries as posted, any order, no corrections.
        until_ms: Only those that happened until then; None for all.
        cars: Cars of the declaration, for those that have no lap yet.

    Returns:
        One row a car; a figure that is absent is NaN.
    """
    known = pd.DataFrame(entries)
    known = known if until_ms is None else known[known.at_ms <= until_ms]
    table = laps(known)
    last = table[table.place == 1].lap.max()
    limit = last if last == last else table.lap.max()
    out = pd.DataFrame(index=pd.Index(_cars(known, cars), name="car"))
    out["laps"] = table.groupby("car").lap.max().reindex(out.index, fill_value=0)
    out = out.join(pd.DataFrame(list(cars)).set_index("car") if cars else pd.DataFrame())
    ends = table[table.lap == table.car.map(out.laps)].set_index("car")
    out["at_ms"], out["last_ms"] = ends.at_ms, ends.lap_ms
    out = _order(out, table, limit)
    out["laps_down"] = _laps_down(out, table, known, last)
    best = table.loc[table.groupby("car").lap_ms.idxmin().dropna()].set_index("car")
    out["best_ms"], out["best_lap"] = best.lap_ms, best.lap
    out = out.join(_pace(table))
    out["pace_n"] = table[table.green].groupby("car").size().clip(upper=20)
    out["laps_led"] = leaders(table).value_counts()
    out["mean_place"] = table.groupby("car").place.mean()
    out = out.join(_passes(table)).join(_pits(known, table, out.laps))
    out["rev"] = known.groupby("car").size()
    zero = ["pace_n", "laps_led", "passes", "passed", "stops", "rev"]
    out[zero] = out[zero].fillna(0)
    return out.astype({name: "float64" for name in out if name not in ("driver", "make")})


def laps(known: pd.DataFrame) -> pd.DataFrame:
    """Return one row per car and lap: at_ms, lap_ms, place, to_leader_ms, green, into, out."""
    table = known[known.type == "lap"].reindex(columns=["car", "lap", "at_ms", "lap_ms", "place"])
    table = table.astype({"lap": int, "at_ms": int}).sort_values(["car", "lap"], ignore_index=True)
    before = table.assign(lap=table.lap + 1)[["car", "lap", "at_ms"]]
    since = table.at_ms - table.merge(before, "left", ["car", "lap"], suffixes=("", "_b")).at_ms_b
    table["lap_ms"] = table.lap_ms.fillna(since.where(since > 0))
    by_time = table.sort_values(["at_ms", "car"]).groupby("lap").cumcount() + 1
    scored = table.place.notna().groupby(table.lap).transform("all")
    table["place"] = table.place.where(scored, by_time)
    led = leaders(table)
    ahead = table.merge(led.rename("car").reset_index(), on=["car", "lap"]).set_index("lap").at_ms
    table["to_leader_ms"] = table.at_ms - table.lap.map(ahead)
    stopped = stops(known, table)
    for name in ("into", "out"):
        keys = pd.MultiIndex.from_frame(stopped[["car", name]].dropna())
        table[name] = pd.MultiIndex.from_frame(table[["car", "lap"]]).isin(keys)
    table["green"] = _under_green(known, table) & ~table["into"] & ~table["out"]
    return table


def leaders(table: pd.DataFrame) -> pd.Series:
    """Return the car that led each lap, by lap."""
    first = table.sort_values(["place", "at_ms", "car"]).groupby("lap").first()
    return first.car[first.index <= first.index[first.place == 1].max()]


def stops(known: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a stop: car, at_ms, out_ms, into, out, lane_ms, service_ms, tires."""
    fields = ["car", "at_ms", "lap", "lane_ms", "service_ms", "tires"]
    of = {name: known[known.type == name].reindex(columns=fields) for name in ("pit_in", "pit_out")}
    ins = of["pit_in"].drop(columns=fields[3:]).sort_values("at_ms", ignore_index=True)
    outs = of["pit_out"].rename(columns={"at_ms": "out_ms"}).drop(columns="lap")
    outs["came"] = (outs.out_ms - outs.lane_ms).fillna(outs.out_ms).astype(int)
    paired = pd.merge_asof(
        outs.sort_values("came"),
        ins.assign(stop=ins.index, came=ins.at_ms)[["car", "came", "stop"]],
        on="came",
        by="car",
        direction="nearest" if outs.lane_ms.notna().all() else "backward",
    )
    both = ins.join(paired.set_index("stop").drop(columns=["car", "came"]))
    both = both[both.at_ms < _checkered_ms(known)].reset_index(drop=True)
    of_car = {car: mine[["lap", "at_ms"]].to_numpy() for car, mine in table.groupby("car")}
    after = [_first_lap(of_car.get(s.car), s.at_ms, 0) for s in both.itertuples()]
    both["into"] = (both.lap + 1).fillna(pd.Series(after, dtype=float))
    both["out"] = [_first_lap(of_car.get(s.car), s.out_ms, s.into) for s in both.itertuples()]
    return both


def _first_lap(mine: np.ndarray | None, at_ms: float, least: float) -> float:
    """The first of a car's laps, `[lap, at_ms]` a row, from `least` on that ends then or later."""
    if mine is None:
        return np.nan
    found = mine[(mine[:, 1] >= at_ms) & (mine[:, 0] >= least), 0]
    return float(found.min()) if len(found) else np.nan


def _cars(known: pd.DataFrame, cars: Entries) -> list[str]:
    return sorted({car["car"] for car in cars} | set(known.get("car", pd.Series()).dropna()))


def _checkered_ms(known: pd.DataFrame) -> float:
    """When the race ended, infinite if it has not."""
    if "flag" not in known or "checkered" not in set(known.flag):
        return float("inf")
    return float(known[known.flag == "checkered"].at_ms.min())


def _order(out: pd.DataFrame, table: pd.DataFrame, limit: float) -> pd.DataFrame:
    out = out.copy()
    out["counted"] = out.laps.clip(upper=limit)
    then = table.rename(columns={"lap": "counted"}).set_index(["car", "counted"])
    then = then[["at_ms", "place", "to_leader_ms"]].add_prefix("then_")
    out = out.join(then, on=["car", "counted"])
    out["then_at_ms"] = out.then_at_ms.fillna(out.grid if "grid" in out else np.inf)
    out["less"] = -out.counted
    out = (
        out.reset_index().sort_values(["less", "then_place", "then_at_ms", "car"]).set_index("car")
    )
    out["place"] = range(1, len(out) + 1)
    out["to_leader_ms"] = out.then_to_leader_ms.where(out.place > 1)
    ahead = pd.Series([None, *out.index[:-1]], out.index)
    keys = pd.MultiIndex.from_arrays([ahead, out.counted])
    out["to_ahead_ms"] = (
        out.then_at_ms.to_numpy() - table.set_index(["car", "lap"]).at_ms.reindex(keys).to_numpy()
    )
    more, later = out.counted.shift() - out.counted, out.then_at_ms.shift() > out.then_at_ms
    lapped = (more > 1) | ((more == 1) & ~later)
    out["to_ahead_ms"] = out.to_ahead_ms.mask(lapped | (out.to_ahead_ms < 0))
    return out.drop(columns=["counted", "less", "then_at_ms", "then_place", "then_to_leader_ms"])


def _laps_down(
    out: pd.DataFrame, table: pd.DataFrame, known: pd.DataFrame, last: float
) -> pd.Series:
    led = leaders(table).rename("car").reset_index().merge(table, on=["car", "lap"])
    done = [led.lap[led.at_ms <= at].max() for at in out.at_ms.fillna(-1)]
    down = np.fmax(np.array(done) - out.laps, last - out.laps - 1)
    if np.isfinite(_checkered_ms(known)):
        down = last - out.laps
    return down.clip(lower=0)


def _under_green(known: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Whether the flag was green over the whole lap, flag by flag."""
    green = pd.Series(False, table.index)
    if "flag" not in known:
        return green
    flags = known[(known.type == "flag") & (known.flag != "white")].sort_values("at_ms")
    flags = flags[flags.at_ms <= _checkered_ms(known)]
    flags = flags[flags.flag != flags.flag.shift()]
    ends = flags.at_ms.shift(-1, fill_value=np.iinfo(np.int64).max)
    for flag, start, end in zip(flags.flag, flags.at_ms, ends, strict=True):
        if flag == "green":
            green |= (table.at_ms - table.lap_ms >= start) & (table.at_ms <= end)
    return green


def _pace(table: pd.DataFrame) -> pd.DataFrame:
    green = table[table.green].sort_values("lap")
    out = {}
    for n in (5, 10, 20):
        times = green.groupby("car").tail(n).groupby("car").lap_ms
        out |= {f"mean{n}_ms": times.mean(), f"median{n}_ms": times.median()}
    return pd.DataFrame(out)


def _passes(table: pd.DataFrame) -> pd.DataFrame:
    before = table.assign(lap=table.lap + 1)[["car", "lap", "place"]]
    both = table.merge(before, on=["car", "lap"], suffixes=("", "_before"))
    both = both[both.green][["car", "lap", "place", "place_before"]]
    pairs = both.merge(both, on="lap", suffixes=("", "_other"))
    won = (pairs.place_before > pairs.place_before_other) & (pairs.place < pairs.place_other)
    made, suffered = pairs[won].groupby("car").size(), pairs[won].groupby("car_other").size()
    return pd.DataFrame({"passes": made, "passed": suffered})


def _pits(known: pd.DataFrame, table: pd.DataFrame, done: pd.Series) -> pd.DataFrame:
    stopped = stops(known, table)
    out = pd.DataFrame(index=done.index)
    out["stops"] = stopped.groupby("car").size().reindex(out.index, fill_value=0)
    out["stint"] = out.stops + 1
    final = stopped.groupby("car").tail(1).set_index("car")
    out["last_stop_lap"] = final["into"]
    since = out.last_stop_lap.fillna(0).where((out.stops == 0) | out.last_stop_lap.notna(), np.inf)
    out["stint_laps"] = (done - since).clip(lower=0)
    running = table[table.green & (table.lap > table.car.map(since))]
    out["green_laps"] = running.groupby("car").size().reindex(out.index, fill_value=0)
    inside = final.out_ms.isna().reindex(out.index, fill_value=False)
    out["in_pit"] = inside & ~(done > out.last_stop_lap)
    return out
