"""The audit of rows, against truths known beforehand and against the same sums done plainly."""

from __future__ import annotations

from dataclasses import replace

import lifelines
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.fairness.parity.auditing import audit_rows
from evenhand.fairness.parity.findings import Audit, Group, Outcome, OutcomeFinding
from evenhand.fairness.parity.horizons import horizons, waiting_by
from evenhand.fairness.parity.judging import Margins, NoSuchGroup
from evenhand.fairness.parity.rows import UNKNOWN, By, Ending, Period, Rows
from evenhand.stats.cells import Verdict
from fairness_parity.desks import DAY, a_desk


def finding(audit: Audit, outcome: Outcome) -> OutcomeFinding:
    return next(one for one in audit.contrasts[0].outcomes if one.outcome is outcome)


def group(audit: Audit, name: str, outcome: Outcome = Outcome.WAIT) -> Group:
    return next(one for one in finding(audit, outcome).groups if one.group == name)


def plainly(rows: Rows, cap: dict[int, float], unit: dict[int, float]) -> tuple[float, float, float, float, int]:
    """θ, the reference's mean, its clustered standard error, Σ w and degrees of freedom, by tables instead of keys."""
    table = pd.DataFrame(
        {
            "need": rows.need,
            "day": rows.day,
            "group": rows.by[0].group,
            "age": rows.age,
            "wait": rows.answer.wait,
        }
    )
    table["cap"], table["unit"] = table.need.map(cap), table.need.map(unit)
    table = table[table.age >= table.cap]
    table["y"] = table[["wait", "cap"]].min(axis=1) / table.unit
    cells = table.groupby(["need", "day", "group"]).y.agg(["mean", "size"]).unstack("group").dropna()
    n1, n0 = cells[("size", 1)], cells[("size", 0)]
    weight = n1 * n0 / (n1 + n0)
    gap = cells[("mean", 1)] - cells[("mean", 0)]
    theta = (weight * gap).sum() / weight.sum()
    reference = (weight * cells[("mean", 0)]).sum() / weight.sum()
    by_day = pd.DataFrame({"s": weight * gap, "w": weight}).groupby("day").sum()
    off, share = by_day.s - theta * by_day.w, by_day.w / by_day.w.sum()
    error = np.sqrt((off**2 / (1 - share)).sum()) / weight.sum()
    even = 2 * (off**2).sum() ** 2 / ((off**4).sum() - (off**2).sum() ** 2 / len(off))
    degrees = min(1 / (share**2).sum() - 1, even)
    return float(theta), float(reference), float(error), float(weight.sum()), int(degrees)


def test_the_difference_for_the_same_need_is_what_tables_say() -> None:
    rows = a_desk(gap=1.3)
    standard = {k: h * 5400 for k, h in enumerate((2.0, 12.0, 48.0))}
    theta, reference, _, weight, _ = plainly(rows, {k: 3 * s for k, s in standard.items()}, standard)
    same = group(audit_rows(rows, reference="private"), "public").same_need
    assert same is not None
    assert same.ratio == pytest.approx(1 + theta / reference, rel=1e-12)
    assert same.n_effective == pytest.approx(4 * weight, rel=1e-12)


def test_its_interval_is_by_day_with_students_t() -> None:
    from scipy.stats import t

    rows = a_desk(gap=1.3)
    standard = {k: h * 5400 for k, h in enumerate((2.0, 12.0, 48.0))}
    theta, _, error, _, degrees = plainly(rows, {k: 3 * s for k, s in standard.items()}, standard)
    same = group(audit_rows(rows, reference="private"), "public").same_need
    assert same is not None
    assert same.low is not None
    assert same.high is not None
    assert same.difference is not None
    assert degrees < len({int(d) for d in rows.day[rows.age >= 3 * rows.standard]})
    assert (same.high - same.low) / same.difference == pytest.approx(
        2 * t.ppf(0.975, degrees) * error / theta, rel=1e-9
    )


def test_times_are_told_in_hours_at_the_references_own_wait() -> None:
    rows = a_desk(gap=1.3, hours=(10.0,), loud=(0.4,))
    standard = {0: 54_000.0}
    theta, *_ = plainly(rows, {0: 3 * 54_000.0}, {0: 3600.0})
    same = group(audit_rows(rows, reference="private"), "public").same_need
    assert same is not None
    assert same.difference == pytest.approx(theta, rel=1e-12)
    assert standard


