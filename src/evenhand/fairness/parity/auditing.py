"""The whole audit of rows in memory."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.fairness.parity.findings import Audit, Contrast
from evenhand.fairness.parity.judging import Margins, judge
from evenhand.fairness.parity.rows import Rows
from evenhand.fairness.parity.sums import THE_REST, Sums, sums_of


def audit_rows(
    rows: Rows, *, margins: Margins | None = None, reference: str | None = None, min_cell: int = 10
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
    named = [one for one in sums if reference is None or reference in one.groups] or list(sums)[:1]
    contrasts = tuple(
        judge(one, margins=asked, reference=reference if one in named else None, min_cell=min_cell) for one in sums
    )
    return Audit(
        rows=about.read,
        left_out=dict(about.left_out),
        assumed=dict(about.assumed),
        warnings=(*about.warnings, *_warnings(sums, contrasts)),
        contrasts=contrasts,
    )


def _warnings(sums: Sequence[Sums], contrasts: Sequence[Contrast]) -> list[str]:
    said: list[str] = []
    for one, contrast in zip(sums, contrasts, strict=True):
        if THE_REST in one.groups:
            said.append(f"{one.by} has very many groups: the smallest are taken together as {THE_REST}.")
        for finding in contrast.outcomes:
            said += [f"{one.by}, {finding.outcome}: {words}." for words in finding.answered_only]
            if any(g.same_need and g.same_need.is_by_case for g in finding.groups):
                said.append(
                    f"{one.by}, {finding.outcome}: fewer than ten days, so cases were taken one by one, "
                    "and equality cannot be found."
                )
        for horizon in {id(o.horizons): o.horizons for o in one.outcomes if o.horizons is not None}.values():
            short = [one.needs[k] for k in horizon.is_short.nonzero()[0].tolist()]
            if short:
                some = ", ".join(short[:3]) + (f" and {len(short) - 3} more" if len(short) > 3 else "")
                said.append(
                    f"fewer than nine in ten were ever answered of {some}: what is taken for their standard is "
                    "the time by which nine in ten of those who were had their answer."
                )
    return list(dict.fromkeys(said))
