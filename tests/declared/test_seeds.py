"""Numbers known before any entry: inline or in a table, by row key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pitlive.cli.declaration import load
from pitlive.cli.main import main
from pitlive.declared.seeds import at_depth, inlined
from pitlive.declared.validation import read
from pitlive.errors import BadSpec
from pitlive.messages import Entry
from tests.declared.laws import TYPES, folded

SHOP = """\
kind = "declared"

[entries.order.fields]
item = "text"
n = { type = "number", decimals = 1 }

[entries.delivery.fields]
item = "text"
n = { type = "number", decimals = 1 }

[[stats]]
name = "levels"
kind = "level"
by = ["item"]
of = "n"
adds = "delivery"
opening = { file = "stock.csv", key = ["item"], value = "on shelf" }
"""


def checked(folder: Path, stock: str, shop: str = SHOP) -> str:
    """What `pitlive check` says of a shop with this stock."""
    (folder / "shop.toml").write_text(shop)
    (folder / "stock.csv").write_text(stock)
    done = CliRunner().invoke(main, ["check", str(folder / "shop.toml")])
    return (done.stderr or done.stdout).replace(f"{folder}/", "").strip()


@pytest.mark.parametrize(
    ("stock", "said"),
    [
        ("item,n\nbolt,3\n", "stock.csv:1:1: header: got 'item,n', want the column on shelf"),
        ("", "stock.csv:1:1: header: got '', want the column item"),
        ("a,item,on shelf\n1,bolt,x\n", "stock.csv:2:8: on shelf: got 'x', want a finite number"),
        (
            'item,x,on shelf\n"a,""b",",",inf\n',
            "stock.csv:2:13: on shelf: got 'inf', want a finite number",
        ),
        ("item,on shelf\n ,1\n", "stock.csv:2:1: item: got '', want a text that names the row"),
        ("item,on shelf\na,1\na,1\n", "stock.csv:3:1: item: got 'a', want each key once"),
        (
            "item,on shelf\na,1.25\n",
            "shop.toml:17:11: stats.0.opening.a: got 1.25, want a multiple",
        ),
    ],
)
def test_what_is_wrong_in_a_table_is_said_by_line_and_column(
    tmp_path: Path, stock: str, said: str
) -> None:
    """Of the table, or of the declaration where the table is right in itself."""
    assert checked(tmp_path, stock).startswith(said)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{ file = "none.csv", key = ["item"], value = "n" }', "17:20: stats.0.opening.file: got"),
        ('{ file = "stock.csv", value = "n" }', "17:11: stats.0.opening.key: got"),
        ('{ file = "stock.csv", key = ["item"] }', "17:11: stats.0.opening.value: got nothing, "),
        ('{ file = "s.csv", key = "i", value = "n", x = 1 }', "17:57: stats.0.opening.x: got 1, "),
        ('{ "a/b" = 1 }', "17:21: stats.0.opening.a/b: got 'a/b', want a row key of item"),
        ("{ a = true }", "17:17: stats.0.opening.a"),
        ("3", "17:11: stats.0.opening: got 3, want "),
    ],
)
def test_what_is_wrong_with_where_it_is_said_by_its_place(
    tmp_path: Path, given: str, said: str
) -> None:
    """Also in numbers that stand inline."""
    lines = SHOP.splitlines()
    shop = "\n".join([*lines[:-1], f"opening = {given}"])
    assert checked(tmp_path, "item,n\na,1\n", shop).startswith(f"shop.toml:{said}")


def test_a_stock_of_50000_items_is_read_and_told_from_the_beginning(tmp_path: Path) -> None:
    """And the declaration that is sent holds it."""
    rows = [f"part {n},{n / 2}" for n in range(50_000)]
    (tmp_path / "shop.toml").write_text(SHOP)
    (tmp_path / "stock.csv").write_text("\n".join(["item,on shelf", *rows]))
    declared = load(tmp_path / "shop.toml")
    assert declared["stats"][0]["opening"]["part 7"] == 3.5
    stat = read(declared).stats[0]
    levels = folded(
        {**stat.model_dump(), "entries": "fact", "adds": "gain", "by": ["place"], "of": "n"},
        [[Entry("a", "fact", 5, {"place": "part 7", "n": 1.25})]],
    )
    assert len(levels) == 50_000
    assert levels["part 7"] == {"level": 2.25, "taken": 1.25, "added": 0}


def test_a_turnout_has_its_electorate_before_the_first_ballot() -> None:
    """Nought of so many; a ballot of nobody we know of counts, and its share is not known."""
    stat = {"kind": "rolling", "name": "x", "over_s": 60, "by": ["place"], "peak": True}
    stat |= {"totals": {"north": 4, "void": 0}}
    nothing = {"current": 0, "total": 4, "proportion": 0, "percentage": 0}
    nothing |= {"peak": 0, "peakProportion": 0, "peakPercentage": 0}
    assert folded(stat, []) == {"north": nothing, "void": nothing | {"total": 0}}
    facts = [Entry(p, "fact", 5, {"place": p}) for p in ("north", "moon", "void")]
    rows = folded(stat, [facts])
    assert rows["north"]["percentage"] == rows["north"]["peakPercentage"] == 25
    assert rows["moon"] == {"current": 1, "peak": 1}
    assert rows["void"]["proportion"] == 0
    gone = [Entry(f"-{p}", "retract", 6, {}, 1, p, retract=True) for p in ("north", "moon")]
    assert folded(stat, [facts, gone])["north"] == nothing
    assert "moon" not in folded(stat, [facts, gone])


@given(st.dictionaries(st.sampled_from(["a/x", "a/y", "b/x", "c/z"]), st.integers(0, 99)))
def test_a_row_without_a_number_of_its_own_has_the_sum_of_those_below(
    seeds: dict[str, int],
) -> None:
    """At every depth; one that has its own keeps it."""
    of_all = at_depth(seeds, 0)
    assert sum(at_depth(seeds, 1).values()) == sum(seeds.values())
    assert of_all == ({"": sum(seeds.values())} if seeds else {})
    assert at_depth(seeds | {"a": 7}, 1)["a"] == 7
    assert at_depth(seeds | {"a": 7}, 2) == seeds


@pytest.mark.parametrize("part", [{"totals": {"": -1}}, {"totals": {"x": 1}}, {"totals": "x"}])
def test_totals_are_numbers_of_rows_that_there_can_be(part: Any) -> None:
    """Nothing less than 0, and no other key than a row can have."""
    stat = {"kind": "rolling", "name": "x", "over_s": 9}
    with pytest.raises(BadSpec, match=r"^stats\.0\.totals.*: got .+, want .+"):
        read({"kind": "declared", "entries": TYPES, "stats": [stat | part]})


def test_over_http_no_file_is_read() -> None:
    """What a server is sent holds the numbers themselves."""
    stat = {"kind": "rolling", "name": "x", "over_s": 9}
    stat |= {"totals": {"file": "/etc/passwd", "key": ["a"], "value": "b"}}
    with pytest.raises(BadSpec, match=r"stats\.0\.totals\.file"):
        read({"kind": "declared", "entries": TYPES, "stats": [stat]})


json = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below),
    max_leaves=6,
)


@given(json, st.text(max_size=40))
def test_whatever_stands_there_it_is_read_or_told(given: Any, text: str) -> None:
    """Never a crash, whatever the declaration and the table hold."""
    file = {"file": "x", "key": ["a"], "value": "n"}
    for stats in (given, [given], [{"opening": given}], [{"opening": file | {"key": given}}]):
        inlined({"stats": stats}, lambda _: text)
    _, _, misread = inlined({"stats": [{"totals": file}]}, lambda _: f"a,n\n{text}")
    assert all(one.line >= 1 and one.column >= 1 and one.problem.want for one in misread)
