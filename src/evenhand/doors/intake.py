"""All that happens between a knock at a door and the promise we make."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from evenhand.care.asking import ask
from evenhand.care.cases.catalogue import NoPlaceYet, catalogue, forget
from evenhand.care.cases.hands import NobodyWorksHere
from evenhand.care.cases.reference import written
from evenhand.care.inserting import insert_all
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case, Contact, Promise
from evenhand.care.promises import customer, keeping
from evenhand.care.triage.admit import Admission, Saying, admit_all
from evenhand.doors.models import Arrival, Message
from evenhand.identity.recognise import Caller, Known, give_links, know_all, stand_behind

MOST_WORDS = 50_000
FROM_BROWSERS_AT_MOST = timedelta(hours=72)
PRIVATE_PAGE = "status"
"""The door of a customer's own page: what is said there belongs to its case."""

log = logging.getLogger(__name__)


class Refused(Exception):
    """What we cannot let in, why, and what to do; nothing of it was kept."""

    def __init__(self, title: str, detail: str, where: str = "words") -> None:
        super().__init__(f"{title} {detail}")
        self.title, self.detail, self.where = title, detail, where


@dataclass(frozen=True, kw_only=True)
class Knock:
    """One contact as a door brings it. Words, language and place are all that triage will see of it.

    account: the key, mailbox, file or site it came by. joins: the case that a private link or thread id proved.
    sent_at: as the door reports it, already believed (see believed). external_id: the door's own name for the
    contact; let in again, it is answered with what was answered first. wants_link: answer with a private link.
    """

    door: str
    words: str
    sent_at: datetime
    account: str = ""
    language: str = "en"
    place: str | None = None
    caller: Caller = field(default_factory=Caller)
    is_public: bool = False
    reach: Mapping[str, Any] = field(default_factory=dict)
    external_id: str = ""
    claims: str = ""
    joins: int | None = None
    wants_link: bool = True


@dataclass(frozen=True)
class LetIn:
    """What the customer is told at once."""

    contact: uuid.UUID
    case_id: int
    reference: str
    owner: str
    kind: str
    due_at: datetime | None
    standard: timedelta | None
    reason: str
    zone: str
    need: str
    place: str
    token: str
    is_again: bool = False


def believed(sent_at: datetime | None, now: datetime, at_most: timedelta | None = None) -> datetime:
    """The sending time that we count from: never in the future, and from browsers at most 72 hours back."""
    if sent_at is None or sent_at > now:
        return now
    return sent_at if at_most is None else max(sent_at, now - at_most)


def spoken(words: str) -> str:
    """The words as they are kept: characters that no database holds are marked, nothing else is changed.

    Raises Refused for no words at all, or more than anyone could read.
    """
    kept = words.replace("\x00", "\ufffd").replace("\r\n", "\n").encode("utf-8", "replace").decode().strip()
    if not kept:
        raise Refused(_("There are no words in this."), _("One word is enough: “help” is a message."))
    if len(kept) > MOST_WORDS:
        raise Refused(
            _("This is longer than we can take at once."),
            _(
                "It has %(has)s characters and we take %(most)s. Send the most important part first and add the rest "
                "on your private page."
            )
            % {
                "has": number_format(len(kept), force_grouping=True),
                "most": number_format(MOST_WORDS, force_grouping=True),
            },
        )
    return kept


def let_in(knock: Knock, now: datetime) -> LetIn:
    """Let one contact in. Returned means kept: its words are on the disk. Raises Refused, NotAnAddress."""
    return let_in_all([knock], now)[0]


def let_in_all(knocks: Sequence[Knock], now: datetime) -> list[LetIn]:
    """Let contacts in, all or none, in one transaction; what each customer is told, in order.

    Raises Refused or NotAnAddress for the first that cannot be taken, before anything is written.
    """
    words = [spoken(knock.words) for knock in knocks]
    for knock in knocks:
        knock.caller.addresses()
    try:
        return _let_in_all(knocks, words, now)
    except (NobodyWorksHere, NoPlaceYet, OperationalError):
        raise
    except IntegrityError:
        # The same contact was let in beside us, or what we remember of lines is not so any more: look again.
        forget()
        return _let_in_all(knocks, words, now)
    except Exception as error:  # noqa: BLE001 - whatever fails between door and promise, accepted words are kept
        log.error("Letting in failed (%s); the words are kept, for a person to read.", type(error).__name__)
        return _let_in_all(knocks, words, now, plainly=True)


