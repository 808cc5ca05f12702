"""Signatures of notices, as the Standard Webhooks have them, and the file of their secrets.

    # name:secret, as many of one name as there are receivers to be told apart in time
    supplier:whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw

A name with two secrets signs with both, so that a receiver may go over from one to the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from pitlive.errors import BadFile, SettingsError

PREFIX = "whsec_"

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")

LONG = range(16, 65)
"""Bytes of a secret; the specification wants 24 to 64, and some have 16."""


def sign(keys: Sequence[bytes], id: str, at_s: int, body: str) -> str:
    """Return the header `webhook-signature`.

    Source:
        Standard Webhooks 1.0.0: HMAC-SHA256 of id, time and body, joined by points.

    >>> sign([b"0123456789abcdef"], "msg_1", 1600000000, "{}")
    'v1,6dX+90lI2jujYz0qx0DiCaOmLlWOX4T0udJx0XGK7KY='
    """
    text = f"{id}.{at_s}.{body}".encode()
    digests = (hmac.digest(key, text, hashlib.sha256) for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def ensure(file: Path) -> None:
    """Make a file with a secret of the name `default`, if there is none."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as opened:
        opened.write(f"default:{PREFIX}{base64.b64encode(secrets.token_bytes(24)).decode()}\n")


def keys(file: Path, name: str) -> list[bytes]:
    """Return the secrets of a name; read anew each time, for an operator may change them.

    A line that is wrong costs those whose secret it may be: the name before its colon, and
    whoever finds none.

    Raises:
        BadFile: A line is not `name:whsec_…`, or the file cannot be read.
        SettingsError: There is none of that name.
    """
    try:
        lines = file.read_bytes().decode(errors="replace").splitlines()
    except OSError as error:
        raise BadFile(f"webhook_secrets_file: {file}: {error.strerror}") from None
    found: list[bytes] = []
    bad = 0
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line[0] == "#":
            continue
        known, key = _parse(line)
        if not key and known == name:
            raise _bad_line(file, number)
        bad = bad or (0 if key else number)
        found += [key] if known == name else []
    if not found and bad:
        raise _bad_line(file, bad)
    if not found:
        raise SettingsError(f"secret: got {name!r}, want one of those in webhook_secrets_file")
    return found


def _parse(line: str) -> tuple[str, bytes]:
    """Return the name of a line and its secret, empty if that is none."""
    name, _, text = line.partition(":")
    try:
        key = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except ValueError:  # also where it is not ASCII
        key = b""
    return name, key if NAME.fullmatch(name) and len(key) in LONG else b""


def _bad_line(file: Path, number: int) -> BadFile:
    """Return what is wrong with a line, which is not quoted: it may be a secret."""
    want = f"name:{PREFIX}… with the base64 of {LONG[0]} to {LONG[-1]} bytes"
    return BadFile(f"{file}, line {number}: want {want}")
