"""Excel and OpenDocument tables, as text with delimiters: one sheet, its first filled row the header."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from evenhand.fairness.tables.errors import CannotRead


def as_text(told: str, path: Path, out: Path, sheet: str | None) -> dict[str, str]:
    """Write a sheet to `out`, row n on line n. Returns what was assumed: which sheet. Raises CannotRead."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise CannotRead(f"{told} is no Excel or zip file that can be read; save it as CSV or .xlsx.") from error
    if sheet is not None and sheet not in names:
        raise CannotRead(f"{told} has no sheet {sheet!r}; there are {', '.join(repr(name) for name in names)}.")
    for name in [sheet] if sheet is not None else names:
        try:
            opened = book.get_sheet_by_name(name)
            rows = opened.to_python(skip_empty_area=False)
        except (python_calamine.CalamineError, ValueError) as error:
            raise CannotRead(f"{told}: the sheet {name!r} cannot be read: {error}.") from error
        if any(cell not in ("", None) for row in rows for cell in row):
            filled = _fill(rows, opened.merged_cell_ranges or ())
            _write(rows, out)
            told_too = {"merged_cells": f"{filled:,}, each of their rows has what stands in them"} if filled else {}
            return told_too | ({"sheet": name} if len(names) > 1 else {})
    raise CannotRead(f"{told} is empty; give a table with a header and rows.")


def _fill(rows: list[list[Any]], merged: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> int:
    """A cell that is merged over several rows stands in each of them, not in the first alone. Returns how many there
    are. Over several columns it stays where it is: that is a title."""
    filled = 0
    for (top, left), (bottom, right) in merged:
        if left != right or top == bottom or top >= len(rows) or rows[top][left] in ("", None):
            continue
        for row in rows[top + 1 : bottom + 1]:
            row[left] = rows[top][left]
        filled += 1
    return filled


def _write(rows: list[list[Any]], out: Path) -> None:
    with out.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            cells = [_text(cell) for cell in row]
            if any(cells):
                writer.writerow(cells)
            else:
                file.write("\n")


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return f"{cell.total_seconds() / 3600:.6f}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return "" if cell is None else " ".join(str(cell).splitlines())
