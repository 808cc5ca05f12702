"""One attempt: a notice is sent, and what came back is said in a word."""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

import httpx
import structlog

from pitlive import __version__
from pitlive.courier.addresses import PrivateAddress, Resolver

log = structlog.get_logger()

LONGEST_REASON = 300
"""Characters that are kept of why an attempt failed: a receiver may say a lot."""

LONGEST_WAIT_S = 604_800.0
"""No notice is tried longer than a week, so whoever asks for more asks for never."""

LONGEST_RETRY_AFTER = 100
"""Characters of a `Retry-After` that is looked at; a date has 29."""


class Answer(NamedTuple):
    """What came of an attempt.

    Attributes:
        reason: Why it is not delivered; empty if it is.
        status: What the receiver answered, 0 if it did not.
        wait_s: How long the receiver wants us to wait.
        is_final: True if there is no point in trying again.
        is_ours: True if the receiver was not asked: it tells nothing of it.
    """

    reason: str = ""
    status: int = 0
    wait_s: float = 0.0
    is_final: bool = False
    is_ours: bool = False


def client() -> httpx.AsyncClient:
    """Return a client that goes nowhere but where it is sent, and keeps no connection.

    One that is kept would be shared by whoever is behind one address, and with it the name
    its certificate was checked for.
    """
    return httpx.AsyncClient(
        verify=ssl.create_default_context(),
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_keepalive_connections=0),
        headers={"User-Agent": f"PitLive/{__version__}", "Connection": "close"},
    )


async def post(
    client: httpx.AsyncClient,
    names: Resolver,
    url: str,
    headers: dict[str, str],
    body: str,
    *,
    timeout_s: float,
    private: bool,
) -> Answer:
    """Send a body; whatever happens is an answer, and all of it takes at most `timeout_s`.

    So is a fault of our own or of a library in reading what a receiver says: it costs this
    attempt, and nobody else.
    """
    answer = await _tried(client, names, url, headers, body, timeout_s=timeout_s, private=private)
    return answer._replace(reason=kept(answer.reason))


def kept(reason: str) -> str:
    """Return what can be stored and shown of a reason.

    >>> kept("answered 500 \x1b[2J")
    'answered 500 ?[2J'
    """
    text = reason[:LONGEST_REASON].encode(errors="replace").decode()
    return "".join(c if c.isprintable() else "?" for c in text)


async def _tried(
    client: httpx.AsyncClient,
    names: Resolver,
    url: str,
    headers: dict[str, str],
    body: str,
    *,
    timeout_s: float,
    private: bool,
) -> Answer:
    try:
        async with asyncio.timeout(timeout_s):
            return await _post(client, names, httpx.URL(url), headers, body, private=private)
    except TimeoutError:
        return Answer(f"no answer within {timeout_s:g} s")
    except (PrivateAddress, httpx.InvalidURL) as refused:
        return Answer(str(refused), is_final=True)
    except (httpx.HTTPError, OSError, UnicodeError) as error:  # a name may not be one of DNS
        return Answer(str(error) or type(error).__name__)
    except Exception as error:
        log.exception("attempt failed by a fault of ours", url=url)
        return Answer(f"{type(error).__name__}: {error}", is_ours=True)


async def _post(
    client: httpx.AsyncClient,
    names: Resolver,
    url: httpx.URL,
    headers: dict[str, str],
    body: str,
    *,
    private: bool,
) -> Answer:
    port = url.port or (443 if url.scheme == "https" else 80)
    failed: httpx.ConnectError | None = None
    for address in await names.find(url.host, port, private=private):
        request = client.build_request(
            "POST",
            url.copy_with(host=address),
            content=body.encode(),
            headers=headers | {"Host": url.netloc.decode()},
            extensions={"sni_hostname": url.host},
            timeout=None,  # all of it has one
        )
        try:
            answer = await client.send(request, stream=True)
        except httpx.ConnectError as error:
            failed = error
            continue
        with suppress(httpx.HTTPError, OSError):  # it has answered
            await answer.aclose()  # what it says besides is not asked for
        return _said(answer)
    raise failed or OSError(f"{url.host}: has no address")


def _said(answer: httpx.Response) -> Answer:
    status = answer.status_code
    if answer.is_success:
        return Answer(status=status)
    reason = f"answered {status} {answer.reason_phrase}".rstrip()
    if answer.is_redirect:
        reason += ", which is not followed"
    wait_s = retry_after(answer.headers.get("retry-after", ""), time.time())
    return Answer(reason, status, wait_s, is_final=status == HTTPStatus.GONE)


def retry_after(text: str, now_s: float) -> float:
    """Return how long an answer asks to wait [s], 0 if it does not or nobody can tell.

    >>> retry_after("120", 0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 10), retry_after("x", 0)
    (120.0, 50.0, 0.0)
    >>> retry_after("9" * 40, 0), retry_after("Thu, 01 Jan 99999999999 00:00:00 GMT", 0)
    (604800.0, 0.0)
    """
    text = text.strip()
    if len(text) > LONGEST_RETRY_AFTER:
        return 0.0
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        wait_s = (at - datetime.fromtimestamp(now_s, UTC)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):  # what the parser fails with
        return 0.0
    return min(max(0.0, wait_s), LONGEST_WAIT_S)
