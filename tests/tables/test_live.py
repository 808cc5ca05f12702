"""A table on running servers: many people at once, and what each of them may rely on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from pitlive.hub.patterns import user_of
from pitlive.settings import load
from pitlive.store import announcements, events
from pitlive.store.client import connect
from pitlive.web.app import create_app
from pitlive.web.awaited import USUAL_S
from tests.checker import Checker
from tests.stack import Stack, wait_for

ROWS = 50_000
COLUMNS = 10
SPEC: dict[str, Any] = {
    "kind": "table",
    "rows": ROWS,
    "columns": [
        {"name": f"c{n}", "start": {"type": "row_index", "k": n + 1}} for n in range(COLUMNS)
    ],
}


class Table:
    """A table on a server, as a program uses it."""

    def __init__(self, server: Stack, source: str) -> None:
        self.url = f"{server.url}/api/v1/sources/{source}"
        idle = httpx.Limits(max_connections=40, keepalive_expiry=1)  # the server's end after 3 s
        self.client = httpx.Client(timeout=60, limits=idle)
        self._uids = count(1)

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def declare(self, server: Stack) -> Table:
        """Declare it, and wait until it is made."""
        assert self.client.put(self.url, json=SPEC).status_code == 200
        wait_for(lambda: self.client.get(f"{self.url}/rows").status_code == 200, "table", server)
        return self

    def rows(self, **asked: Any) -> dict[str, Any]:
        """A page."""
        answer = self.client.get(f"{self.url}/rows", params=asked)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, **entry: Any) -> httpx.Response:
        """Do something, and wait until it is done."""
        entry.setdefault("uid", f"{threading.get_ident()}-{next(self._uids)}")
        return self.answer(entry)

    def answer(self, body: Any) -> httpx.Response:
        """What became of entries: told at once, or as repeats, if the engine takes its time."""
        answers: list[httpx.Response] = []

        def is_done() -> bool:
            answers.append(told := self.client.post(f"{self.url}/entries", json=body))
            is_folded = bool(told.json().get("folded", True))
            assert is_folded or told.elapsed.total_seconds() >= USUAL_S, told.text
            return is_folded

        wait_for(is_done, "fold")
        return answers[-1]

    def do(self, **entry: Any) -> None:
        """Do something that is taken."""
        answer = self.post(**entry)
        assert answer.status_code == 200, answer.text

    def column(self, number: int) -> list[float]:
        """All cells of a column, in pages of 5,000; nobody may change it meanwhile."""
        found: list[float] = []
        for offset in range(0, ROWS, 5000):
            found += self.rows(offset=offset, limit=5000, columns=number)["columns"][str(number)][
                "values"
            ]
        return found


@pytest.fixture
def tables() -> Iterator[Callable[[Stack, str], Table]]:
    """Make tables on other servers."""
    with ExitStack() as made:
        yield lambda server, source: made.enter_context(Table(server, source))


@pytest.fixture
def table(server: Stack, source: str) -> Iterator[Table]:
    """A table of 50,000 × 10 on the server that all tests share."""
    with Table(server, source) as table:
        yield table.declare(server)


def together(do: Callable[[int], None], users: int) -> None:
    """Let users do something at once; what one of them raises is raised here."""
    with ThreadPoolExecutor(users) as pool:
        list(pool.map(do, range(users)))


def test_a_page_has_its_rows_the_last_is_short_and_beyond_the_end_it_is_empty(table: Table) -> None:
    """Each column with its version, and each row with its own."""
    table.do(type="cell", column=3, row=49_999, value=7)
    assert table.rows(offset=49_997, limit=5, columns="0,3") == {
        "source": table.url.rpartition("/")[2],
        "offset": 49_997,
        "total": ROWS,
        "row_versions": [0, 0, 1],
        "columns": {
            "0": {"version": 0, "values": [49_997, 49_998, 49_999]},
            "3": {"version": 1, "values": [199_988, 199_992, 7]},
        },
    }
    beyond = table.rows(offset=ROWS)
    assert beyond["row_versions"] == []
    assert {tuple(part["values"]) for part in beyond["columns"].values()} == {()}
    assert len(table.rows()["row_versions"]) == 100


def test_columns_that_are_none_are_refused_with_a_reason(table: Table) -> None:
    """What was there, and what would do."""
    for asked in ("10", "-1", "abc", "2.5", "", "0,,1", "0,10", "1e0", " 1"):
        answer = table.client.get(f"{table.url}/rows", params={"columns": asked})
        assert answer.status_code == 422, asked
        assert answer.json()["detail"].startswith("columns: got "), asked
        assert "want numbers " in answer.json()["detail"], asked


def test_a_page_that_did_not_change_is_not_sent_again(table: Table) -> None:
    """The tag is of the content, so any change of the page makes another."""
    first = table.client.get(f"{table.url}/rows?limit=5")
    asked = {"If-None-Match": first.headers["ETag"]}
    assert table.client.get(f"{table.url}/rows?limit=5", headers=asked).status_code == 304
    table.do(type="add", column=9, k=1)
    assert table.client.get(f"{table.url}/rows?limit=5", headers=asked).status_code == 200


QUERIES = (
    *(
        "",
        "limit=5",
        "offset=49998",
        "offset=50000&limit=1",
        "columns=0%2C3&limit=2",
        "columns=3,3,0",
    ),
    *(
        "limit=0",
        "limit=5001",
        "limit=1&limit=2",
        "limit=+5",
        "limit=%35",
        "offset=-1",
        "offset=1e3",
    ),
    *(
        "offset=007",
        "offset=1000000000",
        "columns=10",
        "columns=",
        "columns=2.5",
        "limt=3",
        "limit=5&",
    ),
    *("limit", "&", "columns=" + "0," * 500 + "0"),
)


def test_a_plain_request_for_a_page_is_answered_as_any_other(table: Table, server: Stack) -> None:
    """The same head and body, and the same refusals, whether or not the framework has a part."""
    app = create_app(load(redis_url=server.redis_url))
    page = f"/api/v1/sources/{table.url.rpartition('/')[2]}/rows"
    first = app.test_client().get(page)
    never = {"If-None-Match": '"another"'}  # one that has it is not plain
    for query in QUERIES:
        plain, other = (
            table.client.get(f"{table.url}/rows?{query}", headers=headers)
            for headers in ({}, never)
        )
        assert (plain.status_code, plain.content) == (other.status_code, other.content), query
        assert _but_the_date(plain.headers) == _but_the_date(other.headers), query

    asked = list[str]()
    app.wsgi_app._application = lambda environ, _: asked.append(environ["QUERY_STRING"]) or []  # type: ignore[attr-defined]
    again = app.test_client().get(page)
    assert (again.data, _but_the_date(again.headers)) == (first.data, _but_the_date(first.headers))
    assert asked == []


def _but_the_date(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() != "date"}


def test_ten_users_who_add_one_twenty_times_leave_two_hundred_more(table: Table) -> None:
    """In every row of the column, and nowhere else; the version has counted them."""

    def add(_: int) -> None:
        for _ in range(20):
            table.do(type="add", column=4, k=1)

    together(add, 10)
    assert table.column(4) == [5 * row + 200 for row in range(ROWS)]
    assert table.column(5) == [6 * row for row in range(ROWS)]
    assert table.rows(limit=1)["columns"]["4"]["version"] == 200


def test_times_three_and_plus_one_at_once_come_out_in_one_of_two_ways(table: Table) -> None:
    """The same way in the whole column, whoever was first."""
    done = [{"type": "affine", "a": 3, "b": 0}, {"type": "add", "k": 1}]
    before = np.arange(ROWS)
    for column in range(COLUMNS):
        together(lambda n, column=column: table.do(column=column, **done[n]), 2)
        found, cells = table.column(column), before * (column + 1)
        assert found in ((3 * cells + 1).tolist(), (3 * (cells + 1)).tolist())


@contextmanager
def storm(table: Table, users: int) -> Iterator[None]:
    """Users who add to columns and set cells to what they would be, until the end."""
    stopped = threading.Event()

    def change(user: int) -> None:
        for n in count(user):
            if stopped.is_set():
                return
            table.do(type="add", column=n % 3, k=1)

    with ThreadPoolExecutor(users) as pool:
        running = [pool.submit(change, user) for user in range(users)]
        try:
            yield
        finally:
            stopped.set()
        for one in running:
            one.result()


def test_no_page_mixes_two_versions_of_a_column(table: Table) -> None:
    """Of thousands that are read while columns change: each cell is that of the version."""
    versions: set[int] = set()

    def read(reader: int) -> None:
        for n in count():
            if n >= 500 and len(versions) > 20:  # the engine may stand still
                return
            offset = (n * 997 + reader * 4099) % (ROWS - 40)
            page = table.rows(offset=offset, limit=40, columns="0,1,2")
            for number, part in page["columns"].items():
                factor, version = int(number) + 1, part["version"]
                want = [factor * row + version for row in range(offset, offset + 40)]
                assert part["values"] == want
            changes = sum(part["version"] for part in page["columns"].values())
            assert set(page["row_versions"]) == {changes}
            versions.add(changes)

    with storm(table, 2):
        together(read, 4)


def test_what_is_announced_can_be_read_already(table: Table, server: Stack) -> None:
    """Whoever hears of a version and asks for the column gets it, or a later one."""
    source = table.url.rpartition("/")[2]
    heard: list[tuple[str, int, int]] = []
    ears = announcements.listen(connect(server.redis_url))
    ears.subscribe(announcements.live(source))
    with storm(table, 2):
        while len(heard) < 50:
            message = ears.get_message(timeout=1)
            if not message or message["type"] != "message":
                continue
            for event in announcements.heard(message).events:
                said = orjson.loads(event.message)
                if said["channel"] != "columns":
                    continue
                now = table.rows(limit=1)["columns"]
                heard += [(n, row["version"], now[n]["version"]) for n, row in said["data"].items()]
    assert [one for one in heard if one[2] < one[1]] == []


def test_every_change_is_announced_with_who_made_it(table: Table, server: Stack) -> None:
    """Each once and in order, whoever makes how many of them at once."""
    reader = Checker(server.url, table.url.rpartition("/")[2], "columns,changes").start()
    together(lambda n: [table.do(type="add", column=n, k=n, origin=f"user{n}") for _ in "abc"], 5)  # type: ignore[func-returns-value]
    wait_for(lambda: len(reader.state.get("changes", {})) == 15, "15 changes", server)

    told = reader.state["changes"].values()
    assert {(one["column"], one["version"], one["by"]) for one in told} == {
        (n, version, f"user{n}") for n in range(5) for version in (1, 2, 3)
    }
    assert reader.faults == []
    reader.stop()


def test_of_two_who_change_a_cell_one_is_told_what_the_other_wrote(table: Table) -> None:
    """Of ten who all saw the same row, one wins; a retry of a loser's is told the same."""
    answers: list[tuple[int, httpx.Response]] = []

    def write(user: int) -> None:
        cell = {"type": "cell", "column": 2, "row": 17, "value": user, "row_version": 0}
        answers.append((user, table.post(uid=f"w{user}", origin=f"user{user}", **cell)))

    together(write, 10)
    (winner,) = [user for user, answer in answers if answer.status_code == 200]
    for user, answer in answers:
        if user != winner:
            assert answer.status_code == 409
            (refused,) = answer.json()["refused"]
            stands = {k: v for k, v in refused["stands"].items() if k != "seen_ms"}
            row = {"column": 2, "row": 17, "value": winner, "row_version": 1}
            assert stands == row | {"by": f"user{winner}"}
            loser = user
    cell = {"type": "cell", "column": 2, "row": 17, "value": loser, "row_version": 0}
    assert table.post(uid=f"w{loser}", **cell).status_code == 409
    assert table.rows(offset=17, limit=1)["columns"]["2"]["values"] == [winner]


