"""Who may come in: which host was asked for, from which page, and by whom.

Without a file of operators there is no login, and only this machine can reach us, or the
proxies that the setting `peers` names: the name in `Host` must then be one of its own or
theirs, else a page elsewhere could have its own name point here and write. With a file,
whoever writes says name and password; if the setting
`private` is on, whoever reads as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, request
from werkzeug.datastructures import Authorization

from pitlive.settings import LOOPBACK, Settings
from pitlive.web.credentials import WITHIN_S, Credentials, TooManyFailures
from pitlive.web.problems import problem

OPEN = frozenset({"/healthz", "/readyz"})
"""Answered even where reading needs a login: they tell nothing but whether we are well."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing: no login is asked for."""

CHALLENGE = {"WWW-Authenticate": 'Basic realm="PitLive", charset="UTF-8"'}

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer, unless the view has set its own."""


class Access:
    """The door of one app."""

    def __init__(self, settings: Settings) -> None:
        file = settings.operators_file
        self._credentials = Credentials(file) if file else None
        self._private = settings.private
        self._admitted = settings.admitted

    @property
    def login(self) -> bool:
        """Whether writing needs a login."""
        return self._credentials is not None

    def register(self, app: Flask) -> None:
        """Stand at the door of an app."""
        app.before_request(self._enter)
        app.register_error_handler(TooManyFailures, _slow_down)
        app.after_request(_secure)

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a request that only reads is sure to be let in; never waits.

        Args:
            headers: By name in lower case.
        """
        if self._credentials is None:
            return self._is_ours(headers.get("host", ""))
        if (given := headers.get("authorization")) is None:
            return not self._private
        credentials = Authorization.from_header(given)
        return (
            credentials is not None
            and credentials.type == "basic"
            and self._credentials.remembers(credentials.username or "", credentials.password or "")
        )

    def comes_in(self, address: str) -> bool:
        """Tell whether an address may connect: all may, unless the setting `peers` names some."""
        return not self._admitted or address in self._admitted or address in LOOPBACK

    def _is_ours(self, host: str) -> bool:
        return is_own_name(host) or _name(f"//{host}") in self._admitted

    def _enter(self) -> Response | None:
        """Let in, or say why not."""
        g.operator = None
        if self._credentials is None and not self._is_ours(request.host):
            return problem(403, f"Host: got {request.host[:80]!r}, want a name of this machine")
        writing = request.method not in READING
        if writing and is_foreign(request):
            return problem(403, "Origin: a page of another site may not write here")
        needed = writing or (self._private and request.path not in OPEN)
        return self._log_in(needed) if self._credentials else None

    def _log_in(self, needed: bool) -> Response | None:
        credentials = request.authorization
        if credentials is None or credentials.type != "basic":
            return (
                problem(401, "login: none given, want one", headers=CHALLENGE) if needed else None
            )
        name, password = credentials.username or "", credentials.password or ""
        if not (self._credentials and self._credentials.verify(name, password)):
            return problem(401, "login: wrong name or password", headers=CHALLENGE)
        g.operator = name
        return None


def operator() -> str | None:
    """Return who is logged in on the current request."""
    name: str | None = g.operator
    return name


def is_own_name(host: str) -> bool:
    """Tell whether a `Host` header names this machine itself.

    >>> [is_own_name(host) for host in ("localhost:8000", "[::1]:80", "evil.example")]
    [True, True, False]
    """
    return _name(f"//{host}") in LOOPBACK


def is_foreign(asked: Request) -> bool:
    """Tell whether a browser sent this on behalf of a page of another site.

    Programs send neither header; browsers send the first, over plain HTTP the second.
    """
    if site := asked.headers.get("Sec-Fetch-Site"):
        return site not in ("same-origin", "none")
    origin = asked.headers.get("Origin")
    return origin is not None and _name(origin) != _name(f"//{asked.host}")


def _name(url: str) -> str | None:
    """The host name of a URL, None where there is none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _secure(response: Response) -> Response:
    own = {name.lower() for name, _ in response.headers}
    response.headers.extend([(k, v) for k, v in SECURITY.items() if k.lower() not in own])
    return response


def _slow_down(error: TooManyFailures) -> Response:
    return problem(429, str(error), headers={"Retry-After": f"{WITHIN_S:.0f}"})
