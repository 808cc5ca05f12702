"""A race played on from now, many times over: to the next caution, or until stops due are made.

Each draw has its own caution, stops and luck, the same for every plan of a car, so plans
differ by what they do and not by chance. A car that plans something meets the others as they
would be anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pitlive.numerics import Bools, Floats
from pitlive.race.forecasting import eager, to_the_end
from pitlive.race.forecasting.draws import DRAWS, Luck, draw
from pitlive.race.forecasting.field import Field
from pitlive.race.forecasting.place_value import CarsState, need

SPREAD = 0.08
"""How far stints scatter about the typical one, as a share of it."""

LATE = 3.0
"""Laps that an overdue stop is put off, on average."""

WOBBLE = 0.004
"""Scatter of a lap time, as a share of it: that of n laps is √n of this."""

HALF = 0.5
"""Share of a difference in pace that comes true: cars are held up by others."""

BUNCHED_S = 1.0
"""Time between cars under caution [s]."""

FURTHEST = 2.0
"""Typical stints that no fuel lasts: who is as far from the end has to stop."""

DUE, STAY = 0, -1
"""Plans that leave it open when a car stops."""

SHUT = 0.1
"""Share of the eager that still stop when a caution has lasted."""

CLOSED = 4
"""Laps of a caution after which hardly anybody stops."""

FAR = 1e5
"""Seconds that no time between two cars reaches."""


class CarPlan(NamedTuple):
    """What a car may do.

    Attributes:
        stop: In how many laps it comes in; `DUE` as is usual, `STAY` the same but not now.
        saved_s: How much shorter than a full stop it is [s].
        kept: Share of the age of its tyres that it keeps.
    """

    stop: int
    saved_s: float
    kept: float


class Setting(NamedTuple):
    """What is known of a race apart from its cars.

    Attributes:
        stint: Typical one [laps].
        loss_s: Of a full stop under green [s].
        spread_s: Of the time that one takes [s].
        falloff_s: What a lap on the tyres adds to a lap time [s].
        caught_s: Of one as a caution is out, while nobody waits for the field to bunch [s];
            0 where the pits are closed until it has.
        hazard: Chance of a caution on a lap.
        planned: Laps to the next planned one, 0 if it is on, inf if there is none.
        eager: What stops under a caution hang on, as `eager.fit` gives it.
        once_more: What a last stop hangs on, as `to_the_end.fit` gives it.
    """

    stint: float
    loss_s: float
    spread_s: float
    falloff_s: float
    caught_s: float
    hazard: float
    planned: float
    eager: Floats
    once_more: Floats


class Futures(NamedTuple):
    """Ends of all futures.

    Attributes:
        ends: The cars then, the first plan being what is due, shape (draws, m, plans).
        laps: How many laps later that is, shape (draws,).
        caution: Whether a caution ends there, shape (draws,).
        luck: Of each car from there on, from 0 to 1, shape (draws, m).
    """

    ends: CarsState
    laps: Floats
    caution: Bools
    luck: Floats


def futures(of: Field, lap: int, setting: Setting, plans: Sequence[CarPlan]) -> Futures:
    """Play the race on: to the next caution, until a stint is over, or to the end.

    Args:
        of: The running cars, m of them; laps left are known.
        lap: The leader's.
        setting: What is known of the race.
        plans: What each car may do.
    """
    luck = draw(lap, of.standing)
    plans = [CarPlan(DUE, 0.0, 0.0), *plans]
    if of.yellow >= 0:
        ends = _under_caution(of, setting, luck, plans)
        return Futures(ends, np.zeros(DRAWS), np.ones(DRAWS, bool), luck.finish)
    return _under_green(of, setting, luck, plans)


def _under_green(of: Field, setting: Setting, luck: Luck, plans: Sequence[CarPlan]) -> Futures:
    hazard = min(max(setting.hazard, 1e-9), 0.5)
    observed = np.floor(np.log(luck.caution) / np.log1p(-hazard)) + 1
    longest = max(min(np.ceil(setting.stint), of.left), 1.0)
    laps = np.minimum(np.minimum(observed, setting.planned), longest)
    cut = laps < longest
    run = _run(of, setting, luck, laps[:, None, None], plans)
    left = of.left - laps[:, None, None]
    planned = (laps == setting.planned)[:, None, None]
    leader = run.time_s[:, :, :1].min(axis=1, keepdims=True)
    down = np.floor(np.maximum(run.time_s - leader, 0) / _lap_s(of))
    chance = eager.chance(run.fuel, left, down, planned, setting.stint, setting.eager)
    stops = cut[:, None, None] & (luck.eager[:, :, None] < chance)
    down -= cut[:, None, None] & ~stops & (down > 0)  # who stays out is waved round
    time = run.time_s + stops * (setting.caught_s + setting.spread_s * luck.service[:, :, None])
    ages = (run.fuel * ~stops, run.tyres * ~stops)  # a stop at the caution renews both
    return Futures(_ends(setting, (down, stops, time), ages, left), laps, cut, luck.finish)


class _Run(NamedTuple):
    """Cars after some laps: time behind [s], laps since fuel, laps on the tyres."""

    time_s: Floats
    fuel: Floats
    tyres: Floats


def _run(of: Field, setting: Setting, luck: Luck, laps: Floats, plans: Sequence[CarPlan]) -> _Run:
    age = _age(of)[:, None]
    saved, kept = (np.array([plan[n] for plan in plans]) for n in (1, 2))
    stop = _stops(of, setting, luck, plans)
    pits = stop <= laps
    first = np.where(pits, stop, laps)
    after = laps - first
    tyres = np.where(pits, kept * (age + first), age + first)
    worn = first**2 / 2 + (tyres - age + after / 2) * after  # the pace has the age of now in it
    loss = setting.loss_s - saved + setting.spread_s * luck.service[:, :, None]
    lap_s = _lap_s(of)
    pace = HALF * of.pace[:, 1] / 100 * lap_s
    wobble = WOBBLE * lap_s * luck.pace[:, :, None] * np.sqrt(laps)
    time = (of.behind_s + 0.0)[:, None] + pace[:, None] * laps + wobble
    time = time + pits * np.maximum(loss, 1.0) + setting.falloff_s * worn
    return _Run(time, np.where(pits, after, age + laps), tyres + after)


def _stops(of: Field, setting: Setting, luck: Luck, plans: Sequence[CarPlan]) -> Floats:
    """Return in how many laps each car stops, inf not at all, shape (draws, m, plans)."""
    age, stint = _age(of), np.maximum(setting.stint * (1 + SPREAD * luck.stint), 2.0)
    ahead = np.floor(stint - age)
    late = 1.0 - np.floor(LATE * np.log(np.maximum(luck.late, 1e-9)))
    due = np.where(ahead >= 1, ahead, late)
    once_more = to_the_end.chance(age, of.left, setting.stint, setting.once_more)
    lasts = (luck.fuel >= once_more) & (age + of.left <= FURTHEST * stint)
    due = np.where(lasts, np.inf, due)
    predicted = {DUE: due, STAY: np.maximum(due, 2.0)}
    each = [
        predicted[p.stop] if p.stop in predicted else np.full(due.shape, float(p.stop))
        for p in plans
    ]
    return np.where(of.stopped[:, None], 0.0, np.stack(each, axis=-1))


def _under_caution(of: Field, setting: Setting, luck: Luck, plans: Sequence[CarPlan]) -> CarsState:
    age = _age(of)
    opened = 1.0 if of.yellow <= CLOSED else SHUT
    planned = np.array(setting.planned <= 0)
    chance = eager.chance(age, np.array(of.left), of.down, planned, setting.stint, setting.eager)
    due = (luck.eager < opened * chance) & (age > of.yellow + 1)
    predicted = {DUE: due, STAY: np.zeros_like(due)}
    each = [predicted[p.stop] if p.stop in predicted else np.ones_like(due) for p in plans]
    stops = np.stack(each, axis=-1) | of.stopped[:, None]
    saved, kept = (np.array([plan[n] for plan in plans]) for n in (1, 2))
    spaced = of.behind_s if setting.caught_s else BUNCHED_S * of.standing
    service = setting.caught_s - saved + setting.spread_s * luck.service[:, :, None]
    time = spaced[:, None] + stops * service
    down = np.broadcast_to(of.down[:, None], stops.shape)
    down = down - (~stops & (down > 0))
    fuel = np.where(stops, 0.0, age[:, None])
    tyres = np.where(stops, kept * age[:, None], age[:, None])
    return _ends(setting, (down, stops, time), (fuel, tyres), np.array(of.left))


def _ends(
    setting: Setting,
    order: tuple[Floats, Bools, Floats],
    ages: tuple[Floats, Floats],
    left: Floats,
) -> CarsState:
    """Return how cars stand that are laps down, stop and cross at some times, in that order.

    Each plan of a car is held against the others as they would be anyway: the first plan.
    """
    down, stops, time = order
    behind = 0.0 if setting.caught_s else stops
    key = FAR * (10 * down + behind) + time
    others = key[:, None, None, :, 0]
    place = 1.0 + (others < key[..., None]).sum(axis=-1)
    place -= key[:, :, :1] < key  # nobody is behind himself
    fuel, tyres = ages
    used = np.clip(tyres / setting.stint, 0, 1.5)
    return CarsState(place, down, used, need(fuel, left, setting.stint))


def _age(of: Field) -> Floats:
    return of.age if of.stops_known else np.zeros(len(of.rows))


def _lap_s(of: Field) -> float:
    return of.lap_s if of.lap_s == of.lap_s else 60.0
