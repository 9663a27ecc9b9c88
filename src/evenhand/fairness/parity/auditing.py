"""The whole audit of rows in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.fairness.parity.findings import Audit, Contrast, Outcome
from evenhand.fairness.parity.judging import Margins, adjusted, judge
from evenhand.fairness.parity.rows import EMPTY, Period, Rows
from evenhand.fairness.parity.sums import THE_REST, Sums, sums_of
from evenhand.stats.cells import DAYS_FOR_CLUSTERS, Cells

A_FIFTH = 1 / 5
"""With a larger share of cases in no group, that is said."""

A_THIRD = 1 / 3
"""With a smaller share of a group beside the reference, longer periods are offered."""


def audit_rows(
    rows: Rows,
    *,
    margins: Margins | None = None,
    reference: str | None = None,
    min_cell: int = 10,
) -> Audit:
    """What one look at these rows finds. reference: a group's name, the largest group otherwise; min_cell: groups with
    fewer cases are named and nothing more. Raises judging.NoSuchGroup."""
    return audit_sums(sums_of(rows), rows, margins=margins, reference=reference, min_cell=min_cell)


def audit_sums(
    sums: Sequence[Sums],
    about: Rows,
    *,
    margins: Margins | None = None,
    reference: str | None = None,
    min_cell: int = 10,
) -> Audit:
    """The same from sums, wherever they were made. about: what was read, left out, assumed and warned of."""
    asked = margins or Margins()
    named = [reference is None or reference in one.groups for one in sums]
    if not any(named):
        named[:1] = [True]  # so that judging says which groups there are
    contrasts = adjusted(
        [
            judge(one, margins=asked, reference=reference if has_it else None, min_cell=min_cell)
            for one, has_it in zip(sums, named, strict=True)
        ]
    )
    return Audit(
        rows=about.read,
        left_out=dict(about.left_out),
        assumed={**about.assumed, **({} if about.period is Period.DAY else {"cells": str(about.period)})},
        warnings=(*about.warnings, *_warnings(sums, contrasts, about)),
        contrasts=contrasts,
    )


def _warnings(sums: Sequence[Sums], contrasts: Sequence[Contrast], about: Rows) -> list[str]:
    said: list[str] = []
    for one, contrast in zip(sums, contrasts, strict=True):
        if THE_REST in one.groups:
            said.append(f"“{one.by}” has very many groups: the smallest are taken together as {THE_REST}.")
        said += _spelled_twice(f"groups of “{one.by}”", one.groups)
        said += _spelled_twice("needs", one.needs)
        said += _without_a_group(one, contrast)
        for finding in contrast.outcomes:
            said += [f"By “{one.by}”, {_named(finding.outcome)}: {words}." for words in finding.answered_only]
        days = len(np.unique(np.concatenate([o.cells.day for o in one.outcomes])))
        if days < DAYS_FOR_CLUSTERS:
            said.append(
                f"By “{one.by}”: fewer than ten {about.period}s, so cases were taken one by one, and equality "
                f"cannot be found. A {about.period} that favours one group by chance then looks like a difference: "
                "wait for more."
            )
        if about.has_ends and sum(one.open) == sum(one.n):
            said.append("Not one case has come to its end: is the right column read for it?")
        said += _thin(one, contrast, about.period)
        for o in one.outcomes:
            if o.waiting and not any(waiting.events.any() for waiting in o.waiting):
                if sum(one.open) < sum(one.n):  # else it is said already
                    said.append(f"Not one case has a time for “{_named(o.outcome)}”: is the right column read for it?")
            elif o.horizons is not None:
                said += _short([one.needs[k] for k in o.horizons.is_short.nonzero()[0].tolist()])
    return list(dict.fromkeys(said))


def _spelled_twice(what: str, names: Sequence[str]) -> list[str]:
    """Names that differ in capitals and blanks alone: each counts for itself, which is hardly meant."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(" ".join(name.casefold().split()), []).append(name)
    found = [" and ".join(f"“{name}”" for name in some) for some in alike.values() if len(some) > 1]
    if not found:
        return []
    more = f", and {len(found) - 3} more" if len(found) > 3 else ""
    return [
        f"Of the {what}, some differ in capitals alone and count as different: {', '.join(found[:3])}{more}. Spell "
        "them alike in the table if they are the same."
    ]


def _without_a_group(one: Sums, contrast: Contrast) -> list[str]:
    if EMPTY not in one.groups:
        return []
    share = one.n[one.groups.index(EMPTY)] / max(sum(one.n), 1)
    if contrast.reference != EMPTY and share < A_FIFTH:
        return []
    return [
        f"By “{one.by}”: {100 * share:.0f} % of the cases have nothing there and count as a group named {EMPTY}"
        f"{', which all others are compared with' if contrast.reference == EMPTY else ''}. Is the right column read? "
        f"Leave them out with --where '{one.by}!='."
    ]


def _named(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")


def _short(needs: Sequence[str]) -> list[str]:
    if not needs:
        return []
    some = ", ".join(needs[:3]) + (f" and {len(needs) - 3} more" if len(needs) > 3 else "")
    return [
        f"Of {some}, fewer than nine in ten ever came to their end: what is taken for their standard is the time by "
        "which nine in ten of those that did had come to it."
    ]


def _thin(one: Sums, contrast: Contrast, period: Period) -> list[str]:
    """Whether so few cases have one of the reference beside them that longer periods would tell more."""
    if period is Period.MONTH or not one.outcomes:
        return []
    cells, base = one.outcomes[0].cells, one.groups.index(contrast.reference)
    judged = {g.group for g in contrast.outcomes[0].groups if g.same_need is not None}
    said = []
    for g, name in enumerate(one.groups):
        if name not in judged or (now := _beside(cells, g, base, period)) >= A_THIRD:
            continue
        longer = [p for p in (Period.WEEK, Period.MONTH) if list(Period).index(p) > list(Period).index(period)]
        shares = {p: _beside(cells, g, base, p) for p in longer}
        beside = f"a case of “{contrast.reference}” beside them for the same need and {period}"
        if not now and not any(shares.values()):
            said.append(
                f"By “{one.by}”: no case of “{name}” has {beside}, nor in any longer period: they never have the same "
                "need, so nothing can be said of them. A coarser --need, or --reference with another group, may help."
            )
            continue
        more = [f"{100 * share:.0f} % with --cells {p}" for p, share in shares.items()]
        share_now = f"{100 * now:.0f} %" if now >= 0.005 or not now else "fewer than 1 %"
        said.append(
            f"By “{one.by}”: {share_now} of “{name}” have {beside}; the rest say nothing. It would be "
            f"{' and '.join(more)}."
        )
    return said


def _beside(cells: Cells, g: int, base: int, period: Period) -> float:
    """The share of a group's cases that have one of the reference beside them in their need and period."""
    when = period.begins(cells.day)
    _, where = np.unique(when * (int(cells.need.max(initial=0)) + 1) + cells.need, return_inverse=True)
    mine, theirs = (np.bincount(where, weights=cells.n[:, who]) for who in (g, base))
    return float(mine[theirs > 0].sum() / max(mine.sum(), 1.0))
