"""What is compared: was a case answered in time, and how much of its standard did it wait?

A case enters once three standards have passed since it came in: then its outcome is known whatever happens, and no
verdict hangs on a guess about those still open. Never answered, abandoned, closed without an answer are waits without
end: the worst value, not a missing one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evenhand.stats.columns import Flags, Floats, flat, numbers, same_length

STANDARDS = 3
"""A wait counts up to three standards; after so long a case is mature."""


def is_mature(came_at: ArrayLike, standard: ArrayLike, now: float) -> Flags:
    """(N,) whether three standards have passed. came_at, standard: (N,), and now, in one unit and from one origin."""
    came, length = numbers(came_at, "came_at"), _standards(standard)
    same_length(came_at=came, standard=length)
    return came + STANDARDS * length <= now


def is_in_time(wait: ArrayLike, standard: ArrayLike) -> Flags:
    """(N,) whether the wait was within the standard. wait: (N,) not negative; inf or nan where no answer came."""
    waited, length = _waits(wait), _standards(standard)
    same_length(wait=waited, standard=length)
    return waited <= length


def standards_waited(wait: ArrayLike, standard: ArrayLike) -> Floats:
    """(N,) the wait in standards, three at most. wait: (N,) not negative; inf or nan where no answer came."""
    waited, length = _waits(wait), _standards(standard)
    same_length(wait=waited, standard=length)
    return np.minimum(waited / length, float(STANDARDS))


def _waits(wait: ArrayLike) -> Floats:
    waited = flat(wait, "wait").astype(np.float64)
    if (waited < 0).any():
        raise ValueError(f"wait holds {int((waited < 0).sum())} negative values")
    return np.where(np.isnan(waited), np.inf, waited)


def _standards(standard: ArrayLike) -> Floats:
    length = numbers(standard, "standard")
    if (length <= 0).any():
        raise ValueError("a standard is longer than nothing")
    return length
