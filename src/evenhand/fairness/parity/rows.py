"""The cases of a table as columns of numbers: what every way of reading makes, and every audit starts from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.stats.columns import Flags, Floats, Ints, same_length

EMPTY = "(empty)"
"""The name of a group or a need where the table has none."""

UNKNOWN = -1
"""In a yes-or-no column: nobody knows."""


class Period(StrEnum):
    """Within how long cases count as of the same time: a day, unless a table is so thin that days hold few."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def begins(self, day: Ints) -> Ints:
        """(N,) the first day of each day's period. day: (N,) days since 1970-01-01; weeks begin on Monday."""
        if self is Period.WEEK:
            return (day + 3) // 7 * 7 - 3  # the first of January 1970 was a Thursday
        if self is Period.MONTH:
            return day.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        return day


@dataclass(frozen=True)
class By:
    """What is compared: name, and the group of each case. group: (N,) 0 … len(groups) − 1."""

    name: str
    group: NDArray[Any]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Ending:
    """When something came: the first answer, or the solution.

    wait: (N,) whole seconds from opening until it came, or until the table was taken where it had not come yet.
    With business hours, seconds within them. is_ended: (N,) whether it had come.
    """

    wait: Ints
    is_ended: Flags


@dataclass(frozen=True)
class Rows:
    """N cases. Rows that could not be read are not among them; `left_out` says how many, and why.

    age: (N,) whole seconds from opening until the table was taken (within business hours, where such are given).
    day: (N,) the local day of opening, in days since 1970-01-01, or the first day of the period it lies in.
    need: (N,) 0 … len(needs) − 1.
    answer: the ending compared. solution: a second one, where the table has it.
    standard: (N,) seconds each case was promised, nan where none. in_time: (N,) 1, 0 or UNKNOWN where the table says
    it itself. remedy: (N,) 1, 0 or UNKNOWN. amount: (N,) nan where unknown. recoded: (N,) the need as coded blind
    for a second time, UNKNOWN where it was not.
    """

    age: Ints
    day: Ints
    need: NDArray[Any]
    needs: tuple[str, ...]
    by: tuple[By, ...]
    answer: Ending
    solution: Ending | None = None
    standard: Floats | None = None
    in_time: NDArray[np.int8] | None = None
    remedy: NDArray[np.int8] | None = None
    amount: Floats | None = None
    recoded: NDArray[Any] | None = None
    read: int = 0
    """How many rows the table had, those left out too."""
    left_out: dict[str, int] = field(default_factory=dict)
    assumed: dict[str, Any] = field(default_factory=dict)
    """What the reader took for granted: censored_at, zone, need, start, end, … as told to people and to machines."""
    warnings: tuple[str, ...] = ()
    period: Period = Period.DAY
    has_ends: bool = True
    """Whether the table says when cases ended; where it does not, no wait is compared, and no case is called open."""

    def __post_init__(self) -> None:
        columns: dict[str, NDArray[Any]] = {"age": self.age, "day": self.day, "need": self.need}
        columns |= {f"by {by.name}": by.group for by in self.by}
        for name, ending in (("answer", self.answer), ("solution", self.solution)):
            if ending is not None:
                columns |= {name: ending.wait, f"{name} came": ending.is_ended}
        for name in ("standard", "in_time", "remedy", "amount", "recoded"):
            column = getattr(self, name)
            if column is not None:
                columns[name] = column
        same_length(**columns)

    def in_periods(self, period: Period) -> Rows:
        """The same, with cases of one week or month counted as of the same time."""
        if period is self.period:
            return self
        return replace(self, day=period.begins(self.day), period=period)

    def __len__(self) -> int:
        return len(self.age)
