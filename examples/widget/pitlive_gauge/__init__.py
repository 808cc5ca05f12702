"""Shares as gauges: the look `gauge` for stats of the kind `proportion`."""

from __future__ import annotations

from importlib.resources import files

from pitlive.declared.widget import WidgetModule

GAUGE = WidgetModule(files(__name__) / "gauge.js", kinds={"proportion"})
