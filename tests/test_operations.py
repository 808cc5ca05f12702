"""Compose: what its file names is there. That it runs is tried by hand: docs/operations.md."""

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
    assert [name for name, part in services.items() if "ports" in part] == ["pod"]
    inside = [port.rpartition(":")[2] for port in services["pod"]["ports"]]
    assert inside == ["8080", "8443"]
    assert all(port.startswith("${PITLIVE_BIND:-127.0.0.1}:") for port in services["pod"]["ports"])


def test_whatever_restarts_keeps_the_network_of_the_others() -> None:
    """A container that holds the network and ends takes it away: the one that does only sleeps."""
    services = COMPOSE["services"]
    assert services["pod"]["entrypoint"] == ["sleep", "infinity"]
    assert {name for name, part in services.items() if part.get("network_mode")} == {
        *parts(),
        "nginx",
    }


def test_the_redis_of_compose_keeps_the_promises_of_the_embedded_one() -> None:
    """What the embedded server is told, that one is told too."""
    from pitlive.store.embedded import OPTIONS

    told = " ".join(COMPOSE["services"]["redis"]["command"].split())
    for name in ("appendonly", "appendfsync", "maxmemory-policy", "client-output-buffer-limit"):
        assert f"--{name} {' '.join(OPTIONS[name])}" in told
