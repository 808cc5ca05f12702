"""The race itself: what every car reaches next, in order of time, until all are home.

One heap of what is due. A car on the track has one plan at a time (the line or the pit
lane); a yellow flag makes new plans for all, and the old ones are recognised as stale.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from pitlive.messages import Json
from pitlive.race.simulation.cast import Next, SimulatedCar, cast
from pitlive.race.simulation.incidents import Caution, Incidents
from pitlive.race.simulation.observers import Observers
from pitlive.race.simulation.pace import Pace
from pitlive.race.simulation.plan import (
    CATCH_UP,
    LANE_BEGINS,
    LANE_ENDS,
    LAP_S,
    YELLOW_BURN,
    YELLOW_LAP,
    RacePlan,
)
from pitlive.race.simulation.stops import Crews, SimulatedStop

EntryIterator = Iterator[dict[str, Json]]

GRID_MS = 120
"""Distance of two places on the grid at the green flag."""


class Running:
    """A race under way. Ask for its `entries` once."""

    def __init__(self, plan: RacePlan) -> None:
        self.plan = plan
        self.cars = cast(plan)
        self.pace = Pace(plan)
        self.crews = Crews(plan)
        self.incidents = Incidents(plan)
        self.observers = Observers(plan)
        self.due: list[tuple[int, int, Callable[[int], EntryIterator]]] = []
        self.number = count()
        self.taken: set[int] = set()
        self.arrived: Counter[int] = Counter()
        self.last: SimulatedCar | None = None  # that crossed the line and stayed on the track
        self.lap = 0  # completed by the leader
        self.over = False
        self.yellow: Caution | None = None
        self.cautions = 0
        self.caution_from = self.caution_to = 0
        self.restart = 0
        self.pace_ms = 0  # before this nobody behind the pace car completes another lap

    def entries(self) -> EntryIterator:
        """Run the race, entry by entry in order of time."""
        yield {"type": "flag", "at_ms": 0, "flag": "green", "lap": 0}
        for car in self.cars:
            self._start(car)
        while self.due:
            now, _, happen = heapq.heappop(self.due)
            yield from happen(now)

    def _at(self, when: float, happen: Callable[[int], EntryIterator]) -> None:
        heapq.heappush(self.due, (round(when), next(self.number), happen))

    def _start(self, car: SimulatedCar) -> None:
        car.at_ms = GRID_MS * (car.grid - 1)
        self._to_line(car, self.pace.behind(car, self.last, car.at_ms, self.pace.green(car)))
        self.last = car

    # The plans of a car

    def _to_line(self, car: SimulatedCar, when: float) -> None:
        """Plan its next crossing; no two cars cross in the same millisecond."""
        ms = round(when)
        while ms in self.taken:
            ms += 1
        self.taken.add(ms)
        self._plan(car, Next.LINE, ms)

    def _plan(self, car: SimulatedCar, what: Next, ms: int) -> None:
        car.next, car.next_ms = what, ms
        car.plan_no += 1
        number, happen = car.plan_no, self._crosses if what is Next.LINE else self._enters

        def unless_stale(now: int) -> EntryIterator:
            if car.plan_no == number:
                yield from happen(car, now)

        self._at(ms, unless_stale)

    def _drop(self, car: SimulatedCar) -> None:
        car.running, car.next = False, Next.NOTHING
        car.plan_no += 1

    def _go_round(self, car: SimulatedCar, now: int) -> None:
        """Begin a lap: to the line, or by the pit lane."""
        lap_ms = self.pace.green(car) if self.yellow is None else CATCH_UP * LAP_S * 1000
        if self.crews.stops_now(car, self._open_caution()):
            self._plan(car, Next.LANE, round(now + LANE_BEGINS * lap_ms))
        elif self.incidents.breaks_down() and self._others(car):
            self._at(now + LANE_BEGINS * lap_ms, lambda at: self._retires(car, at))
            self._drop(car)
        else:
            self._to_line(car, self._arrival(car, now, lap_ms))
            self.last = car

    def _arrival(self, car: SimulatedCar, now: int, lap_ms: float) -> float:
        if self.yellow is None:
            return self.pace.behind(car, self.last, now, lap_ms)
        if car.laps == self.lap and self.arrived[car.laps] == 1:
            return self.pace_ms
        return self.pace.queue(self.last, now, self._not_before(car))

    def _not_before(self, car: SimulatedCar) -> int:
        """Nobody overtakes the pace car; cars a lap down may make it good."""
        return self.pace_ms + self.pace.queue_ms if car.laps + 1 > self.lap else 0

    def _open_caution(self) -> int:
        """The number of the caution if the pits are open under it, else 0."""
        return self.cautions if self.yellow and self.lap > self.caution_from else 0

    def _others(self, car: SimulatedCar) -> bool:
        return any(other.running for other in self.cars if other is not car)

    # What happens

    def _crosses(self, car: SimulatedCar, now: int) -> EntryIterator:
        car.laps += 1
        self.arrived[car.laps] += 1
        yield {
            "type": "lap",
            "at_ms": now,
            "car": car.car,
            "lap": car.laps,
            "lap_ms": now - car.at_ms,
            "place": self.arrived[car.laps],
        }
        car.at_ms = now
        car.tire_laps += 1
        car.fuel -= 1.0 if self.yellow is None else YELLOW_BURN
        car.next = Next.NOTHING
        if car.laps > self.lap:
            self.lap = car.laps
            yield from self._led(now)
        if self.over:
            self._drop(car)
        elif not car.in_lane:
            self._go_round(car, now)

    def _led(self, now: int) -> EntryIterator:
        """The leader completed a lap: the flags follow from it."""
        self.pace_ms = now + round(YELLOW_LAP * LAP_S * 1000)
        if self.lap == self.plan.laps:
            self.over, self.yellow = True, None
            yield _flag("checkered", now, self.lap)
        elif self.yellow is not None:
            if self.lap >= self.caution_to:
                self.yellow, self.restart = None, self.lap
                yield _flag("green", now, self.lap)
        elif self.lap in self.plan.stage_ends:
            stage = self.plan.stage_ends.index(self.lap) + 1
            ended = Caution("Stage end", f"Stage {stage} conclusion", 5)
            self._at(now + 1, lambda at: self._caution(ended, at))
        elif self.incidents.comes(self.lap - self.restart):
            when = now + self.incidents.somewhere() * LAP_S * 1000
            self._at(when, lambda at: self._caution(self.incidents.caution(self._on_track()), at))

    def _on_track(self) -> list[SimulatedCar]:
        return [car for car in self.cars if car.running and not car.in_lane]

    def _caution(self, caution: Caution, now: int) -> EntryIterator:
        if self.over or self.yellow is not None:
            return
        self.yellow, self.pace_ms = caution, 0
        self.cautions += 1
        self.caution_from, self.caution_to = self.lap, self.lap + caution.laps
        why = {"reason": caution.reason, "comment": caution.comment}
        yield _flag("yellow", now, self.lap + 1) | why
        for car in caution.hit:
            if self.incidents.damage(car) and self._others(car):
                self._drop(car)
        for car in self._on_track():
            self._slow(car, now)

    def _slow(self, car: SimulatedCar, now: int) -> None:
        """The rest of the lap takes longer, for all in proportion: the order stays."""
        when = now + (car.next_ms - now) * YELLOW_LAP
        if car.next is Next.LINE:
            self._to_line(car, when)
        elif car.next is Next.LANE:
            self._plan(car, Next.LANE, round(when))

    def _enters(self, car: SimulatedCar, now: int) -> EntryIterator:
        yield {"type": "pit_in", "at_ms": now, "car": car.car, "lap": car.laps}
        stop = self.crews.stop(car, now)
        car.in_lane = True
        self._to_line(car, stop.line_ms)
        self._at(max(stop.out_ms, car.next_ms + 1), lambda at: self._leaves(car, stop, at))

    def _leaves(self, car: SimulatedCar, stop: SimulatedStop, now: int) -> EntryIterator:
        untimed = self.observers.untimed()
        yield {
            "type": "pit_out",
            "at_ms": now,
            "car": car.car,
            "lap": stop.lap,
            "lane_ms": now - stop.in_ms,
            **({} if untimed else {"service_ms": stop.service_ms}),
            "tires": stop.tires,
        }
        for report in self.observers.reports(car.car, stop, untimed):
            self._at(report["at_ms"], partial(_say, report))
        car.in_lane = False
        if car.running:
            self.crews.leave(car, stop)
            self._rejoin(car, now)

    def _rejoin(self, car: SimulatedCar, now: int) -> None:
        """Complete the out-lap; under yellow behind those who stayed out on the same lap."""
        if self.yellow is None:
            self._to_line(car, now + (1 - LANE_ENDS) * self.pace.green(car))
            return
        arrives = now + (1 - LANE_ENDS) * CATCH_UP * LAP_S * 1000
        if car.laps + 1 > self.lap:
            queue = [c.next_ms for c in self._on_track() if c is not car and c.laps == self.lap]
            arrives = max(arrives, self.pace_ms, *queue) + self.pace.queue_ms
        self._to_line(car, arrives)

    def _retires(self, car: SimulatedCar, now: int) -> EntryIterator:
        """Into the garage, for good."""
        yield {"type": "pit_in", "at_ms": now, "car": car.car, "lap": car.laps}


def _flag(flag: str, now: int, lap: int) -> dict[str, Json]:
    return {"type": "flag", "at_ms": now, "flag": flag, "lap": lap}


def _say(entry: dict[str, Json], _now: int) -> EntryIterator:
    yield entry
