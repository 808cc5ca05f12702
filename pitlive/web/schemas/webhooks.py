"""What is asked and said of notices to webhooks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from pitlive.store.notice import Fate
from pitlive.web.schemas.shared import Count, Ms, Source


class WebhooksQuery(BaseModel):
    """Which notices."""

    fate: Annotated[Fate | None, Field(description="Only those; default: all.")] = None
    before: Annotated[
        int, Field(ge=0, le=2**53, description="Number of the notice to go on before; 0: none.")
    ] = 0
    limit: Annotated[int, Field(ge=1, le=1000, description="At most so many.")] = 100


class NoticePath(BaseModel):
    """Which notice of which source."""

    source: Source
    id: Annotated[
        str,
        Field(
            pattern=r"^msg_[0-9a-f]{32}$",
            description="Id of a notice.",
            json_schema_extra={"example": "msg_0123456789abcdef0123456789abcdef"},
        ),
    ]


class Notice(BaseModel):
    """Something that a webhook has to tell, and what became of it."""

    id: str
    number: Count
    webhook: str
    stat: str
    key: str
    type: Literal["on", "off", "change"]
    run: Annotated[Count, Field(description="Of the rule; absent for a change.")] = 0
    moment_ms: Annotated[Ms, Field(description="When the run began or ended, if known.")] = 0
    fate: Fate
    made_ms: Ms
    attempts: Count
    reason: Annotated[str, Field(description="Why it is not delivered; absent if it is.")] = ""
    status: Annotated[Count, Field(description="What the receiver answered last.")] = 0
    next_ms: Annotated[Ms, Field(description="When it is sent again.")] = 0
    done_ms: Annotated[Ms, Field(description="When it was delivered, or given up.")] = 0
    took_ms: Annotated[Ms, Field(description="How long the last attempt took.")] = 0
    since_ms: Annotated[Ms, Field(description="When an operator had it sent again.")] = 0
    body: Annotated[dict[str, Any], Field(description="What is sent.")]


class Webhooks(BaseModel):
    """How many notices have which fate, and the newest of them."""

    source: Source
    counts: dict[Fate, Count]
    notices: list[Notice]


class Resent(BaseModel):
    """It waits again."""

    id: str
    fate: Literal["pending"]
