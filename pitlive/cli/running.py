"""One run of everything on this machine: start the parts, wait, watch, stop."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import httpx

from pitlive.cli import feeding
from pitlive.cli.failures import PartFailures
from pitlive.cli.follow_logs import Logs
from pitlive.cli.supervise import Part, Supervisor
from pitlive.errors import SettingsError, StoreUnavailable
from pitlive.kind import page_of
from pitlive.processes import hold, leashed, module
from pitlive.settings import Settings
from pitlive.store import embedded, layout
from pitlive.store.client import connect

READY_WITHIN_S = 180
"""From the start to `/readyz`: a second or two as a rule, longer if Redis has much to load."""

SAID_AFTER_S = 10
"""A start that takes longer says what it waits for."""

LOCK = "up.pid"
"""In the data dir; held, with our pid in it, as long as we run."""


class Run:
    """One `pitlive up`, from its start to its stop."""

    def __init__(self, settings: Settings, verbose: bool) -> None:
        self.settings = settings
        self.supervisor = Supervisor(settings.run_dir, settings.environment())
        self._failures = PartFailures(self.supervisor)
        self.url = _url(settings)
        self.stop = _stop_asked()
        self._client, self._has_settled = connect(settings.redis, retries=0), False
        self._logs = Logs(settings.run_dir / "logs") if verbose else None

    def wait_until_ready(self) -> None:
        """Wait for `/readyz`.

        Raises:
            ClickException: A part fails again and again, or it took too long; the message has
                the last lines of the logs.
        """
        began, is_slow = time.monotonic(), False
        while not self._pause(0.1) and (answer := _readyz(self.url)):
            self._settle_layout()
            self._failures.tell()
            if failing := self._failures.again_and_again():
                raise self._failed("it fails again and again", failing)
            waited_s = time.monotonic() - began
            if waited_s > READY_WITHIN_S:
                raise self._failed(f"not ready after {READY_WITHIN_S} s: {answer}")
            if waited_s > SAID_AFTER_S and not is_slow:
                click.echo(f"Not ready yet: {answer}", err=True)
                is_slow = True

    def _settle_layout(self) -> None:
        """Say at once what would keep every part from starting.

        Raises:
            SettingsError: A newer PitLive has written what is here.
        """
        if self._has_settled:
            return
        with suppress(StoreUnavailable):
            layout.settle(self._client, self.settings.redis_place)
            self._has_settled = True

    def choose(
        self,
        file: Path | None,
        table: Path | None,
        app: str | None,
        source: str | None,
        speed: str | None,
    ) -> feeding.Feeding | None:
        """The feed asked for: a file, a table that declares itself, an app, or the demo if any."""
        if table:
            return feeding.declared(table, source, speed or "max")
        speed = speed or feeding.SPEED
        if file:
            return feeding.from_file(file, source, speed)
        if app:
            return feeding.of_app(app, source, speed)
        return feeding.demo(self.url, source, speed)

    def announce(self, fed: feeding.Feeding | None, source: str | None) -> None:
        """Start the feed, and say where to look."""
        if fed:
            self.supervisor.add(fed.part(self.url))
        name = fed.source if fed else source
        shown = fed.page if fed else page_of({}, name) if name else ""
        click.secho(f"PitLive is running: {self.url}{shown}", bold=True)
        what = fed.what if fed else f"POST entries to {self.url}/api/v1/sources/NAME/entries"
        click.echo(f"  {what}\n  data and logs in {self.settings.run_dir}\n  Ctrl-C stops it")

    def watch(self) -> None:
        """Wait until we are asked to stop.

        Raises:
            ClickException: A part failed too often to be started again.
        """
        while not self._pause(1.0):
            self._failures.tell()
            if "feed" in self._failures.again_and_again():
                self._failures.forget("feed")
                self.supervisor.drop("feed")
                click.echo("The feed is not started again.", err=True)
            if failing := set(self.supervisor.given_up()) - {"feed"}:
                raise self._failed("it fails again and again", sorted(failing))

    def _pause(self, seconds: float) -> bool:
        """Wait a little; tell whether to stop."""
        if self.supervisor.ended() and not self.stop.is_set():
            raise self._failed("it has ended", ["supervisord"])
        for line in self._logs.new() if self._logs else ():
            click.echo(line)
        return self.stop.wait(seconds)

    def _failed(self, why: str, parts: Sequence[str] = ()) -> click.ClickException:
        """The error that says which parts are in trouble, and their last words."""
        troubled = parts or self.supervisor.troubled() or ["engine", "web"]
        words = (f"--- {part}.log ---\n{self.supervisor.tail(part)}" for part in troubled)
        return click.ClickException("\n".join([f"{', '.join(troubled)}: {why}", *words]))


@contextmanager
def running(settings: Settings, verbose: bool) -> Iterator[Run]:
    """Start the parts, and stop them whatever happens."""
    _hold_folder(settings.run_dir)
    run = Run(_with_port(settings), verbose)
    try:
        run.supervisor.start(_parts(settings))
        yield run
    finally:
        run.supervisor.stop()


def _hold_folder(run_dir: Path) -> None:
    try:
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        hold(run_dir / LOCK, "PitLive")
    except OSError as error:
        why = f"data_dir: got {run_dir} ({error.strerror}), want a folder that can be written to"
        raise SettingsError(why) from None


def _parts(settings: Settings) -> list[Part]:
    """What runs beside the feed; Redis first, and last to go."""
    parts = [
        Part("engine", leashed(module("pitlive", "engine")), 20),
        Part("courier", leashed(module("pitlive", "courier")), 25),
        Part("web", leashed(module("pitlive", "web")), 30),
    ]
    if settings.redis_url:
        return parts
    embedded.command(settings.run_dir)  # so that a missing program is said before anything starts
    arguments = [str(settings.run_dir), str(settings.disk_reserve)]
    return [Part("redis", module("pitlive.store.embedded", *arguments), 10, stop_s=30), *parts]


def _with_port(settings: Settings) -> Settings:
    """Make sure that the port is free, or choose one if any will do.

    Raises:
        SettingsError: The address cannot be bound to.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.create_server((settings.host, settings.port), family=family) as probe:
            return settings.model_copy(update={"port": probe.getsockname()[1]})
    except OSError as error:
        raise SettingsError(
            f"port: got {settings.port} on {settings.host}: {error.strerror}, "
            "want a free one (--port 0 takes any)"
        ) from None


def _url(settings: Settings) -> str:
    """Where a browser on this machine finds us."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _readyz(url: str) -> str:
    """Why it is not ready; empty when it is."""
    try:
        answer = httpx.get(f"{url}/readyz", timeout=5)
    except httpx.TransportError as error:
        return f"the web server does not answer ({error})"
    return "" if answer.status_code == 200 else answer.text


def _stop_asked() -> threading.Event:
    """An event that Ctrl-C, `kill` and a closed terminal set."""
    asked = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: asked.set())
    return asked
