"""Figures that are forecast, one a file, found by inspection; see `docs/forecasts.md`.

A module has what `pitlive.race.forecasting.protocol.Figure` lists. The backtest, the fit, the laws
in `tests/race/test_forecasts.py` and the test of the docs then find it by themselves.
"""
