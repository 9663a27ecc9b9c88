"""Charts as inline SVG, drawn with the product's tokens. Each has a title and a description; none needs colour.

All take findings, or plain rows made of them, and give markup. `key` makes the names of a chart's parts unique on its
page. Colours come from chart.css; the attributes beside them serve where no style reaches, as in a saved file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, floor, log10

from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import Curve, Group, Outcome, OutcomeFinding, SameNeed
from evenhand.fairness.parity.words import ANSWERED, Manner
from evenhand.fairness.report.markup import NOTHING, Markup, joined, tag
from evenhand.fairness.report.styles import paint, tokens
from evenhand.stats.cells import Verdict

WIDE, NARROW = 520, 300
"""Widths, in the units in which letters are 12 high."""

MOST_ROWS = 14
MOST_CURVES = 5

DASHES = (None, "6 4", "1.5 4", "12 4 2 4", "16 5")
"""What tells lines apart."""

FONT = "Inter, system-ui, sans-serif"


# -- pieces ----------------------------------------------------------------------------------------------------------


def measure(words_: str, size: float = 12, *, is_bold: bool = False) -> float:
    """About how wide words are, in the units of `size`; a little too wide rather than too narrow."""
    wide = 0.0
    for c in words_:
        if c in "iljI.,:;'|!()[] tfr":
            wide += 0.34
        elif c in "mwMW@%—…":
            wide += 0.92
        elif c.isupper():
            wide += 0.72
        else:
            wide += 1.0 if ord(c) > 0x2E80 else 0.59
    return wide * size * (1.06 if is_bold else 1)


def fitted(words_: str, width: float, lines: int = 1, *, is_bold: bool = False) -> list[str]:
    """Words broken to lines no wider than `width`, the last cut short where they do not fit. Of a need of several
    parts, "Cards · Late fee", the first and the last are kept, since the first alone is what many begin with."""
    first, dot, last = words.plain(words_).rpartition(" · ")
    if dot and measure(words_, is_bold=is_bold) > width:
        if lines > 1:
            return [_cut(first, width, is_bold), _cut(last, width, is_bold)]
        ahead = _cut(first, width * 0.4, is_bold)
        return [f"{ahead} · {_cut(last, width - measure(f'{ahead} · ', is_bold=is_bold), is_bold)}"]
    told: list[str] = []
    rest = words.plain(words_).split()
    while rest and len(told) < lines:
        line = [rest.pop(0)]
        is_last = len(told) == lines - 1
        while rest and (is_last or measure(" ".join([*line, rest[0]]), is_bold=is_bold) <= width):
            line.append(rest.pop(0))
        told.append(" ".join(line))
    return [_cut(line, width, is_bold) for line in told] or [""]


def _cut(line: str, width: float, is_bold: bool) -> str:
    if measure(line, is_bold=is_bold) <= width:
        return line
    while line and measure(line + "…", is_bold=is_bold) > width:
        line = line[:-1]
    return line.rstrip() + "…"


def _words(x: float, y: float, what: object, *, strong: bool = False, anchor: str | None = None) -> Markup:
    return tag(
        "text",
        what,
        x=_at(x),
        y=_at(y),
        text_anchor=anchor,
        class_="strong" if strong else None,
        font_weight="600" if strong else None,
        fill=paint("ink" if strong else "ink-2"),
    )


def _line(d: str, kind: str, *, width: float = 1, dash: str | None = None) -> Markup:
    colour = {"reach": "ink", "faint": "ink-2", "rule": "line", "axis": "line-strong", "edge": "kept"}[kind]
    return tag(
        "path",
        d=d,
        class_=kind,
        fill="none",
        stroke=paint(colour),
        stroke_width=_at(width),
        stroke_dasharray=dash,
        stroke_linecap="round" if kind in ("reach", "faint") and dash in (None, "1.5 4") else None,
    )


def _at(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")


def svg(
    inside: Sequence[object], *, width: float, height: float, title: str, description: str, key: str, kind: str
) -> Markup:
    """The frame of a chart, with its title and description for those who listen."""
    return tag(
        "svg",
        tag("title", title, id=f"{key}-title"),
        tag("desc", description, id=f"{key}-description"),
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_at(width)} {_at(height)}",
        role="img",
        aria_labelledby=f"{key}-title {key}-description",
        class_=f"chart {kind}",
        font_family=FONT,
        font_size="12",
    )


def both(draw: Callable[[int, str], Markup], key: str) -> Markup:
    """A chart in both widths; the styles show the one that fits."""
    return tag("figure", draw(WIDE, f"{key}-w"), draw(NARROW, f"{key}-n"), class_="figure")


# -- forest ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a forest. difference, low, high, margin: in the outcome's unit; None where there is none. note: said
    beside it. before: another difference drawn above as a ring, with its own interval (raw, against same need). inner:
    the 90 % interval, drawn thick: where it lies wholly in the band, the groups are the same."""

    label: str
    n: int | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    note: str | None = None
    is_reference: bool = False
    before: tuple[float, float | None, float | None] | None = None
    inner: tuple[float, float] | None = None


