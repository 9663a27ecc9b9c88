"""What a nightly audit keeps: sums of cases whose outcome is known for good, so that none is ever read again.

A stratum, one need on one day of arrival, is complete once its horizon has passed since that day's end: every case in
it has been answered, or is known to have waited longer. It is then added, once, to cells, waits and log-rank sums.
What is younger is read anew each night and laid over (`provisional`); how much that is, the horizons say and not the
years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenhand.stats.cells import CellIndex, Cells
from evenhand.stats.columns import Flags, Ints, codes, flat, same_length, whole
from evenhand.stats.histogram import Histogram
from evenhand.stats.log_rank import LogRankSums, log_rank_sums


class StratumTwice(ValueError):
    """A need's day that is in the series already; nothing was added. need, day: the first such."""

    def __init__(self, need: int, day: int) -> None:
        super().__init__(f"need {need} of day {day} is in this series already: a stratum is added once, and whole")
        self.need, self.day = need, day


@dataclass(frozen=True)
class Cases:
    """N cases of complete strata, all of them. need, day, group: (N,) codes from 0. minute: (N,) whole minutes
    waited; more than the need's horizon where nobody had answered by then. is_answered: (N,). outcomes: by name, (N,)
    numbers, nan where unknown, or True and False."""

    need: NDArray[Any]
    day: NDArray[Any]
    group: NDArray[Any]
    minute: NDArray[Any]
    is_answered: Flags
    outcomes: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Series:
    """The state of a nightly audit: a value that is merged in any parts and any order, for one set of groups.

    horizons: (K,) whole minutes for each need, three standards as a rule. cells: by outcome. waits: minute by minute.
    tested: of the log-rank test over needs and days. strata: (S,) the need-days that are in, as day · K + need, rising.
    """

    horizons: Ints
    groups: int
    cells: Mapping[str, Cells]
    waits: Histogram
    tested: LogRankSums
    strata: Ints

    @classmethod
    def new(cls, horizons: ArrayLike, groups: int, outcomes: tuple[str, ...]) -> Series:
        """A series without a case. Raises ValueError for horizons or groups below 1."""
        waits = Histogram(horizons, groups)
        none = np.zeros(0, dtype=np.int64)
        empty = CellIndex.of(none, none, none, groups=groups).cells(none)
        return cls(waits.horizons, groups, dict.fromkeys(outcomes, empty), waits, LogRankSums.none(groups), none)

    def of(self, cases: Cases) -> Series:
        """A series of the same kind with these cases alone. Raises ValueError for bad codes, lengths, or outcomes
        that are not the series' own."""
        if set(cases.outcomes) != set(self.cells):
            raise ValueError(f"outcomes {sorted(self.cells)}, not {sorted(cases.outcomes)}")
        need, day = codes(cases.need, "need", len(self.horizons)), codes(cases.day, "day")
        minute, ended = whole(cases.minute, "minute"), flat(cases.is_answered, "is_answered").astype(np.bool_)
        same_length(need=need, day=day, minute=minute, is_answered=ended)
        index = CellIndex.of(need, day, cases.group, groups=self.groups)
        cells = {name: _known(index, flat(values, name)) for name, values in cases.outcomes.items()}
        waits = Histogram(self.horizons, self.groups)
        waits.add(need, cases.group, minute, ended)
        last = self.horizons[need]
        ended &= minute <= last
        stratum = day * len(self.horizons) + need
        tested = log_rank_sums(np.minimum(minute, last + 1), ended, cases.group, stratum, groups=self.groups)
        return Series(self.horizons, self.groups, cells, waits, tested, np.unique(stratum))

    def merged(self, other: Series) -> Series:
        """These and those together. Raises StratumTwice; ValueError for other horizons, groups or outcomes."""
        if set(self.cells) != set(other.cells):
            raise ValueError(f"series of {sorted(self.cells)} and of {sorted(other.cells)}")
        waits = self.waits.merged(other.waits)
        both = np.intersect1d(self.strata, other.strata, assume_unique=True)
        if len(both):
            raise StratumTwice(int(both[0]) % len(self.horizons), int(both[0]) // len(self.horizons))
        return Series(
            self.horizons,
            self.groups,
            {name: cells.merged(other.cells[name]) for name, cells in self.cells.items()},
            waits,
            self.tested.merged(other.tested),
            np.sort(np.concatenate([self.strata, other.strata])),
        )

    def with_cases(self, cases: Cases) -> Series:
        """One night more: a new series, and this one as it was. Raises as `of` and `merged`."""
        return self.merged(self.of(cases))

    def provisional(self, need: ArrayLike, group: ArrayLike, minute: ArrayLike, is_answered: ArrayLike) -> Histogram:
        """The waits with those of cases in strata that are not complete yet, as far as they are known tonight."""
        over = Histogram(self.horizons, self.groups)
        over.add(need, group, minute, is_answered)
        return self.waits.merged(over)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The series as named columns, for a file (`numpy.savez`) or tables; `from_arrays` makes it again."""
        rows = self.waits.rows()
        columns: dict[str, NDArray[Any]] = {
            "horizons": self.horizons,
            "groups": np.array([self.groups]),
            "strata": self.strata,
            "tested.observed": self.tested.observed,
            "tested.expected": self.tested.expected,
            "tested.covariance": self.tested.covariance,
        }
        columns |= {f"waits.{name}": getattr(rows, name) for name in _WAITS}
        for outcome, cells in self.cells.items():
            columns |= {f"cells.{outcome}.{name}": getattr(cells, name) for name in _CELLS}
        return columns

    @classmethod
    def from_arrays(cls, columns: Mapping[str, NDArray[Any]]) -> Series:
        """Raises KeyError for a column that is missing, ValueError for one that cannot be."""
        outcomes = sorted({name.removesuffix(".need")[6:] for name in columns if _is_of_cells(name)})
        groups = int(columns["groups"][0])
        waits = Histogram(columns["horizons"], groups)
        waits.add(*(columns[f"waits.{name}"] for name in _WAITS))
        cells = {each: Cells(*(columns[f"cells.{each}.{name}"] for name in _CELLS)) for each in outcomes}
        tested = LogRankSums(*(columns[f"tested.{name}"] for name in ("observed", "expected", "covariance")))
        return cls(waits.horizons, groups, cells, waits, tested, columns["strata"])


_WAITS = ("need", "group", "minute", "is_answered", "count")
_CELLS = ("need", "day", "n", "total", "squares")


def _is_of_cells(name: str) -> bool:
    return name.startswith("cells.") and name.endswith(".need")


def _known(index: CellIndex, values: NDArray[Any]) -> Cells:
    return index.cells(values, None if values.dtype.kind != "f" else ~np.isnan(values))
