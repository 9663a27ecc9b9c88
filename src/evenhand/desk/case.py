"""The case: all that happened to it, who stands behind it, and what staff do to it.

The one module of the desk that sees how a contact came in and how a reply goes out: the reply has to fit the way back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language_info
from django.views.decorators.http import require_safe

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.cases.reference import written
from evenhand.care.cases.titles import title_of
from evenhand.care.models import Case, Contact, Need, Promise, Reply
from evenhand.care.promises import keeping, staff
from evenhand.care.promises.making import Teller
from evenhand.care.triage.correcting import correct
from evenhand.desk import queue
from evenhand.desk.forms import (
    ActForm,
    LeaseForm,
    NeedForm,
    NoteForm,
    OwnerForm,
    PromiseForm,
    RaisingForm,
    ReopeningForm,
    ReplyForm,
    SolutionForm,
    SpamForm,
)
from evenhand.desk.frame import desk_page
from evenhand.desk.slips import slips
from evenhand.desk.staff import StaffRequest, for_staff
from evenhand.desk.story import Rows, Told, rows_of, story_of
from evenhand.doors import outbox
from evenhand.doors.models import Arrival, Message
from evenhand.identity.models import Behind, Identity
from evenhand.people.models import Person
from evenhand.ui import times

ROWS_BESIDE = 12
EARLIER_SHOWN = 5
ACTS = ("reply", "note", "promise", "need", "owner", "raising", "solution", "reopening", "lease", "spam")

CAME = {
    "form": "on the web",
    "button": "on the web",
    "status": "on their private page",
    "api": "through another system",
    "file": "brought in from a file",
}
"""How something came in, in the same quiet words for every door."""

Form = TypeVar("Form", bound=ActForm)
Do = Callable[[StaffRequest, Case, Form, datetime], str]


def undelivered() -> int:
    """How many messages wait because nothing is set up to carry them."""
    return outbox.waiting_without_a_carrier()


def seen_by(person: Person, reference: str) -> Case:
    """The case of that reference among those this person may read. Foreign and unknown look the same."""
    found = Case.objects.visible_to(person).select_related("owner", "judged").filter(reference=written(reference))
    if (case := found.first()) is None:
        raise Http404
    case.line = catalogue().of_line(case.line_id)
    return case


@dataclass(frozen=True)
class Customer:
    """Who stands behind a case, as far as it is known, and where the answer goes."""

    name: str = ""
    identities: list[Identity] = field(default_factory=list)
    answer_to: Identity | None = None
    has_carrier: bool = False
    earlier: list[Case] = field(default_factory=list)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else "the customer"

    @property
    def is_proved(self) -> bool:
        return any(identity.is_proved for identity in self.identities)


def customer_behind(case: Case, person: Person) -> Customer:
    behind = Behind.objects.filter(case=case).select_related("customer").first()
    if behind is None:
        return Customer()
    others = list(
        Behind.objects.filter(customer=behind.customer_id).exclude(case=case).values_list("case_id", flat=True)[:1_000]
    )
    theirs = Q(customer=behind.customer_id) | Q(pk=behind.answer_to_id)
    identities = list(Identity.objects.filter(theirs).order_by("pk"))
    answer_to = next((identity for identity in identities if identity.pk == behind.answer_to_id), None)
    return Customer(
        name=behind.customer.name,
        identities=identities,
        answer_to=answer_to,
        has_carrier=answer_to is not None and outbox.carrier_for(answer_to.kind) is not None,
        earlier=_earlier(others, case, person) if others else [],
    )


def _earlier(others: list[int], case: Case, person: Person) -> list[Case]:
    """Other cases of the same customer from before, the latest first, of those that this person may read."""
    visible = Case.objects.visible_to(person).filter(pk__in=others, opened_at__lte=case.opened_at)
    earlier = list(visible.order_by("-opened_at", "-pk")[: EARLIER_SHOWN + 1])
    for each in earlier:
        each.line = catalogue().of_line(each.line_id)
    return earlier


def told_of(case: Case, rows: Rows, customer: Customer) -> tuple[Told, set[str]]:
    """How each thing came in and went out, in words; and the cases that contacts claim to belong to, unproved."""
    came, claims = {}, set[str]()
    for contact_id, door, is_public, claimed in Arrival.objects.filter(
        contact_id__in=[contact.pk for contact in rows.contacts]
    ).values_list("contact_id", "door", "is_public", "claims"):
        came[contact_id] = "in public" if is_public else CAME.get(door, f"by {door}")
        if claimed and written(claimed) != case.reference:
            claims.add(written(claimed) or claimed)
    for contact in rows.contacts:
        came.setdefault(contact.pk, CAME["status"])
    went, confirmed = {}, ""
    for message in Message.objects.filter(
        case=case, kind__in=[Message.Kind.REPLY, Message.Kind.CONFIRMATION]
    ).select_related("to"):
        said = _carried(message)
        if message.reply_id is not None:
            went[message.reply_id] = said
        else:
            confirmed = f", confirmed {said}"
    return Told(customer.name or "The customer", came, went, confirmed), claims


def _carried(message: Message) -> str:
    by = f"by {message.to.get_kind_display().lower()}"
    if message.state == Message.State.ACCEPTED:
        return by
    if message.state == Message.State.REFUSED:
        return f"{by}: it could not be delivered"
    if message.state == Message.State.UNCERTAIN:
        return f"{by}: it may not have arrived"
    if outbox.carrier_for(message.to.kind) is None:
        return f"on their private page, as nothing carries {message.to.get_kind_display().lower()} yet"
    return f"{by}: on its way"


def colleagues_for(case: Case) -> QuerySet[Person]:
    """Who a case may be handed to: those who work at its place."""
    return Person.objects.who_act().filter(places=case.line.place_id)


@require_safe
@for_staff
def case(request: StaffRequest, reference: str) -> HttpResponse:
    now = timezone.now()
    found = seen_by(request.user, reference)
    if request.headers.get("HX-Target") == "meanwhile":
        return desk_part(request, found)
    with timezone.override(found.line.place.zone):
        return case_page(request, found, now)


def desk_part(request: StaffRequest, found: Case) -> HttpResponse:
    """Whether something happened since the page was opened; nothing of the page itself is touched."""
    return desk_page(
        request,
        "desk/case.html#meanwhile",
        timezone.now(),
        case=found,
        seen_version=request.GET.get("version", ""),
        version=str(found.version),
    )


def case_page(
    request: StaffRequest,
    found: Case,
    now: datetime,
    *,
    status: int = 200,
    form: ActForm | None = None,
    since: datetime | None = None,
) -> HttpResponse:
    """The page of a case. form: the one whose words come back; since: what happened later stands out."""
    person, book = request.user, catalogue()
    zone = ZoneInfo(found.line.place.zone)
    rows = rows_of(found)
    customer = customer_behind(found, person)
    told, claims = told_of(found, rows, customer)
    first = next((contact.words for contact in rows.contacts if contact.words), "")
    running = rows.running
    judged = getattr(found, "judged", None)
    return desk_page(
        request,
        "desk/case.html",
        now,
        here="case",
        status=status,
        case=found,
        zone=zone,
        title=title_of(first),
        story=story_of(rows, told, lambda at: times.when(at, zone, now), since),
        promise=running[0] if running else None,
        running=running,
        lease=rows.lease,
        holder=rows.names[rows.lease.person_id] if rows.lease else "",
        customer=customer,
        claims=sorted(claims),
        judged=judged,
        is_unsure=_is_unsure(found, rows),
        contacts=sum(1 for contact in rows.contacts if contact.kind == Contact.Kind.WORDS),
        own_replies=sum(1 for reply in rows.replies if reply.by_id == person.pk),
        own_notes=sum(1 for note in rows.notes if note.by_id == person.pk),
        broken=rows.broken,
        days=(now - (customer.earlier[-1].opened_at if customer.earlier else found.opened_at)).days,
        spoken=_language(found.language),
        set_aside_by=next((rows.names[mark.by_id] for mark in rows.spam_marks if mark.lifted_at is None), ""),
        read_as=book.need_by_id[judged.need_id].name if judged else "",
        sure=round(100 * judged.confidence) if judged else 0,
        earlier_count=_count(len(customer.earlier)),
        rows=queue.page(person, now, ROWS_BESIDE),
        chosen=found.reference,
        acts=slips(
            ACTS,
            get_token(request),
            found.version,
            now.isoformat(),
            form,
            reply=_times(found, running, now),
            need={"need": found.line.need.slug},
        ),
        needs=[(need.slug, need.name) for need in book.needs.values()],
        colleagues=[
            ("", "Choose a name"),
            *colleagues_for(found).exclude(pk=found.owner_id).values_list("pk", "name"),
        ],
        is_stale=status == 409,
    )


def _is_unsure(found: Case, rows: Rows) -> bool:
    judged = getattr(found, "judged", None)
    return judged is not None and not judged.is_sure and not rows.corrections


def _count(earlier: int) -> str:
    return str(earlier) if earlier <= EARLIER_SHOWN else f"{EARLIER_SHOWN}+"


def _language(code: str) -> str:
    try:
        name: str = get_language_info(code)["name"]
    except KeyError:
        return code
    return name


def _times(found: Case, running: list[Promise], now: datetime) -> dict[str, str]:
    """The times that a reply's fields start with, as the clock at the place shows them."""
    zone, clock = ZoneInfo(found.line.place.zone), catalogue().clock(found.line, now)
    promised = next((promise for promise in running if promise.kind == Promise.Kind.SOLUTION), None)
    since = found.first_unanswered_at or found.opened_at
    by = promised.due_at if promised else Teller(catalogue(), now).solution(found.line, since).due_at
    back_on = clock.after(now, clock.working_days(2)).astimezone(zone)
    back_on = back_on.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return {"solution_by": f"{by.astimezone(zone):%Y-%m-%dT%H:%M}", "back_on": f"{back_on:%Y-%m-%dT%H:%M}"}


