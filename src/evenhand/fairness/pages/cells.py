"""Which cells (a need of a group) may be shown, over all contrasts at once: no small one, and none that follows.

Whoever has the file knows every cell in it, every group's and every need's number from the other pages, and can add
and subtract. So a cell is held back as `live.holding_back` does within its need, then where its column would give it
away, then where any sum and difference of all that is shown does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from evenhand.care.models import Need
from evenhand.fairness.live import reading
from evenhand.fairness.live.contrasts import Traits
from evenhand.fairness.live.holding_back import Name, held_back
from evenhand.fairness.live.models import Clock, Measured, Result, Series
from evenhand.fairness.live.summing import on_now
from evenhand.people.models import Place
from evenhand.stats.columns import Flags, Floats

Cell = tuple[str, str, str]
"""A contrast, a group of it, a need."""

Class = tuple[str, frozenset[Name]]
"""Cases alike: of one need, and in the same groups of every contrast."""


@dataclass(frozen=True)
class Table:
    """Classes with their numbers, and the cells and sums over them. inside: (F, K) which classes a figure is about."""

    cells: tuple[Cell, ...]
    inside: Flags
    sums: Flags
    weight: Floats

    def count(self, cell: int) -> float:
        return float(self.inside[cell] @ self.weight)


def table_of(counts: dict[Class, int]) -> Table:
    """The cells of every contrast, and the sums that other pages show: of each need, of each group, of all."""
    classes = sorted(counts, key=lambda each: (each[0], sorted(each[1])))
    weight = np.array([counts[each] for each in classes], dtype=np.float64)
    cells = sorted({(contrast, group, need) for need, names in classes for contrast, group in names})
    inside = np.array(
        [
            [need == cell_need and (contrast, group) in names for need, names in classes]
            for contrast, group, cell_need in cells
        ],
        dtype=np.bool_,
    ).reshape(len(cells), len(classes))
    needs = sorted({need for need, _ in classes})
    groups = sorted({name for _, names in classes for name in names})
    sums = [[need == one for need, _ in classes] for one in needs]
    sums += [[name in names for _, names in classes] for name in groups]
    sums.append([True] * len(classes))
    return Table(tuple(cells), inside, np.array(sums, dtype=np.bool_).reshape(-1, len(classes)), weight)


def shown(counts: dict[Class, int], least: int, held: frozenset[Name] = frozenset()) -> set[Cell]:
    """The cells that may be shown. least: people below which none is. held: groups of which nothing is shown."""
    if not counts:
        return set()
    table = table_of(counts)
    blank = np.array([(contrast, group) in held for contrast, group, _ in table.cells], dtype=np.bool_)
    for k, (contrast, group, need) in enumerate(table.cells):
        blank[k] |= (contrast, group) in _held_in(counts, need, least)
    many = table.inside @ table.weight
    while (more := _one_more(table, blank, many, least)) is not None:
        blank[more] = True
    return {cell for cell, is_blank in zip(table.cells, blank.tolist(), strict=True) if not is_blank}


def _held_in(counts: dict[Class, int], need: str, least: int) -> dict[Name, str]:
    mine = [(names, count) for (of, names), count in sorted(counts.items(), key=lambda each: sorted(each[0][1]))
            if of == need]  # fmt: skip
    return held_back([names for names, _ in mine], [count for _, count in mine], least)


def _one_more(table: Table, blank: Flags, many: Floats, least: int) -> int | None:
    """The next cell to hold back; None where all is well."""
    columns: dict[Name, list[int]] = {}
    for k, (contrast, group, _) in enumerate(table.cells):
        columns.setdefault((contrast, group), []).append(k)
    for column in columns.values():
        dark = [k for k in column if blank[k]]
        light = [k for k in column if not blank[k]]
        if dark and light and float(many[dark].sum()) < least:
            return min(light, key=lambda k: (many[k], k))
    known = np.vstack([table.sums, table.inside[~blank]]).astype(np.float64)
    _, values, right = np.linalg.svd(known, full_matrices=False)
    spanned = right[values > 1e-9 * max(float(values[0]), 1.0)]
    for k in np.flatnonzero(blank & (many < least)).tolist():
        asked = table.inside[k].astype(np.float64)
        rest = asked - spanned.T @ (spanned @ asked)
        if float(rest @ rest) > 1e-9:
            continue
        need = table.cells[k][2]
        beside = [j for j in np.flatnonzero(~blank).tolist() if table.cells[j][2] == need]
        beside = beside or np.flatnonzero(~blank).tolist()
        if beside:
            return min(beside, key=lambda j: (many[j], j))
    return None


def classes_of(series: Series, clock: Clock, through: object) -> dict[Class, int]:
    """The matured cases of a series, counted by need and by their groups in every contrast."""
    rows = (
        Measured.objects.filter(series=series, clock=clock, left_out="", matures_on__lte=through)
        .order_by()
        .values_list(
            "need_id",
            "door",
            "is_public",
            "language",
            "place_id",
            "has_address",
            "was_public_before",
            "reach_band",
        )
        .annotate(Count("pk"))
    )
    needs = dict(Need.objects.values_list("pk", "slug"))
    places = dict(Place.objects.values_list("pk", "slug"))
    counts: dict[Class, int] = {}
    for need, door, is_public, language, place, has_address, was_public, reach, count in rows:
        traits = Traits(door, is_public, language, places[place], has_address, was_public, reach)
        named = ((each.name, each.group_of(traits, series.reach_cuts)) for each in on_now(series))
        key = (needs[need], frozenset((contrast, group) for contrast, group in named if group is not None))
        counts[key] = counts.get(key, 0) + count
    return counts


def rows_of(series: Series, results: list[Result]) -> list[dict[str, object]]:
    """The aggregated cells of a series, need by need and group by group, without those that must not be shown.

    results: the newest of the series: of a group that they hold back, no cell is shown.
    """
    held = frozenset((each.contrast, each.group) for each in results if each.n is None)
    through = max((each.day for each in results), default=None)
    if through is None:
        return []
    rows: list[dict[str, object]] = []
    least = series.policy.least_shown
    allowed = {clock.value: shown(classes_of(series, clock, through), least, held) for clock in Clock}
    for contrast in on_now(series):
        for row in reading.cells(series, contrast.name):
            if (row["contrast"], row["group"], row["need"]) in allowed[str(row["clock"])]:
                rows.append(row)
    return rows
