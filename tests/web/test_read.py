"""What can be read, page by page and at one cursor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pitlive.kind import kinds
from pitlive.messages import Cursor
from pitlive.store import lease, sources
from pitlive.store.client import connect
from pitlive.store.entries import newest
from pitlive.store.publish import ChannelChange, Publication, publish
from pitlive.web import pages
from tests.web.conftest import aside_of, entries_of, lap
from tests.writer import Writer


def publish_rows(redis_url: str, source: str, channels: dict[str, dict[str, bytes]]) -> None:
    """Publish rows as an engine would, with everything in the log folded in."""
    client = connect(redis_url)
    token = lease.hold(client, source, "test", 5000)
    assert token
    changes = [ChannelChange(name, b"{}", rows) for name, rows in channels.items()]
    what = Publication(newest(client, source), changes)
    at = sources.meta(client, source).cursor
    publish(client, source, token, at, what, keep=100)


def test_the_state_is_read_at_one_cursor(web: FlaskClient, source: str, redis_url: str) -> None:
    """Rows come as they were published, with the cursor they add up to."""
    web.put(f"/api/v1/sources/{source}", json={})
    publish_rows(redis_url, source, {"standings": {"24": b'{"place":1}'}, "laps/24": {"1": b"[1]"}})

    state = web.get(f"/api/v1/sources/{source}/state").json

    assert Cursor.parse(state["cursor"]).seq == 2
    assert state["channels"] == {"standings": {"24": {"place": 1}}, "laps/24": {"1": [1]}}


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("standings", {"standings"}),
        ("laps/*", {"laps/24"}),
        ("s*gs,laps/24", {"standings", "laps/24"}),
        ("none", set()),
        ("", {"standings", "laps/24"}),
        ("lap.*", set()),
        ("%a*", set()),
    ],
)
def test_only_the_asked_channels_are_given(
    web: FlaskClient, source: str, redis_url: str, asked: str, given: set[str]
) -> None:
    """`*` stands for any text, and nothing else means anything but itself."""
    web.put(f"/api/v1/sources/{source}", json={})
    publish_rows(redis_url, source, {"standings": {"24": b"{}"}, "laps/24": {"1": b"[]"}})

    state = web.get(f"/api/v1/sources/{source}/state", query_string={"channels": asked}).json

    assert state["channels"].keys() == given


@pytest.mark.parametrize("asked", ["a\0", "*a*a*a", "x" * 1001, "a\nb"])
def test_channels_that_would_hold_up_redis_are_refused(
    web: FlaskClient, source: str, asked: str
) -> None:
    """Patterns are matched inside Redis, which does one thing at a time."""
    web.put(f"/api/v1/sources/{source}", json={})

    answer = web.get(f"/api/v1/sources/{source}/state", query_string={"channels": asked})

    assert answer.status_code == 422


def test_the_log_is_read_page_by_page(web: FlaskClient, source: str) -> None:
    """`next` of one page is `after` of the next; the last page is empty."""
    web.post(entries_of(source), json=[lap(n) for n in range(1, 6)])
    read, after = [], "0-0"
    while page := web.get(entries_of(source), query_string={"after": after, "limit": 2}).json:
        if not page["entries"]:
            break
        read += [entry["lap"] for entry in page["entries"]]
        after = page["next"]

    assert read == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": "x"}, {"after": "x"}, {"after": ""}])
def test_a_page_that_is_none_is_refused(
    web: FlaskClient, source: str, query: dict[str, object]
) -> None:
    """422 says which part of the query, what was there and what would do."""
    web.post(entries_of(source), json=lap(1))

    answer = web.get(entries_of(source), query_string=query)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["detail"].startswith(next(iter(query)))


@pytest.mark.parametrize("part", ["state", "entries", "set-aside"])
def test_of_a_source_that_is_not_there_nothing_can_be_read(
    web: FlaskClient, source: str, part: str
) -> None:
    """404, and reading does not make it."""
    assert web.get(f"/api/v1/sources/{source}/{part}").status_code == 404
    assert web.get(f"/api/v1/sources/{source}/{part}").status_code == 404


def test_the_sources_say_how_far_they_have_come(
    web: FlaskClient, source: str, redis_url: str
) -> None:
    """Entries, what of them is folded in, what was late and what was set aside."""
    web.put(f"/api/v1/sources/{source}", json={"name": "Night Race"})
    last = web.post(entries_of(source), json=[lap(1), lap(2), lap(0)]).json["last"]
    publish_rows(redis_url, source, {"standings": {"24": b"{}"}})

    listed = {one["source"]: one for one in web.get("/api/v1/sources").json["sources"]}

    cursor = listed[source].pop("cursor")
    assert Cursor.parse(cursor).seq == 1
    assert listed[source] == {
        "source": source,
        "kind": "race",
        "page": f"/race/{source}",
        "name": "Night Race",
        "entries": 2,
        "newest": last,
        "folded": last,
        "late": 0,
        "aside": 1,
    }


def test_what_was_set_aside_says_why(web: FlaskClient, source: str) -> None:
    """An operator can see what a feed got wrong, in the order it did."""
    web.post(entries_of(source), json=[lap(0, uid="x"), lap(-1)])

    page = web.get(aside_of(source)).json

    assert [(one["uid"], one["field"], one["got"]) for one in page["aside"]] == [
        ("x", "lap", 0),
        ("", "lap", -1),
    ]
    assert page["next"] == page["aside"][-1]["id"]


def test_assets_are_kept_for_ever_and_pages_are_asked_for_again(tmp_path: Path) -> None:
    """A new build is seen at the next look; what has a hash in its name never changes."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a-1f.js").write_text("1")
    for name in ("index.html", "race.html", "source.html", "operator.html"):
        (tmp_path / name).write_text(name)
    web = served(tmp_path).test_client()

    with web.get("/static/assets/a-1f.js") as asset:
        assert "immutable" in asset.headers["Cache-Control"]
    for path, name in (
        ("/", "index"),
        ("/race/x", "race"),
        ("/source/x", "source"),
        ("/operator/x", "operator"),
    ):
        with web.get(path) as page:
            assert (page.text, page.headers["Cache-Control"]) == (f"{name}.html", "no-cache")


