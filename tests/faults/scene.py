"""What every fault is struck into: thirty readers of all kinds, and a feed that never gives up.

scene.begin()       everybody is greeted, the feed runs
…the fault…
scene.check()       the feed ends; every reader has the log exactly once and in order,
                    and the state of an undisturbed run; nothing acknowledged is lost
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import httpx
import orjson
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from pitlive.messages import matches
from pitlive.store import engines, entries, events
from pitlive.store.client import connect
from pitlive.store.keys import figures
from tests import races
from tests.checker import Checker, number
from tests.stack import Stack, wait_for

Reported = list[dict[str, Any]]

PAUSE_S = 0.03
"""Between two posts, until the fault is over."""

AT_ONCE = 5
"""Entries a post, of a small race; of a large one more, for no more than `POSTS` posts."""

POSTS = 200

OF_FAULTS = (
    "pitlive_streams_refused",
    "pitlive_streams_ended",
    "pitlive_conflations",
    "pitlive_replays",
    "pitlive_repairs",
    "pitlive_resubscriptions",
    "pitlive_redis_away",
    "pitlive_engine_leases_lost",
    "pitlive_engine_followers_ended",
    "pitlive_engine_redis_away",
)
"""Metrics that stand still while nothing is wrong; new readers (`fresh`) are counted apart."""

NOTHING_WRONG = {"replays fresh", "repairs long"}

LATE = {"repairs look"}
"""A worker that hears late what was announced looks into the log before: nothing was lost."""

HELD_BACK = 0.95
"""The share of all entries after which the feed waits for the check, so that no fault finds it
at its end."""

REFUSED = {"streams_refused unavailable"}
"""A worker that has just begun may hear of Redis late: whoever asks before is told to come back."""


class Writer(threading.Thread):
    """Feeds several sources in turn as a feed does: what was not acknowledged is posted again.

    Attributes:
        taken: Entries acknowledged so far.
        answers: What came of every post: its status, or what cut it.

    Args:
        until: The share of all entries after which it goes on only when it is told to hurry.
    """

    def __init__(self, url: str, given: Mapping[str, Reported], until: float = 1.0) -> None:
        super().__init__(daemon=True)
        self.taken = 0
        self.answers: Counter[int | str] = Counter()
        self._url = url
        self._batches = [
            (source, batch)
            for source, reported in given.items()
            for batch in races.batches(reported, max(AT_ONCE, len(reported) // POSTS))
        ]
        self._batches.sort(key=lambda one: one[1][0].get("at_ms", 0))
        self._pause_s = PAUSE_S
        self._enough = until * sum(map(len, given.values()))
        self._hurries = threading.Event()

    def run(self) -> None:
        """Post everything."""
        anew = httpx.Limits(max_keepalive_connections=0)  # a late server closes what is kept
        with httpx.Client(base_url=self._url, timeout=60, limits=anew) as client:
            for source, batch in self._batches:
                if self.taken >= self._enough:
                    self._hurries.wait()
                while not self._post(client, source, batch):
                    time.sleep(0.1)
                self.taken += len(batch)
                time.sleep(self._pause_s)

    def hurry(self) -> None:
        """Post the rest, all of it, without pauses."""
        self._pause_s = 0
        self._hurries.set()

    def _post(self, client: httpx.Client, source: str, batch: Reported) -> bool:
        answer: int | str
        url = f"/api/v1/sources/{source}/entries"
        try:
            answer = client.post(url, content=orjson.dumps(batch), headers=JSON).status_code
        except httpx.TransportError as error:
            answer = repr(error)
        self.answers[answer] += 1
        return answer == 200


JSON = {"Content-Type": "application/json"}


class Scene:
    """Readers and a writer of two sources on one stack.

    Args:
        stack: Where they are.
        sources: Names of the two.
        url: Where the readers find it, if not where the writer does: a proxy.
        big: What is fed to the first source; a small race goes to the second.
        more: Readers of one quiet channel, besides the thirty.
    """

    def __init__(
        self,
        stack: Stack,
        sources: Sequence[str],
        url: str = "",
        big: Reported | None = None,
        more: int = 0,
    ) -> None:
        self.stack = stack
        self.one, self.other = sources
        self.given = {
            self.one: _named(self.one, big or races.small(12, 40)),
            self.other: _named(self.other, races.small(3, 40, seed=2)),
        }
        self.readers = _crowd(url or stack.url, self.one, self.other)
        self.readers += [Checker(url or stack.url, self.other, "cautions") for _ in range(more)]
        self.writer = Writer(stack.url, self.given, HELD_BACK)
        self._greeted: list[int] = []

    def begin(self) -> None:
        """Greet everybody and feed a quarter."""
        self.wait(lambda: len(self.stack.workers()) == self._workers, "web workers")
        self.wait(lambda: not self._streams(), "end of other tests' streams")
        self._declare()
        for source, reported in self.given.items():
            races.post(self.stack.url, source, reported[:1])
        for reader in self.readers:
            reader.start()
        self.wait(lambda: all(reader.cursor for reader in self.readers), "greetings, with states")
        self._greeted = [len(reader.byes) for reader in self.readers]
        self._hear_engines()
        self._before = self._figures()
        self.writer.start()
        self.feed(1 / 4)

    def _hear_engines(self) -> None:
        """Have every engine say anew what it has counted: of tests before, too."""
        names = [part for part in self.stack.running if part.startswith(("engine", "courier"))]
        with connect(self.stack.redis_url) as client:
            client.delete(*map(figures, engines.all_figures(client)), "none")
            self.wait(
                lambda: len(engines.all_figures(client)) >= len(names), "the engines' figures"
            )

    def _declare(self) -> None:
        """Thirty readers of every forecast would be the load; `tests/engine` has their promise."""
        for source in self.given:
            races.declare_quiet(self.stack.url, source)

    def feed(self, share: float) -> None:
        """Wait until a share of all entries is acknowledged."""
        enough = share * sum(map(len, self.given.values()))
        self.wait(lambda: self.writer.taken >= enough, f"{share:.0%} of the entries taken")

    def counts_anew(self) -> None:
        """Take it that the web workers have counted nothing yet: they are new."""
        engines = {n: v for n, v in self._before.items() if n.startswith("engine_")}
        self._before = Counter(engines)

    def write_again(self) -> None:
        """Feed everything once more from the start, as after Redis lost it."""
        self.writer.hurry()
        self.wait(lambda: not self.writer.is_alive(), "end of the feed")
        self._declare()
        self.writer = Writer(self.stack.url, self.given)
        self.writer.hurry()
        self.writer.start()

    def wait(self, condition: Any, what: str) -> None:
        """Wait until something holds."""
        wait_for(condition, what, self.stack)

    def check(self, moves: set[str], may: Collection[str] = ()) -> None:
        """Let the feed end, and compare every reader with the log and with an undisturbed run.

        Args:
            moves: What the fault is counted as: metrics without `pitlive_`, with their label.
            may: What depends on the moment it was struck in. Nothing else of a fault may move.
        """
        self.writer.hurry()
        self.wait(lambda: not self.writer.is_alive(), "end of the feed")
        want = {
            s: races.final(races.checked(given), races.QUIET) for s, given in self.given.items()
        }
        for reader in self.readers:
            self.wait(lambda: reader.faults or _is_there(reader, want), f"state of {reader}")  # noqa: B023
            assert reader.faults == []
        self.wait(lambda: moves <= self._moved(), f"count of {moves}")
        moved = self._moved()
        self.stop()
        with connect(self.stack.redis_url) as client:
            logs = {source: events.events(client, source, 0, 10**6) for source in want}
            uids = [entries.read(client, source, "0-0", 10**6) for source in want]
        assert [sorted(e.uid for e in log) for log in uids] == [
            sorted(entry["uid"] for entry in given) for given in self.given.values()
        ]
        for reader in self.readers:
            assert _said(reader) == _logged(reader, logs)
        assert moved <= moves.union(may, LATE)

    def stop(self) -> None:
        """Let nobody read any more."""
        for reader in self.readers:
            reader.stop()

    def _moved(self) -> set[str]:
        counted = self._figures()
        return {name for name in counted - self._before if name not in NOTHING_WRONG}

    def _figures(self) -> Counter[str]:
        """What is counted of faults so far, over all workers, engines and lesser labels."""
        found: Counter[str] = Counter()
        for sample in self._samples():
            if sample.name.startswith(OF_FAULTS):
                label = sample.labels.get("reason") or sample.labels.get("cause") or ""
                name = sample.name.removeprefix("pitlive_").removesuffix("_total")
                found[f"{name} {label}".strip()] += sample.value
        return found

    @property
    def _workers(self) -> int:
        return int(self.stack.environment["PITLIVE_WORKERS"])

    def _streams(self) -> float:
        return sum(s.value for s in self._samples() if s.name == "pitlive_streams")

    def _samples(self) -> list[Sample]:
        """All series; none where nginx keeps them to itself."""
        answer = httpx.get(f"{self.stack.url}/metrics", timeout=90)
        text = answer.text if answer.status_code == 200 else ""
        return [s for family in text_string_to_metric_families(text) for s in family.samples]

    @property
    def reasons(self) -> set[str]:
        """All verdicts since the first greetings."""
        return {r for one in self.readers for r in one.reasons[len(one.of) :]}

    @property
    def byes(self) -> set[str]:
        """All reasons of goodbyes, but for those of who had to come back to be greeted."""
        before = [*self._greeted, *[0] * (len(self.readers) - len(self._greeted))]
        heard = zip(self.readers, before, strict=True)
        return {bye["reason"] for reader, n in heard for bye in reader.byes[n:]}


def _crowd(url: str, one: str, other: str) -> list[Checker]:
    """Thirty readers: of everything, of some channels, of two sources; half of them packed."""
    both = f"{one},{other}"
    kinds = [(one, "*")] * 5 + [(one, "standings,laps/*")] * 4 + [(both, "laps/*"), (both, "*")] * 3
    return [
        Checker(url, source, channels, gzip=packed, retry_ms=100)
        for source, channels in kinds
        for packed in (False, True)
    ]


def _named(source: str, reported: Reported) -> Reported:
    return [entry | {"uid": f"{source}-{n}"} for n, entry in enumerate(reported)]


def _is_there(reader: Checker, want: Mapping[str, Any]) -> bool:
    asked = reader.channels.split(",")
    return all(
        races.canonical(seen.state)
        == races.canonical({c: r for c, r in want[s].items() if matches(c, asked)})
        for s, seen in reader.of.items()
    )


def _said(reader: Checker) -> dict[str, list[tuple[int, Any]]]:
    return {source: seen.heard for source, seen in reader.of.items()}


def _logged(reader: Checker, logs: Mapping[str, Sequence[Any]]) -> dict[str, list[tuple[int, Any]]]:
    """What the reader had to hear since its last snapshot."""
    asked = reader.channels.split(",")
    since = {s: number(seen.since) for s, seen in reader.of.items()}
    return {
        source: [
            (event.seq, orjson.loads(event.message))
            for event in logs[source]
            if event.seq > after and matches(event.channel, asked)
        ]
        for source, after in since.items()
    }


def chatter(n: int) -> list[dict[str, Any]]:
    """A hundred notes, long enough to fill any kernel buffer after a while."""
    return [{"type": "note", "uid": f"n{n + k}", "text": "x" * 1900} for k in range(100)]
