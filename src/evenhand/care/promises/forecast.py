"""How long a case will wait in this order, under the load there is.

Source: the order's own rule. A case of need k that will wait W lets pass ahead of it every case of need c
that arrived before a + W·(1 − (T_c/w_c)/(T_k/w_k)), where T is a standard and w a weight; the forecast is the
smallest W in which capacity covers the work ahead. Here W is counted in each need's own clock (working hours,
or any hour), danger is a tier of its own, and arrivals and capacity follow the hour of the week.

A forecast reads counts by age, never cases, so it costs the same whatever the backlog. It never moves anyone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from evenhand.care.clock.working import WorkingTime

Floats = NDArray[np.float64]

HOURS_A_WEEK = 168
FURTHEST = timedelta(days=60)
"""No forecast looks further; where capacity has not covered the work by then, this is the forecast."""

_FURTHEST_HOURS = FURTHEST.total_seconds() / 3600
_LOOKS: Floats = np.concatenate([[0.0], np.geomspace(1 / 60, _FURTHEST_HOURS, 150)])
_CLOSER: Floats = np.linspace(0.0, 1.0, 17)
_HAIR = 1e-7  # hours; what two sums of the same instants may differ by


@dataclass(frozen=True, slots=True)
class Terms:
    """What the order knows of a need: its standard and weight, both positive, its tier and its clock."""

    standard: timedelta
    weight: float
    is_danger: bool
    clock: WorkingTime


@dataclass(frozen=True, slots=True)
class Load:
    """What waits, what is to come and who is there, for all lines that the same people serve.

    age_edges: (B + 1,) hours since the first unanswered contact, elapsed (not working) time, ascending from
    0; the
        last is at least the age of the oldest case.
    waiting: need → (B,) number of cases of an age between each two edges. arrivals: need → (168,) cases an
    hour by hour of the local week, Monday 00:00 first. capacity: (168,) cases an hour that the people on duty
    can answer: people × their rate. Zero where nobody is. zone: IANA name of the place whose week this is.
    level: what arrived in the last 24 h ÷ what the profile expected of them. A need that is missing from
    waiting or arrivals has none. Raises ValueError naming what has the wrong shape.
    """

    age_edges: Floats
    waiting: Mapping[str, Floats]
    arrivals: Mapping[str, Floats]
    capacity: Floats
    zone: str
    level: float = 1.0

    def __post_init__(self) -> None:
        edges = self.age_edges
        if edges.ndim != 1 or len(edges) < 2 or edges[0] != 0 or not (np.diff(edges) > 0).all():
            raise ValueError("age_edges: ages in hours ascend from 0, two at least")
        for need, counts in self.waiting.items():
            _check(f"waiting[{need!r}]", counts, len(edges) - 1)
        for need, rates in self.arrivals.items():
            _check(f"arrivals[{need!r}]", rates, HOURS_A_WEEK)
        _check("capacity", self.capacity, HOURS_A_WEEK)
        if not (np.isfinite(self.level) and self.level >= 0):
            raise ValueError(f"level: a ratio of arrivals is not {self.level}")


def forecast_all(load: Load, needs: Mapping[str, Terms], at: datetime) -> dict[str, timedelta]:
    """The wait, in elapsed time, of one case of each need that arrives at `at`.

    needs: need → its terms, for every need that waits or arrives. at: aware.
    Returns need → wait, from 0 to FURTHEST. Costs some milliseconds, whatever waits.
    """
    names = list(needs)
    waits = _waits(load, needs, _in_utc(at), names, np.zeros(len(names)))
    return {name: timedelta(hours=float(wait)) for name, wait in zip(names, waits, strict=True)}


def forecast_of(load: Load, needs: Mapping[str, Terms], need: str, at: datetime, arrived_at: datetime) -> timedelta:
    """How much longer, in elapsed time from `at`, a case of `need` will wait that arrived at `arrived_at`.

    It keeps the place that its arrival gave it. For the renewal of a promise, and for cases let in with their
    age.
    """
    at = _in_utc(at)
    age = (at - _in_utc(arrived_at)).total_seconds() / 3600
    if age < 0:
        raise ValueError("a case cannot have arrived after it is looked at")
    return timedelta(hours=float(_waits(load, needs, at, [need], np.array([-age]))[0]))


def level_of_the_last_day(
    arrived: float, arrivals: Mapping[str, Floats], zone: str, at: datetime, *, prior: float = 24.0
) -> float:
    """What arrived in the last 24 h ÷ what the profile expected, drawn towards 1 where both are few.

    arrived: cases of all needs in the 24 h before `at`. arrivals, zone: as in Load. prior: cases' worth of
    faith in the profile (a gamma prior with mean 1), so that three cases on a quiet Sunday do not triple the
    forecast.
    """
    hours = hours_of_the_week(zone, _in_utc(at) - timedelta(hours=24), 24)
    expected = sum(float(rates[hours].sum()) for rates in arrivals.values())
    return (arrived + prior) / (expected + prior)


def _waits(load: Load, needs: Mapping[str, Terms], at: datetime, asked: Sequence[str], came: Floats) -> Floats:
    """(K,) hours from `at` until each asked case is taken. came: (K,) hours from `at`, none above 0."""
    if unknown := (load.waiting.keys() | load.arrivals.keys() | set(asked)) - needs.keys():
        raise ValueError(f"needs: no terms for {', '.join(sorted(unknown))}")
    road = _Road(load, needs, at, asked, came)
    looks = np.broadcast_to(_LOOKS, (len(asked), len(_LOOKS)))
    first = _first_covered(road.spare(looks))
    after = _LOOKS[np.minimum(first, len(_LOOKS) - 1)]
    before = _LOOKS[np.maximum(first - 1, 0)]
    # Looked at more closely between the last look that found work uncovered and the first that found none.
    closer = before[:, None] + (after - before)[:, None] * _CLOSER
    found = np.minimum(_first_covered(road.spare(closer)), len(_CLOSER) - 1)
    waits: Floats = np.take_along_axis(closer, found[:, None], axis=1)[:, 0]
    return np.where(first == len(_LOOKS), _FURTHEST_HOURS, waits)


def _first_covered(spare: Floats) -> NDArray[np.intp]:
    """(K,) the first column in which capacity is to spare; the number of columns where there is none."""
    covered = spare > 0
    first: NDArray[np.intp] = np.where(covered.any(axis=1), covered.argmax(axis=1), spare.shape[1])
    return first


class _Road:
    """Arrivals, capacity and clocks as running sums over hours from `at`, laid out once for all asked.

    Hours before `at` are negative. K cases are asked about, C needs may pass ahead of them.
    """

    def __init__(
        self, load: Load, needs: Mapping[str, Terms], at: datetime, asked: Sequence[str], came: Floats
    ) -> None:
        oldest = max(float(load.age_edges[-1]), float(-came.min(initial=0.0)))
        into = _into_the_hour(load.zone, at)
        hours = int(_FURTHEST_HOURS) + 2
        self.came = came
        self.starts = np.concatenate([[0.0], np.arange(1, hours) - into])  # of each hour of the local clock
        lengths = np.diff(self.starts)
        week = hours_of_the_week(load.zone, at, hours - 1)
        self.capacity = np.concatenate([[0.0], np.cumsum(load.capacity[week] * lengths)])

        self.others = [name for name in needs if name in load.waiting or name in load.arrivals]
        self.arrived_at = np.concatenate([-load.age_edges[::-1], self.starts[1:]])
        nothing = np.zeros(len(load.age_edges) - 1)
        self.arrived = []
        for name in self.others:
            waiting = np.cumsum(load.waiting.get(name, nothing)[::-1])
            coming = np.zeros(len(lengths))
            if name in load.arrivals:
                coming = np.cumsum(load.arrivals[name][week] * lengths) * load.level
            self.arrived.append(np.concatenate([[0.0], waiting, waiting[-1] + coming]))

        clocks: dict[WorkingTime, _Clock] = {}
        for terms in needs.values():
            if terms.clock not in clocks:
                clocks[terms.clock] = _Clock(terms.clock, at, oldest, self.starts[-1])
        self.clocks = list(clocks.values())
        places = {clock: nth for nth, clock in enumerate(clocks)}
        mine, theirs = [needs[name] for name in asked], [needs[name] for name in self.others]
        self.my_clock = [places[terms.clock] for terms in mine]
        self.their_clock = [places[terms.clock] for terms in theirs]
        pace_mine = np.array([terms.standard.total_seconds() / 3600 / terms.weight for terms in mine])
        pace_theirs = np.array([terms.standard.total_seconds() / 3600 / terms.weight for terms in theirs])
        self.ratio = pace_theirs[None, :] / pace_mine[:, None]  # (K, C): (T_c/w_c) / (T_k/w_k)
        self.danger_mine = np.array([terms.is_danger for terms in mine])
        self.danger_theirs = np.array([terms.is_danger for terms in theirs], dtype=bool)
        self.is_own = np.array([[name == other for other in self.others] for name in asked])

    def spare(self, until: Floats) -> Floats:
        """(K, G) capacity up to each instant less the work ahead of each case by then, in cases.

        until: (K, G) hours from `at`, none below 0.
        """
        shape = until.shape
        flat = until.ravel()
        read = [clock.read(flat).reshape(shape) for clock in self.clocks]
        at_arrival = [clock.read(self.came) for clock in self.clocks]
        ages = np.stack([read[n][k] - at_arrival[n][k] for k, n in enumerate(self.my_clock)])  # (K, G)
        spare: Floats = np.interp(flat, self.starts, self.capacity).reshape(shape) - _HAIR
        for c, n in enumerate(self.their_clock):
            # The last arrival of this need to pass ahead reads this on its clock when it arrives.
            reading = read[n] - ages * self.ratio[:, c, None]
            last = self.clocks[n].when(reading.ravel()).reshape(shape)
            # Keys that are equal go by arrival; so does a need against itself.
            tie = np.abs(reading - at_arrival[n][:, None]) < _HAIR
            last = np.where(tie | self.is_own[:, c, None], self.came[:, None], np.minimum(last, until))
            if self.danger_theirs[c]:
                last = np.where(self.danger_mine[:, None], last, until)
            ahead = np.interp(last.ravel(), self.arrived_at, self.arrived[c]).reshape(shape)
            if not self.danger_theirs[c]:
                ahead[self.danger_mine] = 0.0
            spare -= ahead
        return spare


class _Clock:
    """A calendar read as hours worked since the oldest arrival, at hours from `at`, and back."""

    def __init__(self, calendar: WorkingTime, at: datetime, oldest: float, furthest: float) -> None:
        self.oldest, self.is_always = oldest, calendar.is_always
        if self.is_always:
            return
        start, end = (at + timedelta(hours=hours) for hours in (-oldest, furthest))
        stretches = calendar.opened_between(start, end)
        ends = [(edge - at).total_seconds() / 3600 for stretch in stretches for edge in stretch]
        self.edges = np.array([-oldest, *ends, furthest])
        open_or_shut = np.diff(self.edges)
        open_or_shut[::2] = 0.0  # shut before the first opening, and between each closing and the next
        self.worked = np.concatenate([[0.0], np.cumsum(open_or_shut)])

    def read(self, hours: Floats) -> Floats:
        if self.is_always:
            return hours + self.oldest
        read: Floats = np.interp(hours, self.edges, self.worked)
        return read

    def when(self, worked: Floats) -> Floats:
        """The last instant that reads so: what the clock shows at closing it shows until it opens again."""
        if self.is_always:
            return worked - self.oldest
        when: Floats = np.interp(worked, self.worked, self.edges)
        return when


def _in_utc(at: datetime) -> datetime:
    """Sums of times in one zone are read off the wall; in UTC they are real."""
    if at.tzinfo is None:
        raise ValueError(f"a time needs its zone, and {at!r} has none")
    return at.astimezone(UTC)


def _into_the_hour(zone: str, at: datetime) -> float:
    local = at.astimezone(ZoneInfo(zone))
    return (local.minute * 60 + local.second + local.microsecond / 1e6) / 3600


def hours_of_the_week(zone: str, at: datetime, hours: int) -> NDArray[np.intp]:
    """(hours,) the hour of the local week, Monday 00:00 is 0, at `at` and at each hour after it.

    The shift of the zone is read once a day: on the day on which the clocks change, some hours are read one
    off.
    """
    here = ZoneInfo(zone)
    local = at.astimezone(here)
    start = local.weekday() * 24 + local.hour
    wall = local.replace(tzinfo=None)
    shifts = []
    for day in range(-(-hours // 24)):
        gone = timedelta(days=day)
        moved = (at + gone).astimezone(here).replace(tzinfo=None) - wall - gone
        shifts.append(round(moved.total_seconds() / 3600))
    by_hour = np.repeat(np.array(shifts, dtype=np.intp), 24)[:hours]
    return (start + np.arange(hours) + by_hour) % HOURS_A_WEEK


def _check(where: str, values: Floats, length: int) -> None:
    if values.shape != (length,) or not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"{where}: {length} finite numbers, none below 0")
