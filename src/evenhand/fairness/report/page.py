"""The page of an audit: one sentence that says what was found and how sure that is, and under it the evidence."""

from __future__ import annotations

from collections.abc import Iterable

from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import Audit, Contrast, Outcome, OutcomeFinding, overall, verdicts_of
from evenhand.fairness.parity.words import Manner
from evenhand.fairness.report import charts, styles, tables
from evenhand.fairness.report.markup import NOTHING, Markup, exact, joined, tag, text
from evenhand.stats.cells import Verdict

MOST_MINDED = 6
"""Warnings read at once; the others are folded."""

MOST_DRIVEN = 3
"""Groups whose drivers are drawn; the others' stand in a table."""


def html(audit: Audit, *, title: str | None = None) -> str:
    """The whole page, with all it needs inside: no script, no font and no picture from elsewhere.

    title: of the page; otherwise what was read.
    """
    named = title or f"Is the same need treated the same? {audit.made.get('file', '')}".strip()
    how = words.manner(audit)
    head = joined(
        [
            Markup('<meta charset="utf-8">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="color-scheme" content="light dark">'),
            Markup('<meta name="referrer" content="no-referrer">'),
            tag("title", named),
            Markup(f"<style>\n{styles.page()}\n</style>"),
        ],
        "\n",
    )
    inside: list[Markup] = [verdict(audit, title=title)]
    if len(audit.contrasts) == 1:
        inside += [*evidence(audit.contrasts[0], how, level=2, key="c0")]
        inside.insert(2, treated(audit, level=2))
    else:
        inside.append(treated(audit, level=2))
        for k, contrast in enumerate(audit.contrasts):
            parts = evidence(contrast, how, level=3, key=f"c{k}")
            inside.append(tag("section", tag("h2", f"By “{words.plain(contrast.by)}”"), *parts, class_="report"))
    inside += [rests_on(audit), made(audit)]
    body = tag("main", *inside, class_="column wide report", id="main")
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def verdict(audit: Audit, *, title: str | None = None, level: int = 1) -> Markup:
    """The chip, the headline, and the sentences under it."""
    sentences = words.lead(audit)
    kind = Verdict.UNEQUAL if audit.has_gap else audit.verdict
    lead = words.leading(audit)
    finding = 1
    if lead is not None:
        finding = next((k for k, one in enumerate(sentences) if " cases, " in one and "still open" in one), 1)
    return tag(
        "header",
        tag("p", title, class_="tiny") if title else NOTHING,
        tables.chip(kind, words.chip(audit)),
        tag(f"h{level}", words.headline(audit)),
        tag("p", _strong(" ".join(sentences[:finding]), words.size_told(audit)), class_="quiet"),
        tag("p", " ".join(sentences[finding:]), class_="quiet small"),
        class_="verdict",
    )


def _strong(sentence: str, part: str | None) -> Markup:
    """The sentence with its size standing out."""
    if not part or part not in sentence:
        return text(sentence)
    before, _, after = sentence.partition(part)
    return Markup(f"{_edge(before)}{tag('b', part)}{_edge(after)}")


def _edge(part: str) -> Markup:
    """Words beside a stronger part: the space between them stays."""
    return Markup(f"{' ' if part[:1] == ' ' else ''}{text(part)}{' ' if part[-1:] == ' ' else ''}")


# -- one contrast ----------------------------------------------------------------------------------------------------


def evidence(contrast: Contrast, how: Manner, *, level: int, key: str) -> list[Markup]:
    """All that stands under one contrast: each outcome, what drives it, raw against same need, and where nothing can
    be compared. level: of the headings of its cards."""
    parts: list[Markup] = []
    plain = [one for one in contrast.outcomes if not one.curves]
    for k, finding in enumerate(one for one in contrast.outcomes if one.curves):
        cards = [outcome_card(contrast, finding, how, level=level, key=f"{key}-t{k}")]
        cards.append(waiting_card(contrast, finding, how, level=level, key=f"{key}-w{k}"))
        parts.append(tag("div", *cards, class_="evidence two"))
    cards = [outcome_card(contrast, finding, how, level=level, key=f"{key}-r{k}") for k, finding in enumerate(plain)]
    driven, is_wide = drivers_card(contrast, how, level=level, key=f"{key}-d")
    if is_wide:
        parts += [_halves(cards), driven]
        cards = []
    else:
        cards.append(driven)
    cards += [gaps_card(contrast, how, level=level, key=f"{key}-g"), silence_card(contrast, how, level=level)]
    parts.append(_halves(cards))
    return [part for part in parts if part]


