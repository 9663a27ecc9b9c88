"""Any file as a plain one: compressed, streamed or strangely encoded in; Parquet or UTF-8 text, on the disk, out."""

from __future__ import annotations

import codecs
import gzip
import io
import select
import sys
import zipfile
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


def plain(given: str | Path, scratch: Path, *, sheet: str | None = None) -> Plain:
    """The plain form of a file; `-` is standard input. What must be written goes into `scratch`. Raises CannotRead."""
    told = "standard input" if str(given) == "-" else str(given)
    path = Path(given)
    try:
        if str(given) == "-":
            if sys.stdin is None:
                raise CannotRead("standard input is closed; name a file.")
            path = _kept(told, sys.stdin.buffer, scratch)
        if path.is_dir():
            raise CannotRead(f"{told} is a folder; name the file in it.")
        if path.exists() and not path.is_file():  # a pipe runs once, and is read more often than that
            with path.open("rb") as pipe:
                path = _kept(told, pipe, scratch)
        with path.open("rb") as file:
            head = file.read(4096)
        return _plain(told, path, head, scratch, sheet)
    except FileNotFoundError as error:
        raise CannotRead(f"{told}: there is no such file{_near(path)}") from error
    except OSError as error:
        raise CannotRead(f"{told} cannot be read: {error.strerror or error}.") from error


def _kept(told: str, stream: BinaryIO, scratch: Path) -> Path:
    """What comes out of a stream, as a file. Raises CannotRead where a line is too long."""
    path = _room(scratch)
    with path.open("xb") as out:
        out.writelines(_checked(told, _arriving(stream)))
    return path


def _arriving(stream: BinaryIO) -> Iterator[bytes]:
    """What comes out of a stream, as it comes. It looks up every second: who was told to end in the moment before it
    began to wait would otherwise sleep through it."""
    while True:
        if not _is_ready(stream):
            continue
        chunk = stream.read1(_CHUNK) if isinstance(stream, io.BufferedReader) else stream.read(_CHUNK)
        if not chunk:
            return
        yield chunk


def _is_ready(stream: BinaryIO) -> bool:
    """Whether something has come, or the end, within a second; where that cannot be asked, it is taken to be so."""
    try:
        return bool(select.select([stream], [], [], 1.0)[0])
    except (OSError, ValueError):
        return True


def _near(path: Path) -> str:
    from difflib import get_close_matches

    try:
        beside = [each.name for each in path.parent.iterdir()]
    except OSError:
        return "."
    close = get_close_matches(path.name, beside, 1)
    return f"; did you mean {close[0]}?" if close else "."


def _plain(told: str, path: Path, head: bytes, scratch: Path, sheet: str | None) -> Plain:
    if not head:
        raise CannotRead(f"{told} is empty; give a table with a header and rows.")
    if sheet is not None and not head.startswith((_ZIP, _OLE, _GZIP, _ZSTD)):
        raise CannotRead(f"{told} has no sheets; leave out --sheet.")
    if head.startswith(_PARQUET):
        return Plain(told, path, is_parquet=True)
    if head.startswith(_ZIP) and (inside := _one_packed(told, path)) is not None:
        out = _room(scratch)
        with out.open("xb") as to:
            to.writelines(_checked(told, _unzipped(told, path, inside)))
        return _unpacked_once(told, out, scratch, sheet)
    if head.startswith((_ZIP, _OLE)):
        from evenhand.fairness.tables.sheets import as_text

        out = _room(scratch)
        return Plain(told, out, notes=as_text(told, path, out, sheet))
    for start, what in _NO_TABLES.items():
        if head.startswith(start):
            raise CannotRead(
                f"{told} is {what}; give CSV, TSV, Parquet or Excel, packed with gzip, zstd or zip or not."
            )
    if head.startswith((_GZIP, _ZSTD)):
        out = _room(scratch)
        if head.startswith(_GZIP):
            with out.open("xb") as to:
                to.writelines(_checked(told, _unpacked(told, path)))
        else:
            from evenhand.fairness.tables.zstd import unpack

            unpack(told, path, out)
        return _unpacked_once(told, out, scratch, sheet)
    return _text(told, path, scratch)


