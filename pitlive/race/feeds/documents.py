"""Parts of documents that are asked for as if they were there: live feeds leave out and change."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

from pitlive.feeds.columns import value
from pitlive.feeds.lines import Unfit
from pitlive.messages import Json


def objects(listed: Json) -> Iterator[dict[str, Json]]:
    """Yield the objects of a list; anything else has none.

    >>> list(objects([{"lap": 1}, None])), list(objects(None))
    ([{'lap': 1}], [])
    """
    return (
        (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else iter(())
    )


def fields(document: Json) -> dict[str, Json]:
    """Return the fields of an object; anything else has none.

    >>> fields({"10": {"InPit": True}}), fields([1])
    ({'10': {'InPit': True}}, {})
    """
    return document if isinstance(document, dict) else {}


def part(document: Json, *path: str) -> Json:
    """Return what stands at a path of names, None if nothing does.

    >>> part({"driver": {"name": "Power"}}, "driver", "name"), part(None, "driver")
    ('Power', None)
    """
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def text(given: Json) -> str | None:
    """Return a text that says something.

    >>> text(" 12 "), text(""), text(None), text(12)
    ('12', None, None, '12')
    """
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    return (given.strip() or None) if isinstance(given, str) else None


def whole(given: Json, base: int = 10) -> int | None:
    """Return a whole number, also from text.

    >>> whole("5"), whole(5), whole("1F", 16), whole("x"), whole(True)
    (5, 5, 31, None, None)
    """
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    try:
        return int(given, base) if isinstance(given, str) else None
    except ValueError:
        return None


def ms(seconds: Json) -> int | None:
    """Return milliseconds from seconds as a number; what is not above 0 is not known.

    >>> ms(32.18), ms(-1), ms(None)
    (32180, None, None)
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return round(seconds * 1000) if math.isfinite(seconds) and seconds > 0 else None


def clock_ms(given: Json) -> int | None:
    """Return milliseconds from `h:mm:ss.sss`, `m:ss.sss` or `ss.sss`.

    >>> clock_ms("1:08.9244"), clock_ms("26.1602"), clock_ms(""), clock_ms("0.0000")
    (68924, 26160, None, None)
    """
    try:
        found = value(given, "clock") if isinstance(given, str) and given else None
    except Unfit:
        return None
    return found if isinstance(found, int) and found > 0 else None


def at_ms(seconds: Json) -> int | None:
    """Return milliseconds of a race clock, which begins at 0.

    >>> at_ms(0.0), at_ms(1488.331), at_ms(-1)
    (0, 1488331, None)
    """
    return 0 if seconds == 0 and not isinstance(seconds, bool) else ms(seconds)


def unix_ms(utc: Json) -> int | None:
    """Return the milliseconds since 1970 of a time in ISO 8601.

    >>> unix_ms("2024-05-18T13:59:11.3884546Z"), unix_ms("soon")
    (1716040751388, None)
    """
    try:
        at = datetime.fromisoformat(utc)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round(at.timestamp() * 1000)
