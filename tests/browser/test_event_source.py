"""What a real EventSource makes of bytes: every rule that our encoder relies on, and the fuzz.

The cases are those of the web platform tests that concern what a server sends, told anew.
Each is put to Chromium and to the parser written from the standard, so that neither is
believed alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import httpx
import httpx_sse
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pitlive.hub import sse
from tests.browser.event_source import dispatched
from tests.checker import blocks
from tests.standard import Dispatched, interpret

pytestmark = pytest.mark.browser

SOON = b"retry: 1\n\n"
"""So that nobody waits for the second connection."""

BOM = b"\xef\xbb\xbf"
NEVER = 10**9
"""A wait [ms] that would end a test, if it were taken."""


@pytest.fixture(scope="module")
def tab(browser: Any) -> Iterator[Any]:
    """One page for all cases."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def texts(*data: str) -> list[Dispatched]:
    """Unnamed events without an id."""
    return [Dispatched("message", one, "") for one in data]


LINES: dict[str, tuple[bytes, list[Dispatched]]] = {
    "LF ends a line": (b"data: a\ndata: b\n\n", texts("a\nb")),
    "CR ends a line": (b"data: a\rdata: b\r\r", texts("a\nb")),
    "CRLF ends one line, not two": (b"data: a\r\ndata: b\r\n\r\n", texts("a\nb")),
    "all three may be mixed": (b"data: a\rdata: b\r\n\ndata: c\n\r\n", texts("a\nb", "c")),
    "LF CR is two ends": (b"data: a\n\rdata: b\n\n", texts("a", "b")),
    "empty lines alone are nothing": (b"\n\n\r\r\r\n\r\ndata: a\n\n", texts("a")),
    "U+2028 and U+2029 end no line": (
        "data: a\u2028b\u2029c\n\n".encode(),
        texts("a\u2028b\u2029c"),
    ),
    "U+0085 ends no line": ("data: a\u0085b\n\n".encode(), texts("a\u0085b")),
    "VT, FF, FS, GS, RS end no line": (
        b"data: a\vb\fc\x1cd\x1de\x1ef\n\n",
        texts("a\vb\fc\x1cd\x1de\x1ef"),
    ),
    "NUL is a character of the data": (b"data: a\0b\n\n", texts("a\0b")),
}

FIELDS: dict[str, tuple[bytes, list[Dispatched]]] = {
    "one space after the colon goes": (b"data:a\n\ndata: b\n\ndata:  c\n\n", texts("a", "b", " c")),
    "a tab after the colon stays": (b"data:\tx\n\n", texts("\tx")),
    "space at the end stays": (b"data: x \n\n", texts("x ")),
    "later colons are data": (b"data: a:b: c\n\n", texts("a:b: c")),
    "data without a colon is an empty line": (b"data\n\ndata\ndata\n\n", texts("", "\n")),
    "data with nothing is an empty text": (b"data:\n\n", texts("")),
    "empty lines of data are kept": (b"data: a\ndata:\ndata:\n\n", texts("a\n\n")),
    "capitals make another field": (b"Data: x\nDATA: x\ndata: y\n\n", texts("y")),
    "a space before the name makes another field": (b" data: x\ndata: y\n\n", texts("y")),
    "a space before the colon makes another field": (b"data : x\ndata: y\n\n", texts("y")),
    "NUL in a name makes another field": (b"da\0ta: x\n\0data: x\ndata: y\n\n", texts("y")),
    "unknown fields are passed over": (b"date: x\nfoo\ndatas: x\ndata: y\n\n", texts("y")),
    "a comment is nothing": (b":\n: hb\n:data: x\n\ndata: a\n:x\ndata: b\n\n", texts("a\nb")),
    "a comment may be long": (b":" + b"x" * 2**17 + b"\ndata: y\n\n", texts("y")),
    "bytes that are no UTF-8 are replaced": (b"data: a\xffb\xe2\x82\n\n", texts("a\ufffdb\ufffd")),
    "UTF-8 is read": ("data: ok…🏁\n\n".encode(), texts("ok…🏁")),
    "a megabyte is one event": (b"data: " + b"x" * 2**20 + b"\n\n", texts("x" * 2**20)),
    "order is kept": (
        b"".join(b"data: %d\n\n" % n for n in range(2000)),
        texts(*map(str, range(2000))),
    ),
}

