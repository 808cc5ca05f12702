"""Candidates: figures that run in shadow beside the published ones, one a file.

A module here has what `pitlive.race.forecasting.protocol.Figure` lists. It is fitted, backtested
and scored live like any other, but what it says is never published. One that proves itself
moves to `pitlive/race/forecasts`.
"""
