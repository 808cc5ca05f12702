"""Connections to Redis: how long to wait, what is said while it refuses, and the scripts."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, cast

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from pitlive.errors import PitLiveError, SettingsError, StoreUnavailable
from pitlive.store import damage
from pitlive.store.refusals import MOVED_ON, passing

HERE = "pitlive.store"
"""The room whose scripts are run where no other is named."""

ANSWER_WITHIN_S = 5.0
"""A command that takes longer has met a dead Redis; blocking reads wait less than this."""

MAX_CONNECTIONS = 64
"""Per process; more would only queue inside Redis, which runs one command at a time."""


class RedisConnections(redis.BlockingConnectionPool):
    """Connections to a Redis, of which a thread (in a web worker, a greenlet) may hold one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        self._own = threading.local()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have all that this thread sends go over one connection, so to one server, in order.

        Once it is lost, whatever else is sent within is refused as if Redis were away.
        """
        if getattr(self._own, "held", None):
            raise RuntimeError("this thread holds a connection already, want one at a time")
        self._own.held = held = super().get_connection()  # type: ignore[no-untyped-call]
        held.register_connect_callback(self._refuse)
        try:
            yield
        except BaseException as error:
            if not isinstance(error, PitLiveError) or isinstance(error, StoreUnavailable):
                held.disconnect()  # it may be another server that is to be asked from now on
            raise
        finally:
            held.deregister_connect_callback(self._refuse)
            del self._own.held
            super().release(held)  # type: ignore[no-untyped-call]

    def _refuse(self, connection: Any) -> None:
        """Another server may have answered, which has nothing of what was sent before."""
        connection.disconnect()
        raise redis.ConnectionError("lost while it was held")

    def get_connection(self, *args: Any, **options: Any) -> Any:
        """Return the connection that this thread holds, else one that nobody uses."""
        held = getattr(self._own, "held", None)
        return held or super().get_connection(*args, **options)  # type: ignore[no-untyped-call]

    def release(self, connection: Any) -> None:
        """Give a connection back, but for the one that is held."""
        if connection is not getattr(self._own, "held", None):
            super().release(connection)  # type: ignore[no-untyped-call]


class Redis(redis.Redis):
    """A client that says of all that may pass the same: `StoreUnavailable`, and why.

    Where a key of a source is of another type than is written, that is `DamagedSource`.
    """

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command; a script that is not known there is left to who runs it."""
        with (
            _refusals(self.connection_pool, but=redis.exceptions.NoScriptError),
            _damages(self.connection_pool, [args]),
        ):
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have all that this thread sends go over one connection; see `RedisConnections`."""
        with _refusals(self.connection_pool), cast(RedisConnections, self.connection_pool).held():
            yield

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        """Return a pipeline of the same kind."""
        return Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)

    def pubsub(self, **options: Any) -> PubSub:
        """Return a pub/sub connection of the same kind."""
        return PubSub(self.connection_pool, **options)


class Pipeline(redis.client.Pipeline):
    """Commands that are sent together."""

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Run what was put in; scripts that Redis lacks are loaded first."""
        commands = [args for args, _ in self.command_stack]
        with _refusals(self.connection_pool), _damages(self.connection_pool, commands):
            return super().execute(raise_on_error)


class PubSub(redis.client.PubSub):
    """What is announced, on a connection of its own."""

    def execute_command(self, *args: Any) -> None:
        """Send one command; what is answered is heard with the messages."""
        with _refusals(self.connection_pool):
            super().execute_command(*args)  # type: ignore[no-untyped-call]

    def get_message(self, *args: Any, **options: Any) -> Any:
        """Return the next message, None if there is none in time."""
        with _refusals(self.connection_pool):
            return super().get_message(*args, **options)


@contextmanager
def _refusals(pool: redis.ConnectionPool, but: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    try:
        yield
    except but:
        raise
    except (redis.RedisError, OSError) as error:
        refusal = passing(error)
        if refusal is None:
            raise
        if refusal.code in MOVED_ON:
            pool.disconnect(inuse_connections=False)
        raise refusal from error


@contextmanager
def _damages(pool: redis.ConnectionPool, commands: Sequence[Sequence[Any]]) -> Iterator[None]:
    try:
        yield
    except redis.ResponseError as error:
        if "WRONGTYPE" not in str(error):
            raise
        if bad := damage.behind(Redis(connection_pool=pool), commands):
            raise bad from error
        raise


def connect(url: str, retries: int = 1) -> Redis:
    """Return a client of the Redis at `url`; it connects when first used.

    One retry, so that the first command after a restart of Redis finds the new one.
    Every script is safe to send twice: an append finds its uids, a publish its seq.
    The engine wants none: it has to notice that Redis was away.

    Raises:
        SettingsError: It is no URL of a Redis.
    """
    try:
        pool = RedisConnections.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=ANSWER_WITHIN_S,
            socket_timeout=ANSWER_WITHIN_S,
            socket_connect_timeout=2.0,
            retry=Retry(ConstantBackoff(0.05), retries),
        )
    except ValueError:  # what it says may have the password in it
        raise SettingsError(
            "redis_url: got what is no URL of a Redis, "
            "want redis://host:6379/0, rediss://… or unix:///path"
        ) from None
    return Redis(connection_pool=pool)


def keeps_all(client: Redis) -> bool:
    """Tell whether what Redis acknowledges is on disk, so that no restart can lose it.

    Raises:
        StoreUnavailable: It is away. One that forbids to ask, as hosted ones do, counts as no.
    """
    try:
        known = cast(dict[str, str], client.config_get("append*"))
    except redis.ResponseError:
        return False
    except StoreUnavailable as error:
        if not error.code:
            raise
        return False
    return known.get("appendonly") == "yes" and known.get("appendfsync") == "always"


def run_id(client: Redis) -> str:
    """Return what names this life of the Redis process."""
    return str(client.info("server")["run_id"])


def ping(client: Redis) -> None:
    """Raise `StoreUnavailable` unless Redis answers."""
    client.ping()


def script(
    client: Redis | Pipeline, name: str, keys: list[str], args: list[Any], package: str = HERE
) -> Any:
    """Run `lua/<name>.lua` of a package in one atomic step and return what it returns."""
    with _refusals(client.connection_pool):
        return cast(Any, _script(package, name)(keys=keys, args=args, client=client))


@cache
def _script(package: str, name: str) -> Any:
    text = files(package).joinpath("lua", f"{name}.lua").read_text("utf-8")
    return redis.commands.core.Script(redis.Redis(), text)
