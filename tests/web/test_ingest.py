"""What becomes of reported entries: accepted once, or refused with the reason."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from pitlive.messages import Rejection
from pitlive.store import append as of_append
from pitlive.store.client import connect
from pitlive.store.keys import key, keys
from pitlive.web import reports
from tests.web.conftest import aside_of, entries_of, lap

NDJSON = "application/x-ndjson"


def test_one_object_is_one_entry(web: FlaskClient, source: str) -> None:
    """A single entry needs no array around it, and its id is answered."""
    answer = web.post(entries_of(source), json=lap(1)).json

    counts = {"accepted": 1, "repeats": 0, "refused": []}
    assert answer == counts | {"last": answer["last"], "newest": answer["last"]}
    assert web.get(entries_of(source)).json["next"] == answer["last"]


def test_the_same_entries_again_are_repeats(web: FlaskClient, source: str) -> None:
    """A retry is safe: it is counted, and changes nothing."""
    batch = [lap(1), lap(2)]
    last = web.post(entries_of(source), json=batch).json["last"]

    assert web.post(entries_of(source), json=batch).json == {
        "accepted": 0,
        "repeats": 2,
        "refused": [],
        "newest": last,
    }
    assert len(web.get(entries_of(source)).json["entries"]) == 2


def test_a_sender_may_say_which_entry_the_log_must_have(web: FlaskClient, source: str) -> None:
    """412 where it is of another past, and nothing is taken; a log has what is before its first."""
    newest = web.post(f"{entries_of(source)}?holds=0-0", json=lap(1)).json["newest"]
    ms, _, number = newest.partition("-")
    told = [
        web.post(f"{entries_of(source)}?holds={id}", json=[lap(1), lap(n)])
        for n, id in enumerate([newest, f"{int(ms) - 1}-{number}", f"{ms}-9", "x"], 2)
    ]

    assert [answer.status_code for answer in told] == [200, 412, 412, 422]
    assert told[1].json["detail"].startswith(f"{source}: the log does not have entry")
    assert [entry["lap"] for entry in web.get(entries_of(source)).json["entries"]] == [1, 2]


def test_a_source_that_took_the_name_of_another_goes_by_its_own_declaration(
    make_app: Callable[..., Flask], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker deleted and declared it a moment ago; its version is that of the other."""
    monkeypatch.setattr(declarations, "LOOK_EVERY_S", 3600)
    here, there = make_app().test_client(), make_app().test_client()
    path = f"/api/v1/sources/{source}"
    here.put(path, json={"kind": "race"})
    assert here.post(entries_of(source), json=lap(1)).status_code == 200

    there.delete(path)
    there.put(path, json={"kind": "declared", "entries": {"vote": {"fields": {"of": "text"}}}})
    told = [here.post(entries_of(source), json=one) for one in (lap(2), {"uid": "a", "of": "b"})]
    assert [answer.status_code for answer in told] == [422, 200]


