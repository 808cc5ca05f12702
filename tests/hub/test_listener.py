"""What the listener of a hub keeps of sources."""

from __future__ import annotations

from contextlib import closing

from pitlive.hub.listener import Listener
from pitlive.store.client import connect
from pitlive.web.hub_ports import EventLog


def test_nothing_is_kept_of_a_source_that_nobody_follows_any_more(redis_url: str) -> None:
    """Anybody may ask for streams of ever new names."""
    log, names = EventLog(connect(redis_url)), [f"name{n}" for n in range(9)]
    listener = Listener(log, {}, lambda: None)
    with closing(log.listen()) as listener._announcements:
        listener._listening = True
        listener.subscribe(*names)
        assert listener._asked.keys() == set(names)
        for name in names:
            listener.unsubscribe(name)

    assert listener._asked == {}