def test_an_operation_that_cannot_be_done_is_answered_with_the_reason(table: Table) -> None:
    """422, and in a body of several each by its index."""
    huge = {"type": "affine", "column": 1, "a": 2**31, "b": 0}
    assert table.post(**huge, uid="a").status_code == 200
    answer = table.post(**huge, uid="b")
    assert answer.status_code == 422
    assert answer.json()["refused"][0]["field"] == "a"

    several = [{"type": "fill", "column": 0, "v": 1, "uid": "c"}, huge | {"uid": "d"}]
    said = table.answer(several).json()
    assert said["accepted"] + said["repeats"] == 1
    assert [one["index"] for one in said["refused"]] == [1]


def test_who_does_not_want_to_wait_is_answered_at_once(table: Table) -> None:
    """RFC 7240: the answer says nothing of what became of it."""
    entry = {"type": "add", "column": 0, "k": 1, "uid": "a"}
    at_once = {"Prefer": "respond-async"}
    answer = table.client.post(f"{table.url}/entries", json=entry, headers=at_once)
    assert answer.json().keys() == {"accepted", "repeats", "refused", "last", "newest"}


def test_a_personal_message_reaches_its_reader_and_nobody_else(table: Table, server: Stack) -> None:
    """Who knows the secret of a user reads what that user is sent; a star brings nothing of it."""
    source = table.url.rpartition("/")[2]
    ann, bob = user_of("ann's secret"), user_of("bob's secret")
    own = Checker(server.url, source, f"announcements,messages/{ann}~ann's secret").start()
    others = [
        Checker(server.url, source, f"announcements,messages/{bob}~bob's secret").start(),
        Checker(server.url, source).start(),
        Checker(server.url, source, "announcements,mess*").start(),
    ]
    table.do(type="message", to=ann, text="for ann alone", origin=bob)
    table.do(type="message", text="for all", origin=bob)
    for one in (own, *others):
        wait_for(lambda one=one: "announcements" in one.state, "announcement", server)

    (told,) = own.state[f"messages/{ann}"].values()
    assert (told["text"], told["from"]) == ("for ann alone", bob)
    for one in others:
        assert [name for name in one.state if name.startswith("messages/")] == []
    assert "for ann alone" not in table.client.get(f"{table.url}/state").text
    assert "for ann alone" not in table.client.get(f"{table.url}/entries").text
    for one in (own, *others):
        assert one.faults == []
        one.stop()


