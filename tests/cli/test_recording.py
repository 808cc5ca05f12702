"""Files as rows to be sent."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pitlive.cli.beside import declaration, read
from pitlive.cli.recording import RecordedRow, play
from pitlive.errors import BadFile
from pitlive.feeds.lines import LineRefused, Reported

EVENTS = b'{"type":"flag","flag":"green","at_ms":9}\n{"type":"flag","flag":"red","at_ms":4}\n'
TABLE = b"car,lap,at_ms\n7,1,90\n8,1,80\n"


def write(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def rows_of(file: str, sort: bool | None = None) -> list[RecordedRow]:
    with play(file, None, sort) as recording:
        return list(recording.rows)


def key(file: str, options: str = "") -> str | None:
    with play(file, None, None, options) as recording:
        return recording.key


def times(file: str, sort: bool | None = None) -> list[int]:
    rows = rows_of(file, sort)
    return [row.entry["at_ms"] for row in rows if isinstance(row, Reported)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_first_bytes_say_what_a_file_is(tmp_path: Path, pack: type[bytes]) -> None:
    """Whatever its name: gzip or not, lines or table."""
    assert times(write(tmp_path, "a", pack(EVENTS))) == [9, 4]
    assert times(write(tmp_path, "b", pack(TABLE))) == [80, 90]


def test_tables_are_sorted_by_time_unless_told_otherwise(tmp_path: Path) -> None:
    """They are often in order of car; lines come as they were written down."""
    assert times(write(tmp_path, "a", TABLE), sort=False) == [90, 80]
    assert times(write(tmp_path, "b", EVENTS), sort=True) == [4, 9]


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    """Nothing to send is not an error."""
    assert times(write(tmp_path, "a", b"")) == []


def test_a_gzip_cut_off_says_so_after_its_whole_lines(tmp_path: Path) -> None:
    """What could be unpacked is there; then it says after which line it ends."""
    lines = b"".join(b'{"type":"note","at_ms":%d,"text":"%d"}\n' % (n, n**9) for n in range(5000))
    read: list[RecordedRow] = []
    with play(write(tmp_path, "a.gz", gzip.compress(lines)[:-4000]), None, None) as recording:
        with pytest.raises(BadFile, match=r"a\.gz, after line \d+: .*want a whole gzip file"):
            read.extend(row for row in recording.rows)
        assert next(recording.rows, None) is None
    assert len(read) > 100


def test_a_json_array_is_not_one_object_a_line(tmp_path: Path) -> None:
    """And what would make it so is said."""
    with pytest.raises(BadFile, match="jq"):
        rows_of(write(tmp_path, "a.json", b'[\n {"car": "7"}]'))


def test_broken_text_names_its_line(tmp_path: Path) -> None:
    """In a table and in lines."""
    with pytest.raises(BadFile, match=r"line 2: .*want UTF-8"):
        rows_of(write(tmp_path, "a", b"car,lap,at_ms\n\xff,1,2\n"))
    (bad,) = rows_of(write(tmp_path, "b", b'{"car":"\xff"}\n'))
    assert isinstance(bad, LineRefused)


def test_the_key_changes_with_content_and_options(tmp_path: Path) -> None:
    """A bookmark in one order is not valid for another."""
    one = write(tmp_path, "a", TABLE)
    keys = {key(one), key(one, "--where lap=1"), key(write(tmp_path, "b", EVENTS))}
    assert len(keys) == 3
    assert key(one) in keys


def test_the_declaration_beside_a_file_is_found(tmp_path: Path) -> None:
    """One of the file's own name before the one of the folder."""
    file = write(tmp_path, "night.jsonl.gz", b"")
    assert declaration(file) is None
    write(tmp_path, "race.json", b'{"name": "folder"}')
    assert declaration(file) == {"kind": "race", "name": "folder"}
    write(tmp_path, "night.race.json", b'{"name": "own"}')
    assert declaration(file) == {"kind": "race", "name": "own"}


def test_a_declaration_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """With the file and the reason."""
    with pytest.raises(BadFile, match="want JSON"):
        read(Path(write(tmp_path, "a", b"{")))
    with pytest.raises(BadFile, match="No such file"):
        read(tmp_path / "none")


def test_how_much_was_read_reaches_the_end(tmp_path: Path) -> None:
    """The bar ends full."""
    with play(write(tmp_path, "a", EVENTS), None, None) as recording:
        list(recording.rows)
        assert recording.read() == 1.0