def _halves(cards: Iterable[Markup]) -> Markup:
    """Cards two by two; what is empty is left out."""
    some = [card for card in cards if card]
    return tag("div", *some, class_="evidence halves" if len(some) > 1 else "evidence") if some else NOTHING


def _card(level: int, title: str, *inside: object, beside: Markup = NOTHING) -> Markup:
    heading = tag(f"h{level}", title)
    top = tag("div", heading, beside, class_="row apart") if beside else heading
    return tag("section", top, *inside, class_="card pad")


def outcome_card(contrast: Contrast, finding: OutcomeFinding, how: Manner, *, level: int, key: str) -> Markup:
    """One outcome: the finding as a chip and a sentence, the forest, and the table behind it."""
    reference = contrast.reference
    rows = charts.rows_of(finding, reference)
    title = words.outcome_title(finding.outcome, how)
    found = verdicts_of(finding)
    more = len(finding.groups) - len(rows)
    return _card(
        level,
        f"{title}, by {words.plain(contrast.by)}",
        tag("p", words.summary(contrast, finding, how), class_="small"),
        tag(
            "p",
            f"Difference from {words.plain(reference)}, same need, same {how.period}: {_drawn(how)}"
            + (f" {more} smaller groups are in the table." if more > 0 else ""),
            class_="small quiet",
        ),
        charts.both(
            lambda width, one: charts.forest(
                rows,
                finding.outcome,
                title=f"{title}: differences from {words.plain(reference)}",
                key=one,
                how=how,
                width=width,
            ),
            key,
        ),
        tag("p", words.rests(finding), class_="tiny"),
        tables.behind("The figures behind it", tables.groups(contrast, finding, how)),
        beside=tables.chip(overall(found)) if found else NOTHING,
    )


def _drawn(how: Manner) -> str:
    if how.is_daily:
        return "dot, and the interval that holds at every look. Wholly inside the band is the same."
    return "dot, 90 % interval (thick) and 95 % (thin). The thick part wholly inside the band is the same."


def waiting_card(contrast: Contrast, finding: OutcomeFinding, how: Manner, *, level: int, key: str) -> Markup:
    """The curves of those still waiting, with how many that are, and the table behind them."""
    shown = charts.shown_curves(finding, contrast.reference)
    title = how.then_waiting if finding.outcome is Outcome.SOLVED else how.waiting
    rank = finding.log_rank
    test = (
        f"Are all groups through at one rate, at equal age, for the same need and day? "
        f"Log-rank: χ² {words.number(rank.chi_square)} on {rank.degrees}, {words.p_value(rank.p)}."
        if rank
        else None
    )
    more = len(finding.curves) - len(shown)
    return _card(
        level,
        title,
        tag(
            "p",
            "Share of cases by time since they were opened, whatever the need; open ones are counted."
            + (f" {more} more groups are in the table." if more > 0 else ""),
            class_="small quiet",
        ),
        charts.both(
            lambda width, one: charts.waiting(
                shown,
                title=f"{title}, by {words.plain(contrast.by)}",
                key=one,
                how=how,
                width=400 if width == charts.WIDE else charts.NARROW,
            ),
            key,
        ),
        tag("p", test, class_="tiny") if test else NOTHING,
        *(tag("p", f"Mind: {words.for_people(line)}.", class_="small") for line in finding.answered_only[:3]),
        tables.behind("The figures behind it", tables.curves(finding.curves, finding, how)),
    )


