"""Paired probes: the same words in private and in public on a copy of the line, place and promise side by side.

The copy is the line itself, inside a transaction that is rolled back: so the very code that lets people in is what is
probed, and nothing stays. Each pair is a transaction of its own of some hundredths of a second, with a rest after it,
so that whoever truly writes waits for no more than one pair. Nothing is sent: messages leave by rows, and the rows
are gone before anybody can see them.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from evenhand import __version__
from evenhand.care.cases import catalogue as set_up
from evenhand.care.cases.catalogue import catalogue
from evenhand.care.cases.hands import NobodyWorksHere
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case, Judged, Promise
from evenhand.care.promises import making
from evenhand.doors.intake import Knock, LetIn, let_in
from evenhand.doors.models import Message
from evenhand.fairness.live import tasks
from evenhand.fairness.practice.models import Probe, ProbeRun
from evenhand.fairness.practice.probe_words import FIXED, SECOND, made_up, marked
from evenhand.identity.recognise import Caller

MADE_UP = 12
SENT_BEFORE = timedelta(minutes=20)
"""The probes say that they were sent so long ago, to stand in the midst of a line and not at its end."""
REST = 0.02
COUNTED_TO = 10_000
PRIVATE_WAY: dict[str, Any] = {"door": "form", "is_public": False, "reach": {}}
PUBLIC_WAY: dict[str, Any] = {
    "door": "mastodon",
    "is_public": True,
    "reach": {"followers": 2_000_000, "verified": True, "likes": 40_000},
}
ACCOUNT = "paired probe"


@dataclass(frozen=True, slots=True)
class Got:
    """What somebody got. standard: seconds. place_in_line: how many of the same line are served before, to 10,000.
    weight and is_danger are what the order compares besides the share of the standard that is used."""

    need: str
    rule: str
    is_sure: bool
    place: str
    weight: int
    is_danger: bool
    standard: int
    waits_since: str
    place_in_line: int
    in_hand: bool
    promised: str
    looked_at: str
    reason: str
    owner: int
    messages: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair, and what both got."""

    kind: Probe.Kind
    place: str
    words: str
    is_fixed: bool
    private: Got
    public: Got

    @property
    def is_same(self) -> bool:
        return self.private == self.public

    @property
    def differs_in(self) -> tuple[str, ...]:
        ours, theirs = asdict(self.private), asdict(self.public)
        return tuple(name for name in ours if ours[name] != theirs[name])


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run found. unequal: the pairs in which public and private did not get the same: each is a fault of ours,
    to be seen to by a person, and no matter of chance."""

    run: ProbeRun
    pairs: int
    unequal: tuple[Pair, ...]

    @property
    def is_equal(self) -> bool:
        return self.pairs > 0 and not self.unequal

    @property
    def words(self) -> str:
        """The finding in one sentence."""
        if not self.pairs:
            return "No probe could be let in."
        if not self.unequal:
            return f"{self.pairs} pairs of the same words, in private and in public, got the same place and promise."
        fields = sorted({name for pair in self.unequal for name in pair.differs_in})
        return (
            f"{len(self.unequal)} of {self.pairs} pairs of the same words did not get the same in public as in "
            f"private: {', '.join(fields).replace('_', ' ')}."
        )


def run_probes(
    now: datetime,
    *,
    seed: int | None = None,
    made_up_words: int = MADE_UP,
    rest: Callable[[], None] = lambda: time.sleep(REST),
) -> Finding:
    """Probe the line with every saying, and keep what was found. seed: chance, kept with the run. rest: called after
    each pair, so that others may write."""
    seed = secrets.randbits(62) if seed is None else seed
    pairs, longest = [], 0.0
    for kind, place, words, is_fixed in sayings(seed, made_up_words, now):
        began = time.perf_counter()
        try:
            private, public = probe(kind, place, words, now)
        except NobodyWorksHere:
            break
        longest = max(longest, time.perf_counter() - began)
        pairs.append(Pair(kind, place, words, is_fixed, private, public))
        rest()
    unequal = tuple(pair for pair in pairs if not pair.is_same)
    with transaction.atomic():
        ledger.wait_for_turn()
        run = ProbeRun.objects.create(
            at=now, seed=seed, code_version=__version__, pairs=len(pairs), unequal=len(unequal), longest=longest
        )
        Probe.objects.bulk_create(
            [
                Probe(
                    run=run,
                    kind=pair.kind,
                    place=pair.place,
                    words=pair.words,
                    is_fixed=pair.is_fixed,
                    private=asdict(pair.private),
                    public=asdict(pair.public),
                    is_same=pair.is_same,
                )
                for pair in pairs
            ]
        )
        ledger.write(ledger.Act("probed", now, facts={"run": run.pk, "pairs": len(pairs), "unequal": len(unequal)}))
        found = Finding(run, len(pairs), unequal)
        if unequal:
            tasks.open_for_pairs(found.words, now)
    return found


def sayings(seed: int, count: int, now: datetime) -> Iterator[tuple[Probe.Kind, str, str, bool]]:
    """The fixed words and those made up, at the places in turn, which change from day to day: so a night costs the
    same however many places there are, and each word is probed at each of them in time."""
    places = sorted(catalogue().places)
    if not places:
        return
    fixed = [(words, True) for sayings_of in FIXED.values() for words in sayings_of]
    day = now.toordinal()
    for i, (words, is_fixed) in enumerate([*fixed, *((words, False) for words in made_up(count, seed))]):
        for kind in Probe.Kind:
            yield kind, places[(i + day) % len(places)], words, is_fixed


def probe(kind: Probe.Kind, place: str, words: str, now: datetime) -> tuple[Got, Got]:
    """What the words get in private and in public, each from the same state of everything. Leaves nothing behind.

    On PostgreSQL the numbers of the rows that were never kept are skipped by the next ones, as after any rollback.
    """
    # What is remembered of needs, lines and forecasts is read anew once, and then holds for both.
    set_up.forget()
    making.forget()
    try:
        with transaction.atomic():
            ledger.wait_for_turn()
            first = _let_in(words, place, now, PRIVATE_WAY).case_id if kind is Probe.Kind.JOINED else None
            found = []
            for way in (PRIVATE_WAY, PUBLIC_WAY):
                begins = transaction.savepoint()
                said = marked(words) if kind is Probe.Kind.MARKED and way is PUBLIC_WAY else words
                found.append(_got(_heard(first, said, place, now, way), now))
                transaction.savepoint_rollback(begins)
            transaction.set_rollback(True)
    finally:
        set_up.forget()  # what was read in there is not so outside
        making.forget()
    return found[0], found[1]


def _heard(first: int | None, words: str, place: str, now: datetime, way: dict[str, Any]) -> int:
    """Let in as a new case, or as a further contact of one that waits; the case."""
    if first is None:
        return _let_in(words, place, now, way).case_id
    let_in(Knock(words=SECOND, sent_at=now, place=place, joins=first, account=ACCOUNT, wants_link=False, **way), now)
    return first


def _let_in(words: str, place: str, now: datetime, way: dict[str, Any]) -> LetIn:
    caller = Caller(handle="@somebody_known", name="Somebody Known") if way["is_public"] else Caller()
    sent_at = now - SENT_BEFORE
    return let_in(Knock(words=words, sent_at=sent_at, place=place, caller=caller, account=ACCOUNT, **way), now)


def _got(case_id: int, now: datetime) -> Got:
    """What stands in the rows, as the line and the desk read them."""
    case = Case.objects.select_related("line__need", "line__place").get(pk=case_id)
    promise = Promise.objects.get(case=case, kind=Promise.Kind.ANSWER, is_running=True)
    judged = Judged.objects.get(case=case)
    waiting = Case.objects.waiting().filter(line=case.line_id, first_unanswered_at__lte=case.first_unanswered_at)
    ahead = waiting.exclude(pk=case.pk).exclude(first_unanswered_at=case.first_unanswered_at, pk__gt=case.pk)
    return Got(
        need=case.line.need.slug,
        rule=judged.rule,
        is_sure=judged.is_sure,
        place=case.line.place.slug,
        weight=case.line.need.weight,
        is_danger=case.line.need.is_danger,
        standard=int(promise.standard.total_seconds()),
        waits_since="" if case.first_unanswered_at is None else case.first_unanswered_at.isoformat(),
        place_in_line=ahead.order_by()[:COUNTED_TO].count(),
        in_hand=case.lease_ends_at is not None,
        promised=promise.due_at.isoformat(),
        looked_at=promise.renew_at.isoformat(),
        reason=promise.reason,
        owner=case.owner_id,
        messages=Message.objects.filter(case=case, not_before__lte=now).exclude(kind="confirmation").count(),
    )
