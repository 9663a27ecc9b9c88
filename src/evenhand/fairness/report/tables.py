"""The tables behind the charts, and that of who is treated differently. Findings in, markup out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import (
    Audit,
    Coding,
    Contrast,
    Curve,
    Group,
    Lonely,
    Outcome,
    OutcomeFinding,
    overall,
)
from evenhand.fairness.parity.words import ANSWERED, Manner
from evenhand.fairness.report.markup import NOTHING, Markup, joined, tag, text
from evenhand.stats.cells import Verdict

DASH = "—"


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column. Numbers stand to the right."""

    name: str
    is_number: bool = True


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
    *,
    is_heard: bool = False,
    stacks: bool | None = None,
) -> Markup:
    """A table whose first column heads its rows. Where it does not fit, each row of a table that `stacks` (those with
    more than four columns) becomes a small list by itself.

    rows: cells, escaped unless they are markup. is_heard: the caption is for those who listen alone.
    """
    kind = "table stacks" if (len(columns) > 4 if stacks is None else stacks) else "table"
    head = tag(
        "tr",
        *(
            tag("th", one.name, scope="col", role="columnheader", class_="r" if one.is_number else None)
            for one in columns
        ),
        role="row",
    )
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row", role="rowheader"),
            *(
                tag("td", cell, role="cell", data_label=one.name, class_=_kind(one, cell))
                for one, cell in zip(columns[1:], row[1:], strict=True)
            ),
            role="row",
        )
        for row in rows
    ]
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption, class_="heard" if is_heard else None),
            tag("thead", head, role="rowgroup"),
            tag("tbody", *body, role="rowgroup"),
            class_=kind,
            role="table",
        ),
        class_="sheet",
    )


def _kind(column: Column, cell: object) -> str | None:
    kinds = (["r"] if column.is_number else []) + (["none"] if cell in ("", NOTHING, DASH) else [])
    return " ".join(kinds) or None


def behind(summary: str, *inside: object) -> Markup:
    """What stands behind a chart, opened by whoever wants it."""
    return tag("details", tag("summary", summary, class_="small"), *inside, class_="behind")


CHIPS = {Verdict.EQUAL: "chip kept", Verdict.UNEQUAL: "chip strong"}


def chip(verdict: Verdict, said: str | None = None) -> Markup:
    """A verdict as a word; its colour repeats it."""
    return tag("span", said or words.VERDICT[verdict], class_=CHIPS.get(verdict, "chip"))


def _finding(contrast: Contrast, group: Group) -> object:
    if group.group == contrast.reference:
        return "compared with"
    return chip(group.verdict) if group.verdict is not None else DASH


# -- behind the charts -----------------------------------------------------------------------------------------------


def groups(contrast: Contrast, finding: OutcomeFinding, how: Manner = ANSWERED) -> Markup:
    """Every group of one outcome: its own figures, the raw difference, that for the same need, and the finding."""
    outcome = finding.outcome
    own = ["Median", "90 % through"] if outcome.is_time else ["Share" if outcome.is_rate else "Mean"]
    columns = [
        Column("Group", False),
        *map(Column, ["Cases", "Still open", *own, "Raw", "Same need", "95 % interval", "Margin"]),
        Column("Finding", False),
    ]
    rows: list[list[object]] = []
    for group in words.in_order(finding, contrast.reference):
        same = None if group.verdict is Verdict.TOO_FEW else group.same_need
        ends = None if same is None else words.interval(same.low, same.high)
        rows.append(
            [
                group.group,
                f"{group.n:,}",
                DASH if group.open is None else f"{group.open:,}",
                *words.own_figures(outcome, group, how),
                words.between_figures(outcome, group, how)[0],
                DASH if same is None else words.signed(outcome, same.difference, ends, how),
                DASH if same is None else words.span_of(outcome, same, how) or DASH,
                DASH if same is None or same.margin is None else words.told(outcome, same.margin, None, how),
                _finding(contrast, group),
            ]
        )
    return table(f"{words.outcome_title(outcome, how)}, by {words.plain(contrast.by)}", columns, rows)


def curves(found: Sequence[Curve], finding: OutcomeFinding, how: Manner = ANSWERED) -> Markup:
    """The share still waiting at each mark of the curves, with how many that are."""
    marks = found[0].marks if found else ()
    of = {group.group: group for group in finding.groups}
    columns = [Column("Group", False), Column("Median (95 %)"), Column("Mean wait, long ones cut")]
    columns += [Column("At first" if mark == 0 else f"After {_time(mark, how)}") for mark in marks]
    rows = [
        [
            curve.group,
            _median(of[curve.group], how) if curve.group in of else DASH,
            _time(of[curve.group].rmst, how) if curve.group in of else DASH,
            *(_at(curve, mark, risk) for mark, risk in zip(curve.marks, curve.at_risk, strict=True)),
        ]
        for curve in found
    ]
    cut = f"; the mean counts a wait up to {_time(finding.horizon, how)}" if finding.horizon else ""
    return table(f"Share still waiting, and how many that are{cut}", columns, rows)