def test_curves_medians_and_restricted_means_are_lifelines() -> None:
    rows = a_desk(gap=1.2, days=20, cases=1_500)
    found = finding(audit_rows(rows), Outcome.WAIT)
    for g, one in enumerate(found.groups):
        mine = rows.by[0].group == g
        curve = lifelines.KaplanMeierFitter().fit(rows.answer.wait[mine] / 3600, rows.answer.is_ended[mine])
        assert one.median == pytest.approx(curve.median_survival_time_, rel=1e-12)
        assert found.horizon is not None
        mean = lifelines.utils.restricted_mean_survival_time(curve, t=found.horizon)
        assert one.rmst == pytest.approx(mean, rel=1e-6)


def test_the_log_rank_is_of_needs_and_days() -> None:
    from lifelines.statistics import StatisticalResult
    from statsmodels.duration.survfunc import survdiff

    rows = a_desk(gap=1.1, days=12, cases=900)
    found = finding(audit_rows(rows), Outcome.WAIT).log_rank
    assert found is not None
    strata = rows.day * 3 + rows.need
    chi, _ = survdiff(rows.answer.wait, rows.answer.is_ended.astype(int), rows.by[0].group, strata=strata)
    assert StatisticalResult is not None
    assert found.chi_square == pytest.approx(chi, rel=1e-9)


def test_equal_waits_are_found_equal_and_unequal_ones_unequal() -> None:
    assert group(audit_rows(a_desk(cases=20_000)), "public").verdict is Verdict.EQUAL
    slower = group(audit_rows(a_desk(cases=20_000, gap=1.5)), "public")
    assert slower.verdict is Verdict.UNEQUAL
    assert slower.same_need is not None
    assert slower.same_need.low is not None
    assert slower.same_need.low > 0


def test_a_raw_gap_that_is_only_a_mix_of_needs_is_no_gap() -> None:
    rows = a_desk(cases=30_000, loud=(0.7, 0.3, 0.05))
    public = group(audit_rows(rows, reference="private"), "public")
    assert public.raw is not None
    assert public.raw.high is not None
    assert public.raw.high < 0  # public looks much quicker
    assert public.verdict is Verdict.EQUAL


def test_a_gap_hidden_by_the_mix_of_needs_is_found() -> None:
    rows = a_desk(cases=30_000, loud=(0.5, 0.3, 0.22), gap=1.45)
    public = group(audit_rows(rows, reference="private"), "public")
    assert public.raw is not None
    assert public.raw.difference is not None
    assert public.same_need is not None
    assert public.same_need.ratio is not None
    assert public.verdict is Verdict.UNEQUAL
    assert public.raw.difference < 0 < (public.same_need.difference or 0)


def test_open_cases_count_and_closed_ones_alone_are_warned_of() -> None:
    draw = np.random.default_rng(4)
    n = 6_000
    day = draw.integers(0, 40, n)
    who = draw.integers(0, 2, n)
    # Half of the second group is never answered; those who are, quickly.
    never = (who == 1) & (draw.random(n) < 0.5)
    wait = draw.exponential(np.where(who == 1, 20_000, 40_000)).astype(np.int64) + 1
    age = 60 * DAY - day * DAY
    ended = ~never & (wait < age)
    rows = Rows(
        age=age,
        day=day,
        need=np.zeros(n, dtype=np.int64),
        needs=("all",),
        by=(By("door", who, ("a", "b")),),
        answer=Ending(np.where(ended, wait, age), ended),
        read=n,
    )
    audit = audit_rows(rows, reference="a")
    second = group(audit, "b")
    assert second.verdict is Verdict.UNEQUAL
    assert second.same_need is not None
    assert (second.same_need.ratio or 0) > 1
    assert any("closed rows alone would say UNEQUAL" in said for said in audit.warnings)


def test_fewer_than_ten_days_are_never_equal() -> None:
    audit = audit_rows(a_desk(cases=20_000, days=8, taken_after=30))
    public = group(audit, "public")
    assert public.same_need is not None
    assert public.same_need.is_by_case
    assert public.verdict is Verdict.NOT_PROVEN
    assert any("fewer than ten days" in said for said in audit.warnings)


