"""What an installer writes of a distribution: its name, its version, its entry points."""

from __future__ import annotations

from pathlib import Path


def describe(folder: Path, name: str, version: str = "1.0", *, points: str = "") -> None:
    """Write it into a folder of packages, as if the distribution had been installed there.

    Args:
        points: Its entry points, as in the file of that name.
    """
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    head = {"Metadata-Version": "2.1", "Name": name, "Version": version}
    (about / "METADATA").write_text("".join(f"{key}: {value}\n" for key, value in head.items()))
    (about / "entry_points.txt").write_text(points)
