"""One attempt: a notice is sent, and what came back is said in a word."""

from __future__ import annotations

import asyncio
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

import httpx

from pitlive import __version__
from pitlive.courier.addresses import PrivateAddress, find


class Answer(NamedTuple):
    """What came of an attempt.

    Attributes:
        reason: Why it is not delivered; empty if it is.
        status: What the receiver answered, 0 if it did not.
        wait_s: How long the receiver wants us to wait.
        is_final: True if there is no point in trying again.
    """

    reason: str = ""
    status: int = 0
    wait_s: float = 0.0
    is_final: bool = False


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
    url: str,
    headers: dict[str, str],
    body: str,
    *,
    timeout_s: float,
    private: bool,
) -> Answer:
    """Send a body; whatever happens is an answer, and all of it takes at most `timeout_s`."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _post(client, httpx.URL(url), headers, body, private=private)
    except TimeoutError:
        return Answer(f"no answer within {timeout_s:g} s")
    except (PrivateAddress, httpx.InvalidURL) as refused:
        return Answer(str(refused), is_final=True)
    except (httpx.HTTPError, OSError, UnicodeError) as error:  # a name may not be one of DNS
        return Answer(str(error) or type(error).__name__)


async def _post(
    client: httpx.AsyncClient, url: httpx.URL, headers: dict[str, str], body: str, *, private: bool
) -> Answer:
    port = url.port or (443 if url.scheme == "https" else 80)
    failed: httpx.ConnectError | None = None
    for address in await find(url.host, port, private=private):
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
    """Return how long an answer asks to wait [s], 0 if it does not.

    >>> retry_after("120", 0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 10), retry_after("x", 0)
    (120.0, 50.0, 0.0)
    """
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.fromtimestamp(now_s, UTC)).total_seconds())