def rows_of(finding: OutcomeFinding, reference: str) -> list[Row]:
    """The groups of a finding: the reference, then the largest first. Where there are very many, those found different
    and the largest."""
    return [_row(group, group.group == reference) for group in shown_groups(finding, reference)]


def shown_groups(finding: OutcomeFinding, reference: str, most: int = MOST_ROWS) -> list[Group]:
    """At most so many groups: the reference first, those found different, the largest; in the order of their size."""
    by_need = sorted(
        finding.groups, key=lambda one: (one.group != reference, one.verdict is not Verdict.UNEQUAL, -one.n)
    )
    return sorted(by_need[:most], key=lambda one: (one.group != reference, -one.n))


def _row(group: Group, is_reference: bool) -> Row:
    same = group.same_need if group.verdict is not Verdict.TOO_FEW else None
    note = "look here" if group.verdict is Verdict.UNEQUAL else None
    if group.verdict is Verdict.TOO_FEW:
        note = "too few"
    if same is None:
        return Row(group.group, group.n, note=note, is_reference=is_reference)
    return Row(group.group, group.n, same.difference, same.low, same.high, same.margin, note, inner=_inner(same))


def _inner(same: SameNeed) -> tuple[float, float] | None:
    return words.interval(same.inner_low, same.inner_high)


def rows_against_raw(finding: OutcomeFinding, reference: str) -> list[Row]:
    """The same groups, each with its raw difference above that for the same need; without the reference, and without
    those that are too few."""
    rows: list[Row] = []
    for group in shown_groups(finding, reference):
        raw, same = group.raw, group.same_need
        if raw is None or raw.difference is None or same is None or group.verdict is Verdict.TOO_FEW:
            continue
        before = (raw.difference, raw.low, raw.high)
        rows.append(
            Row(group.group, None, same.difference, same.low, same.high, same.margin, before=before, inner=_inner(same))
        )
    return rows


def rows_by_need(group: Group, most: int = 6) -> list[Row]:
    """What drives a group's difference: its needs, the largest part first."""
    return [Row(one.need, one.n, one.difference, one.low, one.high) for one in group.drivers[:most]]


def forest(
    rows: Sequence[Row],
    outcome: Outcome,
    *,
    title: str,
    key: str,
    how: Manner = ANSWERED,
    width: int = WIDE,
    names: int = 130,
) -> Markup:
    """One line for each row: its difference as a dot, the 95 % interval, and its margin as a band behind.

    An interval that runs out of the picture ends in an arrow. Where margins differ by row, so does the band. names: how
    wide the column of names is, where they stand beside the picture.
    """
    narrow = width < 400
    pairs = any(row.before for row in rows)
    names = 0 if narrow else names
    counts = not all(row.n is None for row in rows)
    left = 8 if narrow else names + (56 if counts else 8)
    right = width - (8 if narrow else 76 if any(row.note for row in rows) else 12)
    step = (46 if narrow else 38) + (8 if pairs else 0)
    if len(rows) > 8 and not narrow and not pairs:
        step = 30
    top, bottom = 6, 6 + step * len(rows)
    low, high = _reach(rows)

    def x(value: float) -> float:
        return left + (min(max(value, low), high) - low) / (high - low) * (right - left)

    inside: list[object] = [_band(rows, x, low, high, top, step)]
    middle, ticks = _scale(rows, outcome, how, x, low, high, (left, right), bottom, width)
    inside += [_line(f"M{_at(t)} {top}V{bottom}", "rule") for t in ticks]
    inside.append(_line(f"M{_at(x(0))} {top}V{bottom + 4}", "axis"))
    for k, row in enumerate(rows):
        y = top + step * k + step / 2
        inside.append(_row_words(row, y, width, names, left, right, narrow, step))
        inside.append(_marks(row, x, low, high, y + (10 if narrow else 0)))
    inside.append(middle)
    return svg(
        inside,
        width=width,
        height=bottom + 24,
        title=title,
        description=describe(rows, outcome, how),
        key=key,
        kind="narrow" if narrow else "wide",
    )


