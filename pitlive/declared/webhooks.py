"""Webhooks: whom to tell of the runs of a rule, or of what becomes of any stat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pitlive.declared.problems import Place, Problem, shown
from pitlive.messages import Json

MOST_WEBHOOKS = 20

RUNS = ("on", "off", "both")
"""What can only be told of a rule."""

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


def parts(declared: Json) -> Iterator[tuple[Place, type[BaseModel]]]:
    """Yield which model stands where in what is declared."""
    for n, _ in enumerate(declared if isinstance(declared, list) else ()):
        yield ("webhooks", n), Webhook


def fitting(declared: Json, stats: Mapping[str, Any]) -> Iterator[Problem]:
    """Look whether what webhooks tell of is declared, and has runs if they tell of runs.

    Args:
        declared: What is declared; a webhook that is wrong in itself is told of elsewhere.
        stats: Name → stat, None if it is wrong in itself.
    """
    names: set[str] = set()
    for n, one in enumerate(declared if isinstance(declared, list) else ()):
        if not isinstance(one, Mapping):
            continue
        name, stat = one.get("name"), one.get("stat")
        if isinstance(name, str) and name in names:
            yield Problem(("webhooks", n, "name"), name, "a name of its own")
        names.add(str(name))
        if isinstance(stat, str):
            yield from _about(("webhooks", n), one, stat, stats)


def _about(
    place: Place, one: Mapping[str, Json], name: str, stats: Mapping[str, Any]
) -> Iterator[Problem]:
    if name not in stats:
        listed = ", ".join(map(shown, stats)) or "the stats; there are none"
        yield Problem((*place, "stat"), name, f"one of {listed}")
    elif (stat := stats[name]) and one.get("on", "on") in RUNS and not stat.has_runs:
        rules = ", ".join(shown(k) for k, rule in stats.items() if rule and rule.has_runs)
        told = f"a rule ({rules or 'there is none'}), or on = 'change', for {stat.kind} has no runs"
        yield Problem((*place, "stat"), name, told)
