"""All tabs of a browser share one stream, and none misses or repeats anything by it."""

from __future__ import annotations

import http.client
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from playwright.sync_api import Error

from tests import races
from tests.checker import Checker, blocks
from tests.gate import Gate
from tests.stack import Stack, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.faults, pytest.mark.timeout(300)]

WITHOUT = {
    "worker": "",
    "leader": "delete window.SharedWorker",
    "own": "delete window.SharedWorker; delete window.BroadcastChannel",
}
"""What a browser lacks, so that its tabs take each way to the stream."""

FOLLOW = """async ([name, source, channels]) => {
  const { Tab } = await import('/static/pitlive-client/index.js')
  window.tab ??= new Tab()
  window.had ??= {}
  window.from ??= {}
  window.readers ??= {}
  had[name] = []
  readers[name] = tab.follow(source, {
    channels,
    schedule: run => run(),
    onFlush() { from[name] ||= readers[name].ledger.cursor },
    onChange: (change, cursor) => had[name].push(cursor),
  })
}"""

TOLD = """name => { const { store, ledger, link, reconnects } = readers[name]; return {
  state: store.channels, cursor: ledger.cursor, missed: ledger.missed, repeats: ledger.repeats,
  holes: ledger.holes, had: had[name], from: from[name], link, reconnects, way: tab.way } }"""


@pytest.fixture
def running(stack: Callable[..., Stack]) -> Stack:
    """A server of this test alone.

    Its heartbeats are the usual ones: a browser that hears one each second takes a process that
    stands still for three for a dead one, and asks for another stream.
    """
    return stack()


@pytest.fixture
def gate(running: Stack) -> Iterator[Gate]:
    """The way from the browser to the server."""
    gate = Gate(running.port)
    yield gate
    gate.close()


class Tabs:
    """One browser, whose tabs take a certain way to the stream."""

    def __init__(self, browser: Any, gate: Gate, way: str) -> None:
        self.context = browser.new_context()
        self.context.add_init_script(WITHOUT[way])
        self.gate = gate

    def page(self, path: str) -> Any:
        """Open one of our pages and wait until it is live."""
        page = self.context.new_page()
        page.goto(f"{self.gate.url}{path}")
        page.wait_for_selector('[data-testid=connection][data-state="live"]')
        return page

    def follow(self, *channels: str, page: Any = None) -> Any:
        """Follow channels in a tab that holds nothing else, or that is given."""
        page = page or self.context.new_page()
        if page.url == "about:blank":
            page.goto(f"{self.gate.url}/healthz")
        for name in channels:
            page.evaluate(FOLLOW, [name, "race", name])
            wait_for(lambda name=name: told(page, name)["link"] == "live", "a live reader")
        return page


@pytest.fixture(params=["worker", "leader"])
def tabs(request: pytest.FixtureRequest, browser: Any, gate: Gate) -> Iterator[Tabs]:
    """A browser that shares one stream, in both ways there are."""
    tabs = Tabs(browser, gate, request.param)
    yield tabs
    tabs.context.close()


def told(page: Any, name: str) -> Any:
    """What a reader has."""
    return page.evaluate(TOLD, name)


def published(running: Stack) -> list[tuple[int, str]]:
    """Seq and channel of every event of the race, read from the beginning of its log."""
    (about,) = httpx.get(f"{running.url}/api/v1/sources").json()["sources"]
    epoch, top, _ = about["cursor"].split(".")
    found: list[tuple[int, str]] = []
    while not found or found[-1][0] < int(top):  # a worker that is busy says to come back
        found = read_up_to(running, f"{epoch}.0", int(top))
    return found


