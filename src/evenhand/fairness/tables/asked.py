"""What somebody wants read from a table; what they leave out is guessed, and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from evenhand.fairness.parity import rows
from evenhand.fairness.tables.hours import Hours

LEAST_PARSED = 0.99
"""Where fewer dates than this share can be read, or more cases end before they begin, we stop and say so."""

EMPTY = rows.EMPTY
"""What stands for a group or a need where the table has nothing."""

Names = tuple[str, ...]
"""Spellings of one column, the first that a table has counts: ("Created Date", "CREATED_DT")."""


@dataclass(frozen=True, slots=True)
class Where:
    """Only rows in which a column has one of these values, or none of them. values: "" stands for empty."""

    column: Names
    values: tuple[str, ...]
    is_not: bool = False

    def told(self, name: str) -> str:
        """What holds of the rows that count; name: what the table calls the column."""
        return self._told(name, is_not=self.is_not)

    def why_not(self, name: str) -> str:
        """What holds of the rows that do not count."""
        return self._told(name, is_not=not self.is_not)

    def _told(self, name: str, *, is_not: bool) -> str:
        shown = " or ".join(value or EMPTY for value in self.values)
        return f"{name} is {'not ' if is_not else ''}{shown}"


@dataclass(frozen=True, slots=True)
class YesNo:
    """A column of yes and no. yes: the values that mean yes; all others then mean no, but for `unknown`."""

    column: Names
    yes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Columns by name ("Date+Time" joins two), and how to read them. None, and empty: guessed or not used."""

    start: Names = ()
    end: Names = ()
    by: tuple[Names, ...] = ()
    need: tuple[Names, ...] = ()
    wait: Names = ()
    """A column that says how long it took, where none says when: in the unit its name ends in, else in hours."""
    solved: Names = ()
    day: Names = ()
    standard: Names = ()
    """A column of due dates, of hours or of lengths of time; or one length for all."""
    in_time: YesNo | None = None
    remedy: YesNo | None = None
    amount: Names = ()
    recoded: Names = ()
    censored_at: Names = ()
    """A time, or a column whose latest time it is."""
    zone: str | None = None
    dates: str | None = None
    where: tuple[Where, ...] = ()
    unanswered: tuple[Where, ...] = ()
    """Cases of which any of these holds were closed without an answer: it never came, whatever their end says."""
    one_per: Names = ()
    keep: str | None = None
    calendar: Hours | None = None
    missing: tuple[str, ...] = ()
    sheet: str | None = None
    cells: str | None = None
    """Within which period cases are set beside each other: day, week or month."""
    leaves_out: bool = False
    profile: str | None = None

    def over(self, under: Asked) -> Asked:
        """This, and where nothing is said, what `under` says. Conditions of both hold."""
        merged: dict[str, Any] = {}
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(under, each.name)
            merged[each.name] = mine if mine or theirs is None else theirs
        if self.end and not self.wait:
            merged["wait"] = ()
        if self.wait and not self.end:
            merged["end"] = ()
        merged["where"] = (*under.where, *self.where)
        merged["unanswered"] = (*under.unanswered, *self.unanswered)
        merged["missing"] = (*under.missing, *self.missing)
        return replace(self, **merged)


def names(given: str | Sequence[str] | None) -> Names:
    """Spellings of a column from one word or several."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)
