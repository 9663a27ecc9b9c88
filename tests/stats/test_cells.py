"""Weighted differences against a plain loop and a regression, and what must always hold of cells and verdicts."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evenhand.stats.cells import CellIndex, Cells, Contrast, Verdict, between_clusters, one_look, relative_margin, tost
from evenhand.stats.outcomes import is_in_time, is_mature, standards_waited

CASES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=80
)


def cells_of(cases: list[tuple[int, int, int, int]]) -> Cells:
    return Cells.of(*(np.array(column) for column in zip(*cases, strict=True)), groups=3)


def a_file(size: int = 4000, *, days: int = 30, gap: float = 0.0, seed: int = 2) -> list[np.ndarray]:
    chance = np.random.default_rng(seed)
    need, day = chance.integers(0, 4, size), chance.integers(0, days, size)
    group = (chance.random(size) < 0.1 + 0.1 * need).astype(np.int64)
    return [need, day, group, chance.normal(3 + need + gap * group, 1)]


def test_the_difference_is_that_of_a_regression_with_a_constant_for_each_cell():
    need, day, group, outcome = a_file(gap=0.3)
    contrast = Cells.of(need, day, group, outcome, groups=2).contrast(1, 0)
    cell = np.unique(day * 4 + need, return_inverse=True)[1]
    design = np.column_stack([group, np.eye(cell.max() + 1)[cell]]).astype(float)
    model = sm.OLS(outcome, design).fit(cov_type="cluster", cov_kwds={"groups": day, "use_correction": False})
    assert contrast.theta == pytest.approx(model.params[0], rel=1e-9)
    _, s, w = contrast.by_cluster
    off = s - contrast.theta * w
    assert sqrt((off**2).sum()) / w.sum() == pytest.approx(model.bse[0], rel=1e-9)
    assert contrast.clustered_error == pytest.approx(sqrt((off**2 / (1 - w / w.sum())).sum()) / w.sum(), rel=1e-12)


def test_equal_days_of_ordinary_spread_have_a_degree_each_but_one_and_uneven_ones_fewer():
    normal = stats.norm.ppf((np.arange(40) + 0.5) / 40)
    assert between_clusters(normal, np.ones(40)) == (pytest.approx(40 / 39 * (normal**2).sum()), 39)
    assert between_clusters(normal, np.repeat([1.0, 9.0], 20))[1] == 23
    assert between_clusters(normal**3, np.ones(40))[1] < 12
    assert between_clusters(np.zeros(40), np.ones(40)) == (0.0, 39)
    assert between_clusters(np.array([5.0, -5.0]), np.array([1.0, 99.0]))[1] == 1
    with pytest.raises(ValueError):
        between_clusters(np.ones(1), np.ones(1))


@given(CASES)
def test_the_difference_is_what_a_plain_loop_finds(cases: list[tuple[int, int, int, int]]):
    top, weight, reference, alone = 0.0, 0.0, 0.0, 0
    for need, day in {(n, d) for n, d, _, _ in cases}:
        ones, zeros = ([y for n, d, g, y in cases if (n, d, g) == (need, day, k)] for k in (1, 0))
        alone += bool(ones) != bool(zeros)
        if ones and zeros:
            w = len(ones) * len(zeros) / (len(ones) + len(zeros))
            top += w * (np.mean(ones) - np.mean(zeros))
            reference += w * np.mean(zeros)
            weight += w
    contrast = cells_of(cases).contrast(1, 0)
    assert contrast.weight == pytest.approx(weight)
    assert len(contrast.without_overlap) == alone
    if weight:
        assert contrast.theta == pytest.approx(top / weight, abs=1e-12)
        assert contrast.reference_mean == pytest.approx(reference / weight)
    else:
        assert np.isnan(contrast.theta)
        assert one_look(contrast, 1.0).verdict == Verdict.TOO_FEW


@given(CASES)
def test_seen_from_the_other_side_the_difference_turns_its_sign_and_nothing_else(
    cases: list[tuple[int, int, int, int]],
):
    here, there = cells_of(cases).contrast(1, 0), cells_of(cases).contrast(0, 1)
    assert here.weight == there.weight
    assert here.raw[0] == pytest.approx(-there.raw[0], abs=1e-12, nan_ok=True)
    assert here.theta == pytest.approx(-there.theta, abs=1e-12, nan_ok=True)
    assert here.clustered_error == pytest.approx(there.clustered_error)


@given(CASES, st.integers(1, 400), st.integers(1, 50))
def test_other_days_and_everybody_later_by_the_same_change_no_difference(
    cases: list[tuple[int, int, int, int]], days: int, by: int
):
    before = cells_of(cases).contrast(1, 0)
    after = cells_of([(n, d + days, g, y + by) for n, d, g, y in cases]).contrast(1, 0)
    assert after.theta == pytest.approx(before.theta, abs=1e-9, nan_ok=True)
    assert after.weight == before.weight
    if before.weight:
        assert after.reference_mean == pytest.approx(before.reference_mean + by)


@given(CASES)
def test_every_row_twice_is_the_same_difference_with_twice_the_weight(cases: list[tuple[int, int, int, int]]):
    once, twice = cells_of(cases).contrast(1, 0), cells_of(cases * 2).contrast(1, 0)
    assert twice.theta == pytest.approx(once.theta, nan_ok=True)
    assert twice.weight == pytest.approx(2 * once.weight)


@given(CASES, st.randoms(use_true_random=False), st.integers(0, 80))
def test_cells_can_be_summed_in_any_parts_and_order(cases: list[tuple[int, int, int, int]], random, cut: int):
    mixed = random.sample(cases, len(cases))
    left, right = mixed[:cut], mixed[cut:]
    parts = [cells_of(part) if part else Cells.of([], [], [], [], groups=3) for part in (right, left)]
    merged, whole = parts[0].merged(parts[1]), cells_of(cases)
    for name in ("need", "day", "n", "total", "squares"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(whole, name))


NARROW = st.sampled_from([np.int8, np.uint8, np.int16, np.int32, np.uint32, np.int64])


@given(CASES, NARROW, st.sampled_from([1, 9, 10**6]), st.randoms(use_true_random=False))
def test_one_index_serves_several_outcomes_of_some_of_its_cases(
    cases: list[tuple[int, int, int, int]], width: type, far: int, random
):
    need, day, group, outcome = (np.array(column) for column in zip(*cases, strict=True))
    index = CellIndex.of(need.astype(width), day * far, group.astype(width), groups=3)
    some = np.array([random.random() < 0.5 for _ in cases])
    for value in (outcome, outcome * 0.5, outcome > 4, (outcome > 4).astype(np.int8), outcome.astype(np.int8)):
        holes = np.where(some, value, np.nan) if value.dtype.kind == "f" else value
        one, other = index.cells(holes, some), Cells.of(*(c[some] for c in (need, day * far, group, value)), groups=3)
        for name in ("need", "day", "n", "total", "squares"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert index.cells(outcome > 4).is_rate


def test_the_average_over_all_can_be_the_reverse_of_the_same_need():
    # Public cases are the quick needs; within each need they wait longer.
    many = np.array([20, 180, 180, 20])
    wait = np.repeat([10.0, 12.0, 100.0, 110.0], many)
    need, group = np.repeat([0, 0, 1, 1], many), np.repeat([0, 1, 0, 1], many)
    contrast = Cells.of(need, np.arange(400) % 10, group, wait, groups=2).contrast(1, 0)
    assert contrast.raw[0] < -60
    assert contrast.theta == pytest.approx(6, abs=1e-9)
    needs, theta, _ = contrast.by_need
    assert (needs.tolist(), theta.round(9).tolist()) == ([0, 1], [2.0, 10.0])


def test_no_spread_in_few_cases_is_no_proof_of_equality():
    def all_kept(size: int) -> Verdict:
        ones = np.ones(2 * size, bool)
        cells = Cells.of(
            np.zeros(2 * size, int), np.arange(2 * size) // 2 % 12, np.arange(2 * size) % 2, ones, groups=2
        )
        return one_look(cells.contrast(1, 0), 0.05).verdict

    assert all_kept(48) == Verdict.NOT_PROVEN
    assert all_kept(480) == Verdict.EQUAL


def test_quick_waits_that_never_ended_badly_are_no_proof_that_they_never_will():
    def all_quick(size: int, worst: float | None) -> Contrast:
        need, at = np.zeros(2 * size, int), np.arange(2 * size)
        quick = 0.1 + 0.002 * (at % 3)
        return replace(Cells.of(need, at // 2 % 12, at % 2, quick, groups=2), worst=worst).contrast(1, 0)

    assert one_look(all_quick(60, None), 0.05).verdict == Verdict.EQUAL
    assert one_look(all_quick(60, 3.0), 0.05).verdict == Verdict.NOT_PROVEN
    assert one_look(all_quick(1200, 3.0), 0.05).verdict == Verdict.EQUAL
    # As if the next case of 120 waited without end: one at 3, the others as they are.
    sample = np.append(np.full(120, 0.102), 3.0)
    assert all_quick(120, 3.0).unit_variance == pytest.approx(sample.var(), rel=0.01)


def test_what_a_spread_is_at_least_is_told_for_every_day_and_depends_on_no_later_one():
    need, day, group, _ = a_file(3000, days=20)
    kept = np.random.default_rng(3).random(3000) < 0.97
    whole = Cells.of(need, day, group, kept, groups=2)
    contrast = whole.contrast(1, 0)
    part = whole.chosen(whole.day <= whole.day.min() + 8).contrast(1, 0)
    assert contrast.unit_variances[8] == part.unit_variance
    assert contrast.unit_variance == contrast.unit_variances[-1]


@pytest.mark.parametrize(
    ("days", "gap", "margin", "verdict"),
    [
        (30, 0.0, 0.2, Verdict.EQUAL),
        (30, 0.5, 0.2, Verdict.UNEQUAL),
        (30, 0.0, 0.02, Verdict.NOT_PROVEN),
        (9, 0.0, 0.2, Verdict.NOT_PROVEN),
        (9, 0.5, 0.2, Verdict.UNEQUAL),
    ],
)
def test_the_verdict_says_what_the_interval_shows(days: int, gap: float, margin: float, verdict: Verdict):
    found = one_look(Cells.of(*a_file(days=days, gap=gap), groups=2).contrast(1, 0), margin)
    assert found.verdict == verdict
    assert found.is_by_case == (days < 10)
    assert found.low < found.inner_low < found.difference < found.inner_high < found.high
    assert found.not_ruled_out == max(abs(found.low), abs(found.high))


def test_a_difference_that_is_certain_but_within_the_margin_is_equal():
    found = one_look(Cells.of(*a_file(40_000, gap=0.1), groups=2).contrast(1, 0), 0.3)
    assert found.low > 0
    assert found.verdict == Verdict.EQUAL


def test_few_cases_give_no_verdict():
    need, day, group, outcome = a_file(150, days=12, gap=4)
    assert one_look(Cells.of(need, day, group, outcome, groups=2).contrast(1, 0), 0.2).verdict == Verdict.TOO_FEW


def test_touching_the_margin_is_not_within_it():
    assert tost(-0.04, 0.049, 0.05)
    assert not tost(-0.04, 0.05, 0.05)
    assert (relative_margin(2.0), relative_margin(2.0, least=0.25)) == (0.2, 0.25)


def test_never_answered_is_the_worst_wait_and_counts_once_mature():
    wait, standard = [30.0, np.inf, np.nan, 500.0, 60.0], [60.0] * 5
    assert is_in_time(wait, standard).tolist() == [True, False, False, False, True]
    assert standards_waited(wait, standard).tolist() == [0.5, 3, 3, 3, 1]
    assert is_mature([0.0, 21.0, 20.0], [60.0] * 3, now=200).tolist() == [True, False, True]
    with pytest.raises(ValueError):
        is_in_time([-1.0], [60.0])
    with pytest.raises(ValueError):
        standards_waited([1.0], [0.0])


def test_what_makes_no_cells_is_refused():
    with pytest.raises(ValueError):
        Cells.of([0, 1], [0, 0], [0, 1], [1.0, np.nan], groups=2)
    with pytest.raises(ValueError):
        Cells.of([0, 1], [0, 0], [0, 2], [1.0, 2.0], groups=2)
    index = CellIndex.of([0, 1], [0, 0], [0, 1], groups=2)
    for outcome, where in (([1.0], None), ([1.0, np.nan], None), ([1.0, np.inf], [True, True]), (["a", "b"], None)):
        with pytest.raises(ValueError):
            index.cells(outcome, where)
    cells = Cells.of([0, 0], [0, 0], [0, 1], [1.0, 2.0], groups=2)
    with pytest.raises(ValueError):
        cells.contrast(1, 1)
    with pytest.raises(ValueError):
        one_look(cells.contrast(1, 0), 0.0)
    with pytest.raises(ValueError):
        cells.merged(Cells.of([0], [0], [0], [1.0], groups=3))


def test_a_margin_relative_to_an_estimated_mean_allows_for_that_estimate():
    cells = Cells.of(*a_file(8000, gap=0.0), groups=2)
    contrast = cells.contrast(1, 0)
    above, error = contrast.beyond(0.1)
    assert above == pytest.approx(contrast.theta - 0.1 * contrast.reference_mean)
    assert contrast.beyond(0.0) == pytest.approx((contrast.theta, contrast.clustered_error))
    needs_tenth_more = Cells(cells.need, cells.day, cells.n, cells.total * np.array([1.0, 1.1]), cells.squares)
    assert needs_tenth_more.contrast(1, 0).beyond(0.1)[0] == pytest.approx(1.1 * contrast.theta)
    assert error > 0
    assert one_look(contrast, relative_margin(contrast.reference_mean), share=0.1).verdict == Verdict.EQUAL
    far = Cells.of(*a_file(8000, gap=1.0), groups=2).contrast(1, 0)
    assert one_look(far, relative_margin(far.reference_mean), share=0.1).verdict == Verdict.UNEQUAL
    with pytest.raises(ValueError):
        one_look(contrast, 0.2, share=0.0)


def test_values_that_do_not_differ_prove_nothing_equal():
    need, day, group, _ = a_file()
    for value in (1 / 3, 240.1):
        found = one_look(Cells.of(need, day, group, np.full(len(need), value), groups=2).contrast(1, 0), 1.0, share=0.1)
        assert found.verdict is Verdict.TOO_FEW


def test_days_before_1970_are_days_as_others():
    need, day, group, outcome = a_file(gap=0.3)
    late, early = (Cells.of(need, day + first, group, outcome, groups=2) for first in (0, -20_000))
    assert (early.day == late.day - 20_000).all()
    assert (early.need == late.need).all()
    assert early.contrast(1, 0).theta == pytest.approx(late.contrast(1, 0).theta, rel=1e-12)
