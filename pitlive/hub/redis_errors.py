"""What Redis cannot do, as the hub knows it: for now, or of one source for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from pitlive.errors import DamagedSource, PitLiveError, StoreUnavailable


class DamagedLog(DamagedSource):
    """Something else stands in a key of a source."""

    def __init__(self, source: str, why: str) -> None:
        self.source, self.key, self.why = source, "", why
        want = "want what `RedisLog` writes there, or no such key"
        PitLiveError.__init__(self, f"{source}: got {why} from its keys, {want}")


@contextmanager
def answering(source: str = "") -> Iterator[None]:
    """Have whatever Redis cannot do now be what the hub knows: readers stay, or come back.

    Args:
        source: Whose keys are read: what is wrong in them is that source's alone.
    """
    try:
        yield
    except ValueError as error:
        raise DamagedLog(source, str(error)) from error
    except redis.ResponseError as error:
        if source and "WRONGTYPE" in str(error):
            raise DamagedLog(source, str(error)) from error
        raise StoreUnavailable(f"redis: {error}") from error
    except (redis.RedisError, OSError) as error:
        raise StoreUnavailable(f"redis: {error}") from error
