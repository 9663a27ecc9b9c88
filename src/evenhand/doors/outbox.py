"""What goes out: rows, carried by a loop, each try a row with how far it got. Nothing is sent inside a request."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import translation

from evenhand.care.asking import ask, find, find_all, get
from evenhand.care.cases.catalogue import catalogue
from evenhand.care.models import Case, Promise, Raising, Reply
from evenhand.care.promises import keeping
from evenhand.care.promises.watching import Moved
from evenhand.doors.models import Attempt, Message, SentMail
from evenhand.identity.models import Behind, Identity
from evenhand.identity.recognise import give_links
from evenhand.people.models import Person
from evenhand.ui.languages import spoken_to

CLAIMED_FOR = timedelta(minutes=5)
MOST_ATTEMPTS = 6
WAIT_AFTER = (1, 5, 15, 60, 240)  # minutes after each failed try
AUTOMATIC_A_DAY = 3
CONFIRMATIONS_AN_HOUR = 5_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """A message made ready: it holds a private link, so it is made only when it is sent."""

    to: str
    subject: str
    body: str


class Carrier(Protocol):
    """Carries letters to addresses of one kind and says how far each got."""

    def carry(self, letter: Letter, message: Message, attempt: Attempt, now: datetime) -> Attempt.Phase: ...


class DemoPost:
    """The demo's post office: takes every letter and keeps it on the "sent mail" page."""

    def carry(self, letter: Letter, message: Message, attempt: Attempt, now: datetime) -> Attempt.Phase:
        mail = SentMail(message=message, to=letter.to, subject=letter.subject, body=letter.body, at=now)
        SentMail.objects.bulk_create([mail], ignore_conflicts=True)
        return Attempt.Phase.ACCEPTED


def carrier_for(kind: str) -> Carrier | None:
    """Who carries messages to this kind of address; None where nothing is set up for it yet."""
    return DemoPost() if settings.IS_DEMO else None


def plan(
    case: Case, kind: Message.Kind, now: datetime, *, reply: Reply | None = None, promise: Promise | None = None
) -> Message | None:
    """Put a message into the outbox, to where the customer wants answers; None where they left no address."""
    behind = find(Behind, "case_id = %s", case.pk)
    if behind is None or (to := behind.answer_to_id) is None:
        return None
    return Message.objects.create(
        uid=uuid.uuid4(), case=case, to_id=to, kind=kind, reply=reply, promise=promise, made_at=now, not_before=now
    )


@transaction.atomic
def send(reply: Reply, now: datetime) -> Message | None:
    """Send a reply by the way the customer chose.

    It stands on the private page at once. Where that page is the only way back (no address was left, or nothing
    carries messages there yet), it has reached the customer by standing there; else when the far side accepts it.
    """
    message = plan(reply.case, Message.Kind.REPLY, now, reply=reply)
    if message is None or carrier_for(get(Identity, message.to_id).kind) is None:
        keeping.reached(reply, now, now)
    return message


def tell(moved: Moved, now: datetime) -> Message | None:
    """Tell the customer what was moved in their case without a word to them."""
    kinds = {
        "missed": Message.Kind.MISSED,
        "renewed": Message.Kind.RENEWAL,
        "earlier": Message.Kind.EARLIER,
        "new owner": Message.Kind.NEW_OWNER,
        "raised": Message.Kind.SUPERVISOR,
    }
    if moved.what not in kinds:
        return None
    return plan(moved.case, kinds[moved.what], now, promise=moved.promise)


def waiting_without_a_carrier() -> int:
    """How many messages wait because nothing is set up to carry them: visible work for the desk."""
    kinds = [kind for kind in Identity.Kind.values if carrier_for(kind) is None]
    return Message.objects.filter(state=Message.State.WAITING, to__kind__in=kinds).count()


