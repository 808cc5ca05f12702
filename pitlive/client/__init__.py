"""Follow sources from a Python program, with the promise of the stream kept.

    with Stream("http://127.0.0.1:8000", "demo", channels=["standings"]) as stream:
        for message in stream:
            print(message.event, stream.state["demo"])

Every event comes once and in order, over as many connections as it takes; where some cannot
be had any more, a snapshot comes in their place. It needs httpx, httpx-sse and orjson, and
nothing of the server: `pip install 'pitlive-slim[client]'`.
"""

from pitlive.client.message import Message
from pitlive.client.stream import Stream

__all__ = ["Message", "Stream"]
