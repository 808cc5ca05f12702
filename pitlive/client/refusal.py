"""What a server's answer says when it is not what was asked for."""

from __future__ import annotations

import httpx

from pitlive.errors import RequestRefused


def refusal(answer: httpx.Response) -> RequestRefused:
    """Say what a problem answer (RFC 9457) says; its body must have been read."""
    what = answer.reason_phrase
    if "json" in answer.headers.get("content-type", "") and isinstance(answer.json(), dict):
        what = answer.json().get("detail") or answer.json().get("title") or what
    path = answer.request.url.path
    hint = ", want --user NAME:PASSWORD" if answer.status_code in (401, 403) else ""
    return RequestRefused(f"{path}: {answer.status_code} {what}{hint}")
