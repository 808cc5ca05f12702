"""Scores of forecasts: what was said against what came, one a file, found by their file's name.

Every score is per forecast, lower is better (coverage, reliability and AUC apart), and NaN where
the outcome is unknown, so that means and differences are taken by whoever groups them.
`tests/numerics/test_scores.py` holds each to a plain oracle.
"""

from __future__ import annotations

import numpy as np

LEVELS = np.linspace(0.05, 0.95, 19)
"""Levels of the quantiles that a forecast carries: .1, .5 and .9 among them."""
