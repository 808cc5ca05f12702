"""Work that would hold up the event loop: elsewhere, or in pieces.

Outside gevent (in tests, in a plain WSGI server) both simply go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gevent
from gevent.monkey import is_module_patched

T = TypeVar("T")


def offload(work: Callable[..., T], *args: Any) -> T:
    """Return `work(*args)`, done in a real thread while other greenlets run.

    Only for work that releases the interpreter lock, such as hashing; it may raise.

    >>> offload(pow, 2, 5)
    32
    """
    if not is_module_patched("threading"):
        return work(*args)
    return gevent.get_hub().threadpool.apply(work, args)


def breathe() -> None:
    """Let the other greenlets of this worker run before going on."""
    if is_module_patched("threading"):
        gevent.sleep(0)