def _at(curve: Curve, mark: float, risk: int | None) -> str:
    if mark > curve.hours[-1] * 1.001 and not risk:
        return DASH
    # At first all wait, whoever was answered at once too: that is the number beside it.
    back = zip(reversed(curve.hours), reversed(curve.share), strict=True)
    share = next((s for h, s in back if h <= mark), 1.0) if mark else 1.0
    return f"{share:.0%}".replace("%", " %") + (" (few)" if risk is None else f" ({risk:,})")


def _time(hours: float | None, how: Manner) -> str:
    return DASH if hours is None else words.length(hours, has_days=how.has_days)


def _median(group: Group, how: Manner) -> str:
    if group.median is None:
        return DASH
    if group.median_low is None or group.median_high is None:
        return _time(group.median, how)
    ends = (group.median_low, group.median_high)
    low, middle, high = (
        words.length(v, ends, has_days=how.has_days) for v in (group.median_low, group.median, group.median_high)
    )
    return middle if low == middle == high else f"{middle} ({low} to {high})"


def by_need(group: Group, outcome: Outcome, reference: str, how: Manner = ANSWERED) -> Markup:
    """What drives one group's difference, need by need."""
    columns = [
        Column("Need", False),
        *map(Column, ["Cases", f"Of {words.plain(reference)}", "Difference", "95 % interval", "Weight", "Adjusted p"]),
    ]
    rows = [
        [
            one.need,
            f"{one.n:,}",
            f"{one.n_reference:,}",
            words.signed(outcome, one.difference, words.interval(one.low, one.high), how),
            DASH if one.low is None or one.high is None else words.span(outcome, one.low, one.high, how),
            f"{one.share_of_weight:.0%}".replace("%", " %"),
            words.p_value(one.p_adjusted).removeprefix("p = "),
        ]
        for one in group.drivers
    ]
    return table(f"{words.plain(group.group)}: found by searching, adjusted by Benjamini–Hochberg", columns, rows)


def lonely(found: Sequence[Lonely], period: str = "day") -> Markup:
    """Where one group alone was seen."""
    columns = [Column("Need", False), Column("Only seen", False), Column(f"{period.capitalize()}s"), Column("Cases")]
    rows = [[one.need, one.group, f"{one.cells:,}", f"{one.cases:,}"] for one in found]
    return table(f"Needs and {period}s with one group alone, most cases first", columns, rows, stacks=False)


def gaps(contrast: Contrast, how: Manner = ANSWERED) -> Markup:
    """Raw, same need, and how well the coding of need agrees with its blind re-coding: side by side."""
    coded = {one.group: one for one in contrast.coding}
    columns = [Column("Outcome", False), Column("Group", False), Column("Raw"), Column("Same need")]
    columns += [Column("Need re-coded alike")] if coded else []
    rows: list[list[object]] = []
    for finding in contrast.outcomes:
        for group in words.in_order(finding, contrast.reference):
            if group.raw is None:
                continue
            raw = words.signed(
                finding.outcome, group.raw.difference, words.interval(group.raw.low, group.raw.high), how
            )
            same = group.same_need
            near = DASH
            if same is not None and group.verdict is not Verdict.TOO_FEW:
                near = words.signed(finding.outcome, same.difference, words.interval(same.low, same.high), how)
            row: list[object] = [words.outcome_title(finding.outcome, how), group.group, raw, near]
            rows.append([*row, coding_words(coded.get(group.group))] if coded else row)
    return table(f"Each against {words.plain(contrast.reference)}", columns, rows)


def coding_words(found: Coding | None) -> str:
    """ "91 % of 200, κ .86 (.80–.92)"."""
    if found is None:
        return DASH
    said = f"{found.agreed:.0%} of {found.n:,}".replace("%", " %")
    if found.kappa is None:
        return said
    between = "" if found.low is None or found.high is None else f" ({_kappa(found.low)}–{_kappa(found.high)})"
    return f"{said}, κ {_kappa(found.kappa)}{between}"


def _kappa(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".").replace("-", "−")


