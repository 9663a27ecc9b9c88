"""Bring a table's rows in: open ones into their lines at their true age, the rest as history. Harmless to repeat."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.inserting import insert_all
from evenhand.care.ledger import writing as ledger
from evenhand.doors.file.mapping import Mapping
from evenhand.doors.file.reading import LeftOut, Row, Sender, Tally, read_rows
from evenhand.doors.intake import MOST_WORDS, Knock, Refused, believed, let_in_all, spoken
from evenhand.doors.models import Arrival, History
from evenhand.identity.recognise import Caller, NotAnAddress, one_line, written_email, written_phone

OPEN_AT_MOST = timedelta(days=30)
"""Older rows are history, whether they were closed or not."""
BATCH = 500
EXAMPLES = 3

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

NOTES = {
    "other words": "known by their id already, with other words: the first ones stand, these are not let in. "
    "If the ids are another system's, give this file a --source of its own",
    "no address": "have an address that is none; they are let in without it",
    "no such place": "name a place that is not set up here; they go to --place, or else to the head office",
    "language": "have a language that is no tag such as en or es-MX; they are taken as English",
    "time to come": "were sent in the future, by their time; they count from now",
    "no time": "do not say when they were sent; they count from now",
}


@dataclass(frozen=True)
class Source:
    """Where rows come from and how they are read. One name, one set of ids: a row is known again by both."""

    name: str
    mapping: Mapping
    place: str | None = None

    @property
    def account(self) -> str:
        return f"file:{self.name}"[:80]


@dataclass
class Count:
    """What an import came to, or would."""

    tally: Tally = field(default_factory=Tally)
    let_in: int = 0
    history: int = 0
    already: int = 0
    too_long: list[int] = field(default_factory=list)
    confirmed: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[int]] = field(default_factory=dict)
    preview: list[dict[str, Any]] = field(default_factory=list)

    def note(self, what: str, line: int) -> None:
        self.notes[what] += 1
        lines = self.examples.setdefault(what, [])
        if len(lines) < EXAMPLES:
            lines.append(line)

    @property
    def left_out(self) -> int:
        return self.tally.left_out.total() + len(self.too_long)


@dataclass
class _Sorted:
    """One batch, sorted by what becomes of each row."""

    knocks: list[Knock] = field(default_factory=list)
    history: list[tuple[object, ...]] = field(default_factory=list)


def look(path: Path, source: Source, now: datetime) -> Count:
    """What an import of this file would come to; writes nothing.

    Raises MappingError, UnreadableError and OSError as reading does.
    """
    count, seen = Count(), dict[str, str]()
    for rows in _batches(path, source, count):
        seen |= _known(rows, source)
        _sort(rows, source, now, seen, count)
    return count


def bring_in(path: Path, source: Source, clock: Callable[[], datetime], told: Callable[[int], None]) -> Count:
    """Import a file, batch by batch, each in one transaction. Stopped at any point and run again, it goes on.

    clock: gives the present time, asked for each batch. told: called with how many rows have been dealt with.
    """
    count, done = Count(), 0
    for rows in _batches(path, source, count):
        now = clock()
        try:
            _bring_in_batch(rows, source, now, count)
        except IntegrityError:
            # Another import of the same source was quicker: what it brought in is known now.
            _bring_in_batch(rows, source, now, count)
        done += len(rows)
        told(done)
    return count


def _bring_in_batch(rows: Sequence[Row], source: Source, now: datetime, count: Count) -> None:
    with transaction.atomic():
        batch_count = Count()
        batch = _sort(rows, source, now, _known(rows, source), batch_count)
        insert_all(
            History,
            (
                "external_id",
                "account",
                "door",
                "words",
                "language",
                "place_id",
                "is_public",
                "sent_at",
                "closed_at",
                "more",
            ),
            batch.history,
        )
        if batch.history:
            facts = {"rows": len(batch.history)}
            ledger.write(ledger.Act("history brought in", now, source.account, facts=facts))
        let_in_all(batch.knocks, now)
    # Counted once it is on the disk.
    count.let_in += batch_count.let_in
    count.history += batch_count.history
    count.already += batch_count.already
    count.confirmed += batch_count.confirmed
    count.too_long += batch_count.too_long
    count.notes += batch_count.notes
    for what, lines in batch_count.examples.items():
        kept = count.examples.setdefault(what, [])
        kept += lines[: EXAMPLES - len(kept)]
    count.preview += batch_count.preview[: EXAMPLES - len(count.preview)]


def _batches(path: Path, source: Source, count: Count) -> Iterator[list[Row]]:
    """Rows by the batch; what is left out is tallied on the way."""
    batch: list[Row] = []
    with closing(read_rows(path, source.mapping)) as items:  # type: ignore[type-var]
        for item in items:
            count.tally.add(item)
            if isinstance(item, LeftOut):
                continue
            batch.append(item)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def identified(row: Row) -> str:
    """The name by which a row is known again: its id in the file, or else what it says and where it stands."""
    if row.external_id and len(row.external_id) <= 200:
        return row.external_id
    said = row.external_id or f"{row.line}\0{row.words}\0{row.sent_at}\0{row.sender}"
    return "row-" + hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:40]


def _known(rows: Sequence[Row], source: Source) -> dict[str, str]:
    """Rows of this source that are in already, as cases or as history: digests of their ids and words."""
    names = [identified(row) for row in rows]
    let_in = Arrival.objects.named([source.account], names).values_list("external_id", "contact__words")
    history = History.objects.filter(account=source.account, external_id__in=names).values_list("external_id", "words")
    return {_digest(name): _digest(words) for name, words in (*let_in, *history)}


def _sort(rows: Sequence[Row], source: Source, now: datetime, known: dict[str, str], count: Count) -> _Sorted:
    """Sort one batch, count it, and add to known what is new in it."""
    batch, book = _Sorted(), catalogue()
    for row in rows:
        name = identified(row)
        digest, words = _digest(name), _digest(_kept(row.words))
        if digest in known:
            count.already += 1
            if known[digest] != words:
                count.note("other words", row.line)
            continue
        sent_at = _sent_at(row, now, count)
        is_history = row.closed_at is not None or now - sent_at > OPEN_AT_MOST
        if not is_history and len(row.words) > MOST_WORDS and not _fits(row.words):
            count.too_long.append(row.line)
            continue
        known[digest] = words
        language = _language(row, count)
        place = row.place if row.place in book.places else source.place
        if row.place and row.place not in book.places:
            count.note("no such place", row.line)
        if is_history:
            count.history += 1
            place_id = book.places[place].pk if place in book.places else None
            batch.history.append(
                (
                    name,
                    source.account,
                    written_door(row.door),
                    row.words,
                    language,
                    place_id,
                    row.is_public,
                    sent_at,
                    row.closed_at,
                    _more(row),
                )
            )
        else:
            caller = _caller(row, count)
            count.let_in += 1
            count.confirmed += bool(caller.email or caller.phone)
            batch.knocks.append(
                Knock(
                    door=written_door(row.door),
                    words=row.words,
                    sent_at=sent_at,
                    account=source.account,
                    language=language,
                    place=place,
                    caller=caller,
                    is_public=row.is_public,
                    reach=row.reach,
                    external_id=name,
                    wants_link=False,
                )
            )
        if len(count.preview) < EXAMPLES:
            count.preview.append(_shown(row, sent_at, place, is_history=is_history))
    return batch


def _sent_at(row: Row, now: datetime, count: Count) -> datetime:
    if row.sent_at is None:
        count.note("no time", row.line)
    elif row.sent_at > now:
        count.note("time to come", row.line)
    return believed(row.sent_at, now)


def _language(row: Row, count: Count) -> str:
    if not row.language:
        return "en"
    if not _LANGUAGE.fullmatch(row.language):
        count.note("language", row.line)
        return "en"
    return row.language if len(row.language) <= 8 else row.language.partition("-")[0]


def _caller(row: Row, count: Count) -> Caller:
    """Who wrote it, as far as the row's addresses are addresses."""
    email = _address(row.sender.email, written_email, row.line, count)
    phone = _address(row.sender.phone, written_phone, row.line, count)
    return Caller(email=email, phone=phone, name=row.sender.name or "", language=row.language or "")


