"""The glossary is whole: types, modules, and the words that people see."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

from tests import glossary

ONE_EACH = {"Spec": "declared/stats", "Stat": "declared/stats", "Feed": "race/feeds"}
"""Name of a protocol → where every module has what fulfils it."""

SCHEMAS = Path("web/schemas")
GENERATED = Path("client/types.py")


def test_a_public_type_has_a_name_of_its_own() -> None:
    """Whoever looks for a name finds one type, and that is what was meant."""
    shared = {}
    for name, files in glossary.public_types().items():
        kept = [f for f in files if f != GENERATED and str(f.parent) != ONE_EACH.get(name)]
        if len(kept) > 1:
            shared[name] = kept
    page = glossary.PAGE.read_text()
    told = re.findall(r"^\| (`.*?`) \| `web/schemas`", page, re.MULTILINE)
    assert {*shared} == {*re.findall(r"`(\w+)`", told[0])}
    assert all(SCHEMAS in {file.parent for file in files} for files in shared.values())


def test_every_module_is_listed_with_what_it_is() -> None:
    """`python -m tests.glossary` brings the list up to date."""
    page = glossary.PAGE.read_text()
    assert page[page.index(glossary.HEAD) :] == glossary.listed()


def test_a_name_of_modules_in_several_rooms_is_a_word_of_the_tables() -> None:
    """What is called the same in two rooms is the same, and the tables say what."""
    rooms = defaultdict(set)
    for file, _ in glossary.modules():
        rooms[file.stem].add(file.parent)
    explained = {glossary.plain(term) for term in glossary.terms()}
    several = {name for name, where in rooms.items() if len(where) > 1}
    assert {n for n in several if glossary.plain(n) not in explained} == set()


def test_a_word_is_explained_once() -> None:
    """Two explanations would be two meanings."""
    assert [term for term, n in Counter(glossary.terms()).items() if n > 1] == []


def test_what_people_see_is_called_as_the_glossary_has_it() -> None:
    """Every label has a word of the tables or is explained whole; nothing has one they refuse."""
    labels, short = {*map(glossary.plain, glossary.labels())}, glossary.short()
    known = {*map(glossary.plain, glossary.terms())}
    assert {label for label in labels - short if not _holds(label, known)} == set()
    seen = labels | {*map(glossary.plain, glossary.choices())}
    assert {label for label in seen if _holds(label, glossary.refused())} == set()
    assert short <= labels


def _holds(label: str, words: set[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", label) for word in words)
