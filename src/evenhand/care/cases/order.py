"""Who is next: danger first, then whoever has used most of their time.

A line is one need at one place, first come first served. A pick compares the heads of lines and nothing else,
so it costs the same whatever waits behind them. No name here can hold how somebody came in, or who they are.

The order is an accumulating priority queue: Kleinrock (1964), "A delay dependent queue discipline"; Stanford,
Taylor and Ziedins (2014), doi 10.1007/s11134-013-9382-6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from heapq import merge
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Head:
    """One waiting case as the order sees it; a subclass may carry the case itself.

    line: which line it stands in. elapsed: working time of its need since the first unanswered contact, up to
    the one instant at which all that are compared are looked at. standard: its need's, positive, in the same
    time. arrived: sorts by arrival to the last tie, as (first_unanswered_at, pk) does.
    """

    line: Any
    is_danger: bool
    weight: float
    elapsed: timedelta
    standard: timedelta
    arrived: Any


Waiting = TypeVar("Waiting", bound=Head)
Rank = tuple[bool, float, Any]


def share_used(elapsed: timedelta, standard: timedelta) -> float:
    """The share of its standard that a case has used: 0 on arrival, 1 when due, above 1 when late.

    Raises ValueError where the standard is not positive.
    """
    if standard <= timedelta(0):
        raise ValueError(f"a standard is a positive length of time, not {standard}")
    return elapsed / standard


def key(weight: float, elapsed: timedelta, standard: timedelta) -> float:
    """What the order compares: weight × share of the standard used. Source: Kleinrock (1964)."""
    return weight * share_used(elapsed, standard)


def rank(head: Head) -> Rank:
    """Sorts cases into the order, the next one first: danger, then the greatest key, then the earliest."""
    return (not head.is_danger, -key(head.weight, head.elapsed, head.standard), head.arrived)


def pick(heads: Iterable[Waiting]) -> Waiting | None:
    """The case to take next among the heads of some lines; None where nobody waits."""
    return min(heads, key=rank, default=None)


def in_order(lines: Iterable[Iterable[Waiting]]) -> Iterator[Waiting]:
    """The cases of some lines in the order of their picks at this instant, as they are asked for.

    lines: each first come first served. Takes one case of each line to begin with, then one more a step.
    """
    return merge(*lines, key=rank)
