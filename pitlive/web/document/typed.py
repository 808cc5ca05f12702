"""`python -m pitlive.web.document.typed > pitlive/client/types.py`: answers and events as types.

The Python client knows nothing of the server but the document. What only a kind of source
answers is left out: which kinds there are differs from one installation to another.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from keyword import iskeyword
from textwrap import wrap

from pitlive.messages import Json
from pitlive.web.document.components import answer_schemas

WIDTH = 100

HEAD = '''"""What a server answers and sends, as types: generated from the OpenAPI document.

Not to be edited: `python -m pitlive.web.document.typed` writes it. What is not known is absent.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
'''

NAMES: Mapping[str, str] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}


def module(schemas: Mapping[str, Json]) -> str:
    """Return the text of a module with a `TypedDict` for each schema of an object.

    >>> taken = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    >>> print(module({"Taken": taken | {"description": "What was taken."}}).removeprefix(HEAD))
    <BLANKLINE>
    <BLANKLINE>
    class Taken(TypedDict):
        \"\"\"What was taken.\"\"\"
    <BLANKLINE>
        n: int
    <BLANKLINE>
    """
    objects = ((name, one) for name, one in schemas.items() if "properties" in one)
    found = sorted(objects, key=lambda named: (_has_keywords(named[1]), named[0]))
    return HEAD + "".join(f"\n\n{_written(name, one)}\n" for name, one in found)


def type_of(schema: Mapping[str, Json]) -> str:
    """Return the type of what a schema takes.

    >>> type_of({"anyOf": [{"type": "string"}, {"type": "null"}]})
    'str | None'
    >>> type_of({"type": "array", "items": {"$ref": "#/components/schemas/Refused"}})
    'list[Refused]'
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(map(type_of, schema["anyOf"]))
    if "const" in schema or "enum" in schema:
        listed = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(map(_quoted, listed))}]"
    type = schema.get("type")
    if type == "array":
        items = schema.get("items") or schema.get("prefixItems", [{}])[0]
        return f"list[{type_of(items)}]"
    if type == "object":
        below = schema.get("additionalProperties")
        return f"dict[str, {type_of(below) if isinstance(below, Mapping) else 'Any'}]"
    return NAMES.get(str(type), "Any")


def _written(name: str, schema: Mapping[str, Json]) -> str:
    about = schema.get("description", "")
    fields = {field: _field(field, schema) for field in schema["properties"]}
    if _has_keywords(schema):
        listed = "\n".join(_line(f'"{field}"', type, 8, ",") for field, type in fields.items())
        text = f'{name} = TypedDict(\n    "{name}",\n    {{\n{listed}\n    }},\n)'
        return f"{text}\n{_doc(about, '')}"
    lines = [f"class {name}(TypedDict):", _doc(about, "    "), ""]
    for field, type in fields.items():
        lines.append(_line(field, type, 4))
        if said := schema["properties"][field].get("description"):
            lines.append(_doc(said, "    "))
    return "\n".join(lines)


def _field(name: str, schema: Mapping[str, Json]) -> str:
    type = type_of(schema["properties"][name])
    return type if name in schema.get("required", ()) else f"NotRequired[{type}]"


def _has_keywords(schema: Mapping[str, Json]) -> bool:
    """Whether a field is called as no attribute can be: such an object comes after the others."""
    return any(map(iskeyword, schema["properties"]))


def _line(field: str, type: str, indent: int, end: str = "") -> str:
    """A field, over several lines where it is too long for one."""
    before = " " * indent
    line = f"{before}{field}: {type}{end}"
    if len(line) <= WIDTH:
        return line
    outer, _, inner = type.removesuffix("]").partition("[")
    return f"{before}{field}: {outer}[\n{before}    {inner}\n{before}]{end}"


def _doc(text: str, indent: str) -> str:
    line = f'{indent}"""{text}"""'
    if len(line) <= WIDTH:
        return line
    first, *rest = wrap(text, WIDTH - len(indent) - 3)
    return "\n".join([f'{indent}"""{first}', *(f"{indent}{one}" for one in rest), f'{indent}"""'])


def _quoted(value: Json) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


if __name__ == "__main__":
    sys.stdout.write(module(answer_schemas()))
