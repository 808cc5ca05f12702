"""The outbox: what webhooks have to tell, written by the publish that decided it.

A notice waits, is delivered, or is dead: given up, until somebody has it sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal, NamedTuple, cast

import orjson
import structlog
from annotated_types import Ge, Le
from pydantic import TypeAdapter, ValidationError

from pitlive.messages import Json
from pitlive.store import damage
from pitlive.store.client import Redis, script
from pitlive.store.keys import KEEP_DELIVERED, KEEP_NOTICES, key, keys

log = structlog.get_logger()

Fate = Literal["pending", "delivered", "dead"]

FATES: tuple[Fate, ...] = ("pending", "delivered", "dead")

PARTS = ("notices", "pending", "dead", "fates", "told")
"""What a publish writes of it."""

AT_ONCE = 1000
"""Notices, and marks, read in one go."""

TOO_MANY = orjson.dumps({"attempts": 0, "reason": f"more than {KEEP_NOTICES} notices wait"})
"""The fate of a notice that found no room to wait."""


Count = Annotated[int, Ge(0), Le(2**53)]
"""What is stored is checked for it when it is read: a bit of the disk may have turned."""


class Mark(NamedTuple):
    """The newest run told of, and the moment at which it began or ended, 0 if not known."""

    run: int
    moment_ms: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a webhook has to tell, once.

    Attributes:
        id: Made of what it is about, so that it is the same whenever it is decided.
        type: `on` and `off` of a run of a rule, or `change` of a row.
        run: The number of the run; 0 for a change.
        moment_ms: Event time at which the run began or ended, 0 if it is not known.
        made_ms: When it was decided [ms since 1970].
        body: What is sent.
        number: Its place in the order in which notices wait; given by the outbox.
        fault: Why what is stored cannot be read; empty if it can.
    """

    id: str
    webhook: str
    stat: str
    key: str
    type: str
    run: Count
    moment_ms: int
    made_ms: Count
    body: str
    number: int = 0
    fault: str = ""

    @property
    def mark(self) -> str:
        """Where the newest run is kept that was told of."""
        return f"{self.webhook}/{self.type}/{self.key}" if self.run else ""


@dataclass(frozen=True, slots=True)
class Attempts:
    """What became of a notice so far.

    Attributes:
        attempts: How often it was sent, since it waits.
        reason: Why it is not delivered; empty if it is, or has not been tried.
        status: What the receiver answered last, 0 if it did not.
        next_ms: When it is sent again [ms since 1970], 0 if it is not.
        done_ms: When that came to an end [ms since 1970], 0 if it has not.
        took_ms: How long the last attempt took.
        since_ms: Since when it waits, if it was sent again [ms since 1970].
    """

    attempts: Count = 0
    reason: str = ""
    status: Count = 0
    next_ms: Count = 0
    done_ms: Count = 0
    took_ms: int = 0
    since_ms: Count = 0


_NOTICE, _ATTEMPTS = TypeAdapter(Notice), TypeAdapter(Attempts)


def fields(notice: Notice) -> list[Any]:
    """Return the four arguments of a notice in `lua/publish.lua`."""
    text = asdict(notice)
    del text["id"], text["number"], text["fault"]
    return [notice.id, orjson.dumps(text), notice.mark, f"{notice.run} {notice.moment_ms}"]


def marks(client: Redis, source: str, version: int) -> dict[str, Mark]:
    """Return the newest run told of, by mark, under a version of the declaration."""
    found = client.hscan_iter(key(source, "told"), count=AT_ONCE)  # only we write, so it is whole
    known = dict(cast(Iterable[tuple[bytes, bytes]], found))
    if int(known.pop(b"@version", 0)) != version:
        return {}
    read = {mark.decode(errors="replace"): _mark(told) for mark, told in known.items()}
    for mark in [mark for mark, told in read.items() if told is None]:
        log.error("not read: a run told of", source=source, mark=mark)
    return {mark: told for mark, told in read.items() if told is not None}


def _mark(told: bytes) -> Mark | None:
    """Read a mark; without it a run may be told of again, under the same id.

    >>> _mark(b"3 5"), _mark(b"3 x"), _mark(b"")
    (Mark(run=3, moment_ms=5), None, None)
    """
    try:
        run, moment_ms = map(int, told.split())
    except ValueError:
        return None
    return Mark(run, moment_ms)


def hold_all(client: Redis, sources: Sequence[str], courier: str, hold_ms: int) -> list[str]:
    """Take or keep the right to deliver the notices of sources; return those we have it for."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        script(pipe, "hold", keys(source, "courier"), [courier, hold_ms])
    return [source for source, ours in _each(sources, pipe) if ours]


def release_all(client: Redis, sources: Sequence[str], courier: str) -> None:
    """Give that right back."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        script(pipe, "release", keys(source, "courier"), [courier])
    list(_each(sources, pipe))  # of one that is damaged there is nothing to give back


