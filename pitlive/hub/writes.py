"""One byte string to many descriptors: the inner loop of every broadcast.

Linux takes a thousand writes in one system call (`io_submit`, see io_submit(2)). For sockets
they are done when it returns, in the order given, so that nothing is asynchronous here but the
name. Where a kernel or a sandbox does not allow it, it is one `write` each, in a loop in C.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Callable, Sequence
from itertools import repeat

import numpy as np

Short = list[tuple[int, int]]
"""Who did not take all: the place in the list, and the bytes taken, or -errno if it is broken."""

Write = Callable[[Sequence[int], bytes], Short]

AT_ONCE = 1024
"""Writes in one system call."""

# io_setup, io_submit and io_getevents, which the C library has no names for
_CALLS = {"x86_64": (206, 209, 208), "aarch64": (0, 2, 4)}
_WRITE = 1  # IOCB_CMD_PWRITE

_BLOCK = np.dtype(
    {  # struct iocb of linux/aio_abi.h, on a little-endian machine
        "names": ["data", "opcode", "fd", "buf", "nbytes"],
        "formats": ["<u8", "<u2", "<u4", "<u8", "<u8"],
        "offsets": [0, 16, 20, 24, 32],
        "itemsize": 64,
    }
)
_EVENT = np.dtype([("data", "<u8"), ("obj", "<u8"), ("res", "<i8"), ("res2", "<i8")])


def best() -> Write:
    """Return the fastest way of writing that works here.

    >>> a, b = os.pipe(), os.pipe()
    >>> best()([a[1], b[1]], b"both"), os.read(a[0], 9), os.read(b[0], 9)
    ([], b'both', b'both')
    """
    try:
        return Batch().write
    except (OSError, KeyError):  # the kernel or a sandbox refuses; another kind of machine
        return one_by_one


def one_by_one(fds: Sequence[int], data: bytes) -> Short:
    """Write to all, one system call each; the loop itself runs in C."""
    taken: list[int] = []
    writes = map(os.write, fds, repeat(data))
    while len(taken) < len(fds):
        try:
            taken.extend(writes)
        except BlockingIOError:
            taken.append(0)
        except OSError as error:
            taken.append(-(error.errno or errno.EPIPE))
    size = len(data)
    if taken.count(size) == len(taken):
        return []
    return [(place, n) for place, n in enumerate(taken) if n != size]


class Batch:
    """Writes to all with a system call for every thousand.

    Raises:
        OSError: The kernel does not allow it.
        KeyError: The machine is of a kind whose call numbers are not known here.
    """

    def __init__(self) -> None:
        setup, self._io_submit, self._io_getevents = _CALLS[platform.machine()]
        syscall = ctypes.CDLL(None, use_errno=True).syscall
        syscall.restype = ctypes.c_long
        self._call: Callable[..., int] = syscall
        self._context = ctypes.c_ulong(0)
        if self._call(setup, AT_ONCE, ctypes.byref(self._context)) < 0:
            raise OSError(ctypes.get_errno(), "io_setup")
        self._blocks = np.zeros(AT_ONCE, _BLOCK)
        self._blocks["data"] = np.arange(AT_ONCE)
        self._blocks["opcode"] = _WRITE
        self._addresses = self._blocks.ctypes.data + 64 * np.arange(AT_ONCE, dtype=np.uint64)
        self._events = np.zeros(AT_ONCE, _EVENT)

    def write(self, fds: Sequence[int], data: bytes) -> Short:
        """Write to all; none of them may wait."""
        self._blocks["buf"] = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value
        self._blocks["nbytes"] = len(data)
        short: Short = []
        at = 0
        while at < len(fds):
            done = self._submit(fds[at : at + AT_ONCE])
            if done == 0:  # the kernel has no room now
                return short + [(at + n, taken) for n, taken in one_by_one(fds[at:], data)]
            results = self._results(done)
            for n in np.flatnonzero(results != len(data)).tolist():
                short.append((at + n, _taken(int(results[n]))))
            at += done
        return short

    def _submit(self, fds: Sequence[int]) -> int:
        """Return how many writes the kernel did, from the first on."""
        self._blocks["fd"][: len(fds)] = fds
        first = _pointer(self._addresses)
        return max(0, self._call(self._io_submit, self._context, ctypes.c_long(len(fds)), first))

    def _results(self, done: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return what came of each write that was done."""
        got, all_of = 0, ctypes.c_long(done)
        while got < done:
            to = _pointer(self._events[got:])
            some = self._call(self._io_getevents, self._context, ctypes.c_long(1), all_of, to, None)
            got += max(0, some)
            all_of = ctypes.c_long(done - got)
        results = np.empty(done, np.int64)
        events = self._events[:done]
        results[events["data"].astype(np.intp)] = events["res"]
        return results


def _taken(result: int) -> int:
    """What became of a write, as `Short` has it, from what the kernel says."""
    return 0 if result == -errno.EAGAIN else result


def _pointer(array: np.ndarray[tuple[int], np.dtype[np.generic]]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
