"""Who may write: a file of `name:hash` lines, one operator a line, argon2 hashes.

    anna:$argon2id$v=19$m=65536,t=3,p=4$…

Lines that begin with `#` and empty lines are skipped, and lost at the next change.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pitlive.errors import BadFile, SettingsError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASHER = PasswordHasher()
_SHORTEST = 8  # characters, as NIST SP 800-63B asks of a password that a person chooses


def load(path: Path) -> Mapping[str, str]:
    """Return name → argon2 hash; a file that is not there holds nobody.

    Raises:
        BadFile: A line is not `name:hash`; the message says which.
    """
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(
        _parse(path, number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    )


def verify(hashes: Mapping[str, str], name: str, password: str) -> bool:
    """Tell whether the password is that operator's; takes as long for a name nobody has.

    It costs some 50 ms of CPU on purpose: keep it off an event loop.
    """
    try:
        return _HASHER.verify(hashes.get(name) or _nobody(), password) and name in hashes
    except (VerificationError, InvalidHashError):
        return False


def add(path: Path, name: str, password: str) -> None:
    """Add an operator, or give one a new password.

    Raises:
        SettingsError: The name or the password will not do.
        BadFile: The file that is there is not one of operators.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"name: got {name!r}, want 1 to 64 letters, digits, dots, dashes or underscores"
        )
    if len(password) < _SHORTEST:
        raise SettingsError(f"password: got {len(password)} characters, want at least {_SHORTEST}")
    _write(path, {**load(path), name: _HASHER.hash(password)})


def remove(path: Path, name: str) -> None:
    """Take an operator out.

    Raises:
        SettingsError: There is no operator of that name.
        BadFile: The file that is there is not one of operators.
    """
    hashes = dict(load(path))
    if name not in hashes:
        raise SettingsError(f"name: got {name!r}, want one of {', '.join(hashes) or 'nobody'}")
    del hashes[name]
    _write(path, hashes)


@cache
def _nobody() -> str:
    """A hash that stands in for an unknown name's, so that asking tells nothing."""
    return _HASHER.hash(os.urandom(16).hex())


def _parse(path: Path, number: int, line: str) -> tuple[str, str]:
    name, _, hashed = line.strip().partition(":")
    if not _NAME.fullmatch(name) or not hashed.startswith("$argon2"):
        raise BadFile(f"{path}, line {number}: got {name[:64]!r}, want name:hash with argon2")
    return name, hashed


def _write(path: Path, hashes: Mapping[str, str]) -> None:
    """Replace the file in one step: a reader sees the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 600
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{operator}:{hashed}\n" for operator, hashed in hashes.items())
        file.flush()
        os.fsync(handle)
    Path(name).replace(path)
