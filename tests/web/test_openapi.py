"""The OpenAPI document and the server say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from pitlive.declared.registry import STATS
from pitlive.json_schema import ref
from pitlive.kind import kinds
from pitlive.settings import load
from pitlive.web.app import create_app
from pitlive.web.document.components import MARK, all_schemas
from pitlive.web.edge import edges
from tests.declared.declared import RIGHT as SHOP
from tests.stack import Stack, wait_for
from tests.web.conftest import entries_of
from tests.web.right import ANY_CAR, RIGHT, whole
from tests.web.test_openapi_kinds import generated, judge_of, within
from tests.web.unsaid import DECLARATIONS, ENTRIES, QUERIES, is_unsaid, refusals

SERVICE = ("/healthz", "/readyz", "/metrics", "/openapi/openapi.json", "/static/widgets/")
"""Documented routes that are of no source."""

KEYWORDS = {
    *("$ref", "additionalProperties", "allOf", "anyOf", "const", "default", "description", "enum"),
    *("discriminator", "example", "exclusiveMaximum", "exclusiveMinimum", "items", "maxItems"),
    *("maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum"),
    *("multipleOf", "not", "oneOf", "pattern", "patternProperties", "prefixItems", "properties"),
    *("propertyNames", "required", "title", "type", "uniqueItems", MARK),
}
"""What schemas may be made of: JSON Schema's keywords, OpenAPI's, and ours."""

UNHEALTHY = list(HealthCheck)
"""Cases are made from schemas, so slowly that hypothesis would have us write them ourselves."""

ALWAYS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson", "text/csv")
def as_it_is(_: Any, value: Any) -> bytes:
    """Text is sent as text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def app(_shared_stack: Stack) -> Flask:
    """An app with a source of each kind that has entries, and something set aside."""
    made = create_app(load(redis_url=_shared_stack.redis_url))
    for kind, declared in ANY_CAR.items():
        web, reported = made.test_client(), [*RIGHT[kind], {"type": "none"}]
        text = json.dumps(declared)  # as it is: Flask's client would sort the types of entries
        to = f"/api/v1/sources/{named(kind)}"
        answer = web.put(to, data=text, content_type="application/json")
        assert answer.status_code == 200, answer.text
        answer = web.post(entries_of(named(kind)), json=reported)
        assert answer.status_code == 200, answer.text
        assert len(answer.json["refused"]) == 1, answer.text
    rows = f"/api/v1/sources/{named('table')}/rows"
    wait_for(lambda: made.test_client().get(rows).status_code == 200, "the table", _shared_stack)
    return made


def named(kind: str) -> str:
    """The source of a kind."""
    return f"openapi-{kind}"


@pytest.fixture(scope="module")
def document(app: Flask) -> Any:
    """The document as the server gives it."""
    return schemathesis.openapi.from_wsgi("/openapi/openapi.json", app)


@pytest.mark.timeout(900)  # all routes in one: it is long on a busy machine
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_route_keeps_to_the_document(
    document: Any, mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    """Whatever is sent, right or wrong, is answered as documented."""
    for operation in callable_operations(document, mode):
        with subtests.test(operation.label):
            keeps_to_the_document(operation, mode)


def test_the_schemas_have_no_keyword_that_json_schema_has_not(app: Flask) -> None:
    """Pydantic leaves what it cannot say as it is called in Python, and then it says nothing."""
    assert {*keywords(app.spec_json["components"]["schemas"])} <= KEYWORDS  # type: ignore[attr-defined]


def keywords(schemas: Mapping[str, Any]) -> Iterator[str]:
    """The keywords of some schemas and of all that stand in them."""
    for schema in schemas.values():
        yield from schema
        for keyword, below in schema.items():
            if keyword in ("properties", "patternProperties", "$defs"):
                yield from keywords(below)
            elif keyword in ("items", "additionalProperties", "not") and isinstance(below, dict):
                yield from keywords({"": below})
            elif keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
                yield from keywords(dict(enumerate(below)))


def callable_operations(document: Any, mode: GenerationMode) -> Iterator[Any]:
    """All operations but streams, which never end, and readiness, which may honestly be 503."""
    for operation in (result.ok() for result in document.get_all_operations()):
        can_be_wrong = operation.body or operation.path_parameters or operation.query
        is_left_out = operation.path.endswith(("events", "readyz")) or operation.path == "/{source}"
        if is_left_out or (mode.is_negative and not can_be_wrong):
            continue
        yield operation


def keeps_to_the_document(operation: Any, mode: GenerationMode) -> None:
    """Send cases of that mode to an operation, and check each answer."""

    own = operation.definition.raw.get(MARK)  # who adds it: other kinds answer that they lack it

    @given(
        operation.as_strategy(generation_mode=mode), st.sampled_from([own] if own else [*ANY_CAR])
    )
    @settings(max_examples=16, deadline=None, derandomize=True, suppress_health_check=UNHEALTHY)
    def send(case: Case, kind: str) -> None:
        if mode.is_positive:
            source = "redeclared" if case.method in ("PUT", "DELETE") else named(kind)
            if "source" in (case.path_parameters or {}):
                case.path_parameters["source"] = source
            case.body = whole(case.body)
        case.headers = {**(case.headers or {}), "Accept-Encoding": "identity"}  # else it is packed
        case.call_and_validate(checks=[*ALWAYS, *checks_of(case, mode)])

    send()


def checks_of(case: Case, mode: GenerationMode) -> list[Any]:
    """What holds besides: right is taken and wrong refused, except by whoever judges each entry."""
    judges_each = case.operation.path.endswith("/entries") and case.method == "POST"
    if mode.is_negative:
        return [] if judges_each else [negative_data_rejection]
    if judges_each:  # of another kind than the source, or text
        return []
    return [accepted_or_for_a_known_reason]


def accepted_or_for_a_known_reason(_: Any, response: Any, case: Case) -> None:
    """What is valid is taken, unless by a rule that no schema can say."""
    if response.status_code != 422:
        positive_data_acceptance(_, response, case)
        return
    kind = case.body.get("kind", "race") if case.method == "PUT" else ""
    rules = DECLARATIONS if case.method == "PUT" else QUERIES
    found = refusals(response.json()["detail"])
    unknown = [line for line in found if not is_unsaid(kind, line, rules)]
    assert not unknown, unknown


def test_entries_that_the_document_generates_are_taken(
    app: Flask, subtests: pytest.Subtests
) -> None:
    """One or several: each is, unless the schema of its own source or a known rule says why not."""
    for kind in ANY_CAR:
        with subtests.test(kind):
            entries_are_taken(app.test_client(), kind)


def entries_are_taken(web: FlaskClient, kind: str) -> None:
    """Post entries that the schema of the kind takes, and some that the source's own does."""
    schema = web.get(f"/api/v1/sources/{named(kind)}/schema").json
    own = jsonschema_rs.validator_for(schema)
    at_once = {"Prefer": "respond-async"}  # what the fold makes of it, no schema says

    entry = ref(kinds()[kind].schemas().entry)

    @given(bodies(entry, all_schemas(edges())) | bodies(*within(schema)))
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=UNHEALTHY)
    def are_taken(body: Any) -> None:
        assert judge_of("EntryOrEntries").is_valid(body)
        entries = whole(body) if isinstance(body, list) else [whole(body)]
        told = web.post(entries_of(named(kind)), json=whole(body), headers=at_once).json
        refused = told["refused"]
        assert told["accepted"] + told["repeats"] + len(refused) == len(entries), told
        for one in refused:
            why = f"{one['field']}: got {one['got']!r}, want {one['want']}"
            is_known = is_unsaid(kind, why, ENTRIES) or not own.is_valid(entries[one["index"]])
            assert is_known, (entries[one["index"]], why)

    are_taken()


