"""What an audit found: figures with their uncertainty, and verdicts. docs/audit.md has the same as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from evenhand.stats.cells import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.fairness.parity.shown import Table
    from evenhand.fairness.report.notebook import Picture

SCHEMA = 1


class Outcome(StrEnum):
    """What is compared. Times are in hours, rates are shares of 1, amounts in the table's own unit."""

    IN_TIME = "in_time"
    WAIT = "wait"
    SOLVED = "solved"
    REMEDY = "remedy"
    AMOUNT = "amount"

    @property
    def is_time(self) -> bool:
        return self in (Outcome.WAIT, Outcome.SOLVED)

    @property
    def is_rate(self) -> bool:
        return self in (Outcome.IN_TIME, Outcome.REMEDY)

    @property
    def unit(self) -> str:
        return "hours" if self.is_time else "share" if self.is_rate else "amount"


@dataclass(frozen=True, slots=True)
class Raw:
    """The plain difference from the reference, whatever the need, with its 95 % interval."""

    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SameNeed:
    """The difference for the same need on the same day. low, high: 95 %. inner_low, inner_high: 90 %, which equality
    must keep within ± margin. ratio: 1.18 is 18 % more. not_ruled_out: the largest difference the interval holds.
    p: two-sided, for "no difference"; p_adjusted: by Benjamini–Hochberg among all comparisons of the audit."""

    difference: float | None
    ratio: float | None
    low: float | None
    high: float | None
    inner_low: float | None
    inner_high: float | None
    margin: float | None
    not_ruled_out: float | None
    n_effective: float
    cells_without_overlap: int
    p: float | None = None
    p_adjusted: float | None = None
    weeks_more: float | None = None
    """Where NOT PROVEN: about how many more weeks of the same volume it takes; None where waiting does not help."""
    is_by_case: bool = False
    """Fewer than ten days: cases were taken one by one, and equality is never found."""


