"""The simulated desks are what they say they are: their truth is set by construction."""

from dataclasses import fields

import numpy as np
import pytest

from evenhand.stats.log_rank import rate_ratio, risk_sets_by_then
from evenhand.stats.simulator import DAY, URGENT_GO_PUBLIC, Desk, Need, a_desk, true_ratio

EVEN = (Need(1.0, 480, 0.1, 0.5, 0.7),)


def a_large_desk(**about: object) -> Desk:
    return a_desk(np.random.default_rng(4), days=400, cases_a_day=1000, **about)  # type: ignore[arg-type]


def means(desk: Desk, column: np.ndarray) -> np.ndarray:
    """(2, K) by group and need."""
    return np.array(
        [[column[(desk.is_public == g) & (desk.need == k)].mean() for k in range(len(desk.standard))] for g in (0, 1)]
    )


def test_the_gap_and_the_ratio_are_those_asked_for_in_every_need():
    desk = a_large_desk(gap=0.05, ratio=1.2)
    private, public = means(desk, desk.is_remedied)
    np.testing.assert_allclose(public - private, 0.05, atol=0.02)
    private, public = means(desk, desk.standards_waited)
    np.testing.assert_allclose(public / private, 1.2, atol=0.04)
    private, public = means(desk, desk.amount)
    np.testing.assert_allclose(public - private, 0.05, atol=0.04)


def test_urgent_people_go_public_more_often_and_that_alone_makes_plain_means_differ():
    desk = a_large_desk()
    for k, need in enumerate(URGENT_GO_PUBLIC):
        assert desk.is_public[desk.need == k].mean() == pytest.approx(need.public, abs=0.01)
    public = desk.is_public == 1
    assert desk.wait[public].mean() < 0.8 * desk.wait[~public].mean()
    private, public_means = means(desk, desk.wait)
    np.testing.assert_allclose(public_means / private, 1.0, atol=0.03)


def test_days_move_everybody_and_favour_one_group_by_as_much_as_asked():
    desk = a_desk(np.random.default_rng(1), days=300, cases_a_day=4000, needs=EVEN, weather=0.03, favour=0.04)
    share = np.array(
        [[desk.is_remedied[(desk.day == d) & (desk.is_public == g)].mean() for d in range(300)] for g in (0, 1)]
    )
    chance = np.sqrt(0.25 / 3600), np.sqrt(0.25 * (1 / 400 + 1 / 3600))
    assert np.sqrt(share[0].var() - chance[0] ** 2) == pytest.approx(0.03, rel=0.15)
    assert np.sqrt((share[1] - share[0]).var() - chance[1] ** 2) == pytest.approx(0.04, rel=0.15)


def test_a_favour_may_last_and_weekends_may_be_quiet():
    desk = a_desk(
        np.random.default_rng(1), days=280, cases_a_day=3000, needs=EVEN, weather=0.0, favour=0.05, lasting=0.6
    )
    gap = np.array([desk.is_remedied[(desk.day == d) & (desk.is_public == 1)].mean() for d in range(280)])
    assert np.corrcoef(gap[1:], gap[:-1])[0, 1] == pytest.approx(0.6, abs=0.15)
    quiet = a_desk(np.random.default_rng(1), days=14, cases_a_day=70, weekend=0.2)
    assert np.bincount(quiet.day).tolist() == [70, 70, 70, 70, 70, 14, 14] * 2


def test_who_goes_public_while_waiting_is_answered_so_many_times_as_fast_from_then_on():
    desk = a_large_desk(turning=1.0, louder=2.0)
    private = desk.is_public == 0
    turned = desk.turned_at[private] < desk.wait[private]
    assert 0.2 < turned.mean() < 0.6
    sets = risk_sets_by_then(
        desk.wait[private], np.ones(private.sum(), bool), desk.turned_at[private], desk.stratum[private]
    )
    assert rate_ratio(sets).ratio == pytest.approx(2.0, rel=0.02)
    assert np.isinf(desk.turned_at[~private]).all()


def test_an_earlier_table_shows_less_and_counts_open_cases_as_waiting():
    desk = a_desk(np.random.default_rng(2), days=3, cases_a_day=50)
    waited, is_answered, has_come = desk.seen_at(1.5 * DAY)
    assert has_come.sum() == (desk.came_at <= 1.5 * DAY).sum() < len(desk)
    still = has_come & ~is_answered
    np.testing.assert_allclose(waited[still], 1.5 * DAY - desk.came_at[still])
    np.testing.assert_array_equal(waited[is_answered], desk.wait[is_answered])
    assert still.any()
    assert not is_answered[~has_come].any()


def test_some_cases_are_forgotten_and_the_true_ratio_says_so():
    desk = a_large_desk(ratio=0.8, forgotten=(0.05, 0.35), weather=0.0, haste=0.0)
    private, public = means(desk, desk.standards_waited)
    told = [true_ratio(need, 0.8, (0.05, 0.35)) for need in URGENT_GO_PUBLIC]
    np.testing.assert_allclose(public / private, told, rtol=0.03)
    assert np.isinf(desk.wait).mean() == pytest.approx(0.05 * 0.79 + 0.35 * 0.21, abs=0.01)


def test_the_same_seed_is_the_same_desk_and_its_columns_fit():
    one, two = (a_desk(np.random.default_rng(9), turning=1.0, forgotten=(0.1, 0.1)) for _ in range(2))
    for column in fields(Desk):
        np.testing.assert_array_equal(getattr(one, column.name), getattr(two, column.name))
    assert (np.diff(one.came_at) >= 0).all()
    np.testing.assert_array_equal(one.came_at // DAY, one.day)
    for outcome in ("remedy", "amount", "wait", "in_time"):
        assert one.cells(outcome).n.sum() == len(one)


def test_a_desk_that_cannot_be_is_refused():
    with pytest.raises(ValueError):
        a_desk(np.random.default_rng(1), gap=0.5)
    with pytest.raises(ValueError):
        a_desk(np.random.default_rng(1), ratio=9.0)
