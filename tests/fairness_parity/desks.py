"""Rows with a truth known beforehand."""

from __future__ import annotations

import numpy as np

from evenhand.fairness.parity.rows import By, Ending, Rows

DAY = 86_400


def a_desk(
    seed: int = 1,
    *,
    cases: int = 6_000,
    days: int = 60,
    gap: float = 1.0,
    hours: tuple[float, ...] = (2.0, 12.0, 48.0),
    loud: tuple[float, ...] = (0.3, 0.3, 0.3),
    with_standard: bool = True,
    in_time_gap: float = 0.0,
    taken_after: int = 0,
    is_public: tuple[str, str] = ("private", "public"),
) -> Rows:
    """Cases of needs that take `hours` on the average. loud: of each need, the share that comes in public; gap: how
    many times as long these wait for the same need. taken_after: days between the last case and the table."""
    draw = np.random.default_rng(seed)
    need = draw.integers(0, len(hours), cases)
    day = draw.integers(0, days, cases)
    group = (draw.random(cases) < np.array(loud)[need]).astype(np.int64)
    mean = np.array(hours)[need] * 3600 * np.where(group == 1, gap, 1.0)
    wait = np.maximum(1, draw.exponential(mean)).astype(np.int64)
    opened = day * DAY + draw.integers(0, DAY, cases)
    age = (days + taken_after) * DAY - opened
    is_ended = wait <= age
    standard = np.array(hours)[need] * 3600 * 1.5 if with_standard else None
    return Rows(
        age=age,
        day=day,
        need=need,
        needs=tuple(f"need {k}" for k in range(len(hours))),
        by=(By("door", group, is_public),),
        answer=Ending(np.where(is_ended, wait, age), is_ended),
        standard=standard,
        read=cases,
    )
