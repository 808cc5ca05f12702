"""The other side of the Arithmospora layout, as its feeders write it: a Redis, a config, figures.

Written from the programme's documentation, and not from our own code.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from string import Template
from typing import Any

import httpx
import redis

from pitlive.processes import leashed, module
from pitlive.store import embedded
from tests.stack import Stack, free_port, wait_for

CONFIG = Template((Path(__file__).parent / "programme.toml").read_text())

KEYS = [
    "proportion:total",
    "proportion:studytypes",
    "rolling:5m:total",
    "rolling:1h:total",
    "timed:votes",
    "other:totalvotes",
    "other:5m:totalvotes",
    "other:how",
]


class Feeder:
    """The program that counts votes, and its Redis.

    Attributes:
        port: Where its Redis answers; it keeps nothing on disk.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="feeder-"))
        self.redis = redis.Redis(port=self.port, db=1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Feeder:
        """Start its Redis, with what the last one had when it was stopped."""
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command = [embedded.find(), *place, "--save", "", "--appendonly", "yes"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(self._answers, "redis of the feeder")
        return self

    def stop(self) -> None:
        """Stop its Redis."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(90)
            self._process = None

    def end(self) -> None:
        """Stop it for good."""
        self.stop()
        self.redis.close()
        shutil.rmtree(self.folder)

    def stem(self, stat: str) -> str:
        """What the keys of a stat begin with."""
        group, *period, name = stat.split(":")
        assert group in ("proportion", "rolling", "timed", "other")
        return ":".join(["election:2017", *(["rolling", *period] if period else []), "stats", name])

    def write(
        self, stat: str, data: Mapping[str, int] | int, *points: str, into: Any = None
    ) -> None:
        """Write the data of a stat or of a data point, and name it in the sets above it."""
        client = into if into is not None else self.redis
        stem = self.stem(stat)
        for point in points:
            client.sadd(f"{stem}:datapoints", point)
            stem = f"{stem}:datapoints:{point}"
        if isinstance(data, int):
            client.set(f"{stem}:data", data)
        else:
            client.hset(f"{stem}:data", mapping=dict(data))

    def tell(self, stat: str) -> int:
        """Say that a stat has changed; return how many heard it."""
        return int(self.redis.publish(f"{self.stem(stat)}:updates", 1))

    def go_round(self) -> None:
        """Wait until whoever follows has heard that all it reported was taken.

        It then reads what is told next, and of what has not changed nothing is reported.
        """
        before = self._reads()
        self.tell("other:how")
        wait_for(lambda: self._reads() > before, "another reading")

    def _reads(self) -> int:
        """How many stats have been read."""
        told: dict[str, Any] = self.redis.info("commandstats")
        return int(told.get("cmdstat_evalsha", {"calls": 0})["calls"])

    def _answers(self) -> bool:
        with suppress(redis.ConnectionError, redis.BusyLoadingError):
            return bool(self.redis.ping())
        return False


def config(
    feeder: Feeder,
    name: str,
    *,
    live: bool = True,
    start: str = "2017-03-03T12:00:00Z",
    end: str = "2017-03-10T12:00:00Z",
    debounce: tuple[int, int] = (0, 0),
) -> str:
    """The programme's own configuration of one source."""
    quiet, latest = debounce
    return CONFIG.substitute(
        port=feeder.port,
        name=name,
        live=str(live).lower(),
        start=start,
        end=end,
        quiet=quiet,
        latest=latest,
    )


def is_read(server: Stack, name: str) -> bool:
    """Whether every stat is published as it was read; its name is there before that."""
    listed = httpx.get(f"{server.url}/api/v1/sources").json()["sources"]
    known: dict[str, Any] = next((one for one in listed if one["source"] == name), {})
    return bool(known.get("entries", 0) >= len(KEYS) and known["folded"] == known["newest"])


def follow(server: Stack, file: Path, log: Path) -> subprocess.Popen[bytes]:
    """Run `pitlive election` as its users do."""
    with log.open("ab") as out:
        return subprocess.Popen(
            leashed(module("pitlive", "election", str(file), "--url", server.url)),
            stdout=out,
            stderr=out,
        )