def read_up_to(running: Stack, cursor: str, top: int) -> list[tuple[int, str]]:
    """Seq and channel of every event after a cursor, until the stream ends or is at the top."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=90)
    connection.request("GET", f"/api/v1/sources/race/events?last_event_id={cursor}")
    found = []
    for block in blocks(iter(connection.getresponse().readline, b"")):
        if block.name == "message" and block.id:
            seq = seq_of(block.id)
            found.append((seq, orjson.loads(block.data or "")["channel"]))
            if seq == top:
                break
    connection.close()
    return found


def seq_of(cursor: str) -> int:
    """The number of the event in its source."""
    return int(cursor.split(".")[1])


def wanted(channel: str, name: str) -> bool:
    """Whether a channel is among those, as far as these tests name them."""
    return name in ("", channel) or (name.endswith("*") and channel.startswith(name[:-1]))


def has_it_all(running: Stack, page: Any, name: str) -> None:
    """Every event that it wanted since it came, once and in order; and so the state."""
    url = f"{running.url}/api/v1/sources/race/state?channels={name}"
    state = httpx.get(url).json()["channels"]
    wait_for(lambda: told(page, name)["state"] == state, f"state of {name!r}", running)
    reader = told(page, name)
    events, start = published(running), seq_of(reader["from"])
    due = [seq for seq, channel in events if seq > start and wanted(channel, name)]
    assert due
    assert [seq_of(cursor) for cursor in reader["had"]] == due
    assert {key: reader[key] for key in ("missed", "repeats", "holes")} == {
        "missed": 0,
        "repeats": 0,
        "holes": 0,
    }


class Race:
    """A race that is fed bit by bit."""

    def __init__(self, running: Stack) -> None:
        self.running = running
        self.rest = races.small(8, 40)
        self.last = ""
        races.declare_quiet(running.url, "race")
        self.goes_on()

    def goes_on(self, entries: int = 40) -> None:
        """Report the next laps."""
        self.last = races.post(self.running.url, "race", self.rest[:entries])["last"]
        del self.rest[:entries]

    def settles(self) -> None:
        """Wait until all that was reported is folded in."""
        url = self.running.url
        wait_for(lambda: races.folded(url, "race") == self.last, "the fold", self.running)

    def ends(self) -> None:
        """Report the others, and wait until all are folded in."""
        self.goes_on(len(self.rest))
        self.settles()


@pytest.fixture
def race(running: Stack) -> Race:
    """The race all these tabs look at, begun."""
    return Race(running)


@pytest.fixture
def followed(running: Stack, race: Race) -> Iterator[None]:
    """The server follows the race before a tab comes, for tests that count streams.

    A tab that it took long for would be asked to come back, and would come by another one.
    """
    race.settles()
    reader = Checker(running.url, "race").start()
    wait_for(lambda: bool(reader.state), "a state", running)
    yield
    reader.stop()


@pytest.mark.usefixtures("followed")
def test_three_pages_share_one_stream(running: Stack, gate: Gate, race: Race, tabs: Tabs) -> None:
    """Race, operator and list: one connection brings all, and each page shows its part."""
    one, two = tabs.page("/race/race"), tabs.page("/operator/race")
    three = tabs.context.new_page()
    three.goto(gate.url)
    three.wait_for_selector("[data-source=race]")
    race.ends()
    url = f"{running.url}/api/v1/sources/race/state"
    for page, channels in ((one, "*"), (two, "race,standings,reports")):
        state = httpx.get(url, params={"channels": channels}).json()["channels"]
        wait_for(lambda p=page, s=state: p.evaluate("window.pitlive.state") == s, "state", running)
    three.wait_for_selector("[data-source=race] b:text('lap 40')")

    wait_for(lambda: len(gate.streams) == 1, "one stream", running)
    assert len(gate.asked) == gate.most == 1  # the first wanted all
    assert one.evaluate("[window.pitlive.missed, window.pitlive.reconnects]") == [0, 0]


def test_without_any_way_to_share_each_tab_has_its_own_stream(
    running: Stack, gate: Gate, race: Race, browser: Any
) -> None:
    """A browser that has neither shared workers nor broadcast channels is served all the same."""
    tabs = Tabs(browser, gate, "own")
    pages = [tabs.follow(""), tabs.follow("")]
    race.ends()
    for page in pages:
        has_it_all(running, page, "")

    wait_for(lambda: len(gate.streams) == 2, "two streams", running)
    tabs.context.close()


def test_closing_one_tab_after_the_other_loses_nothing(
    running: Stack, gate: Gate, race: Race, tabs: Tabs
) -> None:
    """Whoever held the stream, the others go on where they were."""
    pages = [tabs.follow("", "laps/*") for _ in range(3)]
    for page in pages[:2]:
        race.goes_on()
        page.close()
        race.goes_on()
    race.ends()
    has_it_all(running, pages[2], "")
    has_it_all(running, pages[2], "laps/*")

    wait_for(lambda: len(gate.streams) == 1, "one stream")


def test_a_frozen_tab_hands_over_and_finds_its_way_back(
    running: Stack, gate: Gate, race: Race, tabs: Tabs
) -> None:
    """A phone puts tabs to sleep: the others go on, and it has missed nothing when it wakes."""
    first, second = tabs.follow(""), tabs.follow("")
    sleeper = tabs.context.new_cdp_session(first)
    sleeper.send("Page.setWebLifecycleState", {"state": "frozen"})
    race.goes_on()
    race.goes_on()
    race.settles()
    before = len(published(running))
    wait_for(lambda: seq_of(told(second, "")["cursor"]) >= before, "the other tab", running)
    sleeper.send("Page.setWebLifecycleState", {"state": "active"})
    race.ends()
    for page in (first, second):
        has_it_all(running, page, "")

    wait_for(lambda: len(gate.streams) == 1, "one stream", running)


@pytest.mark.usefixtures("followed")
def test_a_tab_that_wants_more_disturbs_nobody(
    running: Stack, gate: Gate, race: Race, tabs: Tabs
) -> None:
    """Channels come and go while the race goes on, and every reader keeps its place."""
    first = tabs.follow("race")
    race.goes_on()
    second = tabs.follow("laps/*")
    race.goes_on()
    tabs.follow("standings", page=first)
    race.goes_on()
    second.close()
    race.goes_on()
    third = tabs.follow("")
    race.goes_on()
    first.evaluate("readers.standings.stop()")
    race.ends()
    has_it_all(running, first, "race")
    has_it_all(running, third, "")

    assert told(first, "race")["reconnects"] == 0
    wait_for(lambda: len(gate.streams) == 1, "one stream", running)


def test_a_stream_narrows_when_the_tab_that_wanted_more_has_crashed(
    running: Stack, gate: Gate, race: Race, tabs: Tabs
) -> None:
    """A tab that could not say goodbye is missed all the same."""
    first, second = tabs.follow("race"), tabs.follow("")
    with suppress(Error):  # says that the page crashed
        second.goto("chrome://crash", timeout=10_000)
    wait_for(lambda: "channels=race" in gate.asked[-1], "a narrower stream", running)
    race.ends()
    has_it_all(running, first, "race")


def test_a_shared_worker_that_dies_is_replaced(
    running: Stack, gate: Gate, race: Race, browser: Any
) -> None:
    """The tabs start another one and join it with their cursors."""
    tabs = Tabs(browser, gate, "worker")
    pages = [tabs.follow(""), tabs.follow("race")]
    session = browser.new_browser_cdp_session()
    targets = session.send("Target.getTargets")["targetInfos"]
    (worker,) = [t for t in targets if t["type"] == "shared_worker" and gate.url in t["url"]]
    before = len(gate.asked)
    session.send("Target.closeTarget", {"targetId": worker["targetId"]})
    wait_for(lambda: len(gate.asked) > before, "another stream", running)
    race.ends()
    has_it_all(running, pages[0], "")
    has_it_all(running, pages[1], "race")

    wait_for(lambda: len(gate.streams) == 1, "one stream")
    tabs.context.close()


@pytest.mark.usefixtures("followed")
def test_a_refused_stream_is_opened_again(
    running: Stack, gate: Gate, race: Race, tabs: Tabs
) -> None:
    """A 503 ends EventSource for good; the hub opens a new one, and all tabs go on."""
    pages = [tabs.follow(""), tabs.follow("race")]
    gate.way = "503"
    gate.cut()
    wait_for(lambda: told(pages[0], "")["link"] == "lost", "loss", running)
    wait_for(lambda: pages[1].evaluate("!!readers.race.retryAt"), "own attempts", running)
    race.goes_on()
    gate.way = "open"
    race.ends()
    has_it_all(running, pages[0], "")
    has_it_all(running, pages[1], "race")

    assert told(pages[0], "")["reconnects"] == 1
    wait_for(lambda: len(gate.streams) == 1, "one stream", running)


def test_a_restarted_web_server_is_found_by_three_tabs(
    running: Stack, gate: Gate, race: Race, tabs: Tabs
) -> None:
    """Nobody misses, nobody repeats, and there is one stream again."""
    pages = [tabs.follow("", "race") for _ in range(3)]
    race.goes_on()
    running.restart("web", signal.SIGTERM)
    race.ends()
    for page in pages:
        has_it_all(running, page, "")
        has_it_all(running, page, "race")

    wait_for(lambda: len(gate.streams) == 1, "one stream", running)


def test_the_example_of_the_docs_runs(running: Stack, gate: Gate, race: Race, page: Any) -> None:
    """Ten lines of docs/client.md are a page that follows a race."""
    text = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
    example = text.partition("```html\n")[2].partition("```")[0].replace("'bristol'", "'race'")
    page.route("**/example.html", lambda route: route.fulfill(body=example))
    page.goto(f"{gate.url}/example.html")
    race.ends()
    lap = page.locator("#lap")
    wait_for(lambda: lap.text_content() == "40", "the last lap on the page", running)