def act(form_class: type[Form]) -> Callable[[Do[Form]], Callable[..., HttpResponse]]:
    """An act on a case: POST to its noun. It redirects when done.

    What cannot be done comes back as 422 with the reason; what was written on an older state of the case comes back
    as 409. Both give back the words.
    """

    def decorate(do: Do[Form]) -> Callable[..., HttpResponse]:
        @wraps(do)
        def acted(request: StaffRequest, reference: str) -> HttpResponse:
            now = timezone.now()
            found = seen_by(request.user, reference)
            if request.method != "POST":
                return redirect("desk:case", found.reference)  # after signing in again, or by reloading
            with timezone.override(found.line.place.zone):
                form = _bound(form_class, request, found)
                if not form.is_valid():
                    return case_page(request, found, now, status=422, form=form)
                try:
                    said = do(request, found, form, now)
                except keeping.Stale:
                    return _stale(request, found, form_class, now)
                except (keeping.NotPossible, queue.NeedsReason) as why:
                    form.add_error(None, str(why))
                    return case_page(request, found, now, status=422, form=form)
            messages.success(request, said)
            return redirect("desk:case", found.reference)

        return for_staff(acted)

    return decorate


def _bound(form_class: type[Form], request: HttpRequest, found: Case, version: int | None = None) -> Form:
    data = request.POST.copy()
    if version is not None:
        data["version"], data["seen_at"] = str(version), timezone.now().isoformat()
    if form_class is NeedForm:
        return form_class(data, needs=catalogue().needs.values())
    return form_class(data)


