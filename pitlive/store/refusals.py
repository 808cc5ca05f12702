"""What Redis says when it will not do now what it will do later, put in words for people.

A refusal that may pass is "not now" wherever it is met: the web answers 503 with a time to
come back, engines and couriers wait, streams say when to retry. This is the one place that
decides which those are. Whatever else Redis answers is a mistake of ours, or a source that is
damaged (`store.damage`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import redis

from pitlive.errors import StoreUnavailable

AWAY = "away"
"""It does not answer at all, or not in time."""

WORDS: Mapping[str, str] = {
    "ASK": "the slot of this source is moving to another node of its cluster",
    "BUSY": "busy with a script that takes long",
    "CLUSTERDOWN": "its cluster is down",
    "DENIED": "it runs in protected mode",
    "EXECABORT": "it refused a part of a transaction",
    "INPROG": "a failover is going on",
    "LOADING": "starting, it loads its data",
    "MASTERDOWN": "a replica that has lost its primary",
    "MISCONF": "it cannot write to its disk",
    "MOVED": "the slot of this source is on another node of its cluster",
    "NOAUTH": "it asks for a password",
    "NOPERM": "its access list forbids a command",
    "NOREPLICAS": "it takes no writes, for too few replicas follow it",
    "NOSCRIPT": "it forgot a script",
    "OOM": "full, it has reached maxmemory",
    "READONLY": "a read-only replica",
    "REDIRECT": "it hands over to another server",
    "TRYAGAIN": "slots of its cluster are moving",
    "UNBLOCKED": "it became a replica",
    "WRONGPASS": "it does not take our password",
}
"""Code of a refusal that may pass → what is the matter."""

TEXTS: Mapping[str, tuple[str, str]] = {
    "max number of clients": ("maxclients", "it has no room for another connection"),
    "No connection available": ("", "all our connections to it are in use"),
    "invalid password": ("WRONGPASS", WORDS["WRONGPASS"]),
    "Authentication required": ("NOAUTH", WORDS["NOAUTH"]),
    "No space left on device": ("MISCONF", "its disk is full"),
}
"""Part of what is said where the code alone does not say it."""

MOVED_ON = frozenset({"ASK", "CLUSTERDOWN", "MASTERDOWN", "MOVED", "READONLY", "UNBLOCKED"})
"""Codes after which another server may be the one to ask: connect anew, by name."""

# The code begins what is said, or stands behind what redis-py says of a pipeline, or what a
# Redis before 7 says of a script ("ERR Error running script …: @user_script: 9: -OOM …").
_CODE = re.compile(rf"(?:^|caused error: |: ?-)({'|'.join(WORDS)})\b")


def passing(error: BaseException) -> StoreUnavailable | None:
    """Return what to say of an error that may pass, None of one that is a mistake.

    >>> print(passing(redis.ResponseError("MISCONF Errors writing to the AOF file: …")))
    redis: it cannot write to its disk (MISCONF)
    >>> print(passing(redis.ConnectionError("Error 2 connecting to unix socket")))
    redis: away
    >>> passing(redis.ResponseError("WRONGTYPE Operation against a key")) is None
    True
    """
    for part, (code, words) in TEXTS.items():
        if isinstance(error, redis.RedisError) and part in str(error):
            return StoreUnavailable(_said(words, code), code)
    if code := _code(error):
        return StoreUnavailable(_said(WORDS[code], code), code)
    if isinstance(error, redis.ConnectionError | redis.TimeoutError | OSError):
        return StoreUnavailable(_said(AWAY, ""))
    return None


def _said(words: str, code: str) -> str:
    return f"redis: {words} ({code})" if code else f"redis: {words}"


def _code(error: BaseException) -> str:
    """The code of a refusal that is known: redis-py takes it off some texts and keeps it apart."""
    kept = getattr(error, "status_code", None)
    if kept in WORDS:
        return str(kept)
    if not isinstance(error, redis.ResponseError):
        return ""
    found = _CODE.search(str(error))
    return found[1] if found else ""
