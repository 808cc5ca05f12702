"""Backtests: past races through the live fold, forecasts scored against the naive ones.

`walk` decides what is fitted on what, `replay` forecasts one race, `tally` adds up scores,
`table` and `plots` show them.
"""