def _stale(request: StaffRequest, found: Case, form_class: type[Form], now: datetime) -> HttpResponse:
    """Both texts on one page: what came in between, marked, and the person's own words, still in their box."""
    fresh = seen_by(request.user, found.reference)
    form = _bound(form_class, request, fresh, fresh.version)
    form.is_valid()
    since = parse_datetime(request.POST.get("seen_at", "")[:40]) if "seen_at" in request.POST else None
    if since is not None and timezone.is_naive(since):
        since = None
    return case_page(request, fresh, now, status=409, form=form, since=since)


@act(ReplyForm)
def replies(request: StaffRequest, found: Case, form: ReplyForm, now: datetime) -> str:
    said = form.cleaned_data
    with transaction.atomic():
        reply = staff.reply(
            found.pk,
            by=request.user,
            words=said["words"],
            kind=Reply.Kind(said["kind"]),
            version=said["version"],
            now=now,
            by_when=form.by_when,
        )
        outbox.send(reply, now)
    if reply.kind == Reply.Kind.SOLUTION:
        return "Sent, and solved. Press n for the next."
    if reply.kind == Reply.Kind.QUESTION:
        return "Asked. We come back by ourselves if no answer comes."
    return "Sent, with the promise of a solution."


@act(NoteForm)
def notes(request: StaffRequest, found: Case, form: NoteForm, now: datetime) -> str:
    staff.note(found.pk, by=request.user, words=form.cleaned_data["words"], now=now)
    return "Noted. It stays in."


