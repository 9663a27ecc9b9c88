"""Matured cases added up, contrast by contrast: what a verdict reads, and a night adds to.

A cell is a need on one day of arrival that matured on one day. Its columns, each (C, G) by cell and group: n cases;
kept, within the standard; asked, something back before anything was answered; standards and its squares, the wait in
standards, three at most; hours and its squares, the same wait in hours of working time.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.care.models import Need
from evenhand.fairness.live.contrasts import CONTRASTS, Contrast, Traits
from evenhand.fairness.live.holding_back import held_back
from evenhand.fairness.live.measuring import Waiting
from evenhand.fairness.live.models import Clock, Measured, Series, Sums
from evenhand.people.models import Place
from evenhand.stats.cells import Cells
from evenhand.stats.columns import Floats, Ints
from evenhand.stats.histogram import Histogram
from evenhand.stats.outcomes import STANDARDS

COLUMNS = ("n", "kept", "asked", "standards", "standards_squares", "hours", "hours_squares")
HOUR = 3600
NOTHING_YET = "0" * 64


class Row(NamedTuple):
    """A measured case as it is summed. need: its code in the series."""

    pk: int
    matured_on: date
    arrived_on: date
    need: int
    traits: Traits
    standard: int
    wait: int | None
    was_asked: bool


def rows_between(
    series: Series, clock: Clock, after: date | None, through: date | None, *, everywhere: bool = False
) -> list[Row]:
    """Measured cases of a series that matured after one day and up to another, by day and then as they were measured.

    through: None for all that is measured already.
    """
    on = "matures_everywhere_on" if everywhere else "matures_on"
    found = Measured.objects.filter(series=series, clock=clock, left_out="")
    if after is not None:
        found = found.filter(**{f"{on}__gt": after})
    if through is not None:
        found = found.filter(**{f"{on}__lte": through})
    codes = {slug: code for code, slug in enumerate(series.needs)}
    needs = {pk: codes[slug] for pk, slug in Need.objects.filter(slug__in=codes).values_list("pk", "slug")}
    places = dict(Place.objects.values_list("pk", "slug"))
    return [
        Row(
            pk,
            matured_on,
            arrived_on,
            needs[need],
            Traits(door, is_public, language, places[place], has_address, was_public, reach),
            standard,
            wait,
            was_asked,
        )
        for (
            pk,
            matured_on,
            arrived_on,
            need,
            place,
            door,
            is_public,
            language,
            has_address,
            was_public,
            reach,
            standard,
            wait,
            was_asked,
        ) in found.order_by(on, "pk")
        .values_list(
            "pk",
            on,
            "arrived_on",
            "need_id",
            "place_id",
            "door",
            "is_public",
            "language",
            "has_address",
            "was_public_before",
            "reach_band",
            "standard",
            "wait",
            "was_asked",
        )
        .iterator(chunk_size=5_000)
        if need in needs
    ]


@dataclass
class Matured:
    """The sums of one contrast on one clock. groups: G names. cluster, day, need: (C,) which cell: the days of
    maturing and of arrival, counted from 1 January of the year 1, and the need's code."""

    groups: list[str]
    cluster: Ints
    day: Ints
    need: Ints
    columns: dict[str, Floats]
    waits: Histogram
    without: int = 0
    inputs_hash: str = NOTHING_YET

    @classmethod
    def none(cls, series: Series, clock: Clock) -> Matured:
        empty = np.zeros(0, dtype=np.int64)
        columns = {name: np.zeros((0, 0)) for name in COLUMNS}
        return cls([], empty, empty, empty, columns, Histogram(horizons(series, clock), 1))

    @property
    def n(self) -> Ints:
        return self.columns["n"].astype(np.int64)

    def cells(self, total: str, squares: str | None = None) -> Cells:
        """One column as cells. A rate's values are their own squares."""
        return Cells(self.need, self.day, self.n, self.columns[total], self.columns[squares or total])

    def add(self, rows: Sequence[Row], contrast: Contrast, series: Series, clock: Clock) -> None:
        """Add matured cases, which come by day and then as they were measured."""
        named = [contrast.group_of(row.traits, series.reach_cuts) for row in rows]
        self.inputs_hash = _chained(self.inputs_hash, rows, named)
        self.without += sum(name is None for name in named)
        kept = [(row, name) for row, name in zip(rows, named, strict=True) if name is not None]
        self._make_room({name for _, name in kept}, series, clock)
        if not kept:
            return
        code = {name: g for g, name in enumerate(self.groups)}
        group = np.array([code[name] for _, name in kept], dtype=np.int64)
        need = np.array([row.need for row, _ in kept], dtype=np.int64)
        day = np.array([row.arrived_on.toordinal() for row, _ in kept], dtype=np.int64)
        cluster = np.array([row.matured_on.toordinal() for row, _ in kept], dtype=np.int64)
        self._merge(cluster, day, need, group, _values([row for row, _ in kept]))
        _wait_in(self.waits, need, group, [row.wait for row, _ in kept])

    def with_waiting(self, rows: Iterable[Row], waiting: Iterable[Waiting], contrast: Contrast, series: Series) -> Open:
        """The waits of all, those included that are not mature yet, as they stand tonight."""
        both = Matured(list(self.groups), self.cluster, self.day, self.need, dict(self.columns), self.waits)
        young = [(row, name) for row in rows if (name := contrast.group_of(row.traits, series.reach_cuts))]
        still = [(each, name) for each in waiting if (name := contrast.group_of(each.traits, series.reach_cuts))]
        both._make_room({name for _, name in young} | {name for _, name in still}, series, Clock.ANSWER)
        code = {name: g for g, name in enumerate(both.groups)}
        waits = both.waits.merged(Histogram(both.waits.horizons, both.waits.groups))
        if young:
            need, group = (
                np.array(x, dtype=np.int64) for x in zip(*((r.need, code[g]) for r, g in young), strict=True)
            )
            _wait_in(waits, need, group, [row.wait for row, _ in young])
        needs = {slug: k for k, slug in enumerate(series.needs)}
        known = [(needs[each.need], code[name], each) for each, name in still if each.need in needs]
        if known:
            minute = [(each.age if each.wait is None else each.wait) // 60 for _, _, each in known]
            waits.add(
                [k for k, _, _ in known],
                [g for _, g, _ in known],
                minute,
                [each.wait is not None for _, _, each in known],
            )
        not_yet, unanswered = (
            Counter(name for _, name in [*young, *still]),
            Counter(name for each, name in still if each.wait is None),
        )
        return Open(both.groups, waits, not_yet, unanswered)

    def _make_room(self, names: set[str], series: Series, clock: Clock) -> None:
        """Columns for groups that were not met before; those there are keep their places."""
        new = sorted(names - set(self.groups))
        if not new:
            return
        self.groups = [*self.groups, *new]
        self.columns = {name: np.pad(column, ((0, 0), (0, len(new)))) for name, column in self.columns.items()}
        rows, waits = self.waits.rows(), Histogram(horizons(series, clock), len(self.groups))
        if len(rows.need):
            waits.add(rows.need, rows.group, rows.minute, rows.is_answered, rows.count)
        self.waits = waits

    def _merge(self, cluster: Ints, day: Ints, need: Ints, group: Ints, values: dict[str, Floats]) -> None:
        before = len(self.need)
        key = np.stack([np.append(self.cluster, cluster), np.append(self.day, day), np.append(self.need, need)], axis=1)
        found, where = np.unique(key, axis=0, return_inverse=True)
        where = where.reshape(-1)
        for name in COLUMNS:
            column = np.zeros((len(found), len(self.groups)))
            np.add.at(column, where[:before], self.columns[name])
            np.add.at(column, (where[before:], group), values[name])
            self.columns[name] = column
        self.cluster, self.day, self.need = (found[:, i] for i in range(3))


@dataclass(frozen=True)
class Open:
    """The waits of all cases of a contrast, mature or not. not_yet, unanswered: how many of each group."""

    groups: list[str]
    waits: Histogram
    not_yet: Counter[str]
    unanswered: Counter[str]


def horizons(series: Series, clock: Clock) -> list[int]:
    """Minutes up to which waits are told apart, for each need: three standards; one where it has no standard."""
    which = list(Clock).index(clock)
    lengths = [series.lengths[slug][which] for slug in series.needs]
    return [max(STANDARDS * length // 60, 1) if length else 1 for length in lengths]


def _values(rows: Sequence[Row]) -> dict[str, Floats]:
    standard = np.array([row.standard for row in rows], dtype=np.float64)
    wait = np.array([np.inf if row.wait is None else row.wait for row in rows], dtype=np.float64)
    waited = np.minimum(wait / standard, float(STANDARDS))
    hours = waited * standard / HOUR
    return {
        "n": np.ones(len(rows)),
        "kept": (wait <= standard).astype(np.float64),
        "asked": np.array([row.was_asked for row in rows], dtype=np.float64),
        "standards": waited,
        "standards_squares": waited**2,
        "hours": hours,
        "hours_squares": hours**2,
    }


def _wait_in(waits: Histogram, need: Ints, group: Ints, wait: Sequence[int | None]) -> None:
    beyond = waits.horizons[need] + 1
    minute = np.array([-1 if each is None else each // 60 for each in wait], dtype=np.int64)
    waits.add(need, group, np.where(minute < 0, beyond, minute), minute >= 0)


def _chained(before: str, rows: Sequence[Row], named: Sequence[str | None]) -> str:
    """The hash so far and each day's rows, one day after another: the same however many nights it took."""
    digest, day = hashlib.sha256(), None
    for row, name in zip(rows, named, strict=True):
        if row.matured_on != day:
            if day is not None:
                before = digest.hexdigest()
            day = row.matured_on
            digest = hashlib.sha256(f"{before}\n{day}\n".encode())
        said = (row.pk, row.arrived_on, row.need, name, row.standard, row.wait, int(row.was_asked))
        digest.update(("|".join(map(str, said)) + "\n").encode())
    return before if day is None else digest.hexdigest()


# -- kept between nights ---------------------------------------------------------------------------------------------


def load(series: Series, contrast: Contrast, clock: Clock) -> tuple[Matured, date | None]:
    """The sums so far, and the last day in them."""
    kept = Sums.objects.filter(series=series, contrast=contrast.name, clock=clock).first()
    if kept is None:
        return Matured.none(series, clock), None
    cells, waits = _unpacked(kept.cells), _unpacked(kept.waits)
    histogram = Histogram(horizons(series, clock), max(len(kept.groups), 1))
    if len(waits["need"]):
        histogram.add(waits["need"], waits["group"], waits["minute"], waits["is_answered"], waits["count"])
    found = Matured(
        list(kept.groups),
        cells["cluster"],
        cells["day"],
        cells["need"],
        {name: cells[name] for name in COLUMNS},
        histogram,
        kept.without,
        kept.inputs_hash,
    )
    return found, kept.through


def save(series: Series, contrast: Contrast, clock: Clock, sums: Matured, through: date) -> None:
    rows = sums.waits.rows()
    Sums.objects.update_or_create(
        series=series,
        contrast=contrast.name,
        clock=clock,
        defaults={
            "through": through,
            "groups": sums.groups,
            "cells": _packed({"cluster": sums.cluster, "day": sums.day, "need": sums.need, **sums.columns}),
            "waits": _packed(
                {
                    "need": rows.need,
                    "group": rows.group,
                    "minute": rows.minute,
                    "is_answered": rows.is_answered,
                    "count": rows.count,
                }
            ),
            "without": sums.without,
            "inputs_hash": sums.inputs_hash,
        },
    )


def _packed(columns: dict[str, NDArray[Any]]) -> bytes:
    into = io.BytesIO()
    np.savez_compressed(into, **columns)  # type: ignore[arg-type]
    return into.getvalue()


def _unpacked(kept: bytes | memoryview) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(bytes(kept)), allow_pickle=False) as columns:
        return {name: columns[name] for name in columns.files}


def counted_again(series: Series, contrast: Contrast, clock: Clock, through: date) -> Matured:
    """The same sums from every measured row: what a check compares with, and no night needs."""
    sums = Matured.none(series, clock)
    rows = rows_between(series, clock, None, through, everywhere=contrast.has_hours_of_its_own)
    sums.add(rows, contrast, series, clock)
    return sums


def together(before: dict[str, Any], rows: Iterable[Row]) -> dict[str, Any]:
    """How many cases share their need and all their traits, with these added: JSON, each as one text."""
    count = Counter(before)
    said = ((row.need, *row.traits) for row in rows)
    count.update("\x1f".join("" if each is None else str(each) for each in one) for one in said)
    return dict(count)


def traits_of(text: str) -> tuple[int, Traits]:
    """The need's code, and traits, from the text that `together` counts by."""
    need, door, is_public, language, place, has_address, was_public, reach = text.split("\x1f")
    return int(need), Traits(
        door,
        is_public == "True",
        language,
        place,
        has_address == "True",
        None if not was_public else was_public == "True",
        int(reach) if reach else None,
    )


def on_now(series: Series) -> list[Contrast]:
    """The contrasts that a series is judged in, as its policy says."""
    return [contrast for contrast in CONTRASTS if contrast.name in series.policy.contrasts]


def held_back_of(series: Series, counts: Mapping[Traits, int]) -> dict[tuple[str, str], str]:
    """The groups, each with its contrast, that must not be shown of so many cases with such traits, and why."""
    alike: Counter[frozenset[tuple[str, str]]] = Counter()
    for traits, count in counts.items():
        names = ((each.name, each.group_of(traits, series.reach_cuts)) for each in on_now(series))
        alike[frozenset((contrast, group) for contrast, group in names if group is not None)] += count
    classes = sorted(alike, key=sorted)
    return held_back(classes, [alike[each] for each in classes], series.policy.least_shown)
