"""`pitlive web`: the HTTP and stream server, gunicorn with gevent workers."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import click

from pitlive.processes import die_with_parent
from pitlive.settings import Settings, load

CONNECTIONS = 10_000
"""Per worker. At gunicorn's cap a request hangs without an answer, so it is kept well above
`max_streams`, where a reader is told to come back."""

_KEEPALIVE_S = 3  # an idle connection delays a stop that long; nginx closes its own after 2
_STALL_S = 60  # a worker whose event loop stands still that long is replaced
_FINISH_S = 10  # for requests under way when a worker is told to stop, before its streams drain


@click.command()
@click.option("--host", help="Address to bind to.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to bind to.  [default: 8000]")
@click.option("--workers", type=int, help="Worker processes.  [default: 1]")
@click.option("--redis-url", help="A Redis or Valkey; default: the embedded one's socket.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the embedded Redis.")
def web(**given: Any) -> None:
    """Run the web server: entries in, streams and pages out."""
    settings = load(**given)
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _open_files()
    _server(settings).run()


def options(settings: Settings) -> dict[str, Any]:
    """Return what gunicorn is told; everything else stays as it comes."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "worker_class": "pitlive.web.takeover.StreamWorker",
        "worker_connections": CONNECTIONS,
        "keepalive": _KEEPALIVE_S,
        "timeout": _STALL_S,
        "graceful_timeout": int(settings.drain_s) + _FINISH_S,
        "max_requests": 0,  # recycling a worker would cut all its streams
        "preload_app": False,  # connections and the hub belong to a worker, never to two
        "limit_request_line": 8190,  # gunicorn's most: long channel lists are asked for by URL
        "control_socket": str(settings.run_dir / "web.ctl"),  # the default is one for all instances
        "post_fork": lambda _arbiter, _worker: die_with_parent(),
    }


def _server(settings: Settings) -> Any:
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    class Server(BaseApplication):  # type: ignore[misc]  # untyped
        """Gunicorn, told what to do by our settings alone."""

        def load_config(self) -> None:
            for name, value in options(settings).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            # in the worker, after gevent has patched it: not at the top of this file
            from pitlive.web.app import create_app

            return create_app(settings)

    return Server()


def _open_files() -> None:
    """Allow as many open files as the machine lets us: each stream is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
