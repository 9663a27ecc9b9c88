from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evenhand.care.cases.titles import title_of
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import (
    Case,
    Contact,
    Correction,
    Entry,
    Lease,
    Outcome,
    Promise,
    Raising,
    Reply,
    Solution,
)
from evenhand.care.promises import customer, keeping, staff, watching
from evenhand.desk import queue
from evenhand.doors import outbox
from evenhand.doors.intake import let_in
from evenhand.doors.models import Message, SentMail
from factories import DAY, HOUR, MINUTE, NOW, a_case, a_contact, a_desk, a_knock, a_place, an_agent

pytestmark = pytest.mark.django_db

ACTS = ("replies", "notes", "promises", "need", "owner", "raising", "solution", "reopening", "spam", "lease")


def _act(client: Client, case: Case, act: str, *, version: int | None = None, **said: Any) -> Any:
    if version is None:
        version = Case.objects.get(pk=case.pk).version
    return client.post(f"/desk/cases/{case.reference}/{act}/", {"version": version, **said})


def _page(client: Client, case: Case) -> str:
    answer = client.get(f"/desk/cases/{case.reference}/")
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


def test_the_title_is_the_customers_own_first_words():
    assert title_of("The code never arrives. I have tried five times.") == "The code never arrives"
    assert title_of("\n  Help!  ") == "Help!"
    long = "word " * 60
    assert len(title_of(long)) <= 82
    assert title_of(long).endswith("word…")


def test_the_case_shows_words_owner_promise_and_where_the_answer_goes(sign_in, settings):
    settings.IS_DEMO = True
    agent, _ = a_desk()
    case = a_case(
        "I was charged twice. It was $240.", NOW - HOUR, need="money", email="elena@example.org", name="Elena Ruiz"
    )
    page = _page(sign_in(agent), case)
    assert '<h1 id="title">I was charged twice</h1>' in page
    assert "I was charged twice. It was $240." in page
    assert "Elena Ruiz · on the web" in page
    assert "Promised an answer by" in page
    assert "Maya Okafor owns it: on duty when it came in" in page
    assert "Goes to Elena by <b>email</b>" in page
    assert "claimed, not proved" in page


def test_who_left_no_address_reads_the_answer_on_their_private_page(sign_in):
    agent, _ = a_desk()
    assert "they left no address" in _page(sign_in(agent), a_case())


def test_every_way_in_is_said_in_the_same_quiet_words(sign_in):
    agent, _ = a_desk()
    client = sign_in(agent)
    for door, is_public, said in (
        ("form", False, "on the web"),
        ("button", False, "on the web"),
        ("api", False, "through another system"),
        ("mastodon", True, "in public"),
    ):
        case = a_case("Hello there.", door=door, is_public=is_public, reach={"followers": 918_273, "verified": True})
        page = _page(client, case)
        assert f'<p class="who">The customer · {said} · ' in page
        assert "918273" not in page
        assert "verified" not in page
        assert "followers" not in page


def test_a_reply_that_solves_keeps_the_promise(sign_in, clock):
    agent, _ = a_desk()
    case = a_case(need="money")
    client = sign_in(agent)
    clock.now = NOW + HOUR
    answer = _act(client, case, "replies", words="It is on its way back.", kind="solution")
    assert answer.headers["Location"] == f"/desk/cases/{case.reference}/"
    assert Promise.objects.get(case=case).outcome.kind == Outcome.Kind.KEPT
    assert Solution.objects.get(case=case).by == agent
    page = _page(client, case)
    assert "Sent, and solved." in page
    assert "Promise kept" in page
    assert "It is on its way back." in page
    assert ledger.verify(keeping.finders()) is None


def test_a_reply_goes_out_by_the_way_the_customer_chose(sign_in, settings):
    settings.IS_DEMO = True
    agent, _ = a_desk()
    case = a_case(email="elena@example.org")
    client = sign_in(agent)
    _act(client, case, "replies", words="It is on its way back.", kind="solution")
    assert Promise.objects.filter(case=case, is_running=True).exists()  # kept only when the far side has it
    assert "by email: on its way" in _page(client, case)
    while outbox.carry_one(NOW):
        pass
    assert "It is on its way back." in SentMail.objects.get(message__kind=Message.Kind.REPLY).body
    assert not Promise.objects.filter(case=case, is_running=True).exists()


