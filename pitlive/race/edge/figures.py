"""Figures that are named on the command line."""

from __future__ import annotations

import click


class FigureNames(click.ParamType[tuple[str, ...]]):
    """Names of figures with commas between them; each must be one."""

    name = "names"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read the names; empty is all.

        >>> FigureNames().convert("caution", None, None)
        ('caution',)
        """
        from pitlive.race.registry import EVERY

        names = tuple(str(value).split(",")) if value else tuple(EVERY)
        if unknown := [name for name in names if name not in EVERY]:
            self.fail(f"got {unknown[0]!r}, want some of {', '.join(EVERY)}", param, ctx)
        return names
