"""The example of docs/client.md, as it is written there."""

from __future__ import annotations

import re

import httpx
import pytest

from tests import races
from tests.conftest import ROOT
from tests.stack import Stack


def test_the_python_example_runs(
    server: Stack, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against a server of its own, up to the end of the race."""
    given = races.small(3, 6)
    races.post(server.url, source, given)
    httpx.post(f"{server.url}/api/v1/sources/{source}/flush").raise_for_status()
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/client.md").read_text(), re.S)
    program = example.replace("http://127.0.0.1:8000", server.url).replace('"demo"', f'"{source}"')
    exec(compile(program, "docs/client.md", "exec"), {})  # noqa: S102 - our own docs

    assert "lap 6, car " in capsys.readouterr().out.splitlines()[-1]
