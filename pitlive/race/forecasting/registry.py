"""All figures that are forecast, found in their folders: adding one is adding a file there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import cast

from pitlive.race import forecasts, shadows
from pitlive.race.forecasting.protocol import Figure


def _in(folder: ModuleType) -> Mapping[str, Figure]:
    names = [module.name for module in pkgutil.iter_modules(folder.__path__)]
    return {
        name: cast(Figure, importlib.import_module(f"{folder.__name__}.{name}")) for name in names
    }


FIGURES: Mapping[str, Figure] = _in(forecasts)
"""Name of the figure → its module; these are published."""

SHADOWS: Mapping[str, Figure] = _in(shadows)
"""The same of candidates, which are scored beside the published ones and never published."""

EVERY: Mapping[str, Figure] = {**FIGURES, **SHADOWS}
"""All that is fitted and scored."""