def drivers_card(contrast: Contrast, how: Manner, *, level: int, key: str) -> tuple[Markup, bool]:
    """What drives what was found different, need by need; nothing where no need can be told apart. Also whether it
    holds several pictures side by side."""
    gaps = [one for one in words.comparisons([contrast]) if one.group.verdict is Verdict.UNEQUAL and one.group.drivers]
    gaps.sort(key=lambda one: (not one.is_headline, -one.size))
    searched = (
        "Found by searching: needs were looked at one by one, the largest part first, and their p-values are adjusted "
        "for that (Benjamini–Hochberg). Read them as where to look, not as proof."
    )
    if not gaps:
        rest = [one for one in words.comparisons([contrast]) if one.group.drivers]
        if not rest:
            return NOTHING, False
        top = max(rest, key=lambda one: (one.is_headline, one.size))
        card = _card(
            level,
            "By need",
            tag("p", f"Nothing was found different. {searched}", class_="small quiet"),
            _driven(top, how, level=level + 1, key=key),
        )
        return card, False
    shown = [_driven(one, how, level=level + 1, key=f"{key}{k}") for k, one in enumerate(gaps[:MOST_DRIVEN])]
    rest_of = [
        tables.behind(
            _named(one, how),
            tables.by_need(one.group, one.finding.outcome, contrast.reference, how),
        )
        for one in gaps[MOST_DRIVEN:]
    ]
    kind = "evidence halves" if len(shown) > 1 else "evidence"
    card = _card(
        level,
        "What drives it, by need",
        tag("p", searched, class_="small quiet"),
        tag("div", *shown, class_=kind),
        *rest_of,
    )
    return card, len(shown) > 1


def _driven(one: words.Comparison, how: Manner, *, level: int, key: str) -> Markup:
    group, finding, reference = one.group, one.finding, one.contrast.reference
    rows = charts.rows_by_need(group)
    drives = words.what_drives(group) if group.verdict is Verdict.UNEQUAL else ""
    return tag(
        "div",
        tag(f"h{level}", _named(one, how), class_="minor"),
        tag("p", drives, class_="small") if drives else NOTHING,
        charts.both(
            lambda width, name: charts.forest(
                rows,
                finding.outcome,
                title=f"{_named(one, how)}, by need, against {words.plain(reference)}",
                key=name,
                how=how,
                width=width,
                names=176,
            ),
            key,
        ),
        tables.behind("The figures behind it", tables.by_need(group, finding.outcome, reference, how)),
        class_="stack tight",
    )


def _named(one: words.Comparison, how: Manner) -> str:
    title = words.outcome_title(one.finding.outcome, how)
    return f"{words.plain(one.group.group)}: {title[:1].lower()}{title[1:]}"


def gaps_card(contrast: Contrast, how: Manner, *, level: int, key: str) -> Markup:
    """The three gaps: raw, same need, and in the coding of need."""
    against = [
        (one.finding, line)
        for one in words.comparisons([contrast])
        if (line := words.raw_against_same(one.contrast, one.finding, one.group, how))
    ]
    said = [line for _, line in against]
    drawn = [one for one in contrast.outcomes if charts.rows_against_raw(one, contrast.reference)]
    if not drawn:
        return NOTHING
    first = next((one for one, _ in against), None) or next((f for f in drawn if f in contrast.headlines), drawn[0])
    rows = charts.rows_against_raw(first, contrast.reference)
    title = words.outcome_title(first.outcome, how)
    if contrast.coding:
        codes = [
            tag(
                "p",
                "Some needs were coded a second time from the words alone. Where a group's agree less, the comparison "
                "within a need is less sure for it.",
                class_="small",
            ),
            tables.coding(contrast),
        ]
    else:
        codes = [
            tag(
                "p",
                "In the coding: need was coded once, so this table cannot say whether some groups' words are coded as "
                "more urgent. If they are, comparing within a need hides it.",
                class_="small quiet",
            )
        ]
    return _card(
        level,
        "Raw, same need, and in the coding",
        tag(
            "p",
            f"{title}. Ring: the raw difference from {words.plain(contrast.reference)}, whatever the need. "
            f"Dot: for the same need {how.at_once}.",
            class_="small quiet",
        ),
        tag("ul", *(tag("li", line) for line in said[:4]), class_="small")
        if said
        else tag("p", "Raw and same need say the same here.", class_="small"),
        charts.both(
            lambda width, name: charts.forest(
                rows,
                first.outcome,
                title=f"{title}: raw against same need, from {words.plain(contrast.reference)}",
                key=name,
                how=how,
                width=width,
            ),
            key,
        ),
        *codes,
        tables.behind("The figures behind it", tables.gaps(contrast, how)),
    )


def silence_card(contrast: Contrast, how: Manner, *, level: int) -> Markup:
    """Where one group alone was seen."""
    first = next((one for one in contrast.headlines if one.lonely), None)
    first = first or next((one for one in contrast.outcomes if one.lonely), None)
    if first is None:
        return NOTHING
    shown = first.lonely[:6]
    return _card(
        level,
        "Silence is not fairness",
        tag(
            "p",
            f"Here one group alone was seen with a need {how.at_once}. There is nobody to compare it with, and "
            "nothing is said of it.",
            class_="small quiet",
        ),
        tables.lonely(shown, how.period),
        tables.behind("More of them", tables.lonely(first.lonely, how.period))
        if len(first.lonely) > len(shown)
        else NOTHING,
    )


