"""What is installed beside us: the small distribution, which has some of the same files."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from pitlive.errors import SettingsError

WHOLE, SLIM = "pitlive", "pitlive-slim"


def refuse_a_mixture() -> None:
    """Refuse to run where pip has written another version of our own files over some of ours.

    Raises:
        SettingsError: `pitlive-slim` of another version is installed too.
    """
    try:
        slim, whole = version(SLIM), version(WHOLE)
    except PackageNotFoundError:
        return
    if slim != whole:
        raise SettingsError(
            f"got {SLIM} {slim} beside {WHOLE} {whole}, the same files in two versions: "
            f"want `pip uninstall {SLIM} {WHOLE}`, then `pip install {WHOLE}`"
        )