def test_messages_are_not_read_without_the_secret(table: Table) -> None:
    """Refused, in the state and on a stream."""
    user = user_of("secret")
    for asked in (f"messages/{user}", f"messages/{user}~wrong", "messages/*"):
        for path in ("state", "events"):
            answer = table.client.get(f"{table.url}/{path}", params={"channels": asked})
            assert answer.status_code == 422, asked


def test_four_engines_that_start_at_once_make_a_table_once(
    stack: Callable[..., Stack], tables: Callable[[Stack, str], Table], source: str
) -> None:
    """One announces its columns, at their first version, whoever declared it how often."""
    server = stack(engines=4, parts=["redis", "web"])
    table = tables(server, source)
    together(lambda _: table.client.put(table.url, json=SPEC).raise_for_status(), 4)  # type: ignore[func-returns-value]
    server.start("engine", "engine2", "engine3", "engine4")
    table.declare(server)
    table.do(type="add", column=0, k=1)

    client = connect(server.redis_url)
    told = [orjson.loads(event.message) for event in events.events(client, source, 0)]
    first, *rest = [said["data"] for said in told if said["channel"] == "columns"]
    assert {row["version"] for row in first.values()} == {0}
    assert len(first) == COLUMNS
    assert rest == [{"0": rest[0]["0"]}]
    assert table.column(0) == [row + 1 for row in range(ROWS)]
    assert table.client.get(table.url).json()["version"] == 1


def test_a_restart_keeps_the_table(
    stack: Callable[..., Stack], tables: Callable[[Stack, str], Table], source: str
) -> None:
    """Killed engine and Redis: the same cells and versions go on."""
    server = stack()
    table = tables(server, source).declare(server)
    table.do(type="add", column=0, k=5)
    table.do(type="cell", column=0, row=3, value=-1)
    for part in ("engine", "redis"):
        server.restart(part)
    again = {"type": "add", "uid": "after", "column": 0, "k": 1}

    def is_done() -> bool:
        answer = table.client.post(f"{table.url}/entries", json=again)
        return answer.status_code == 200 and bool(answer.json()["folded"])

    wait_for(is_done, "operation after the restart", server)
    page = table.rows(limit=5, columns=0)
    assert page["columns"]["0"] == {"version": 3, "values": [6, 7, 8, 0, 10]}
    assert page["row_versions"] == [2, 2, 2, 3, 2]
