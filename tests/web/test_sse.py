"""Bytes on the wire: whatever the data holds, a reader gets it back."""

from __future__ import annotations

import io

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from pitlive.hub import sse
from tests.checker import blocks

HOSTILE = "".join(["\r", "\n", "\r\n", "\u2028", "\u0085", "\0", "\v", "\f", ":", " ", "é", "🏁"])


def read(wire: bytes) -> list[tuple[str, str | None, str | None]]:
    """Read blocks back."""
    return [(b.name, b.id, b.data) for b in blocks(iter(io.BytesIO(wire).readline, b""))]


@given(st.text(alphabet=st.sampled_from(HOSTILE) | st.characters(codec="utf-8")))
@example(HOSTILE)
@example("")
def test_any_value_comes_back_as_it_was(text: str) -> None:
    """JSON hides every line end, so names with quotes and newlines stay one event."""
    wire = sse.event(orjson.dumps({"name": text}), id="k3f9.41")
    ((_, id, data),) = read(wire)

    assert (id, orjson.loads(data or "")) == ("k3f9.41", {"name": text})


@given(st.text(alphabet=st.sampled_from("ab\r\n")))
def test_raw_line_ends_become_data_lines(text: str) -> None:
    """Text that is not JSON keeps its lines, each ended by LF."""
    ((_, _, data),) = read(sse.event(text.encode()))

    assert data == text.replace("\r\n", "\n").replace("\r", "\n")


def test_every_dispatched_control_event_has_a_name_id_and_data() -> None:
    """A generic page can tell them apart and goes on from the right place."""
    assert read(sse.control("hb", {"server_ms": 5}, "k3f9.41")) == [
        ("hb", "k3f9.41", '{"server_ms":5}')
    ]