def test_an_answer_promises_the_solution_by_the_time_that_was_chosen(sign_in):
    agent, _ = a_desk()
    case = a_case(need="question")
    _act(sign_in(agent), case, "replies", words="We look into it.", kind="answer", solution_by="2026-03-12T14:00")
    promise = Promise.objects.get(case=case, kind=Promise.Kind.SOLUTION)
    assert promise.due_at >= NOW + 9 * DAY
    assert Case.objects.get(pk=case.pk).first_unanswered_at is None


def test_a_question_needs_a_day_on_which_we_come_back(sign_in):
    agent, _ = a_desk()
    case = a_case(need="question")
    client = sign_in(agent)
    answer = _act(client, case, "replies", words="Which branch was it?", kind="question")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Which branch was it?" in page
    assert "Say when you come back if no answer comes." in page
    assert not Reply.objects.exists()
    _act(client, case, "replies", words="Which branch was it?", kind="question", back_on="2026-03-05T12:00")
    assert Case.objects.get(pk=case.pk).returns_at is not None


def test_a_time_in_the_past_is_refused_and_the_words_are_kept(sign_in):
    agent, _ = a_desk()
    case = a_case()
    answer = _act(sign_in(agent), case, "replies", words="Soon, I hope.", kind="answer", solution_by="2020-01-01T10:00")
    assert answer.status_code == 422
    page = html.unescape(answer.content.decode())
    assert "The time you promise lies in the past." in page
    assert "Soon, I hope." in page


def test_a_time_is_read_as_the_clock_at_the_place_shows_it(sign_in):
    place = a_place("los-angeles", zone="America/Los_Angeles")
    agent = an_agent(places=[place])
    case = a_case(need="question", place="los-angeles")
    _act(sign_in(agent), case, "replies", words="Which branch?", kind="question", back_on="2026-03-05T12:00")
    due = Promise.objects.get(case=case, kind=Promise.Kind.RETURN).due_at
    assert due.isoformat() == "2026-03-05T20:00:00+00:00"


def test_no_words_are_no_reply(sign_in):
    agent, _ = a_desk()
    case = a_case()
    assert _act(sign_in(agent), case, "replies", words="  ", kind="solution").status_code == 422
    assert not Reply.objects.exists()


def test_enter_in_a_field_of_a_time_sends_nothing_and_keeps_the_words(sign_in):
    agent, _ = a_desk()
    case = a_case()
    client = sign_in(agent)
    page = _page(client, case)
    form = page[page.index('<form class="reply"') :]
    assert re.search(r"<button[^>]*>", form)[0] == '<button name="kind" value="" hidden>'
    answer = _act(client, case, "replies", words="Half a thought.", kind="", solution_by="2026-03-05T12:00")
    assert answer.status_code == 422
    assert "Nothing was sent yet." in answer.content.decode()
    assert "Half a thought." in answer.content.decode()
    assert not Reply.objects.exists()


def test_d53_a_reply_written_on_an_older_state_comes_back_with_both_texts(sign_in, clock):
    agent, _ = a_desk()
    other = an_agent("Tom Reyes")
    case = a_case(need="money")
    seen = Case.objects.get(pk=case.pk).version
    clock.now = NOW + 5 * MINUTE
    _act(sign_in(other), case, "replies", words="Tom's own answer.", kind="answer")
    clock.now = NOW + 6 * MINUTE
    client = sign_in(agent)
    answer = _act(
        client, case, "replies", version=seen, words="Maya's answer.", kind="solution", seen_at=NOW.isoformat()
    )
    assert answer.status_code == 409
    page = html.unescape(answer.content.decode())
    assert "Tom's own answer." in page
    assert "New since you opened it" in page
    assert re.search(r'<textarea id="reply-words" name="words"[^>]*>\s*Maya\'s answer\.</textarea>', page)
    assert [reply.by for reply in Reply.objects.all()] == [other]
    fresh = Case.objects.get(pk=case.pk).version
    assert f'<input type="hidden" name="version" value="{fresh}">' in page
    assert _act(client, case, "replies", version=fresh, words="Maya's answer.", kind="solution").status_code == 302
    assert Reply.objects.count() == 2


