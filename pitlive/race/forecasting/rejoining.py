"""Cars that might stop now: when each would be back, and which others would be past by then.

A car that comes in at the end of the lap it is on has its out-lap behind it two laps on. By
then another one has run so many laps at its pace, stopped too, or come out of its own stop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pitlive.numerics import Bools, Floats, Ints
from pitlive.numerics.fits.logistic import logistic, probability
from pitlive.race.forecasting import field as fields
from pitlive.race.forecasting import green_stops
from pitlive.race.forecasting.protocol import Prior
from pitlive.race.forecasting.view import View
from pitlive.race.laps import IN

ON = 2
"""Laps from now to the end of the out-lap."""

EDGES = np.array([0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.995])
"""Levels at which delays are kept: the tails decide which far cars are passed."""

STEADY, FRESH, IN_PITS, STOPPING, COMING_IN = range(5)
"""What another car is about: running, just out, in its pits, about to stop as well, or to come
in as the first one is back: a part of its loss has come by then."""

FEW = 20
"""Cases up to which nothing is said of a delay."""

RIDGE = 2.0
"""Doubt in every coefficient."""


class Rejoining(NamedTuple):
    """Some running cars, k of them, each against all m.

    Attributes:
        of: The field.
        who: Which of its cars, shape (k,).
        pace_s: Lap time of each car [s], shape (m,).
        behind_s: How far each of the k would cross behind each of the m after `ON` of its
            laps, if both ran on [s], inf where the other has run that lap, shape (k, m).
        could_stop: Whether the other has a lap to come in on before that, shape (k, m).
        doing: `STEADY`, `FRESH`, `IN_PITS` or `STOPPING`, shape (m,).
    """

    of: fields.Field
    who: Ints
    pace_s: Floats
    behind_s: Floats
    could_stop: Bools
    doing: Ints

    def only(self, who: Ints) -> Rejoining:
        """Return some of them, by their number in the field; for a whole one."""
        return self._replace(who=who, behind_s=self.behind_s[who], could_stop=self.could_stop[who])


def rejoining(view: View) -> Rejoining | None:
    """Return the running cars, None where nobody knows at what pace they run."""
    of = fields.field(view)
    pace_s = green_stops.pace(view, of.rows) / 1000
    if not len(of.rows) or np.isnan(pace_s).any():
        return None
    crossed = view.at[of.rows, of.last] / 1000
    laps = of.last[:, None] + ON - of.last
    behind = (crossed + ON * pace_s)[:, None] - crossed - laps * pace_s
    behind[laps <= 0] = np.inf
    doing = np.where(of.stopped, IN_PITS, np.where(of.fresh, FRESH, STEADY))
    into = of.stopped & ((view.mark[of.rows, of.last] & IN) == 0)
    doing = np.where(into, STOPPING, doing)
    return Rejoining(of, np.arange(len(of.rows)), pace_s, behind, laps > 1, doing)


def seen(cars: Rejoining, stint: float) -> Floats:
    """What it hangs on that another car stops too if one of some does, shape (k, m, 13).

    Args:
        cars: The k, and all m.
        stint: The typical one [laps].
    """
    of, who = cars.of, cars.who[:, None]
    size = (len(who), len(of.rows))
    used = np.clip(of.age / stint, 0, 1.6) if of.stops_known else np.zeros(len(of.rows))
    apart = abs(of.age[who] - of.age) / stint
    near = np.exp(-abs(of.behind_s[who] - of.behind_s) / 3)
    lately = (of.fresh | of.stopped).mean()
    left = (of.age + (of.left if of.left == of.left else 1e4)) / stint
    columns = (
        *(1.0, used, np.maximum(used - 0.5, 0), np.maximum(used - 0.9, 0), used[who]),
        *(apart < 0.1, near, near * (of.standing[who] > of.standing), left < 1.1),
        *(lately, lately * used, np.exp(-of.age / 5), used < 0.3),
    )
    return np.stack([np.broadcast_to(c, size).astype(np.float64) for c in columns], axis=-1)


def learn(
    x: Floats, doing: Ints, could: Bools, stopped: Floats, delay: Floats, pace: Floats, loss: Floats
) -> Prior:
    """Return how often others stop as well, and how late cars are.

    Args:
        x: As `seen`, of n pairs, shape (n, 13).
        doing: What the other car was about, shape (n,).
        could: Whether it had a lap to come in on, shape (n,).
        stopped: 1 where it stopped as well, 2 where it came in as the other was back, else 0,
            shape (n,).
        delay: How much later than at its pace it came [s], shape (n,).
        pace: Its lap time [s], shape (n,).
        loss: That of a stop [s], shape (n,).
    """
    steady, asked = doing == STEADY, (doing == STEADY) & (could > 0)
    kept = {STEADY: steady & (stopped == 0), FRESH: (doing == FRESH) & (stopped == 0)}
    kept |= {IN_PITS: doing == IN_PITS, STOPPING: (steady & (stopped == 1)) | (doing == STOPPING)}
    kept |= {COMING_IN: steady & (stopped == 2)}
    delays = [_quantiles(delay / (pace if n <= FRESH else loss), of) for n, of in kept.items()]
    return {
        "stops": logistic(x[asked], (stopped[asked] == 1) * 1.0, RIDGE),
        "comes": logistic(x[steady], (stopped[steady] == 2) * 1.0, RIDGE),
        "delays": np.array(delays),
    }


def _quantiles(share: Floats, of: Bools) -> Floats:
    return np.asarray(np.quantile(share[of], EDGES)) if of.sum() > FEW else np.zeros(len(EDGES))


def ahead(of: Rejoining, stint: float, loss: Floats, prior: Prior) -> Floats:
    """Return the chance of each car to be ahead when a car that stops is back.

    Args:
        of: The k that stop, and all m.
        stint: The typical one [laps].
        loss: What a stop may cost, all as likely [s], shape (h,).
        prior: As `learn` gives it.

    Returns:
        Shape (k, h, m); a car is not ahead of itself.
    """
    margin = of.behind_s[:, None, :] + loss[:, None]
    lost = np.full(margin.shape, np.median(loss))
    paced = np.broadcast_to(of.pace_s, margin.shape)
    scale = {STEADY: paced, FRESH: paced, IN_PITS: lost, STOPPING: lost}
    chance = np.empty(margin.shape)
    for doing, by in scale.items():
        there = np.broadcast_to(of.doing == doing, margin.shape)
        chance[there] = _within(margin[there] / by[there], prior["delays"][doing])
    x, steady = seen(of, stint), of.doing == STEADY
    stops = probability(x, prior["stops"]) * (steady & of.could_stop)
    comes = np.minimum(probability(x, prior["comes"]) * steady, 1 - stops)
    late = [_within(margin / lost, prior["delays"][doing]) for doing in (STOPPING, COMING_IN)]
    chance = (
        chance * (1 - stops - comes)[:, None] + late[0] * stops[:, None] + late[1] * comes[:, None]
    )
    chance[np.arange(len(of.who)), :, of.who] = 0.0
    return np.asarray(chance)


def _within(share: Floats, delays: Floats) -> Floats:
    """Return the chance that a delay is no more than this, from quantiles at EDGES."""
    width = np.maximum(np.diff(delays[[0, 1, -2, -1]])[[0, 2]], 1e-3)
    knots = np.concatenate(([delays[0] - width[0]], delays, [delays[-1] + width[1]]))
    knots = np.maximum.accumulate(knots + 1e-9 * np.arange(len(knots)))
    return np.interp(share, knots, np.concatenate(([0.0], EDGES, [1.0])))