def newest(client: Redis, sources: Sequence[str]) -> dict[str, int]:
    """Return the number of the newest notice that waits, of sources where one does."""
    pipe = client.pipeline(transaction=False)
    for source in sources:
        pipe.zrange(key(source, "pending"), -1, -1, withscores=True)
    return {source: int(last[0][1]) for source, last in _each(sources, pipe) if last}


def _each(sources: Sequence[str], pipe: Any) -> Iterator[tuple[str, Any]]:
    """Yield what Redis answers of each source, but of the damaged ones."""
    for source, (answer,), bad in damage.answers(sources, pipe):
        if bad is None:
            yield source, answer
        else:
            log.error("outbox not read", source=source, why=str(bad))


def waiting(client: Redis, source: str, after: int) -> list[tuple[Notice, Attempts]]:
    """Return the first `AT_ONCE` notices after a number that wait, in their order."""
    found = client.zrangebyscore(
        key(source, "pending"), f"({after}", "+inf", 0, AT_ONCE, withscores=True
    )
    return _read(client, source, cast(Any, found))


def settle(
    client: Redis, source: str, id: str, fate: Fate, attempts: Attempts, keep: int = 0
) -> bool:
    """Note what became of an attempt; False if the notice waits no longer."""
    keep = keep or (KEEP_DELIVERED if fate == "delivered" else KEEP_NOTICES)
    names = keys(source, "pending", "notices", "fates", fate)
    return bool(script(client, "settle", names, [id, _text(attempts), keep]))


def resend(client: Redis, source: str, id: str, now_ms: int) -> bool:
    """Have a dead notice wait again, as if it had not been tried; False if it is not dead."""
    names = keys(source, "pending", "dead", "fates", "meta")
    return bool(script(client, "resend", names, [id, _text(Attempts(since_ms=now_ms))]))


def fate(client: Redis, source: str, id: str) -> Fate | None:
    """Return where a notice is, None if there is none of that id."""
    pipe = client.pipeline()
    for one in FATES:
        pipe.zscore(key(source, one), id)
    found = zip(FATES, pipe.execute(), strict=True)
    return next((one for one, score in found if score is not None), None)


def counts(client: Redis, source: str) -> Mapping[str, int]:
    """Return how many notices have each fate."""
    pipe = client.pipeline()
    for one in FATES:
        pipe.zcard(key(source, one))
    return dict(zip(FATES, pipe.execute(), strict=True))


def listed(
    client: Redis, source: str, fate: Fate, before: int, limit: int
) -> list[tuple[Notice, Attempts]]:
    """Return up to `limit` notices of a fate with a number below `before`, newest first."""
    found = client.zrevrangebyscore(
        key(source, fate), f"({before}" if before else "+inf", "-inf", 0, limit, withscores=True
    )
    return _read(client, source, cast(Any, found))


def _read(
    client: Redis, source: str, numbered: Sequence[tuple[bytes, float]]
) -> list[tuple[Notice, Attempts]]:
    if not numbered:
        return []
    ids = [id for id, _ in numbered]
    texts = cast(Any, client.hmget(key(source, "notices"), ids))
    fates = cast(Any, client.hmget(key(source, "fates"), ids))
    found = zip(numbered, texts, fates, strict=True)
    return [_stored(id, int(number), text, told) for (id, number), text, told in found]


def _stored(
    id: bytes, number: int, text: bytes | None, told: bytes | None
) -> tuple[Notice, Attempts]:
    """Read a notice and what became of it; where that cannot be, it is one with a `fault`.

    >>> notice, _ = _stored(b"msg_1", 7, b'{"webhook": 3}', None)
    >>> notice.id, notice.number, notice.fault
    ('msg_1', 7, 'the stored notice cannot be read: webhook: Input should be a valid string')
    """
    name = id.decode(errors="replace")
    fault, notice = "", Notice(name, "", "", "", "change", 0, 0, 0, "{}", number)
    attempts = Attempts()
    try:
        read = orjson.loads(text or b"null")
        whole = _NOTICE.validate_python({**read, "id": name, "number": number})
        orjson.loads(whole.body)
        notice = whole
    except (ValidationError, ValueError, TypeError) as error:
        fault = f"the stored notice cannot be read: {_why(error)}"
    try:
        attempts = _ATTEMPTS.validate_python(orjson.loads(told or b"{}"))
    except (ValidationError, ValueError) as error:
        fault = fault or f"what became of it cannot be read: {_why(error)}"
    return replace(notice, fault=fault), attempts


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _text(attempts: Attempts) -> bytes:
    told: dict[str, Json] = {name: value for name, value in asdict(attempts).items() if value}
    return orjson.dumps(told)
