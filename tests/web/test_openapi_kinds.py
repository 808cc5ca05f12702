"""Of every kind of source: what its schemas take is what its checks take, and nothing else.

Both ways. What the schemas generate is taken, up to `unsaid`; right things that were spoilt are
valid just where they are taken.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pitlive import apps
from pitlive.declared.alike import batch
from pitlive.declared.validation import known
from pitlive.errors import BadSpec
from pitlive.kind import kinds
from pitlive.messages import Entry, Json
from pitlive.web.document.components import (
    MARK,
    OWN,
    Components,
    SchemaClash,
    all_schemas,
)
from pitlive.web.edge import edges
from tests.web.right import DECLARED, RIGHT, whole
from tests.web.unsaid import DECLARATIONS, ENTRIES, is_unsaid, refusals

DOCS = Path(__file__).parents[2] / "docs"
SEEN_MS = 1_700_000_000_000
THOROUGH = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

VALUES = st.one_of(
    st.sampled_from(
        [None, True, False, 0, 1, -1, 5.0, 1.5, 0.25, 7, 2000, 2001, 10**9, 10**9 + 1]  # noqa: RUF005
        + [10**13, 10**13 + 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**53 + 1, "", "7", "24", "99"]
        + ["x" * 8, "x" * 9, "x" * 64, "x" * 65, "x" * 200, "x" * 201, "a b", "a*", "decision/2"]
        + ["add", "lap", "flush", "tick", "retract", "order", "reading", "yellow", "text", "bolt"]
        + [[], {}, [1], ["a"], {"": 5}, {"": "x"}, {"300/5": 1}, {"a": {"current": 1, "total": 2}}]
    ),
    st.integers(-(2**53), 2**53),
    st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: round(x, 2)),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
).map(deepcopy)


def spec_of(kind: str) -> Mapping[str, Json]:
    """The declaration of a kind, as it is kept."""
    return kinds()[kind].spec(DECLARED[kind])


@cache
def document() -> dict[str, Any]:
    """All schemas of the document."""
    return all_schemas(edges())


def closed(schemas: Mapping[str, Json]) -> dict[str, Json]:
    """Schemas by which an object has the fields that they name alone, unless they say otherwise."""
    return {
        name: {"additionalProperties": False, **one} if "properties" in one else one
        for name, one in schemas.items()
    }


@cache
def judge_of(name: str) -> Any:
    """The validator of a schema of the document."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": document()}}
    return jsonschema_rs.validator_for(schema)


@cache
def exact_judge(kind: str) -> Any:
    """The validator of entries of the source of a kind."""
    return jsonschema_rs.validator_for(dict(kinds()[kind].entry_schema(spec_of(kind))))


