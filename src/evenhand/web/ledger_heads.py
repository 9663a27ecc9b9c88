"""The ledger's head, kept in a file outside the database, so that a cut-off end is found."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "ledger-heads.txt"


class Shorter(Exception):
    """The ledger ends before, or differs from, the head that was kept outside the database."""


def read(data: Path) -> dict[int, str]:
    """Each head kept, by number. What was written first holds: a later line cannot excuse a changed entry."""
    heads: dict[int, str] = {}
    try:
        lines = (data / NAME).read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return heads
    for line in lines:
        seq, _, digest = line.partition(" ")
        if seq.isdigit() and len(digest) == 64:  # a line torn by a power cut is none
            heads.setdefault(int(seq), digest)
    return heads


def keep(data: Path, head: tuple[int, str] | None) -> bool:
    """Append the head where it is new; True where it was. Raises Shorter where the ledger has lost its end."""
    before = _last(data)
    if head is None:
        if before is not None:
            raise Shorter
        return False
    if before is not None and (head[0] < before[0] or (head[0] == before[0] and head[1] != before[1])):
        raise Shorter
    if before == head:
        return False
    path = data / NAME
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(file).st_size
        is_torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, ("\n" if is_torn else "").encode() + f"{head[0]} {head[1]}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
    if is_new:
        folder = os.open(data, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True


def _last(data: Path, tail: int = 4_096) -> tuple[int, str] | None:
    """The last whole line, found without reading the file from its start."""
    try:
        with (data / NAME).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - tail))
            lines = file.read().decode("ascii", "replace").splitlines()
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        seq, _, digest = line.partition(" ")
        if seq.isdigit() and len(digest) == 64:
            return int(seq), digest
    return None
