"""The log-rank family against lifelines and statsmodels, against a plain loop, and against what must always hold."""

import lifelines
import lifelines.statistics
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.datasets import load_waltons
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import survdiff

from evenhand.stats.cells import between_clusters
from evenhand.stats.log_rank import (
    LogRankSums,
    anytime_log_rank,
    log_rank,
    log_rank_sums,
    rate_ratio,
    risk_sets,
    risk_sets_by_then,
)

CASES = st.lists(
    st.tuples(st.integers(0, 12), st.booleans(), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=60
)


def columns(cases: list[tuple[int, bool, int, int]]) -> list[np.ndarray]:
    return [np.array(column) for column in zip(*cases, strict=True)]


def a_desk(size: int, *, groups: int = 2, strata: int = 5, faster: float = 1.0, seed: int = 1) -> list[np.ndarray]:
    """Waits, whether answered, group, stratum; group 1 `faster` times as fast; each stratum at its pace."""
    chance = np.random.default_rng(seed)
    stratum, group = chance.integers(0, strata, size), chance.integers(0, groups, size)
    waited = chance.exponential(200 * (1 + stratum), size) / np.where(group == 1, faster, 1)
    seen = chance.exponential(900, size)
    return [np.minimum(waited, seen).astype(np.int64), waited <= seen, group, stratum]


def test_the_published_example():
    flies = load_waltons()
    assert round(log_rank(risk_sets(flies["T"], flies.E, flies.group == "miR-137")).chi_square, 4) == 122.2491


@pytest.mark.parametrize("groups", [2, 3, 6])
def test_the_plain_test_is_that_of_lifelines(groups: int):
    time, ended, group, _ = a_desk(800, groups=groups, faster=1.2)
    theirs = lifelines.statistics.multivariate_logrank_test(time, group, ended)
    ours = log_rank(risk_sets(time, ended, group))
    assert ours.chi_square == pytest.approx(theirs.test_statistic, rel=1e-9)
    assert ours.p == pytest.approx(theirs.p_value, rel=1e-9)
    assert ours.degrees == groups - 1


@pytest.mark.parametrize("groups", [2, 4])
def test_the_stratified_test_is_that_of_statsmodels(groups: int):
    time, ended, group, stratum = a_desk(900, groups=groups, faster=1.1)
    chi, p = survdiff(time, ended.astype(int), group, strata=stratum)
    ours = log_rank(risk_sets(time, ended, group, stratum))
    assert ours.chi_square == pytest.approx(chi, rel=1e-9)
    assert ours.p == pytest.approx(p, rel=1e-9)


def by_a_plain_loop(
    time: np.ndarray, ended: np.ndarray, turned: np.ndarray, stratum: np.ndarray
) -> dict[tuple[int, float], tuple[list[int], list[int]]]:
    found = {}
    for layer, moment in {(s, t) for s, t, e in zip(stratum, time, ended, strict=True) if e}:
        here = (stratum == layer) & (time >= moment)
        done, is_one = here & (time == moment) & ended, turned < moment
        found[layer, moment] = (
            [int((done & ~is_one).sum()), int((done & is_one).sum())],
            [int((here & ~is_one).sum()), int((here & is_one).sum())],
        )
    return found


@given(CASES, st.lists(st.sampled_from([-1.0, 0.0, 1.0, 4.0, 11.0, np.nan, np.inf]), min_size=60, max_size=60))
def test_whoever_went_public_while_waiting_is_compared_with_those_of_equal_age_from_then_on(
    cases: list[tuple[int, bool, int, int]], turned: list[float]
):
    time, ended, _, stratum = columns(cases)
    turned_at = np.array(turned[: len(cases)])
    sets = risk_sets_by_then(time, ended, turned_at, stratum)
    rows = zip(sets.stratum, sets.time, sets.events.tolist(), sets.at_risk.tolist(), strict=True)
    ours = {(s, t): (events, at_risk) for s, t, events, at_risk in rows}
    assert ours == by_a_plain_loop(time, ended, turned_at, stratum)


@given(CASES)
def test_who_began_in_a_group_and_stayed_is_a_case_of_that_group(cases: list[tuple[int, bool, int, int]]):
    time, ended, group, stratum = columns(cases)
    fixed = risk_sets(time, ended, group == 1, stratum, groups=2)
    turning = risk_sets_by_then(time, ended, np.where(group == 1, -1.0, np.nan), stratum)
    np.testing.assert_array_equal(fixed.events, turning.events)
    np.testing.assert_array_equal(fixed.at_risk, turning.at_risk)
    np.testing.assert_array_equal(fixed.time, turning.time)


def test_the_squeaky_wheel_is_the_test_of_a_cox_model_with_a_covariate_that_changes():
    chance = np.random.default_rng(2)
    waited, seen = chance.exponential(100, 250), chance.exponential(300, 250)
    turned = np.where(chance.random(250) < 0.5, chance.exponential(60, 250), np.inf)
    stop, ended = np.minimum(waited, seen), waited <= seen  # no ties: the model's score at 0 is then O1 − E1
    has_turned = turned < stop
    model = PHReg(
        np.concatenate([np.minimum(stop, turned), stop[has_turned]]),
        np.repeat([0.0, 1.0], [250, has_turned.sum()])[:, None],
        status=np.concatenate([ended & ~has_turned, ended[has_turned]]).astype(int),
        entry=np.concatenate([np.zeros(250), turned[has_turned]]),
    )
    test = log_rank(risk_sets_by_then(stop, ended, turned))
    assert test.observed[1] - test.expected[1] == pytest.approx(float(model.score(np.zeros(1))[0]), rel=1e-9)
    assert test.covariance[1, 1] == pytest.approx(-float(model.hessian(np.zeros(1))[0, 0]), rel=1e-9)


def test_a_blind_queue_does_not_serve_whoever_went_public_faster_though_ever_against_never_says_slower():
    chance = np.random.default_rng(4)
    waited, turned = chance.exponential(100, 20_000), chance.exponential(150, 20_000)
    ever = turned < waited
    assert waited[ever].mean() > 1.5 * waited[~ever].mean()
    fair = rate_ratio(risk_sets_by_then(waited, np.ones(20_000, bool), turned))
    assert fair.low < 1 < fair.high
    rest = np.where(ever, turned + (waited - turned) / 1.5, waited)
    loud = rate_ratio(risk_sets_by_then(rest, np.ones(20_000, bool), turned))
    assert loud.ratio == pytest.approx(1.5, abs=0.05)
    assert 1 < loud.observed_to_expected < loud.ratio


def test_the_ratio_is_what_a_plain_loop_finds_and_its_range_comes_from_the_days():
    time, ended, group, stratum = a_desk(3000, strata=24, faster=1.3)
    found = by_a_plain_loop(time, ended, np.where(group == 1, -1.0, np.inf), stratum)
    r, s = np.zeros(24), np.zeros(24)
    for (layer, _), ((o0, o1), (n0, n1)) in found.items():
        r[layer], s[layer] = r[layer] + o1 * n0 / (n0 + n1), s[layer] + o0 * n1 / (n0 + n1)
    sets = risk_sets(time, ended, group, stratum)
    for day in (np.arange(24), np.arange(24) // 2):
        seen = rate_ratio(sets, clusters=day)
        days = day.max() + 1
        off = np.bincount(day, weights=r - r.sum() / s.sum() * s)
        both = np.bincount(day, weights=r + s)
        variance, degrees = between_clusters(off, both)
        assert variance == pytest.approx((off**2 / (1 - both / both.sum())).sum())
        assert seen.ratio == pytest.approx(r.sum() / s.sum(), rel=1e-12)
        assert np.log(seen.high / seen.ratio) == pytest.approx(
            stats.t.ppf(0.975, degrees) * np.sqrt(variance) / r.sum()
        )
        assert (seen.clusters, seen.is_by_case) == (days, False)
    assert rate_ratio(sets).high == rate_ratio(sets, clusters=np.arange(24)).high


def test_the_ratio_of_a_few_days_is_that_of_a_cox_model_nearly_and_its_range_too():
    time, ended, group, stratum = a_desk(3000, strata=3, faster=1.3)
    model = PHReg(time.astype(float), group[:, None].astype(float), status=ended.astype(int), strata=stratum).fit()
    seen = rate_ratio(risk_sets(time, ended, group, stratum))
    assert seen.is_by_case
    assert np.log(seen.ratio) == pytest.approx(model.params[0], abs=0.02)
    assert np.log(seen.high / seen.low) / 2 / 1.96 == pytest.approx(model.bse[0], rel=0.05)


def test_no_answer_on_one_side_is_a_ratio_without_an_end():
    time, ended = np.arange(12), np.repeat([True, False], 6)
    never = rate_ratio(risk_sets(time, ended, (~ended).astype(int)))
    assert (never.ratio, never.low) == (0.0, 0.0)
    assert 0 < never.high < np.inf
    always = rate_ratio(risk_sets(time, ended, ended.astype(int)))
    assert (always.ratio, always.high) == (np.inf, np.inf)
    assert 0 < always.low < np.inf


@given(CASES, st.integers(1, 10**6))
def test_only_the_order_of_waits_counts(cases: list[tuple[int, bool, int, int]], by: int):
    time, ended, group, stratum = columns(cases)
    before = log_rank(risk_sets(time, ended, group, stratum, groups=3))
    for other in (time + by, time * 0.37, time * 10**7):
        after = log_rank(risk_sets(other, ended, group, stratum, groups=3))
        np.testing.assert_array_equal(after.expected, before.expected)
        assert after.chi_square == before.chi_square


@given(CASES, st.permutations([0, 1, 2]))
def test_the_names_of_groups_and_the_order_of_rows_do_not_count(
    cases: list[tuple[int, bool, int, int]], names: list[int]
):
    time, ended, group, stratum = columns(cases)
    before = log_rank(risk_sets(time, ended, group, stratum, groups=3))
    back = log_rank(risk_sets(time[::-1], ended[::-1], np.array(names)[group[::-1]], stratum[::-1], groups=3))
    assert back.chi_square == pytest.approx(before.chi_square, abs=1e-9)
    np.testing.assert_allclose(back.expected[names], before.expected, atol=1e-12)
    assert back.expected.sum() == pytest.approx(ended.sum())


@given(CASES)
def test_a_row_that_stands_for_two_cases_is_two_rows_and_one_for_none_is_none(
    cases: list[tuple[int, bool, int, int]],
):
    time, ended, group, stratum = columns(cases)
    count = np.arange(len(cases)) % 3
    short = risk_sets(time, ended, group, stratum, groups=3, count=count)
    long = risk_sets(*(np.repeat(c, count) for c in (time, ended, group, stratum)), groups=3)
    np.testing.assert_array_equal(short.events, long.events)
    np.testing.assert_array_equal(short.at_risk, long.at_risk)


@given(CASES)
def test_a_stratum_with_one_group_alone_says_nothing(cases: list[tuple[int, bool, int, int]]):
    time, ended, group, stratum = columns(cases)
    alone = log_rank(risk_sets(time, ended, group, stratum, groups=3))
    more = [np.append(a, b) for a, b in ((time, [3, 5]), (ended, [True, True]), (group, [1, 1]), (stratum, [9, 9]))]
    assert log_rank(risk_sets(*more, groups=3)).chi_square == pytest.approx(alone.chi_square, abs=1e-9)


def test_nobody_beside_another_is_no_test():
    test = log_rank(risk_sets([1, 2, 3], [True, True, True], [0, 0, 0], groups=2))
    assert (test.p, test.degrees) == (1.0, 0)
    assert np.isnan(rate_ratio(risk_sets([1, 2], [True, True], [0, 0], groups=2)).ratio)
    assert log_rank(risk_sets([], [], [], groups=2)).p == log_rank_sums([], [], [], groups=2).test().p == 1.0


def test_looking_as_often_as_one_likes_alarms_in_one_of_twenty_series_at_most():
    alarms, late = 0, 0
    for seed in range(300):
        time, ended, group, day = a_desk(28 * 40, strata=28, seed=seed)
        sets = risk_sets(time, ended, group, day)
        order = np.argsort(sets.stratum * 1440 + sets.time, kind="stable")
        theta, d, o1 = 1.5, sets.events.sum(axis=1)[order], sets.events[order, 1]
        share = (sets.at_risk[:, 1] / sets.at_risk.sum(axis=1))[order]
        paths = [np.cumsum(o1 * np.log(t) - d * np.log1p(share * (t - 1))) for t in (theta, 1 / theta)]
        money = (np.exp(paths[0]) + np.exp(paths[1])) / 2
        assert anytime_log_rank(sets).e_value == pytest.approx(money[-1])
        alarms += money.max() >= 20
        late += money[-1] >= 20
    assert alarms <= 0.05 * 300 + 3 * np.sqrt(0.05 * 0.95 * 300)
    assert late <= alarms


def test_a_real_difference_raises_the_alarm_whichever_way():
    for faster, side in ((1.5, "faster"), (1 / 1.5, "slower")):
        alarm = anytime_log_rank(risk_sets(*a_desk(28 * 120, strata=28, faster=faster)))
        assert alarm.is_raised
        assert getattr(alarm, side) > 20 > 1 > getattr(alarm, {"faster": "slower", "slower": "faster"}[side])


def test_answers_at_an_age_that_not_all_have_reached_are_not_counted_yet():
    time, ended, group, day = a_desk(900)
    sets = risk_sets(time, ended, group, day)
    ages = np.array([0, 30, 60, 200, 10**6])
    early = ended & (time <= ages[day])
    part = anytime_log_rank(sets, followed=ages)
    assert part.e_value == pytest.approx(anytime_log_rank(risk_sets(time, early, group, day)).e_value)


@given(CASES, st.integers(3, 5), st.sampled_from([1, 7, 10**9]), st.sampled_from([1, 0.37]))
def test_the_quick_way_finds_what_the_risk_sets_say(
    cases: list[tuple[int, bool, int, int]], groups: int, far: int, unit: float
):
    time, ended, group, stratum = columns(cases)
    slow = log_rank(risk_sets(time * unit, ended, group, stratum * far, groups=groups))
    quick = log_rank_sums(time * unit, ended, group, stratum * far, groups=groups).test()
    np.testing.assert_array_equal(quick.observed, slow.observed)
    np.testing.assert_allclose(quick.expected, slow.expected, atol=1e-9)
    np.testing.assert_allclose(quick.covariance, slow.covariance, atol=1e-9)
    assert (quick.degrees, quick.p) == (slow.degrees, pytest.approx(slow.p, abs=1e-9))


@pytest.mark.parametrize("groups", [1, 2, 6, 40])
@pytest.mark.parametrize("strata", [1, 3, 4000])
def test_large_strata_many_groups_and_many_pieces_are_counted_alike(groups: int, strata: int):
    desk = a_desk(150_000 if groups < 40 else 20_000, groups=groups, strata=strata)
    slow, quick = log_rank(risk_sets(*desk, groups=groups)), log_rank_sums(*desk, groups=groups)
    np.testing.assert_array_equal(quick.observed, slow.observed)
    np.testing.assert_allclose(quick.expected, slow.expected, rtol=1e-9)
    np.testing.assert_allclose(quick.covariance, slow.covariance, rtol=1e-9, atol=1e-9)


@given(CASES)
def test_strata_read_on_different_nights_add_up(cases: list[tuple[int, bool, int, int]]):
    time, ended, group, stratum = columns(cases)
    total = LogRankSums.none(3)
    for layer in np.unique(stratum)[::-1]:
        here = stratum == layer
        total = log_rank_sums(time[here], ended[here], group[here], stratum[here], groups=3).merged(total)
    whole = log_rank_sums(time, ended, group, stratum, groups=3)
    np.testing.assert_allclose(total.expected, whole.expected, atol=1e-9)
    np.testing.assert_allclose(total.covariance, whole.covariance, atol=1e-9)
    assert total.test().degrees == whole.test().degrees
    with pytest.raises(ValueError):
        total.merged(LogRankSums.none(2))


def test_what_is_no_group_or_wait_is_refused():
    with pytest.raises(ValueError):
        risk_sets([1.0, -2.0], [True, True], [0, 1])
    with pytest.raises(ValueError):
        risk_sets([1, 2], [True, True], [0, 2], groups=2)
    with pytest.raises(ValueError):
        risk_sets([1, 2], [True, True], [0.5, 1])
    with pytest.raises(ValueError):
        risk_sets([1, 2, 3], [True, True], [0, 1])
    with pytest.raises(ValueError):
        log_rank_sums([1, 2], [True, True], [0, 1], [0])
    with pytest.raises(ValueError):
        log_rank_sums([1, 2], [True, True], [0, 2], groups=2)
    with pytest.raises(ValueError):
        rate_ratio(risk_sets([1, 2], [True, True], [0, 2]))
