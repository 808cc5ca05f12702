"""Fits in plain numpy: small, regularised, the same numbers from the same data."""
