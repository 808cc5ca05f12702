"""RFC 7396, there and back: the patch from one JSON value to another, and what it makes."""

from __future__ import annotations

from typing import Any

from pitlive.messages import Json

SAME: Any = object()
"""Instead of a patch, where nothing differs: every JSON value is a patch that says something."""


def difference(old: Json, new: Json) -> Json:
    """Return the merge patch from one value to another, `SAME` where they are equal.

    >>> difference({"a": 1, "b": 2}, {"a": 1, "c": 3})
    {'c': 3, 'b': None}
    """
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return SAME if old == new and type(old) is type(new) else new
    patch = {}
    for name, value in new.items():
        if name not in old:
            patch[name] = value
        elif (part := difference(old[name], value)) is not SAME:
            patch[name] = part
    patch |= dict.fromkeys(old.keys() - new.keys())
    return patch or SAME


def merged(old: Json, patch: Json) -> Json:
    """Return `old` after a JSON Merge Patch (RFC 7396).

    >>> merged({"24": {"place": 2, "in_pit": True}}, {"24": {"place": 1, "in_pit": None}})
    {'24': {'place': 1}}
    """
    if not isinstance(patch, dict):
        return patch
    new = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = merged(new.get(key), value)
    return new
