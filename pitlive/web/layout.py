"""A Redis that a newer PitLive has written is neither read nor written."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask

from pitlive.errors import SettingsError, StoreUnavailable
from pitlive.settings import Settings
from pitlive.store import layout
from pitlive.store.client import Redis


def register(app: Flask, settings: Settings, redis: Redis) -> None:
    """Refuse every request until it is known that the keys are of a form that we know.

    Raises:
        SettingsError: A newer PitLive has written them. Where Redis does not answer yet, that
            is said to whoever asks.
    """
    settled: list[int] = []
    with suppress(StoreUnavailable):
        settled.append(layout.settle(redis, settings.redis_place))

    @app.before_request
    def settle() -> None:
        if settled:
            return
        try:
            settled.append(layout.settle(redis, settings.redis_place))
        except SettingsError as error:
            raise StoreUnavailable(str(error)) from None
        except StoreUnavailable:
            return  # whatever needs it will say so