@dataclass(frozen=True, slots=True)
class NeedFigure:
    """What drives a difference: one need's own, for the same day, in the outcome's unit, and its weight."""

    need: str
    n: int
    n_reference: int
    difference: float
    ratio: float | None
    low: float | None
    high: float | None
    share_of_weight: float
    p_adjusted: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """One group's figures. median, p90, rmst: hours by Kaplan–Meier, open cases counted; None for rates, and where
    the curve never gets there. mean: of a rate or an amount. raw, same_need and verdict are None for the reference."""

    group: str
    n: int
    open: int | None
    median: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    p90: float | None = None
    rmst: float | None = None
    rmst_low: float | None = None
    rmst_high: float | None = None
    mean: float | None = None
    raw: Raw | None = None
    same_need: SameNeed | None = None
    verdict: Verdict | None = None
    too_few: str | None = None
    """What is missing, where the verdict is TOO FEW or the figures are held back because the group is small."""
    drivers: tuple[NeedFigure, ...] = ()

    @property
    def may_be_chance(self) -> bool:
        """Whether its difference is no longer sure once all comparisons of the audit are counted together."""
        p = None if self.same_need is None else self.same_need.p_adjusted
        return p is not None and p >= 0.05


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of a group still waiting, at `hours` (rising, from 0), and how many were waiting at `marks`.

    share, low, high: as long as hours. at_risk: as long as marks. Ends where fewer than the least shown wait.
    """

    group: str
    hours: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    marks: tuple[float, ...]
    at_risk: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Lonely:
    """A need in which one group alone was seen, day for day: nothing can be compared there."""

    need: str
    group: str
    cells: int
    cases: int


@dataclass(frozen=True, slots=True)
class LogRankFigure:
    """Are all groups answered at one rate at equal age, for the same need and day?"""

    chi_square: float
    degrees: int
    p: float


@dataclass(frozen=True, slots=True)
class OutcomeFinding:
    """One outcome of one contrast. mature: cases the verdict rests on. horizon: hours up to which rmst counts.
    answered_only: where the answered cases alone would have said otherwise, what they would have said."""

    outcome: Outcome
    groups: tuple[Group, ...]
    mature: int
    not_yet: int
    horizon: float | None = None
    curves: tuple[Curve, ...] = ()
    log_rank: LogRankFigure | None = None
    lonely: tuple[Lonely, ...] = ()
    answered_only: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        return self.outcome.unit


@dataclass(frozen=True, slots=True)
class Coding:
    """How a group's needs agree with their blind re-coding: kappa is what is beyond chance."""

    group: str
    n: int
    agreed: float
    kappa: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """The groups of one column, each against the reference."""

    by: str
    reference: str
    outcomes: tuple[OutcomeFinding, ...]
    coding: tuple[Coding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of the headlines: in time (the wait, where no standard is known), solved, remedy."""
        return overall(tuple(verdict for finding in self.headlines for verdict in verdicts_of(finding)))

    @property
    def headlines(self) -> tuple[OutcomeFinding, ...]:
        has_standard = any(finding.outcome is Outcome.IN_TIME for finding in self.outcomes)
        beside = {Outcome.AMOUNT} | ({Outcome.WAIT} if has_standard else set())
        return tuple(finding for finding in self.outcomes if finding.outcome not in beside)


def verdicts_of(finding: OutcomeFinding) -> tuple[Verdict, ...]:
    return tuple(group.verdict for group in finding.groups if group.verdict is not None)


def overall(verdicts: tuple[Verdict, ...]) -> Verdict:
    """One verdict for several: one gap is a gap; equal only where all are; a group too small leaves it open."""
    if Verdict.UNEQUAL in verdicts:
        return Verdict.UNEQUAL
    if not verdicts or set(verdicts) == {Verdict.TOO_FEW}:
        return Verdict.TOO_FEW
    return Verdict.EQUAL if set(verdicts) == {Verdict.EQUAL} else Verdict.NOT_PROVEN


@dataclass(frozen=True, repr=False)
class Audit:
    """All that one look at a table found."""

    rows: int
    left_out: dict[str, int]
    assumed: dict[str, Any]
    warnings: tuple[str, ...]
    contrasts: tuple[Contrast, ...]
    made: dict[str, str] = field(default_factory=dict)
    """The version, the time, the file, and the exact command that repeats it."""

    @property
    def verdict(self) -> Verdict:
        """The verdict over all contrasts."""
        return overall(tuple(contrast.verdict for contrast in self.contrasts))

    @property
    def has_gap(self) -> bool:
        """Whether any outcome of any contrast is UNEQUAL."""
        return any(Verdict.UNEQUAL in verdicts_of(finding) for one in self.contrasts for finding in one.outcomes)

    @property
    def gap_holds(self) -> bool:
        """Whether anything is UNEQUAL that is so among all comparisons together (Benjamini–Hochberg at 5 %): of audits
        without any gap, however many groups they have, one in twenty says so."""
        return any(
            group.verdict is Verdict.UNEQUAL and not group.may_be_chance
            for one in self.contrasts
            for finding in one.outcomes
            for group in finding.groups
        )

    def to_dict(self) -> dict[str, Any]:
        """By schema 1, as `--json` writes it; `shown.to_dict` says what each key holds."""
        from evenhand.fairness.parity import shown

        return shown.to_dict(self)

    def to_json(self, *, indent: int | None = 1) -> str:
        """The same as JSON text."""
        from evenhand.fairness.parity import shown

        return shown.to_json(self, indent=indent)

    def table(self) -> Table:
        """Flat rows, one for each group and outcome; printed, a readable table."""
        from evenhand.fairness.parity import shown

        return shown.table(self)

    def plot(self, *, by: str | None = None, outcome: str | None = None) -> Picture:
        """The differences as a picture that a notebook shows; `.save("audit.svg")` writes it."""
        from evenhand.fairness.report import notebook

        return notebook.plot(self, by=by, outcome=outcome)

    def to_html(self, path: str | Path | None = None, *, title: str | None = None) -> str:
        """One page with all it needs inside; written to `path` where one is given."""
        from evenhand.fairness.report import notebook

        return notebook.to_html(self, path, title=title)

    def _repr_html_(self) -> str:
        from evenhand.fairness.report import notebook

        return notebook.in_cell(self)

    def __str__(self) -> str:
        from evenhand.fairness.parity import words

        return f"{words.headline(self)}\n\n{words.table_text(self)}"

    def __repr__(self) -> str:
        return str(self)
