"""Contacts by the API: let in one or a list, and see what became of one."""

from __future__ import annotations

import hashlib
import json
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from evenhand.care.asking import ask
from evenhand.care.cases.catalogue import Catalogue, NoPlaceYet, catalogue
from evenhand.care.cases.hands import NobodyWorksHere
from evenhand.care.cases.reference import written
from evenhand.care.inserting import insert_all
from evenhand.care.models import Case, Contact, Need, Promise
from evenhand.care.promises.models import SUPERVISOR_STANDARD
from evenhand.doors.api import problems
from evenhand.doors.api.keys import Allowance, Key, arrivals_of, key_behind
from evenhand.doors.api.problems import Flaw, Problem, as_json
from evenhand.doors.api.schemas import MOST_BYTES, MOST_CONTACTS, Said, read_body, read_contact
from evenhand.doors.intake import Knock, LetIn, Refused, believed, let_in_all
from evenhand.doors.models import Replay
from evenhand.identity.recognise import NotAnAddress, give_links

# A request costs one, each further contact of a list a tenth: about what they cost us.
ALLOWANCE = Allowance(at_once=2_000, a_second=200)
COST_IN_A_LIST = 0.1
# Nothing here is a page: a browser that is shown an answer loads nothing and frames nothing.
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

log = logging.getLogger(__name__)

Answer = dict[str, Any]
View = Callable[..., HttpResponse]


def answering(view: View) -> View:
    """Answer a program: whatever goes wrong becomes a problem document, and no words reach a log."""

    @csrf_exempt  # keys are sent by programs on purpose, never by a browser on its own
    def answered(request: HttpRequest, **about: Any) -> HttpResponse:
        response = attempted(request, **about)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    def attempted(request: HttpRequest, **about: Any) -> HttpResponse:
        try:
            return view(request, **about)
        except Problem as problem:
            return problem.response()
        except (NoPlaceYet, NobodyWorksHere) as error:
            return problems.cannot_keep(str(error)).response()
        except DatabaseError as error:
            log.error("The API could not keep a request: %s", type(error).__name__)
            return problems.cannot_keep("The store does not answer.").response()
        except Exception as error:  # noqa: BLE001 - the edge: its message may quote what was sent, so it is not logged
            log.error("The API failed: %s at %s", type(error).__name__, _place_of(error))
            return Problem(
                500,
                "failed",
                "Something of ours failed.",
                "Nothing of this request was kept. Send it again, with the same Idempotency-Key.",
            ).response()

    return answered


@answering
def contacts(request: HttpRequest) -> HttpResponse:
    """Let in one contact, or a list of them."""
    only(request, "POST")
    now = timezone.now()
    key = _key(request, "contacts:write")
    body = _body(request)
    rows = read_body(body)
    again_by = _idempotency_key(request)
    if isinstance(rows, list):
        if not 1 <= len(rows) <= MOST_CONTACTS:
            raise problems.not_understood([Flaw("", f"holds {len(rows):,} contacts; send 1 to {MOST_CONTACTS:,}")])
        _pay(key, COST_IN_A_LIST * len(rows))
    request_hash = hashlib.sha256(body).hexdigest() if again_by else ""
    try:
        status, answers = _once(again_by, request_hash, rows, key, now)
    except IntegrityError:
        # Two requests with one Idempotency-Key or external_id met, and the other was first: this one repeats it.
        status, answers = _once(again_by, request_hash, rows, key, now)
    return _answer(rows, status, answers)