@pytest.mark.parametrize("path", ["/", "/race/x", "/source/x", "/operator/x"])
def test_pages_that_are_not_built_say_how_to_build_them(tmp_path: Path, path: str) -> None:
    """A checkout without its front end helps itself."""
    answer = served(tmp_path).test_client().get(path)

    assert answer.status_code == 503
    assert "make" in answer.text


@pytest.mark.parametrize("name", ["../app.py", "assets/../../app.py", "%2e%2e/app.py", "none.js"])
def test_nothing_outside_the_folder_is_served(web: FlaskClient, name: str) -> None:
    """The way up is not there."""
    assert web.get(f"/static/{name}").status_code == 404


def served(static: Path) -> Flask:
    """An app of the pages alone."""
    app = Flask("pages", static_folder=None)
    app.register_blueprint(pages.routes(static))
    for name, kind in kinds().items():
        app.register_blueprint(pages.of_kind(name, kind.pages, static))
    return app


@pytest.mark.parametrize("query", ["channels=a%00", "channels=*a*a*a", "source=a&source=a", ""])
def test_a_stream_that_can_never_be_served_is_refused(web: FlaskClient, query: str) -> None:
    """422 before the first word; anything that may pass is a `bye` in the stream instead."""
    answer = web.get(f"/api/v1/events?{query}" if query else "/api/v1/sources/A/events")

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_a_declaration_is_read_as_it_was_answered(web: FlaskClient, source: str) -> None:
    """With its defaults and its version; nobody's declaration is not there."""
    url = f"/api/v1/sources/{source}"
    assert web.get(url).status_code == 404
    put = web.put(url, json={"kind": "declared", "entries": {"e": {"fields": {"f": "text"}}}})

    assert web.get(url).json == put.json


def filled(redis_url: str, source: str, rows: int) -> Writer:
    """A writer of a source that has so many rows of two channels."""
    writer = Writer(connect(redis_url), source, seed=1)
    for start in range(0, rows, 1000):
        some = {str(n): {"n": n} for n in range(start, min(rows, start + 1000))}
        writer.publish({"laps/1": some, "laps/2": some})
    return writer


def paged(web: FlaskClient, source: str, **asked: Any) -> Iterator[Any]:
    """All pages of a state."""
    address, after = f"/api/v1/sources/{source}/state", dict[str, str]()
    while True:
        answer = web.get(address, query_string=asked | after)
        assert answer.status_code == 200, answer.text
        yield answer.json
        if "next" not in answer.json:
            return
        after = {"after": answer.json["next"]}


def test_a_large_state_is_read_in_pages_while_it_changes(
    web: FlaskClient, redis_url: str, source: str
) -> None:
    """Rows of later pages replace those before, and all are the state at the last cursor."""
    writer = filled(redis_url, source, 3000)
    state: dict[str, dict[str, Any]] = {}
    sizes = []
    for page in paged(web, source, channels="laps/*", limit=700):
        sizes.append(sum(map(len, page["channels"].values())))
        for name, rows in page["channels"].items():
            state.setdefault(name, {}).update(rows)
        if len(sizes) < 5:
            writer.publish({"laps/1": {str(len(sizes)): None, "0": {"at": len(sizes)}}})
    there = {name: {k: v for k, v in rows.items() if v} for name, rows in state.items()}

    assert len(sizes) >= 6000 // 700
    assert max(sizes) < 800
    assert page["cursor"] == str(writer.cursor)
    assert there == writer.states[writer.cursor]


def test_a_large_state_is_also_given_whole(web: FlaskClient, redis_url: str, source: str) -> None:
    """For who asks as for a small one."""
    writer = filled(redis_url, source, 6000)
    whole = web.get(f"/api/v1/sources/{source}/state").json
    (page,) = paged(web, source, channels="laps/2", limit=10_000)

    assert whole["cursor"] == page["cursor"] == str(writer.cursor)
    assert whole["channels"] == writer.states[writer.cursor]
    assert page["channels"] == {"laps/2": whole["channels"]["laps/2"]}


def test_pages_that_cannot_go_on_say_so(web: FlaskClient, redis_url: str, source: str) -> None:
    """Of other channels, of another life of the log: with what would do."""
    writer = filled(redis_url, source, 2000)
    address = f"/api/v1/sources/{source}/state"
    after = next(iter(paged(web, source, limit=100)))["next"]
    of_others = web.get(address, query_string={"after": after, "channels": "laps/1"})
    assert of_others.status_code == 409
    assert of_others.json["detail"].endswith("of other channels, begin again without it")
    assert web.get(address, query_string={"after": "page2"}).status_code == 422
    assert web.get(address, query_string={"limit": "0"}).status_code == 422

    lease.restart(writer.client, source, writer.token)
    gone = web.get(address, query_string={"after": after})
    assert gone.status_code == 409
    assert "the log has begun anew" in gone.json["detail"]
