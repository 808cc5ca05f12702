"""A source with a webhook, a receiver, and a courier in a thread of the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pitlive.courier.delivery import wall_ms
from pitlive.courier.run import Courier
from pitlive.engine.notices import Notices
from pitlive.kind import kind_of
from pitlive.settings import Settings, load
from pitlive.store import lease, outbox, sources
from pitlive.store.client import Redis, connect
from pitlive.store.keys import SOURCES
from pitlive.store.notice import Attempts, Fate, Notice
from pitlive.store.publish import ChannelChange, Publication, publish
from tests.courier.receiver import SECRET, Receiver
from tests.stack import wait_for

RULE = {
    "kind": "declared",
    "entries": {"order": {"fields": {"item": "text"}}},
    "stats": [{"name": "orders", "kind": "count", "by": ["item"]}],
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers 204."""
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A file of secrets."""
    file = tmp_path / "secrets"
    file.write_text(f"default:{SECRET}\n")
    return file


class Outbox:
    """A source with webhooks, and what an engine would have told of a rule's rows."""

    def __init__(self, client: Redis, source: str) -> None:
        self.client, self.source = client, source
        self._rows: dict[str, Any] = {}

    def declare(self, url: str, *others: dict[str, Any], **webhook: Any) -> None:
        """Declare webhooks; the rule is a stand-in, for only its rows matter."""
        hook: dict[str, Any] = {"name": "supplier", "stat": "orders", "url": url, "on": "change"}
        hook |= {"timeout_s": 60} | webhook  # a receiver that is only slow is not asked again
        spec = kind_of(RULE).spec(RULE | {"webhooks": [hook, *(hook | one for one in others)]})
        sources.declare(self.client, self.source, spec)

    def tell(self, rows: dict[str, Any]) -> list[Notice]:
        """Publish rows of a rule, with the notices that follow."""
        meta = sources.meta(self.client, self.source)
        declared = [dict(one) | {"on": "both"} for one in meta.spec["webhooks"]]
        marks = outbox.marks(self.client, self.source, meta.version)
        notices = Notices(self.source, declared, meta.version, {"orders": self._rows}, marks)
        notices.hold({"orders": rows})
        told = notices.decide(meta.cursor, at_ms=5, wall_ms=wall_ms())
        self._rows = self._rows | rows
        token = lease.hold(self.client, self.source, "test", 60_000) or ""
        change = ChannelChange("orders", b"{}", {})
        what = Publication("0-0", [change], notices=told, version=meta.version)
        publish(self.client, self.source, token, meta.cursor, what, 100)
        return told

    def fate(self, notice: Notice) -> Fate | None:
        """Where a notice is."""
        return outbox.fate(self.client, self.source, notice.id)

    def are(self, fate: Fate, notices: list[Notice]) -> None:
        """Wait until these notices have a fate."""
        wait_for(lambda: {self.fate(one) for one in notices} == {fate}, f"notice {fate}")

    def forget(self) -> None:
        """Leave nothing that couriers of other tests would send or stumble over."""
        self.client.srem(SOURCES, self.source)
        self.client.delete(*self.client.keys(f"*{{{self.source}}}*"))

    def attempts(self, fate: Fate) -> list[Attempts]:
        """What became of the notices of a fate, newest first."""
        return [told for _, told in outbox.listed(self.client, self.source, fate, 0, 10_000)]


@pytest.fixture
def box(redis_url: str, source: str) -> Outbox:
    """The outbox of a source in the session's Redis."""
    return Outbox(connect(redis_url), source)


@pytest.fixture
def make_courier(redis_url: str, secrets: Path) -> Callable[..., Any]:
    """Run a courier: `with make_courier(webhook_backoff_ms=1): …`."""

    def make(**given: Any) -> Any:
        defaults = {
            "webhook_secrets_file": secrets,
            "webhook_private": True,
            "webhook_backoff_ms": 1,
            "lease_ms": 60_000,  # given back at the end; no busy machine loses it
        }
        return running(load(redis_url=redis_url, **(defaults | given)))

    return make


@contextmanager
def running(settings: Settings) -> Iterator[Courier]:
    """A courier in a thread, stopped as SIGTERM does."""
    begun: Future[tuple[Courier, asyncio.AbstractEventLoop]] = Future()

    async def run() -> None:
        begun.set_result((courier := Courier(settings), asyncio.get_running_loop()))
        await courier.run()

    with ThreadPoolExecutor(1) as thread:
        ended = thread.submit(lambda: asyncio.run(run()))
        courier, loop = begun.result()
        try:
            yield courier
        finally:
            loop.call_soon_threadsafe(courier.stopping.set)
            ended.result()
