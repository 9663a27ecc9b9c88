"""Text with delimiters: its header, and on which line something stands."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.plain import LONGEST_LINE

_DELIMITERS = ",;\t|"
_LOOKED_AT = 1 << 18

MOST_ABOVE = 20
"""Rows above a header that are taken for a title."""

SHOWN = 3
"""Of what is wrong, so many lines are named."""


@contextmanager
def _long_cells() -> Iterator[None]:
    """Cells of any length that a line may have. The limit is the whole process's, so it is put back."""
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@dataclass(frozen=True)
class Layout:
    """How a text is laid out. header: the names as written, blanks around them left out."""

    delimiter: str
    header: tuple[str, ...]
    begins_late: bool = False
    """Whether the first line is empty."""
    above: int = 0
    """Rows above the header: a title, when it was taken, and the like."""


def layout(told: str, path: Path) -> Layout:
    """The delimiter that splits most of the first rows as it splits the header. Raises CannotRead where none does."""
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    if b"\0" in start:
        raise CannotRead(f"{told} is no table of text; give CSV, TSV, Parquet or Excel.")
    text = start.decode("utf-8-sig", "replace")
    if not text.strip():
        raise CannotRead(f"{told} is empty; give a table with a header and rows.")
    is_whole = len(start) < _LOOKED_AT
    begins_late = not text.partition("\n")[0].strip()
    best: tuple[float, int, Layout] | None = None
    for delimiter in _DELIMITERS:
        rows = _first_rows(text, delimiter, is_whole)
        above = _above(rows)
        if len(rows) <= above or len(rows[above]) < 2:
            continue
        width = len(rows[above])
        alike = sum(len(row) == width for row in rows) / len(rows)
        header = tuple(name.strip() for name in rows[above])
        fit = (round(alike, 1), width, Layout(delimiter, header, begins_late, above))
        if best is None or fit[:2] > best[:2]:
            best = fit
    if best is None:
        raise CannotRead(
            f"{told} has one column only; a table needs columns with a header,"
            " parted by commas, semicolons, tabs or bars."
        )
    return best[2]


def _above(rows: list[list[str]]) -> int:
    """How many rows stand above the header: the header is the first row whose cells are filled, most of them, where
    the rows after it are as wide; a row with half of its cells or less is a title. None of them where no row is so."""
    if len(rows) < 2:
        return 0
    widths = [len(row) for row in rows[1:]]
    width = max(widths, key=widths.count)
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[: MOST_ABOVE + 1]]
    header = next((nth for nth, many in enumerate(filled) if len(rows[nth]) == width and 2 * many > width), 0)
    return header if width > 1 and all(2 * many <= width for many in filled[:header]) else 0


@_long_cells()
def _first_rows(text: str, delimiter: str, is_whole: bool) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > 200:
                return rows
    except csv.Error:
        pass
    return rows if is_whole or len(rows) < 2 else rows[:-1]  # the last may be cut


@dataclass(frozen=True)
class Record:
    """One row. line: where it begins, from 1; is_torn: the text ended inside a quote."""

    line: int
    cells: list[str]
    is_torn: bool = False


def records(path: Path, delimiter: str) -> Iterator[Record]:
    """Every row of a text but empty ones, header too, taken leniently. Raises csv.Error where a cell is too long."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            line = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if cells:
                yield Record(line, cells, is_torn=lines.is_over)


class _Lines:
    """The lines of a file, and whether they are over: a row that came after the last line was inside a quote."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.is_over = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE)
        if not line:
            self.is_over = True
            raise StopIteration
        return line


@_long_cells()
def lines_where(path: Path, how: Layout, is_it: Callable[[list[str]], bool], most: int) -> list[int]:
    """The lines of the first rows of which it is so; the header is not asked, nor what stands above it."""
    found: list[int] = []
    try:
        for row in islice(records(path, how.delimiter), how.above + 1, None):
            if is_it(row.cells):
                found.append(row.line)
                if len(found) == most:
                    break
    except csv.Error:
        pass
    return found


@dataclass(frozen=True)
class Broken:
    """How many rows had more or fewer cells than the header, and the lines of the first ones."""

    rows: int = 0
    lines: tuple[int, ...] = ()


@_long_cells()
def mend(told: str, path: Path, how: Layout, out: Path) -> Broken:
    """Write the rows of a text that is quoted or broken into lines oddly in a form that everybody reads alike.

    Those with other numbers of cells than the header are left out. Raises CannotRead where a quote never closes.
    """
    width = len(how.header)
    many = 0
    lines: list[int] = []
    try:
        with out.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=how.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for row in islice(records(path, how.delimiter), how.above, None):
                if row.is_torn:
                    raise CannotRead(f"{told}: a quote that opens on line {row.line} never closes; close or remove it.")
                cells = row.cells[:-1] if len(row.cells) == width + 1 and not row.cells[-1] else row.cells
                if len(cells) == width:
                    writer.writerow([cell.replace("\0", "") for cell in cells])
                else:
                    many += 1
                    if len(lines) < SHOWN:
                        lines.append(row.line)
    except csv.Error as error:
        limit = LONGEST_LINE // 1_000_000
        raise CannotRead(f"{told}: a cell is longer than {limit} MB; is a quote left open?") from error
    return Broken(many, tuple(lines))