def _address(given: str | None, written: Callable[[str], str], line: int, count: Count) -> str:
    if not given:
        return ""
    try:
        return written(given)
    except NotAnAddress:
        count.note("no address", line)
        return ""


def _more(row: Row) -> dict[str, Any]:
    sender: Sender = row.sender
    told = {"email": sender.email, "phone": sender.phone, "name": sender.name}
    more: dict[str, Any] = {}
    if sender_told := {name: value for name, value in told.items() if value}:
        more["from"] = sender_told
    if row.reach:
        more["reach"] = dict(row.reach)
    if row.place:
        more["place"] = row.place
    return more


def written_door(door: str) -> str:
    """A door's name as we write it: small letters, digits and hyphens, at most twenty."""
    plain = re.sub(r"[^a-z0-9]+", "-", door.casefold()).strip("-")[:20].strip("-")
    return plain or "file"


def _shown(row: Row, sent_at: datetime, place: str | None, *, is_history: bool) -> dict[str, Any]:
    return {
        "line": row.line,
        "becomes": "history" if is_history else "a case",
        "sent_at": sent_at.isoformat(timespec="seconds"),
        "door": written_door(row.door),
        "place": place,
        "external_id": identified(row),
        "words": one_line(row.words[:300])[:100],
    }


def _fits(words: str) -> bool:
    try:
        return bool(spoken(words))
    except Refused:
        return False


def _kept(words: str) -> str:
    """Words as they stand after letting in, so that the same row again is seen to be the same."""
    return words.replace("\r\n", "\n").strip()


def _digest(text: str) -> str:
    return hashlib.blake2b(_kept(text).encode("utf-8", "replace"), digest_size=12).hexdigest()