def coding(contrast: Contrast) -> Markup:
    """How the needs of each group agree with their blind re-coding."""
    rows = [[one.group, coding_words(one)] for one in contrast.coding]
    return table("Needs coded a second time from the words alone", [Column("Group", False), Column("Agreed")], rows)


def left_out(audit: Audit) -> Markup:
    """Rows left out, by reason."""
    rows = [[reason, f"{count:,}"] for reason, count in sorted(audit.left_out.items(), key=lambda one: -one[1])]
    return table("Rows left out", [Column("Reason", False), Column("Rows")], rows, is_heard=True)


# -- who is treated differently --------------------------------------------------------------------------------------


def treated(audit: Audit, *, most: int = 40) -> Markup:
    """Each group against its reference: the difference for the same need on every outcome, and the finding. Those found
    different come first ends their contrast, then the largest."""
    how = words.manner(audit)
    kinds = [kind for kind in _ORDER if any(kind is f.outcome for c in audit.contrasts for f in c.outcomes)]
    columns = [
        Column("Between", False),
        Column("Cases"),
        *(Column(_SHORT.get(kind) or _short(kind, how)) for kind in kinds),
        Column("Finding", False),
    ]
    rows: list[list[object]] = []
    for contrast in audit.contrasts:
        for name in _names(contrast)[:most]:
            of = {f.outcome: g for f in contrast.outcomes for g in f.groups if g.group == name}
            some = next(iter(of.values()))
            verdicts = [(kind, of[kind].verdict) for kind in kinds if kind in of]
            rows.append(
                [
                    joined([tag("b", name), text(" and "), text(contrast.reference)], " "),
                    f"{some.n:,}",
                    *(_difference(kind, of.get(kind), how) for kind in kinds),
                    _overall(verdicts, of, kinds, how),
                ]
            )
    return table("Each group against the one it is compared with", columns, rows, is_heard=True, stacks=True)


_ORDER = (Outcome.WAIT, Outcome.IN_TIME, Outcome.SOLVED, Outcome.REMEDY, Outcome.AMOUNT)
_SHORT = {
    Outcome.IN_TIME: "In time",
    Outcome.REMEDY: "Remedy given",
    Outcome.AMOUNT: "Amount",
}


def _short(kind: Outcome, how: Manner) -> str:
    """A time as the head of a column."""
    said = words.outcome_title(kind, how).removeprefix("Time to a ").removeprefix("Time until ")
    return said[:1].upper() + said[1:]


def _names(contrast: Contrast) -> list[str]:
    verdicts: dict[str, list[Verdict]] = {}
    size: dict[str, int] = {}
    for finding in contrast.outcomes:
        for group in finding.groups:
            if group.group != contrast.reference and group.verdict is not None:
                verdicts.setdefault(group.group, []).append(group.verdict)
                size[group.group] = group.n
    order = (Verdict.UNEQUAL, Verdict.NOT_PROVEN, Verdict.EQUAL, Verdict.TOO_FEW)
    return sorted(verdicts, key=lambda name: (order.index(overall(tuple(verdicts[name]))), -size[name]))


def _difference(kind: Outcome, group: Group | None, how: Manner) -> str:
    if group is None or group.same_need is None or group.verdict is Verdict.TOO_FEW:
        return DASH
    same = group.same_need
    return words.signed(kind, same.difference, words.interval(same.low, same.high), how)


def _overall(
    verdicts: Sequence[tuple[Outcome, Verdict | None]], of: dict[Outcome, Group], kinds: Sequence[Outcome], how: Manner
) -> Markup:
    """One chip for a row: the worst of its outcomes; beside it in which of several, and beside "too few" what is
    missing."""
    told = [(kind, verdict) for kind, verdict in verdicts if verdict is not None]
    worst = overall(tuple(verdict for _, verdict in told))
    beside = NOTHING

    def of_which(one: Verdict) -> str:
        names = [_SHORT.get(kind) or _short(kind, how) for kind, verdict in told if verdict is one]
        return words.listed([f"{name[:1].lower()}{name[1:]}" for name in names]) if names else ""

    if worst in (Verdict.UNEQUAL, Verdict.NOT_PROVEN) and len(kinds) > 1:
        here = of_which(worst) or f"same: {of_which(Verdict.EQUAL)}; too few: {of_which(Verdict.TOO_FEW)}"
        beside = tag("span", here, class_="tiny")
    if worst is Verdict.TOO_FEW:
        missing = next((group.too_few for group in of.values() if group.too_few), None)
        beside = tag("div", missing, class_="tiny") if missing else NOTHING
    return tag("div", joined([chip(worst), beside], " "))