def test_d53_what_a_customer_added_meanwhile_stops_an_act_too(sign_in):
    agent, _ = a_desk()
    case = a_case(need="money")
    seen = Case.objects.get(pk=case.pk).version
    let_in(a_knock("It is three times now!", joins=case.pk), NOW + MINUTE)
    answer = _act(sign_in(agent), case, "replies", version=seen, words="Twice, I see.", kind="solution")
    assert answer.status_code == 409
    assert "It is three times now!" in answer.content.decode()
    assert "Twice, I see." in answer.content.decode()
    assert not Solution.objects.exists()


@pytest.mark.parametrize(
    ("act", "said", "kept"),
    [
        ("promises", {"due_at": "2026-03-09T12:00", "reason": "The printer broke."}, "The printer broke."),
        ("need", {"need": "wrong", "because": "It says so plainly."}, "It says so plainly."),
        ("solution", {"because": "The branch did it."}, "The branch did it."),
        ("spam", {}, ""),
    ],
)
def test_d53_every_act_on_an_older_state_is_stopped_and_keeps_its_words(sign_in, act, said, kept):
    agent, _ = a_desk()
    case = a_case(need="money")
    seen = Case.objects.get(pk=case.pk).version
    Case.objects.filter(pk=case.pk).update(version=seen + 1)
    answer = _act(sign_in(agent), case, act, version=seen, **said)
    assert answer.status_code == 409
    assert kept in answer.content.decode()


def test_d53_of_two_replies_sent_at_once_one_wins(sign_in):
    agent, _ = a_desk()
    case = a_case(need="money")
    seen = Case.objects.get(pk=case.pk).version
    client = sign_in(agent)
    statuses = [
        _act(client, case, "replies", version=seen, words="Sent twice.", kind="solution").status_code for _ in range(2)
    ]
    assert statuses == [302, 409]
    assert Reply.objects.count() == 1


def test_an_act_that_does_not_say_what_its_writer_saw_is_not_done(sign_in):
    agent, _ = a_desk()
    case = a_case()
    client = sign_in(agent)
    answer = client.post(f"/desk/cases/{case.reference}/replies/", {"words": "Hello.", "kind": "solution"})
    assert answer.status_code == 422
    assert "Hello." in answer.content.decode()
    assert not Reply.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_looking_at_an_act_changes_nothing_and_leads_to_the_case(sign_in, act):
    agent, _ = a_desk()
    case = a_case()
    entries = Entry.objects.count()
    answer = sign_in(agent).get(f"/desk/cases/{case.reference}/{act}/")
    assert answer.headers["Location"] == f"/desk/cases/{case.reference}/"
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("act", ACTS)
def test_d40_an_act_asked_for_by_another_site_is_refused(act, clock):
    agent, _ = a_desk()
    case = a_case()
    client = Client(enforce_csrf_checks=True)
    client.force_login(agent)
    answer = client.post(f"/desk/cases/{case.reference}/{act}/", {"version": case.version, "words": "x"})
    assert answer.status_code == 403


def test_d30_a_note_stays_in(sign_in, settings):
    settings.IS_DEMO = True
    agent, _ = a_desk()
    case = a_case(email="elena@example.org")
    client = sign_in(agent)
    canary = "canary-7f3a: the branch made this up"
    _act(client, case, "notes", words=canary)
    assert canary in _page(client, case)
    assert "Note by Maya Okafor · stays in" in _page(client, case)
    _act(client, case, "replies", words="It is on its way back.", kind="answer")
    _act(client, case, "promises", due_at="2026-04-09T12:00", reason="The printer broke.")
    while outbox.carry_one(NOW):
        pass
    assert SentMail.objects.count() == 3
    for mail in SentMail.objects.all():
        assert "canary-7f3a" not in mail.body + mail.subject
    assert not any("canary-7f3a" in entry.body for entry in Entry.objects.all())


XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% load x %}",
    "<a href='javascript:alert(1)'>x</a>",
]


@pytest.mark.parametrize("payload", XSS)
def test_d16_nothing_that_a_stranger_wrote_runs_on_the_desk(sign_in, payload):
    agent, supervisor = a_desk()
    case = a_case(f"{payload} said", NOW - HOUR, name=payload, email="x@example.org", claims=payload[:40])
    client = sign_in(agent)
    _act(client, case, "notes", words=payload)
    _act(client, case, "raising", because=payload)
    pages = [
        client.get(path).content.decode()
        for path in ("/desk/", "/desk/mine/", f"/desk/cases/{case.reference}/", f"/desk/cases/?reference={payload}")
    ]
    pages.append(_act(client, case, "replies", version=999, words=payload, kind="solution").content.decode())
    pages.append(sign_in(supervisor).get("/desk/supervisor/").content.decode())
    _act(client, case, "spam")
    pages.append(client.get("/desk/spam/").content.decode())
    for page in pages:
        for tag in re.findall(r"<(?!/)[a-z-]+[^>]*>", page):
            assert not re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', "", tag)), tag
            assert "javascript:" not in "".join(re.findall(r'(?:href|src|action)="([^"]*)"', tag)), tag
        assert "<script>" not in page
        assert "<svg/onload" not in page
        assert "<img" not in page


def test_d24_a_foreign_case_and_an_unknown_one_look_the_same(sign_in):
    agent, _ = a_desk()
    an_agent("Tom Reyes", places=[a_place("fremont")])
    foreign = a_case("A secret of Fremont.", place="fremont")
    client = sign_in(agent)
    for act in ("", *(f"{act}/" for act in ACTS)):
        paths = [f"/desk/cases/{reference}/{act}" for reference in (foreign.reference, "ZZZ-ZZZ")]
        for ask in (client.get, client.post) if act else (client.get,):
            answers = [ask(path) for path in paths]
            assert [answer.status_code for answer in answers] == [404, 404]
            bodies = [
                answer.content.decode().replace(reference, "")
                for answer, reference in zip(answers, (foreign.reference, "ZZZ-ZZZ"), strict=True)
            ]
            assert bodies[0] == bodies[1]
    assert Entry.objects.filter(subject=foreign.reference).exclude(act__in=["admitted", "arrived"]).count() == 0


def test_d25_a_foreign_colleague_in_a_form_is_not_found_and_nothing_changes(sign_in):
    agent, _ = a_desk()
    stranger = an_agent("Tom Reyes", places=[a_place("fremont")])
    case = a_case(place="oakland")
    client = sign_in(agent)
    for to in (stranger.pk, 999_999):
        assert _act(client, case, "owner", to=to).status_code == 404
    assert Case.objects.get(pk=case.pk).owner == agent


def test_d29_fields_that_a_form_does_not_have_are_ignored(sign_in):
    agent, supervisor = a_desk()
    case = a_case(need="money")
    _act(
        sign_in(agent),
        case,
        "replies",
        words="Yours.",
        kind="solution",
        by=supervisor.pk,
        owner=supervisor.pk,
        place="fremont",
        written_at="2020-01-01T00:00",
        reached_at="2020-01-01T00:00",
        due_at="2030-01-01T00:00",
        is_active="",
        uid="00000000-0000-0000-0000-000000000000",
        case_id=999,
    )
    reply = Reply.objects.get()
    assert (reply.by, reply.case_id, reply.written_at, reply.reached_at) == (agent, case.pk, NOW, NOW)
    assert str(reply.uid) != "00000000-0000-0000-0000-000000000000"
    assert Case.objects.get(pk=case.pk).owner == agent


