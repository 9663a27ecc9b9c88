"""How often the audit is right about desks whose truth is known, within three Monte-Carlo errors."""

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest

from evenhand.stats.cells import Cells, Contrast, Verdict, one_look, relative_margin
from evenhand.stats.log_rank import log_rank, risk_sets
from evenhand.stats.sequence import Sequence, confidence_sequence
from stats.simulated_desk import Desk, a_desk

pytestmark = pytest.mark.long

RUNS = 300


def at_most(share: float, runs: int = RUNS) -> float:
    return share + 3 * sqrt(share * (1 - share) / runs)


def desks(runs: int = RUNS, **about: object) -> list[Desk]:
    return [a_desk(np.random.default_rng(seed), **about) for seed in range(runs)]  # type: ignore[arg-type]


def watched(contrast: Contrast) -> Sequence:
    _, differences, weights = contrast.by_cluster
    return confidence_sequence(differences, weights, alpha=0.05)


@pytest.mark.parametrize(("gap", "outcome"), [(0.0, "kept"), (0.05, "kept"), (0.0, "wait")])
def test_watched_every_day_the_truth_is_inside_at_every_look(gap: float, outcome: str):
    out = 0
    for desk in desks(gap=gap):
        seen = watched(desk.cells(outcome).contrast(1, 0))
        assert seen.is_warm.sum() > 30
        out += bool(((seen.low > gap) | (seen.high < gap)).any())
    assert 1 - out / RUNS >= 1 - at_most(0.055)


def test_a_desk_without_a_gap_is_hardly_ever_called_unequal_however_often_one_looks():
    said = [watched(desk.cells("kept").contrast(1, 0)) for desk in desks()]
    wrong = sum(any(s.verdict(0.05, t) == Verdict.UNEQUAL for t in range(len(s.theta))) for s in said)
    assert wrong / RUNS <= at_most(0.05)


def test_a_gap_as_large_as_the_margin_is_hardly_ever_called_equal_however_often_one_looks():
    said = [watched(desk.cells("kept").contrast(1, 0)) for desk in desks(gap=0.05)]
    wrong = sum(any(s.verdict(0.05, t) == Verdict.EQUAL for t in range(len(s.theta))) for s in said)
    assert wrong / RUNS <= at_most(0.05)


def test_a_usual_interval_looked_at_every_day_is_wrong_far_more_often():
    out = 0
    for desk in desks(100):
        _, s, w = desk.cells("kept").contrast(1, 0).by_cluster
        seen = watched(desk.cells("kept").contrast(1, 0))
        error = np.sqrt(seen.variance) / np.cumsum(w)
        out += bool((np.abs(seen.theta) > 1.96 * error)[14:].any())
        assert len(s) == 60
    assert out / 100 > 0.12


def test_enough_days_prove_an_equal_desk_equal_and_show_a_gap_that_is_there():
    equal = watched(a_desk(np.random.default_rng(1), days=200, cases_a_day=400).cells("kept").contrast(1, 0))
    assert equal.verdict(0.05) == Verdict.EQUAL
    unequal = watched(a_desk(np.random.default_rng(1), days=60, cases_a_day=400, gap=0.07).cells("kept").contrast(1, 0))
    assert unequal.verdict(0.05) == Verdict.UNEQUAL


def outcomes(look: Callable[[Desk], Verdict], runs: int = RUNS, **about: object) -> dict[Verdict, float]:
    verdicts = [look(desk) for desk in desks(runs, **about)]
    return {verdict: verdicts.count(verdict) / runs for verdict in Verdict}


def kept(desk: Desk) -> Verdict:
    return one_look(desk.cells("kept").contrast(1, 0), 0.05).verdict


def waited(desk: Desk) -> Verdict:
    contrast = desk.cells("wait").contrast(1, 0)
    return one_look(contrast, relative_margin(contrast.reference_mean), share=0.1).verdict


@pytest.mark.parametrize("days", [12, 40])
def test_one_look_at_a_desk_without_a_gap_says_unequal_in_one_of_twenty_at_most(days: int):
    for look in (kept, waited):
        assert outcomes(look, days=days)[Verdict.UNEQUAL] <= at_most(0.05)


@pytest.mark.parametrize("sign", [1, -1])
def test_one_look_at_a_gap_as_large_as_the_margin_says_equal_in_one_of_twenty_at_most(sign: int):
    assert outcomes(kept, gap=0.05 * sign, cases_a_day=150)[Verdict.EQUAL] <= at_most(0.05)
    assert outcomes(waited, ratio=1 + 0.1 * sign, cases_a_day=150)[Verdict.EQUAL] <= at_most(0.05)


def test_the_size_asked_for_finds_an_equal_desk_equal_nine_times_in_ten():
    # 433 cases of the smaller group at one to nine, kept .90 ± 5 points; no days that favour a group.
    chance, found = np.random.default_rng(6), 0
    for _ in range(400):
        group = (np.arange(4330) % 10 == 0).astype(np.int64)
        day = np.arange(4330) // 10 % 40
        cells = Cells.of(np.zeros(4330, np.int64), day, group, chance.random(4330) < 0.9, groups=2)
        found += one_look(cells.contrast(1, 0), 0.05).verdict == Verdict.EQUAL
    assert found / 400 == pytest.approx(0.9, abs=0.05)


def test_fewer_than_ten_days_never_prove_equality_and_by_case_say_unequal_rarely():
    shares = outcomes(kept, days=8, cases_a_day=400, spread_of_days=0.0)
    assert shares[Verdict.EQUAL] == 0
    assert shares[Verdict.UNEQUAL] <= at_most(0.05)


def test_the_plain_log_rank_alarms_on_a_blind_queue_because_urgent_people_go_public_more_often():
    alarms, blind = 0, 0
    for desk in desks(60, spread_of_days=0.0):
        standard = np.array([60, 480, 1440])[desk.need]
        minutes = (desk.wait * standard).astype(np.int64)
        ended = np.ones(len(minutes), bool)
        alarms += log_rank(risk_sets(minutes, ended, desk.is_public)).p < 0.05
        layer = desk.day * 3 + desk.need
        blind += log_rank(risk_sets(minutes, ended, desk.is_public, layer)).p < 0.05
    assert alarms == 60
    assert blind / 60 <= at_most(0.05, 60)