def test_a_declaration_that_another_worker_changed_holds_at_once(
    make_app: Callable[..., Flask], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever this worker checked by the old one, taken or refused, it checks anew."""
    monkeypatch.setattr(declarations, "LOOK_EVERY_S", 3600)
    here, there = make_app().test_client(), make_app().test_client()
    path = f"/api/v1/sources/{source}"
    for least, want in ((0, 200), (5, 422), (0, 200)):
        field = {"type": "integer", "min": least}
        spec = {"kind": "declared", "entries": {"vote": {"fields": {"n": field}}}}
        assert there.put(path, json=spec).status_code == 200
        uid = f"{least}-{want}"
        assert here.post(entries_of(source), json={"uid": uid, "n": 3}).status_code == want
        assert here.post(entries_of(source), json={"uid": uid, "n": 3}).status_code == want


def test_what_takes_several_steps_is_acknowledged_as_it_was_taken(
    make_app: Callable[..., Flask], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the declaration of the first of them, though it is changed before the last."""
    here, there = make_app().test_client(), make_app().test_client()
    append, takes = of_append._append, list[int]()

    def declare(least: int) -> None:
        field = {"type": "integer", "min": least}
        spec = {"entries": {"vote": {"fields": {"n": field}}}}
        path = f"/api/v1/sources/{source}"
        assert there.put(path, json={"kind": "declared"} | spec).status_code == 200

    def slow(*given: Any) -> Any:
        done = append(*given)
        takes.append(len(given[2]))
        if len(takes) == 1:
            declare(5)
        return done

    declare(0)
    monkeypatch.setattr(of_append, "_append", slow)
    votes = [{"uid": f"u{n}", "n": 3, "why": "x" * 15_000} for n in range(100)]
    told = here.post(entries_of(source), json=votes).json

    assert len(takes) > 1
    assert sum(takes) == 100
    assert (told["accepted"], told["repeats"], told["refused"]) == (100, 0, [])


def test_ten_senders_of_the_same_entries_are_taken_once(
    make_app: Callable[..., Flask], source: str
) -> None:
    """The uid decides within one step of Redis, whoever comes first."""
    app, batch = make_app(), [lap(n) for n in range(1, 1501)]

    def send(_: int) -> dict[str, Any]:
        return app.test_client().post(entries_of(source), json=batch).json or {}

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))

    assert sum(answer["accepted"] for answer in answers) == 1500
    assert sum(answer["repeats"] for answer in answers) == 9 * 1500


def test_a_higher_revision_is_taken_and_a_lower_one_is_a_repeat(
    web: FlaskClient, source: str
) -> None:
    """A correction replaces the fact; what it replaced may still arrive, and is nothing new."""
    revisions = [lap(1, revision=2), lap(1, revision=1), lap(1, revision=3)]

    answer = web.post(entries_of(source), json=revisions).json

    assert (answer["accepted"], answer["repeats"]) == (2, 1)


def test_an_amendment_without_a_revision_gets_the_next_one(web: FlaskClient, source: str) -> None:
    """Whoever corrects need not know how often it was corrected before."""
    first = lap(1, uid="a", revision=4)
    amendments = [lap(1, uid=uid, amends="a", lap_ms=15_000) for uid in ("b", "c")]

    web.post(entries_of(source), json=[first, *amendments])

    logged = web.get(entries_of(source)).json["entries"]
    assert [entry["revision"] for entry in logged] == [4, 5, 6]


def test_the_good_entries_of_a_mixed_batch_are_taken(web: FlaskClient, source: str) -> None:
    """Each refusal says where, what was there and what would do; the rest goes on."""
    answer = web.post(entries_of(source), json=[lap(1), lap(0), lap(2), 7])

    assert (answer.status_code, answer.json["accepted"]) == (200, 2)
    assert answer.json["refused"] == [
        {"index": 1, "field": "lap", "got": 0, "want": "a whole number from 1 to 2000"},
        {"index": 3, "field": "entry", "got": 7, "want": "an object with a type"},
    ]
    assert [one["got"] for one in web.get(aside_of(source)).json["aside"]] == [0, 7]


def test_a_broken_line_is_one_refusal(web: FlaskClient, source: str) -> None:
    """Lines of JSON stand on their own; empty ones are nothing."""
    lines = b"\n".join([orjson.dumps(lap(1)), b'{"type": "lap"', b"", orjson.dumps(lap(2))])

    answer = web.post(entries_of(source), data=lines, content_type=NDJSON).json

    assert answer["accepted"] == 2
    assert [(one["index"], one["got"]) for one in answer["refused"]] == [(1, '{"type": "lap"')]


def test_a_wrong_line_of_many_costs_itself_alone() -> None:
    """Lines are read many at a time; what comes out is what each says, in its place."""
    said = [lap(n) for n in range(1, 4001)]
    texts = [*map(orjson.dumps, said)]
    assert len(b"".join(texts)) > 2 * reports.READ_TOGETHER
    texts[700] = b'{"type": "lap"'
    texts[1500:1501] = [b"", b"\xef\xbb\xbf" + texts[1500], b" "]

    found = list(reports.lines(b"\xef\xbb\xbf" + b"\r\n".join(texts) + b"\n\n"))

    assert {n for n, one in enumerate(found) if isinstance(one, Rejection)} == {700, 1500}
    assert [one for one in found if isinstance(one, dict)] == [
        one for n, one in enumerate(said) if n not in (700, 1500)
    ]


