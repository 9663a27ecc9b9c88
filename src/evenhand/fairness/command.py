"""`evenhand audit FILE`: does the same need get the same treatment, whichever way it came in? docs/audit.md"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import NoReturn

from evenhand.fairness.one_look import ENGINES, LEAST_CELL, ROWS, audit_tables
from evenhand.fairness.parity import shown, words
from evenhand.fairness.parity.findings import Audit
from evenhand.fairness.parity.rows import Period
from evenhand.fairness.tables import profiles
from evenhand.fairness.tables.asking import asked, margins
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.source import Tell

FINE, FINDING, WRONG = 0, 1, 2

_QUIET = 2.0  # seconds before progress is told


def run(arguments: Sequence[str]) -> int:
    """Do what the command line asks. Returns 0 where nothing is UNEQUAL, 1 where something is (or, if so asked, where
    that holds among all comparisons), 2 for wrong input."""
    try:
        said = _parser().parse_args(arguments)
    except SystemExit as ended:  # argparse has said why
        return int(ended.code or 0)
    try:
        with _tidied_when_ended():
            return _audit(said, ["evenhand", "audit", *arguments])
    except CannotRead as error:
        return _refuse(str(error))
    except BrokenPipeError:
        sys.stderr.close()
        return FINE
    except OSError as error:
        return _refuse(f"{error.filename or 'a file'}: {error.strerror or error}.")


@contextmanager
def _tidied_when_ended() -> Iterator[None]:
    """Told to end (SIGTERM), leave no part of a table behind in the folder for what is temporary."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # told a second time, it ends whatever it is at
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _audit(said: argparse.Namespace, command: Sequence[str]) -> int:
    wanted = asked(**{name: value for name, value in vars(said).items() if name not in _NOT_READING})
    limits = margins(said.margin)
    _check_places(said)
    with _Progress(sys.stderr.isatty()) as progress:
        audit = audit_tables(
            said.files,
            wanted,
            margins=limits,
            reference=said.reference,
            min_cell=said.min_cell,
            command=command,
            tell=progress.tell,
            engine=said.engine,
        )
    if said.html:
        from evenhand.fairness.report import page

        said.html.write_text(page.html(audit, title=said.title), encoding="utf-8")
    if said.json and said.json != "-":
        Path(said.json).write_text(shown.to_json(audit) + "\n", encoding="utf-8")
    if said.json == "-":
        told = shown.to_json(audit)
        _say((told if _can_be_said(told) else json.dumps(audit.to_dict(), indent=1)) + "\n")
    else:
        _say(_harmless(in_words(audit, said.title, said.html)))
    return FINDING if (audit.gap_holds if said.fail_on == HOLDING else audit.has_gap) else FINE


ANY, HOLDING = "any", "holding"
"""Which differences end with exit code 1: any comparison's own, or those that hold among all of them."""
_NOT_READING = {"files", "margin", "reference", "min_cell", "engine", "html", "json", "title", "fail_on"}


def _check_places(said: argparse.Namespace) -> None:
    """What is written can be written, and over nothing that is read, before anything long begins."""
    places = [
        place for place in (said.html, None if said.json in (None, "-") else Path(said.json)) if place is not None
    ]
    for place in places:
        if place.is_dir() or not place.absolute().parent.is_dir():
            raise CannotRead(f"{place} cannot be written: name a file in a folder that exists.")
        if not os.access(place if place.exists() else place.absolute().parent, os.W_OK):
            raise CannotRead(f"{place} cannot be written: you may not write there.")
    for place, other in combinations([*map(Path, said.files), *places], 2):
        if other in places and (place.absolute() == other.absolute() or _is_one_file(place, other)):
            raise CannotRead(f"{other} would be written over; name another file.")


