"""No page, file or difference of two of them shows a figure about few people."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from fractions import Fraction

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.fairness.live.models import Measured, Policy, Result
from evenhand.fairness.live.series import set_policy
from evenhand.fairness.pages import cells, figures
from evenhand.fairness.pages.downloads import COLUMNS, _cell
from factories import NOW
from tests.fairness_pages.test_report import shown
from tests.fairness_pages.world import SMALL

LEAST = 10


def in_no_group(contrast: str, group: str) -> None:
    of = Result.objects.filter(contrast=contrast, group=group)
    assert of.exists()
    assert not of.exclude(n=None).exists()


@pytest.mark.django_db
def test_d27_a_contrast_of_a_small_group_shows_no_figure_and_says_why(house, sign_in):
    in_no_group("contact", "anonymous")
    page = sign_in(house.auditor).get("/fairness/by/contact/")
    said = shown(page)
    assert "Anonymous: fewer than 10 cases, so no figure of theirs is shown." in said
    small = Measured.objects.filter(has_address=False, clock="answer").count()
    assert 0 < small == SMALL < LEAST
    assert not re.search(rf"\b{small} cases\b|anonymous {small}\b", said, re.IGNORECASE)


@pytest.mark.django_db
def test_d27_the_report_names_a_small_group_and_nothing_more(house, sign_in):
    said = shown(sign_in(house.auditor).get("/fairness/"))
    row = said[said.index("Anonymous and reachable") :][:120]
    assert re.match(r"Anonymous and reachable — — — — — too few\s+fewer than 10 cases", row)


@pytest.mark.django_db
def test_d27_no_download_holds_a_small_group_or_what_would_give_it_away(house, sign_in):
    browser = sign_in(house.auditor)
    told = json.loads(browser.get("/fairness/cells.json").content)
    contact = next(one for one in told["contrasts"] if one["by"] == "address left or not")
    groups = [group for outcome in contact["outcomes"] for group in outcome["groups"]]
    assert {group["n"] for group in groups if group["group"] == "anonymous"} == {None}
    # All less those who left an address would be those who left none: so these are not told either.
    whole = Measured.objects.filter(clock="answer", left_out="").count()
    assert all(group["n"] != whole - SMALL for group in groups)
    rows = list(csv.DictReader(io.StringIO(browser.get("/fairness/cells.csv").content.decode())))
    assert not [row for row in rows if row["group"] == "anonymous"]
    assert all(int(row["n"]) >= LEAST for row in rows)
    assert_nothing_follows(rows)


def assert_nothing_follows(rows: list[dict[str, str]]) -> None:
    """What a need, or a group, lacks of the whole that another contrast tells, is nobody or enough people."""
    for clock in ("answer", "solution"):
        of_need: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in rows:
            if row["clock"] == clock:
                of_need[row["need"]][row["contrast"]] += int(row["n"])
        for need, by_contrast in of_need.items():
            whole = Measured.objects.filter(clock=clock, left_out="", need__slug=need).count()
            for contrast, told in by_contrast.items():
                assert whole - told == 0 or whole - told >= LEAST, (clock, need, contrast)


@pytest.mark.django_db
def test_d27_two_files_before_and_after_a_change_of_what_is_compared_give_no_small_group_away(house, sign_in):
    browser = sign_in(house.administrator)
    before = browser.get("/fairness/cells.csv").content.decode()
    left = [name for name in Policy.objects.in_force().contrasts if name != "door"]
    set_policy(by=house.administrator, reason="Without doors.", now=NOW, contrasts=left)
    after = browser.get("/fairness/cells.csv").content.decode()
    rows = {tuple(row) for row in csv.reader(io.StringIO(before))}
    assert {tuple(row) for row in csv.reader(io.StringIO(after))} <= rows
    assert "door" not in after


@pytest.mark.django_db
def test_d27_the_public_page_counts_in_two_digits_so_that_one_day_s_few_do_not_follow(house, sign_in):
    set_policy(by=house.administrator, reason="For all.", now=NOW, has_public_page=True)
    told = json.loads(Client().get("/fairness/public.json").content)
    figures_told = [told["headline"][name] for name in ("difference", "low", "high", "margin", "not_ruled_out")]
    figures_told += [one[name] for one in told["history"] for name in ("not_ruled_out", "margin")]
    assert len(figures_told) > 40
    for value in figures_told:
        assert value is None or float(f"{value:.1e}") == pytest.approx(value, rel=1e-9)
    page = Client().get("/fairness/public/").content.decode()
    about = re.search(r"About ([\d,]+) cases", page)
    assert about
    assert re.fullmatch(r"\d\d?0+", about[1].replace(",", ""))


@pytest.mark.django_db
def test_d27_the_public_page_tells_no_group_apart_but_public_and_private(house, sign_in):
    set_policy(by=house.administrator, reason="For all.", now=NOW, has_public_page=True)
    for address in ("public/", "public.json", "badge.svg"):
        body = Client().get(f"/fairness/{address}").content.decode()
        for group in ("Spanish", "English", "Oakland", "mastodon", "button", "anonymous", "once-public"):
            assert group.lower() not in re.sub(r"<style.*?</style>|<head>.*?</head>", "", body, flags=re.DOTALL).lower()
        for person in (house.agent, house.supervisor, house.administrator, house.auditor):
            assert person.name not in body


# -- every table there could be --------------------------------------------------------------------------------------

CONTRASTS = {"public": ("public", "private"), "door": ("form", "mastodon", "x"), "language": ("en", "es")}
groups = st.fixed_dictionaries({name: st.sampled_from(choices) for name, choices in CONTRASTS.items()})
tables = st.dictionaries(
    st.tuples(st.sampled_from(("money", "question", "thanks")), groups.map(lambda of: frozenset(of.items()))),
    st.integers(1, 40),
    min_size=1,
    max_size=14,
)


def follows(asked: list[int], known: list[list[int]]) -> bool:
    """Whether a number is a sum and difference of known ones: by elimination in fractions, with no rounding."""
    rows = [[Fraction(x) for x in row] for row in known]
    target = [Fraction(x) for x in asked]
    for column in range(len(target)):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        for row in [*rows, target]:
            if row[column]:
                by = row[column] / pivot[column]
                row[:] = [a - by * b for a, b in zip(row, pivot, strict=True)]
    return not any(target)


@given(tables)
@settings(max_examples=60, deadline=None)
def test_d27_no_small_cell_follows_from_those_that_are_shown_by_adding_and_subtracting(counts):
    allowed = cells.shown(counts, LEAST)
    table = cells.table_of(counts)
    shown_cells = [row for row, cell in zip(table.inside.tolist(), table.cells, strict=True) if cell in allowed]
    known = [[int(x) for x in row] for row in [*shown_cells, *table.sums.tolist()]]
    for k, cell in enumerate(table.cells):
        if cell in allowed:
            assert table.count(k) >= LEAST
        elif table.count(k) < LEAST and not is_told_by_the_sums(table, k):
            assert not follows([int(x) for x in table.inside[k].tolist()], known), cell


def is_told_by_the_sums(table: cells.Table, k: int) -> bool:
    """Whether a cell follows from the sums of other pages alone, which are held back where they are made."""
    return follows([int(x) for x in table.inside[k].tolist()], [[int(x) for x in row] for row in table.sums.tolist()])


def test_d27_a_cell_that_crosses_two_contrasts_is_not_found_by_their_difference():
    """Form and button are all of private: button is told, so form would follow from private, and Mastodon from form."""
    counts = {
        ("money", frozenset({("public", "public"), ("door", "mastodon")})): 9,
        ("money", frozenset({("public", "public"), ("door", "x")})): 25,
        ("money", frozenset({("public", "private"), ("door", "form")})): 20,
        ("money", frozenset({("public", "private"), ("door", "button")})): 100,
    }
    allowed = cells.shown(counts, LEAST)
    assert ("door", "mastodon", "money") not in allowed
    assert ("door", "x", "money") not in allowed
    assert {("public", "public", "money"), ("public", "private", "money")} & allowed or not allowed


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_d27_parts_of_a_whole_that_are_hidden_are_nobody_or_enough_together(counts):
    hidden = figures.hidden(counts, LEAST)
    dark = [count for count, is_hidden in zip(counts, hidden, strict=True) if is_hidden]
    assert all(count == 0 or count >= LEAST for count, blank in zip(counts, hidden, strict=True) if not blank)
    assert not dark or sum(dark) >= LEAST or sum(counts) < LEAST


def csv_of(browser: Client) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get("/fairness/cells.csv").content.decode())))


# -- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_file_of_cells_adds_up_to_what_was_measured(house, sign_in):
    rows = csv_of(sign_in(house.auditor))
    assert tuple(rows[0]) == ("series", *COLUMNS)
    row = next(one for one in rows if (one["contrast"], one["group"], one["need"]) == ("public", "private", "money"))
    of = Measured.objects.filter(clock=row["clock"], is_public=False, need__slug="money", left_out="")
    assert int(row["n"]) == of.count()
    kept = sum(one.wait is not None and one.wait <= one.standard for one in of)
    assert float(row["in_time"]) == pytest.approx(kept / of.count(), abs=1e-6)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_d23_a_cell_that_would_be_a_formula_is_text(text):
    assert _cell(text) == f"'{text}"
    assert _cell("money") == "money"


@pytest.mark.django_db
def test_the_file_of_findings_is_in_the_schema_of_the_command(house, sign_in):
    told = json.loads(sign_in(house.auditor).get("/fairness/cells.json").content)
    assert told["schema"] == 1
    assert {"rows", "left_out", "assumed", "warnings", "contrasts", "verdict", "headline", "made"} <= set(told)
    language = next(one for one in told["contrasts"] if one["by"] == "language")
    assert language["verdict"] == "UNEQUAL"
    wait = next(one for one in language["outcomes"] if one["outcome"] == "wait")
    assert wait["unit"] == "hours"
    assert wait["curves"]
    spanish = next(one for one in wait["groups"] if one["group"] == "Spanish")
    assert spanish["same_need"]["low"] > 0
    assert spanish["verdict"] == "UNEQUAL"
