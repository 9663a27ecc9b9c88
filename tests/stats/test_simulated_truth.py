"""How often the audit is right about desks whose truth is known, within three Monte-Carlo errors; docs/coverage.md has
the same with many more desks. And that it would be seen, were one of its sums wrong."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from evenhand.stats import cells, log_rank, sequence, trials
from evenhand.stats.rates import size_for_equality
from evenhand.stats.trials import TRIALS, Claim, Found, Trial

pytestmark = pytest.mark.long

RUNS = 500
HEAVY = {"daily: waits, a tenth longer", "daily: waits, a tenth shorter", "a blind queue"}


def trial(name: str) -> Trial:
    return next(each for each in TRIALS if each.name == name)


@cache
def found_in(name: str) -> list[Found]:
    return trials.run(trial(name), runs=RUNS // 3 if name in HEAVY else RUNS, seed=7)


def broken(found: list[Found]) -> list[str]:
    return [f"{one.claim.says}: {one.mean:.3f} ± {one.error:.3f}" for one in found if not one.is_kept()]


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.name)
def test_what_is_claimed_of_a_desk_is_so(each: Trial):
    assert broken(found_in(each.name)) == []


USUAL = [
    ("daily: a year", "a 95 % interval, looked at on the same days", 0.15, 0.45),
    ("daily: days that favour", "a 95 % interval, looked at on the same days", 0.15, 0.45),
    ("one look: waits, fair, 40 days", "plain means", 0.5, 1.0),
    ("a blind queue", "the plain log-rank", 0.99, 1.0),
    ("a blind queue", "the same, looked at in each", 0.12, 0.35),
    ("open cases", "the mean of closed cases", 0.0, 0.02),
    ("forgotten cases", "closed cases of every need", 0.9, 1.0),
    ("going public while waiting: buys nothing", "mean wait, ever public", 2.0, 4.0),
    ("going public while waiting: buys half again the speed", "(O1/E1)", 0.0, 0.2),
]


@pytest.mark.parametrize(("name", "way", "least", "most"), USUAL)
def test_the_usual_ways_are_wrong_about_the_same_desks(name: str, way: str, least: float, most: float):
    found = next(f for f in found_in(name) if f.claim.says.startswith(way))
    assert found.claim.is_usual
    assert least <= found.mean <= most


def test_equality_is_found_where_there_is_enough_to_find_it():
    # Else "never falsely EQUAL" would be kept by never saying anything.
    for name, least in (("daily: one public case in ten", 0.8), ("daily: waits, fair, as ratio", 0.7)):
        assert next(f for f in found_in(name) if f.claim == trials.PROVEN).mean >= least


def scaled(function: Callable[..., Any], by: float) -> Callable[..., Any]:
    return lambda *args, **more: by * function(*args, **more)


BREAKING = [
    ("half the daily interval", sequence, "_half_widths", lambda f: scaled(f, 0.5), "daily: fair"),
    (
        "half the daily interval, for a gap",
        sequence,
        "_half_widths",
        lambda f: scaled(f, 0.5),
        "daily: gap at the margin",
    ),
    ("half the daily interval, for amounts", sequence, "_half_widths", lambda f: scaled(f, 0.5), "daily: amounts"),
    (
        "no spread taken for a proof that nobody is lost",
        cells.Contrast,
        "unit_variances",
        lambda f: property(lambda self: 0 * f.func(self)),
        "daily: few are lost, all of them public",
    ),
    (
        "half the daily interval, for a ratio",
        sequence,
        "_half_widths",
        lambda f: scaled(f, 0.4),
        "daily: waits, a tenth longer",
    ),
    (
        "a usual interval every day",
        sequence,
        "_half_widths",
        lambda f: lambda v, w, r, a, days: 1.96 * np.sqrt(v) / w,
        "daily: one public case in ten",
    ),
    (
        "two thirds of the variance between days",
        cells,
        "between_clusters",
        lambda f: lambda off, w: (f(off, w)[0] * 2 / 3, f(off, w)[1]),
        "one look: waits, fair, 40 days",
    ),
    (
        "one look that forgets its own error",
        cells,
        "tost",
        lambda f: lambda low, high, margin: abs(low + high) / 2 < margin,
        "one look: gap at the margin",
    ),
    (
        "a ratio that forgets its own error",
        cells,
        "_is_within",
        lambda f: lambda contrast, share, reach: f(contrast, share, 0.0),
        "one look: waits, a tenth longer",
    ),
    (
        "cases that stand for more than they are",
        cells.Contrast,
        "case_error",
        lambda f: property(lambda self: f.func(self) * 0.7),
        "one look: few days",
    ),
    (
        "a log-rank test that forgets need and day",
        trials,
        "log_rank_sums",
        lambda f: lambda time, ended, group, stratum=None, **more: f(time, ended, group, **more),
        "a blind queue",
    ),
    (
        "a usual test for an alarm, each week",
        trials,
        "anytime_log_rank",
        lambda f: lambda sets, **more: replace(f(sets, **more), is_raised=log_rank.log_rank(sets).p < 0.05),
        "a blind queue",
    ),
    (
        "open cases taken for answered",
        trials,
        "kaplan_meier",
        lambda f: lambda time, ended: f(time, np.ones(len(time), bool)),
        "open cases",
    ),
    (
        "ever public against never",
        trials,
        "risk_sets_by_then",
        lambda f: lambda time, ended, turned, stratum: f(time, ended, np.where(turned < time, -1.0, np.inf), stratum),
        "going public while waiting: buys nothing",
    ),
    (
        "a rate ratio without the spread of days",
        log_rank,
        "between_clusters",
        lambda f: lambda off, w: (f(off, w)[0] / 2, f(off, w)[1]),
        "days that favour, rates at equal age",
    ),
    (
        "a size too small by a fifth",
        trials,
        "_looked_at",
        lambda f: lambda desk, outcome: f(thinned(desk), outcome),
        "size: 90 % given a remedy, 465 cases",
    ),
]


def thinned(desk: Any) -> Any:
    kept = np.arange(len(desk)) % 5 > 0
    columns = ("need", "day", "came_at", "is_public", "is_remedied", "amount", "wait", "turned_at")
    return replace(desk, **{name: getattr(desk, name)[kept] for name in columns})


@pytest.mark.parametrize(("what", "where", "name", "breaking", "seen_in"), BREAKING, ids=[each[0] for each in BREAKING])
def test_a_sum_that_is_wrong_is_seen(
    monkeypatch: pytest.MonkeyPatch, what: str, where: Any, name: str, breaking: Callable[[Any], Any], seen_in: str
):
    right = vars(where)[name] if isinstance(where, type) else getattr(where, name)
    monkeypatch.setattr(where, name, breaking(right))
    assert broken(trials.run(trial(seen_in), runs=RUNS // 3 if seen_in in HEAVY else RUNS, seed=7)) != [], what


def test_a_claim_is_kept_within_its_monte_carlo_error_and_no_further():
    least, most = Claim("", least=0.95), Claim("", most=0.05)
    assert Found(least, 0.94, 0.0106, 500).is_kept()
    assert not Found(least, 0.91, 0.0128, 500).is_kept()
    assert Found(most, 0.06, 0.0106, 500).is_kept()
    assert not Found(most, 0.09, 0.0128, 500).is_kept()
    assert not Found(Claim("", most=0.0), 0.01, 0.001, 500).is_kept()


def test_the_sizes_that_are_simulated_are_the_sizes_that_are_told():
    assert size_for_equality(0.3, 0.05, smaller_share=0.1) == trials.RATES_BY_THE_BOOK
    assert size_for_equality(0.3, 0.05, smaller_share=0.1, days=60) == trials.RATES_WITH_DAYS
    assert size_for_equality(1.0, 0.1, smaller_share=0.1) == trials.WAITS_BY_THE_BOOK
    assert size_for_equality(1.0, 0.1, smaller_share=0.1, days=60) == trials.WAITS_WITH_DAYS


def test_every_trial_has_its_own_name_and_a_figure_for_each_claim():
    assert len({each.name for each in TRIALS}) == len(TRIALS)
    for each in TRIALS:
        assert trials.figures(each, range(2)).shape == (2, len(each.claims))


def test_a_desk_seen_in_parts_is_the_same_desk():
    each = trial("one look: fair, 12 days")
    whole = trials.figures(each, range(40), 3)
    parts = np.concatenate([trials.figures(each, range(20, 40), 3), trials.figures(each, range(20), 3)])
    np.testing.assert_array_equal(np.roll(parts, 20, axis=0), whole)
    assert set(np.unique(whole)) <= {0.0, 1.0}
