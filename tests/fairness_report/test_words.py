"""What an audit says: plain, right about its figures, and no surer than they are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import Audit, Contrast, Group, Outcome, OutcomeFinding, Raw
from evenhand.stats.cells import Verdict
from fairness_report.audits import (
    EQUAL,
    LONG,
    NASTY,
    NOT_PROVEN,
    TOO_FEW,
    UNEQUAL,
    a_full_audit,
    a_group,
    a_real_audit,
    an_audit,
    an_audit_of_five,
    same_need,
)


def said(group: Group, outcome: Outcome = Outcome.WAIT, by: str = "door") -> str:
    audit = an_audit(group, outcome=outcome, by=by)
    return words.sentence(audit.contrasts[0], audit.contrasts[0].outcomes[0], group, words.manner(audit))


@pytest.mark.parametrize(
    ("hours", "told"),
    [(0, "0 min"), (0.006, "22 s"), (0.1, "6 min"), (0.99, "59 min"), (1, "1 h"), (3.24, "3.2 h"), (17.9, "18 h"),
     (47.8, "2 days"), (96, "4 days"), (-3.24, "3.2 h"), (24 * 412, "412 days")],
)  # fmt: skip
def test_a_length_of_time_is_told_as_people_say_it(hours: float, told: str) -> None:
    assert words.length(hours) == told


def test_a_length_has_no_more_digits_than_its_interval_bears() -> None:
    assert words.length(3.247, (3.2, 3.3)) == "3.2 h"
    assert words.length(3.247, (1.0, 5.5)) == "3.2 h"
    assert words.length(3.247, (-6.0, 12.5)) == "3 h"
    assert words.length(74.3, (-20.0, 170.0)) == "3 days"


def test_business_hours_have_no_days() -> None:
    assert words.length(80, has_days=False) == "80 h"
    assert words.length(80, (60, 100), has_days=False) == "80 h"


def test_an_interval_is_told_in_one_unit_and_says_its_direction() -> None:
    assert words.span(Outcome.WAIT, -22 / 60, 34 / 60) == "22 min sooner to 34 min later"
    assert words.span(Outcome.WAIT, -5.1, -1.2) == "1.2–5.1 h sooner"
    assert words.span(Outcome.WAIT, -10, 60) == "10 h sooner to 60 h later"
    assert words.span(Outcome.IN_TIME, 0.02, 0.1) == "2–10 points more often"
    assert words.span(Outcome.AMOUNT, -40, -12.6) == "13–40 less"


def test_an_interval_that_leaves_out_0_is_never_told_as_if_it_touched_it() -> None:
    assert words.span(Outcome.WAIT, -7.1, -0.38) == "0.4–7 h sooner"
    assert words.signed(Outcome.REMEDY, -0.0007, (-0.18, -0.0007)) != "0 pts"


@given(
    st.floats(-500, 500), st.floats(0.001, 300), st.floats(0.001, 300),
    st.sampled_from([Outcome.WAIT, Outcome.AMOUNT]),
)  # fmt: skip
def test_what_is_told_is_within_a_sixth_of_what_is_uncertain(
    value: float, below: float, above: float, outcome: Outcome
) -> None:
    between = (value - below, value + above)
    number, _, unit = words.told(outcome, value, between).partition(" ")
    scale = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "day": 24.0, "days": 24.0, "": 1.0}[unit]
    told = float(number.replace(",", "")) * scale
    least = {"s": 1.0, "min": 1.0, "h": 0.1, "day": 0.1, "days": 0.1, "": 0.01}[unit] * scale
    step = max(least, scale if abs(value) / scale >= 9.95 else 0.0)
    assert abs(told - abs(value)) <= max((below + above) / 2 / 3 / 2, step / 2) * 1.0001


@pytest.mark.parametrize(
    ("p", "told"), [(None, "no p"), (0.0002, "p < .001"), (0.004, "p = .004"), (0.046, "p = .05"), (0.999, "p > .99")]
)
def test_a_p_value_is_short(p: float | None, told: str) -> None:
    assert words.p_value(p) == told


def test_unequal_says_how_much_against_whom_and_which_needs_drive_it() -> None:
    assert said(UNEQUAL) == "Phone cases are answered 18 % sooner than web cases (7–29 %). It comes mostly from refund."


def test_more_than_double_is_told_as_times() -> None:
    group = a_group("fax", Verdict.UNEQUAL, same_need(42.0, 30.0, 54.0))
    assert said(group) == "Fax cases wait 5.2 times as long as web cases to be answered (4–6.4 times)."


def test_nothing_is_sooner_by_more_than_all_of_it() -> None:
    group = a_group("api", Verdict.UNEQUAL, same_need(-9.5, -10.6, -8.4))
    assert said(group) == "Api cases are answered 95 % sooner than web cases (84–100 %)."


def test_a_difference_that_may_lie_within_the_margin_says_so() -> None:
    group = a_group("fax", Verdict.UNEQUAL, same_need(0.8, 0.2, 1.4))
    assert said(group).endswith("It may be less than the margin of 10 %, here 1 h.")


def test_rates_are_told_in_points_and_amounts_in_shares() -> None:
    rate = a_group("fax", Verdict.UNEQUAL, same_need(0.06, 0.02, 0.1, margin=0.05))
    assert (
        said(rate, Outcome.IN_TIME)
        == "Fax cases are answered in time 6 points more often than web cases (2–10 points more often)."
    )
    assert said(rate, Outcome.REMEDY).startswith("Fax cases are given a remedy 6 points more often than web cases")
    amount = a_group("fax", Verdict.UNEQUAL, same_need(-3.0, -4.0, -2.0))
    assert said(amount, Outcome.AMOUNT) == "Fax cases are given 30 % less than web cases (20–40 %)."


def test_equal_says_below_what_any_difference_is() -> None:
    assert said(EQUAL) == "Phone cases are answered as soon as web cases: any difference is below 10 %, here 1 h."
    rate = a_group("phone", Verdict.EQUAL, same_need(0.01, -0.02, 0.04, margin=0.05))
    assert (
        said(rate, Outcome.REMEDY)
        == "Phone cases are given a remedy as often as web cases: any difference is below 5 points."
    )


def test_not_proven_says_what_cannot_be_ruled_out_and_what_it_would_take() -> None:
    assert said(NOT_PROVEN) == (
        "No difference proven between phone cases and web cases, but up to 23 % cannot be ruled out (answered 10 % "
        "sooner to 23 % later). About six weeks more at this volume would settle it, if the difference stays as it is."
    )


def test_where_waiting_does_not_help_nothing_is_promised() -> None:
    large = a_group("phone", Verdict.NOT_PROVEN, same_need(1.4, -1.0, 3.8))
    assert said(large).endswith("more cases will prove a difference, not sameness.")
    assert "weeks" not in said(large)
    short = a_group("phone", Verdict.NOT_PROVEN, same_need(0.1, -0.5, 0.7, is_by_case=True))
    assert said(short).endswith("Sameness is never found in fewer than ten days.")


def test_too_few_says_what_is_missing_and_no_figure() -> None:
    assert said(TOO_FEW) == "Too few to say of phone cases: eleven cases more are needed."
    assert "19" not in words.table_text(an_audit(TOO_FEW)).splitlines()[-1]


def test_a_group_whose_name_says_nothing_is_told_with_its_column() -> None:
    assert words.who("is_public", "true") == "cases with is_public “true”"
    assert words.who("district", "(none)") == "cases with district “(none)”"
    assert words.who("ward", "12") == "cases with ward “12”"
    assert words.who("door", "Public posts") == "Public posts cases"
    assert words.who("door", LONG) == f"cases of “{LONG}”"


def test_strangers_words_move_no_cursor_and_turn_no_line() -> None:
    assert words.plain("a\x1b[31mred\x07\r\nb\u202egnp.exe\u2066") == "a[31mred bgnp.exe"
    assert words.plain("می‌خواهم 👩‍🚀") == "می‌خواهم 👩‍🚀", "joiners are letters of a script, and stay"


@pytest.mark.parametrize(
    ("end", "told"),
    [("first_answer", "are answered"), ("Closed Date", "are closed"), ("resolved_at", "are solved"),
     ("Date sent to company", "reach “Date sent to company”"), (None, "are answered")],
)  # fmt: skip
def test_the_verb_is_that_of_the_column_that_ends_a_wait(end: str | None, told: str) -> None:
    assert words.manner(an_audit(EQUAL, assumed={"end": end})).done == told


def test_two_ends_of_one_kind_are_told_apart_by_their_columns() -> None:
    solved = OutcomeFinding(Outcome.SOLVED, (a_group("web", None), EQUAL), mature=1, not_yet=0)
    audit = an_audit(EQUAL, assumed={"end": "resolved_at", "solved": "solved_for_good"})
    audit = replace(audit, contrasts=(Contrast("door", "web", (*audit.contrasts[0].outcomes, solved)),))
    how = words.manner(audit)
    titles = [words.outcome_title(finding.outcome, how) for finding in audit.contrasts[0].outcomes]
    assert titles == ["Time to “resolved_at”", "Time to “solved_for_good”"]
    how = words.manner(replace(audit, assumed={"end": "first_reply", "solved": "closed_at"}))
    assert (how.done, how.then_done) == ("are answered", "are closed")


def test_the_period_that_cases_share_is_named() -> None:
    audit = an_audit(EQUAL, assumed={"cells": "month"})
    assert words.lead(audit)[0].startswith("For the same need in the same month, phone cases")
    assert "in the same month" in words.method(audit)
    assert "on the same day" not in words.method(audit)


@pytest.mark.parametrize(
    ("group", "headline", "chip"),
    [
        (UNEQUAL, "Phone cases are answered 18 % sooner than web cases.", "Not the same"),
        (EQUAL, "Same need, same wait, whichever “door”.", "Fair, within the margin"),
        (NOT_PROVEN, "No difference proven by “door”, but up to 23 % cannot be ruled out.", "Not yet proven the same"),
        (TOO_FEW, "Too few cases to say whether the same need is treated the same.", "Too few to say"),
    ],
)
def test_the_headline_is_the_finding(group: Group, headline: str, chip: str) -> None:
    audit = an_audit(group)
    assert (words.headline(audit), words.chip(audit)) == (headline, chip)


def test_the_headline_names_the_largest_and_counts_the_others() -> None:
    small = a_group("fax", Verdict.UNEQUAL, same_need(1.2, 0.2, 2.2))
    assert words.headline(an_audit(UNEQUAL, small)) == (
        "Phone cases are answered 18 % sooner than web cases; 1 more group differs."
    )


def test_with_several_groups_the_number_of_comparisons_is_said_and_who_differs() -> None:
    groups = [replace(EQUAL, group=f"door {k}") for k in range(3)]
    said_ = " ".join(words.lead(an_audit(UNEQUAL, *groups)))
    assert "4 comparisons were made (4 groups on 1 outcome); 1 is different (phone cases)" in said_
    assert "chance alone would make fewer than one" in said_


def test_what_many_looks_would_find_by_chance_is_called_so() -> None:
    weak = a_group("fax", Verdict.UNEQUAL, same_need(1.2, 0.2, 2.2, p_adjusted=0.3))
    assert "what is found of fax cases may be chance" in " ".join(words.lead(an_audit(weak, EQUAL)))


def test_a_headline_that_may_be_chance_says_so_and_one_that_holds_goes_first() -> None:
    weak = a_group("fax", Verdict.UNEQUAL, same_need(5.0, 0.2, 9.8, p_adjusted=0.3))
    assert words.headline(an_audit(weak, EQUAL)) == (
        "Fax cases are answered 50 % later than web cases, which may be chance."
    )
    assert words.headline(an_audit(weak, UNEQUAL)) == (
        "Phone cases are answered 18 % sooner than web cases; 1 more group differs."
    )


def test_what_chance_alone_would_find_is_rounded_and_not_down() -> None:
    groups = [replace(EQUAL, group=f"door {k}") for k in range(15)]
    assert "chance alone would make about one" in " ".join(words.lead(an_audit(UNEQUAL, *groups)))


def test_groups_of_which_nothing_can_be_said_are_named_under_the_headline_about_the_others() -> None:
    said_ = " ".join(words.lead(an_audit(UNEQUAL, replace(TOO_FEW, group="fax"))))
    assert "Nothing can be said of fax cases: too few of them can be compared." in said_
    assert "Nothing can be said" not in " ".join(words.lead(an_audit(UNEQUAL)))


def test_what_else_differs_for_the_group_of_the_headline_is_said_with_it() -> None:
    wait = OutcomeFinding(Outcome.WAIT, (a_group("web", None), UNEQUAL), mature=1, not_yet=0)
    gap = a_group("phone", Verdict.UNEQUAL, same_need(0.1, 0.06, 0.14, margin=0.05))
    remedy = OutcomeFinding(Outcome.REMEDY, (a_group("web", None), gap), mature=1, not_yet=0)
    audit = Audit(10, {}, {}, (), (Contrast("door", "web", (remedy, wait)),))
    assert "Different too: time to a first answer." in words.lead(audit)


def test_the_average_wait_counts_open_hours_as_hours_where_there_is_a_calendar() -> None:
    slow = a_group("phone", Verdict.UNEQUAL, same_need(40.0, 30.0, 50.0, ratio=1.5, margin=8.0))
    said_ = " ".join(words.lead(an_audit(slow, assumed={"calendar": "mon-fri 09:00-17:00"})))
    assert "web cases wait 80 h." in said_


def test_a_gap_beside_the_headline_is_not_hidden_by_it() -> None:
    wait = OutcomeFinding(Outcome.WAIT, (a_group("web", None), UNEQUAL), mature=1, not_yet=0)
    same = a_group("phone", Verdict.EQUAL, same_need(0.0, -0.02, 0.02, margin=0.05))
    in_time = OutcomeFinding(Outcome.IN_TIME, (a_group("web", None), same), mature=1, not_yet=0)
    audit = Audit(10, {}, {}, (), (Contrast("door", "web", (in_time, wait)),))
    assert audit.verdict is Verdict.EQUAL
    assert audit.has_gap
    assert words.chip(audit) == "Different in part"
    assert words.headline(audit) == "Phone cases are answered 18 % sooner than web cases."


def against(raw: Raw, group: Group) -> str | None:
    audit = an_audit(replace(group, raw=raw))
    contrast = audit.contrasts[0]
    return words.raw_against_same(contrast, contrast.outcomes[0], contrast.outcomes[0].groups[1])


def test_raw_and_same_need_in_disagreement_is_said_aloud() -> None:
    assert against(Raw(13.0, 12.0, 14.0), UNEQUAL) == (
        "Raw, phone cases are answered 13 h later; for the same need on the same day it is the other way round: "
        "1.8 h sooner."
    )
    assert against(Raw(13.0, 12.0, 14.0), EQUAL) == (
        "Raw, phone cases are answered 13 h later; for the same need on the same day nothing of it is left."
    )
    assert against(Raw(0.0, -1.0, 1.0), UNEQUAL) == (
        "Raw, no difference shows; for the same need on the same day phone cases are answered 1.8 h sooner."
    )


def test_where_raw_and_same_need_agree_nothing_is_said() -> None:
    assert against(Raw(-2.0, -3.0, -1.0), UNEQUAL) is None
    assert against(Raw(0.3, 0.1, 0.5), EQUAL) is None, "it is within the margin itself"
    assert against(Raw(None, None, None), UNEQUAL) is None


def test_the_engines_own_audit_turns_round_and_says_so() -> None:
    audit = a_real_audit()
    assert words.headline(audit).startswith("Public cases are answered ")
    assert "later than private cases" in words.headline(audit)
    assert "the other way round" in " ".join(words.lead(audit))


@pytest.mark.parametrize("gap", [1.0, 1.3])
def test_every_sentence_of_a_real_audit_ends_and_holds_no_stray_figure(gap: float) -> None:
    audit = a_real_audit(gap)
    every = [words.headline(audit), *words.lead(audit), words.method(audit)]
    for one in words.comparisons(audit.contrasts):
        every += [words.sentence(one.contrast, one.finding, one.group), words.summary(one.contrast, one.finding)]
    for sentence in every:
        assert sentence.endswith("."), sentence
        assert not any(wrong in sentence for wrong in ("nan", "inf", "None", "  ", "..", "-0")), sentence


def test_a_table_for_a_terminal_keeps_within_its_width_and_names_every_group() -> None:
    audit = an_audit_of_five()
    text = words.table_text(audit, width=100)
    assert max(map(len, text.splitlines())) <= 120
    for name in ("Web button", "Email", "Phone", "Public posts", "compared with", "not yet proven same"):
        assert name in text
    for block in text.split("\n\n"):
        rows = block.splitlines()[1:]
        assert rows[1].startswith("Web button"), "the reference first"
        assert len({row.index("  ", 12) for row in rows[1:]}) >= 1


def test_a_terminal_table_aligns_wide_letters() -> None:
    audit = an_audit(replace(EQUAL, group="電話の窓口"), replace(EQUAL, group="phone"))
    rows = words.table_text(audit).splitlines()[2:]
    ends = [sum(2 if c in "電話の窓口" else 1 for c in row[: row.index("900")]) for row in rows if "900" in row]
    assert len(set(ends)) == 1


def test_nothing_a_stranger_wrote_breaks_a_line_of_the_table() -> None:
    audit = an_audit(replace(EQUAL, group="a\x1b[2J\nb"))
    assert "\x1b" not in words.table_text(audit)
    assert len(words.table_text(audit).splitlines()) == 4


def test_an_audit_of_nothing_still_says_something() -> None:
    empty = Audit(0, {}, {}, (), ())
    assert words.headline(empty).endswith(".")
    assert words.lead(empty)
    assert words.table_text(empty) == ""


def test_warnings_are_told_in_peoples_words() -> None:
    line = a_full_audit().contrasts[0].outcomes[1].answered_only[0]
    assert words.for_people(line) == (
        "of “phone”, closed rows alone would say “same” (+1 %); with open ones counted it is “different” (−18 %)"
    )


def test_all_figures_missing_is_no_error() -> None:
    bare = Group("fax", 3, None, verdict=Verdict.TOO_FEW, too_few="fewer than 10 cases")
    audit = an_audit(bare)
    assert said(bare) == "Too few to say of fax cases: fewer than 10 cases."
    assert "—" in words.table_text(audit)
    assert words.headline(audit) == "Too few cases to say whether the same need is treated the same."


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6))
def test_any_length_can_be_told(hours: float) -> None:
    told = words.length(hours)
    assert told.split(" ")[1] in ("s", "min", "h", "day", "days")
    assert not told.startswith("-")
    assert math.isfinite(float(told.split(" ")[0].replace(",", "")))


def test_a_name_that_is_markup_is_told_as_it_is() -> None:
    assert NASTY in said(replace(UNEQUAL, group=NASTY))


def test_without_a_standard_it_is_told_up_to_what_a_wait_counts() -> None:
    counted = "A wait counts up to the time in which nine in ten of its need came to their end"
    assert counted in " ".join(words.lead(an_audit(UNEQUAL, EQUAL)))
    assert counted not in " ".join(words.lead(an_audit(EQUAL)))