def test_a_group_that_never_has_the_others_needs_is_told_so() -> None:
    rows = a_desk()
    need = np.where(rows.by[0].group == 1, len(rows.needs), rows.need)
    audit = audit_rows(replace(rows, need=need, needs=(*rows.needs, "its own")))
    told = next(said for said in audit.warnings if "nor in any longer period" in said)
    assert "they never have the same need, so nothing can be said of them" in told


def test_groups_spelled_in_two_ways_and_cases_without_a_group_are_told() -> None:
    rows = a_desk()
    audit = audit_rows(replace(rows, by=(replace(rows.by[0], groups=("Phone", "PHONE")),)))
    assert any("count as different: “Phone” and “PHONE”." in said for said in audit.warnings)
    audit = audit_rows(replace(rows, by=(replace(rows.by[0], groups=("(empty)", "phone")),)), reference="(empty)")
    told = next(said for said in audit.warnings if "have nothing there" in said)
    assert "which all others are compared with" in told


def test_a_second_end_that_never_came_is_told_and_its_missing_standard_is_not() -> None:
    rows = a_desk(with_standard=False)
    never = Ending(rows.age, np.zeros(len(rows.age), dtype=np.bool_))
    audit = audit_rows(replace(rows, solution=never))
    assert "Not one case has a time for “solved”: is the right column read for it?" in audit.warnings
    assert not any("nine in ten" in said for said in audit.warnings)


def test_without_a_standard_nothing_is_said_of_being_in_time() -> None:
    audit = audit_rows(a_desk(with_standard=False))
    assert [one.outcome for one in audit.contrasts[0].outcomes] == [Outcome.WAIT]


def test_being_in_time_is_of_each_cases_own_standard() -> None:
    rows = a_desk(cases=4_000)
    assert rows.standard is not None
    known = rows.age >= rows.standard
    kept = rows.answer.is_ended & (rows.answer.wait <= rows.standard)
    for g, one in enumerate(finding(audit_rows(rows), Outcome.IN_TIME).groups):
        assert one.mean == pytest.approx(kept[known & (rows.by[0].group == g)].mean(), rel=1e-12)


def test_small_groups_are_named_and_no_figure_of_theirs_is_given() -> None:
    rows = a_desk(cases=2_000)
    who = rows.by[0].group.copy()
    who[:9] = 2
    rows = replace(rows, by=(By("door", who, ("private", "public", "letter")),))
    for one in audit_rows(rows).contrasts[0].outcomes:
        letter = next(g for g in one.groups if g.group == "letter")
        assert letter.verdict is Verdict.TOO_FEW
        assert (letter.median, letter.rmst, letter.mean, letter.open, letter.same_need) == (None,) * 5
        assert "letter" not in {curve.group for curve in one.curves}
        assert "letter" not in {lonely.group for lonely in one.lonely}


def test_a_single_small_need_does_not_follow_from_the_others() -> None:
    rows = a_desk(cases=3_000)
    need = rows.need.copy()
    need[need == 2] = 1
    public = rows.by[0].group == 1
    few = np.flatnonzero(public)[:5]
    need[few] = 2
    need[np.flatnonzero(~public & np.isin(rows.day, rows.day[few]))[:60]] = 2
    audit = audit_rows(replace(rows, need=need, standard=None), reference="private")
    told = {one.need for one in group(audit, "public").drivers}
    assert len(told) == 1  # the small one is left out, and the next smallest with it


def test_the_reference_is_the_largest_group_unless_named() -> None:
    rows = a_desk(loud=(0.8, 0.8, 0.8))
    assert audit_rows(rows).contrasts[0].reference == "public"
    assert audit_rows(rows, reference="private").contrasts[0].reference == "private"
    with pytest.raises(NoSuchGroup, match="letter"):
        audit_rows(rows, reference="letter")


def test_needs_coded_twice_show_whether_a_door_is_coded_otherwise() -> None:
    rows = a_desk(cases=4_000)
    draw = np.random.default_rng(2)
    again = np.where(draw.random(4_000) < 0.9, rows.need, draw.integers(0, 3, 4_000))
    again = np.where((rows.by[0].group == 1) & (draw.random(4_000) < 0.4), 0, again)
    again[:1_000] = UNKNOWN
    private, public = audit_rows(replace(rows, recoded=again)).contrasts[0].coding
    assert private.kappa is not None
    assert public.high is not None
    assert private.kappa > public.high


