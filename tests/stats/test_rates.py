"""Rates, agreement, many tests and sizes against statsmodels, scipy and the published figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from evenhand.stats.distributions import (
    beta_cdf,
    beta_quantile,
    chi_square_tail,
    normal_quantile,
    t_quantile,
    t_two_sided,
    two_sided,
)
from evenhand.stats.rates import (
    agreement,
    agreement_by,
    benjamini_hochberg,
    clopper_pearson,
    size_for_equality,
    wilson,
)

COUNTS = [(0, 1), (1, 1), (0, 30), (30, 30), (3, 40), (433, 500), (1, 100_000), (99_000, 100_000), (400_000, 1_000_000)]


@pytest.mark.parametrize(("kept", "of"), COUNTS)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_ranges_of_rates_are_those_of_statsmodels(kept: int, of: int, level: float):
    for ours, method in ((clopper_pearson, "beta"), (wilson, "wilson")):
        theirs = proportion_confint(kept, of, alpha=1 - level, method=method)
        assert ours(kept, of, level=level) == pytest.approx(theirs, abs=1e-9)


@given(st.integers(0, 200), st.integers(1, 200))
def test_what_is_not_kept_has_the_mirrored_range(kept: int, of: int):
    kept = min(kept, of)
    for interval in (clopper_pearson, wilson):
        low, high = interval(kept, of)
        assert low <= kept / of <= high
        assert interval(of - kept, of) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(st.floats(0.5, 500), st.floats(0.5, 500), st.floats(0, 1))
def test_the_incomplete_beta_is_that_of_scipy(a: float, b: float, x: float):
    assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-10)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.5, 300), st.floats(0.5, 300))
def test_a_quantile_of_the_beta_is_where_its_sum_is(p: float, a: float, b: float):
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), abs=1e-9)


def test_the_other_distributions_are_those_of_scipy():
    for degrees in (1, 2, 9, 13.5, 400):
        for p in (1e-6, 0.025, 0.3, 0.5, 0.95, 0.995):
            assert t_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-9)
        assert t_two_sided(2.3, degrees) == pytest.approx(2 * stats.t.sf(2.3, degrees), rel=1e-9)
    for degrees in (1, 2, 5, 30):
        for x in (0.001, 1.0, 20.0, 122.25, 600.0):
            assert chi_square_tail(x, degrees) == pytest.approx(stats.chi2.sf(x, degrees), rel=1e-9)
    assert two_sided(9.0) == pytest.approx(2 * stats.norm.sf(9), rel=1e-9)
    assert normal_quantile(0.975) == pytest.approx(stats.norm.ppf(0.975), rel=1e-9)


@given(st.lists(st.floats(0, 1), max_size=40))
def test_many_tests_are_ordered_as_by_statsmodels(p: list[float]):
    ours = benjamini_hochberg(p)
    if p:
        np.testing.assert_allclose(ours, multipletests(p, method="fdr_bh")[1], rtol=1e-9, atol=1e-300)


def two_codings(size: int, *, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    first = chance.choice(4, size, p=[0.5, 0.3, 0.15, 0.05])
    return first, np.where(chance.random(size) < 0.7, first, chance.integers(0, 4, size))


def test_agreement_beyond_chance_is_that_of_statsmodels():
    first, again = two_codings(300)
    theirs = cohens_kappa(np.bincount(first * 4 + again, minlength=16).reshape(4, 4))
    ours = agreement(first, again, needs=4)
    assert ours.kappa.value == pytest.approx(theirs.kappa, rel=1e-9)
    assert ours.kappa.error == pytest.approx(theirs.std_kappa, rel=1e-9)
    assert (ours.kappa.low, ours.kappa.high) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), rel=1e-9)
    assert ours.agreed == (first == again).mean()


def test_agreement_stands_for_each_door_and_is_none_where_chance_alone_would_do():
    first, again = two_codings(300)
    door = np.arange(300) % 2
    doors = agreement_by(door, first, again, needs=4)
    assert list(doors) == [0, 1]
    assert doors[1] == agreement(first[door == 1], again[door == 1], needs=4)
    assert agreement([2, 2], [2, 2], needs=4).kappa is None
    assert agreement([0, 1, 2], [0, 1, 2], needs=3).kappa.value == pytest.approx(1)


def test_the_published_sizes():
    assert size_for_equality(0.3, 0.05, smaller_share=0.1) == 433
    assert size_for_equality(1.0, 0.1, smaller_share=0.1) == 1203


@pytest.mark.parametrize(("kept", "of"), [(1, 0), (-1, 5), (6, 5)])
def test_what_makes_no_rate_is_refused(kept: int, of: int):
    with pytest.raises(ValueError):
        clopper_pearson(kept, of)
    with pytest.raises(ValueError):
        wilson(kept, of)


def test_what_makes_no_sum_is_refused():
    with pytest.raises(ValueError):
        benjamini_hochberg([0.1, 1.2])
    with pytest.raises(ValueError):
        agreement([], [], needs=2)
    with pytest.raises(ValueError):
        size_for_equality(0.3, 0.0)
    with pytest.raises(ValueError):
        beta_cdf(0.5, 0.0, 1.0)
    with pytest.raises(ValueError):
        normal_quantile(1.0)
    with pytest.raises(ValueError):
        chi_square_tail(1.0, 0)
