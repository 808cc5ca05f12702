"""`pitlive web`: the HTTP and stream server, gunicorn with gevent workers."""

from __future__ import annotations

import hashlib
import logging
import os
import resource
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from pitlive.cli.options import Folder
from pitlive.processes import die_with_parent
from pitlive.settings import Settings, load, share_metrics, shared_metrics

CONNECTIONS = 10_000
"""Per worker. At gunicorn's cap a request hangs without an answer, so it is kept well above
`max_streams`, where a reader is told to come back."""

MEMORY = Path("/dev/shm")  # noqa: S108 - only a folder of our own in it is used
"""Files that are no disk's, on Linux."""

_KEEPALIVE_S = 3  # an idle connection delays a stop that long; nginx closes its own after 2
_STALL_S = 60  # a worker whose event loop stands still that long is replaced
_FINISH_S = 10  # for requests under way when a worker is told to stop, before its streams drain


@click.command(short_help="Serve HTTP and the streams.")
@click.option("--host", help="Address to bind to.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to bind to.  [default: 8000]")
@click.option("--workers", type=int, help="Worker processes.  [default: 1]")
@click.option("--redis-url", help="A Redis or Valkey; default: the embedded one's socket.")
@click.option("--data-dir", type=Folder(), help="Folder of the embedded Redis.")
def web(**given: Any) -> None:
    """Run the web server: entries in, streams and pages out."""
    settings = load(**given)
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _open_files()
    folder = _metrics_folder(settings)
    _empty(folder)
    share_metrics(folder)
    _server(settings).run()


def options(settings: Settings) -> dict[str, Any]:
    """Return what gunicorn is told; everything else stays as it comes."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "worker_class": "pitlive.hub.takeover.StreamWorker",
        "worker_connections": CONNECTIONS,
        "keepalive": _KEEPALIVE_S,
        "timeout": _STALL_S,
        "graceful_timeout": int(settings.drain_s) + _FINISH_S,
        "max_requests": 0,  # recycling a worker would cut all its streams
        "preload_app": False,  # connections and the hub belong to a worker, never to two
        "limit_request_line": 8190,  # gunicorn's most: long channel lists are asked for by URL
        "control_socket": str(settings.run_dir / "web.ctl"),  # the default is one for all instances
        "post_fork": lambda _arbiter, _worker: die_with_parent(),
        "worker_exit": lambda _arbiter, worker: _end_log(worker),
        "child_exit": lambda _arbiter, worker: _forget_gauges(worker.pid),
        "on_exit": lambda _arbiter: _remove_metrics(),
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
            from pitlive import logs
            from pitlive.plugins import OF_WEB
            from pitlive.web.app import create_app

            logs.to_stdout()
            app = create_app(settings)
            logs.left_out(OF_WEB)
            return app

    return Server()


def _metrics_folder(settings: Settings) -> Path:
    """Where the workers of this server count: in memory, which no full disk takes away.

    Two servers never share a port. Whoever else has taken the name there has not ours.
    """
    name = hashlib.sha256(os.fsencode(settings.run_dir)).hexdigest()[:8]
    memory = MEMORY / f"pitlive-{os.geteuid()}-{name}"
    with suppress(OSError):
        memory.mkdir(mode=0o700, exist_ok=True)
        found = memory.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            return memory / str(settings.port)
    return settings.run_dir / "metrics" / str(settings.port)


def _remove_metrics() -> None:
    """Leave nothing in memory behind."""
    if folder := shared_metrics():
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another server of this data folder counts there
            Path(folder).parent.rmdir()


def _empty(folder: Path) -> None:
    """Forget what an earlier server counted: all begins at 0, as after any restart."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


def _forget_gauges(worker: int) -> None:
    """What a dead worker counted stays in the sums; what it held is gone with it."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker)  # type: ignore[no-untyped-call]


def _end_log(worker: Any) -> None:
    """End logging after a worker's last line: its list of handlers is locked with gevent's lock.

    The interpreter forgets gevent before the handlers, each of which wants to leave that list
    then, and complains in the log of every worker that it cannot.
    """
    if worker.pid == os.getpid():  # the arbiter asks too, when a worker is gone without a word
        logging.shutdown()
        logging._handlerList.clear()  # type: ignore[attr-defined]  # there is no public way


def _open_files() -> None:
    """Allow as many open files as the machine lets us: each stream is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
