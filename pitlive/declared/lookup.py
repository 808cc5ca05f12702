"""Texts found by their bytes, thousands side by side.

A dict of 50,000 texts is larger than a processor's cache, and each look into it waits for
memory five times, one after the other. Here texts are numbers of 16 bytes in arrays, and what
a whole batch waits for it waits for at once. What does not fit is not found, and whoever asks
has a dict for it; so nothing is ever guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pitlive.declared.exact import grown
from pitlive.numerics import Bools, Ints

WIDTH = 16
"""Bytes of a text that fits: most keys are shorter."""

PROBES = 16
"""Places at which a text may stand. Texts made up to want the same one are just not found."""

NOWHERE = -1

Words = Any
"""Texts as numbers: their first 8 bytes, and their last 8, uint64, shape (texts,) each."""

_FULL = [(1 << 8 * n) - 1 for n in range(9)]
_MASKS = [
    np.array([_FULL[min(n, 8)] for n in range(WIDTH + 1)], np.uint64),
    np.array([_FULL[max(n - 8, 0)] for n in range(WIDTH + 1)], np.uint64),
]
"""What is left of each word of a text of so many bytes."""

_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_HALF = np.uint64(32)


class Lookup:
    """Where texts stand in a list, found by their bytes.

    >>> lookup = Lookup()
    >>> lookup.extend(["web", "kiosk", "a text that is too long for it"])
    >>> lookup.find(["kiosk", "phone", "web", "a text that is too long for it"]).tolist()
    [1, -1, 0, -1]

    Attributes:
        size: How many texts it was told of.
    """

    def __init__(self) -> None:
        self.size = 0
        self._words: list[Words] = [np.zeros(0, np.uint64), np.zeros(0, np.uint64)]
        self._slots = np.full(1024, NOWHERE, np.int32)

    def extend(self, texts: Sequence[str]) -> None:
        """Add texts, all of them new, behind those that it knows."""
        start, self.size = self.size, self.size + len(texts)
        words, fits = _words(texts)
        self._words = [grown(known, self.size) for known in self._words]
        for known, own in zip(self._words, words, strict=True):
            known[start : self.size] = own
        numbers = np.arange(start, self.size)[fits]
        if 2 * self.size > len(self._slots):  # at most half full
            numbers = np.concatenate([self._slots[self._slots != NOWHERE], numbers])
            self._slots = np.full(1 << (2 * self.size).bit_length() + 1, NOWHERE, np.int32)
        self._enter(numbers)

    def find(self, texts: Sequence[str]) -> Ints:
        """Return where each of some texts stands, -1 if it is new, or does not fit."""
        (first, last), fits = _words(texts)
        found = np.full(len(texts), NOWHERE, np.int64)
        left = np.flatnonzero(fits) if self.size else found[:0]
        first, last = first[left], last[left]
        slots = self._first_slots(first, last)
        for _ in range(PROBES):
            numbers = self._slots[slots]
            is_it = (self._words[0][numbers] == first) & (self._words[1][numbers] == last)
            found[left] = np.where(is_it, numbers, NOWHERE)
            on = np.flatnonzero(~is_it & (numbers != NOWHERE))
            if not on.size:
                break
            left, first, last, slots = left[on], first[on], last[on], self._next(slots[on])
        return found

    def _enter(self, numbers: Ints) -> None:
        """Give texts their slots: the first free one for each, if it is near enough."""
        slots = self._first_slots(*(words[numbers] for words in self._words))
        for _ in range(PROBES):
            is_free = self._slots[slots] == NOWHERE
            self._slots[slots[is_free]] = numbers[is_free]
            left = np.flatnonzero(self._slots[slots] != numbers)
            numbers, slots = numbers[left], self._next(slots[left])

    def _first_slots(self, first: Words, last: Words) -> Ints:
        mixed = (first * _MIX[0]) ^ (last * _MIX[1])
        mixed = (mixed ^ (mixed >> _HALF)) * _MIX[0]
        slots: Ints = (mixed >> _HALF).astype(np.int64) & (len(self._slots) - 1)
        return slots

    def _next(self, slots: Ints) -> Ints:
        following: Ints = (slots + 1) & (len(self._slots) - 1)
        return following


def _words(texts: Sequence[str]) -> tuple[list[Words], Bools]:
    """Return texts as numbers, and which of them fit: the number of a longer one says nothing.

    With a zero byte in one of them it would have the number of another, so then none fits.
    """
    size = len(texts)
    data = "\0".join(texts).encode("utf-8", "surrogatepass") + bytes(WIDTH + 8)
    is_end = np.frombuffer(data, np.uint8, len(data) - WIDTH - 7) == 0
    ends = np.flatnonzero(is_end)
    if len(ends) != size:
        return [np.zeros(size, np.uint64)] * 2, np.zeros(size, np.bool_)
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends - starts
    inside = np.minimum(lengths, WIDTH)
    # A number may begin at any byte: one view of 8 bytes for each place where one could.
    numbers: Words = np.ndarray(len(data) - 7, np.dtype("<u8"), data, strides=(1,))
    return [numbers[starts + 8 * n] & _MASKS[n][inside] for n in range(2)], lengths <= WIDTH