NAMES: dict[str, tuple[bytes, list[Dispatched]]] = {
    "an event goes by its name": (b"event: hb\ndata: x\n\n", [Dispatched("hb", "x", "")]),
    "for one event only": (
        b"event: hb\ndata: x\n\ndata: y\n\n",
        [Dispatched("hb", "x", ""), Dispatched("message", "y", "")],
    ),
    "wherever the name stands": (b"data: x\nevent: hb\n\n", [Dispatched("hb", "x", "")]),
    "the last name counts": (b"event: foo\nevent: hb\ndata: x\n\n", [Dispatched("hb", "x", "")]),
    "an empty name is none": (b"event: hb\nevent:\ndata: x\n\n", texts("x")),
    "a name without data is no event": (b"event: hb\n\ndata: x\n\n", texts("x")),
}

ENDS: dict[str, tuple[bytes, list[Dispatched]]] = {
    "an unfinished event is none": (b"data: a\n\ndata: b", texts("a")),
    "nor is it with its line ended": (b"data: a\n\ndata: b\n", texts("a")),
    "nor with half of its empty line": (b"id: 1\ndata: a\n\nid: 2\ndata: b\nx", [
        Dispatched("message", "a", "1"),
    ]),
}  # fmt: skip


def ids(*pairs: tuple[str, str]) -> list[Dispatched]:
    """Unnamed events with their ids."""
    return [Dispatched("message", data, id) for data, id in pairs]


IDS: dict[str, tuple[bytes, list[Dispatched], str]] = {
    "an id comes back": (b"id: k3f9.41\ndata: x\n\n", ids(("x", "k3f9.41")), "k3f9.41"),
    "one of several sources, too": (b"id: a.1_b.2\ndata\n\n", ids(("", "a.1_b.2")), "a.1_b.2"),
    "an id counts without data": (b"id: k3f9.41\n\n", [], "k3f9.41"),
    "it stays until the next": (b"id: 1\ndata: a\n\ndata\n\n", ids(("a", "1"), ("", "1")), "1"),
    "an empty id clears it": (b"id: 1\ndata: a\n\nid:\ndata\n\n", ids(("a", "1"), ("", "")), ""),
    "so does id without a colon": (b"id: 1\n\nid\ndata: b\n\n", texts("b"), ""),
    "an id with NUL is passed over": (b"id: 1\n\nid: 2\x003\ndata: b\n\n", ids(("b", "1")), "1"),
    "the last of two counts": (b"id: 1\nid: 2\ndata: a\n\n", ids(("a", "2")), "2"),
    "an unfinished event's id is none": (b"id: 1\n\nid: 2\ndata: b\n", [], "1"),
    "an id may be UTF-8": ("id: …🏁\ndata: x\n\n".encode(), ids(("x", "…🏁")), "…🏁"),
}

RETRIES = ["1000000000x", "-1000000000", "1000000000.0", "+1000000000", "0x3b9aca00", "١٢٣٤٥٦٧٨٩"]

CASES = {**LINES, **FIELDS, **NAMES, **ENDS}


@pytest.mark.parametrize(("body", "events"), CASES.values(), ids=CASES.keys())
def test_a_stream_is_read_as_the_standard_says(
    tab: Any, body: bytes, events: list[Dispatched]
) -> None:
    """By the browser, and by the parser that other tests use."""
    assert dispatched(tab, [SOON + body], ("message", "hb"))[0] == events
    assert interpret(SOON + body).events == events


@pytest.mark.parametrize(("body", "events", "id"), IDS.values(), ids=IDS.keys())
def test_the_next_connection_says_the_last_id(
    tab: Any, body: bytes, events: list[Dispatched], id: str
) -> None:
    """That of the last whole block, with data or without."""
    assert dispatched(tab, [SOON + body]) == (events, id)
    read = interpret(SOON + body)
    assert (read.events, read.last_event_id) == (events, id)


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (BOM + b"data: a\n\n" + SOON, texts("a")),
        (BOM + BOM + b"data: a\n\ndata: b\n\n" + SOON, texts("b")),
        (b"data: a\n" + BOM + b"data: b\n\n" + SOON, texts("a")),
        (SOON + b"data: " + BOM + b"a\n\n", texts("\ufeffa")),
    ],
    ids=["first", "twice", "on another line", "in the data"],
)
def test_a_byte_order_mark_is_dropped_at_the_start_alone(
    tab: Any, body: bytes, events: list[Dispatched]
) -> None:
    """Anywhere else it is a character like others."""
    assert dispatched(tab, [body])[0] == events == interpret(body).events


