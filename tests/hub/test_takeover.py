"""What a worker of streams cannot do, it says before it serves anybody."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]

from pitlive.hub.takeover import StreamWorker


def test_a_worker_that_is_to_serve_tls_does_not_start(tmp_path: Path) -> None:
    """It would serve plain HTTP where somebody relies on TLS."""
    config = Config()
    config.set("certfile", str(tmp_path))  # what exists will do: it is not looked into
    worker = StreamWorker(0, 0, [], None, 1, config, None)
    with closing(worker.tmp), pytest.raises(ValueError, match="got TLS, want none"):
        worker.init_process()
