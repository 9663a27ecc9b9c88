"""A table from elsewhere, read row by row: every row comes out, to be let in or with what was wrong.

Nothing is guessed about a time or about whose row it is. Files are taken as they come: gzip or not, UTF-8
with or without its mark, UTF-16, Windows-1252 in between, NUL bytes, commas or tabs.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from evenhand.doors.file.mapping import DELIMITERS, FALSE_WORDS, TRUE_WORDS, Mapping, Time

LONGEST_FIELD = 131_072  # the csv module's own limit for one field, in characters
LONGEST_ROW = 1_000_000  # characters of one row over all its lines
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Sender:
    """How to answer, as the file says it; claimed, never proved."""

    email: str | None = None
    phone: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One contact of the file. `line` is where its row begins, the header being line 1. Times are aware."""

    line: int
    words: str
    sent_at: datetime | None
    closed_at: datetime | None
    external_id: str | None
    door: str
    is_public: bool
    language: str | None
    place: str | None
    sender: Sender
    reach: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that was not let in. `reason` is one of REASONS; `told` says it with the value that was met."""

    line: int
    reason: str
    told: str


REASONS = {
    "no words": "the row has no words",
    "time": "a time could not be read",
    "no time": "the row does not say when it was sent",
    "public": "it is not clear whether the row is public",
    "reach": "a figure of reach is not a whole number",
    "columns": "the row has more columns than the header",
}


class UnreadableError(ValueError):
    """The file ends the reading here. Rows before `line` have been handed out and stay valid."""

    def __init__(self, told: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(told if line is None else f"Line {line:,}: {told}")


@dataclass(slots=True)
class Tally:
    """What a reading came to: how many rows, how many left out and why, and the first three of each."""

    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[LeftOut]] = field(default_factory=dict)
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None

    def add(self, item: Row | LeftOut) -> None:
        if isinstance(item, LeftOut):
            self.left_out[item.reason] += 1
            kept = self.examples.setdefault(item.reason, [])
            if len(kept) < EXAMPLES:
                kept.append(item)
            return
        self.rows += 1
        if item.sent_at:
            self.first_sent_at = min(self.first_sent_at or item.sent_at, item.sent_at)
            self.last_sent_at = max(self.last_sent_at or item.sent_at, item.sent_at)

    def lines(self) -> list[str]:
        """The tally in sentences, for the dry run and for the end."""
        told = [f"{self.rows:,} {'row' if self.rows == 1 else 'rows'} with words."]
        for reason, count in sorted(self.left_out.items(), key=lambda pair: (-pair[1], pair[0])):
            told.append(f"{count:,} left out: {REASONS[reason]}.")
            told += [f"  line {one.line:,}: {one.told}" for one in self.examples[reason]]
            if count > EXAMPLES:
                told.append(f"  and {count - EXAMPLES:,} more.")
        return told


def header_of(source: Path | str | BinaryIO, mapping: Mapping | None = None) -> list[str]:
    """The names of the columns. Reads no further than the header; a stream is left where that ends."""
    with ExitStack() as opened:
        lines = _Lines(opened, source, mapping.encoding if mapping else "auto")
        return _header(lines, mapping)[0]


def read_rows(source: Path | str | BinaryIO, mapping: Mapping) -> Iterator[Row | LeftOut]:
    """Read a table as it streams by; memory holds one row.

    source: a path, or a binary stream (left open). Blank lines are no rows.
    Raises MappingError where the header lacks a column (before the first row), UnreadableError where the
    file cannot be read on (cut short, or a row without end), OSError where it cannot be opened.
    """
    with ExitStack() as opened:
        lines = _Lines(opened, source, mapping.encoding)
        header, delimiter = _header(lines, mapping)
        mapping.check(header)
        names = [name.strip() for name in header]
        lines.begin_row()
        table = _csv(lines, mapping, delimiter)
        while True:
            begins = lines.begin_row()
            try:
                cells = next(table, None)
            except csv.Error as fault:
                raise UnreadableError(
                    f"The row that begins here cannot be read ({fault}). A quote is probably never closed, "
                    f"or one field is longer than {LONGEST_FIELD:,} characters.",
                    begins,
                ) from fault
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield _row(begins, names, cells, mapping)


def _row(line: int, names: list[str], cells: list[str], mapping: Mapping) -> Row | LeftOut:
    if any(cell.strip() for cell in cells[len(names) :]):
        told = f"{len(cells)} columns where the header has {len(names)}; a quote may be missing"
        return LeftOut(line, "columns", told)
    row: dict[str, str] = {}
    for name, cell in zip(names, cells, strict=False):
        row.setdefault(name, cell)  # of two columns with one name, the first
    words = mapping.words.of(row)
    if not words:
        return LeftOut(line, "no words", _which(mapping, row))
    times: dict[str, datetime | None] = {}
    for key, time in (("sent_at", mapping.sent_at), ("closed_at", mapping.closed_at)):
        try:
            times[key] = _time(time, row)
        except (ValueError, OverflowError):
            assert time is not None
            wanted = " or ".join(time.formats)
            told = f"{time.column}: {_short(row.get(time.column, ''))} does not fit {wanted}"
            return LeftOut(line, "time", told)
    if mapping.sent_at and times["sent_at"] is None:
        return LeftOut(line, "no time", f"{mapping.sent_at.column} is empty")
    public = (mapping.public.of(row) or "").casefold()
    if public not in TRUE_WORDS | FALSE_WORDS:
        return LeftOut(line, "public", f"{mapping.public.column}: {_short(public)} is neither yes nor no")
    try:
        reach = _reach(mapping, row)
    except ValueError as fault:
        return LeftOut(line, "reach", str(fault))
    identifier = _cell(row, mapping.external_id)
    return Row(
        line=line,
        words=words,
        sent_at=times["sent_at"],
        closed_at=times["closed_at"],
        external_id=mapping.external_id_prefix + identifier if identifier else None,
        door=mapping.door.of(row) or "file",
        is_public=public in TRUE_WORDS,
        language=mapping.language.of(row),
        place=mapping.place.of(row),
        sender=Sender(_cell(row, mapping.email), _cell(row, mapping.phone), _cell(row, mapping.sender_name)),
        reach=reach,
    )


def _time(time: Time | None, row: dict[str, str]) -> datetime | None:
    written = row.get(time.column, "").strip() if time else ""
    return time.of(written) if time and written else None


def _reach(mapping: Mapping, row: dict[str, str]) -> dict[str, int]:
    figures = {}
    for name, column in mapping.reach.items():
        if written := row.get(column, "").strip():
            plain = written.replace(",", "").replace(" ", "").removesuffix(".0")
            if not (plain.isascii() and plain.isdigit() and len(plain) <= 15):
                raise ValueError(f"{column}: {_short(written)}")
            figures[name] = int(plain)
    return figures


def _cell(row: dict[str, str], column: str | None) -> str | None:
    return (row.get(column, "").strip() or None) if column else None


def _which(mapping: Mapping, row: dict[str, str]) -> str:
    identifier = _cell(row, mapping.external_id)
    return "no words" + (f" ({mapping.external_id}: {_short(identifier)})" if identifier else "")


def _short(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "...")


def _header(lines: _Lines, mapping: Mapping | None) -> tuple[list[str], str]:
    """The header and the delimiter: the mapping's, or whichever finds the most of the columns asked for."""
    wanted = set(mapping.columns()) if mapping else set()
    lines.begin_row()
    first = lines.peek()
    if first is None:
        raise UnreadableError("The file is empty; it needs a header line.")
    told = mapping.delimiter if mapping else None
    tried = [told] if told else [mark for mark in DELIMITERS.values() if mark]

    def found(mark: str) -> tuple[int, int]:
        try:
            names = {name.strip() for name in next(_csv([first], mapping, mark), [])}
        except csv.Error:
            return (-1, -1)
        return (len(names & wanted), len(names))

    delimiter = max(tried, key=found)
    try:
        return next(_csv(lines, mapping, delimiter)), delimiter
    except csv.Error as fault:
        raise UnreadableError(f"The header cannot be read ({fault}).", 1) from fault


