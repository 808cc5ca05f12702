"""What every forecast of a race is made from and made of; pure, numpy only.

`view` is what goes in, `shape` what comes out, `registry` finds the figures, which are the
modules of `pitlive.race.forecasts`, one each. What they mean is in `docs/forecasts.md`.
"""
