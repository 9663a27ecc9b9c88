"""Small groups stay unseen, also by subtraction.

A figure over few people tells about each of them. Leaving it blank is not enough: where the total and the rest are
shown, subtracting gives it back, and so does the difference of two filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from evenhand.stats.columns import Flags, Floats, Ints

Place = tuple[int, ...]

LEAST = 10
"""People below which a group is not shown."""


def with_sums(counts: ArrayLike) -> Ints:
    """A table with its sums: one more on every side, holding the sums over that side, and in the corner the whole.

    counts: whole numbers from 0, of one dimension or more, else ValueError.
    """
    table = np.asarray(counts)
    if table.ndim == 0 or table.dtype.kind not in "iu" or (table.size and table.min() < 0):
        raise ValueError("counts are whole numbers from 0, in a table")
    full = table.astype(np.int64)
    for axis in range(table.ndim):
        full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
    return full


def to_hide(counts: ArrayLike, least: int = LEAST) -> Flags:
    """Which figures of a table, and which of its sums, to leave blank, so that no small group shows.

    counts: (…) whole numbers: how many people each figure is about. Returns the shape of `with_sums(counts)`, True
    where blank. Blank are all with 1 … least − 1 people (none at all is no group), and as many others, the smallest
    first, as it takes so that the blank ones of a line whose sum is shown are `least` people together, and that no
    blank number follows from what is shown by adding and subtracting. What may be guessed from bounds ("at most 12")
    is not kept from anybody. Raises ValueError for counts that are no counts, or a least below 2.
    """
    full = with_sums(counts)
    if least < 2:
        raise ValueError(f"a least size of 2 or more, not {least}")
    blank: Flags = (full > 0) & (full < least)
    while (more := _one_more(full, blank, least)) is not None:
        blank[more] = True
    return blank


def _one_more(full: Ints, blank: Flags, least: int) -> Place | None:
    """The next figure to leave blank; None where all is well."""
    for _, line in _lines(full.shape):
        dark = [place for place in line if blank[place]]
        if dark and not blank[line[-1]] and sum(int(full[place]) for place in dark) < least:
            return _smallest(full, [place for place in line[:-1] if not blank[place]] or [line[-1]])
    # A line with a single blank gives it back at once; longer chains are found by linear algebra.
    beside = [place for _, line in _lines(full.shape) if int(sum(blank[p] for p in line)) == 1 for place in line]
    if not beside:
        places = [tuple(int(i) for i in place) for place in np.argwhere(blank)]
        given = {places[index] for index in _determined(_relations(full.shape, places), len(places))}
        beside = [place for _, line in _lines(full.shape) if given.intersection(line) for place in line]
    shown = [place for place in beside if not blank[place]]
    return _smallest(full, shown) if shown else None


def _smallest(full: Ints, among: list[Place]) -> Place:
    """The figure about the fewest people, an empty one only where there is no other."""
    return min(among, key=lambda place: (full[place] == 0, full[place], place))


def _lines(shape: tuple[int, ...]) -> Iterator[tuple[int, list[Place]]]:
    """Every line of a table with its sums, along each side in turn; the last of a line is its sum."""
    for axis in range(len(shape)):
        for rest in np.ndindex(*shape[:axis], *shape[axis + 1 :]):
            yield axis, [(*rest[:axis], i, *rest[axis:]) for i in range(shape[axis])]


def _relations(shape: tuple[int, ...], places: list[Place]) -> Floats:
    """(lines, blanks): how each line ties its blank figures together: the parts less the sum are known."""
    number = {place: i for i, place in enumerate(places)}
    rows = []
    for _, line in _lines(shape):
        row = np.zeros(len(places))
        for place in line:
            if place in number:
                row[number[place]] = -1.0 if place == line[-1] else 1.0
        if row.any():
            rows.append(row)
    return np.array(rows).reshape(len(rows), len(places))


def _determined(known: Floats, size: int) -> list[int]:
    """Which of `size` unknown numbers follow from the known sums of them, each a row of (rows, size)."""
    if not known.size:
        return []
    _, values, right = np.linalg.svd(known, full_matrices=False)
    spanned = right[values > 1e-9 * max(float(values[0]), 1.0)]
    # A number follows where its own unit vector lies wholly in what the sums span.
    return [i for i in range(size) if float((spanned[:, i] ** 2).sum()) > 1 - 1e-9]


@dataclass(slots=True)
class Shown:
    """What has been shown of one set of people, so that the next filter gives no small group away with the others.

    least: people below which a group is not shown. groups: each a set of people's numbers, as shown so far.
    """

    least: int = LEAST
    groups: list[frozenset[int]] = field(default_factory=list)

    def reason_against(self, people: Iterable[int]) -> str | None:
        """Why a figure over these people must not be shown; None where it may.

        It may where there are `least` of them or none, where neither they without any one or two groups shown before
        nor such a group without them is smaller than that, and where no small set of people follows from all of
        these figures together by arithmetic.
        """
        asked = frozenset(people)
        if not asked or asked in self.groups:
            return None
        if len(asked) < self.least:
            return f"fewer than {self.least} people"
        for one in self.groups:
            if self._is_small(asked ^ one if asked <= one or one <= asked else frozenset()):
                return f"with what was shown before, it would give away fewer than {self.least} people"
            if self._is_small(asked - one) or self._is_small(one - asked):
                return f"it differs from what was shown before by fewer than {self.least} people"
        for one, two in combinations(self.groups, 2):
            if self._is_small(asked - (one | two)) or self._is_small((one | two) - asked):
                return f"it differs from two figures shown before by fewer than {self.least} people"
        if self._follows_with(asked):
            return f"with what was shown before, it would give away fewer than {self.least} people"
        return None

    def show(self, people: Iterable[int]) -> bool:
        """Show a figure over these people, if it may be, and remember it. False where it may not."""
        asked = frozenset(people)
        if self.reason_against(asked) is not None:
            return False
        if asked and asked not in self.groups:
            self.groups.append(asked)
        return True

    def _is_small(self, people: frozenset[int]) -> bool:
        return 0 < len(people) < self.least

    def _follows_with(self, asked: frozenset[int]) -> bool:
        """Whether the number of some small class of people, alike to every filter, follows from all the figures."""
        filters = [*self.groups, asked]
        classes: dict[tuple[bool, ...], int] = {}
        for person in frozenset().union(*filters):
            signature = tuple(person in one for one in filters)
            classes[signature] = classes.get(signature, 0) + 1
        names = list(classes)
        known = np.array([[float(name[f]) for name in names] for f in range(len(filters))])
        return any(classes[names[i]] < self.least for i in _determined(known, len(names)))