# -- all contrasts ---------------------------------------------------------------------------------------------------


def treated(audit: Audit, *, level: int = 2) -> Markup:
    """Who is treated differently?"""
    return _card(
        level,
        "Who is treated differently?",
        tag(
            "p",
            f"Same need, same {words.manner(audit).period}. “Too few” is said, never guessed.",
            class_="small quiet",
        ),
        tables.treated(audit),
    )


ASSUMED = {
    "censored_at": "Open cases counted until",
    "zone": "Time zone",
    "need": "Need, from",
    "start": "Opened, from",
    "end": "Wait ends, from",
    "by": "Compared by",
    "standard": "Standard, from",
    "calendar": "Working hours",
    "remedy": "Remedy, from",
    "profile": "Profile",
    "file": "File",
    "files": "Files",
    "cells": "Of the same time: within a",
    "one_per": "One row for each",
    "dates": "Dates are written",
    "day_order": "Day and month",
}


def rests_on(audit: Audit) -> Markup:
    """What was assumed, what was left out and why, and what to mind."""
    facts: list[Markup] = []
    for key, value in audit.assumed.items():
        if key.endswith("_is") and key.removesuffix("_is") in audit.assumed:
            continue
        said = [told for told in (_told(value), _told(audit.assumed.get(f"{key}_is"))) if told]
        if said:
            name = ASSUMED.get(key, str(key).replace("_", " ").capitalize())
            facts += [tag("dt", name), tag("dd", ": ".join(said))]
    cards = []
    if facts:
        cards.append(_card(2, "What was assumed", tag("dl", *facts, class_="facts small")))
    out = sum(audit.left_out.values())
    none = tag("p", f"Nothing: all {audit.rows:,} rows count.", class_="small")
    some = [tag("p", f"{out:,} of {audit.rows:,} rows.", class_="small quiet"), tables.left_out(audit)]
    cards.append(_card(2, "What was left out", *(some if out else [none])))
    row = tag("div", *cards, class_="evidence halves" if len(cards) > 1 else "evidence")
    if not audit.warnings:
        return row
    lines = [tag("li", _sentence(words.for_people(one))) for one in audit.warnings]
    minded = _card(
        2,
        "What to mind",
        tag("ul", *lines[:MOST_MINDED], class_="small"),
        tables.behind(f"{len(lines) - MOST_MINDED} more", tag("ul", *lines[MOST_MINDED:], class_="small"))
        if len(lines) > MOST_MINDED
        else NOTHING,
    )
    return joined([minded, row])


def _sentence(words_: str) -> str:
    said = words.plain(words_)
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _told(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{words.plain(key)}: {_told(each)}" for key, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_told(each) for each in value)
    if value is None:
        return ""
    return {True: "yes", False: "no"}.get(value, words.plain(value)) if isinstance(value, bool) else words.plain(value)


def made(audit: Audit) -> Markup:
    """The method in a paragraph, the command that repeats it, the version and the time."""
    parts: list[object] = [tag("p", words.method(audit), class_="small measure")]
    beside: list[object] = []
    command = audit.made.get("command")
    if command:
        beside += [tag("h3", "To repeat it", class_="minor"), tag("pre", tag("code", _command(command)), tabindex="0")]
    beside.append(tag("p", _footing(audit.made.items()), class_="tiny"))
    parts.append(tag("div", *beside, class_="stack tight"))
    return _card(2, "How this was found", tag("div", *parts, class_="evidence two"))


def _command(command: str) -> Markup:
    """The command letter for letter; no option is broken at its hyphens."""
    parts = [
        tag("span", exact(one), class_="whole") if one.startswith("-") else exact(one) for one in command.split(" ")
    ]
    return Markup(" ".join(parts))


def _footing(items: Iterable[tuple[str, str]]) -> str:
    told = dict(items)
    version, time = told.get("version"), told.get("time") or told.get("at")
    said = f"Made by Evenhand{f' {version}' if version else ''}{f' on {time}' if time else ''}"
    return f"{said}, from {told['file']}." if told.get("file") else f"{said}."