def confirmations_are_paused(now: datetime) -> bool:
    """Whether so many confirmations went out within an hour that the rest wait for an operator's eye."""
    an_hour_ago = now - timedelta(hours=1)
    sent = Message.objects.filter(
        kind=Message.Kind.CONFIRMATION, state=Message.State.ACCEPTED, settled_at__gt=an_hour_ago
    )
    return sent.count() >= CONFIRMATIONS_AN_HOUR


def carry_one(now: datetime) -> bool:
    """Claim one message and carry it out; True where there may be more to do."""
    message = _claim(now)
    if message is None:
        return False
    carrier = carrier_for(message.to.kind)
    assert carrier is not None
    ((tried,),) = ask("SELECT COUNT(*) FROM doors_attempt WHERE message_id = %s", message.pk)
    attempt = Attempt.objects.create(message=message, number=tried + 1, began_at=now)
    detail = ""
    try:
        with transaction.atomic():
            letter = _made_ready(message, now)
        # Outside of any transaction: how far it got is kept as it gets there, whatever happens next.
        phase: str = carrier.carry(letter, message, attempt, now)
    except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
        log.error("Message %s could not be carried: %s", message.pk, type(error).__name__)
        attempt.refresh_from_db()
        phase, detail = attempt.phase, type(error).__name__
    with transaction.atomic():
        _settle(message, attempt, phase, now, detail=detail)
    return True


def _claim(now: datetime) -> Message | None:
    kinds = [kind for kind in Identity.Kind.values if carrier_for(kind) is not None]
    if not kinds:
        return None
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    # Each state has an index of its own; asked for together, the database would read every message there is.
    for state in (Message.State.WAITING, Message.State.HELD):
        found = _waiting(state, kinds, now)
        if any(each.kind == Message.Kind.CONFIRMATION for each in found) and confirmations_are_paused(now):
            found = _waiting(state, kinds, now, without=Message.Kind.CONFIRMATION.value)
        for message in found:
            still = Message.objects.filter(free, pk=message.pk, state=state, not_before__lte=now)
            if not still.update(claimed_until=now + CLAIMED_FOR):
                continue
            # Only whoever claimed it before and never came back can have left it half sent.
            if message.claimed_until is not None and _is_uncertain(message, now):
                continue
            if _is_held(message, now):
                continue
            message.case, message.to = get(Case, message.case_id), get(Identity, message.to_id)
            if message.reply_id is not None:
                message.reply = get(Reply, message.reply_id)
                message.reply.by = get(Person, message.reply.by_id)
            return message
    return None


def _waiting(state: Message.State, kinds: list[str], now: datetime, without: str = "") -> list[Message]:
    """The first that may go out now, to these kinds of addresses."""
    return find_all(
        Message,
        "state = %s AND not_before <= %s AND (claimed_until IS NULL OR claimed_until <= %s) AND kind <> %s "
        "AND EXISTS (SELECT 1 FROM identity_identity AS address WHERE address.id = to_id AND address.kind IN (%s)) "
        "ORDER BY not_before, id LIMIT 20",
        state.value,
        now,
        now,
        without,
        kinds,
    )


def _is_uncertain(message: Message, now: datetime) -> bool:
    """A try that ended after the last byte and before the answer: never knowingly sent twice; a person decides."""
    last = message.attempts.order_by("-number").first()
    if last is None or last.ended_at is not None or last.phase != Attempt.Phase.BODY:
        return False
    _settle(message, last, Attempt.Phase.UNKNOWN, now)
    return True


def _is_held(message: Message, now: datetime) -> bool:
    """At most three automatic messages to one address in a day; the rest stand on the private page meanwhile."""
    if not message.is_automatic:
        return False
    automatic = Message.objects.filter(
        to_id=message.to_id, state=Message.State.ACCEPTED, settled_at__gt=now - timedelta(days=1)
    ).exclude(kind=Message.Kind.REPLY)
    times = list(automatic.order_by("-settled_at").values_list("settled_at", flat=True)[:AUTOMATIC_A_DAY])
    if len(times) < AUTOMATIC_A_DAY or times[-1] is None:
        return False
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.HELD, not_before=times[-1] + timedelta(days=1, seconds=1), claimed_until=None
    )
    return True


