"""Which form the keys of a Redis have, so that no program writes to what it does not know.

    1   a record of the entry log is one entry
    2   a record is a batch of entries, which are numbered
    3   records and declarations carry a checksum; what is damaged is moved to `broken`

Each program reads all forms up to its own, record by record, so that an upgrade is the new
number and nothing else. A program of before there was a number cannot be taught to refuse:
whoever goes back to one restores the folder of then.
"""

from __future__ import annotations

import time

import structlog

from pitlive import __version__
from pitlive.errors import SettingsError, StoreUnavailable
from pitlive.store.client import Redis, connect, script
from pitlive.store.keys import LAYOUT

log = structlog.get_logger()

AGAIN_S = 0.2
"""How soon a Redis that did not answer is asked again."""

NEWEST = 3
"""The form that this program writes."""


def settle(client: Redis, where: str) -> int:
    """Make the keys ours, and return the form that they had; 0 where none was noted.

    Args:
        where: How the settings name this Redis, for the message.

    Raises:
        SettingsError: A newer PitLive has written them, or something that is none.
    """
    found = script(client, "layout", [LAYOUT], [NEWEST])
    if isinstance(found, bytes):
        raise SettingsError(
            f"{where}: {LAYOUT} holds {found[:40]!r}, want the number of a PitLive format: "
            f"something else has written it (this program writes {NEWEST})"
        )
    if found > NEWEST:
        raise SettingsError(
            f"{where}: written by PitLive format {found}, this program ({__version__}) knows up "
            f"to {NEWEST}: want a newer PitLive, or another data_dir"
        )
    return int(found)


def await_settled(url: str, where: str) -> None:
    """The same as soon as the Redis at `url` answers and takes writes: a process begins with it.

    Raises:
        SettingsError: A newer PitLive has written its keys.
    """
    client, is_told = connect(url, retries=0), False
    while True:
        try:
            settle(client, where)
            return
        except StoreUnavailable as error:
            if not is_told:
                log.warning("waiting for redis", error=str(error))
            is_told = True
            time.sleep(AGAIN_S)
        finally:
            client.close()
