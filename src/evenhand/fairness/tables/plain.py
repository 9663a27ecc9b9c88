"""Any file as a plain one: compressed, streamed or strangely encoded in; Parquet or UTF-8 text, on the disk, out."""

from __future__ import annotations

import codecs
import gzip
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from evenhand.fairness.tables.errors import CannotRead

LONGEST_LINE = 16_000_000
"""Bytes. A longer line is no row of a table, and would fill the memory."""

_CHUNK = 1 << 20

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PARQUET = b"PAR1"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_TABLES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "an SQLite database",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"ARROW1": "an Arrow file",
}


@dataclass(frozen=True)
class Plain:
    """A file to read. told: what people know it by. path: where its plain form lies. notes: what was assumed."""

    told: str
    path: Path
    is_parquet: bool = False
    notes: dict[str, str] = field(default_factory=dict)


def plain(given: str | Path, scratch: Path, *, sheet: str | None = None, again_as: str | None = None) -> Plain:
    """The plain form of a file; `-` is standard input. What has to be written goes into `scratch`.

    again_as: the encoding of a text that turned out not to be UTF-8. Raises CannotRead.
    """
    told = "standard input" if str(given) == "-" else str(given)
    path = Path(given)
    try:
        if str(given) == "-":
            path = scratch / f"{len(list(scratch.iterdir()))}.in"
            with path.open("xb") as out:
                for chunk in iter(lambda: sys.stdin.buffer.read(_CHUNK), b""):
                    out.write(chunk)
        if path.is_dir():
            raise CannotRead(f"{told} is a folder; name the file in it.")
        with path.open("rb") as file:
            head = file.read(4096)
        return _plain(told, path, head, scratch, sheet, again_as)
    except FileNotFoundError as error:
        raise CannotRead(f"{told}: there is no such file{_near(path)}.") from error
    except OSError as error:
        raise CannotRead(f"{told} cannot be read: {error.strerror or error}.") from error


def _near(path: Path) -> str:
    from difflib import get_close_matches

    try:
        beside = [each.name for each in path.parent.iterdir()]
    except OSError:
        return ""
    close = get_close_matches(path.name, beside, 1)
    return f"; is it {close[0]}" if close else ""


def _plain(told: str, path: Path, head: bytes, scratch: Path, sheet: str | None, again_as: str | None) -> Plain:
    if not head:
        raise CannotRead(f"{told} is empty; give a table with a header and rows.")
    if head.startswith(_PARQUET):
        return Plain(told, path, is_parquet=True)
    if head.startswith((_ZIP, _OLE)):
        from evenhand.fairness.tables.sheets import as_text

        out = _room(scratch)
        notes = as_text(told, path, out, sheet)
        return Plain(told, out, notes=notes)
    for start, what in _NO_TABLES.items():
        if head.startswith(start):
            raise CannotRead(f"{told} is {what}; give CSV, TSV, Parquet or Excel, packed with gzip or zstd or not.")
    if head.startswith(_GZIP):
        return _text(told, path, _unpacked(told, path), scratch, again_as)
    if head.startswith(_ZSTD):
        from evenhand.fairness.tables.zstd import unpack

        out = _room(scratch)
        unpack(told, path, out)
        with out.open("rb") as file:
            return _plain(told, out, file.read(4096), scratch, sheet, again_as)
    return _text(told, path, None, scratch, again_as)


def _room(scratch: Path) -> Path:
    return scratch / f"{len(list(scratch.iterdir()))}.plain"


def _unpacked(told: str, path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CannotRead(f"{told} is broken: its gzip packing ends early or is damaged. Fetch it again.") from error


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _text(told: str, path: Path, unpacked: Iterator[bytes] | None, scratch: Path, again_as: str | None) -> Plain:
    """A text on the disk in UTF-8, every line of it short enough."""
    if unpacked is None:
        with path.open("rb") as file:
            head = file.read(4)
            encoding = again_as or _by_its_mark(head)
            file.seek(0)
            if encoding is None:
                for _ in _checked(told, _chunks(file)):
                    pass
                return Plain(told, path)
            return _written(told, _chunks(file), encoding, scratch)
    first = next(unpacked, b"")
    if not first:
        raise CannotRead(f"{told} is empty; give a table with a header and rows.")

    def all_of_it() -> Iterator[bytes]:
        yield first
        yield from unpacked

    if first.startswith(_PARQUET):
        out = _room(scratch)
        with out.open("xb") as to:
            to.writelines(all_of_it())
        return Plain(told, out, is_parquet=True)
    return _written(told, all_of_it(), again_as or _by_its_mark(first), scratch)


def _by_its_mark(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _written(told: str, chunks: Iterator[bytes], encoding: str | None, scratch: Path) -> Plain:
    out = _room(scratch)
    notes = {}
    if encoding is not None:
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        chunks = (decoder.decode(chunk).encode("utf-8", "replace") for chunk in chunks)
        notes["encoding"] = encoding
    with out.open("xb") as to:
        to.writelines(_checked(told, chunks))
    return Plain(told, out, notes=notes)


def _checked(told: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes; stops where a line is longer than any row."""
    since = 0
    for chunk in chunks:
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        since = len(chunk) - last - 1 if last >= 0 else since + len(chunk)
        if since > LONGEST_LINE:
            raise CannotRead(
                f"{told}: a line is longer than {LONGEST_LINE // 1_000_000} MB, so this is no table of rows;"
                " is a line break or a closing quote missing?"
            )
        yield chunk