@transaction.atomic
def _let_in_all(knocks: Sequence[Knock], words: Sequence[str], now: datetime, *, plainly: bool = False) -> list[LetIn]:
    again = _known_already(knocks)
    told: dict[int, LetIn] = {}
    new: list[int] = []
    first_of: dict[tuple[str, str, str], int] = {}
    repeats: dict[int, int] = {}
    for i, knock in enumerate(knocks):
        name = (knock.door, knock.account, knock.external_id)
        if name in again:
            told[i] = _told_again(again[name], knock, now)
        elif knock.external_id and name in first_of:
            repeats[i] = first_of[name]
        elif knock.joins is not None:
            first_of[name] = i
            told[i] = _join(knock, words[i], now)
        else:
            first_of[name] = i
            new.append(i)
    for i, answer in zip(new, _open([knocks[i] for i in new], [words[i] for i in new], now, plainly), strict=True):
        told[i] = answer
    for i, first in repeats.items():
        told[i] = LetIn(**{**told[first].__dict__, "is_again": True})
    return [told[i] for i in range(len(knocks))]


def _known_already(knocks: Sequence[Knock]) -> dict[tuple[str, str, str], int]:
    """Contacts let in before under the same door, account and external id."""
    wanted = {(k.door, k.account, k.external_id) for k in knocks if k.external_id}
    if not wanted:
        return {}
    accounts, external_ids = {account for _, account, _ in wanted}, {external_id for _, _, external_id in wanted}
    rows = ask(
        "SELECT door, account, external_id, contact_id FROM doors_arrival "
        "WHERE account IN (%s) AND external_id IN (%s) AND NOT (external_id = '')",
        accounts,
        external_ids,
    )
    return {
        (door, account, external): contact
        for door, account, external, contact in rows
        if (door, account, external) in wanted
    }


def _open(knocks: Sequence[Knock], words: Sequence[str], now: datetime, plainly: bool) -> list[LetIn]:
    if not knocks:
        return []
    sayings = [
        Saying(uuid.uuid4(), said, knock.language[:8] or "en", knock.place, knock.sent_at)
        for knock, said in zip(knocks, words, strict=True)
    ]
    claims = _claims(words)
    knocks = [
        replace(knock, claims=knock.claims or claimed) if claimed else knock
        for knock, claimed in zip(knocks, claims, strict=True)
    ]
    admissions = admit_all(sayings, now, plainly=plainly)
    known = know_all([knock.caller for knock in knocks], now)
    stand_behind([(a.case_id, who) for a, who in zip(admissions, known, strict=True)], now)
    _arrive([(a.contact_id, a.uid, a.reference, knock) for a, knock in zip(admissions, knocks, strict=True)], now)
    _confirm(list(zip(admissions, known, strict=True)), now)
    linked = [i for i, knock in enumerate(knocks) if knock.wants_link]
    tokens = dict(
        zip(
            linked,
            give_links([(admissions[i].case_id, None) for i in linked], now),
            strict=True,
        )
    )
    book = catalogue()
    return [
        LetIn(
            contact=a.uid,
            case_id=a.case_id,
            reference=a.reference,
            owner=book.name(a.owner_id),
            kind=a.told.kind.value,
            due_at=a.told.due_at,
            standard=a.told.standard,
            reason=a.told.reason,
            zone=a.line.place.zone,
            need=a.line.need.name,
            place=a.line.place.name,
            token=tokens.get(i, ""),
        )
        for i, a in enumerate(admissions)
    ]


_LIKE_A_REFERENCE = re.compile(r"(?<![\w-])(?:[0-9A-Z]{1,4}-)?[0-9A-Z]{3}-[0-9A-Z]{3}(?![\w-])", re.IGNORECASE)
MOST_CLAIMS = 5
"""References looked up of what one contact names."""


def _claims(words: Sequence[str]) -> list[str]:
    """For each: the first case of ours that the words name, or nothing. It proves nothing, and joins nothing."""
    named = [
        list(dict.fromkeys(filter(None, map(written, _LIKE_A_REFERENCE.findall(said)))))[:MOST_CLAIMS] for said in words
    ]
    wanted = {reference for each in named for reference in each}
    ours = {reference for (reference,) in ask("SELECT reference FROM care_case WHERE reference IN (%s)", wanted)}
    return [next((reference for reference in each if reference in ours), "") for each in named]


