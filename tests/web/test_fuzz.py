"""Whatever is sent to ingest: no failure, nothing uncounted, nothing taken that was refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.conftest import aside_of, entries_of, lap

QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""Each example has a source of its own, so the client may be shared."""

_numbers = count()

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
fields = st.sampled_from(
    ["type", "uid", "car", "lap", "at_ms", "revision", "amends", "origin", "place", "id", "x"]
)
almost = st.builds(
    lambda number, broken: lap(number) | broken,
    st.integers(1, 4),
    st.dictionaries(fields, values, max_size=2),
)
right = st.builds(lap, st.integers(1, 2000))
batches = st.lists(right | almost | values, max_size=8)


@pytest.fixture
def fresh(make_app: Callable[..., Flask]) -> Callable[[], tuple[FlaskClient, str]]:
    """One client, and with each call a source that is declared and empty."""
    web = make_app().test_client()

    def another() -> tuple[FlaskClient, str]:
        source = f"fuzz{next(_numbers)}"
        web.put(f"/api/v1/sources/{source}", json={"kind": "race"})
        return web, source

    return another


@QUICK
@given(batch=batches)
def test_every_thing_of_a_batch_is_accounted_for(fresh: Any, batch: list[Any]) -> None:
    """Accepted, repeat or refused: they add up, and are where they should be."""
    web, source = fresh()
    lines = b"\n".join(json.dumps(one).encode() for one in batch)

    answer = web.post(entries_of(source), data=lines, content_type="application/x-ndjson")

    holds_exactly(web, source, answer, len(batch))


@QUICK
@given(batch=batches)
def test_an_array_is_taken_as_its_elements_are(fresh: Any, batch: list[Any]) -> None:
    """The same as JSON; only where a NaN makes the whole array no JSON, nothing is taken."""
    web, source = fresh()

    answer = web.post(
        entries_of(source), data=json.dumps(batch).encode(), content_type="application/json"
    )

    is_read = "accepted" in answer.json
    holds_exactly(web, source, answer, len(batch) if is_read else 0)


@QUICK
@given(
    rows=st.lists(st.lists(st.text(max_size=6), max_size=6), max_size=6),
    good=st.integers(1, 2000),
)
def test_any_table_is_accounted_for(fresh: Any, rows: list[list[str]], good: int) -> None:
    """Whatever stands in its cells; a line that can be read is taken."""
    web, source = fresh()
    table = [["type", "car", "lap", "at_ms"], ["lap", "24", str(good), "100"], *rows]
    text = "\n".join(",".join(row) for row in table)

    answer = web.post(
        entries_of(source), data=text.encode("utf-8", "replace"), content_type="text/csv"
    )

    holds_exactly(web, source, answer, None)


@QUICK
@given(
    body=st.binary(max_size=200),
    mimetype=st.sampled_from(["application/json", "application/x-ndjson", "text/csv"]),
    coding=st.sampled_from(["gzip", "identity"]),
)
def test_any_bytes_are_answered(fresh: Any, body: bytes, mimetype: str, coding: str) -> None:
    """What is no body of that type is refused, and nothing of it stays."""
    web, source = fresh()

    answer = web.post(
        entries_of(source),
        data=body,
        content_type=mimetype,
        headers={"Content-Encoding": coding},
    )

    holds_exactly(web, source, answer, None)


@QUICK
@given(batch=st.lists(right, min_size=1, max_size=30), share=st.floats(0, 0.999))
def test_gzip_cut_anywhere_is_refused_whole(
    fresh: Any, batch: list[dict[str, Any]], share: float
) -> None:
    """However much arrived, the sender is told, and sends it again."""
    web, source = fresh()
    packed = gzip.compress(json.dumps(batch).encode())

    answer = web.post(
        entries_of(source),
        data=packed[: int(len(packed) * share)],
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )

    assert answer.status_code == 422
    holds_exactly(web, source, answer, 0)


def holds_exactly(web: FlaskClient, source: str, answer: Any, things: int | None) -> None:
    """The log holds the accepted, the set-aside the refused, and together they are all."""
    assert answer.status_code in (200, 422), answer.text
    said = answer.json
    accepted, refused = said.get("accepted", 0), len(said.get("refused", []))
    if things is not None:
        assert accepted + said.get("repeats", 0) + refused == things
    assert (answer.status_code == 200) == bool(accepted or said.get("repeats") or not refused) or (
        "accepted" not in said
    )
    assert len(web.get(entries_of(source)).json["entries"]) == accepted
    assert len(web.get(aside_of(source)).json["aside"]) == refused
