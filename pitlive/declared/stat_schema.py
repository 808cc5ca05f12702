"""The JSON Schema of one kind of stat, ours or that of a package."""

from __future__ import annotations

from pydantic import TypeAdapter

from pitlive.declared.stat import StatSpec
from pitlive.messages import Json

STAT_NAME = r"[A-Za-z0-9_]{1,60}"
"""What a kind of stat may be called: it is a part of the names of definitions."""


def definition(kind: str) -> str:
    """Return the name of the definition of a kind.

    >>> definition("low_water")
    'LowWaterStat'
    """
    return f"{kind.title().replace('_', '')}Stat"


def definitions(kind: str, spec: type[StatSpec], ref: str) -> dict[str, Json]:
    """Return the definition of a kind, and of all models that its fields have.

    Those are called `<Kind>Stat.<Model>`, so that none can stand in the place of another's.

    Args:
        ref: Where a definition is found, with `{model}` for its name.
    """
    name = definition(kind)
    within = f"{name}.{{model}}"
    one: dict[str, Json] = TypeAdapter(spec).json_schema(ref_template=ref.format(model=within))
    models: dict[str, Json] = one.pop("$defs", {})
    one["properties"]["kind"]["description"] = "What kind of stat it is."
    named = {within.format(model=model): schema for model, schema in models.items()}
    return {**named, name: one | {"title": kind}}
