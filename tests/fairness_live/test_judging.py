"""What a night makes of sums whose truth is known."""

from __future__ import annotations

import numpy as np

from evenhand.fairness.live.contrasts import OUTCOMES
from evenhand.fairness.live.judging import look
from evenhand.fairness.live.models import Policy
from evenhand.fairness.live.summing import COLUMNS, Matured
from evenhand.stats.cells import Verdict
from evenhand.stats.histogram import Histogram

WAIT = next(each for each in OUTCOMES if each.name == "wait")


def all_in_an_hour_of_ten(a_day: int, days: int = 28) -> Matured:
    """One need with a standard of ten hours, whose cases all wait an hour, a minute more or less from day to day."""
    n = np.full((days, 2), float(a_day))
    hours = 1 + np.where(np.arange(days) % 2, 1, -1)[:, None] * np.array([[0.0, 1 / 60]])
    columns = {"n": n, "hours": hours * n, "hours_squares": hours**2 * n}
    columns |= {"standards": hours / 10 * n, "standards_squares": (hours / 10) ** 2 * n}
    day, need = np.arange(days) + 739_000, np.zeros(days, dtype=np.int64)
    sums = {name: columns.get(name, np.zeros_like(n)) for name in COLUMNS}
    return Matured(["private", "public"], day + 4, day, need, sums, Histogram([1800], 2))


def test_quick_answers_are_not_the_same_for_sure_while_one_lost_case_would_make_a_difference():
    few, many = (look(all_in_an_hour_of_ten(a_day), WAIT, "public", "private", Policy()) for a_day in (16, 100))
    assert few is not None
    assert many is not None
    assert few.verdict is Verdict.NOT_PROVEN
    assert many.verdict is Verdict.EQUAL
