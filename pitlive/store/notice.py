"""A notice that a webhook has to tell, and what became of it, as the outbox keeps them.

What is stored is checked when it is read: a bit of the disk may have turned.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal, NamedTuple

import orjson
from annotated_types import Ge, Le
from pydantic import TypeAdapter, ValidationError

from pitlive.messages import Json

Fate = Literal["pending", "delivered", "dead"]

WholeNumber = Annotated[int, Ge(0), Le(2**53)]


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
    run: WholeNumber
    moment_ms: int
    made_ms: WholeNumber
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

    attempts: WholeNumber = 0
    reason: str = ""
    status: WholeNumber = 0
    next_ms: WholeNumber = 0
    done_ms: WholeNumber = 0
    took_ms: int = 0
    since_ms: WholeNumber = 0


_NOTICE, _ATTEMPTS = TypeAdapter(Notice), TypeAdapter(Attempts)


def fields(notice: Notice) -> list[Any]:
    """Return the four arguments of a notice in `lua/publish.lua`."""
    text = asdict(notice)
    del text["id"], text["number"], text["fault"]
    return [notice.id, orjson.dumps(text), notice.mark, f"{notice.run} {notice.moment_ms}"]


def read_mark(text: bytes) -> Mark | None:
    """Read a mark; without it a run may be told of again, under the same id.

    >>> read_mark(b"3 5"), read_mark(b"3 x"), read_mark(b"")
    (Mark(run=3, moment_ms=5), None, None)
    """
    try:
        run, moment_ms = map(int, text.split())
    except ValueError:
        return None
    return Mark(run, moment_ms)


def read_notice(
    id: bytes, number: int, text: bytes | None, fate: bytes | None
) -> tuple[Notice, Attempts]:
    """Read a notice and what became of it; where that cannot be, it is one with a `fault`.

    >>> notice, _ = read_notice(b"msg_1", 7, b'{"webhook": 3}', None)
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
        attempts = _ATTEMPTS.validate_python(orjson.loads(fate or b"{}"))
    except (ValidationError, ValueError) as error:
        fault = fault or f"what became of it cannot be read: {_why(error)}"
    return replace(notice, fault=fault), attempts


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def text_of(attempts: Attempts) -> bytes:
    """Return what became of a notice as it is stored: what is not known is left out."""
    known: dict[str, Json] = {name: value for name, value in asdict(attempts).items() if value}
    return orjson.dumps(known)
