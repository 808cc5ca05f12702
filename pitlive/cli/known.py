"""What a server knows of a source already: its declaration, and the entries of its log."""

from __future__ import annotations

from collections.abc import Iterator

from pitlive.cli.connection import Server
from pitlive.cli.target import Target
from pitlive.client.refusal import refusal
from pitlive.messages import Json


def declaration(to: Target, source: str) -> dict[str, Json] | None:
    """Return how a source is declared, None if it is not."""
    with Server(to.url, to.user, to.give_up_s, to.say) as server:
        answer = server.ask("GET", f"/api/v1/sources/{source}")
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise refusal(answer)
        found: dict[str, Json] = answer.json()["spec"]
        return found


def entries(to: Target, source: str) -> Iterator[dict[str, Json]]:
    """Yield every entry the log of a source holds, oldest first; none if there is no source."""
    page: dict[str, Json] = {"next": "0-0"}
    with Server(to.url, to.user, to.give_up_s, to.say) as server:
        while page.get("entries") != []:
            path = f"/api/v1/sources/{source}/entries"
            answer = server.ask("GET", path, params={"after": page["next"], "limit": 1000})
            if answer.status_code == 404:
                return
            if answer.status_code != 200:
                raise refusal(answer)
            page = answer.json()
            yield from page["entries"]