@pytest.mark.parametrize("value", RETRIES)
def test_a_retry_that_is_no_number_is_passed_over(tab: Any, value: str) -> None:
    """Taken for one, the browser would not come back within this test."""
    body = SOON + f"retry: {value}\n\ndata: x\n\n".encode()
    assert dispatched(tab, [body])[0] == texts("x")
    assert interpret(body).retry_ms == 1


def test_a_retry_counts_without_an_empty_line(tab: Any) -> None:
    """It belongs to the stream, not to an event."""
    assert dispatched(tab, [b"retry: %d\n\nretry: 1\ndata: x" % NEVER]) == ([], "")


def test_bytes_may_come_in_any_pieces(tab: Any) -> None:
    """Also between CR and LF, and within a character."""
    body = SOON + "id: 1\r\ndata: é🏁\r\ndata: b\r\n\r\nevent: hb\rdata: c\r\r".encode()
    heard, _ = dispatched(tab, [body[n : n + 1] for n in range(len(body))], ("message", "hb"))

    assert heard == [Dispatched("message", "é🏁\nb", "1"), Dispatched("hb", "c", "1")]


HOSTILE = ["\r", "\n", "\r\n", "\u2028", "\u2029", "\x85", "\0", "\v", "\f", "\x1c"]
HOSTILE += ["\ufeff", "\ufffe", ":", " ", "data: ", "id: ", "é", "🏁", "a"]
TEXT = st.lists(st.sampled_from(HOSTILE) | st.characters(codec="utf-8"), max_size=12).map("".join)
SLOW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def as_read(text: str) -> str:
    """What becomes of text: a line end of any kind is LF."""
    return re.sub("\r\n|\r", "\n", text)


@SLOW
@given(st.lists(TEXT, min_size=1, max_size=60))
@example([""])
@example(["\ufeff", "\r", "\n", "\r\n", "\n\r", " ", "  ", "\0", ":", "data: x\n\ndata: y"])
def test_what_the_encoder_writes_every_reader_gets(tab: Any, given: list[str]) -> None:
    """Chromium, the parser of the standard, the tests' checker, and the client's."""
    sent = [sse.event(one.encode(), id=f"k3f9.{n}") for n, one in enumerate(given)]
    wire = sse.retry(1) + b"".join(sent)
    want = [(as_read(one), f"k3f9.{n}") for n, one in enumerate(given)]
    response = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=wire)

    heard, last = dispatched(tab, [wire])
    assert [(one.data, one.last_event_id) for one in heard] == want
    assert last == want[-1][1]
    assert interpret(wire).events == heard
    checked = [one for one in blocks(iter(io.BytesIO(wire).readline, b"")) if one.data is not None]
    assert [(one.data, one.id) for one in checked] == want
    client = [one for one in httpx_sse.EventSource(response).iter_sse() if one.id]
    assert [(one.data, one.id) for one in client] == want


SOUP = ["data", "id", "event", "retry", ":", ": ", "\n", "\r", "\r\n", "\n\n", "x", "0"]
SOUP += ["\u2028", "\u0085", "\ufeff", "\0", "é", "🏁", "data: x\n"]


@SLOW
@given(st.lists(st.sampled_from(SOUP), max_size=60).map("".join))
def test_any_soup_is_read_by_chromium_as_by_the_standard(tab: Any, soup: str) -> None:
    """So what the parser says of a stream is what a browser does."""
    wire = SOON + soup.encode()
    want = interpret(wire)
    heard, last = dispatched(tab, [wire], sorted({"message"} | {e.type for e in want.events}))

    assert (heard, last) == (want.events, want.last_event_id)
