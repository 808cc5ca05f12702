"""`pitlive check`: what is wrong in a declaration, by line and column."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import tomli_w
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pitlive.cli.declaration import wrong
from pitlive.cli.main import main
from pitlive.cli.positions import Positions, TextPosition
from pitlive.kind import kinds
from tests.declared.declared import EVERYTHING, RIGHT

TEXT = """\
kind = "declared"
lateness_ms = "2 s"

[entries.score.fields]
student = "text"
"school" = "txt"
score = { type = "integer", mi = 1 }

[[stats]]  # the first
name = "é"
kind = "mean"
of = "scor"

[[stats]]
name = "best"
kind = "ranking"
by = ["student", "clas"]
"""

PROBLEMS = """\
2:15: lateness_ms: got '2 s', want a valid integer
6:12: entries.score.fields.school.type: got 'txt', want one of text, number, integer, boolean
7:34: entries.score.fields.score.mi: got 1, want no such part; one of required, column, type, min, \
max, decimals, rounds
10:8: stats.0.name: got '\\xe9', want a name that matches ^[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.:-]+)*$
14:3: stats.1.of: got nothing, want the field whose mean is compared
"""


def test_every_problem_is_one_line_with_its_place(tmp_path: Path) -> None:
    """Exit code 2, in the order of the file."""
    file = tmp_path / "x.toml"
    file.write_text(TEXT)
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 2
    assert done.stderr.replace(f"{file}:", "") == PROBLEMS


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("a.toml", 'kind = "declared"\nname = \n', "a.toml:2:8: syntax: Invalid value"),
        ("a.toml", "kind = '", "a.toml:1:9: syntax: "),
        ("a.json", '{"kind":\n "declared",}', "a.json:2:13: syntax: "),
        ("a.json", "[" * 100_000, "a.json:1:100001: syntax: "),
        ("a.json", "3", "a.json:1:1: declaration: got 3, want an object"),
        ("a.toml", 'kind = "race"\nlaps = 0\n', "a.toml:2:8: laps: got 0, want "),
        ("a.json", '{"entries": {},\n "stats": {}}', "a.json:1:1: kind: got nothing, want it"),
        (
            "a.toml",
            'name = "x"\nkind = "shop"',
            "a.toml:2:8: kind: got 'shop', want one of declared,",
        ),
        ("a.json", '{"kind":\n [1]}', "a.json:2:2: kind: got [1], want one of declared, figures,"),
        ("a.toml", 'kind = "figures"\nstats = 3\n', "a.toml:2:9: stats: got 3, want "),
    ],
)
def test_what_cannot_be_read_is_said_with_line_and_column(name: str, text: str, where: str) -> None:
    """As the parser tells it."""
    assert next(wrong(text, name)).startswith(where)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_part_of_json_has_its_place(indent: int | None) -> None:
    """However it is laid out; the place is that of the value."""
    text = json.dumps(RIGHT, indent=indent)
    at = Positions(text, is_json=True).of(("stats", 1, "where"))
    rest = text.split("\n")[at.line - 1][at.column - 1 :]
    assert rest.startswith('"quantity >= 10')


def test_tables_lists_and_points_in_keys_are_followed() -> None:
    """All ways in which TOML lets one write a place."""
    text = 'a."b c".d = [1, {e = 2}]\n[[x.y]]\nz.q = 1\n[x.y.w]\nv = 3\n[[x.y]]\nz = 4\n'
    positions = Positions(text, is_json=False)
    assert positions.of(("a", "b c", "d", 1, "e")) == TextPosition(1, 22)
    assert positions.of(("x", "y", 0, "z", "q")) == TextPosition(3, 7)
    assert positions.of(("x", "y", 0, "w", "v")) == TextPosition(5, 5)
    assert positions.of(("x", "y", 1, "z")) == TextPosition(7, 5)
    assert positions.of(("x", "y", 1, "absent")) == TextPosition(6, 3)


LINES = st.sampled_from([*TEXT.splitlines(), *tomli_w.dumps(EVERYTHING).splitlines()])


@settings(max_examples=400, deadline=None)
@given(
    st.lists(LINES | st.text(max_size=20) | st.tuples(LINES, LINES).map(" ".join), max_size=14),
    st.sampled_from(["x.toml", "x.json"]),
)
def test_whatever_the_text_every_line_says_where(lines: list[str], name: str) -> None:
    """Never a crash; file, line, column, what was there and what would do."""
    for line in wrong("\n".join(lines), name):
        assert re.match(rf"{name}:\d+:\d+: .+want .+", line), line


def test_a_right_declaration_is_summed_up(tmp_path: Path) -> None:
    """Its entries and its channels."""
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(RIGHT))
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 0
    said = "right; entries: order; 4 stats, each a channel: turnover, large, best, minutes"
    assert done.output == f"{file}: {said}\n"


def test_the_schema_takes_what_is_right_and_refuses_what_is_not() -> None:
    """An editor that has it says the same."""
    written = json.loads(CliRunner().invoke(main, ["check", "--schema"]).output)
    judge = jsonschema_rs.validator_for(written)
    assert [str(error) for error in judge.iter_errors(EVERYTHING)] == []
    stock = {"file": "stock.csv", "key": ["item"], "value": "n"}
    (level,) = [stat for stat in EVERYTHING["stats"] if stat["name"] == "shelf"]
    level = level | {"opening": stock}
    assert judge.is_valid(EVERYTHING | {"stats": [level]})
    assert not judge.is_valid(EVERYTHING | {"stats": [level | {"opening": stock | {"key": 3}}]})
    assert not judge.is_valid(RIGHT | {"nme": "Shop"})
    assert not judge.is_valid(RIGHT | {"stats": [{"name": "x", "kind": "median"}]})
    assert not judge.is_valid(RIGHT | {"entries": {"order": {"fields": {"item": "txt"}}}})


def test_the_schema_describes_every_part() -> None:
    """An editor shows what it is for."""
    written = json.loads(CliRunner().invoke(main, ["check", "--schema"]).output)
    models = {"": written, **written["$defs"]}
    nothing = [
        (name, part)
        for name, model in models.items()
        for part, schema in model["properties"].items()
        if not schema.get("description")
    ]
    assert nothing == []


@pytest.mark.parametrize("text", ["", "\n", "# later\n"])
def test_a_file_that_declares_nothing_is_no_race(text: str, tmp_path: Path) -> None:
    """Most likely it was not written to the end."""
    file = tmp_path / "x.toml"
    file.write_text(text)
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 2
    assert done.stderr == f'{file}:1:1: got nothing, want a declaration, such as kind = "race"\n'


def test_figures_are_checked_as_what_they_are(tmp_path: Path) -> None:
    """And not as a source that is declared, of which they have no entries."""
    file = tmp_path / "x.toml"
    file.write_text('kind = "figures"\n[[stats]]\nname = "other:n"\nkind = "single_value"\n')
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.output == f"{file}: right; figures of another program: other:n\n"


@pytest.mark.parametrize("name", kinds())
def test_every_kind_has_its_schema(name: str) -> None:
    """It takes what the kind takes, and refuses another one's."""
    written = json.loads(CliRunner().invoke(main, ["check", "--schema", "--kind", name]).output)
    judge = jsonschema_rs.validator_for(written)
    right = {
        "race": {"kind": "race", "cars": [{"car": "24"}]},
        "declared": RIGHT,
        "table": {"kind": "table", "rows": 3, "columns": [{"name": "n"}]},
        "figures": {"kind": "figures", "stats": [{"name": "other:n", "kind": "generic"}]},
    }
    assert [one for one, declared in right.items() if judge.is_valid(declared)] == [name]


@pytest.mark.parametrize(
    ("arguments", "want"),
    [
        (["--schema", "--kind", "shop"], "--kind: got 'shop', want one of declared, figures,"),
        (["x.toml", "--kind", "race"], "--kind: want it with --schema"),
    ],
)
def test_a_kind_that_is_none_is_wrong_usage(arguments: list[str], want: str) -> None:
    """And so is one that nobody asked for."""
    done = CliRunner().invoke(main, ["check", *arguments])
    assert done.exit_code == 2
    assert want in done.stderr
