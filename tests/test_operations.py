"""Compose: what its file names is there. That it runs is tested by `tests/compose --compose=…`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pitlive.cli.main import main as pitlive
from pitlive.settings import Settings

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


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
    """Files it names exist; volumes it uses are declared; only what nginx serves is reached."""
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
    ports = services["nginx"]["ports"]
    assert [port.rpartition(":")[2] for port in ports] == ["8080", "8443"]
    assert all(port.startswith("${PITLIVE_BIND:-127.0.0.1}:") for port in ports)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_whatever_ends_starts_again_and_takes_nothing_from_the_others(name: str) -> None:
    """No part lives on another's network, each says whether it is well, and has files enough."""
    part = COMPOSE["services"][name]
    assert "network_mode" not in part
    assert part["restart"] == "unless-stopped"
    assert part["ulimits"]["nofile"] == "${PITLIVE_FILES:-65536}"
    assert part["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert list(part["networks"]) == ["pitlive"]
    waits = part.get("depends_on", {})
    assert waits or name == "redis"
    for other, how in waits.items():
        assert how["condition"] in ("service_healthy", "service_started")
        assert other in COMPOSE["services"]


def test_nobody_waits_for_who_waits_for_them() -> None:
    """Health checks go through nginx, so nginx may not wait for the health of those."""
    waits = COMPOSE["services"]["nginx"]["depends_on"].values()
    assert all(how["condition"] == "service_started" for how in waits)
    through = [n for n, part in COMPOSE["services"].items() if ":8080" in str(part["healthcheck"])]
    assert set(through) == {"nginx", "web", "streams", "demo"}


def test_only_nginx_is_let_in_to_the_web_servers_of_compose() -> None:
    """Its address is fixed, is what `peers` names, and is not among those that are given away."""
    services, net = COMPOSE["services"], "${PITLIVE_NET:-10.213.77}"
    (pool,) = COMPOSE["networks"]["pitlive"]["ipam"]["config"]
    assert (pool["subnet"], pool["ip_range"]) == (f"{net}.0/24", f"{net}.128/25")
    fixed = {
        name: part["networks"]["pitlive"]["ipv4_address"].removeprefix(f"{net}.")
        for name, part in services.items()
        if part["networks"]["pitlive"]
    }
    assert fixed == {"nginx": "2", "web": "3", "streams": "4"}
    for name in ("web", "streams"):
        assert services[name]["environment"]["PITLIVE_PEERS"] == f"{net}.2"
    named = dict(host.split(":", 1) for host in services["nginx"]["extra_hosts"])
    upstreams = (ROOT / "nginx" / "upstreams.compose.conf").read_text()
    for server in re.findall(r"server (\S+):\d+", upstreams):
        assert named[server] == f"{net}.{fixed[server.removesuffix('.pitlive')]}"


def test_compose_has_the_upstreams_that_nginx_has_without_it() -> None:
    """The same names, the same ports: what is changed in one is changed in the other."""
    named = re.compile(r"^ *(?:upstream (\w+)|server [^:\s]+:(\d+))", re.MULTILINE)
    read = [
        named.findall((ROOT / "nginx" / name).read_text())
        for name in ("upstreams.conf", "upstreams.compose.conf")
    ]
    assert len(read[0]) == 5
    assert read[0] == read[1]
    assert "include upstreams.conf;" in (ROOT / "nginx" / "nginx.conf").read_text()


def test_the_redis_of_compose_keeps_the_promises_of_the_embedded_one() -> None:
    """What the embedded server is told, that one is told too."""
    from pitlive.store.embedded import OPTIONS

    told = " ".join(COMPOSE["services"]["redis"]["command"].split())
    for name in ("appendonly", "appendfsync", "maxmemory-policy", "client-output-buffer-limit"):
        assert f"--{name} {' '.join(OPTIONS[name])}" in told