@answering
def one_contact(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What became of a contact that this key let in."""
    only(request, "GET", "HEAD")
    key = _key(request, "contacts:read")
    contact = Contact.objects.select_related("case__line__need", "case__line__place", "case__owner").filter(
        uid=uid, pk__in=arrivals_of(key).values("contact_id")
    )
    found = contact.first()
    if found is None:
        raise problems.not_here()
    return _json(200, _state(found))


@answering
def nothing_here(request: HttpRequest) -> HttpResponse:
    raise problems.not_here()


def _let_in(rows: object, key: Key, now: datetime) -> tuple[int, list[Answer]]:
    """Let in what can be: the status, and an answer or a problem document for each contact, in order.

    Raises Problem where nothing at all could be let in.
    """
    listed = rows if isinstance(rows, list) else [rows]
    results: list[Answer | None] = [None] * len(listed)
    said: list[tuple[int, Said]] = []
    for i, row in enumerate(listed):
        try:
            said.append((i, read_contact(row)))
        except Problem as problem:
            results[i] = problem.document()
    book, threads = catalogue(), _threads((each.thread for _, each in said if each.thread), key)
    knocks: list[tuple[int, Knock]] = []
    for i, each in said:
        try:
            knocks.append((i, _knock(each, key, book, threads, now)))
        except Problem as problem:
            results[i] = problem.document()
    if knocks:
        try:
            told = let_in_all([knock for _, knock in knocks], now)
        except Refused as refused:
            raise problems.not_understood([Flaw(f"/{refused.where}", refused.detail)]) from None
        except NotAnAddress:
            raise problems.not_understood([Flaw("/from", "holds something that is no address")]) from None
        since, needs = _counted_from(knocks, told), {need.name: need for need in book.needs.values()}
        for (i, _), let_in, sent_at in zip(knocks, told, since, strict=True):
            results[i] = _told(let_in, sent_at, needs)
    answers = [answer for answer in results if answer is not None]
    return _status(rows, answers), answers


def _status(rows: object, answers: Sequence[Answer]) -> int:
    kept = sum("contact" in answer for answer in answers)
    if not kept:
        if not isinstance(rows, list):
            raise _as_problem(answers[0])
        raise Problem(
            422,
            "none-taken",
            "None of these contacts could be taken.",
            "“results” says for each what is wrong. Nothing of this request was kept.",
            more={"results": list(answers)},
        )
    if kept < len(answers):
        return 207
    return 200 if all(answer["is_again"] for answer in answers) else 201


def _as_problem(document: Answer) -> Problem:
    flaws = [Flaw(**each) for each in document.get("errors", ())]
    name = str(document["type"]).rpartition(":")[2]
    return Problem(document["status"], name, document["title"], document["detail"], flaws)


def _knock(said: Said, key: Key, book: Catalogue, threads: dict[str, int], now: datetime) -> Knock:
    """The knock at our door that this contact is. Raises Problem for a place or thread that is not this key's."""
    if said.place is not None and (
        said.place not in book.places or (key.place is not None and said.place != key.place)
    ):
        raise problems.no_such_place()
    if said.thread and said.thread not in threads:
        raise problems.no_such_thread()
    return Knock(
        door=said.door,
        words=said.words,
        sent_at=believed(said.sent_at, now) if "contacts:sent_at" in key.scopes else now,
        account=key.account,
        language=said.language,
        place=said.place or key.place,
        caller=said.caller,
        is_public=said.is_public,
        reach=said.reach,
        external_id=said.external_id,
        joins=threads[said.thread] if said.thread else None,
    )


def _threads(named: Iterable[str], key: Key) -> dict[str, int]:
    """The cases behind these threads, each as it was named; only those that were given to this key."""
    wanted = set(named)
    if not wanted:
        return {}
    uids = {name: uid for name in wanted if (uid := _uid(name)) is not None}
    references = {name: reference for name in wanted - uids.keys() if (reference := written(name))}
    rows = (
        arrivals_of(key)
        .filter(Q(contact__uid__in=uids.values()) | Q(contact__case__reference__in=references.values()))
        .values_list("contact__uid", "contact__case__reference", "contact__case_id")
    )
    cases: dict[object, int] = {}
    for uid, reference, case_id in rows:
        cases[uid] = cases[reference] = case_id
    return {name: cases[what] for name, what in (uids | references).items() if what in cases}


def _uid(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name) if len(name) == 36 else None
    except ValueError:
        return None


def _counted_from(knocks: Sequence[tuple[int, Knock]], told: Sequence[LetIn]) -> list[datetime]:
    """From when each is counted; a contact known already keeps the time it had."""
    again = [each.contact for each in told if each.is_again]
    kept = dict(Contact.objects.filter(uid__in=again).values_list("uid", "sent_at")) if again else {}
    return [kept.get(each.contact, knock.sent_at) for (_, knock), each in zip(knocks, told, strict=True)]


def _once(name: str, request_hash: str, rows: object, key: Key, now: datetime) -> tuple[int, list[Answer]]:
    """Let in, all in one transaction; under an idempotency key once, and then its answers with fresh links."""
    with transaction.atomic():
        if not name:
            return _let_in(rows, key, now)
        before = ask(
            'SELECT request_hash, status, "rows" FROM doors_replay WHERE account = %s AND "key" = %s', key.account, name
        )
        if before:
            ((first_hash, status, rows_then),) = before
            if first_hash != request_hash:
                raise Problem(
                    422,
                    "idempotency-key",
                    "This Idempotency-Key was used for another request.",
                    "A new request needs a key of its own. Nothing of this request was kept; the first one was.",
                )
            return status, _with_fresh_links(json.loads(rows_then), now)
        status, answers = _let_in(rows, key, now)
        kept = [{name: value for name, value in answer.items() if name != "status_url"} for answer in answers]
        insert_all(
            Replay,
            ("account", "key", "request_hash", "status", "rows", "at"),
            [(key.account, name, request_hash, status, kept, now)],
        )
        return status, answers


def _with_fresh_links(kept: Sequence[Answer], now: datetime) -> list[Answer]:
    """Answers once given, each with a new private link. What has been erased since has none."""
    uids = [uuid.UUID(answer["contact"]) for answer in kept if "contact" in answer]
    cases = {str(uid): case for uid, case in Contact.objects.filter(uid__in=uids).values_list("uid", "case_id")}
    links = dict(zip(cases, give_links([(case, None) for case in cases.values()], now), strict=True))
    return [
        answer | {"status_url": _url(links[answer["contact"]])} if answer.get("contact") in links else dict(answer)
        for answer in kept
    ]


def _told(let_in: LetIn, counted_from: datetime, needs: Mapping[str, Need]) -> Answer:
    promise = None
    if let_in.due_at is not None:
        promise = {
            "kind": let_in.kind,
            "due_at": _time(let_in.due_at),
            "standard": duration(_standard(let_in.kind, needs.get(let_in.need)) or let_in.standard or timedelta(0)),
            "reason": let_in.reason,
        }
    return {
        "case": let_in.reference,
        "contact": str(let_in.contact),
        "owner": let_in.owner,
        "place": let_in.place,
        "counted_from": _time(counted_from),
        "promise": promise,
        "status_url": _url(let_in.token),
        "is_again": let_in.is_again,
    }


def _standard(kind: str, need: Need | None) -> timedelta | None:
    """The standard as it is published: in working days where it is, not as so many hours of this place."""
    if kind == Promise.Kind.SUPERVISOR:
        return SUPERVISOR_STANDARD
    if need is None or kind == Promise.Kind.RETURN:
        return None
    return need.solve_standard if kind == Promise.Kind.SOLUTION else need.answer_standard


def _state(contact: Contact) -> Answer:
    """How its case stands now, without a word of what staff write to each other."""
    case: Case = contact.case
    running = Promise.objects.filter(case=case, is_running=True).order_by("due_at", "pk")
    return {
        "case": case.reference,
        "contact": str(contact.uid),
        "owner": case.owner.name,
        "place": case.line.place.name,
        "counted_from": _time(contact.sent_at),
        "is_solved": case.solved_at is not None,
        "solved_at": _time(case.solved_at) if case.solved_at else None,
        "promises": [
            {
                "kind": promise.kind,
                "due_at": _time(promise.due_at),
                "standard": duration(_standard(promise.kind, case.line.need) or promise.standard),
                "reason": promise.reason,
            }
            for promise in running
        ],
        "replies": [
            {"by": reply.by.name, "kind": reply.kind, "words": reply.words, "written_at": _time(reply.written_at)}
            for reply in case.replies.select_related("by").order_by("written_at", "pk")
        ],
    }


def duration(length: timedelta) -> str:
    """An ISO 8601 duration: whole days as days, the rest as hours, minutes and seconds. P3D, PT4H, P1DT2H30M."""
    hours, rest = divmod(length.seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    clock = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count)
    days = f"{length.days}D" if length.days else ""
    return f"P{days}{'T' + clock if clock else ''}" if days or clock else "PT0S"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _url(token: str) -> str:
    return f"{settings.BASE_URL}/c/{token}/"


def only(request: HttpRequest, *methods: str) -> None:
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise Problem(
            405, "method", "This address does not do that.", f"It answers {allowed}.", headers={"Allow": allowed}
        )


def _key(request: HttpRequest, scope: str) -> Key:
    """The key of a request, with this scope and with something left to spend."""
    key = key_behind(request.headers.get("Authorization", ""))
    if key is None:
        raise problems.wrong_key()
    _pay(key, 1.0)
    if scope not in key.scopes:
        raise problems.out_of_scope(scope)
    return key


def _pay(key: Key, cost: float) -> None:
    if wait := ALLOWANCE.take(key.pk, cost, time.monotonic()):
        raise problems.too_many(wait)


def _body(request: HttpRequest) -> bytes:
    if request.content_type != "application/json":
        raise Problem(
            415,
            "content-type",
            "We read JSON here.",
            "Send “Content-Type: application/json”. Nothing of this request was kept.",
            headers={"Accept": "application/json"},
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES or len(body := request.read(MOST_BYTES + 1)) > MOST_BYTES:
        raise Problem(
            413,
            "too-large",
            "This is more than we take at once.",
            f"A request has at most {MOST_BYTES:,} bytes; send a list in parts. Nothing of this request was kept.",
        )
    return body


def _idempotency_key(request: HttpRequest) -> str:
    given = request.headers.get("Idempotency-Key", "").strip()
    if len(given) > 200 or not given.isascii() or not given.isprintable():
        raise Problem(
            400,
            "idempotency-key",
            "This Idempotency-Key cannot be used.",
            "It has at most 200 printable ASCII characters. Nothing of this request was kept.",
        )
    return given


def _answer(rows: object, status: int, answers: Sequence[Answer]) -> HttpResponse:
    if not isinstance(rows, list):
        response = _json(status, answers[0])
        response["Location"] = f"{settings.BASE_URL}/api/v1/contacts/{answers[0]['contact']}"
        return response
    kept = sum("contact" in answer for answer in answers)
    return _json(status, {"kept": kept, "not_kept": len(answers) - kept, "results": list(answers)})


def _json(status: int, said: Answer) -> HttpResponse:
    return HttpResponse(as_json(said), status=status, content_type="application/json")


def _place_of(error: BaseException) -> str:
    """Where in our code an error rose, without its message."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return "nowhere" if step is None else f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}"
