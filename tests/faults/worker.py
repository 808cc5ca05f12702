"""One of several workers that post the same queues, each in an order of its own: a process.

It reads `{"url", "batches", "cut"}` from its standard input: the batches that are `cut` it
posts once more, for the first time it hangs up before it hears what became of them.
"""

from __future__ import annotations

import json
import sys
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit


def main() -> None:
    """Post everything, each batch until it is acknowledged."""
    told = json.load(sys.stdin)
    url = urlsplit(told["url"])
    for n, batch in enumerate(told["batches"]):
        if n in told["cut"]:
            post(url.netloc, url.path, batch, hears=False)
        while not post(url.netloc, url.path, batch, hears=True):
            time.sleep(0.05)


def post(host: str, path: str, batch: object, *, hears: bool) -> bool:
    """Post a batch, and tell whether it was acknowledged."""
    connection = HTTPConnection(host, timeout=60)
    try:
        body = json.dumps(batch).encode()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        return hears and connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
