"""No room on the disk: what would be written is refused at the door, with the reason."""

from __future__ import annotations

from flask import Flask, request

from pitlive.errors import StoreUnavailable
from pitlive.settings import Settings
from pitlive.store import disk

WRITES = ("POST", "PUT", "PATCH")
"""Deleting makes room."""


def register(app: Flask, settings: Settings) -> None:
    """Refuse writes while the disk of the embedded Redis is short; another's is its own."""
    if settings.redis_url:
        return

    @app.before_request
    def refuse() -> None:
        if request.method not in WRITES and request.path != "/readyz":
            return
        if why := disk.shortage(settings.run_dir, settings.disk_reserve):
            raise StoreUnavailable(why)
