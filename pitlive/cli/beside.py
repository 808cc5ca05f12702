"""What lies beside a file that is fed: the declaration of its source."""

from __future__ import annotations

from pathlib import Path

from pitlive.cli.terminal import terminal_of, terminals
from pitlive.errors import BadFile
from pitlive.messages import Json


def declaration(file: str) -> dict[str, Json] | None:
    """Return the declaration beside a file: `<name>.toml`, or what a kind knows as one.

    Raises:
        BadFile: It is there but cannot be read.
        WrongDeclaration: Something in it cannot be taken; each line says where.
    """
    if file == "-":
        return None
    path = stem(Path(file))
    others = [name for terminal in terminals().values() for name in terminal.documents]
    names = ("{name}.toml", *others)
    candidates = (path.with_name(one.replace("{name}", path.name)) for one in names)
    found = next((one for one in candidates if one.is_file()), None)
    return read(found) if found else None


def stem(path: Path) -> Path:
    """Return a path without what a file's name ends with: `data/scores` of `scores.csv.gz`."""
    return path.with_name(path.name.partition(".")[0])


def read(path: Path) -> dict[str, Json]:
    """Read a declaration, TOML or JSON, or what a kind reads as one.

    Raises:
        BadFile: It cannot be read, or is none.
        WrongDeclaration: Something in it cannot be taken; each line says where.
    """
    from pitlive.cli.declaration import load, parsed  # with its parsers, which few files need

    try:
        found = parsed(path.read_text("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: {error}, want a TOML or JSON file in UTF-8") from None
    declared = terminal_of(found).declaration(found)
    return load(path) if declared is None else declared
