"""Plain computations of the example stats, for the laws; a plugin of pytest."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.declared.laws import Seen
from tests.declared.oracles import ORACLES


def diversity(stat: dict[str, Any], seen: Seen) -> dict[str, Any]:
    """Shannon's entropy by pandas."""
    found = {key: part[stat["of"]].dropna() for key, part in seen.by(stat.get("by", []))}
    return {key: _row(values) for key, values in found.items() if len(values)}


def _row(values: Any) -> dict[str, Any]:
    shares = values.value_counts(normalize=True)
    bits = -sum(share * np.log2(share) for share in shares) or 0.0
    return {
        **{"count": len(values), "distinct": len(shares)},
        **{"entropy": round(float(bits), 6), "effective": round(float(2**bits), 6)},
    }


def pytest_configure() -> None:
    """Add it to ours, where this is a plugin; merely collected it changes nothing."""
    ORACLES["diversity"] = (diversity, [{"of": "who"}, {"of": "n", "by": ["place"]}])
