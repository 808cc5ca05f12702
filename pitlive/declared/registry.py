"""All kinds of stats, found in their folder: adding one is adding a file there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from pitlive.declared import stats

STATS: Mapping[str, Any] = {
    module.name: importlib.import_module(f"{stats.__name__}.{module.name}")
    for module in pkgutil.iter_modules(stats.__path__)
}
"""Name of the kind → its module, with `Spec` and `Stat`."""