def bodies(entry: Any, components: Any) -> st.SearchStrategy[Any]:
    """One entry or several of a schema."""
    several = {"type": "array", "items": entry, "maxItems": 20}
    return generated({"anyOf": [entry, several]}, components)


def test_a_declared_source_is_described_in_the_document(web: FlaskClient) -> None:
    """Beside the race: every kind of stat, and what a declaration of one must have."""
    document = web.get("/openapi/openapi.json").json
    written = document["components"]["schemas"]
    body = document["paths"]["/api/v1/sources/{source}"]["put"]["requestBody"]["content"]
    assert body["application/json"]["schema"] == {"$ref": "#/components/schemas/Declaration"}
    judge = jsonschema_rs.validator_for(
        {**written["Declaration"], "components": document["components"]}
    )
    assert judge.is_valid(SHOP)
    assert judge.is_valid({"kind": "race"})
    assert not judge.is_valid(SHOP | {"stats": [{"kind": "count"}]})
    assert {f"{kind.title().replace('_', '')}Stat" for kind in STATS} <= written.keys()


def test_the_document_names_every_route_of_the_interface(app: Flask) -> None:
    """A route that is not documented does not exist for anybody."""
    routed = {
        (re.sub(r"<(?:[^<:]+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/api/", *SERVICE)) or rule.rule == "/<source>"
    }
    paths = app.test_client().get("/openapi/openapi.json").json["paths"]

    assert routed == {(path, method) for path, methods in paths.items() for method in methods}


def test_an_answer_whose_fields_are_not_all_named_may_have_others(web: FlaskClient) -> None:
    """Said outright, for generators of types take an object without properties as an empty one."""
    paths = web.get("/openapi/openapi.json").json["paths"]
    schemas = [
        media["schema"]
        for methods in paths.values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for media in answer.get("content", {}).values()
    ]
    objects = [one for one in schemas if one.get("type") == "object" and "properties" not in one]
    assert objects
    assert all(one["additionalProperties"] is True for one in objects)


def test_what_the_document_gives_as_an_example_is_taken(web: FlaskClient, source: str) -> None:
    """Whoever copies an example gets an answer that things are well."""
    paths = web.get("/openapi/openapi.json").json["paths"]
    bodies = [
        (method, path.format(source=source), mimetype, body["example"])
        for path, methods in paths.items()
        for method, operation in methods.items()
        for mimetype, body in operation.get("requestBody", {"content": {}})["content"].items()
    ]

    for method, path, mimetype, example in sorted(bodies, key=lambda body: body[0] == "post"):
        data = example if isinstance(example, str) else json.dumps(example)
        answer = web.open(path, method=method, data=data, content_type=mimetype)
        assert answer.status_code in (200, 201), answer.text
        assert not answer.json.get("refused")
    assert len(bodies) == 5


def test_the_page_that_shows_the_document_loads_nothing_from_elsewhere(web: FlaskClient) -> None:
    """On a pit wall without an uplink it works all the same."""
    page = web.get("/openapi/")

    addresses = re.findall(r'(?:src|href|data-url)="(?!data:)([^"]+)"', page.text)
    assert addresses == ["openapi.json", "/openapi/scalar/js/scalar.standalone.js"]
    with web.get(addresses[1]) as script:
        assert script.status_code == 200
    assert "http" not in page.headers["Content-Security-Policy"]
