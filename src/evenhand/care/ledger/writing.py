"""Write what was done, in the act's own transaction; read it back and see whether it is intact."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from evenhand.care.inserting import insert_all
from evenhand.care.ledger.models import Entry, Erasable

FIRST = "0" * 64
# One transaction acts at a time: SQLite has one anyway, PostgreSQL waits on this key until it ends.
_ACTING = 7_241_906_118


@dataclass(frozen=True)
class Kept:
    """Words an entry commits to: where they are kept, so that an erasure can take them out."""

    name: str
    kept_in: str
    key: str
    value: str


@dataclass(frozen=True)
class Act:
    """One thing that was done. facts: plain JSON without personal data. words: what it commits to by hash."""

    name: str
    at: datetime
    subject: str = ""
    by: str = "evenhand"
    facts: Mapping[str, Any] = field(default_factory=dict)
    words: Sequence[Kept] = ()


def wait_for_turn() -> None:
    """Wait until no other transaction acts, and keep the turn until this one ends.

    Every act takes its turn before it reads what it decides by, or changes any row. So whoever comes second sees all
    that the first did, and no two ever hold what the other waits for.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A ledger entry belongs into the transaction of its act.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ACTING])


def write(*acts: Act) -> None:
    """Append entries in order. Must run inside the transaction of the acts themselves."""
    wait_for_turn()
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, hash FROM care_entry ORDER BY seq DESC LIMIT 1")
        seq, before = cursor.fetchone() or (0, FIRST)
    entries, words = [], []
    for act in acts:
        seq += 1
        salts = [secrets.token_hex(16) for _ in act.words]
        body = _canonical(
            {
                **act.facts,
                **{
                    f"{kept.name}_hash": commitment(salt, kept.value)
                    for salt, kept in zip(salts, act.words, strict=True)
                },
            }
        )
        digest = entry_hash(before, seq, act.at, act.name, act.subject, act.by, body)
        entries.append((seq, act.at, act.name, act.subject, act.by, body, before, digest))
        words += [(seq, kept.name, salt, kept.kept_in, kept.key) for salt, kept in zip(salts, act.words, strict=True)]
        before = digest
    insert_all(Entry, ("seq", "at", "act", "subject", "by", "body", "before", "hash"), entries)
    insert_all(Erasable, ("entry_id", "name", "salt", "kept_in", "key"), words)


def commitment(salt: str, value: str) -> str:
    """What an entry says of words it does not hold: SHA-256 over salt and words."""
    return hashlib.sha256(f"{salt}\0{value}".encode()).hexdigest()


def entry_hash(before: str, seq: int, at: datetime, act: str, subject: str, by: str, body: str) -> str:
    """The link of the chain: SHA-256 over the entry and the hash of the one before it."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256("\x1f".join((before, str(seq), when, act, subject, by, body)).encode()).hexdigest()


def _canonical(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Flaw:
    """The first entry that is not as it was written, and what is wrong with it."""

    seq: int
    wrong: str


# Where kept words are found: room's name for the place -> the words of these keys that are still there.
Finders = Mapping[str, Callable[[Sequence[str]], Mapping[str, str]]]


def verify(finders: Finders, heads: Iterable[tuple[int, str]] = (), chunk: int = 2_000) -> Flaw | None:
    """The first flaw of the ledger, or None when it is intact.

    Finds entries edited, deleted, inserted or swapped by the chain; words edited where they are kept by the
    commitment; a cut-off end by heads, (seq, hash) pairs that were written outside the database.
    """
    outside = dict(heads)
    before, expected = FIRST, 1
    for entries in _chunks(chunk):
        for entry in entries:
            if entry.seq != expected:
                return Flaw(expected, f"entry {expected} is missing; the next one is {entry.seq}")
            if entry.before != before:
                return Flaw(entry.seq, "does not follow the entry before it")
            body = (entry.act, entry.subject, entry.by, entry.body)
            if entry_hash(before, entry.seq, entry.at, *body) != entry.hash:
                return Flaw(entry.seq, "was changed after it was written")
            if outside.get(entry.seq, entry.hash) != entry.hash:
                return Flaw(entry.seq, "differs from the head kept outside the database")
            before, expected = entry.hash, expected + 1
        if flaw := _flaw_in_words(entries, finders):
            return flaw
    last_outside = max(outside, default=0)
    if last_outside >= expected:
        return Flaw(expected, f"the end is cut off: entry {last_outside} is known outside the database")
    return None


def _chunks(size: int) -> Iterator[list[Entry]]:
    after = 0
    while entries := list(Entry.objects.filter(seq__gt=after).order_by("seq")[:size]):
        yield entries
        after = entries[-1].seq


def _flaw_in_words(entries: Sequence[Entry], finders: Finders) -> Flaw | None:
    by_seq = {entry.seq: entry for entry in entries}
    kept = list(Erasable.objects.filter(entry_id__in=by_seq).order_by("entry_id", "pk"))
    places: dict[str, list[str]] = {}
    for row in kept:
        places.setdefault(row.kept_in, []).append(row.key)
    found = {place: finders[place](keys) for place, keys in places.items() if place in finders}
    for row in kept:
        if row.kept_in not in found:
            continue
        value = found[row.kept_in].get(row.key)
        if value is None:
            return Flaw(row.entry_id, f"its {row.name} is gone without an erasure")
        if json.loads(by_seq[row.entry_id].body).get(f"{row.name}_hash") != commitment(row.salt, value):
            return Flaw(row.entry_id, f"its {row.name} was changed after it was written")
    return None


def head() -> tuple[int, str] | None:
    """The last entry's number and hash."""
    return Entry.objects.order_by("-seq").values_list("seq", "hash").first()
