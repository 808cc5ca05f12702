"""What the ear of a hub keeps of sources."""

from __future__ import annotations

from pitlive.hub.listener import Listener
from pitlive.store import channel
from pitlive.store.client import connect


def test_nothing_is_kept_of_a_source_that_nobody_follows_any_more(redis_url: str) -> None:
    """Anybody may ask for streams of ever new names."""
    client, names = connect(redis_url), [f"name{n}" for n in range(9)]
    listener = Listener(client, {}, lambda: None)
    with channel.listen(client) as listener._pubsub:
        listener._listening = True
        listener.subscribe(*names)
        assert listener._asked.keys() == set(names)
        for name in names:
            listener.unsubscribe(name)

    assert listener._asked == {}
