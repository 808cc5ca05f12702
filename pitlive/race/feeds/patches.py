"""The patches of Formula 1's live timing: deep merges, where lists are patched by index.

Topics ending in `.z` are the same JSON, packed: base64 of raw deflate.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping

import orjson

from pitlive.messages import Json

MOST_BYTES = 8 * 2**20
"""Of one unpacked message; the largest real ones have 100 KB."""


def merged(state: Json, patch: Json) -> Json:
    """Return a state with a patch laid over it; neither is changed.

    >>> merged({"Lines": {"1": {"InPit": False}}}, {"Lines": {"1": {"InPit": True}}})
    {'Lines': {'1': {'InPit': True}}}
    >>> merged([{"Lap": 1}], {"0": {"Lap": 2}, "1": {"Lap": 3}})
    [{'Lap': 2}, {'Lap': 3}]
    >>> merged({"1": {}, "2": {}}, {"_deleted": ["2"]})
    {'1': {}}
    """
    if isinstance(state, list) and isinstance(patch, Mapping):
        by_index = {str(n): one for n, one in enumerate(state)}
        return list(merged(by_index, patch).values())
    if not isinstance(state, Mapping) or not isinstance(patch, Mapping):
        return patch
    gone = patch.get("_deleted")
    kept = {k: v for k, v in state.items() if not (isinstance(gone, list) and k in gone)}
    new = {k: merged(kept.get(k), v) for k, v in patch.items() if k != "_deleted"}
    return kept | new


def unpacked(packed: Json) -> Json:
    """Return the JSON of a `.z` message, None if it is none.

    >>> unpacked("q1YKLkksKS1WslIyVKoFAA=="), unpacked("not packed")
    ({'Status': '1'}, None)
    """
    try:
        raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(base64.b64decode(packed), MOST_BYTES)
        return orjson.loads(raw)
    except (TypeError, ValueError, binascii.Error, zlib.error, orjson.JSONDecodeError):
        return None