def _is_one_file(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and one.samefile(other)


def in_words(audit: Audit, title: str | None = None, page: Path | None = None) -> str:
    """The finding for a terminal: in words, then the table, then what it rests on."""
    blocks = [*([title] if title else []), words.headline(audit), " ".join(words.lead(audit)), words.table_text(audit)]
    assumed = "\n".join(f"  {key.replace('_', ' ')}: {_plainly(value)}" for key, value in audit.assumed.items())
    blocks.append(f"Assumed\n{assumed}")
    if audit.left_out:
        out = "\n".join(f"  {many:,}: {words.plain(why)}" for why, many in audit.left_out.items())
        blocks.append(f"Left out, of {audit.rows:,} rows\n{out}")
    if audit.warnings:
        blocks.append("Mind\n" + "\n".join(f"  {words.plain(words.for_people(warning))}" for warning in audit.warnings))
    if page is not None:
        blocks.append(f"The page with all figures: {page}")
    return "\n\n".join(blocks) + "\n"


def _say(text: str) -> None:
    """To standard output, where there is one; question marks for letters that it does not have."""
    if sys.stdout is None:
        return
    if not _can_be_said(text):
        encoding = sys.stdout.encoding
        text = text.translate(_PLAINER).encode(encoding, "replace").decode(encoding)
    sys.stdout.write(text)
    sys.stdout.flush()


def _can_be_said(text: str) -> bool:
    """Whether standard output has all of these letters: a pipe on Windows, or an old terminal, may not."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


_PLAINER = str.maketrans({"−": "-", "—": "-", "–": "-", "…": "...", "“": '"', "”": '"', "·": "-", "’": "'"})


def _plainly(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(words.plain(each) for each in value) or "none"
    return words.plain(value)


def _harmless(text: str) -> str:
    """A text as it stands, without what moves a terminal's cursor or turns the direction of reading."""
    return "".join(c for c in text if c == "\n" or (unicodedata.category(c) != "Cc" and c not in words.TURNS))


def _refuse(why: str) -> int:
    sys.stderr.write(f"evenhand audit: {words.plain(why)}\n")
    return WRONG


class _Progress:
    """One line on a terminal's standard error that says how far it is; silent for what is quick."""

    def __init__(self, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._since = time.monotonic()
        self._told = False

    @property
    def tell(self) -> Tell | None:
        return self._tell if self._is_shown else None

    def _tell(self, doing: str, share: float) -> None:
        if time.monotonic() - self._since > _QUIET:
            self._told = True
            sys.stderr.write(f"\r{doing} … {share:4.0%} ")
            sys.stderr.flush()

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._told:
            sys.stderr.write("\r" + " " * 40 + "\r")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"evenhand audit: {message}; see evenhand audit --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="evenhand audit",
        description="Is the same need, on the same day, treated the same in every group? One look at any table of"
        " cases: CSV, TSV, Parquet, Excel; packed with gzip, zstd or zip or not; - is standard input. What you leave"
        " out is guessed, and said.",
        epilog="Exit code 1 where something is different, 2 where it was asked wrongly. The manual: docs/audit.md.",
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="one table, or several that are parts of one")

    columns = parser.add_argument_group("which column is what")
    columns.add_argument("--start", metavar="COLUMN", help='when a case began; "Date+Time" joins two columns')
    columns.add_argument("--end", metavar="COLUMN", help="when it was answered; empty while it is open")
    columns.add_argument("--wait", metavar="COLUMN", help="how long it took, where no column says when it ended")
    columns.add_argument("--by", metavar="COLUMN", action="append", help="the groups to compare; again for another")
    columns.add_argument("--need", metavar="COLUMN", action="append", help="the need; again for several; or none")
    columns.add_argument("--solved", metavar="COLUMN", help="a second end: when it was solved")
    columns.add_argument("--standard", metavar="COLUMN|LENGTH", help="due dates, hours, or one length: 4h, 3d, P2D")
    columns.add_argument("--in-time", metavar="COLUMN[=YES]", action="append", help="whether it was in time, if told")
    columns.add_argument("--remedy", metavar="COLUMN[=YES]", action="append", help="yes or no, or an amount")
    columns.add_argument("--amount", metavar="COLUMN", help="how much the remedy was")
    columns.add_argument("--recoded", metavar="COLUMN", help="the need as coded a second time, blind")
    columns.add_argument("--day", metavar="COLUMN", help="the day to compare within, if not that of the start")
    columns.add_argument(
        "--profile", metavar="NAME|FILE", help=f"columns by a profile: {', '.join(profiles.shipped())}; or a TOML file"
    )

    rows = parser.add_argument_group("which rows count")
    rows.add_argument("--where", metavar="COLUMN=VALUE", action="append", help="only these; != for all but these")
    rows.add_argument(
        "--unanswered", metavar="COLUMN=VALUE", action="append", help="such a case was closed without an answer"
    )
    rows.add_argument("--one-per", metavar="COLUMN", help="several rows are one case; with --keep")
    rows.add_argument("--keep", choices=("first", "last"), help="the row of a case that counts, in the table's order")
    rows.add_argument("--censored-at", metavar="TIME|COLUMN", help="when the table was taken (its latest time)")
    rows.add_argument("--missing", metavar="WORD", action="append", help="a word that stands for an empty cell")
    rows.add_argument("--leave-out", action="store_true", help="leave out all rows that cannot be read, and go on")

    times = parser.add_argument_group("how times are read")
    times.add_argument("--zone", metavar="ZONE", help="of times that name none (UTC), and of the days")
    times.add_argument(
        "--dates", metavar="HOW", help="day-first, month-first, iso, excel, or formats such as '%%d.%%m.%%Y'"
    )
    times.add_argument("--calendar", metavar="HOURS|FILE", help='business hours: "mon-fri 09:00-17:00 Europe/Berlin"')
    times.add_argument("--sheet", metavar="NAME", help="of an Excel file; its first filled one without")

    judging = parser.add_argument_group("how it is judged")
    judging.add_argument(
        "--cells", choices=[str(each) for each in Period], help="the period within which cases are compared (day)"
    )
    judging.add_argument("--margin", metavar="SIZE", action="append", help="what counts as none: 10%%, 5pts, 15min")
    judging.add_argument("--reference", metavar="GROUP", help="whom to compare with (the largest group)")
    judging.add_argument("--min-cell", metavar="N", type=_count, default=LEAST_CELL, help="least shown (10)")

    judging.add_argument(
        "--engine",
        choices=ENGINES,
        default=ROWS,
        help="who adds up: rows in memory; duckdb, in little memory whatever the size; spark, on many machines",
    )

    results = parser.add_argument_group("what is written")
    results.add_argument("--html", metavar="FILE", type=Path, help="one page with all figures and charts")
    results.add_argument("--json", metavar="FILE", help="the figures as JSON; - is standard output")
    results.add_argument(
        "--fail-on",
        choices=(ANY, HOLDING),
        default=ANY,
        help="exit code 1 for any difference found, or for one that many comparisons do not explain by chance",
    )
    results.add_argument("--title", metavar="WORDS", help="what stands above the page")
    return parser


def _count(given: str) -> int:
    if not given.isdigit() or not 1 <= int(given) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{given!r} is no number of cases")
    return int(given)