def _settle(message: Message, attempt: Attempt, phase: str, now: datetime, *, detail: str = "") -> None:
    attempt.phase, attempt.ended_at, attempt.detail = phase, now, detail[:300]
    attempt.save(update_fields=["phase", "ended_at", "detail"])
    if phase == Attempt.Phase.ACCEPTED:
        _end(message, Message.State.ACCEPTED, now)
        if message.reply is not None:
            keeping.reached(message.reply, now, now)
    elif phase in {Attempt.Phase.BODY, Attempt.Phase.UNKNOWN}:
        _end(message, Message.State.UNCERTAIN, now)
        _raise(message, "A message may or may not have arrived: ask before it is sent again.", now)
    elif phase == Attempt.Phase.REFUSED or attempt.number >= MOST_ATTEMPTS:
        _end(message, Message.State.REFUSED, now)
        _raise(message, "A message could not be delivered; it is kept here.", now)
    else:
        minutes = WAIT_AFTER[min(attempt.number, len(WAIT_AFTER)) - 1]
        Message.objects.filter(pk=message.pk).update(
            not_before=now + timedelta(minutes=minutes), claimed_until=None, state=Message.State.WAITING
        )
        if attempt.number == 3:
            _raise(message, "A message has not gone out yet; we keep trying.", now)


def _end(message: Message, state: Message.State, now: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(state=state, settled_at=now, claimed_until=None)
    message.state, message.settled_at = state, now


def _raise(message: Message, because: str, now: datetime) -> None:
    with transaction.atomic():
        case = keeping.locked(message.case_id)
        keeping.raise_to_supervisor(case, Raising.Why.NOT_SENT, now, because=because)
        Case.objects.filter(pk=case.pk).update(version=F("version") + 1)


def _made_ready(message: Message, now: datetime) -> Letter:
    """The letter: what happened, who owns it, by when, and a private link of its own. Never the sender's words."""
    case = message.case
    case.line = catalogue().of_line(case.line_id)
    promise = _promise_to_tell(message)
    token = give_links([(case.pk, message.to_id)], now)[0]
    held = _held_for(message, now) if message.is_automatic else []
    with translation.override(spoken_to(case.language)):
        facts = {
            "case": case,
            "kind": message.kind,
            "reply": message.reply,
            "promise": promise,
            "zone": case.line.place.zone,
            "link": f"{settings.BASE_URL}/c/{token}/",
            "organisation": settings.ORGANISATION,
            "held": held,
            "now": now,
        }
        subject = " ".join(render_to_string("doors/mail/subject.txt", facts).split())
        body = render_to_string(f"doors/mail/{message.kind}.txt", facts).strip() + "\n"
    return Letter(message.to.address, subject, body)


def _promise_to_tell(message: Message) -> Promise | None:
    """The promise that a letter is about; the answer's where it was only said that we have the message."""
    if message.promise is not None or message.is_automatic:
        return message.promise or keeping.running(message.case, Promise.Kind.ANSWER)
    is_question = message.reply is not None and message.reply.kind == Reply.Kind.QUESTION
    return keeping.running(message.case, Promise.Kind.RETURN if is_question else Promise.Kind.SOLUTION)


def _held_for(message: Message, now: datetime) -> Sequence[Case]:
    """What was held back for this address: the next permitted message carries all that is due."""
    held = Message.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lte=now), to_id=message.to_id, state=Message.State.HELD
    ).exclude(pk=message.pk)
    about = set(held.values_list("case_id", flat=True))
    if not about:
        return []
    cases = list(Case.objects.filter(pk__in=about - {message.case_id}).order_by("opened_at"))
    held.update(state=Message.State.ACCEPTED, settled_at=now, claimed_until=None)
    return cases
