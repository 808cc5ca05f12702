"""nginx in front, Compose around: the files that are shipped are the files that are tested."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from pitlive.cli.main import main as pitlive
from pitlive.settings import Settings
from tests.conftest import absent
from tests.stack import Stack, free_port, wait_for

ROOT = Path(__file__).parent.parent
CONF = (ROOT / "nginx" / "nginx.conf").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="session")
def nginx() -> str:
    """The nginx of this machine."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        absent("no nginx on the PATH: apt-get install nginx")
    return str(program)


def rendered(folder: Path, listen: int, web: int) -> Path:
    """The shipped file on ports and folders of our own."""
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = CONF.replace("listen 8080", f"listen 127.0.0.1:{listen}")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{web}")
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{free_port()}")  # nobody there: the backup
    text = text.replace("http {\n", f"http {{\n    access_log off;\n{temporary}", 1)
    file = folder / "nginx.conf"
    file.write_text(text)
    return file


@pytest.fixture
def fronted(nginx: str, server: Stack, tmp_path: Path) -> Iterator[str]:
    """The address of an nginx before the running server."""
    with running(nginx, tmp_path, server.port) as url:
        yield url


@contextmanager
def running(nginx: str, folder: Path, web: int) -> Iterator[str]:
    """An nginx with the shipped file before a web server; yields its address."""
    port = free_port()
    own = f"daemon off; pid {folder}/pid; error_log {folder}/error.log;"
    process = subprocess.Popen([nginx, "-c", str(rendered(folder, port, web)), "-g", own])

    def answers() -> bool:
        assert process.poll() is None, "nginx ended"
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{port}").status_code > 0
        return False

    try:
        wait_for(answers, "nginx")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def test_nginx_takes_the_shipped_file(nginx: str, tmp_path: Path) -> None:
    """`nginx -t` says that it is right."""
    file = rendered(tmp_path, free_port(), free_port())
    own = f"pid {tmp_path}/pid; error_log stderr;"
    told = subprocess.run(
        [nginx, "-t", "-c", str(file), "-g", own], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_a_stream_comes_through_nginx_as_it_is_sent(fronted: str, source: str) -> None:
    """Unbuffered: the greeting is there while the stream is open, and entries follow it."""
    entries = f"{fronted}/api/v1/sources/{source}/entries"
    lap = {"type": "lap", "car": "24", "lap": 1, "at_ms": 16183, "lap_ms": 16183}
    assert httpx.post(entries, json=lap).json()["accepted"] == 1

    events = f"{fronted}/api/v1/sources/{source}/events?channels=standings"
    with httpx.stream("GET", events, timeout=30) as stream:
        lines = stream.iter_lines()
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert next(line for line in lines if line.startswith("event:")) == "event: hello"
        httpx.post(entries, json=lap | {"lap": 2, "at_ms": 32366}).raise_for_status()
        assert next(line for line in lines if '"laps":2' in line)


def test_a_body_too_large_is_told_so_in_json(fronted: str, source: str) -> None:
    """nginx answers as the app does, before it has read the body."""
    entries = f"{fronted}/api/v1/sources/{source}/entries"
    answer = httpx.post(entries, content=b" " * (18 * 2**20))

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 413


@pytest.mark.faults
def test_an_outage_is_a_stream_that_asks_to_come_back(nginx: str, tmp_path: Path) -> None:
    """Any answer but 200 and an event stream would end a browser's EventSource for good."""
    with running(nginx, tmp_path, free_port()) as url:
        for path in ("/api/v1/events?source=a", "/api/v1/sources/a/events"):
            answer = httpx.get(url + path)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert re.match(r"retry: [1-5]000\nevent: bye\ndata: \{.*\}\n\n$", answer.text)
        assert httpx.get(f"{url}/api/v1/sources").status_code == 502


def parts() -> dict[str, Any]:
    """The services of the Compose file that run our own image."""
    return {name: part for name, part in COMPOSE["services"].items() if "build" in part}


@pytest.mark.parametrize("name", parts())
def test_every_part_of_compose_is_a_command_with_settings_that_are_there(name: str) -> None:
    """A renamed option or setting fails here, not in a container."""
    part = parts()[name]
    pitlive.main([*part["command"], "--help"], standalone_mode=False)
    environment = part.get("environment", {})
    assert {n.removeprefix("PITLIVE_").lower() for n in environment} <= set(Settings.model_fields)
    options = [word for word in part["command"] if word.startswith("--")]
    command = pitlive.get_command(None, part["command"][0])  # type: ignore[arg-type]
    known = {opt for parameter in getattr(command, "params", []) for opt in parameter.opts}
    assert set(options) <= known


def test_compose_mounts_and_builds_what_is_there() -> None:
    """Files it names exist; volumes it uses are declared; only nginx is reached from outside."""
    services = COMPOSE["services"]
    mounts = [
        volume.split(":")[0] for part in services.values() for volume in part.get("volumes", [])
    ]
    for mount in mounts:
        assert (ROOT / mount).exists() if mount.startswith(".") else mount in COMPOSE["volumes"]
    copied = re.findall(
        r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    for path in " ".join(copied).split():
        assert (ROOT / path).exists()
    assert [name for name, part in services.items() if "ports" in part] == ["nginx"]
    assert services["nginx"]["ports"] == ["${PITLIVE_BIND:-127.0.0.1}:${PITLIVE_PORT:-8080}:8080"]


def test_the_redis_of_compose_keeps_the_promises_of_the_embedded_one() -> None:
    """What the embedded server is told, that one is told too."""
    from pitlive.store.embedded import OPTIONS

    told = " ".join(COMPOSE["services"]["redis"]["command"].split())
    for name in ("appendonly", "appendfsync", "maxmemory-policy", "client-output-buffer-limit"):
        assert f"--{name} {' '.join(OPTIONS[name])}" in told
