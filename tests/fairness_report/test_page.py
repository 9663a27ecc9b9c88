"""The page: one file that needs nothing else, says the finding first, and escapes what strangers wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.fairness.parity.findings import Audit, Contrast, Curve, Group, Outcome, OutcomeFinding
from evenhand.fairness.report import charts, page, tables
from evenhand.fairness.report.markup import Markup, exact, tag, text
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

SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "br", "link", "img", "hr", "input"}


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed in order, every id is there once."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.told: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("src", "href") and value:
                self.links.append(value)
            assert not name.startswith("on"), f"{tag} {name}"
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.told.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.told).replace("\N{NO-BREAK SPACE}", " ").split())


def read(whole: str) -> Reader:
    reader = Reader()
    reader.feed(whole)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("audit", [a_full_audit(), a_real_audit(), an_audit_of_five(), an_audit(TOO_FEW)])
def test_the_page_is_well_formed_needs_nothing_from_elsewhere_and_runs_nothing(audit: Audit) -> None:
    whole = page.html(audit)
    reader = read(whole)
    assert len(reader.ids) == len(set(reader.ids))
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
    assert reader.links == []
    assert "url(" not in whole
    assert "@import" not in whole
    assert "http" not in whole.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("audit", [a_full_audit(), a_real_audit(), an_audit_of_five(), an_audit(EQUAL)])
def test_headings_begin_with_the_finding_and_leave_out_no_level(audit: Audit) -> None:
    headings = read(page.html(audit)).headings
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(headings))


def test_what_strangers_wrote_stands_on_the_page_as_words() -> None:
    whole = page.html(a_full_audit(), title=f"</title>{NASTY}")
    assert "<script" not in whole
    reader = read(whole)
    assert reader.text.count(NASTY) > 10
    assert f"evenhand audit '{NASTY}.csv' --by door && echo \"so\"" in "".join(reader.told), "letter for letter"


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_name_breaks_the_page(name: str, by: str) -> None:
    audit = an_audit(replace(UNEQUAL, group=name), by=by, left_out={name: 3}, warnings=(by,), assumed={"end": name})
    read(page.html(audit))
    for part in re.findall(r"<svg.*?</svg>", page.html(audit), re.DOTALL):
        ElementTree.fromstring(part)


def test_the_page_holds_all_that_was_promised() -> None:
    told = read(page.html(a_full_audit())).text
    for words_ in (
        "Not the same",
        "Phone cases are answered 18 % sooner than web cases",
        "95 % interval: 0.7–2.9 h sooner",
        "Who is treated differently?",
        "look here",
        "How many of them, still waiting",
        "What drives it, by need",
        "Found by searching",
        "Benjamini–Hochberg",
        "Silence is not fairness",
        "Raw, same need, and in the coding",
        "91 % of 120, κ .86 (.80–.92)",
        "What was assumed",
        "Europe/Berlin",
        "What was left out",
        "100 of 6,100 rows.",
        "What to mind",
        "How this was found",
        "overlap weights",
        "To repeat it",
        "Made by Evenhand 1.2.3 on 2026-03-02 04:20 UTC",
        "Mind: of “phone”, closed rows alone would say “same”",
        "eleven cases more are needed",
        "not yet proven same",
        "too few",
    ):
        assert words_ in told, words_


def test_every_chart_has_a_title_a_description_and_a_table_behind_it() -> None:
    whole = page.html(a_full_audit())
    figures = re.findall(r"<figure.*?</figure>(.*?)</section>", whole, re.DOTALL)
    assert len(figures) >= 5
    assert all("<details" in after and "<table" in after for after in figures)
    for part in re.findall(r"<svg.*?</svg>", whole, re.DOTALL):
        root = ElementTree.fromstring(part)
        named = (root.get("aria-labelledby") or "").split()
        assert root.get("role") == "img"
        found = {each.get("id"): each.text for each in root}
        assert all(found[name] for name in named)
        assert len(named) == 2


def test_too_few_is_said_and_never_drawn() -> None:
    rows = charts.rows_of(an_audit(TOO_FEW).contrasts[0].outcomes[0], "web")
    assert rows[1].note == "too few"
    assert rows[1].difference is None
    picture = charts.forest(rows, Outcome.WAIT, title="t", key="k")
    assert 'class="dot"' not in picture


def test_only_what_is_different_is_pointed_at() -> None:
    audit = an_audit(UNEQUAL, replace(NOT_PROVEN, group="fax"), replace(EQUAL, group="post"))
    picture = charts.forest(charts.rows_of(audit.contrasts[0].outcomes[0], "web"), Outcome.WAIT, title="t", key="k")
    assert picture.count(">look here<") == 1


def marks(picture: str, kind: str) -> list[ElementTree.Element]:
    return [each for each in ElementTree.fromstring(picture).iter() if each.get("class") == kind]


@pytest.mark.parametrize("width", [charts.WIDE, charts.NARROW])
def test_a_forest_is_drawn_to_scale(width: int) -> None:
    rows = [
        charts.Row("web", 10, is_reference=True),
        charts.Row("a", 10, 1.0, 0.5, 1.5, 1.0),
        charts.Row("b", 10, -2.0, -2.5, -1.5, 1.0),
    ]
    picture = charts.forest(rows, Outcome.WAIT, title="t", key="k", width=width)
    zero = float(marks(picture, "ring")[0].get("cx", ""))
    a, b = (float(dot.get("cx", "")) for dot in marks(picture, "dot"))
    assert b < zero < a
    assert (zero - b) / (a - zero) == pytest.approx(2.0, rel=0.02)
    band = marks(picture, "band")[0]
    left, wide = float(band.get("x", "")), float(band.get("width", ""))
    assert left == pytest.approx(zero - (a - zero), abs=0.2)
    assert wide == pytest.approx(2 * (a - zero), abs=0.3)
    first, last = re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", marks(picture, "reach")[0].get("d", ""))[0]
    assert float(last) - zero == pytest.approx(3 * (float(first) - zero), rel=0.02)


def test_what_equality_is_judged_by_is_drawn_thick_within_the_95_percent() -> None:
    rows = charts.rows_of(an_audit(EQUAL).contrasts[0].outcomes[0], "web")
    picture = charts.forest(rows, Outcome.WAIT, title="t", key="k")
    thin, thick = (re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", each.get("d", ""))[0] for each in marks(picture, "reach"))
    assert float(thin[0]) < float(thick[0]) < float(thick[1]) < float(thin[1])
    band = marks(picture, "band")[0]
    assert float(band.get("x", "")) < float(thick[0])
    assert float(thick[1]) < float(band.get("x", "")) + float(band.get("width", ""))


def test_a_band_follows_each_groups_own_margin() -> None:
    rows = [charts.Row("a", 1, 0.0, -1.0, 1.0, 1.0), charts.Row("b", 1, 0.0, -1.0, 1.0, 2.0)]
    picture = charts.forest(rows, Outcome.WAIT, title="t", key="k")
    widths = [float(each.get("width", "")) for each in marks(picture, "band")]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.02)
    assert "1–2 h sooner" in picture.replace("\N{NO-BREAK SPACE}", " ")


def test_an_interval_that_runs_out_of_the_picture_ends_in_an_arrow() -> None:
    rows = [charts.Row("a", 1, 0.1, -50.0, 50.0, 1.0)]
    assert marks(charts.forest(rows, Outcome.WAIT, title="t", key="k"), "reach")[0].get("d", "").count("M") == 3


@pytest.mark.parametrize("width", [charts.WIDE, charts.NARROW])
def test_nothing_is_written_beside_the_picture(width: int) -> None:
    audit = a_full_audit()
    rows = charts.rows_of(audit.contrasts[0].outcomes[1], "web")
    picture = charts.forest(rows, Outcome.WAIT, title="t", key="k", width=width)
    for each in ElementTree.fromstring(picture).iter(f"{SVG}text"):
        x, anchor = float(each.get("x", "")), each.get("text-anchor")
        wide = charts.measure(each.text or "") * 0.8
        begin = x - (wide if anchor == "end" else wide / 2 if anchor == "middle" else 0)
        assert begin >= -1, each.text
        assert begin + wide <= width + 1, each.text


def test_curves_are_told_apart_without_colour_and_step_down() -> None:
    finding = a_full_audit().contrasts[0].outcomes[1]
    shown = charts.shown_curves(finding, "web")
    picture = charts.waiting(shown, title="t", key="k")
    lines = [
        each for each in ElementTree.fromstring(picture).iter(f"{SVG}path") if each.get("class") in ("reach", "faint")
    ]
    drawn = [each for each in lines if len(each.get("d", "")) > 30]
    assert len(drawn) == 3
    assert len({each.get("stroke-dasharray") for each in drawn}) == 3
    for each in drawn:
        assert set(re.sub(r"[\d. ]", "", each.get("d", ""))) <= set("MHV"), "steps only"
        heights = [float(v) for v in re.findall(r"V([\d.]+)", each.get("d", ""))]
        assert heights == sorted(heights)


def test_numbers_at_risk_stand_under_the_axis_and_small_ones_are_not_told() -> None:
    finding = a_full_audit().contrasts[0].outcomes[1]
    picture = charts.waiting(charts.shown_curves(finding, "web"), title="t", key="k")
    told = ["".join(each.itertext()) for each in ElementTree.fromstring(picture).iter(f"{SVG}text")]
    assert {"900", "360", "190", "few"} <= set(told)


def test_a_curve_of_thousands_of_steps_is_a_small_picture() -> None:
    hours = tuple(k / 100 for k in range(20_000))
    share = tuple(1 - k / 20_000 for k in range(20_000))
    curve = Curve("web", hours, share, share, share, (0.0, 100.0), (9, 9))
    assert len(charts.waiting([curve], title="t", key="k")) < 60_000


def looks(days: int, change_at: int | None = None) -> list[charts.Look]:
    begin = date(2026, 5, 3)
    return [
        charts.Look(
            begin + timedelta(days=k),
            None if k < 5 else 3 - k / days,
            1.0,
            "b" if change_at is not None and k >= change_at else "a",
        )
        for k in range(days)
    ]


def test_history_breaks_where_the_policy_changed_and_before_it_says_anything() -> None:
    whole = charts.history(looks(60), Outcome.WAIT, key="k")
    assert len(marks(whole, "reach")) == 1
    assert "policy changed" not in whole
    broken = charts.history(looks(60, change_at=30), Outcome.WAIT, key="k")
    assert len(marks(broken, "reach")) == 2
    assert "policy changed" in broken
    first = re.match(r"M([\d.]+)", marks(whole, "reach")[0].get("d", ""))
    assert first is not None
    assert float(first[1]) > 62, "five days without a figure are not drawn"


def test_history_of_nothing_says_so() -> None:
    assert "No audit yet." in charts.history([], Outcome.WAIT, key="k")


def test_a_badge_stands_alone_and_holds_the_whole_sentence() -> None:
    sentence = f"No difference seen, but up to 23 % cannot be ruled out {NASTY}; about six weeks more at this volume."
    root = ElementTree.fromstring(charts.badge(sentence, Verdict.NOT_PROVEN))
    assert root.tag == f"{SVG}svg"
    assert sentence in (root.findtext(f"{SVG}title") or "").replace("\N{NO-BREAK SPACE}", " ")
    assert "not yet proven same" in "".join(root.itertext())
    assert float(root.get("width", "")) < 800


def test_a_row_of_several_outcomes_says_in_which_of_them_its_finding_lies() -> None:
    def told(*outcomes: tuple[Outcome, Group]) -> str:
        of = [OutcomeFinding(kind, (a_group("web", None), one), mature=1, not_yet=0) for kind, one in outcomes]
        return read(tables.treated(Audit(10, {}, {}, (), (Contrast("door", "web", tuple(of)),)))).text

    assert "not yet proven same same: first answer; too few: solved" in told(
        (Outcome.WAIT, EQUAL), (Outcome.SOLVED, TOO_FEW)
    )
    assert "not yet proven same solved" in told((Outcome.WAIT, EQUAL), (Outcome.SOLVED, NOT_PROVEN))


def test_the_table_of_who_is_treated_differently_puts_gaps_first_and_says_what_is_missing() -> None:
    audit = an_audit(EQUAL, replace(UNEQUAL, group="fax"), replace(TOO_FEW, group="post"))
    told = read(tables.treated(audit)).text
    assert told.index("fax and web") < told.index("phone and web") < told.index("post and web")
    assert "eleven cases more are needed" in told


def test_a_table_says_its_columns_to_those_who_listen_even_where_it_stacks() -> None:
    made = tables.groups(an_audit(EQUAL).contrasts[0], an_audit(EQUAL).contrasts[0].outcomes[0])
    root = ElementTree.fromstring(made.replace("\N{NO-BREAK SPACE}", " "))
    heads = ["".join(each.itertext()) for each in root.iter("th") if each.get("scope") == "col"]
    cells = [each.get("data-label") for each in root.iter("td")]
    assert cells[: len(heads) - 1] == heads[1:]
    assert {each.get("role") for each in root.iter("td")} == {"cell"}


def test_very_many_groups_are_drawn_in_part_and_told_in_full() -> None:
    groups = [a_group(f"group {k}", Verdict.EQUAL, same_need(0.0, -0.5, 0.5), n=1000 - k) for k in range(40)]
    far = replace(UNEQUAL, group="the smallest", n=11)
    audit = an_audit(*groups, far)
    rows = charts.rows_of(audit.contrasts[0].outcomes[0], "web")
    assert len(rows) == charts.MOST_ROWS
    assert rows[0].is_reference
    assert "the smallest" in [row.label for row in rows], "whatever is different is drawn"
    told = read(page.html(audit)).text
    assert "28 smaller groups are in the table." in told
    assert "group 39" in told


def test_names_are_cut_to_what_there_is_room_for_and_told_in_full_beside() -> None:
    lines = charts.fitted(LONG, 120, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(charts.measure(line) <= 120 for line in lines)
    assert charts.fitted("Loans and cards of all kinds · Late fee", 90, 2)[1] == "Late fee"
    picture = charts.forest([charts.Row(LONG, 3, 0.0, -1.0, 1.0, 1.0)], Outcome.WAIT, title="t", key="k")
    assert f"<title>{LONG}</title>" in picture


def test_markup_is_escaped_once_and_only_what_is_no_markup() -> None:
    assert text('<a href="x">') == "&lt;a href=&quot;x&quot;&gt;"
    assert text(Markup("<b>x</b>")) == "<b>x</b>"
    assert tag("td", "a & b", title="<", hidden=None) == '<td title="&lt;">a &amp; b</td>'
    assert exact("a  b\n\x00<") == "a  b\n&lt;"
    assert text("6 min") == "6\N{NO-BREAK SPACE}min"


def test_every_verdict_has_its_word_and_red_is_for_none_of_them() -> None:
    for verdict in Verdict:
        made = tables.chip(verdict)
        assert "broken" not in made
        assert "soon" not in made
    assert [read(tables.chip(v)).text for v in Verdict] == ["same", "different", "not yet proven same", "too few"]