def describe(rows: Sequence[Row], outcome: Outcome, how: Manner = ANSWERED) -> str:
    """A forest in words, for those who listen."""
    said: list[str] = []
    for row in rows:
        name = words.plain(row.label)
        if row.is_reference:
            said.append(f"{name} is what the others are compared with")
        elif row.difference is None:
            said.append(f"{name}: {row.note or 'no figure'}")
        else:
            size = words.told(outcome, row.difference, words.interval(row.low, row.high), how)
            size += f" {words.way(outcome, row.difference)}"
            if row.low is not None and row.high is not None:
                size += f", 95 % interval {words.span(outcome, row.low, row.high, how)}"
            said.append(f"{name}: {size}" + (f", {row.note}" if row.note else ""))
    margins = _margins(rows)
    if margins:
        said.append(f"the margin is {_margin_words(margins, outcome, how)} either way")
    return "; ".join(said) + "." if said else "No groups."


def _margins(rows: Sequence[Row]) -> list[float]:
    return [row.margin for row in rows if row.margin is not None]


def _margin_words(margins: Sequence[float], outcome: Outcome, how: Manner) -> str:
    first, last = (words.told(outcome, m, None, how) for m in (min(margins), max(margins)))
    if first == last or max(margins) < 1.15 * min(margins):
        return words.told(outcome, sorted(margins)[len(margins) // 2], None, how)
    number, _, unit = first.partition(" ")
    return f"{number}–{last}" if last.endswith(f" {unit}") else f"{first} to {last}"


def _reach(rows: Sequence[Row]) -> tuple[float, float]:
    """From where to where the picture goes: every dot and the margin is in it, and intervals up to twice as far."""
    dots = [v for row in rows for v in (row.difference, row.before[0] if row.before else None) if v is not None]
    ends = [v for row in rows for v in (row.low, row.high, *(row.before[1:] if row.before else ())) if v is not None]
    margin = max(_margins(rows), default=0.0)
    usual = sorted(abs(v) for v in ends)[len(ends) // 2] if ends else 0.0
    most = max(2.2 * max((abs(v) for v in dots), default=0.0), 4 * margin or 1.1 * usual)
    least = 1.35 * margin
    low = min([-least, *(max(v, -most) for v in [*dots, *ends])])
    high = max([least, *(min(v, most) for v in [*dots, *ends])])
    if high - low < 1e-12:
        return -1.0, 1.0
    room = 0.04 * (high - low)
    return low - room, high + room


def _band(rows: Sequence[Row], x: Callable[[float], float], low: float, high: float, top: float, step: float) -> Markup:
    """The margin behind the rows: each row's own, or that of the row nearest where it has none."""
    margins = [row.margin for row in rows]
    if not any(margins):
        return NOTHING
    parts: list[Markup] = []
    known: list[float] = []
    for k in range(len(rows)):
        near = min((j for j, m in enumerate(margins) if m is not None), key=lambda j: abs(j - k))
        known.append(margins[near] or 0.0)
    start = 0
    for k in range(1, len(rows) + 1):
        if k == len(rows) or abs(known[k] - known[start]) > 0.02 * known[start]:
            a, b = x(-known[start]), x(known[start])
            parts.append(
                tag(
                    "rect",
                    x=_at(a),
                    y=_at(top + step * start),
                    width=_at(b - a),
                    height=_at(step * (k - start)),
                    class_="band",
                    fill=paint("kept-soft"),
                )
            )
            start = k
    return joined(parts)


def _row_words(
    row: Row, y: float, width: int, names: float, left: float, right: float, narrow: bool, step: float
) -> Markup:
    count = "" if row.n is None else f"{row.n:,}"
    full = tag("title", row.label)
    note = "compared with" if row.is_reference else row.note
    is_gap = row.note == "look here"
    if narrow:
        beside = "  ".join(part for part in (note or "", count) if part)
        name = fitted(row.label, width - measure(beside) - 16, is_bold=True)[0]
        parts = [_words(0, y - step / 2 + 13, joined([name, full]), strong=True)]
        if note:
            parts.append(
                _words(
                    width - (measure(count) + 10 if count else 0), y - step / 2 + 13, note, strong=is_gap, anchor="end"
                )
            )
        parts.append(_words(width, y - step / 2 + 13, count, anchor="end"))
        return joined(parts)
    lines = fitted(row.label, names - 6, 2 if step >= 34 else 1, is_bold=True)
    first = y + 4 - 7 * (len(lines) - 1)
    parts = [
        _words(0, first + 14 * k, joined([line, full if k == 0 else NOTHING]), strong=True)
        for k, line in enumerate(lines)
    ]
    if count:
        parts.append(_words(names + 44, y + 4, count, anchor="end"))
    if note and not row.is_reference:
        parts.append(_words(right + 12, y + 4, note, strong=is_gap))
    return joined(parts)


def _marks(row: Row, x: Callable[[float], float], low: float, high: float, y: float) -> Markup:
    parts: list[Markup] = []
    if row.before is not None:
        value, first, last = row.before
        parts.append(_interval(value, first, last, x, low, high, y - 7, "faint"))
        parts.append(_dot(x(value), y - 7, "ring"))
    here = y + 7 if row.before is not None else y
    if row.is_reference:
        parts.append(_dot(x(0), here, "ring"))
    if row.difference is not None:
        thin = 1.4 if row.inner else 2
        parts.append(_interval(row.difference, row.low, row.high, x, low, high, here, "reach", thin))
        if row.inner:
            parts.append(_line(f"M{_at(x(row.inner[0]))} {_at(here)}H{_at(x(row.inner[1]))}", "reach", width=3.6))
        parts.append(_dot(x(row.difference), here, "dot"))
    return joined(parts)


def _dot(x: float, y: float, kind: str) -> Markup:
    ring = kind == "ring"
    return tag(
        "circle",
        cx=_at(x),
        cy=_at(y),
        r="4.2" if ring else "5",
        class_=kind,
        fill=paint("card" if ring else "ink"),
        stroke=paint("ink-2") if ring else None,
        stroke_width="1.6" if ring else None,
    )


def _interval(
    value: float,
    first: float | None,
    last: float | None,
    x: Callable[[float], float],
    low: float,
    high: float,
    y: float,
    kind: str,
    width: float = 1.4,
) -> Markup:
    if first is None or last is None:
        return NOTHING
    d = f"M{_at(x(first))} {_at(y)}H{_at(x(last))}"
    if first < low:
        d += f"M{_at(x(low) + 5)} {_at(y - 4)}L{_at(x(low))} {_at(y)}L{_at(x(low) + 5)} {_at(y + 4)}"
    if last > high:
        d += f"M{_at(x(high) - 5)} {_at(y - 4)}L{_at(x(high))} {_at(y)}L{_at(x(high) - 5)} {_at(y + 4)}"
    return _line(d, kind, width=width)


def _scale(
    rows: Sequence[Row],
    outcome: Outcome,
    how: Manner,
    x: Callable[[float], float],
    low: float,
    high: float,
    ends: tuple[float, float],
    bottom: float,
    width: float,
) -> tuple[Markup, list[float]]:
    """Words under the picture: the margin on both sides, "same" at 0, and round figures where there is room. Returns
    them and where thin lines go."""
    y = bottom + 17
    parts: list[Markup] = []
    taken: list[tuple[float, float]] = []

    def put(at: float, what: str, anchor: str = "middle", *, must: bool = False) -> bool:
        wide = measure(what) * 0.96
        begin = {"middle": at - wide / 2, "end": at - wide, "start": at}[anchor]
        begin = min(max(begin, 0.0), width - wide)
        if not must and any(begin < b + 7 and begin + wide > a - 7 for a, b in taken):
            return False
        taken.append((begin, begin + wide))
        parts.append(_words(begin + wide / 2, y, what, anchor="middle"))
        return True

    margins = _margins(rows)
    put(x(0), "same", must=True)
    if margins:
        size, middle = _margin_words(margins, outcome, how), sorted(margins)[len(margins) // 2]
        for side in (-1, 1):
            said = f"{size} {words.way(outcome, side)}"
            at = x(side * middle)
            edge = taken[0][0] - 10 if side < 0 else taken[0][1] + 10
            short = f"{'−' if side < 0 else '+'}{size}"
            for what in (said, short):
                if put(at, what) or put(edge, what, "end" if side < 0 else "start"):
                    break
    lines = [
        tick
        for tick in ticks(low, high, outcome, how, (ends[1] - ends[0]) / 80)
        if any(row.difference is not None or row.before for row in rows)
        and abs(tick) > 1e-12
        and not (margins and abs(tick) < 1.5 * max(margins))
    ]
    for tick in sorted(lines, key=abs, reverse=True):
        size = words.told(outcome, tick, None, how)
        is_end = not margins and tick in (min(lines), max(lines))
        if not (is_end and put(x(tick), f"{size} {words.way(outcome, tick)}")):
            put(x(tick), words.signed(outcome, tick, None, how))
    return joined(parts), [x(tick) for tick in lines]


STEPS_OF_TIME = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320, 7200, 14400, 28800, 43200, 144000)
"""Minutes."""


def step_of(width: float, outcome: Outcome, how: Manner = ANSWERED) -> float:
    """The least round step that is not below `width`, in the outcome's unit."""
    if outcome.is_time:
        steps = [m / 60 for m in STEPS_OF_TIME]
        if not how.has_days:
            steps = [m / 60 for m in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3000, 6000, 12000, 30000)]
        return next((step for step in steps if step >= width), ceil(width / 24) * 24.0)
    if width <= 0:
        return 1.0
    power = 10.0 ** floor(log10(width))
    return next(power * k for k in (1, 2, 5, 10) if power * k >= width * (1 - 1e-9))


def ticks(low: float, high: float, outcome: Outcome, how: Manner, about: float) -> list[float]:
    """About so many round values within low … high."""
    step = step_of((high - low) / max(about, 1.0), outcome, how)
    return [k * step for k in range(ceil(low / step), floor(high / step) + 1)]


# -- waiting ---------------------------------------------------------------------------------------------------------


def shown_curves(finding: OutcomeFinding, reference: str, most: int = MOST_CURVES) -> list[Curve]:
    """At most so many curves: the reference first, those found different, the largest groups."""
    named = [group.group for group in shown_groups(finding, reference, most)]
    by_name = {curve.group: curve for curve in finding.curves if len(curve.hours) > 3}
    return [by_name[name] for name in named if name in by_name]


def waiting(
    curves: Sequence[Curve],
    *,
    title: str,
    key: str,
    how: Manner = ANSWERED,
    width: int = 400,
    most: float | None = None,
) -> Markup:
    """The share still waiting by time, a stepped line for each group, with how many that are under the axis.

    Lines are told apart by their dashes, repeated beside each name. most: hours shown at most.
    """
    narrow = width < 400
    room = 70 if narrow else 104
    names = max((measure(fitted(c.group, room, is_bold=True)[0], is_bold=True) for c in curves), default=0) + 30
    left, right, top, bottom = 38, width - names - 14, 10, 196
    end = max((c.hours[-1] for c in curves), default=1.0)
    end = max([end, *(m for c in curves for m in c.marks)])
    if most is not None:
        end = min(end, most)
    marks = [m for m in (curves[0].marks if curves else ()) if m <= end * 1.001]
    curves = [_thinned(curve, end / (2 * (right - left))) for curve in curves]

    def x(hours: float) -> float:
        return left + min(hours, end) / end * (right - left)

    def y(share: float) -> float:
        return bottom - share * (bottom - top)

    inside: list[object] = []
    for share in (0.0, 0.5, 1.0):
        inside.append(_line(f"M{left} {_at(y(share))}H{_at(right)}", "rule"))
        inside.append(_words(left - 6, y(share) + 4, f"{share:.0%}", anchor="end"))
    inside += _along([(x(mark), _mark(mark, marks, how)) for mark in marks], bottom + 18, x(end))
    inside += [_line(f"M{_at(x(mark))} {bottom}v4", "axis") for mark in marks]
    if len(curves) <= 3:
        inside += [_cloud(c, x, y, end) for c in curves]
    inside += [
        _line(
            _steps(c.hours, c.share, x, y, end), "reach" if k == 0 else "faint", width=2, dash=DASHES[k % len(DASHES)]
        )
        for k, c in enumerate(curves)
    ]
    for k, at in enumerate(_apart([y(_last(c, end)) for c in curves], 16, top, bottom)):
        inside += _label(curves[k].group, k, right + 14, at, room)
    base = bottom + 44
    inside.append(_words(0, base, "How many of them, still waiting"))
    for k, c in enumerate(curves):
        at = base + 18 * (k + 1)
        risks = [(x(m), "few" if n is None else f"{n:,}") for m, n in zip(c.marks, c.at_risk, strict=True) if m <= end]
        inside += _along(risks, at, x(end))
        inside += _label(c.group, k, right + 14, at - 4, room)
    return svg(
        inside,
        width=width,
        height=base + 18 * len(curves) + 8,
        title=title,
        description=_describe_curves(curves, how),
        key=key,
        kind="narrow" if narrow else "wide slim",
    )


def _mark(hours: float, marks: Sequence[float], how: Manner) -> str:
    return "0" if hours == 0 else words.length(hours, (0.0, max(marks)), has_days=how.has_days)


def _thinned(curve: Curve, least: float) -> Curve:
    """A curve without steps that no eye could tell apart: the last of those within `least` hours."""
    kept = [0]
    for k in range(1, len(curve.hours)):
        if k + 1 == len(curve.hours) or curve.hours[k + 1] - curve.hours[kept[-1]] > least:
            kept.append(k)
    hours, share, low, high = (
        tuple(column[k] for k in kept) for column in (curve.hours, curve.share, curve.low, curve.high)
    )
    return replace(curve, hours=hours, share=share, low=low, high=high)


def _along(told: Sequence[tuple[float, str]], y: float, right: float) -> list[Markup]:
    """Words along an axis, each under its place, the last within the picture; what would not fit is left out."""
    parts: list[Markup] = []
    taken = -1e9
    for k, (at, what) in enumerate(told):
        wide = measure(what)
        begin = at if k == 0 else min(at - wide / 2, right + 8 - wide)
        if begin > taken + 5:
            parts.append(_words(begin + (0 if k == 0 else wide / 2), y, what, anchor=None if k == 0 else "middle"))
            taken = begin + wide
    return parts


def _label(name: str, k: int, x: float, y: float, room: float) -> list[Markup]:
    kind = "reach" if k == 0 else "faint"
    return [
        _line(f"M{_at(x)} {_at(y)}h18", kind, width=2, dash=DASHES[k % len(DASHES)]),
        _words(x + 23, y + 4, fitted(name, room, is_bold=True)[0], strong=k == 0),
    ]


def _last(curve: Curve, end: float) -> float:
    return next((s for h, s in zip(reversed(curve.hours), reversed(curve.share), strict=True) if h <= end), 1.0)


def _apart(wanted: Sequence[float], room: float, top: float, bottom: float) -> list[float]:
    """Heights as near to those wanted as they can be with `room` between them."""
    order = sorted(range(len(wanted)), key=lambda k: wanted[k])
    placed = [wanted[k] for k in order]
    for k in range(1, len(placed)):
        placed[k] = max(placed[k], placed[k - 1] + room)
    over = max(0.0, placed[-1] - bottom) if placed else 0.0
    if over:
        placed[-1] -= over
        for k in range(len(placed) - 2, -1, -1):
            placed[k] = min(placed[k], placed[k + 1] - room)
    out = [0.0] * len(wanted)
    for k, at in zip(order, placed, strict=True):
        out[k] = max(at, top)
    return out


def _steps(
    hours: Sequence[float], share: Sequence[float], x: Callable[[float], float], y: Callable[[float], float], end: float
) -> str:
    d = f"M{_at(x(hours[0]))} {_at(y(share[0]))}"
    last = (_at(x(hours[0])), _at(y(share[0])))
    for h, s in zip(hours[1:], share[1:], strict=True):
        if h > end:
            break
        here = (_at(x(h)), _at(y(s)))
        if here[0] != last[0]:
            d += f"H{here[0]}"
        if here[1] != last[1]:
            d += f"V{here[1]}"
        last = here
    return d


def _cloud(curve: Curve, x: Callable[[float], float], y: Callable[[float], float], end: float) -> Markup:
    """The interval around a curve."""
    up = _steps(curve.hours, curve.high, x, y, end)
    shown = [(h, s) for h, s in zip(curve.hours, curve.low, strict=True) if h <= end]
    down = f"L{_at(x(shown[-1][0]))} {_at(y(shown[-1][1]))}"
    for (h, _), (_, s) in zip(reversed(shown), [*reversed(shown[:-1]), shown[0]], strict=True):
        down += f"H{_at(x(h))}V{_at(y(s))}"
    return tag("path", d=f"{up}{down}Z", class_="cloud", fill=paint("ink"), fill_opacity="0.08")


def _describe_curves(curves: Sequence[Curve], how: Manner) -> str:
    said = []
    for curve in curves:
        half = next((h for h, s in zip(curve.hours, curve.share, strict=True) if s <= 0.5), None)
        when = "fewer than half are through" if half is None else f"half are through after {_time(half, how)}"
        said.append(f"{words.plain(curve.group)}: {when}, {curve.share[-1]:.0%} wait at {_time(curve.hours[-1], how)}")
    return "; ".join(said) + "." if said else "No curves."


def _time(hours: float, how: Manner) -> str:
    return words.length(hours, has_days=how.has_days)


# -- history ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """One audit of a series. not_ruled_out: the largest difference it leaves possible, None before it says anything.
    margin: that it is held against, in the same unit. series: changes where margins, standards or contrasts changed:
    figures on both sides of that cannot be joined. why: a word or two for why the series began, said at the break."""

    on: date
    not_ruled_out: float | None
    margin: float
    series: str
    verdict: Verdict | None = None
    why: str = "policy changed"


@dataclass(frozen=True, slots=True)
class HistoryWords:
    """What a history chart says, for a page in another language. told: a size, of the outcome; day: a date; summary:
    the whole for those who listen, of the first and the last day, how many audits, the last figure and its day (None
    before there is one), the margin, and how many breaks."""

    nothing: str
    margin: str
    told: Callable[[Outcome, float, Manner], str]
    day: Callable[[date], str]
    summary: Callable[[str, str, int, str | None, str | None, str, int], str]


def _summary(first: str, last: str, audits: int, most: str | None, on: str | None, margin: str, breaks: int) -> str:
    now = "nothing could be said yet" if most is None else f"{most} on {on}"
    begun = {0: "", 1: " A new series began once."}.get(breaks, f" A new series began {breaks} times.")
    return (
        f"From {first} to {last}, {audits} audits. Largest difference not ruled out: {now}; the margin is {margin}."
        + begun
    )


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


ENGLISH = HistoryWords(
    nothing="No audit yet.",
    margin="margin",
    told=lambda outcome, value, how: words.told(outcome, value, None, how),
    day=_day,
    summary=_summary,
)


def history(
    looks: Sequence[Look],
    outcome: Outcome,
    *,
    title: str = "Largest difference we cannot rule out",
    key: str,
    how: Manner = ANSWERED,
    width: int = WIDE,
    says: HistoryWords = ENGLISH,
) -> Markup:
    """The largest difference that could not be ruled out, day by day, with the margin as a dashed line: under it, the
    groups are the same. The line breaks, with a word, where a new series began."""
    narrow = width < 400
    done = sorted(looks, key=lambda one: one.on)
    left, right, top, bottom = 62, width - 8, 22, 176
    if not done:
        return svg(
            [_words(0, 20, says.nothing)], width=width, height=40, title=title, description=says.nothing, key=key,
            kind="narrow" if narrow else "wide",
        )  # fmt: skip
    first, days = done[0].on, max((done[-1].on - done[0].on).days, 1)
    known = sorted(one.not_ruled_out for one in done if one.not_ruled_out is not None)
    margin = max(one.margin for one in done)
    last_known = next((one.not_ruled_out for one in reversed(done) if one.not_ruled_out is not None), 0.0)
    # The first days know little: they may run out of the picture, but never what is known now.
    most = max(2 * margin, min(known[-1], max(6 * margin, 1.5 * last_known)) if known else 0.0) * 1.05

    def x(on: date) -> float:
        return left + (on - first).days / days * (right - left)

    def y(value: float) -> float:
        return bottom - min(value, most) / most * (bottom - top)

    inside: list[object] = []
    level = y(done[-1].margin)
    for tick in ticks(0, most, outcome, how, 4):
        inside.append(_line(f"M{left} {_at(y(tick))}H{_at(right)}", "rule"))
        if abs(y(tick) - level) > 20 or tick == 0:
            what = "0" if tick == 0 else says.told(outcome, tick, how)
            inside.append(_words(left - 6, y(tick) + 4, what, anchor="end"))
    inside.append(_words(left - 6, level + 2, says.told(outcome, done[-1].margin, how), strong=True, anchor="end"))
    if bottom - level > 26:
        inside.append(_words(left - 6, level + 15, says.margin, anchor="end"))
    runs: list[list[Look]] = []
    for one in done:
        if not runs or runs[-1][-1].series != one.series:
            runs.append([])
        runs[-1].append(one)
    for k, run in enumerate(runs):
        a, b = x(run[0].on), x(run[-1].on)
        if k:
            between = (x(runs[k - 1][-1].on) + a) / 2
            inside.append(_line(f"M{_at(between)} {top - 6}V{bottom}", "axis", dash="2 3"))
            flip = between > width * 0.7
            inside.append(_words(between + (-4 if flip else 4), top - 8, run[0].why, anchor="end" if flip else None))
        inside.append(_line(f"M{_at(a)} {_at(y(run[0].margin))}H{_at(max(b, a + 2))}", "edge", width=1.6, dash="6 4"))
        inside += _run(run, x, y)
    inside.append(_words(left, bottom + 18, says.day(first)))
    inside.append(_words(right, bottom + 18, says.day(done[-1].on), anchor="end"))
    last = next((one for one in reversed(done) if one.not_ruled_out is not None), None)
    most_now = None if last is None or last.not_ruled_out is None else says.told(outcome, last.not_ruled_out, how)
    said = says.summary(
        says.day(first),
        says.day(done[-1].on),
        len(done),
        most_now,
        None if last is None else says.day(last.on),
        says.told(outcome, done[-1].margin, how),
        len(runs) - 1,
    )
    return svg(
        inside, width=width, height=bottom + 28, title=title, description=said, key=key,
        kind="narrow" if narrow else "wide",
    )  # fmt: skip


def _run(run: Sequence[Look], x: Callable[[date], float], y: Callable[[float], float]) -> list[Markup]:
    """The line of one series; days without a figure break it too."""
    parts: list[Markup] = []
    stretch: list[tuple[float, float]] = []
    for one in [*run, None]:
        if one is not None and one.not_ruled_out is not None:
            stretch.append((x(one.on), y(one.not_ruled_out)))
            continue
        if len(stretch) > 1:
            parts.append(_line("M" + "L".join(f"{_at(a)} {_at(b)}" for a, b in stretch), "reach", width=2))
        if stretch:
            parts.append(_dot(*stretch[-1], "dot"))
        stretch = []
    return parts


# -- badge -----------------------------------------------------------------------------------------------------------


def badge(sentence: str, verdict: Verdict, *, word: str | None = None, key: str = "evenhand") -> Markup:
    """A small picture for another site: the mark, the sentence, and whether it is proven. Stands alone, light and dark.

    sentence: cut short after some 90 letters; the whole is its title. word: the verdict's, in another language. key:
    unique where several stand on one page.
    """
    size = 12
    said = fitted(sentence, 520)[0]
    word = word or words.VERDICT[verdict]
    named, middle, last = 96.0, measure(said, size) + 20, measure(word, size, is_bold=True) + 18
    whole = named + middle + last
    night = tokens(is_dark=True)
    painted = (
        ("paper", "fill", "card"),
        ("paper", "stroke", "line-strong"),
        ("name", "fill", "ink-2"),
        ("said", "fill", "ink"),
    )
    style = "".join(f".{key}-{name}{{{what}:{night[token]}}}" for name, what, token in painted)
    fill, ink = {
        Verdict.EQUAL: ("kept-soft", "kept"),
        Verdict.UNEQUAL: ("ink", "paper"),
        Verdict.NOT_PROVEN: ("sunken", "ink-2"),
        Verdict.TOO_FEW: ("sunken", "ink-2"),
    }[verdict]
    style += f".{key}-ground{{fill:{night[fill]}}}.{key}-verdict{{fill:{night[ink]}}}"
    mark = "M4 0h4.2v18H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4zM9.8 0H14a4 4 0 0 1 4 4v10a4 4 0 0 1-4 4H9.8z"
    inside = [
        Markup(f"<style>@media (prefers-color-scheme:dark){{{style}}}</style>"),
        tag("rect", x="0.5", y="0.5", width=_at(whole - 1), height="27", rx="6", class_=f"{key}-paper",
            fill=paint("card"), stroke=paint("line-strong")),
        tag("path", d=mark, transform="translate(8 7) scale(.78)", fill=paint("ink-3"), class_=f"{key}-name"),
        tag("text", "Evenhand", x="28", y="18", fill=paint("ink-2"), class_=f"{key}-name"),
        tag("text", said, x=_at(named), y="18", fill=paint("ink"), class_=f"{key}-said"),
        tag("rect", x=_at(whole - last - 4), y="4", width=_at(last), height="20", rx="10", class_=f"{key}-ground",
            fill=paint(fill)),
        tag("text", word, x=_at(whole - 4 - last / 2), y="18", text_anchor="middle", font_weight="600",
            fill=paint(ink), class_=f"{key}-verdict"),
    ]  # fmt: skip
    return tag(
        "svg",
        tag("title", f"{sentence} ({word})", id=f"{key}-title"),
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_at(whole)} 28",
        width=_at(whole),
        height="28",
        role="img",
        aria_labelledby=f"{key}-title",
        font_family=FONT,
        font_size=str(size),
    )
