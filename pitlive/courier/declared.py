"""The webhooks of a source, as its declaration in the store has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from pitlive.declaration.webhook import Webhook
from pitlive.store.sources import Meta

WITHDRAWN = "the webhook is declared no longer"


@dataclass(frozen=True, slots=True)
class DeclaredWebhooks:
    """The webhooks of one version of a declaration.

    Attributes:
        by_name: Each, or what is wrong with it.
    """

    version: int
    by_name: Mapping[str, Webhook | str]

    def webhook(self, name: str) -> Webhook | str:
        """Return a webhook, or why nothing is sent in its name."""
        return self.by_name.get(name, WITHDRAWN)


def read(meta: Meta) -> DeclaredWebhooks:
    """Return the webhooks of a declaration; one that is wrong costs the others nothing."""
    declared = meta.spec.get("webhooks") or ()
    named = [one for one in declared if isinstance(one, Mapping)]
    return DeclaredWebhooks(meta.version, {str(one.get("name")): _checked(one) for one in named})


def _checked(declared: Mapping[str, object]) -> Webhook | str:
    try:
        return Webhook.model_validate(declared)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return f"the webhook is declared wrong: {where}: {first['msg']}"
