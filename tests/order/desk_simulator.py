"""A desk on which the product's own pick can be tried against other orders, on the same arrivals.

Event-driven: cases arrive, wait in lines, are taken by whoever is free, are answered. Times are hours from the start,
a wait ends when a person takes the case. Run as a command, it prints the measured table of docs/order.md.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from math import inf

import numpy as np

from evenhand.care.cases.order import Head, pick
from evenhand.care.clock.working import ALWAYS
from evenhand.care.promises.calibration import Calibration, Served
from evenhand.care.promises.forecast import Load, Terms, forecast_all, level_of_the_last_day

HOUR = timedelta(hours=1)
START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class Need:
    """A kind of case in the simulation. share: of all arrivals. standard: hours."""

    name: str
    share: float
    standard: float
    weight: float = 1.0
    is_danger: bool = False


@dataclass(slots=True)
class Case:
    """One case and what became of it. Hours; `taken` is inf while it waits, `left` where it gave up."""

    number: int
    need: int
    arrived: float
    service: float
    is_public: bool = False
    patience: float = inf
    taken: float = inf
    forecast: float | None = None
    told: float | None = None
    is_stretched: bool = False
    has_left: bool = False

    @property
    def waited(self) -> float:
        return self.taken - self.arrived


Lines = dict[object, deque[Case]]


@dataclass(frozen=True)
class Order:
    """line_of: the line a case joins, first come first served. next_line: from which line the next one is taken."""

    name: str
    line_of: Callable[[Case], object]
    next_line: Callable[[Lines, float], object]


def the_products_own(needs: Sequence[Need]) -> Order:
    """One line per need, the next case by `evenhand.care.cases.order.pick`."""
    standards = [need.standard * HOUR for need in needs]

    def head(line: object, case: Case, now: float) -> Head:
        need = needs[case.need]
        waited = timedelta(hours=now - case.arrived)
        return Head(line, need.is_danger, need.weight, waited, standards[case.need], case.number)

    def next_line(lines: Lines, now: float) -> object:
        found = pick([head(line, waiting[0], now) for line, waiting in lines.items() if waiting])
        assert found is not None
        return found.line

    return Order("share used", lambda case: case.need, next_line)


def _first_by(rank: Callable[[Case], object]) -> Callable[[Lines, float], object]:
    def next_line(lines: Lines, now: float) -> object:
        return min((rank(waiting[0]), line) for line, waiting in lines.items() if waiting)[1]  # type: ignore[type-var]

    return next_line


def first_come() -> Order:
    return Order("first come first served", lambda case: 0, _first_by(lambda case: case.number))


def public_first() -> Order:
    return Order(
        "public first",
        lambda case: case.is_public,
        _first_by(lambda case: (not case.is_public, case.number)),
    )


def earliest_due(needs: Sequence[Need]) -> Order:
    return Order(
        "earliest due first",
        lambda case: case.need,
        _first_by(lambda case: (case.arrived + needs[case.need].standard, case.number)),
    )


def classes(needs: Sequence[Need]) -> Order:
    return Order(
        "priority classes",
        lambda case: case.need,
        _first_by(lambda case: (needs[case.need].standard, case.number)),
    )


@dataclass
class Desk:
    """Who is there: agents(hour) is the number on duty at that hour from the start, constant between `changes`."""

    agents: Callable[[float], int]
    changes: Iterable[float] = ()


def run(
    cases: Sequence[Case],
    desk: Desk,
    order: Order,
    *,
    on_arrival: Callable[[Case, float], None] = lambda case, now: None,
    on_taken: Callable[[Case, float], None] = lambda case, now: None,
) -> None:
    """Run all cases (in order of arrival) through the desk; writes `taken` and `has_left` into them.

    An agent whose shift ends finishes the case in hand. A case whose patience ends while it waits is gone.
    """
    lines: Lines = {}
    waiting = busy = nth = 0
    events: list[tuple[float, int]] = [(at, 1) for at in sorted(desk.changes)]  # 0: an agent is free; 1: a shift
    while nth < len(cases) or waiting:
        if nth < len(cases) and (not events or cases[nth].arrived <= events[0][0]):
            case = cases[nth]
            nth += 1
            now = case.arrived
            lines.setdefault(order.line_of(case), deque()).append(case)
            waiting += 1
            on_arrival(case, now)
        elif events:
            now, kind = heappop(events)
            busy -= kind == 0
        else:
            raise RuntimeError("cases wait and nobody will ever come")
        here = desk.agents(now)
        while waiting and busy < here:
            line = lines[order.next_line(lines, now)]
            case = line.popleft()
            waiting -= 1
            if case.arrived + case.patience < now:
                case.has_left = True
                continue
            case.taken = now
            busy += 1
            heappush(events, (now + case.service, 0))
            on_taken(case, now)


def poisson_cases(
    chance: np.random.Generator,
    needs: Sequence[Need],
    *,
    count: int,
    rate: float,
    service: float,
    public: float = 0.0,
    patience: float = inf,
) -> list[Case]:
    """Arrivals at a constant rate (an hour), exponential service and patience (mean hours)."""
    arrived = np.cumsum(chance.exponential(1 / rate, count))
    return _cases(chance, needs, arrived, service, public, patience)


def _cases(
    chance: np.random.Generator,
    needs: Sequence[Need],
    arrived: np.ndarray,
    service: float,
    public: float,
    patience: float = inf,
) -> list[Case]:
    count = len(arrived)
    kinds = chance.choice(len(needs), count, p=[need.share for need in needs])
    lengths = chance.exponential(service, count)
    publics = chance.random(count) < public
    patient = np.full(count, inf) if patience == inf else chance.exponential(patience, count)
    rows = zip(kinds.tolist(), arrived.tolist(), lengths.tolist(), publics.tolist(), patient.tolist(), strict=True)
    return [Case(nth, *row) for nth, row in enumerate(rows)]


# The desk of the table: 20 agents by day, 4 by night, 1,200 cases a day at load 1, 15 % public. The mix of needs, the
# hours, the day's profile and the unevenness of days are ours; with them the table's orders come out as published.
DESK_NEEDS = (
    Need("urgent", 0.1, 1.0, weight=4.0),
    Need("normal", 0.3, 8.0),
    Need("complex", 0.6, 24.0),
)
DAY_OPENS, DAY_CLOSES = 8, 20
CASES_A_DAY = 1_200
SERVICE = (20 * 12 + 4 * 12) / CASES_A_DAY  # hours; load 1 is what the people there can just answer
PUBLIC = 0.15
PROFILE = np.where((np.arange(24) >= DAY_OPENS) & (np.arange(24) < DAY_CLOSES), 0.8 / 12, 0.2 / 12)
UNEVEN, ALIKE = 0.12, 0.5  # log standard deviation of days, and how alike one is to the next

CALM = (0.95,) * 30
SURGE = (0.95,) * 10 + (1.2,) * 5 + (0.95,) * 20
LONG_SURGE = (0.95,) * 10 + (1.2,) * 14 + (0.95,) * 45


def agents_of_the_desk(hour: float) -> int:
    return 20 if DAY_OPENS <= hour % 24 < DAY_CLOSES else 4


def the_desk(days: int) -> Desk:
    return Desk(agents_of_the_desk, [day * 24 + hour for day in range(3 * days) for hour in (DAY_OPENS, DAY_CLOSES)])


def cases_of_the_desk(loads: Sequence[float], seed: int) -> list[Case]:
    """Poisson arrivals by hour on uneven days; the days of a surge are as heavy as it says, all of them."""
    chance = np.random.default_rng(seed)
    noise = chance.normal(size=len(loads))
    for day in range(1, len(loads)):
        noise[day] = ALIKE * noise[day - 1] + (1 - ALIKE**2) ** 0.5 * noise[day]
    uneven = np.where(np.array(loads) > 1, 1.0, np.exp(UNEVEN * noise - UNEVEN**2 / 2))
    arrived = [
        day * 24 + hour + np.sort(chance.random(chance.poisson(CASES_A_DAY * load * PROFILE[hour])))
        for day, load in enumerate(np.array(loads) * uneven)
        for hour in range(24)
    ]
    return _cases(chance, DESK_NEEDS, np.concatenate(arrived), SERVICE, PUBLIC)


@dataclass(frozen=True)
class Measured:
    """kept: share answered within the standard. worst: greatest wait in standards of its need. overtakes: those of
    the same need, come later and taken earlier, per complex case. Waits in hours.
    """

    kept: float
    urgent_p95: float
    worst: float
    overtakes: float


def measure(cases: Sequence[Case], first_day: float, last_day: float) -> Measured:
    """Over those who arrived in these days, whenever they were answered."""
    seen = [case for case in cases if first_day * 24 <= case.arrived < last_day * 24]
    standard = [need.standard for need in DESK_NEEDS]
    complex_ones = [case.taken for case in seen if case.need == 2]
    return Measured(
        kept=float(np.mean([case.waited <= standard[case.need] for case in seen])),
        urgent_p95=float(np.quantile([case.waited for case in seen if case.need == 0], 0.95)),
        worst=max(case.waited / standard[case.need] for case in seen),
        overtakes=overtakes(complex_ones) / len(complex_ones),
    )


def overtakes(taken: Sequence[float]) -> int:
    """How often somebody was taken before somebody who had come earlier. taken: in order of arrival."""
    later: list[float] = []
    count = 0
    for at in reversed(taken):
        count += bisect_left(later, at)
        insort(later, at)
    return count


@dataclass
class Promises:
    """Tells each arriving case a time, by the product's forecast and calibration, and learns from each case taken.

    The forecast is made anew every quarter of an hour from counts by age; its profile is that of the desk at load .95.
    """

    calibrations: list[Calibration] = field(default_factory=lambda: [Calibration() for _ in DESK_NEEDS])
    _arrived: deque[float] = field(default_factory=deque)
    _waiting: list[dict[int, float]] = field(default_factory=lambda: [{} for _ in DESK_NEEDS])
    _forecasts: list[float] = field(default_factory=list)
    _stretched: list[float] = field(default_factory=list)
    _made: float = -inf

    edges = np.concatenate([[0.0], np.geomspace(0.25, 1_000, 50)])
    terms = {need.name: Terms(need.standard * HOUR, need.weight, need.is_danger, ALWAYS) for need in DESK_NEEDS}
    arrivals = {need.name: np.tile(PROFILE, 7) * CASES_A_DAY * 0.95 * need.share for need in DESK_NEEDS}
    capacity = np.array([agents_of_the_desk(hour) / SERVICE for hour in range(168)], dtype=float)

    def on_arrival(self, case: Case, now: float) -> None:
        if now - self._made >= 0.25:
            self._forecast(now)
        self._arrived.append(now)
        self._waiting[case.need][case.number] = now
        standard, forecast = DESK_NEEDS[case.need].standard, self._forecasts[case.need]
        told = max(standard, self._stretched[case.need])
        case.forecast, case.told, case.is_stretched = forecast, told, told > standard

    def on_taken(self, case: Case, now: float) -> None:
        del self._waiting[case.need][case.number]
        assert case.forecast is not None
        assert case.told is not None
        served = Served(
            START + now * HOUR, case.waited * HOUR, case.forecast * HOUR, case.told * HOUR, case.is_stretched
        )
        self.calibrations[case.need] = self.calibrations[case.need].after(served)

    def _forecast(self, now: float) -> None:
        while self._arrived and self._arrived[0] < now - 24:
            self._arrived.popleft()
        at = START + now * HOUR
        level = level_of_the_last_day(len(self._arrived), self.arrivals, "UTC", at) if now >= 24 else 1.0
        waiting = {}
        for need, arrived in zip(DESK_NEEDS, self._waiting, strict=True):
            ages = now - np.fromiter(arrived.values(), float, len(arrived))
            waiting[need.name] = np.histogram(ages, self.edges)[0].astype(float)
        load = Load(self.edges, waiting, self.arrivals, self.capacity, "UTC", level)
        self._forecasts = [wait / HOUR for wait in forecast_all(load, self.terms, at).values()]
        self._stretched = [
            calibration.stretched(forecast * HOUR) / HOUR
            for calibration, forecast in zip(self.calibrations, self._forecasts, strict=True)
        ]
        self._made = now


def desk_run(loads: Sequence[float], order: Order, seed: int) -> list[Case]:
    cases = cases_of_the_desk(loads, seed)
    run(cases, the_desk(len(loads)), order)
    return cases


def desk_run_with_promises(loads: Sequence[float], seed: int) -> tuple[list[Case], Promises]:
    cases = cases_of_the_desk(loads, seed)
    promises = Promises()
    order = the_products_own(DESK_NEEDS)
    run(cases, the_desk(len(loads)), order, on_arrival=promises.on_arrival, on_taken=promises.on_taken)
    return cases, promises


def promises_kept(cases: Iterable[Case], first_day: float, last_day: float) -> float:
    return float(
        np.mean(
            [
                case.waited <= case.told
                for case in cases
                if case.told is not None and first_day * 24 <= case.arrived < last_day * 24
            ]
        )
    )


def the_orders() -> list[Order]:
    return [
        first_come(),
        public_first(),
        earliest_due(DESK_NEEDS),
        classes(DESK_NEEDS),
        the_products_own(DESK_NEEDS),
    ]


def main(seeds: Sequence[int] = (1, 2, 3, 4, 5, 6)) -> None:
    """Print the measured tables, means over some seeds."""

    def mean(loads: Sequence[float], order: Order, first: int, last: int) -> Measured:
        found = [measure(desk_run(loads, order, seed), first, last) for seed in seeds]
        return Measured(*np.mean([(m.kept, m.urgent_p95, m.worst, m.overtakes) for m in found], axis=0).tolist())

    print("| order | load .95: kept | 5 days at 1.2: urgent p95 / worst multiple / overtakes | 14 days at 1.2 |")
    print("|---|---|---|---|")
    for order in the_orders():
        calm, surge, long = mean(CALM, order, 5, 30), mean(SURGE, order, 10, 15), mean(LONG_SURGE, order, 10, 24)
        print(
            f"| {order.name} | {calm.kept:.2f} | {surge.urgent_p95:.2f} h / {surge.worst:.1f} / "
            f"{surge.overtakes:.1f} | {long.urgent_p95:.2f} h / {long.worst:.1f} |"
        )
    print(
        "\n| load | promises kept | kept, of those stretched | median error of a stretched forecast | told ÷ actual |"
    )
    print("|---|---|---|---|---|")
    for name, loads, first, last in (
        (".95", CALM, 10, 30),
        ("1.2 for 5 days", SURGE, 10, 15),
        ("1.2 for 14 days", LONG_SURGE, 10, 24),
    ):
        kept, stretched, errors, padding = [], [], [], []
        for seed in seeds:
            cases, _ = desk_run_with_promises(loads, seed)
            kept.append(promises_kept(cases, first, last))
            for case in cases:
                if first * 24 <= case.arrived < last * 24 and case.is_stretched and case.told and case.forecast:
                    stretched.append(case.waited <= case.told)
                    errors.append(abs(np.log((case.waited + 0.5) / (case.forecast + 0.5))))
                    padding.append((case.told + 0.5) / (case.waited + 0.5))
        print(
            f"| {name} | {np.mean(kept):.3f} | {np.mean(stretched):.3f} of {len(stretched):,} | "
            f"{np.median(errors):.1%} | {np.median(padding):.2f} |"
        )


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or (1, 2, 3, 4, 5, 6))
