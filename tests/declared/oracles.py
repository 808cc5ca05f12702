"""Each kind of stat once more, plainly with pandas: what the laws compare with."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from pitlive.messages import Entry
from tests.declared.laws import BASES, Oracle, Seen

Declared = dict[str, Any]
Figures = dict[str, Any]


def count(stat: Declared, seen: Seen) -> Figures:
    """How many."""
    return {key: {"count": len(part)} for key, part in seen.by(stat.get("by", []))}


def mean(stat: Declared, seen: Seen) -> Figures:
    """Count, sum and mean of those that have the number."""
    found = {key: part["n"].dropna().astype(float) for key, part in seen.by(stat.get("by", []))}
    return {
        key: {"count": len(n), "sum": float(n.sum()), "mean": float(n.mean())}
        for key, n in found.items()
        if len(n)
    }


def extreme(stat: Declared, seen: Seen) -> Figures:
    """The smallest and the largest."""
    found = {key: part["n"].dropna().astype(float) for key, part in seen.by(stat.get("by", []))}
    return {
        key: {"count": len(n), "min": float(n.min()), "max": float(n.max())}
        for key, n in found.items()
        if len(n)
    }


def quantile(stat: Declared, seen: Seen) -> Figures:
    """The median and the ninth decile."""
    found = {key: part["n"].dropna().astype(float) for key, part in seen.by(stat.get("by", []))}
    return {
        key: {"count": len(n), "median": float(n.median()), "p90": float(n.quantile(0.9))}
        for key, n in found.items()
        if len(n)
    }


def distinct(stat: Declared, seen: Seen) -> Figures:
    """How many different ones."""
    found = {key: part["who"].nunique() for key, part in seen.by(stat.get("by", []))}
    return {key: {"distinct": n} for key, n in found.items() if n}


def proportion(stat: Declared, seen: Seen) -> Figures:
    """The share that says yes."""
    return {
        key: share(int((part["yes"] == True).sum()), len(part))  # noqa: E712  # None is no
        for key, part in seen.by(stat.get("by", []))
    }


def share(current: int, total: int) -> dict[str, float]:
    """A proportion as it is shown."""
    of = current / total if total else 0
    return {"current": current, "total": total, "proportion": of, "percentage": of * 100}


def ranking(stat: Declared, seen: Seen) -> Figures:
    """The best two of each place, or of all."""
    rows = seen.rows.dropna(subset=stat["by"] + ([stat["of"]] if stat.get("of") else []))
    within = stat["by"][:-1]
    lists = rows.groupby(within[0]) if within else [("", rows)]
    return {str(key): _best(stat, part) for key, part in lists if len(part)}


def _best(stat: Declared, rows: pd.DataFrame) -> list[dict[str, Any]]:
    cents = (rows["n"].astype(float) * 100).round() if stat.get("of") else rows["at_ms"] * 0
    one = cents.groupby(rows["who"]).agg(["size", "sum"])
    one["value"] = {"count": one["size"], "sum": one["sum"] / 100}.get(
        stat["figure"], one["sum"] / (one["size"] * 100)
    )
    order = one.reset_index().sort_values(["value", "who"], ascending=[False, True])
    place = order["value"].rank(method="min", ascending=False).astype(int)
    listed = zip(place, order["who"], order["value"], order["size"], strict=True)
    whole = [{"place": p, "key": w, "value": float(v), "count": s} for p, w, v, s in listed]
    return whole[: stat["k"]]


def rolling(stat: Declared, seen: Seen, now_ms: int | None = None) -> Figures:
    """The facts later than now - over, and the most that ever were at once."""
    return {
        key: row
        for key, part in seen.by(stat.get("by", []))
        if (row := _rolling(stat, part, now_ms or seen.now_ms)) is not None
    }


def _rolling(stat: Declared, rows: pd.DataFrame, now_ms: int) -> dict[str, Any] | None:
    over, figure = int(stat["over_s"] * 1000), stat.get("figure", "count")
    if figure in ("sum", "mean"):
        rows = rows.dropna(subset=["n"])
    total = len(rows)
    if figure == "proportion":
        rows = rows[rows["yes"] == True]  # noqa: E712  # None is no
    inside = rows[rows["at_ms"] > now_ms - over]
    if not total:
        return None
    if figure in ("sum", "mean"):
        n = inside["n"].astype(float)
        mean = {"mean": float(n.mean())} if figure == "mean" and len(n) else {}
        return {"count": len(n), "sum": round(float(n.sum()), 2), **mean}
    total = stat.get("total", total)
    row = share(len(inside), total)
    if stat.get("peak"):
        at = rows["at_ms"]
        peak = max((int(((at > t - over) & (at <= t)).sum()) for t in at), default=0)
        row |= {"peak": peak, "peakProportion": peak / total, "peakPercentage": peak / total * 100}
    return row


def timed(stat: Declared, seen: Seen) -> Figures:
    """Every bucket from the first to now."""
    row: Figures = {}
    for every in stat["every_s"]:
        for key, part in seen.by(stat.get("by", [])):
            if stat.get("of"):
                part = part.dropna(subset=["n"])
            if part.empty:
                continue
            bucket = part["at_ms"] // 1000 // every
            first = stat["start_s"] // every if "start_s" in stat else bucket.min()
            last = min(seen.now_ms // 1000, stat.get("end_s", seen.now_ms)) // every
            for n in range(max(first, last - stat.get("keep", 3000) + 1), last + 1):
                found = part[bucket == n]
                value = round(float(found["n"].sum()), 2) if stat.get("of") else len(found)
                row["/".join([*([key] if key else []), str(every), str(n)])] = value
    return row


def window(stat: Declared, seen: Seen) -> Figures:
    """Group by group."""
    lateness = stat.get("lateness_ms", 500)
    over, every = int(stat["over_s"] * 1000), int(stat.get("every_s", stat["over_s"]) * 1000)
    last = seen.now_ms - over - lateness
    found = {key: _windows(stat, seen, key) for key in _keys(stat, seen)}
    first = min((first for _, first, _ in found.values() if first is not None), default=last + 1)
    shown = list(range(first, last + 1, every))[-stat.get("keep", 100) :]
    rows: Figures = {}
    for key, (closed, _, late) in found.items():
        for start in shown:
            if start in closed or late[start]:
                row = closed.get(start) or _window(stat, start, over, [])
                listed = {"late_uids": late[start]} if late[start] else {}
                name = f"{key}/{start}" if stat.get("by") else str(start)
                rows[name] = row | {"late": len(late[start])} | listed
    return rows


def _keys(stat: Declared, seen: Seen) -> list[str]:
    by = stat.get("by", [])
    told = {tuple(e.data.get(name) for name in by) for e in seen.entries if e.type == "fact"}
    return ["/".join(key) for key in told if None not in key]


def _windows(
    stat: Declared, seen: Seen, key: str
) -> tuple[Figures, int | None, dict[int, list[str]]]:
    """Entry by entry: what counts goes into the windows that are open when it comes."""
    over, every = int(stat["over_s"] * 1000), int(stat.get("every_s", stat["over_s"]) * 1000)
    wait, by, of = over + stat.get("lateness_ms", 500), stat.get("by", []), stat.get("of")
    inside: dict[int, dict[str, Any]] = {}
    closed: Figures = {}
    late: dict[int, list[str]] = defaultdict(list)
    now_ms, first, before = 0, None, dict[str, Entry]()
    for one in (*seen.earlier, seen):
        entry, after, now_ms = one.entries[-1], _counting(one.entries), one.now_ms
        old, new = before.get(entry.fact), after.get(entry.fact)
        for start in _starts(old if new is not old and _is_of(old, by, key) else None, over, every):
            if start + wait > now_ms:
                inside.get(start, {}).pop(entry.fact, None)
        comes = new is entry and new is not old and _is_of(new, by, key)
        comes = comes and (not of or entry.data.get(of) is not None)
        for start in _starts(new if comes else None, over, every):
            if start + wait > now_ms:
                inside.setdefault(start, {})[entry.fact] = entry.data.get(of or "")
                first = start if first is None else min(first, start)
            else:
                late[start].append(entry.uid)
        for start in range(now_ms if first is None else first, now_ms - wait + 1, every):
            values = list(inside.get(start, {}).values())
            closed.setdefault(start, _window(stat, start, over, values))
        before = after
    return closed, first, late


def _is_of(entry: Entry | None, by: list[str], key: str) -> bool:
    """Whether it is in a group."""
    values = [entry.data.get(name) for name in by] if entry else [None]
    return None not in values and "/".join(map(str, values)) == key


def peak(stat: Declared, seen: Seen) -> Figures:
    """Window by window, all that have closed."""
    rows: Figures = {}
    windows = window(stat | {"keep": 10**6}, seen)
    told = [(row["to"], key.rpartition("/")[0], row["count"]) for key, row in windows.items()]
    for to_ms, key, n in sorted(told):
        row = rows.get(key, {"is_on": False, "times": 0})
        if n > stat["more_than"] and not row["is_on"]:
            row = {"is_on": True, "times": row["times"] + 1, "began_ms": to_ms, "value": n}
            rows[key] = row
        elif n <= stat["more_than"] and row["is_on"]:
            row |= {"is_on": False, "ended_ms": to_ms}
    return rows


def _counting(entries: Sequence[Entry]) -> dict[str, Entry]:
    counts: dict[str, Entry] = {}
    for e in entries:
        known = counts.get(e.fact)
        is_fact = e.type in ("fact", "retract")
        if is_fact and (not known or (known.revision, known.uid) < (e.revision, e.uid)):
            counts[e.fact] = e
    return {uid: e for uid, e in counts.items() if not e.retract}


def _starts(what: Entry | None, over: int, every: int) -> list[int]:
    if what is None:
        return []
    last = what.at_ms // every * every
    return [s for s in range(last, last - over, -every) if s <= what.at_ms < s + over]


def _window(stat: Declared, start: int, over: int, values: list[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"from": start, "to": start + over, "count": len(values)}
    if stat.get("figure") == "sum":
        row["sum"] = round(sum(values), 2)
    elif stat.get("figure") == "mean" and values:
        row["mean"] = sum(values) / len(values)
    elif stat.get("figure") == "top":
        found = Counter(values).items()
        order = sorted(found, key=lambda one: (-one[1], one[0]))[: stat["k"]]
        row["top"] = [{"key": key, "count": n} for key, n in order]
    return row


def level(stat: Declared, seen: Seen) -> Figures:
    """What was opened with and what was gained, less the facts."""
    opening = stat.get("opening", {})
    taken, added = _amounts(stat, seen.rows), _amounts(stat, seen.gains)
    found = {}
    for key in {*opening, *taken, *added}:
        minus, plus = taken.get(key, 0), added.get(key, 0)
        found[key] = {"level": opening.get(key, 0) + plus - minus, "taken": minus, "added": plus}
    return {
        key: {
            name: round(value, 2) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for key, row in found.items()
    }


def _amounts(stat: Declared, rows: pd.DataFrame) -> dict[str, Any]:
    there = rows.dropna(subset=[*stat["by"], *([stat["of"]] if "of" in stat else [])])
    by = there.groupby("place")
    return {k: float(v) for k, v in by["n"].sum().items()} if "of" in stat else by.size().to_dict()


Looked = list[tuple[str, float, int, bool]]
"""Key, figure, clock, and whether an entry moved it, one after the other."""


def looked(stat: Declared, seen: Seen) -> tuple[dict[str, float], float, Looked]:
    """What figures were before any entry, those that are opened and others, and after each."""
    base, figure = BASES[stat["stat"]], stat.get("figure", "level")
    none = 0.0 if figure in ("level", "taken", "added", "count", "sum") else math.nan
    start = {key: n if figure == "level" else 0 for key, n in base.get("opening", {}).items()}
    told: Looked = []
    for before, one in zip([Seen([]), *seen.earlier], [*seen.earlier, seen], strict=True):
        if one.looked is None:  # each prefix is asked for many times
            one.looked = _looked(base, before, one)
        for key, row, now_ms, is_moved in one.looked:
            told.append((key, (row or {}).get(figure, start.get(key, none)), now_ms, is_moved))
    return dict(start), none, told


def _looked(base: Declared, before: Seen, now: Seen) -> list[tuple[str, Any, int, bool]]:
    """The rows that an entry moved, and before that those which fell with time alone."""
    falls = _falls(base, before, now.now_ms)
    told = [(k, row, ms, False) for ms in falls for k, row in rolling(base, before, ms).items()]
    rows, old, new = now.figures(base), _inside(base, before), _inside(base, now)
    keys = {*base.get("opening", {}), *old, *new}
    return told + [(k, rows.get(k), now.now_ms, old.get(k) != new.get(k)) for k in keys]


def _falls(base: Declared, before: Seen, now_ms: int) -> list[int]:
    """The moments, after what was before, at which a rolling figure fell with time alone."""
    if base["kind"] != "rolling":
        return []
    fall = before.rows["at_ms"] + base["over_s"] * 1000
    return sorted({int(ms) for ms in fall if before.now_ms < ms <= now_ms})


def _inside(base: Declared, seen: Seen) -> dict[str, set[int]]:
    """The entries of each row."""
    found: dict[str, set[int]] = {}
    needs = [
        *base.get("by", []),
        *([base.get("of", "")] if base["kind"] in ("level", "mean") else []),
    ]
    for entry in seen.counting.values():
        is_about = entry.type == "fact" or base["kind"] == "level"
        if is_about and all(entry.data.get(name) is not None for name in needs if name):
            key = "/".join(entry.data[name] for name in base.get("by", []))
            found.setdefault(key, set()).add(id(entry))
    return found


def low_water(stat: Declared, seen: Seen) -> Figures:
    """Look by look: strictly below is low; clear from somewhere on, after some time."""
    clear, wait = stat.get("clear", stat["low"]), stat.get("clear_after_s", 0) * 1000
    start, none, told = looked(stat, seen)
    rows: Figures = {k: {"is_on": True, "times": 0} for k, v in start.items() if v < stat["low"]}
    back: dict[str, int] = {}
    for key, value, now_ms, is_moved in told:
        if key not in start and key not in rows and none < stat["low"] and is_moved:
            rows[key] = {"is_on": True, "times": 0}  # what is not opened begins with nothing
        start.setdefault(key, none)
        row = rows.get(key, {"is_on": False, "times": 0})
        if row["is_on"] and key in back and back[key] + wait <= now_ms:
            row |= {"is_on": False, "ended_ms": back[key] + wait}
        if not value >= clear or not row["is_on"]:
            back.pop(key, None)
        elif back.setdefault(key, now_ms) + wait <= now_ms:
            row |= {"is_on": False, "ended_ms": back.pop(key) + wait}
        is_new = is_moved if stat.get("every") else not row["is_on"]
        if value < stat["low"] and is_new:
            row = {"is_on": True, "times": row["times"] + 1, "began_ms": now_ms, "value": value}
            rows[key] = row
    return rows


def milestone(stat: Declared, seen: Seen) -> Figures:
    """The first look at which it holds."""
    said = {"message": stat["message"]} if "message" in stat else {}
    holds = COMPARES[stat["comparator"]]
    start, none, told = looked(stat, seen)
    rows: Figures = {}
    for key, value, now_ms, is_moved in told:
        is_mine = stat.get("key") in (None, key)
        if not is_mine or key in rows or not (is_moved or holds(value, stat["target"])):
            continue
        if holds(start.get(key, none), stat["target"]):
            rows[key] = {"is_on": True, "times": 0, **said}
        elif holds(value, stat["target"]):
            rows[key] = {"is_on": True, "times": 1, "began_ms": now_ms, "value": value, **said}
    for key, value in start.items():
        if stat.get("key") in (None, key) and holds(value, stat["target"]):
            rows[key] = {"is_on": True, "times": 0, **said}
    return rows


def single_value(stat: Declared, seen: Seen) -> Figures:
    """The last by time, and then by value."""
    of = stat["of"]
    newest = {
        key: part.dropna(subset=[of]).sort_values(["at_ms", of])[of].tolist()[-1:]
        for key, part in seen.by(stat.get("by", []))
    }
    return {key: {"it": values[0]} for key, values in newest.items() if values}


def generic(stat: Declared, seen: Seen) -> Figures:
    """The same by key."""
    found: Figures = {}
    for *by, key, of in _newest(seen, [*stat.get("by", []), stat["key"]], stat["of"]):
        found.setdefault("/".join(by), {})[key] = of
    return found


def _newest(seen: Seen, by: list[str], of: str) -> list[list[Any]]:
    there = seen.rows.dropna(subset=[*by, of]).sort_values(["at_ms", of])
    newest: list[list[Any]] = there.groupby(by).tail(1)[[*by, of]].to_numpy().tolist()
    return newest


def spike(stat: Declared, seen: Seen) -> Figures:
    """Moment by moment: whenever one comes or grows too old."""
    over, found = int(stat["over_s"] * 1000), {}
    for key, part in seen.by(stat.get("by", [])):
        at, row = part["at_ms"], {"is_on": False, "times": 0}
        for t in sorted({*at, *(at + over)}):
            n = int(((at > t - over) & (at <= t)).sum())
            if t > seen.now_ms:
                break
            if n > stat["more_than"] and not row["is_on"]:
                row = {"is_on": True, "times": row["times"] + 1, "began_ms": t, "value": n}
            elif n <= stat["more_than"] and row["is_on"]:
                row |= {"is_on": False, "ended_ms": t}
        count = int((at > seen.now_ms - over).sum())
        if row["times"]:
            found[key] = row | {"count": count}
    return found


def reconcile(stat: Declared, seen: Seen) -> Figures:
    """Order by order, and how many of each."""
    base = {"by": stat["by"]} | ({"of": stat["of"]} if "of" in stat else {})
    came, orders = _amounts(base, seen.rows), _amounts(base, seen.gains)
    rows: Figures = {}
    for key in {*came, *orders}:
        ordered, delivered = round(orders.get(key, 0), 2), round(came.get(key, 0), 2)
        status = "partial" if key in came else "open"
        status = "completed" if delivered == ordered else status
        status = "over" if delivered > ordered else status
        status = status if key in orders else "unmatched"
        rows[key] = {"status": status, "ordered": ordered, "delivered": delivered}
    counts = Counter(row["status"] for row in rows.values())
    names = ("open", "partial", "completed", "over", "unmatched")
    return rows | ({"": {name: counts[name] for name in names}} if rows else {})


COMPARES: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
}


ORACLES: dict[str, tuple[Oracle, list[Declared]]] = {
    "count": (count, [{}, {"by": ["place"]}, {"by": ["place", "who"]}]),
    "mean": (mean, [{"of": "n"}, {"of": "n", "by": ["place"]}]),
    "extreme": (extreme, [{"of": "n"}, {"of": "n", "by": ["who"]}]),
    "quantile": (quantile, [{"of": "n", "by": ["place"], "at": [0.5, 0.9]}]),
    "distinct": (distinct, [{"of": "who"}, {"of": "who", "by": ["place"]}]),
    "proportion": (proportion, [{"of": "yes"}, {"of": "yes", "by": ["place"]}]),
    "ranking": (
        ranking,
        [
            {"of": "n", "by": ["who"], "figure": "sum", "k": 2},
            {"of": "n", "by": ["place", "who"], "figure": "mean", "k": 2},
            {"by": ["place", "who"], "figure": "count", "k": 2},
        ],
    ),
    "rolling": (
        rolling,
        [
            {"over_s": 9},
            {"over_s": 4.5, "peak": True, "by": ["place"]},
            {"over_s": 9, "figure": "proportion", "of": "yes", "peak": True, "total": 40},
            {"over_s": 12, "figure": "sum", "of": "n"},
            {"over_s": 12, "figure": "mean", "of": "n", "by": ["place"]},
        ],
    ),
    "timed": (
        timed,
        [
            {"every_s": [5, 60]},
            {"every_s": [7], "of": "n", "by": ["place"], "keep": 4},
            {"every_s": [5], "start_s": 1_700_000_008, "end_s": 1_700_000_041, "keep": 9},
        ],
    ),
    "level": (
        level,
        [
            {"by": ["place"], "adds": "gain", "opening": {"north": 3, "moon": 1}},
            {"by": ["place"], "adds": "gain", "of": "n"},
        ],
    ),
    "low_water": (
        low_water,
        [
            {"stat": "places", "low": 0},
            {"stat": "places", "low": 2, "clear": 3, "every": True},
            {"stat": "amounts", "low": -2.5, "clear": 0.5, "clear_after_s": 4},
            {"stat": "amounts", "figure": "taken", "low": 1, "clear_after_s": 2.5},
            {"stat": "means", "figure": "mean", "low": 2.5, "clear": 2.75},
            {"stat": "last", "figure": "current", "low": 2, "clear_after_s": 1},
        ],
    ),
    "single_value": (
        single_value,
        [{"of": "n"}, {"of": "who", "by": ["place"]}, {"of": "yes", "by": ["who"]}],
    ),
    "generic": (
        generic,
        [{"key": "who", "of": "n"}, {"key": "place", "of": "who", "by": ["who"]}],
    ),
    "spike": (
        spike,
        [{"over_s": 9, "more_than": 4}, {"over_s": 12.5, "more_than": 1, "by": ["place"]}],
    ),
    "reconcile": (
        reconcile,
        [{"by": ["place"], "orders": "gain"}, {"by": ["place"], "orders": "gain", "of": "n"}],
    ),
    "milestone": (
        milestone,
        [
            {"stat": "places", "figure": "level", "comparator": "<", "target": -2},
            {"stat": "counts", "figure": "count", "comparator": "==", "target": 4},
            {"stat": "counts", "figure": "count", "comparator": "<=", "target": 4, "key": "south"},
            {
                "stat": "shares",
                "figure": "percentage",
                "comparator": ">=",
                "target": 50,
                "message": "Half",
            },
            {"stat": "means", "figure": "sum", "comparator": ">", "target": 5},
            {"stat": "last", "figure": "current", "comparator": "==", "target": 3},
            {"stat": "ends", "figure": "max", "comparator": ">=", "target": 8},
        ],
    ),
    "window": (
        window,
        [
            {"over_s": 5, "lateness_ms": 500},
            {"over_s": 9, "every_s": 4, "lateness_ms": 2000, "figure": "sum", "of": "n", "keep": 3},
            {"over_s": 6, "every_s": 3, "lateness_ms": 0, "figure": "mean", "of": "n"},
            {"over_s": 20, "lateness_ms": 900, "figure": "top", "of": "who", "k": 2},
            {"over_s": 7, "every_s": 5, "lateness_ms": 0, "by": ["place"], "keep": 6},
            {"over_s": 15, "by": ["place"], "figure": "sum", "of": "n"},
        ],
    ),
    "peak": (
        peak,
        [
            {"over_s": 6, "more_than": 1, "by": ["place"]},
            {"over_s": 9, "every_s": 3, "lateness_ms": 1000, "more_than": 4},
        ],
    ),
}
"""Kind → its plain computation, and declarations to try."""
