"""Settings: where they come from, which wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pitlive.errors import SettingsError
from pitlive.settings import load


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.org", "::"])  # noqa: S104  # refused
def test_no_address_but_loopback_without_operator_credentials(host: str) -> None:
    """Whoever could reach us could write; the message says what would do."""
    with pytest.raises(SettingsError, match="no operator credentials, want a loopback address"):
        load(host=host)


def test_any_address_with_operator_credentials(tmp_path: Path) -> None:
    """With a file of operators every write needs a login."""
    assert load(host="0.0.0.0", operators_file=tmp_path / "operators").host == "0.0.0.0"  # noqa: S104


def test_keyword_wins_over_environment_over_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearer a setting is to the person, the more it counts."""
    file = tmp_path / "pitlive.toml"
    file.write_text("port = 8001\nworkers = 2\ncoalesce_ms = 50\n")
    monkeypatch.setenv("PITLIVE_CONFIG", str(file))
    monkeypatch.setenv("PITLIVE_PORT", "8002")
    monkeypatch.setenv("PITLIVE_WORKERS", "3")
    settings = load(port=8003)

    assert (settings.port, settings.workers, settings.coalesce_ms) == (8003, 3, 50)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PITLIVE_PORT", "eighty"), ("PITLIVE_WORKERS", "0"), ("PITLIVE_STALL_S", "-1")],
)
def test_a_value_that_is_none_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which setting, what was there, what would do."""
    monkeypatch.setenv(name, value)
    with pytest.raises(
        SettingsError, match=f"{name.removeprefix('PITLIVE_').lower()}: got '{value}'"
    ):
        load()


@pytest.mark.parametrize("wanted", ["-1", "one", "1.5", "100", "yes"])
def test_how_many_replicas_acknowledge_is_a_number_or_left_to_what_there_is(
    wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is neither is said, with what would do."""
    for value, known in (("auto", None), ("", None), ("0", 0), ("2", 2)):
        monkeypatch.setenv("PITLIVE_REPLICAS_ACKNOWLEDGE", value)
        assert load().replicas_acknowledge == known
    assert load(replicas_acknowledge=1).environment()["PITLIVE_REPLICAS_ACKNOWLEDGE"] == "1"
    monkeypatch.setenv("PITLIVE_REPLICAS_ACKNOWLEDGE", wanted)
    with pytest.raises(SettingsError, match=rf"^replicas_acknowledge: got '{wanted}', want auto"):
        load()


def test_a_misspelt_setting_in_the_file_is_not_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo would otherwise run with the default, unnoticed."""
    file = tmp_path / "pitlive.toml"
    file.write_text("prot = 8001\n")
    monkeypatch.setenv("PITLIVE_CONFIG", str(file))
    with pytest.raises(SettingsError, match="prot"):
        load()


@pytest.mark.parametrize(
    "peers", ["", ",", " ", "10.0.0.2,", ",10.0.0.2", "nginx", "10.0.0.2,nginx", "10.0.0.0/8"]
)
def test_nobody_opens_the_door_by_accident(peers: str) -> None:
    """Beyond loopback there are operators, or a proxy: by address, for a name may move."""
    with pytest.raises(SettingsError, match=r"host|peers"):
        load(host="192.0.2.7", peers=peers)


def test_beyond_loopback_a_proxy_may_be_all_that_is_let_in() -> None:
    """What it is reached by is its business; this machine comes from the address it binds to."""
    peers = "10.0.0.2, ::1,::ffff:10.0.0.9"
    named = {"10.0.0.2", "::1", "10.0.0.9"}
    assert load(host="192.0.2.7", peers=peers).admitted == {*named, "192.0.2.7"}
    for host in ("0.0.0.0", "::", "127.0.0.1"):  # noqa: S104
        assert load(host=host, peers=peers).admitted == named
    assert load(operators_file="operators", host="192.0.2.7").admitted == frozenset()


@pytest.mark.parametrize("home", ["", "here"])
def test_a_home_that_is_none_is_not_the_root_or_the_working_folder(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service whose HOME is not set right would write where nobody looks."""
    monkeypatch.delenv("PITLIVE_DATA_DIR", raising=False)
    monkeypatch.setenv("HOME", home)
    settings = load()
    with pytest.raises(SettingsError, match=f"^data_dir: got ~/.* while HOME is '{home}', want"):
        _ = settings.run_dir
    assert load(data_dir=Path("/srv/pitlive")).run_dir == Path("/srv/pitlive")


def test_no_folder_at_all_is_not_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a variable is not set that it was to come from."""
    file = tmp_path / "pitlive.toml"
    file.write_text('data_dir = ""\n')
    monkeypatch.delenv("PITLIVE_DATA_DIR", raising=False)
    monkeypatch.setenv("PITLIVE_CONFIG", str(file))
    with pytest.raises(SettingsError, match=r"^data_dir: got '', want a folder$"):
        load()
