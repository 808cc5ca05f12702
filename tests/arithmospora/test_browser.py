"""The programme's page in real Chromium, with one word changed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.arithmospora.programme import KEYS, Feeder, config
from tests.stack import Stack, wait_for

pytestmark = pytest.mark.browser

PAGE = """name => {
  window.stats = {}
  window.others = []
  const handlers = {
    available: (_, payload) => { window.available = payload },
    stats: ([group, ...key], payload) => { window.stats[`${group}:${key.join(':')}`] = payload },
    milestone: (_, payload) => { window.milestone = payload.message },
  }
  const socket = new EventSource(`/${name}`)
  socket.onmessage = event => {
    const message = JSON.parse(event.data)
    const [type, ...args] = message.event.split(':')
    if (type in handlers) handlers[type](args, message.payload)
    else window.others.push(message)
  }
  window.socket = socket
}"""


def test_a_page_of_old_lives_on_an_event_source(
    server: Stack,
    feeder: Feeder,
    election: Callable[[Stack, str], subprocess.Popen[bytes]],
    source: str,
    page: Any,
) -> None:
    """It hears what it knows and nothing else, and survives the loss of its connection."""
    feeder.write("proportion:total", {"current": 999, "total": 2000})
    election(server, config(feeder, source))
    page.goto(f"{server.url}/status")
    page.evaluate(PAGE, source)
    held = lambda: page.evaluate("() => window.stats")  # noqa: E731
    total = lambda: held().get("proportion:total", {}).get("data", {}).get("current")  # noqa: E731
    wait_for(lambda: total() == 999 and len(held()) == len(KEYS), "every stat as read", server)
    feeder.write("proportion:total", {"current": 1000})
    feeder.tell("proportion:total")
    wait_for(lambda: page.evaluate("() => window.milestone") == "1000 voters!", "it", server)

    assert held()["proportion:total"]["data"]["percentage"] == 50.0
    assert sorted(held()) == sorted(KEYS)
    assert page.evaluate("() => window.available.rolling") == ["5m:total", "1h:total"]
    assert page.evaluate("() => [window.others, window.socket.readyState]") == [[], 1]
