"""The glossary as it should be: `python -m tests.glossary` writes its list of modules anew."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE, PAGES = ROOT / "pitlive", ROOT / "frontend/src"
PAGE = ROOT / "docs/glossary.md"
SHORT, NAMES = "## On screen, in short\n", "## Names of modules, in several rooms\n"
HEAD = "## Modules, room by room\n"

LABEL = re.compile(r"<(th|h1|h2|h3|dt|legend|label|summary)\b[^>]*>\s*([^<{]*[A-Za-z][^<{]*)")
VALUES = r"(?:[^<>{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
CHOICE = re.compile(rf"<button\b{VALUES}>\s*([^<{{]*[A-Za-z][^<{{]*)|\btext: '([^']+)'")
TITLE = re.compile(r"^(?:  \w+: '([^']+)',|.*\b(?:head|title): '([^']+)')", re.MULTILINE)
ENGLISH = ("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("s", "")
"""Endings of plurals, and what they are without."""


@cache
def modules() -> list[tuple[Path, ast.Module]]:
    """All modules but those that only begin a package."""
    files = sorted(PACKAGE.rglob("*.py"), key=lambda file: (str(file.parent), file.stem))
    named = [file for file in files if not file.stem.startswith("__")]
    return [(file.relative_to(PACKAGE), ast.parse(file.read_text())) for file in named]


def about(module: ast.Module) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(module) or "").partition("\n")[0]


def listed() -> str:
    """The list of modules, by room, each with what it is."""
    out = [HEAD]
    for room, found in groupby(modules(), key=lambda one: one[0].parent):
        name = "pitlive" if room == Path() else f"pitlive/{room}"
        out.append(f"\n### {name}\n\n")
        out += [f"- **{file.stem}**: {about(module)}\n" for file, module in found]
    return "".join(out)


def terms() -> list[str]:
    """All words that the tables explain, in their order; those of one line are several."""
    return _bold(_words())


def short() -> set[str]:
    """Labels of the screen that are explained as a whole."""
    return {*map(plain, _bold(_tables(SHORT)))}


def refused() -> set[str]:
    """Words that are not used for what they stand beside, and have no other meaning here."""
    rows = re.findall(r"^\| \*\*.*\| ([^|]*) \|$", _words(), re.MULTILINE)
    words = {word.strip() for row in rows for word in re.sub(r"\(.*?\)", "", row).split(",")}
    return {plain(word) for word in words if word} - {*map(plain, terms())}


def _words() -> str:
    page = PAGE.read_text()
    return page[: page.index(SHORT)] + page[page.index(NAMES) : page.index(HEAD)]


def _tables(head: str) -> str:
    return PAGE.read_text().partition(head)[2].partition("\n## ")[0]


def _bold(text: str) -> list[str]:
    rows = re.findall(r"^\| (\*\*.*?) \|", text, re.MULTILINE)
    return [term for row in rows for term in re.findall(r"\*\*(.+?)\*\*", row)]


def public_types() -> dict[str, list[Path]]:
    """Name of a class or a type → the modules that define it."""
    found = defaultdict(list)
    for file, module in modules():
        for name in _defined(module):
            found[name].append(file)
    return found


def _defined(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        name = ""
        if isinstance(node, ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        if name[:1].isupper() and not name.isupper():
            yield name


def labels() -> Iterator[str]:
    """What pages call what they show: heads of tables and sections, labels, names of forecasts."""
    for file in sorted(PAGES.rglob("*.svelte")):
        yield from (text.strip() for _, text in LABEL.findall(file.read_text()))
    for name in ("figures/words.ts", "race/columns.ts"):
        for a, b in TITLE.findall((PAGES / name).read_text()):
            yield a or b


def choices() -> Iterator[str]:
    """What can be pressed: the texts of switches and of buttons."""
    for file in sorted(PAGES.rglob("*.svelte")):
        yield from (text.strip() or chosen for text, chosen in CHOICE.findall(file.read_text()))


def plain(text: str) -> str:
    """A text as words are compared: small letters, each word in the singular.

    >>> plain("Entries, laps led (5 passes)")
    'entry lap led 5 pass'
    """
    return " ".join(map(_singular, re.findall(r"\w+", text.lower())))


def _singular(word: str) -> str:
    if word.endswith("ss"):
        return word
    for ending, instead in ENGLISH:
        if word.endswith(ending):
            return word.removesuffix(ending) + instead
    return word


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text().partition(HEAD)[0] + listed())
