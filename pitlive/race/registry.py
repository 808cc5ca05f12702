"""All figures that are forecast and installed; ours are in `forecasts` and `shadows`."""

from __future__ import annotations

from collections.abc import Mapping

from pitlive.plugins import plugins
from pitlive.race.forecasting.protocol import Figure

GROUP, SHADOW_GROUP = "pitlive.forecasts", "pitlive.shadows"

FIGURES: Mapping[str, Figure] = plugins(GROUP).loaded
"""Name of the figure → its module; these are published."""

SHADOWS: Mapping[str, Figure] = plugins(SHADOW_GROUP).loaded
"""The same of candidates, which are scored beside the published ones and never published."""

EVERY: Mapping[str, Figure] = {**FIGURES, **SHADOWS}
"""All that is fitted and scored."""
