"""The figures of the example apps once more, plainly with pandas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from pitlive import apps
from tests.apps import walks

Rows = dict[str, Any]
Facts = dict[str, pd.DataFrame]
Reported = Sequence[Mapping[str, Any]]


def facts(app: str, reported: Reported) -> Facts:
    """What counts of each type of entry: facts as they stand after revisions and retractions."""
    types = apps.declaration(app)["entries"]
    newest: dict[str, Mapping[str, Any]] = {}
    for one in reported:
        name = one.get("type", next(iter(types)))
        own = [name, *(one.get(part) for part in types.get(name, {}).get("uid", []))]
        fact = one.get("amends") or "/".join(map(str, own))
        if fact not in newest or one.get("revision", 0) > newest[fact].get("revision", 0):
            newest[fact] = {**one, "type": name}
    return {
        name: pd.DataFrame(
            [one for one in newest.values() if one["type"] == name],
            columns=["at_ms", *declared["fields"]],
        )
        for name, declared in types.items()
    }


def by(rows: pd.DataFrame, fields: Sequence[str], figure: Callable[[pd.DataFrame], Any]) -> Rows:
    """A figure of every group, by the key of its row."""
    if not fields:
        return {"": figure(rows)} if len(rows) else {}
    groups = rows.groupby(list(fields))
    return {"/".join(map(str, key)): figure(part) for key, part in groups}


def count(rows: pd.DataFrame) -> Rows:
    """How many."""
    return {"count": len(rows)}


def mean(of: str) -> Callable[[pd.DataFrame], Rows]:
    """Count, sum and mean."""
    return lambda rows: {"count": len(rows), "sum": rows[of].sum(), "mean": rows[of].mean()}


def share(of: str) -> Callable[[pd.DataFrame], Rows]:
    """How many of how many."""
    return lambda rows: shares(int(rows[of].sum()), len(rows))


def shares(current: int, total: int) -> Rows:
    """A proportion."""
    part = current / total
    return {"current": current, "total": total, "proportion": part, "percentage": part * 100}


def quantiles(of: str, at: Sequence[float]) -> Callable[[pd.DataFrame], Rows]:
    """Count, median and the others."""

    def figure(rows: pd.DataFrame) -> Rows:
        named = {("median" if p == 0.5 else f"p{p * 100:g}"): rows[of].quantile(p) for p in at}
        return {"count": len(rows), **named}

    return figure


def extremes(of: str) -> Callable[[pd.DataFrame], Rows]:
    """The smallest and the largest."""
    return lambda rows: {"count": len(rows), "min": rows[of].min(), "max": rows[of].max()}


def best(rows: pd.DataFrame, fields: list[str], of: str, k: int) -> Rows:
    """The k best by their means within the groups above; level ones share a place."""
    means = rows.groupby(fields)[of].agg(value="mean", count="size").reset_index()
    above = means.groupby(fields[:-1]).value
    means["place"] = above.rank("min", ascending=False).astype(int)
    means["key"] = means[fields[-1]]
    means = means.sort_values(["place", "key"])
    columns = ["place", "key", "value", "count"]
    return by(means, fields[:-1], lambda part: part.head(k)[columns].to_dict("records"))


def peak(at_ms: pd.Series[int], over_ms: int) -> int:
    """The most that ever were within a while."""
    if not len(at_ms):
        return 0
    times = pd.to_datetime(at_ms.sort_values(), unit="ms")
    return int(pd.Series(1, times).rolling(f"{over_ms}ms").sum().max())


def buckets(
    at_ms: pd.Series[int],
    values: pd.Series[int],
    every_s: Iterable[int],
    shown: Callable[[int], range],
) -> Rows:
    """Sums by the bucket, with zeros where nothing happened."""
    rows: Rows = {}
    for every in every_s:
        sums = values.groupby(at_ms // 1000 // every).sum()
        rows |= {f"{every}/{n}": int(sums.get(n, 0)) for n in shown(every)}
    return rows


def windows(rows: pd.DataFrame, of: str, over_ms: int, every_ms: int, now_ms: int) -> Rows:
    """Sums of the windows that have closed, half a second after their end."""
    first = int(rows.at_ms.min()) // every_ms * every_ms + every_ms - over_ms
    found: Rows = {}
    for start in range(first, now_ms - over_ms - 500 + 1, every_ms):
        inside = rows[(rows.at_ms >= start) & (rows.at_ms < start + over_ms)]
        ends = {"from": start, "to": start + over_ms}
        found[str(start)] = ends | {"count": len(inside), "sum": int(inside[of].sum()), "late": 0}
    return found


def now_of(reported: Reported) -> int:
    """What time it is after these [ms]."""
    return max(one["at_ms"] for one in reported)


def assessment(reported: Reported) -> dict[str, Rows]:
    """All figures of the school assessment."""
    scores, school = facts("assessment", reported)["score"], ["district", "school"]
    boxes = quantiles("score", (0.05, 0.25, 0.5, 0.75, 0.95))
    times, now_s = scores.at_ms // 1000, now_of(reported) // 1000
    when: Rows = {}
    for district, part in scores.groupby("district"):
        since = int(times[part.index].min())
        shown = buckets(
            part.at_ms,
            part.score * 0 + 1,
            (60, 300, 3600),
            lambda every, since=since: range(since // every, now_s // every + 1),
        )
        when |= {f"{district}/{key}": n for key, n in shown.items()}
    return {
        "scores": by(scores, [], count),
        "students": {"": {"distinct": scores.student.nunique()}},
        "average": by(scores, [], mean("score")),
        "passed": by(scores, [], share("passed")),
        "median": by(scores, [], quantiles("score", (0.25, 0.5, 0.75))),
        "range": by(scores, [], extremes("score")),
        "districts": by(scores, ["district"], mean("score")),
        "schools": by(scores, school, mean("score")),
        "school-grades": by(scores, [*school, "grade"], mean("score")),
        "top-schools": best(scores, school, "score", 3),
        "top-students": best(scores, ["district", "grade", "student"], "score", 10),
        "grade-medians": by(scores, ["grade"], boxes),
        "spread": by(scores, [*school, "score"], count),
        "district-spread": by(scores, ["district"], boxes),
        "school-spread": by(scores, school, boxes),
        "school-grade-spread": by(scores, [*school, "grade"], boxes),
        "when": when,
        "levels": by(scores, ["level"], count),
        "subject-range": by(scores, ["subject"], extremes("score")),
        "district-passed": by(scores, ["district"], share("passed")),
        "school-passed": by(scores, school, share("passed")),
    }


def election(reported: Reported) -> dict[str, Rows]:
    """All figures of the election."""
    found, now_ms = facts("election", reported), now_of(reported)
    electors, ballots = found["elector"], found["ballot"]
    electors = electors.astype({"voted": bool})
    voters, page = electors[electors.voted], apps.declaration("election")["page"]
    end_s = min(now_ms // 1000, page["end_s"])

    def lately(over_s: int) -> Callable[[pd.DataFrame], Rows]:
        return lambda part: shares(
            int((part.voted & (part.at_ms > now_ms - over_s * 1000)).sum()), len(part)
        )

    def with_peak(over_s: int) -> Rows:
        row, most = lately(over_s)(electors), peak(voters.at_ms, over_s * 1000)
        part = most / len(electors)
        return {"": row | {"peak": most, "peakProportion": part, "peakPercentage": part * 100}}

    def shown(every: int) -> range:
        return range(max(page["start_s"] // every, end_s // every - 1499), end_s // every + 1)

    return {
        "turnout": by(electors, [], share("voted")),
        "votes": by(ballots, [], mean("votes")),
        "5m": with_peak(300),
        "1h": with_peak(3600),
        "1d": with_peak(86400),
        "when": buckets(voters.at_ms, voters.at_ms * 0 + 1, (60, 600, 3600), shown)
        if len(voters)
        else {},
        "studies": by(electors, [], share("voted"))
        | by(electors, ["study"], share("voted"))
        | by(electors, ["study", "year"], share("voted")),
        "schools": by(electors, ["school"], share("voted")),
        "schools-1h": by(electors, ["school"], lately(3600)),
        "schools-1d": by(electors, ["school"], lately(86400)),
        "via": by(electors.dropna(subset=["via"]), ["via"], count),
        "offices": by(ballots, ["office"], count),
        "office-votes": by(ballots, ["office"], mean("votes")),
    } | walks.milestones(reported)


def stock(reported: Reported) -> dict[str, Rows]:
    """All figures of the parts store but for its alerts of low stock (`test_figures`)."""
    found, now_ms = facts("stock", reported), now_of(reported)
    orders, bought, brought = found["order"], found["purchase"], found["delivery"]
    opening = next(s for s in apps.declaration("stock")["stats"] if s["name"] == "levels")[
        "opening"
    ]
    taken, added = (part.groupby("item").quantity.sum() for part in (orders, brought))
    items = {*opening, *orders.item, *brought.item}
    levels: Rows = {}
    for item in items:
        less, more = int(taken.get(item, 0)), int(added.get(item, 0))
        levels[item] = {"level": opening.get(item, 0) - less + more, "taken": less, "added": more}

    def lately(over_s: int) -> Callable[[pd.DataFrame], Rows]:
        def figure(part: pd.DataFrame) -> Rows:
            inside = part[part.at_ms > now_ms - over_s * 1000]
            return {"count": len(inside), "sum": int(inside.quantity.sum())}

        return figure

    def shown(every: int) -> range:
        return range(int(orders.at_ms.min()) // 1000 // every, now_ms // 1000 // every + 1)

    return {
        "orders": by(orders, [], mean("quantity")),
        "15m": by(orders, [], lately(900)),
        "1h": by(orders, [], lately(3600)),
        "delivered": by(brought, [], mean("quantity")),
        "purchases": by(bought, [], count),
        "levels": levels,
        "when": buckets(orders.at_ms, orders.quantity, (300, 900, 3600), shown),
        "demand": windows(orders, "quantity", 3_600_000, 900_000, now_ms),
        "items-15m": by(orders, ["item"], lately(900)),
        "items-1h": by(orders, ["item"], lately(3600)),
        "items": by(orders, ["item"], mean("quantity")),
        "fulfilled": fulfilled(bought, brought),
        "suppliers": by(bought, ["supplier"], mean("quantity")),
        "rush": walks.rush(reported),
        "busy": walks.busy(reported),
    }


def fulfilled(bought: pd.DataFrame, brought: pd.DataFrame) -> Rows:
    """What came of every order to a supplier, and how many are so."""
    ordered, come = (rows.groupby("purchase").quantity.sum() for rows in (bought, brought))
    rows: Rows = {}
    for number in {*ordered.index, *come.index}:
        n, m = int(ordered.get(number, 0)), int(come.get(number, 0))
        status = "open" if not m else "partial" if m < n else "completed" if m == n else "over"
        status = status if n else "unmatched"
        rows[number] = {"status": status, "ordered": n, "delivered": m}
    of_all = [row["status"] for row in rows.values()]
    names = ("open", "partial", "completed", "over", "unmatched")
    return rows | {"": {name: of_all.count(name) for name in names}}


ALL: Mapping[str, Callable[[Reported], dict[str, Rows]]] = {
    "assessment": assessment,
    "election": election,
    "stock": stock,
}
"""App → its figures after what was reported, by stat and row key."""