def test_a_table_is_read_by_its_header(web: FlaskClient, source: str) -> None:
    """CSV as a spreadsheet writes it: BOM, CRLF, quotes, empty cells absent."""
    table = (
        '\ufefftype,car,lap,at_ms,place,text\r\nlap,0,1,100,,\r\n"lap","00",1,200,2,"a, ""b"""\r\n'
    )

    answer = web.post(entries_of(source), data=table.encode(), content_type="text/csv").json

    logged = web.get(entries_of(source)).json["entries"]
    assert answer["accepted"] == 2
    assert [entry["car"] for entry in logged] == ["0", "00"]
    assert "place" not in logged[0]
    assert (logged[1]["place"], logged[1]["text"]) == (2, 'a, "b"')


@pytest.mark.parametrize("row", ["lap,24,1,100,surplus", 'lap,24,"1,100', "lap,24,one,100"])
def test_a_row_that_is_none_is_one_refusal(web: FlaskClient, source: str, row: str) -> None:
    """Too many cells, an open quote, a word for a number: the other rows are taken."""
    table = f"type,car,lap,at_ms\nlap,24,2,200\n{row}\n"

    answer = web.post(entries_of(source), data=table, content_type="text/csv").json

    assert (answer["accepted"], len(answer["refused"])) == (1, 1)


@pytest.mark.parametrize("header", ["", "type,type", "type,,car", '"type'])
def test_a_table_without_a_header_is_not_read(web: FlaskClient, source: str, header: str) -> None:
    """Columns without a name, or with one twice, could mean anything."""
    answer = web.post(entries_of(source), data=header + "\n", content_type="text/csv")

    assert answer.status_code == 422
    assert "header" in answer.json["detail"]


def test_gzip_of_several_members_is_read(web: FlaskClient, source: str) -> None:
    """Files that were appended to are gzip too."""
    packed = b"".join(gzip.compress(orjson.dumps(lap(n)) + b"\n") for n in (1, 2))

    assert post_packed(web, source, packed).json["accepted"] == 2


def test_truncated_gzip_is_refused_whole(web: FlaskClient, source: str) -> None:
    """Half a file is not taken for all of it: the sender must know."""
    packed = gzip.compress(b"".join(orjson.dumps(lap(n)) + b"\n" for n in range(1, 500)))

    answer = post_packed(web, source, packed[:-9])

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert "ends in the middle" in answer.json["detail"]
    assert web.get(entries_of(source)).status_code == 404


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(web: FlaskClient, source: str) -> None:
    """A bomb is unpacked only as far as the limit."""
    bomb = gzip.compress(gzip.compress(bytes(200 * 2**20)))

    answer = post_packed(web, source, gzip.decompress(bomb))

    assert answer.status_code == 413
    assert len(bomb) < 10_000


def test_a_body_of_100_mb_is_refused_before_it_is_read(web: FlaskClient, source: str) -> None:
    """Its length is enough to know."""
    body = Counting(100 * 2**20)

    answer = web.post(
        entries_of(source),
        input_stream=body,
        environ_overrides={"CONTENT_LENGTH": str(100 * 2**20)},
        content_type="application/json",
    )

    assert (answer.status_code, body.read_bytes) == (413, 0)
    assert "body_limit" in answer.json["detail"]


def test_a_body_of_unknown_length_is_read_up_to_the_limit(
    make_app: Callable[..., Flask], source: str
) -> None:
    """Chunked, the length is known when it is too late: reading stops there."""
    web, body = make_app(body_limit=2**20).test_client(), Counting(100 * 2**20)

    answer = web.post(
        entries_of(source),
        input_stream=body,
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
        content_type=NDJSON,
    )

    assert answer.status_code == 413
    assert body.read_bytes < 2**21


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
        {},
    ],
)
def test_what_is_not_read_here_is_415(
    web: FlaskClient, source: str, headers: dict[str, str]
) -> None:
    """Other types and codings are refused by name, not guessed at."""
    answer = web.post(entries_of(source), data=orjson.dumps(lap(1)), headers=headers)

    assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")


