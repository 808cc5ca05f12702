"""The declaration of a source: which entries it takes, and which figures it gives.

What is wrong is said by its place in the declaration: `stats.2.of: got 'scor', want …`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pitlive.ahead import ANY, DEFAULT, PATTERN, Ahead
from pitlive.declaration.fields import MOST_DECIMALS, AnyField, NumberField
from pitlive.declaration.webhook import Webhook
from pitlive.declared.page import Page
from pitlive.declared.times import EventTime
from pitlive.declared.webhooks import MOST_WEBHOOKS
from pitlive.messages import Json

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]

MOST_STATS = 200


class Derived(BaseModel):
    """A number computed from the fields of an entry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expression: str = Field(description="What it is: `quantity * price`.")
    decimals: int = Field(6, ge=0, le=MOST_DECIMALS, description="Decimals that are kept.")

    @property
    def field(self) -> NumberField:
        """The field it is like."""
        return NumberField.model_validate({"required": False, "decimals": self.decimals})


class EntryType(BaseModel):
    """One type of entry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[Identifier, AnyField] = Field(
        min_length=1, max_length=100, description="Name → what may stand in it."
    )
    uid: tuple[str, ...] = Field((), description="Fields that name the fact if it has no uid.")
    at: EventTime | None = Field(None, description="When it happened, if it has no `at_ms`.")
    revision: str = Field("", description="The integer that is its revision, if it has none.")
    derived: dict[Identifier, Derived] = Field(
        {}, max_length=20, description="Numbers computed from the fields, for the stats."
    )

    @property
    def columns(self) -> dict[str, AnyField]:
        """What stats can be about: the fields and the derived ones."""
        return self.fields | {name: one.field for name, one in self.derived.items()}


class SourceSpec(BaseModel):
    """A declared source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["declared"] = Field(description="What kind of source it is: `declared`.")
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="What people call it."
    )
    lateness_ms: int = Field(
        2000, ge=0, le=3_600_000, description="Entries later than this are flagged late [ms]."
    )
    at_most_ahead: str = Field(
        DEFAULT,
        pattern=PATTERN,
        description="How far ahead of our clock an entry may happen, such as `90min`; `none`: any.",
    )
    most_groups: int | None = Field(
        None, ge=1, description="Groups that all its stats have at most; default: 4,000,000."
    )
    entries: dict[Identifier, EntryType] = Field(
        min_length=1, max_length=20, description="Types of entries; the first is the default."
    )
    stats: tuple[Any, ...] = Field((), max_length=MOST_STATS, description="The figures.")
    webhooks: tuple[Webhook, ...] = Field(
        (), max_length=MOST_WEBHOOKS, description="Whom to tell of what happens."
    )
    page: Page | None = Field(None, description="What its page shows; default: every stat.")

    @property
    def ahead(self) -> Ahead | None:
        """How far ahead of our clock an entry may happen, None if there is no bound."""
        return None if self.at_most_ahead == ANY else Ahead(self.at_most_ahead)

    def type_of(self, reported: Mapping[str, Json]) -> EntryType | None:
        """Return the type of what is reported, None if there is no such type."""
        name = reported.get("type", next(iter(self.entries)))
        return self.entries.get(name) if isinstance(name, str) else None