def test_a_later_promise_is_told_with_its_reason(sign_in, settings):
    settings.IS_DEMO = True
    agent, _ = a_desk()
    case = a_case(need="money", email="elena@example.org")
    client = sign_in(agent)
    _act(client, case, "promises", due_at="2026-03-05T12:00", reason="The printer broke.")
    page = _page(client, case)
    assert "New promise: an answer by Thursday 12:00. The printer broke" in page
    assert Message.objects.filter(case=case, kind=Message.Kind.RENEWAL).count() == 1


def test_an_earlier_time_is_no_new_promise(sign_in):
    agent, _ = a_desk()
    case = a_case(need="money")
    answer = _act(sign_in(agent), case, "promises", due_at="2026-03-03T10:30", reason="Quicker.")
    assert answer.status_code == 422
    assert "not later than the one we promised" in answer.content.decode()
    assert "Quicker." in answer.content.decode()


def test_a_case_is_handed_on_to_a_colleague_of_its_place(sign_in):
    agent, _ = a_desk()
    tom = an_agent("Tom Reyes")
    case = a_case(need="money")
    client = sign_in(agent)
    assert "Tom Reyes" in _page(client, case)
    _act(client, case, "owner", to=tom.pk)
    changed = Case.objects.get(pk=case.pk)
    assert changed.owner == tom
    assert changed.first_unanswered_at == case.first_unanswered_at
    assert "Tom Reyes owns it: was handed it" in _page(client, case)


def test_a_need_of_which_triage_is_not_sure_is_confirmed_or_corrected(sign_in):
    agent, _ = a_desk()
    case = a_case("zzz qqq")
    case.judged.is_sure = False
    case.judged.save()
    client = sign_in(agent)
    assert "Not sure: confirm the need." in _page(client, case)
    _act(client, case, "need", need="shut-out")
    assert Correction.objects.get().after.slug == "shut-out"
    assert "Not sure: confirm the need." not in _page(client, case)


def test_a_case_in_another_hand_says_so_and_can_still_be_answered(sign_in):
    agent, _ = a_desk()
    tom = an_agent("Tom Reyes")
    case = a_case(need="money")
    queue.take_next(tom, NOW)
    client = sign_in(agent)
    page = _page(client, case)
    assert "<b>Tom Reyes</b> has this in hand until" in page
    assert _act(client, case, "replies", words="I knew it by heart.", kind="solution").status_code == 302
    assert Reply.objects.get().by == agent


def test_taking_another_than_the_head_needs_a_reason_which_is_kept(sign_in):
    agent, _ = a_desk()
    a_case("I was charged twice.", NOW - 3 * HOUR, need="money")
    second = a_case("I was charged three times.", NOW - 2 * HOUR, need="money")
    client = sign_in(agent)
    answer = _act(client, second, "lease")
    assert answer.status_code == 422
    assert "This is not the next case." in answer.content.decode()
    _act(client, second, "lease", because="She stands before me.")
    lease = Lease.objects.get(case=second)
    assert (lease.reason, lease.overtaken) == ("She stands before me.", 1)
    assert "took it out of turn, before one other" in _page(client, second)


def test_a_solved_case_can_be_opened_again_at_its_place(sign_in, clock):
    agent, _ = a_desk()
    case = a_case(need="money")
    client = sign_in(agent)
    clock.now = NOW + HOUR
    _act(client, case, "replies", words="Done.", kind="solution")
    clock.now = NOW + 2 * DAY
    assert "Open again" in _page(client, case)
    _act(client, case, "reopening", because="It came back.")
    assert Case.objects.get(pk=case.pk).first_unanswered_at == NOW + 2 * DAY - HOUR
    assert "Opened again by Maya Okafor" in _page(client, case)


def test_what_waits_for_an_answer_is_not_closed_without_one(sign_in):
    agent, _ = a_desk()
    case = a_case(need="money")
    answer = _act(sign_in(agent), case, "solution", because="Nothing to do.")
    assert answer.status_code == 422
    assert "The customer waits for an answer." in answer.content.decode()