@pytest.mark.parametrize("body", [b"", b"{", b"7", b'"text"', b"null", b"[NaN]", b'{"a": 1e999}'])
def test_a_body_that_is_no_object_or_array_is_422(
    web: FlaskClient, source: str, body: bytes
) -> None:
    """NaN and infinities are not JSON, whatever some writers think."""
    answer = web.post(entries_of(source), data=body, content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"lap": 0}, "lap"),
        ({"lap": "1"}, "lap"),
        ({"lap": 1.5}, "lap"),
        ({"lap": True}, "lap"),
        ({"lap": None}, "lap"),
        ({"at_ms": -1}, "at_ms"),
        ({"at_ms": 10**30}, "at_ms"),
        ({"lap_ms": -15_000}, "lap_ms"),
        ({"car": 24}, "car"),
        ({"car": "99"}, "car"),
        ({"car": ["24"]}, "car"),
        ({"type": "lapp"}, "type"),
        ({"uid": ""}, "uid"),
        ({"uid": "x" * 201}, "uid"),
        ({"extra": "x" * 20_000}, "entry"),
        ({"extra": [[[[]]]] * 4000}, "entry"),
    ],
)
def test_an_entry_that_cannot_be_right_says_which_field(
    web: FlaskClient, source: str, broken: dict[str, Any], field: str
) -> None:
    """Wrong types, lap 0, negative times, an unknown car: a clear answer, and it is kept."""
    web.put(f"/api/v1/sources/{source}", json={"kind": "race", "cars": [{"car": "24"}]})

    answer = web.post(entries_of(source), json=lap(1) | broken)

    (refused,) = answer.json["refused"]
    assert (answer.status_code, refused["field"]) == (422, field)
    assert len(web.get(aside_of(source)).json["aside"]) == 1


def test_nesting_that_could_not_be_written_back_is_refused(web: FlaskClient, source: str) -> None:
    """What is read but could not be kept is refused, and the rest is taken."""
    deep = b"[" * 300 + b"]" * 300
    batch = b'[{"type":"lap","car":"1","lap":1,"at_ms":1,"x":%s},%s]' % (deep, orjson.dumps(lap(1)))

    answer = web.post(entries_of(source), data=batch, content_type="application/json").json

    assert (answer["accepted"], len(answer["refused"])) == (1, 1)


@pytest.mark.parametrize(
    "name", ['"quoted"', "two\nlines", "two\r\nlines", "🏁🏎️", "a\u2028b", "\x00", "</script>"]
)
def test_any_text_comes_back_as_it_was(web: FlaskClient, source: str, name: str) -> None:
    """Quotes, line ends, emoji and U+2028 in a text are just that."""
    note = {"type": "note", "uid": f"n/{name}", "text": name, "at_ms": 1}

    assert web.post(entries_of(source), json=note).json["accepted"] == 1
    (logged,) = web.get(entries_of(source)).json["entries"]
    assert (logged["uid"], logged["text"]) == (f"n/{name}", name)


def test_text_that_no_reader_could_take_is_refused(web: FlaskClient, source: str) -> None:
    """Half a surrogate pair is not Unicode; JSON escapes can say it all the same."""
    body = json.dumps({"type": "note", "uid": "n", "text": "\ud800"})

    answer = web.post(entries_of(source), data=body, content_type=NDJSON)

    assert (answer.status_code, len(answer.json["refused"])) == (422, 1)


def test_more_refusals_than_an_answer_lists_are_counted(web: FlaskClient, source: str) -> None:
    """A feed that is all wrong gets a short answer, and nothing is uncounted."""
    answer = web.post(entries_of(source), json=[0] * 2500).json

    assert (len(answer["refused"]), answer["unlisted"]) == (1000, 1500)
    listed = {one["source"]: one for one in web.get("/api/v1/sources").json["sources"]}
    assert listed[source]["aside"] == 2500


