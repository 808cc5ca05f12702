"""Follows an Arithmospora programme: what its Redis says is reported, for as long as it runs.

Whatever goes wrong with its Redis ends one round; the next begins by reading everything. So
there is no stat that is forgotten, and nothing to be made up for.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

import orjson

from pitlive.arithmospora.edge import redis
from pitlive.arithmospora.feed.configuration import ConfiguredSource, ConfiguredStat, Programme
from pitlive.arithmospora.feed.due import Due
from pitlive.arithmospora.feed.reading import Fields, entries, rows
from pitlive.cli.bookmark import holds, newest, repairs
from pitlive.cli.connection import Server
from pitlive.client.refusal import refusal
from pitlive.errors import BadFile, StoreUnavailable
from pitlive.messages import Json

HEAL_EVERY_S = 120.0
"""How often everything is read, heard of or not: as often as the programme did."""

AWAY_S = (0.2, 5.0)
"""Range of the wait while its Redis is away: doubled each time, and varied."""

WAIT_S = 1.0
"""Longest wait for an update, so that Ctrl-C and a heal are never far."""

SourceStat = tuple[str, str]
"""A source and the full name of one of its stats."""


class Following:
    """One programme, reported to one server.

    Args:
        say: Told what a person should know.
    """

    def __init__(self, programme: Programme, server: Server, say: Callable[[str], None]) -> None:
        self._sources = {source.name: source for source in programme.sources}
        self._stats = {(s.name, stat.name): stat for s in programme.sources for stat in s.stats}
        self._live = [name for name in self._stats if self._sources[name[0]].is_live]
        self._heard_of = {self._stats[name].updates: name for name in self._live}
        self._client = redis.connect(programme.redis)
        self._due: Due[SourceStat] = Due(programme.debounce)
        self._server, self._say = server, say
        self._reported: dict[SourceStat, Fields] = {}
        self._reached: dict[str, str] = {}
        self._repairs: dict[str, int] = {}
        self._failures = 0
        self._heal_at = 0.0

    def run(self) -> None:
        """Report what there is, then what changes; ends at once if no source is live.

        Raises:
            RequestRefused: The server does not take a source from us at all.
        """
        for source in self._sources.values():
            self._declare(source)
        self._due.at_once(self._stats, time.monotonic())
        while not self._round():
            pass

    def _round(self) -> bool:
        """Follow until its Redis is away; True if there is nothing more to follow."""
        try:
            with redis.Updates(self._client, list(self._heard_of)) as updates:
                self._due.at_once(self._live, time.monotonic())
                self._heal_at = time.monotonic() + HEAL_EVERY_S
                while True:
                    self._report_due()
                    if self._failures:
                        self._say("its redis is back")
                        self._failures = 0
                    if not self._live and self._due.at is None:
                        return True
                    self._hear(updates)
        except StoreUnavailable as error:
            self._wait(error)
        return False

    def _hear(self, updates: redis.Updates) -> None:
        next_at = min(self._heal_at, self._due.at or self._heal_at)
        wait_s = min(WAIT_S, max(0.0, next_at - time.monotonic()))
        for channel in updates.heard(wait_s):
            self._due.update(self._heard_of[channel], time.monotonic())
        if time.monotonic() >= self._heal_at:
            self._heal()

    def _heal(self) -> None:
        """Have everything read, and what the server has lost reported again."""
        self._heal_at = time.monotonic() + HEAL_EVERY_S
        for source in self._sources.values():
            name = source.name
            is_repaired = repairs(self._server, name) != self._repairs[name]
            if is_repaired or not holds(self._server, name, self._reached[name]):
                self._declare(source)
        self._due.at_once(self._live, time.monotonic())

    def _declare(self, source: ConfiguredSource) -> None:
        """Declare a source; from here on nothing is known of what the server has of it."""
        answer = self._server.ask("PUT", f"/api/v1/sources/{source.name}", json=source.spec)
        if answer.status_code != 200:
            raise refusal(answer)
        self._repairs[source.name] = repairs(self._server, source.name)
        self._reached[source.name] = newest(self._server, source.name)
        ours = [name for name in self._stats if name[0] == source.name]
        for name in ours:
            self._reported.pop(name, None)
        self._due.at_once(ours, time.monotonic())

    def _report_due(self) -> None:
        """Read what is due and report what has changed; what fails to be read is due again."""
        due = self._due.drain(time.monotonic())
        try:
            for name in list(due):
                self._report(name[0], name, self._stats[name])
                due.remove(name)
        finally:
            self._due.at_once(due, time.monotonic())

    def _report(self, source: str, name: SourceStat, stat: ConfiguredStat) -> None:
        try:
            us, points = redis.read(self._client, stat)
        except BadFile as error:  # the others go on; it is looked at again at the next heal
            self._say(str(error))
            return
        now = rows(stat, points)
        reports = entries(stat, us, self._reported.get(name), now)
        if reports and self._post(source, reports):
            self._reported[name] = now

    def _post(self, source: str, reports: Sequence[Json]) -> bool:
        """Report readings; False if one was refused, after which everything is reported anew.

        It goes into the log that has what was reported before, or into none: a log that has lost
        that would else look, with this as its newest entry, as if it had lost nothing.
        """
        content = b"\n".join(map(orjson.dumps, reports))
        answer = self._server.ask(
            "POST",
            f"/api/v1/sources/{source}/entries",
            params={"holds": self._reached[source]},
            content=content,
            headers={"content-type": "application/x-ndjson"},
        )
        if answer.status_code in (404, 412):  # the source is gone, or what it had acknowledged
            self._say(f"{source}: its log has lost entries; all is reported again")
            self._declare(self._sources[source])
            return False
        if answer.status_code not in (200, 422):
            raise refusal(answer)
        body = answer.json()
        self._reached[source] = body.get("newest", self._reached[source])
        refused = body.get("refused", [])
        for one in refused:
            self._say(f"{source}: {one['field']}: got {one['got']!r}, want {one['want']}")
        if refused:
            self._reported.pop((source, reports[0]["stat"]), None)
        return not refused

    def _wait(self, error: Exception) -> None:
        least_s, most_s = AWAY_S
        wait_s = min(most_s, least_s * 2.0 ** min(self._failures, 10)) * random.uniform(0.5, 1.0)
        self._failures += 1
        self._say(f"its {error}; trying again in {wait_s:.1f} s")
        time.sleep(wait_s)
