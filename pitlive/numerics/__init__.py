"""Statistics of any numbers: arrays in, arrays out, one a file, found by their file's name.

Rows are series (cars), columns are time (laps). A mask says which values count; a value
outside it is never looked at. `tests/numerics` runs every one of them on every prefix against
its oracle, so a new file is covered the day it lands, or the tests fail.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max
"""A time that no time reaches."""
