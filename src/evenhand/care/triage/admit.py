"""Admit what was said: judge its need by the words alone, put it in line, name its owner and promise a time."""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from evenhand.care.cases import hands
from evenhand.care.cases.catalogue import Catalogue, catalogue
from evenhand.care.cases.models import Case, Contact, Line, Ownership
from evenhand.care.cases.reference import reference_for
from evenhand.care.inserting import insert_all, reserve_keys
from evenhand.care.ledger import writing as ledger
from evenhand.care.promises.keeping import PROMISE_FIELDS, promise_row
from evenhand.care.promises.making import Teller, Told, three_quarters
from evenhand.care.promises.models import Promise
from evenhand.care.triage.models import Judged
from evenhand.care.triage.reading import Judgement, read_all

UNREAD = "wrong"
"""Where triage fails the words are kept under this need's standard, and a person reads them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Saying:
    """All that triage may know, and when it was said."""

    uid: uuid.UUID
    words: str
    language: str
    place: str | None
    sent_at: datetime


@dataclass(frozen=True)
class Admission:
    """A case that stands in line with its owner and promise."""

    case_id: int
    contact_id: int
    uid: uuid.UUID
    reference: str
    line: Line
    owner_id: int
    told: Told
    sent_at: datetime


def admit_all(sayings: Sequence[Saying], now: datetime, *, plainly: bool = False) -> list[Admission]:
    """Admit new cases, inside the caller's transaction; one answer for each saying, in order.

    plainly: without triage and forecast, under the standard of what is wrong or broken. For when they fail: words
    that were accepted are kept whatever else goes wrong.
    """
    if not sayings:
        return []
    book, judgements = catalogue(), _judge(sayings, plainly)
    ledger.wait_for_turn()  # after judging, which takes longest and asks nothing of the database
    teller, rotas = Teller(book, now), dict[int, hands.Rota]()
    case_ids, contact_ids = reserve_keys(Case, len(sayings)), reserve_keys(Contact, len(sayings))
    admissions: list[Admission] = []
    judged: list[tuple[object, ...]] = []
    for saying, judgement, case_id, contact_id in zip(sayings, judgements, case_ids, contact_ids, strict=True):
        place = book.place_named(saying.place)
        need = book.needs[judgement.need if judgement else UNREAD]
        line = book.line(need, place)
        if place.pk not in rotas:
            rotas[place.pk] = hands.Rota(place, now)
        told = _plainly(book, line, now) if plainly else teller.answer(line, saying.sent_at, saying.language)
        admissions.append(
            Admission(
                case_id=case_id,
                contact_id=contact_id,
                uid=saying.uid,
                reference=reference_for(case_id),
                line=line,
                owner_id=rotas[place.pk].next_owner(),
                told=told,
                sent_at=saying.sent_at,
            )
        )
        judged.append(_judged_row(case_id, need.pk, judgement, now))
    _write(sayings, admissions, judged, now)
    return admissions


def _judge(sayings: Sequence[Saying], plainly: bool) -> list[Judgement | None]:
    if plainly:
        return [None] * len(sayings)
    book = catalogue()
    texts = [(saying.words, saying.language, saying.place or "") for saying in sayings]
    # "At six" is six o'clock at the place.
    times = [saying.sent_at.astimezone(ZoneInfo(book.place_named(saying.place).zone)) for saying in sayings]
    try:
        return list(read_all(texts, sent_at=times))
    except Exception:  # noqa: BLE001 - whatever fails in triage, accepted words are kept
        # The error may quote the words, so only its place is logged.
        log.error("Triage failed on a batch of %d; each is read again by itself.", len(sayings))
    return [_judge_one(text, at) for text, at in zip(texts, times, strict=True)]


def _judge_one(text: tuple[str, str, str], sent_at: datetime) -> Judgement | None:
    try:
        return read_all([text], sent_at=[sent_at])[0]
    except Exception:  # noqa: BLE001 - as above
        log.error("Triage could not read a contact; it is kept unread, for a person.")
        return None


def _judged_row(case_id: int, need_id: int, judgement: Judgement | None, now: datetime) -> tuple[object, ...]:
    if judgement is None:
        return (case_id, need_id, 0.0, False, "", {}, "", now)
    return (
        case_id,
        need_id,
        judgement.confidence,
        judgement.is_sure,
        judgement.rule or "",
        {slug: round(p, 3) for slug, p in judgement.probabilities.items() if p >= 0.01},
        judgement.model_version,
        now,
    )


def _plainly(book: Catalogue, line: Line, now: datetime) -> Told:
    standard = book.answer_standard(line, now)
    clock = book.clock(line, now)
    due = max(clock.after(now, standard), now + timedelta(minutes=15))
    return Told(
        kind=Promise.Kind.ANSWER,
        started_at=now,
        made_at=now,
        due_at=due,
        renew_at=three_quarters(clock, now, due),
        standard=standard,
        standard_due_at=due,
        forecast=None,
        reason="",
    )


def _write(
    sayings: Sequence[Saying],
    admissions: Sequence[Admission],
    judged: Sequence[Sequence[object]],
    now: datetime,
) -> None:
    pairs = list(zip(sayings, admissions, strict=True))
    insert_all(
        Case,
        ("id", "reference", "line_id", "owner_id", "language", "opened_at", "first_unanswered_at"),
        [(a.case_id, a.reference, a.line.pk, a.owner_id, s.language, s.sent_at, s.sent_at) for s, a in pairs],
    )
    insert_all(
        Contact,
        ("id", "uid", "case_id", "kind", "words", "language", "sent_at", "received_at"),
        [
            (a.contact_id, s.uid, a.case_id, Contact.Kind.WORDS.value, s.words, s.language, s.sent_at, now)
            for s, a in pairs
        ],
    )
    insert_all(
        Judged,
        ("case_id", "need_id", "confidence", "is_sure", "rule", "probabilities", "model_version", "at"),
        judged,
    )
    insert_all(
        Ownership,
        ("case_id", "person_id", "why", "began_at"),
        [(a.case_id, a.owner_id, Ownership.Why.ADMITTED.value, now) for a in admissions],
    )
    insert_all(Promise, PROMISE_FIELDS, [promise_row(a.case_id, a.line.need_id, a.told) for a in admissions])
    for person_id, count in Counter(a.owner_id for a in admissions).items():
        hands.count_open(person_id, count)
    ledger.write(*(_act(s, a, now) for s, a in pairs))


def _act(saying: Saying, admission: Admission, now: datetime) -> ledger.Act:
    told = admission.told
    return ledger.Act(
        "admitted",
        now,
        admission.reference,
        "customer",
        {
            "contact": str(saying.uid),
            "sent_at": saying.sent_at.isoformat(),
            "need": admission.line.need.slug,
            "place": admission.line.place.slug,
            "owner": admission.owner_id,
            "due_at": told.due_at.isoformat(),
            "standard_s": int(told.standard.total_seconds()),
            "forecast_s": None if told.forecast is None else int(told.forecast.total_seconds()),
        },
        [ledger.Kept("words", "contact", str(saying.uid), saying.words)],
    )
