"""A fold that is no longer needed goes at once: the engine spares the garbage collector of it."""

from __future__ import annotations

import gc
import weakref

import pytest

from pitlive import apps
from pitlive.kind import kind_of
from pitlive.messages import Entry


@pytest.mark.parametrize("app", apps.names())
def test_a_fold_is_freed_without_the_garbage_collector(app: str) -> None:
    """Nothing in it refers to itself, whatever stats and rules it has."""
    kind = kind_of(apps.declaration(app))
    spec = kind.spec(apps.declaration(app))
    made = (kind.entry(one, spec, seen_ms=1) for one in apps.entries(app, 1))
    fold = kind.fold(spec)
    fold.outcome([entry for entry in made if isinstance(entry, Entry)][:2000])
    gc.disable()
    try:
        alive = weakref.ref(fold)
        parts = [weakref.ref(stat) for stat in _stats(fold)]
        del fold
        assert alive() is None
        assert [part() for part in parts] == [None] * len(parts)
    finally:
        gc.enable()


def _stats(fold: object) -> list[object]:
    """The stats of a declared source, which hold most of what there is."""
    types = getattr(fold, "_types", {})
    return [stat for type in types.values() for stat in type.stats.values()]