@act(PromiseForm)
def promises(request: StaffRequest, found: Case, form: PromiseForm, now: datetime) -> str:
    said = form.cleaned_data
    with transaction.atomic():
        promise = staff.promise_anew(
            found.pk, by=request.user, due_at=said["due_at"], reason=said["reason"], version=said["version"], now=now
        )
        outbox.plan(promise.case, Message.Kind.RENEWAL, now, promise=promise)
    return "Promised anew. The customer is told why."


@act(NeedForm)
def need(request: StaffRequest, found: Case, form: NeedForm, now: datetime) -> str:
    said = form.cleaned_data
    chosen: Need = catalogue().needs[said["need"]]
    with transaction.atomic():
        earlier = correct(
            found.pk, by=request.user, need=chosen, because=said["because"], version=said["version"], now=now
        )
        if earlier is not None:
            outbox.plan(earlier.case, Message.Kind.EARLIER, now, promise=earlier)
    if earlier is not None:
        return f"The need is {chosen.name} now, and the customer is told the earlier time. The clock stays as it was."
    if chosen.pk == found.line.need_id:
        return f"Confirmed: {chosen.name}."
    return f"The need is {chosen.name} now. The clock stays as it was."


@act(OwnerForm)
def owner(request: StaffRequest, found: Case, form: OwnerForm, now: datetime) -> str:
    said = form.cleaned_data
    to = get_object_or_404(colleagues_for(found), pk=said["to"])
    staff.hand_on(found.pk, by=request.user, to=to, version=said["version"], now=now)
    return f"{to.name} owns it now. It keeps its place."


@act(RaisingForm)
def raising(request: StaffRequest, found: Case, form: RaisingForm, now: datetime) -> str:
    raised = staff.raise_by_staff(found.pk, by=request.user, because=form.cleaned_data["because"], now=now)
    return f"{raised.to.name} is told."


@act(SolutionForm)
def solution(request: StaffRequest, found: Case, form: SolutionForm, now: datetime) -> str:
    said = form.cleaned_data
    with transaction.atomic():
        solved = staff.solve(found.pk, by=request.user, because=said["because"], version=said["version"], now=now)
        if found.solved_at is None:
            outbox.plan(solved.case, Message.Kind.CLOSED, now)
    return "Solved. The customer is told."


@act(ReopeningForm)
def reopening(request: StaffRequest, found: Case, form: ReopeningForm, now: datetime) -> str:
    said = form.cleaned_data
    staff.reopen(found.pk, by=request.user, because=said["because"], version=said["version"], now=now)
    return "Opened again, at the place it had."


@act(SpamForm)
def spam(request: StaffRequest, found: Case, form: SpamForm, now: datetime) -> str:
    staff.set_aside_as_spam(found.pk, by=request.user, version=form.cleaned_data["version"], now=now)
    return "Set aside as spam. A second person looks at it within a working day."


@act(LeaseForm)
def lease(request: StaffRequest, found: Case, form: LeaseForm, now: datetime) -> str:
    queue.take(found.pk, request.user, now, form.cleaned_data["because"])
    return "It is in your hands."
