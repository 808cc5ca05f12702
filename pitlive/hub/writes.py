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
from array import array
from collections.abc import Callable, Sequence
from itertools import repeat

Short = list[tuple[int, int]]
"""Who did not take all: the place in the list, and the bytes taken, or -errno if it is broken."""

Write = Callable[[Sequence[int], bytes], Short]

BATCH = 1024
"""Writes in one system call."""

# io_setup, io_submit and io_getevents, which the C library has no names for
_CALLS = {"x86_64": (206, 209, 208), "aarch64": (0, 2, 4)}
_PWRITE = 1  # IOCB_CMD_PWRITE

_BLOCK = 64  # bytes of a struct iocb of linux/aio_abi.h, on a little-endian machine
_EVENT = 32  # bytes of a struct io_event


def best() -> Write:
    """Return the fastest way of writing that works here.

    >>> a, b = os.pipe(), os.pipe()
    >>> best()([a[1], b[1]], b"both"), os.read(a[0], 9), os.read(b[0], 9)
    ([], b'both', b'both')
    """
    try:
        return WriteBatch().write
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


class WriteBatch:
    """Writes to all with a system call for every thousand.

    The blocks that tell the kernel what to write are made once. Each field of all of them is
    one strided view, so that it is filled for a thousand in one go, in C.

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
        if self._call(setup, BATCH, ctypes.byref(self._context)) < 0:
            raise OSError(ctypes.get_errno(), "io_setup")
        blocks, events = bytearray(_BLOCK * BATCH), bytearray(_EVENT * BATCH)
        whole = memoryview(blocks)
        whole.cast("Q")[0::8] = array("Q", range(BATCH))  # data: comes back with the result
        whole.cast("H")[8::32] = array("H", [_PWRITE]) * BATCH  # opcode
        self._fd = whole.cast("I")[5::16]
        self._buf = whole.cast("Q")[3::8]
        self._nbytes = whole.cast("Q")[4::8]
        first = _address(blocks)
        self._pointers = array("Q", range(first, first + _BLOCK * BATCH, _BLOCK))
        self._list = ctypes.c_void_p(self._pointers.buffer_info()[0])
        self._events = _address(events)
        self._place = memoryview(events).cast("Q")[0::4]
        self._result = memoryview(events).cast("q")[2::4]

    def write(self, fds: Sequence[int], data: bytes) -> Short:
        """Write to all; none of them may wait."""
        size, most = len(data), min(len(fds), BATCH)
        address = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
        self._buf[:most] = array("Q", [address]) * most
        self._nbytes[:most] = array("Q", [size]) * most
        short: Short = []
        at = 0
        while at < len(fds):
            done = self._submit(fds[at : at + BATCH])
            if done == 0:  # the kernel has no room now
                return short + [(at + n, taken) for n, taken in one_by_one(fds[at:], data)]
            short += [(at + n, taken) for n, taken in self._short(done, size)]
            at += done
        return short

    def _submit(self, fds: Sequence[int]) -> int:
        """Return how many writes the kernel did, from the first on."""
        self._fd[: len(fds)] = array("I", fds)
        count = ctypes.c_long(len(fds))
        return max(0, self._call(self._io_submit, self._context, count, self._list))

    def _short(self, done: int, size: int) -> Short:
        """Return who of those that were written to did not take all, in their order."""
        got = 0
        while got < done:
            want, to = ctypes.c_long(done - got), ctypes.c_void_p(self._events + _EVENT * got)
            some = self._call(self._io_getevents, self._context, ctypes.c_long(1), want, to, None)
            got += max(0, some)
        results = self._result[:done].tolist()
        if results.count(size) == done:
            return []
        found = zip(self._place[:done].tolist(), results, strict=True)
        return sorted((place, _taken(result)) for place, result in found if result != size)


def _taken(result: int) -> int:
    """What became of a write, as `Short` has it, from what the kernel says."""
    return 0 if result == -errno.EAGAIN else result


def _address(buffer: bytearray) -> int:
    """Where a buffer is, which stays there for as long as there is a view of it."""
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
