"""What many comparisons at once find by chance, and what holds among them all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenhand.fairness.parity.auditing import audit_rows
from evenhand.fairness.parity.rows import By, Rows
from evenhand.stats.cells import Verdict
from tests.fairness_parity.desks import a_desk


def of_groups(rows: Rows, many: int, seed: int) -> Rows:
    """The same cases, dealt out to so many groups by lot: no group is treated another way."""
    dealt = np.random.default_rng((seed, many)).integers(0, many, len(rows.day))
    return replace(rows, by=(By("door", dealt, tuple(f"door {k}" for k in range(many))),))


@pytest.mark.long
@pytest.mark.parametrize("many", [3, 6, 12])
def test_of_tables_without_a_gap_one_in_twenty_says_that_one_holds_however_many_groups(many: int) -> None:
    tables = 300
    found, held = 0, 0
    for seed in range(tables):
        audit = audit_rows(of_groups(a_desk(seed, cases=400 * many, days=40), many, seed))
        assert audit.has_gap or not audit.gap_holds
        found += audit.has_gap
        held += audit.gap_holds
    print(f"{many} groups: different {found / tables:.1%}, holds {held / tables:.1%}")  # docs/audit.md
    assert held / tables <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / tables)
    assert found > 2 * held


def test_a_gap_that_is_there_holds_among_many_groups() -> None:
    rows = of_groups(a_desk(2, cases=12_000), 8, 2)
    group = np.where(a_desk(2, cases=12_000, loud=(0.1, 0.1, 0.1)).by[0].group == 1, 8, rows.by[0].group)
    late = np.where(group == 8, 1.6, 1.0)
    wait = np.maximum(1, rows.answer.wait * late).astype(np.int64)
    slower = replace(
        rows,
        by=(By("door", group, tuple(f"door {k}" for k in range(9))),),
        answer=replace(
            rows.answer, wait=np.minimum(wait, rows.age), is_ended=rows.answer.is_ended & (wait <= rows.age)
        ),
    )
    audit = audit_rows(slower)
    assert audit.gap_holds
    different = [
        (group.group, group.may_be_chance)
        for finding in audit.contrasts[0].outcomes
        for group in finding.groups
        if group.verdict is Verdict.UNEQUAL
    ]
    assert ("door 8", False) in different
    assert {who for who, may_be_chance in different if not may_be_chance} == {"door 8"}


def test_of_one_comparison_what_is_found_holds() -> None:
    audit = audit_rows(a_desk(3, gap=1.5, with_standard=False))
    assert audit.has_gap
    assert audit.gap_holds