def test_what_was_answered_is_solved_with_a_word_on_how(sign_in, clock):
    agent, _ = a_desk()
    case = a_case(need="money")
    client = sign_in(agent)
    clock.now = NOW + MINUTE
    _act(client, case, "replies", words="We look into it.", kind="answer")
    clock.now = NOW + HOUR
    _act(client, case, "solution", because="The bank paid it back.")
    assert "Solved by Maya Okafor “The bank paid it back.”" in _page(client, case)


def test_a_missed_promise_is_red_on_the_case_and_raised(sign_in, clock):
    agent, supervisor = a_desk()
    case = a_case(need="money")
    clock.now = NOW + 6 * HOUR
    while watching.break_one_overdue(clock.now):
        pass
    page = _page(sign_in(agent), case)
    assert '<p class="event broken">Promise missed: an answer was due' in page
    assert "Raised to Jonas Ames: a promise was missed" in page
    assert supervisor.name in page


def test_earlier_cases_of_the_same_address_are_linked_if_one_may_read_them(sign_in):
    agent, _ = a_desk()
    an_agent("Tom Reyes", places=[a_place("fremont")])
    before = a_case("First time.", NOW - 9 * DAY, email="elena@example.org", place="oakland")
    foreign = a_case("At Fremont.", NOW - 5 * DAY, email="elena@example.org", place="fremont")
    case = a_case("Again.", email="elena@example.org", place="oakland")
    page = _page(sign_in(agent), case)
    assert f'href="/desk/cases/{before.reference}/"' in page
    assert foreign.reference not in page
    assert "<dt>Earlier cases</dt><dd>1</dd>" in page
    assert "<dt>Since the first</dt><dd>9 days</dd>" in page


def test_an_unproved_claim_is_a_hint_and_no_more(sign_in):
    agent, _ = a_desk()
    other = a_case("First.")
    case = a_case("It belongs to the other.", claims=other.reference)
    page = _page(sign_in(agent), case)
    assert "Says it belongs to" in page
    assert f"?reference={other.reference}" in page
    assert "Not proved, so it is a case of its own." in page


def test_something_new_in_an_open_case_is_said_without_touching_what_is_written(sign_in):
    agent, _ = a_desk()
    case = a_case()
    client = sign_in(agent)
    version = Case.objects.get(pk=case.pk).version
    asked = {"HX-Request": "true", "HX-Target": "meanwhile"}
    path = f"/desk/cases/{case.reference}/?version={version}"
    assert "Something happened" not in client.get(path, headers=asked).content.decode()
    let_in(a_knock("And another thing.", joins=case.pk), NOW + MINUTE)
    part = client.get(path, headers=asked).content.decode()
    assert "Something happened in this case since you opened it." in part
    assert "<textarea" not in part


def test_the_case_page_asks_the_database_as_often_whatever_waits_and_was_said(sign_in, warm_catalogue):
    agent, _ = a_desk()
    case = a_case(email="elena@example.org")
    client = sign_in(agent)
    counts = []
    for more in (12, 60):
        for number in range(more):
            a_case(f"Number {number}", NOW - 20 * HOUR, need="question")
        for number in range(more // 12):
            let_in(a_knock(f"More of it, {number}", joins=case.pk), NOW + MINUTE)
            staff.note(case.pk, by=agent, words=f"Note {number}", now=NOW)
            a_case(f"Other {number}", NOW - timedelta(days=number + 1), need="thanks", email="elena@example.org")
        _page(client, case)
        with CaptureQueriesContext(connection) as asked:
            _page(client, case)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 38


def test_a_supervisors_reply_keeps_the_promise_of_a_supervisors_answer(sign_in):
    _, supervisor = a_desk()
    case = a_case(need="money")
    customer.wants_supervisor(a_contact(case, "", kind=Contact.Kind.SUPERVISOR), NOW)
    _act(sign_in(supervisor), case, "replies", words="I have seen to it.", kind="solution")
    promise = Promise.objects.get(case=case, kind=Promise.Kind.SUPERVISOR)
    assert promise.outcome.kind == Outcome.Kind.KEPT
    assert not Raising.objects.filter(case=case, settled_at=None).exists()
