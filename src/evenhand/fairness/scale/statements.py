"""The statements, in the part of SQL that all engines share. Only exact aggregates: counts, and sums.

They read `cases`, one row each, in the units of `parity.rows.Rows`: need, day, by0, by1, … (codes), age, and, for each
ending, <ending>_wait and <ending>_came; standard, in_time, remedy, amount, recoded where known, null where not.
Text never enters a statement: names are codes before the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.fairness.parity.sums import HOUR

EXACT_BITS = 53
"""Whole numbers below 2 to this power add up exactly in a float."""


def number(value: float) -> str:
    """A float as both engines read it: exactly, and never as a decimal."""
    said = repr(float(value))
    return said if "e" in said else f"{said}e0"


def values(name: str, columns: Sequence[str], rows: Sequence[Sequence[float | int]]) -> str:
    """A small table written into a statement. rows: one or more, of whole numbers and floats."""
    told = ", ".join("(" + ", ".join(str(v) if isinstance(v, int) else number(v) for v in row) + ")" for row in rows)
    return f"(VALUES {told}) AS {name}({', '.join(columns)})"


def waiting(code: str, ending: str) -> str:
    """How many were last seen waiting at each second, and how many of these were answered, for each code."""
    return f"""
        SELECT {code} AS code, {ending}_wait AS wait, count(*) AS n,
               count(CASE WHEN {ending}_came THEN 1 END) AS events
        FROM cases GROUP BY {code}, {ending}_wait"""


def standards() -> str:
    """How often each standard was given, by need."""
    return "SELECT need, standard, count(*) AS n FROM cases WHERE standard > 0 GROUP BY need, standard"


def group_sizes(by: str) -> str:
    return f"""
        SELECT {by} AS grp, count(*) AS n, count(CASE WHEN NOT answer_came THEN 1 END) AS still
        FROM cases GROUP BY {by}"""


def recoded(by: str) -> str:
    """How often each need was coded as which, for each group."""
    return f"""
        SELECT {by} AS grp, need, recoded, count(*) AS n FROM cases
        WHERE recoded IS NOT NULL GROUP BY {by}, need, recoded"""


@dataclass(frozen=True, slots=True)
class Part:
    """One column of cells: `value` summed over the cases for which `known` holds. Both are SQL over `cases`."""

    name: str
    known: str
    value: str
    is_rate: bool = False


def time_parts(ending: str) -> list[Part]:
    """Hours, each counted up to its need's horizon: of cases old enough, and of answered ones whatever their age."""
    hours = f"least(CAST({ending}_wait AS DOUBLE), {ending}_counted) / {number(HOUR)}"
    return [Part(ending, f"age >= {ending}_counted", hours), Part(f"{ending}_answered", f"{ending}_came", hours)]


def in_time_part(is_said: bool) -> Part:
    """Whether the answer came in time: as the table says, or by the case's own standard once the case is so old."""
    if is_said:
        return Part("in_time", "in_time IS NOT NULL", "CAST(in_time AS DOUBLE)", is_rate=True)
    kept = "CASE WHEN answer_came AND answer_wait <= standard THEN 1e0 ELSE 0e0 END"
    return Part("in_time", "standard > 0 AND age >= standard", kept, is_rate=True)


def cells(by: str, parts: Sequence[Part], counted: str) -> str:
    """Every outcome, summed by need, day and group. counted: a table of each need's horizon for each ending."""
    columns: list[str] = []
    for part in parts:
        columns.append(f"CASE WHEN {part.known} THEN {part.value} END AS {part.name}")
    sums: list[str] = []
    for part in parts:
        sums.append(f"count({part.name}) AS {part.name}_n")
        sums.append(f"coalesce(sum({part.name}), 0e0) AS {part.name}_total")
        if not part.is_rate:
            sums.append(f"coalesce(sum({part.name} * {part.name}), 0e0) AS {part.name}_squares")
    return f"""
        WITH valued AS (
            SELECT cases.need AS need, day, {by} AS grp, {", ".join(columns)}
            FROM cases JOIN {counted} ON cases.need = horizon.need
        )
        SELECT need, day, grp, count(*) AS n, {", ".join(sums)} FROM valued GROUP BY need, day, grp"""


def log_rank(by: str, ending: str, groups: int, most: int, days: tuple[int, int] | None = None) -> str:
    """Answers of each group (o0, …), those expected were all answered at one rate at equal age (e0, …), and the
    covariances between groups (v0_1, …), summed over needs and days: one row.

    most: how many cases the largest need and day have. days: only from the first to the second, both included.

    A running sum is the dear part, so several groups' counts run in one number, each in digits of its own: with `most`
    below 2^17, three groups in the 53 bits in which floats are exact.
    """
    digits = max(most, 1).bit_length()
    together = max(EXACT_BITS // digits, 1)
    words = range((groups + together - 1) // together)
    base = 2.0**digits

    def units(word: int) -> str:
        mine = range(word * together, min((word + 1) * together, groups))
        cases = " ".join(f"WHEN {g} THEN {number(base ** (g - word * together))}" for g in mine)
        return f"CASE {by} {cases} ELSE 0e0 END AS u{word}"

    def apart(what: str, g: int) -> str:
        word, place = divmod(g, together)
        whole = f"{what}{word}"
        above = f"floor({whole} / {number(base ** (place + 1))}) * {number(base)}"
        return f"floor({whole} / {number(base**place)}) - {above}"

    def each(template: str, over: Sequence[int] | range = words) -> str:
        return ", ".join(template.format(i=i) for i in over)

    every = range(groups)
    pairs = [(g, h) for g in every for h in every if g < h]
    results = [f"coalesce(sum(o{g}), 0e0) AS o{g}" for g in every]
    results += [f"coalesce(sum(hazard * n{g}), 0e0) AS e{g}" for g in every]
    results += [f"coalesce(sum(f{g} * n{h}), 0e0) AS v{g}_{h}" for g, h in pairs]
    within = "" if days is None else f"WHERE day BETWEEN {days[0]} AND {days[1]}"
    return f"""
        WITH coded AS (
            SELECT need, day, {ending}_wait AS wait, {ending}_came AS came, {", ".join(map(units, words))}
            FROM cases {within}
        ), moments AS (
            SELECT need, day, wait, {each("sum(u{i}) AS l{i}")},
                   {each("sum(CASE WHEN came THEN u{i} ELSE 0e0 END) AS d{i}")}
            FROM coded GROUP BY need, day, wait
        ), standing AS (
            SELECT {each("d{i}")}, {each("sum(l{i}) OVER longest_first AS w{i}")} FROM moments
            WINDOW longest_first AS (
                PARTITION BY need, day ORDER BY wait DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        ), apart AS (
            SELECT {", ".join(f"{apart('d', g)} AS o{g}, {apart('w', g)} AS n{g}" for g in every)}
            FROM standing WHERE {" + ".join(f"d{i}" for i in words)} > 0e0
        ), together AS (
            SELECT apart.*, {" + ".join(f"o{g}" for g in every)} AS d, {" + ".join(f"n{g}" for g in every)} AS n
            FROM apart
        ), weighed AS (
            SELECT together.*, d / n AS hazard, coalesce(d * (n - d) / (n * n * nullif(n - 1e0, 0e0)), 0e0) AS spread
            FROM together
        ), spread_out AS (
            SELECT weighed.*, {each("spread * n{i} AS f{i}", every)} FROM weighed
        )
        SELECT {", ".join(results)} FROM spread_out"""
