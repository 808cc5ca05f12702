"""A webhook: whom to tell, of what, and how long it is tried."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

WANT_URL = "an http or https URL of a host, without user, password and fragment"

PATTERN = (
    r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
    r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?([/?][!-\"$-~]*)?$"
)
"""The same for editors, but for the uppermost ports and addresses of IPv6."""


def _checked(url: str) -> str:
    """Check a URL.

    >>> _checked("https://supplier.example/orders?x=1")
    'https://supplier.example/orders?x=1'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(WANT_URL) from None
    plain = parts.username is None and parts.password is None and not parts.fragment
    printable = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(WANT_URL)
    if not plain or not printable:
        raise ValueError(WANT_URL)
    return url


class Webhook(BaseModel):
    """One receiver of notices."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Its name, which is part of what it sends."
    )
    stat: str = Field(description="The stat it tells of, by its name.")
    url: Annotated[str, AfterValidator(_checked)] = Field(
        max_length=2000,
        description="Where it is sent; whoever may read the declaration sees it.",
        json_schema_extra={"pattern": PATTERN},
    )
    on: Literal["on", "off", "both", "change"] = Field(
        "on", description="What is told: a run of a rule begins, ends, both; or a row changes."
    )
    only: tuple[str, ...] = Field(
        (), max_length=1000, description="Keys of the rows it tells of; default: all."
    )
    secret: str = Field(
        "default",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Name of the secret that signs, in the file that the setting names.",
    )
    timeout_s: float = Field(
        10.0, ge=0.1, le=60, description="How long the receiver may take to answer [s]."
    )
    attempts: int = Field(15, ge=1, le=100, description="How often it is sent at most.")
    give_up_s: float = Field(
        86_400.0, ge=1, le=604_800, description="How long it is tried at most [s]."
    )