def _unpacked_once(told: str, out: Path, scratch: Path, sheet: str | None) -> Plain:
    with out.open("rb") as file:
        head = file.read(4096)
    is_packed = head.startswith((_GZIP, _ZSTD)) or (head.startswith(_ZIP) and _one_packed(told, out) is not None)
    if is_packed:
        raise CannotRead(f"{told} is packed twice; unpack it once.")
    return _plain(told, out, head, scratch, sheet)


_OF_OFFICES = {"[Content_Types].xml", "content.xml", "mimetype"}
"""What lies in tables of Excel and OpenDocument, which are zip archives too."""


def _one_packed(told: str, path: Path) -> str | None:
    """The one file in a zip archive; None where it is a table of Excel or the like. Raises CannotRead."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [each.filename for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError):
        return None  # whoever reads Excel says what is wrong with it
    if _OF_OFFICES & set(names):
        return None
    tables = [name for name in names if not name.startswith("__MACOSX/")]
    if len(tables) != 1:
        some = f"{', '.join(tables[:3])}{', …' if len(tables) > 3 else ''}"
        raise CannotRead(
            f"{told} holds {len(tables)} files{f' ({some})' if tables else ''}; unpack it and name the table."
        )
    return tables[0]


def _unzipped(told: str, path: Path, inside: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(inside) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise CannotRead(f"{told} cannot be unpacked: it is damaged, or locked by a password.") from error


def _room(scratch: Path) -> Path:
    return scratch / f"{len(list(scratch.iterdir()))}.plain"


def _unpacked(told: str, path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as file:
            yield from _chunks(file)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CannotRead(f"{told} is broken: its gzip packing ends early or is damaged. Fetch it again.") from error


def _chunks(file: BinaryIO | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _checked(told: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes; stops where a line of text is longer than any row. Parquet has no lines."""
    since = 0
    is_text = None
    for chunk in chunks:
        if is_text is None:
            is_text = not chunk.startswith((_PARQUET, _ZIP, _OLE))
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        since = len(chunk) - last - 1 if last >= 0 else since + len(chunk)
        if is_text and since > LONGEST_LINE:
            raise CannotRead(
                f"{told}: a line is longer than {LONGEST_LINE // 1_000_000} MB, so this is no table of rows;"
                " is a line break or a closing quote missing?"
            )
        yield chunk


def _text(told: str, path: Path, scratch: Path) -> Plain:
    """A text on the disk in UTF-8, every line of it short enough."""
    with path.open("rb") as file:
        encoding = _encoding(told, file)
        if encoding is None:
            return Plain(told, path)
        file.seek(0)
        out = _room(scratch)
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        with out.open("xb") as to:
            for chunk in _chunks(file):
                to.write(decoder.decode(chunk).encode("utf-8", "replace"))
            to.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    notes = {"encoding": encoding if encoding != "utf-8" else "utf-8, with broken letters"}
    return Plain(told, out, notes=notes)


def _encoding(told: str, file: BinaryIO) -> str | None:
    """How a text must be decoded; None where it is sound UTF-8. Raises CannotRead where a line is too long."""
    chunks = _checked(told, _chunks(file))
    decoder = codecs.getincrementaldecoder("utf-8")()
    for nth, chunk in enumerate(chunks):
        if nth == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            for _ in chunks:  # the lines further down are looked at too
                pass
            # Windows' own letters, unless most of the letters beyond ASCII are sound.
            text = chunk.decode("utf-8", "replace")
            broken = text.count("\ufffd")
            return "utf-8" if sum(letter > "\x7f" for letter in text) > 2 * broken else "windows-1252"
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "utf-8"
    return None