def test_a_remedy_of_nobody_in_the_reference_proves_nothing_equal() -> None:
    rows = a_desk(cases=4_000)
    audit = audit_rows(replace(rows, amount=np.zeros(4_000)))
    assert group(audit, "public", Outcome.AMOUNT).verdict is not Verdict.EQUAL


@given(st.integers(0, 2**32 - 1), st.integers(1, 10**6))
@settings(max_examples=12, deadline=None)
def test_it_does_not_matter_when_all_of_it_happened_nor_in_which_order_it_is_told(seed: int, later: int) -> None:
    rows = a_desk(seed % 1000, cases=800, gap=1.2)
    order = np.random.default_rng(seed).permutation(800)
    other = Rows(
        age=rows.age[order],
        day=rows.day[order] + later,
        need=rows.need[order],
        needs=rows.needs,
        by=(By("door", rows.by[0].group[order], rows.by[0].groups),),
        answer=Ending(rows.answer.wait[order], rows.answer.is_ended[order]),
        standard=None if rows.standard is None else rows.standard[order],
        read=800,
    )
    for mine, theirs in zip(
        audit_rows(rows).contrasts[0].outcomes, audit_rows(other).contrasts[0].outcomes, strict=True
    ):
        for one, two in zip(mine.groups, theirs.groups, strict=True):
            assert one.verdict == two.verdict
            if one.same_need and two.same_need and one.same_need.difference is not None:
                assert one.same_need.difference == pytest.approx(two.same_need.difference, rel=1e-9, abs=1e-9)
                assert one.same_need.low == pytest.approx(two.same_need.low, rel=1e-9, abs=1e-9)


@given(st.integers(0, 500))
@settings(max_examples=10, deadline=None)
def test_swapping_the_groups_turns_the_sign(seed: int) -> None:
    rows = a_desk(seed, cases=800, gap=1.2)
    there = group(audit_rows(rows, reference="private"), "public", Outcome.IN_TIME).same_need
    back = group(audit_rows(rows, reference="public"), "private", Outcome.IN_TIME).same_need
    assert there is not None
    assert back is not None
    assert there.difference == pytest.approx(-(back.difference or 0), abs=1e-12)
    assert there.low == pytest.approx(-(back.high or 0), abs=1e-12)


def test_a_margin_is_kept_to() -> None:
    rows = a_desk(cases=30_000, gap=1.02)
    assert group(audit_rows(rows), "public").verdict is Verdict.EQUAL
    strict = group(audit_rows(rows, margins=Margins(share=0.01, least_hours=0.0)), "public")
    assert strict.verdict is not Verdict.EQUAL


def test_very_many_groups_are_taken_together_and_said() -> None:
    rows = a_desk(cases=5_000)
    who = np.arange(5_000) % 200
    audit = audit_rows(replace(rows, by=(By("street", who, tuple(f"street {k}" for k in range(200))),)))
    assert len(audit.contrasts[0].outcomes[0].groups) == 60
    assert any("taken together" in said for said in audit.warnings)


def test_no_rows_at_all_are_too_few() -> None:
    rows = a_desk(cases=40)
    nothing = Rows(
        age=rows.age[:0],
        day=rows.day[:0],
        need=rows.need[:0],
        needs=rows.needs,
        by=(By("door", rows.by[0].group[:0], rows.by[0].groups),),
        answer=Ending(rows.answer.wait[:0], rows.answer.is_ended[:0]),
    )
    assert audit_rows(nothing).verdict is Verdict.TOO_FEW
    assert not audit_rows(rows).has_gap


def test_a_thin_table_says_what_longer_periods_would_tell_and_they_do() -> None:
    rows = a_desk(cases=600, days=700, loud=(0.1, 0.1, 0.1))
    daily = audit_rows(rows, reference="private")
    said = next(words for words in daily.warnings if "beside them" in words)
    monthly = audit_rows(rows.in_periods(Period.MONTH), reference="private")
    table = pd.DataFrame({"need": rows.need, "day": pd.to_datetime(rows.day, unit="D"), "g": rows.by[0].group})
    table["month"] = table.day.dt.to_period("M")
    has = table[table.g == 0].groupby(["need", "month"]).size()
    mine = table[table.g == 1].join(has.rename("beside"), on=["need", "month"])
    share = mine.beside.notna().mean()
    assert f"{100 * share:.0f} % with --cells month" in said
    few, many = group(daily, "public").same_need, group(monthly, "public").same_need
    assert few is not None
    assert many is not None
    assert many.n_effective > 2 * few.n_effective


