"""Which groups are shown, over all contrasts at once, so that no small group shows and none follows by subtraction.

As `stats.suppression` does for one table, here for groups that cut across each other. Cases that share all their
groups are one class, and count together. Groups are taken largest first, so that it is the small that are held back.
What may be guessed from bounds ("at most 12") is not kept from anybody.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.stats.columns import Flags, Floats

Name = tuple[str, str]
"""A contrast and a group of it."""


def held_back(classes: Sequence[frozenset[Name]], counts: Sequence[int], least: int) -> dict[Name, str]:
    """The groups that must not be shown, and why.

    classes: for each class of cases alike, the groups that they are in. counts: how many cases each class has.
    least: cases below which a group is not shown. Raises ValueError for columns of different lengths, or least < 2.
    """
    if len(classes) != len(counts):
        raise ValueError(f"{len(classes)} classes and {len(counts)} counts")
    if least < 2:
        raise ValueError(f"a least size of 2 or more, not {least}")
    weight = np.array(counts, dtype=np.float64)
    names = sorted({name for each in classes for name in each})
    inside = {name: np.array([name in each for each in classes], dtype=np.bool_) for name in names}
    size = {name: float(weight[inside[name]].sum()) for name in names}
    whole = np.ones(len(classes), dtype=np.bool_)
    shown = whole[None, :]  # how many there are in all is shown
    reasons: dict[Name, str] = {}
    for name in sorted(names, key=lambda each: (-size[each], each)):
        asked = inside[name]
        reason = _reason_against(asked, shown, weight, least)
        if reason is None:
            shown = np.vstack([shown, asked])
        else:
            reasons[name] = reason
    return reasons


def _reason_against(asked: Flags, shown: Flags, weight: Floats, least: int) -> str | None:
    if weight[asked].sum() < least:
        return f"fewer than {least} cases"
    if (shown == asked).all(axis=1).any():
        return None
    together = np.vstack([shown, asked])
    if _subtracts_to_few(together, weight, least):
        return f"subtracted from what is shown, it would give away fewer than {least} cases"
    if _gives_away(together, weight, least):
        return f"with the figures that are shown, it would give away fewer than {least} cases"
    return None


def _subtracts_to_few(filters: Flags, weight: Floats, least: int) -> bool:
    """Whether a group less one or two others inside it, or two apart from each other, come to a small remainder."""
    known = filters.astype(np.float64)
    size, both = known @ weight, (known * weight) @ known.T
    rows, columns = np.nonzero((both == size) & (size[:, None] > size))  # the second lies inside the first
    apart = np.argwhere(np.triu(both == 0, 1))
    made = np.vstack([known, known[rows] - known[columns], known[apart[:, 0]] + known[apart[:, 1]]])
    sizes, common = made @ weight, (made * weight) @ known.T
    inside, around = common == size, common == sizes[:, None]
    left = np.where(inside, sizes[:, None] - size, np.where(around, size - sizes[:, None], 0.0))
    return bool(((left > 0) & (left < least)).any())


def _gives_away(filters: Flags, weight: Floats, least: int) -> bool:
    """Whether the count of some small class, alike to every filter, follows from the filters' counts."""
    alike, where = np.unique(filters.T, axis=0, return_inverse=True)
    count = np.bincount(where.reshape(-1), weights=weight, minlength=len(alike))
    known = alike.T.astype(np.float64)
    _, values, right = np.linalg.svd(known, full_matrices=False)
    spanned = right[values > 1e-9 * max(float(values[0]), 1.0)]
    follows = (spanned**2).sum(axis=0) > 1 - 1e-9
    outside_all = ~alike.any(axis=1)
    return bool((follows & ~outside_all & (count > 0) & (count < least)).any())
