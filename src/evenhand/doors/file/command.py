"""`evenhand import KIND FILE`: look at a file, say what would come of it, and with --yes bring it in."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from django.db import DatabaseError
from django.utils import timezone

from evenhand.care.cases.catalogue import NoPlaceYet, catalogue
from evenhand.care.cases.hands import NobodyWorksHere
from evenhand.doors.file.importing import NOTES, Count, Source, bring_in, look
from evenhand.doors.file.mapping import Mapping, MappingError, fitting, mapping_file, shipped
from evenhand.doors.file.reading import UnreadableError, header_of
from evenhand.doors.intake import MOST_WORDS

KINDS = ("csv", "zendesk", "freshdesk", "mbox")
FINE, UNFINISHED, WRONG = 0, 1, 2
A_WHILE = 2.0  # seconds between two lines of progress where they cannot be written over each other


class _Unusable(Exception):
    """What cannot be done and what to do instead."""


def run(arguments: Sequence[str]) -> int:
    """Do what the command line asks. Returns 0 when it was done, 1 when it stopped half-way, 2 for wrong input."""
    try:
        asked = _parser().parse_args(arguments)
    except SystemExit as ended:  # argparse has said why
        return int(ended.code or 0)
    # With --json - standard output belongs to the JSON alone.
    aloud = sys.stderr if asked.json == "-" else sys.stdout
    try:
        return _import(asked, aloud)
    except _Unusable as error:
        return _refuse(str(error))
    except MappingError as error:
        return _refuse("The mapping does not fit.\n" + "\n".join(f"  {problem}" for problem in error.problems))
    except UnreadableError as error:
        return _refuse(f"{asked.file}: {error} Mend the file and run it again; what is in already stays as it is.")
    except OSError as error:
        return _refuse(f"{asked.file} cannot be read: {error.strerror or error}.")
    except (NoPlaceYet, NobodyWorksHere) as error:
        return _refuse(f"{error} What was counted above is not in yet.")
    except DatabaseError as error:
        return _refuse(
            f"The database does not answer ({type(error).__name__}). Is it set up (`evenhand migrate`) and free? "
            "Run the same command again: nothing is lost or doubled."
        )
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Run the same command again to go on: nothing is lost or doubled.\n")
        return UNFINISHED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evenhand import",
        description="Let in contacts from a file. Without --yes it only says what would come of it.",
        epilog="Rows that are closed or older than 30 days become history: no confirmation, no promise, no place in "
        "line. The others are cases and keep their true age. Running it again brings nothing in twice.",
    )
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help="csv (zendesk, freshdesk and mbox come later)")
    parser.add_argument("file", type=Path, metavar="FILE", help="the table; it may be compressed with gzip")
    parser.add_argument(
        "--mapping",
        metavar="NAME|FILE",
        help="which column is what: a shipped mapping (" + ", ".join(each.name for each in shipped()) + ") or a "
        "TOML file; guessed from the header when left out",
    )
    parser.add_argument("--yes", action="store_true", help="bring it in")
    parser.add_argument("--place", metavar="NAME", help="the place of rows that name none")
    parser.add_argument("--source", metavar="NAME", help="whose ids these are; the mapping's name when left out")
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; - is standard output")
    return parser


def _import(asked: argparse.Namespace, aloud: TextIO) -> int:
    if asked.kind != "csv":
        raise _Unusable(
            f"Importing {asked.kind} directly comes later. Export a table from it and use `evenhand import csv FILE`."
        )
    mapping = _mapping(asked.file, asked.mapping, aloud)
    source = Source(name=asked.source or mapping.name, mapping=mapping, place=_place(asked.place))
    seen = look(asked.file, source, timezone.now())
    _say(aloud, _sentences(seen, is_done=False))
    if not asked.yes:
        _say(aloud, ["", "Nothing has been changed. Add --yes to bring it in."])
        _write_json(asked, _facts(asked, source, seen, is_done=False))
        return FINE
    progress = _Progress(sys.stderr, seen.tally.rows)
    done = bring_in(asked.file, source, timezone.now, progress.at)
    progress.end()
    _say(aloud, ["", *_sentences(done, is_done=True)])
    _write_json(asked, _facts(asked, source, done, is_done=True))
    return FINE


def _mapping(file: Path, named: str | None, aloud: TextIO) -> Mapping:
    """The mapping that was named, or the shipped one that fits the file's header."""
    if named is None:
        header = header_of(file)
        if (found := fitting(header)) is None:
            columns = ", ".join(repr(name.strip()) for name in header)
            raise _Unusable(
                f"No shipped mapping fits {file}. Its columns are: {columns}.\n"
                "Say which column is what in a small file and name it with --mapping FILE, for example:\n\n"
                f'    [words]\n    column = "{header[-1].strip()}"\n\n    [sent_at]\n    column = "…"\n\n'
                '    [external_id]\n    column = "…"\n\n'
                "docs/import.md describes all that a mapping can say."
            )
        _say(aloud, [f"Read as: {found.title} (--mapping {found.name}, guessed from the header)."])
        return found
    if shipped_one := next((each for each in shipped() if each.name == named), None):
        return shipped_one
    if not Path(named).is_file():
        names = ", ".join(each.name for each in shipped())
        raise _Unusable(f"There is no mapping {named!r}: it is neither a file nor one of {names}.")
    try:
        return mapping_file(Path(named))
    except UnicodeDecodeError:
        raise _Unusable(f"The mapping {named} is not UTF-8 text.") from None


