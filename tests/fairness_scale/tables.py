"""Rows as a Parquet file of cases, and sums side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from evenhand.fairness.parity.rows import UNKNOWN, By, Ending, Rows
from evenhand.fairness.parity.sums import Sums
from evenhand.fairness.scale.engines import Engine
from evenhand.fairness.scale.summing import Cases

DAY = 86_400


def a_large_desk(seed: int = 3, *, cases: int = 5_000, groups: int = 4, needs: int = 6, days: int = 30) -> Rows:
    """Cases with everything a table can have, things missing here and there, and many waits of equal length."""
    draw = np.random.default_rng(seed)
    need = (needs * draw.random(cases) ** 2).astype(np.int64)
    day = 20_000 + draw.integers(0, days, cases)
    age = (20_000 + days - day) * DAY + draw.integers(0, DAY, cases)

    def an_ending(mean: float) -> Ending:
        wait = draw.exponential(mean * (1 + need)).astype(np.int64)
        wait = np.where(draw.random(cases) < 0.5, wait // 900 * 900, wait)
        came = (wait <= age) & (draw.random(cases) < 0.95)
        return Ending(np.where(came, wait, age), came)

    def perhaps(values: Any, share: float, missing: Any) -> Any:
        return np.where(draw.random(cases) < share, values, missing)

    return Rows(
        age=age,
        day=day,
        need=need,
        needs=tuple(f"need {k}" for k in range(needs)),
        by=(
            By("door", (groups * draw.random(cases) ** 3).astype(np.int64), tuple(f"door {g}" for g in range(groups))),
            By("area", draw.integers(0, 2, cases), ("north", "south")),
        ),
        answer=an_ending(20_000.0),
        solution=an_ending(60_000.0),
        # One need has no standard, so that it takes the time by which nine in ten were answered.
        standard=np.where(need == 1, np.nan, perhaps((1 + need) * 18_000.0 + draw.integers(0, 3, cases), 0.9, np.nan)),
        remedy=perhaps(draw.integers(0, 2, cases), 0.6, UNKNOWN).astype(np.int8),
        amount=perhaps(np.round(draw.exponential(30, cases), 2), 0.7, np.nan),
        recoded=perhaps(np.where(draw.random(cases) < 0.8, need, draw.integers(0, needs, cases)), 0.2, UNKNOWN),
        read=cases,
    )


def as_cases(rows: Rows, path: Path) -> Cases:
    """Writes rows as a Parquet file with the columns of `cases`; says what they hold."""
    columns: dict[str, Any] = {"need": rows.need, "day": rows.day, "age": rows.age}
    columns |= {f"by{place}": by.group for place, by in enumerate(rows.by)}
    for name, ending in (("answer", rows.answer), ("solution", rows.solution)):
        if ending is not None:
            columns |= {f"{name}_wait": ending.wait, f"{name}_came": ending.is_ended}
    table = pl.DataFrame(columns)
    for name in ("standard", "amount"):
        if getattr(rows, name) is not None:
            table = table.with_columns(pl.Series(name, getattr(rows, name)).fill_nan(None))
    for name in ("in_time", "remedy", "recoded"):
        if getattr(rows, name) is not None:
            said = pl.Series(name, getattr(rows, name)).cast(pl.Int32)
            table = table.with_columns(said.set(said == UNKNOWN, None))
    table.write_parquet(path)
    return Cases(
        rows.needs,
        tuple((by.name, by.groups) for by in rows.by),
        has_solution=rows.solution is not None,
        has_standard=rows.standard is not None,
        has_in_time=rows.in_time is not None,
        has_remedy=rows.remedy is not None,
        has_amount=rows.amount is not None,
        has_recoded=rows.recoded is not None,
    )


def with_cases(engine: Engine, path: Path) -> None:
    (source,) = engine.tables([path])
    engine.keep("cases", f"SELECT * FROM {source.table}")


def assert_same(ours: Sequence[Sums], theirs: Sequence[Sums]) -> None:
    """Names and counts alike, every float to 1e-9."""
    _assert_alike(tuple(ours), tuple(theirs), "sums")


def _assert_alike(ours: Any, theirs: Any, where: str) -> None:
    assert type(ours) is type(theirs), where
    if isinstance(ours, np.ndarray):
        assert ours.shape == theirs.shape, where
        if ours.dtype.kind == "f":
            scale = float(np.abs(theirs).max()) if theirs.size else 0.0
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12 * scale, err_msg=where)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=where)
    elif isinstance(ours, float):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, err_msg=where)
    elif isinstance(ours, tuple):
        assert len(ours) == len(theirs), where
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            _assert_alike(one, other, f"{where}[{place}]")
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), where
        for key in ours:
            _assert_alike(ours[key], theirs[key], f"{where}[{key!r}]")
    elif hasattr(ours, "__dataclass_fields__"):
        for each in fields(ours):
            _assert_alike(getattr(ours, each.name), getattr(theirs, each.name), f"{where}.{each.name}")
    else:
        assert ours == theirs, where
