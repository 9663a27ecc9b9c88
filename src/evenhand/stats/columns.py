"""Columns of numbers as they come in, checked once, and packed into keys that sort fast."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BITS = 62


def flat(values: ArrayLike, name: str) -> NDArray[Any]:
    """values as an array of one dimension. Raises ValueError for any other shape."""
    column = np.asarray(values)
    if column.ndim != 1:
        raise ValueError(f"{name} must be one column, not an array of shape {column.shape}")
    return column


def same_length(**columns: NDArray[Any]) -> int:
    """The length they share. Raises ValueError, naming each, where they share none."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError("columns of different lengths: " + ", ".join(f"{n} {size}" for n, size in lengths.items()))
    return next(iter(lengths.values()))


def whole(values: ArrayLike, name: str, below: int | None = None, *, least: int | None = 0) -> NDArray[Any]:
    """(N,) whole numbers from `least` (None: of any sign), of the width they came in. Raises ValueError for smaller
    ones, for fractions, and for any not `below`."""
    column = flat(values, name)
    if column.dtype.kind == "f":
        if not np.isfinite(column).all() or (column != np.floor(column)).any():
            raise ValueError(f"{name} must be whole numbers")
        column = column.astype(np.int64)
    elif column.dtype.kind == "b":
        column = column.view(np.int8)
    if column.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers, not {column.dtype}")
    too_small = least is not None and len(column) and column.min() < least
    if too_small or (below is not None and len(column) and column.max() >= below):
        raise ValueError(f"{name} must be from {least} up" + (f", below {below}" if below is not None else ""))
    return column


def codes(values: ArrayLike, name: str, below: int | None = None) -> Ints:
    """The same as 64-bit numbers."""
    return whole(values, name, below).astype(np.int64, copy=False)


def numbers(values: ArrayLike, name: str) -> Floats:
    """(N,) finite numbers. Raises ValueError where one is missing or infinite: leave such rows out, and count them."""
    column = flat(values, name).astype(np.float64, copy=False)
    if not np.isfinite(column).all():
        raise ValueError(f"{name} holds {int((~np.isfinite(column)).sum())} missing or infinite values")
    return column


def waits(values: ArrayLike, name: str = "time") -> NDArray[Any]:
    """(N,) lengths of time, finite and not negative; whole ones come back as int64, which sorts and counts faster."""
    column = flat(values, name)
    if column.dtype.kind in "iu":
        whole = column.astype(np.int64, copy=False)
        if len(whole) and whole.min() < 0:
            raise ValueError(f"{name} holds {int((whole < 0).sum())} negative values")
        return whole
    real = numbers(column, name)
    if len(real) and real.min() < 0:
        raise ValueError(f"{name} holds {int((real < 0).sum())} negative values")
    return real


def ranked(time: NDArray[Any]) -> tuple[Ints, NDArray[Any] | None, int]:
    """Whole numbers in the order of `time`, what each stands for (None: itself), and how many there may be."""
    if time.dtype.kind == "i":
        span = int(time.max()) + 1 if len(time) else 1
        if span < 2**40:
            return time, None, span
    distinct, rank = np.unique(time, return_inverse=True)
    return rank.astype(np.int64, copy=False), distinct, max(len(distinct), 1)


def bits(span: int) -> int:
    """How many bits hold the whole numbers 0 … span − 1."""
    return max(int(span - 1).bit_length(), 0)


def check_room(*widths: int) -> None:
    """Raises ValueError where fields of these widths do not fit one 63-bit key."""
    if sum(widths) > _BITS:
        raise ValueError("too many strata and lengths of time for one key: number the strata from 0, or use minutes")