def _csv(lines: Iterable[str], mapping: Mapping | None, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=mapping.quote if mapping else '"',
        escapechar=mapping.escape if mapping else None,
        doublequote=True,
        strict=False,
    )


class _Lines:
    """The file's lines as text, one at a time, with their numbers and a limit for a row that never ends."""

    def __init__(self, opened: ExitStack, source: Path | str | BinaryIO, encoding: str) -> None:
        self.number = 0
        self._begins = 1
        self._row_length = 0
        self._ahead: str | None = None
        stream = opened.enter_context(open(source, "rb")) if isinstance(source, Path | str) else source  # noqa: PTH123, SIM115
        peeked = stream if isinstance(stream, io.BufferedReader) else _buffered(opened, stream)
        if peeked.peek(2)[:2] == b"\x1f\x8b":
            peeked = cast(io.BufferedReader, opened.enter_context(gzip.GzipFile(fileobj=peeked)))
        start = peeked.peek(4)[:4]
        # UTF-16 puts a NUL beside every line end, so its lines must be cut after decoding.
        wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or encoding.lower().startswith(
            ("utf-16", "utf_16", "utf-32", "utf_32", "utf16", "utf32")
        )
        self._bytes = peeked
        self._encoding = "utf-8" if encoding == "auto" else encoding
        self._text: io.TextIOWrapper | None = None
        if wide:
            name = "utf-16" if encoding == "auto" else encoding
            self._text = io.TextIOWrapper(peeked, encoding=name, errors="replace", newline="")
            opened.callback(self._text.detach)

    def begin_row(self) -> int:
        """Forget the length so far; the line on which the next row begins."""
        self._row_length = 0
        self._begins = self.number + 1
        return self._begins

    def peek(self) -> str | None:
        if self._ahead is None:
            self._ahead = self._next()
        return self._ahead

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line, self._ahead = (self._ahead, None) if self._ahead is not None else (self._next(), None)
        if line is None:
            raise StopIteration
        self.number += 1
        self._row_length += len(line)
        if self._row_length > LONGEST_ROW:
            raise UnreadableError(
                f"The row that begins here is longer than {LONGEST_ROW:,} characters. "
                "A quote is probably never closed.",
                self._begins,
            )
        return line

    def _next(self) -> str | None:
        limit = LONGEST_ROW + 1
        try:
            if self._text is not None:
                line = self._text.readline(limit)
            else:
                read = self._bytes.readline(limit)
                line = self._decoded(read, first=self.number == 0)
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise UnreadableError(
                "The compressed file is cut short or damaged from here on; fetch it again.", self.number + 1
            ) from fault
        if not line:
            return None
        return line.replace("\0", "")

    def _decoded(self, read: bytes, *, first: bool) -> str:
        if first:
            read = read.removeprefix(codecs.BOM_UTF8)
        try:
            return read.decode(self._encoding)
        except UnicodeDecodeError:
            # Exports glued together from several programs hold lines of an older Western code page.
            return read.decode("cp1252", errors="replace")


def _buffered(opened: ExitStack, stream: BinaryIO) -> io.BufferedReader:
    """A stream that can be looked ahead into, without closing the caller's at the end."""
    buffered: io.BufferedReader = io.BufferedReader(_Readable(stream))
    opened.callback(buffered.detach)
    return buffered


class _Readable(io.RawIOBase):
    """Any object with read() as a raw stream: an upload, a socket's file, bytes in memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read = self._stream.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)