def test_an_undeclared_source_is_refused_where_sources_are_not_open(
    make_app: Callable[..., Flask], source: str
) -> None:
    """With `open_sources` off, a feed's typing error makes no new race."""
    answer = make_app(open_sources=False).test_client().post(entries_of(source), json=lap(1))

    assert answer.status_code == 404
    for would_do in (f"PUT /api/v1/sources/{source}", "pitlive declare", "open_sources"):
        assert would_do in answer.json["detail"]


def test_a_source_that_redis_lost_is_declared_again(
    web: FlaskClient, source: str, redis_url: str
) -> None:
    """A feed goes on after Redis was emptied under it."""
    web.post(entries_of(source), json=lap(1))
    forget(redis_url, source)

    assert web.post(entries_of(source), json=lap(2)).json["accepted"] == 1


def test_a_changed_declaration_holds_at_once(web: FlaskClient, source: str) -> None:
    """Whoever declares and then feeds through the same worker meets the new declaration."""
    web.post(entries_of(source), json=lap(1))

    declared = web.put(f"/api/v1/sources/{source}", json={"cars": [{"car": "1"}]}).json

    assert (declared["version"], declared["spec"]["cars"]) == (2, [{"car": "1"}])
    assert web.post(entries_of(source), json=lap(2)).status_code == 422


@pytest.mark.parametrize(
    "declaration", [{"kind": "chess"}, {"cars": []}, {"laps": 0}, {"lapz": 5}, [], 7]
)
def test_a_declaration_that_is_not_valid_changes_nothing(
    web: FlaskClient, source: str, declaration: Any
) -> None:
    """422 says which field, and the source is not there afterwards."""
    assert web.put(f"/api/v1/sources/{source}", json=declaration).status_code == 422
    assert web.get(entries_of(source)).status_code == 404


def test_a_flush_comes_after_everything_that_was_reported(web: FlaskClient, source: str) -> None:
    """It closes what is open at the newest event time, not at the server's time of day."""
    web.post(entries_of(source), json=[lap(3), lap(2)])

    assert web.post(f"/api/v1/sources/{source}/flush").json["accepted"] == 1
    flush = web.get(entries_of(source)).json["entries"][-1]
    assert (flush["type"], flush["at_ms"]) == ("flush", lap(3)["at_ms"])


def test_a_log_whose_declaration_is_gone_is_not_said_to_be_no_source(
    make_app: Callable[..., Flask], source: str, redis_url: str
) -> None:
    """Whatever is asked of it, and whether or not any name may be a race."""
    web = make_app(open_sources=False).test_client()
    web.put(f"/api/v1/sources/{source}", json={"kind": "race"})
    assert web.post(entries_of(source), json=lap(1)).status_code == 200
    connect(redis_url).delete(key(source, "meta"))
    for is_open in (True, False):
        web = make_app(open_sources=is_open).test_client()
        for answer in (web.get(entries_of(source)), web.post(entries_of(source), json=lap(2))):
            assert answer.status_code == 500
            assert "want the declaration of the log that is there" in answer.json["detail"]


def post_packed(web: FlaskClient, source: str, packed: bytes) -> Any:
    """Post gzip of lines."""
    headers = {"Content-Encoding": "gzip"}
    return web.post(entries_of(source), data=packed, headers=headers, content_type=NDJSON)


def forget(redis_url: str, source: str) -> None:
    """Remove what Redis knows of one source, as losing it would."""
    connect(redis_url).delete(*keys(source, "meta", "entries", "uids", "facts"))


class Counting(BytesIO):
    """A long body of spaces that knows how much of it was read."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.left, self.read_bytes = length, 0

    def read(self, size: int | None = -1) -> bytes:
        """Give the next `size` bytes."""
        given = self.left if size is None or size < 0 else min(size, self.left)
        self.left -= given
        self.read_bytes += given
        return b" " * given

    def readinto(self, buffer: Any) -> int:
        """The same, into a buffer."""
        given = self.read(len(buffer))
        buffer[: len(given)] = given
        return len(given)