def generated(schema: Json, components: Mapping[str, Json]) -> st.SearchStrategy[Json]:
    """What a schema takes, made up by schemathesis as the body of a request."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    route = {"requestBody": body, "responses": {"200": {"description": "OK"}}}
    around = {
        "openapi": "3.1.0",
        "info": {"title": "one schema", "version": "1"},
        "paths": {"/": {"post": route}},
        "components": {"schemas": dict(components)},
    }
    operation = schemathesis.openapi.from_dict(around)["/"]["POST"]
    made: st.SearchStrategy[Json] = operation.as_strategy().map(lambda case: case.body)
    return made


def within(schema: Json) -> Json:
    """A schema that stands alone, as a part of a document."""
    moved = json.dumps(schema).replace("#/$defs/", "#/components/schemas/")
    found = {k: v for k, v in json.loads(moved).items() if k not in ("$schema", "$defs")}
    return found, json.loads(moved)["$defs"]


@st.composite
def spoilt(draw: st.DrawFn, right: list[Json]) -> Json:
    """One of several right things, with a value, a field or a part of it changed."""
    thing = deepcopy(draw(st.sampled_from(right)))
    for _ in range(draw(st.integers(1, 2))):
        names = sorted({name for one in right for name in one} | {"uid", "at_ms", "amends", "x"})
        name = draw(st.sampled_from([*thing, *names, "revision", "origin", "retract", "id"]))
        below = thing.get(name)
        if isinstance(below, dict) and below and draw(st.booleans()):
            part = draw(st.sampled_from([*below, "x"]))
            below[part] = draw(VALUES)
        elif isinstance(below, list) and below and draw(st.booleans()):
            at = draw(st.integers(0, len(below) - 1))
            below[at] = draw(VALUES)
        elif draw(st.booleans()):
            thing.pop(name, None)
        else:
            thing[name] = draw(VALUES)
    return thing


def refusal(kind: str, entry: Json) -> str | None:
    """Why an entry is not taken, None if it is."""
    made = kinds()[kind].entry(entry, spec_of(kind), seen_ms=SEEN_MS)
    return None if isinstance(made, Entry) else f"{made.field}: got {made.got!r}, want {made.want}"


def spec_refusals(kind: str, declared: Json) -> list[str]:
    """Why a declaration is not taken, nothing if it is."""
    try:
        kinds()[kind].spec(declared)
    except BadSpec as bad:
        return refusals(str(bad))
    return []


@pytest.mark.parametrize("kind", DECLARED)
def test_entries_that_the_schema_of_a_source_generates_are_taken(kind: str) -> None:
    """Up to what no schema can say."""
    schema, components = within(kinds()[kind].entry_schema(spec_of(kind)))

    @given(generated(schema, components))
    @THOROUGH
    def is_taken(entry: Json) -> None:
        why = refusal(kind, whole(entry))
        assert why is None or is_unsaid(kind, why, ENTRIES), (entry, why)

    is_taken()


@pytest.mark.parametrize("kind", DECLARED)
def test_a_spoilt_entry_is_valid_just_where_it_is_taken(kind: str) -> None:
    """By the schema of its source; what is taken is valid by the document, too."""
    general = judge_of(kinds()[kind].schemas().entry)

    @given(spoilt(RIGHT[kind]))
    @settings(THOROUGH, max_examples=250)
    def agree(entry: Json) -> None:
        entry = whole(entry)
        why, is_valid = refusal(kind, entry), exact_judge(kind).is_valid(entry)
        if why is None:
            assert is_valid or exact_judge(kind).is_valid(filled(entry)), entry
            assert general.is_valid(entry) or general.is_valid(timed(kind, filled(entry))), entry
        else:
            assert not is_valid or is_unsaid(kind, why, ENTRIES), (entry, why)

    agree()


def filled(entry: Json) -> Json:
    """The entry without null, which is as good as absent, also where no schema names the field."""
    return {name: value for name, value in entry.items() if value is not None}


def timed(kind: str, entry: Json) -> Json:
    """The entry without an `at_ms` that the declaration of its type passes over.

    Where that names the field that has the time, and it is there, anything may stand in `at_ms`;
    the schema of the source says so, that of all declared sources says what is usual.
    """
    field = "t" if entry.get("type") == "delivery" else "ordered"
    passed_over = kind == "declared" and field in entry
    return {name: value for name, value in entry.items() if name != "at_ms" or not passed_over}


@pytest.mark.parametrize("kind", DECLARED)
def test_declarations_that_the_document_generates_are_taken(kind: str) -> None:
    """Up to what no schema can say."""
    name = kinds()[kind].schemas().declaration
    schema = {"$ref": f"#/components/schemas/{name}"}

    @given(generated(schema, document()))
    @settings(THOROUGH, max_examples=30)
    def is_taken(declared: Json) -> None:
        found = spec_refusals(kind, whole(declared))
        unknown = [why for why in found if not is_unsaid(kind, why, DECLARATIONS)]
        assert not unknown, (declared, unknown)

    is_taken()


@pytest.mark.parametrize("kind", DECLARED)
def test_a_spoilt_declaration_is_valid_just_where_it_is_taken(kind: str) -> None:
    """By the document."""
    judge = judge_of(kinds()[kind].schemas().declaration)

    @given(spoilt([DECLARED[kind]]).filter(lambda declared: declared.get("kind") == kind))
    @settings(THOROUGH, max_examples=200)
    def agree(declared: Json) -> None:
        declared = whole(declared)
        found = spec_refusals(kind, declared)
        if not found:
            assert judge.is_valid(declared), declared
        elif judge.is_valid(declared):
            unknown = [why for why in found if not is_unsaid(kind, why, DECLARATIONS)]
            assert not unknown, (declared, unknown)

    agree()


def test_what_is_checked_by_column_is_valid() -> None:
    """Many entries at once are looked at by other code than one."""
    spec = known(spec_of("declared"))
    judge = exact_judge("declared")

    @given(st.lists(spoilt(RIGHT["declared"]), min_size=1, max_size=1))
    @settings(THOROUGH, max_examples=200)
    def is_valid(entries: list[Json]) -> None:
        if batch(entries * 2, spec, SEEN_MS) is not None:
            assert all(map(judge.is_valid, entries)), entries

    is_valid()


@pytest.mark.parametrize("kind", DECLARED)
def test_right_things_are_right(kind: str) -> None:
    """Those that are spoilt here: taken, and valid by every schema that is about them."""
    assert spec_refusals(kind, DECLARED[kind]) == []
    assert judge_of("Declaration").is_valid(DECLARED[kind])
    for entry in RIGHT[kind]:
        assert refusal(kind, entry) is None, entry
        for judge in (exact_judge(kind), judge_of("Entry"), judge_of("EntryOrEntries")):
            assert judge.is_valid(entry), entry


def test_a_declaration_without_a_kind_is_of_the_default_one() -> None:
    """Only of that one, for the others must name theirs."""
    judge = judge_of("Declaration")
    assert judge.is_valid({"laps": 500})
    assert not judge.is_valid({"laps": 0})
    assert not judge.is_valid({"rows": 5, "columns": [{"name": "n"}]})
    assert not judge.is_valid({"kind": "nothing"})


@pytest.mark.parametrize("name", kinds())
def test_what_a_kind_brings_says_so(name: str) -> None:
    """Every schema of it."""
    for schema in kinds()[name].schemas().definitions:
        assert document()[schema][MARK] == name


def test_a_schema_of_a_kind_may_not_take_a_name_of_ours() -> None:
    """Neither that of an answer nor one that is made of all kinds."""
    components = Components()
    components.add(OWN, {"Problem": {"type": "object"}})
    for name in ("Problem", "Entry"):
        with pytest.raises(SchemaClash, match=f"schema {name}: .*rally.*PitLive itself"):
            components.add("rally", {name: {"type": "string"}})


def blocks(page: str, language: str) -> Iterator[str]:
    """The examples of a page in a language."""
    text = (DOCS / page).read_text()
    yield from re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def objects(texts: Iterable[str]) -> Iterator[Json]:
    """The JSON objects of some examples, of each line one if it is not one as a whole."""
    for text in texts:
        try:
            yield json.loads(text)
        except ValueError:
            yield from map(json.loads, text.splitlines())


def test_the_declarations_of_the_docs_are_valid() -> None:
    """Whole ones: those with a kind."""
    judge = judge_of("Declaration")
    found = [tomllib.loads(text) for p in ("tables.md", "sources.md") for text in blocks(p, "toml")]
    found += list(objects(blocks("protocol.md", "json")))
    declared = [one for one in found if one.get("kind") in kinds()]
    assert len(declared) >= 4
    for one in declared:
        assert judge.is_valid(one), one


def test_the_entries_of_the_docs_are_valid() -> None:
    """Those that stand there as JSON."""
    pages = ("protocol.md", "tables.md", "sources.md", "election.md")
    found = [one for page in pages for one in objects(blocks(page, "json"))]
    reported = [one for one in found if {"uid", "us", "order"} & one.keys()]
    assert len(reported) >= 4
    for one in reported:
        assert judge_of("Entry").is_valid(one), one
    assert judge_of("EntryOrEntries").is_valid(reported)


@pytest.mark.parametrize("app", apps.names())
def test_what_an_app_declares_and_reports_is_valid(app: str) -> None:
    """By the document, and by the schema of the app's own source."""
    declared = apps.declaration(app)
    assert judge_of("Declaration").is_valid(declared)
    kind = kinds()[declared["kind"]]
    own = jsonschema_rs.validator_for(dict(kind.entry_schema(kind.spec(declared))))
    general = judge_of(kind.schemas().entry)
    for entry in islice(apps.entries(app, 1), 2000):
        assert own.is_valid(entry), entry
        assert general.is_valid(entry), entry


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("race", {"type": "lap", "car": "99", "lap": 1, "at_ms": 5}),
        ("table", {"type": "fill", "uid": "a", "column": 0, "v": 101}),
        ("figures", {"stat": "other:n", "us": 5, "rows": {"": {"x": 1}}}),
        ("declared", RIGHT["declared"][0] | {"item": "screw"}),
    ],
)
def test_the_schema_of_a_source_knows_what_it_declares(kind: str, wrong: Json) -> None:
    """What other sources of the kind take, it does not."""
    assert judge_of(kinds()[kind].schemas().entry).is_valid(wrong)
    assert not exact_judge(kind).is_valid(wrong)
    assert refusal(kind, wrong) is not None


def test_a_field_with_an_empty_name_is_kept_and_is_no_revision() -> None:
    """Alone and among many, where the declaration names no field for the revision."""
    delivery = RIGHT["declared"][1] | {"": "x"}
    assert refusal("declared", delivery) is None
    assert batch([delivery] * 2, known(spec_of("declared")), SEEN_MS) is not None