def _arrive(rows: Sequence[tuple[int, uuid.UUID, str, Knock]], now: datetime) -> None:
    """Seal how each came in: a row that nothing below this room can see, and the ledger's word for it."""
    insert_all(
        Arrival,
        ("contact_id", "door", "is_public", "external_id", "account", "reach", "claims"),
        [
            (contact, k.door, k.is_public, k.external_id, k.account, dict(k.reach), k.claims)
            for contact, _, _, k in rows
        ],
    )
    ledger.write(
        *(
            ledger.Act(
                "arrived",
                now,
                reference,
                "customer",
                {"contact": str(uid), "door": k.door, "is_public": k.is_public, "reach": dict(k.reach)},
            )
            for _, uid, reference, k in rows
        )
    )


def _confirm(rows: Sequence[tuple[Admission, Known]], now: datetime) -> None:
    insert_all(
        Message,
        ("uid", "case_id", "to_id", "kind", "made_at", "not_before"),
        [
            (uuid.uuid4(), a.case_id, who.answer_to, Message.Kind.CONFIRMATION.value, now, now)
            for a, who in rows
            if who.answer_to is not None
        ],
    )


def _join(knock: Knock, words: str, now: datetime) -> LetIn:
    """A further contact about the same matter; it keeps the place that its case has."""
    assert knock.joins is not None
    case = keeping.locked(knock.joins)
    contact = Contact.objects.create(
        uid=uuid.uuid4(),
        case=case,
        words=words,
        language=knock.language[:8] or "en",
        sent_at=knock.sent_at,
        received_at=now,
    )
    customer.heard_again(contact, now)
    _arrive([(contact.pk, contact.uid, case.reference, knock)], now)
    return _told(case.pk, contact.uid, knock, now)


PRESSES: Mapping[Contact.Kind, Callable[[Contact, datetime], object]] = {
    Contact.Kind.NO_ANSWER: customer.was_no_answer,
    Contact.Kind.SOLVED: customer.solved_by_customer,
    Contact.Kind.NOT_SOLVED: customer.not_solved,
    Contact.Kind.SUPERVISOR: customer.wants_supervisor,
    Contact.Kind.CALL_BACK: customer.wants_call_back,
}
"""What a customer says by pressing a button of their private page, and what it does."""


@transaction.atomic
def press(case_id: int, kind: Contact.Kind, words: str, now: datetime, *, key: str) -> Contact | None:
    """Take what a customer said by a press on their private page; None where this very press was taken before."""
    case = keeping.locked(case_id)
    if key and Arrival.objects.named([case.reference], [key]).filter(door=PRIVATE_PAGE).exists():
        return None
    contact = Contact.objects.create(
        uid=uuid.uuid4(),
        case=case,
        kind=kind,
        words=spoken(words) if words.strip() else "",
        language=case.language,
        sent_at=now,
        received_at=now,
    )
    knock = Knock(door=PRIVATE_PAGE, account=case.reference, words=words, sent_at=now, external_id=key)
    _arrive([(contact.pk, contact.uid, case.reference, knock)], now)
    PRESSES[kind](contact, now)
    return contact


def _told_again(contact_id: int, knock: Knock, now: datetime) -> LetIn:
    contact = Contact.objects.get(pk=contact_id)
    return _told(contact.case_id, contact.uid, knock, now, is_again=True)


def _told(case_id: int, uid: uuid.UUID, knock: Knock, now: datetime, *, is_again: bool = False) -> LetIn:
    """What holds for a case now, as its customer is told; a replay gets a fresh link."""
    case = Case.objects.select_related("line__need", "line__place", "owner").get(pk=case_id)
    order = {Promise.Kind.ANSWER.value: 0, Promise.Kind.RETURN.value: 1, Promise.Kind.SOLUTION.value: 2}
    promise = min(
        Promise.objects.filter(case=case, is_running=True), key=lambda each: order.get(each.kind, 3), default=None
    )
    token = give_links([(case_id, None)], now)[0] if knock.wants_link else ""
    return LetIn(
        contact=uid,
        case_id=case_id,
        reference=case.reference,
        owner=case.owner.name,
        kind=promise.kind if promise else "",
        due_at=promise.due_at if promise else None,
        standard=promise.standard if promise else None,
        reason=promise.reason if promise else "",
        zone=case.line.place.zone,
        need=case.line.need.name,
        place=case.line.place.name,
        token=token,
        is_again=is_again,
    )


def reading_room() -> dict[str, str]:
    """The places that a customer may choose, by slug."""
    return {slug: place.name for slug, place in catalogue().places.items()}