def _place(slug: str | None) -> str | None:
    if slug is not None and slug not in (places := catalogue().places):
        raise _Unusable(f"There is no place {slug!r}; there are: {', '.join(places) or 'none yet'}.")
    return slug


def _sentences(count: Count, *, is_done: bool) -> list[str]:
    told = [
        f"{count.let_in:,} {'are cases now' if is_done else 'become cases'}, each in line at its true age; "
        f"{count.confirmed:,} of them left an address and {'are' if is_done else 'will be'} confirmed to it.",
        f"{count.history:,} {'are' if is_done else 'become'} history: closed, or older than 30 days.",
        f"{count.already:,} {'were' if is_done else 'are'} in already.",
    ]
    told = [*count.tally.lines(), *told]
    if count.too_long:
        lines = ", ".join(f"{line:,}" for line in count.too_long[:3])
        told.append(f"{len(count.too_long):,} left out: longer than {MOST_WORDS:,} characters (line {lines} …).")
    for what, number in count.notes.most_common():
        lines = ", ".join(f"{line:,}" for line in count.examples[what])
        more = " …" if number > len(count.examples[what]) else ""
        told.append(f"{number:,} {NOTES[what]} (line {lines}{more}).")
    if not is_done and count.preview:
        told += ["", "The first rows, as they are read:"]
        for row in count.preview:
            where = f" at {row['place']}" if row["place"] else ""
            told.append(f"  line {row['line']:,}: {row['becomes']}{where}, sent {row['sent_at']} by {row['door']}")
            told.append(f"    “{row['words']}”")
    return told


def _facts(asked: argparse.Namespace, source: Source, count: Count, *, is_done: bool) -> dict[str, Any]:
    tally = count.tally
    return {
        "file": str(asked.file),
        "mapping": source.mapping.name,
        "source": source.name,
        "is_done": is_done,
        "rows": tally.rows,
        "cases": count.let_in,
        "confirmed": count.confirmed,
        "history": count.history,
        "already_in": count.already,
        "left_out": dict(tally.left_out) | ({"too long": len(count.too_long)} if count.too_long else {}),
        "notes": {what: {"rows": number, "lines": count.examples[what]} for what, number in count.notes.items()},
        "first_sent_at": tally.first_sent_at.isoformat() if tally.first_sent_at else None,
        "last_sent_at": tally.last_sent_at.isoformat() if tally.last_sent_at else None,
        "first_rows": count.preview,
    }


def _write_json(asked: argparse.Namespace, facts: dict[str, Any]) -> None:
    if asked.json is None:
        return
    text = json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
    if asked.json == "-":
        sys.stdout.write(text)
        return
    try:
        Path(asked.json).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _Unusable(f"{asked.json} cannot be written: {error.strerror}. What is said above was done.") from None


def _say(aloud: TextIO, lines: Sequence[str]) -> None:
    aloud.write("\n".join(lines) + "\n")
    aloud.flush()


def _refuse(why: str) -> int:
    sys.stderr.write(f"evenhand import: {why}\n")
    return WRONG


class _Progress:
    """One line that says how far it is: written over itself on a terminal, now and then elsewhere."""

    def __init__(self, stream: TextIO, rows: int) -> None:
        self._stream, self._rows, self._last, self._is_terminal = stream, rows, time.monotonic(), stream.isatty()

    def at(self, done: int) -> None:
        now = time.monotonic()
        if self._is_terminal or now - self._last >= A_WHILE:
            self._last = now
            share = 100 * done // max(self._rows, 1)
            text = f"{done:,} of {self._rows:,} rows ({share} %)"
            self._stream.write(f"\r{text}" if self._is_terminal else f"{text}\n")
            self._stream.flush()

    def end(self) -> None:
        if self._is_terminal:
            self._stream.write("\n")