@given(st.integers(0, 30_000))
def test_weeks_begin_on_monday_and_months_on_the_first(day: int) -> None:
    when = np.array([day])
    monday = pd.Timestamp(int(Period.WEEK.begins(when)[0]), unit="D")
    first = pd.Timestamp(int(Period.MONTH.begins(when)[0]), unit="D")
    today = pd.Timestamp(day, unit="D")
    assert monday.weekday() == 0
    assert 0 <= (today - monday).days < 7
    assert (first.day, first.month, first.year) == (1, today.month, today.year)


def test_where_all_waits_are_whole_days_a_day_is_the_shortest_standard() -> None:
    days = np.where(np.random.default_rng(3).random(3_000) < 0.95, 0, 2 * DAY)
    need = np.zeros(3_000, dtype=np.int64)
    ended = np.ones(3_000, dtype=bool)
    assert horizons(waiting_by(need, Ending(days, ended), 1)).standard.tolist() == [DAY]
    assert horizons(waiting_by(need, Ending(days + (days > 0), ended), 1)).standard.tolist() == [60.0]


def test_where_nobody_was_answered_nothing_is_proven_equal() -> None:
    rows = a_desk(with_standard=False)
    none = replace(rows, answer=Ending(rows.age, np.zeros(len(rows), dtype=np.bool_)))
    found = audit_rows(none)
    public = group(found, "public")
    assert public.verdict is Verdict.TOO_FEW
    assert public.too_few
    assert "come to its end" in public.too_few
    assert any("is the right column read" in warning for warning in found.warnings)


def test_a_column_may_be_compared_twice() -> None:
    rows = a_desk(cases=600)
    found = audit_rows(replace(rows, by=rows.by * 2))
    assert found.contrasts[0] == found.contrasts[1]


def few_known(rows: Rows, known: int) -> Rows:
    """Of the public cases, a remedy is known for so many; of private ones for all."""
    remedy = np.ones(len(rows), dtype=np.int8)
    public = np.flatnonzero(rows.by[0].group == 1)
    remedy[public] = UNKNOWN
    remedy[public[:known]] = 0
    return replace(rows, remedy=remedy)


def test_of_a_large_group_a_figure_that_rests_on_few_is_held_back() -> None:
    rows = a_desk(cases=2_000)
    held = group(audit_rows(few_known(rows, 9)), "public", Outcome.REMEDY)
    assert (held.n > 100, held.mean, held.raw, held.same_need, held.verdict) == (
        True,
        None,
        None,
        None,
        Verdict.TOO_FEW,
    )
    assert held.too_few == "fewer than 10 cases of theirs, or of the group they are compared with, can be judged yet"
    shown = group(audit_rows(few_known(rows, 10)), "public", Outcome.REMEDY)
    assert shown.mean == 0


def test_a_difference_that_rests_on_few_cases_beside_one_another_is_held_back() -> None:
    rows = a_desk(cases=2_000, days=30, taken_after=60)
    group_of, day = rows.by[0].group, rows.day.copy()
    day[group_of == 1] += 1_000
    for beside, is_shown in ((9, False), (10, True)):
        meets = day.copy()
        some = np.flatnonzero(group_of == 1)[:beside]
        private = group_of == 0
        meets[some] = [rows.day[private & (rows.need == need)][0] for need in rows.need[some]]
        found = group(audit_rows(replace(rows, day=meets)), "public")
        assert found.verdict is Verdict.TOO_FEW
        assert found.same_need
        assert (found.same_need.difference is not None) == is_shown
        assert found.raw


def test_what_is_left_out_of_the_needs_is_no_small_group_either() -> None:
    """The whole difference less the needs that are shown is the difference of those that are not."""
    rows = a_desk(cases=4_000, hours=(2.0,), loud=(0.1,), in_time_gap=0.0)
    need = np.zeros(len(rows), dtype=np.int64)
    public = np.flatnonzero(rows.by[0].group == 1)
    for k, few in ((1, public[:4]), (2, public[4:7])):
        need[few] = k
        need[np.isin(rows.day, rows.day[few]) & (rows.by[0].group == 0) & (np.arange(len(rows)) % 3 == k)] = k
    audit = audit_rows(replace(rows, need=need, needs=("many", "four", "three")))
    assert group(audit, "public").drivers == ()
