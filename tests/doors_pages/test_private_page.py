"""The customer's private page: what it shows, what can be said on it, and who can open it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case, Contact, Outcome, Promise, Raising, Reply
from evenhand.care.promises import keeping, staff, watching
from evenhand.doors import limits, outbox
from evenhand.doors.models import Arrival, Message
from evenhand.identity.models import StatusLink
from evenhand.identity.recognise import give_links
from factories import HOUR, a_case, a_desk

pytestmark = pytest.mark.django_db

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</textarea><svg onload=alert(1)>",
    "{{ 7*7 }} {% csrf_token %}",
    "javascript:alert(1)",
    '"><iframe src=//evil.example></iframe>',
]


@pytest.fixture(autouse=True)
def nobody_over_a_limit():
    limits.forget()
    yield
    limits.forget()


@pytest.fixture
def desk():
    return a_desk()


def link_to(case: Case) -> str:
    return f"/c/{give_links([(case.pk, None)], timezone.now())[0]}/"


def a_new_case(words: str = "I was charged twice. It was on Monday.", **about) -> Case:
    return a_case(words, timezone.now() - timedelta(minutes=5), need=about.pop("need", "money"), **about)


def answer(case: Case, by, words: str = "It is put right.", kind=Reply.Kind.SOLUTION) -> Reply:
    now = timezone.now()
    written = staff.reply(case.pk, by=by, words=words, kind=kind, version=None, now=now)
    outbox.send(written, now)
    return written


def press(link: str, what: str, **said: str):
    return Client().post(f"{link}{what}/", said)


def test_it_says_who_owns_it_by_when_and_in_whose_words(desk):
    shown = Client().get(link_to(a_new_case())).content.decode()
    assert "<h1>I was charged twice</h1>" in shown
    assert "Maya Okafor</b> owns this until it is solved" in shown
    assert "Answer by" in shown
    assert "everyone with this kind of problem is promised 4 working hours" in shown


def test_words_added_join_the_case_and_keep_its_place(desk):
    case = a_new_case()
    since, link = case.first_unanswered_at, link_to(case)
    assert press(link, "words", words="It was $14.", key="k" * 20).status_code == 302
    press(link, "words", words="It was $14.", key="k" * 20)
    case.refresh_from_db()
    assert list(case.contacts.values_list("words", flat=True))[1:] == ["It was $14."], "sent twice, let in once"
    assert case.first_unanswered_at == since
    assert Arrival.objects.filter(door="status").count() == 1
    assert ledger.verify(keeping.finders()) is None


def test_a_press_of_a_button_is_taken_once(desk):
    case = a_new_case()
    link = link_to(case)
    for _ in range(2):
        assert press(link, "supervisor", key="s" * 20).status_code == 302
    assert Raising.objects.filter(case=case, why="asked").count() == 1
    assert Contact.objects.filter(case=case, kind="supervisor").count() == 1
    assert "A supervisor has been called." in Client().get(link).content.decode()


def test_a_call_back_keeps_the_place_and_asks_for_a_number_that_can_be_dialled(desk):
    case = a_new_case()
    link = link_to(case)
    wrong = press(link, "call", phone="soon please", key="c" * 20)
    assert wrong.status_code == 422
    assert "no phone number we can dial" in wrong.content.decode()
    assert "soon please" in wrong.content.decode(), "what was typed is kept"
    assert press(link, "call", phone="+1 510 555 0123", key="c" * 20).status_code == 302
    since = case.first_unanswered_at
    case.refresh_from_db()
    assert case.first_unanswered_at == since
    assert case.contacts.get(kind="call_back").words == "Please call me: +15105550123"


def test_an_answer_stands_on_the_page_and_can_be_said_to_be_none(desk):
    agent, _ = desk
    case = a_new_case()
    link = link_to(case)
    assert "This was no answer" not in Client().get(link).content.decode()
    answer(case, agent, "We are looking into it.")
    shown = Client().get(link).content.decode()
    assert "We are looking into it." in shown
    assert "We kept our promise" in shown
    assert press(link, "objection", key="o" * 20).status_code == 302
    case.refresh_from_db()
    assert case.is_open
    assert Outcome.objects.get(promise__case=case, kind="kept").objection
    assert "so it does not count as kept" in Client().get(link).content.decode()


def test_solved_and_not_solved_are_the_customer_s_to_say(desk):
    case = a_new_case()
    link = link_to(case)
    press(link, "solution", key="1" * 20)
    case.refresh_from_db()
    assert not case.is_open
    shown = Client().get(link).content.decode()
    assert '<p class="when">Solved</p>' in shown
    press(link, "reopening", key="2" * 20)
    case.refresh_from_db()
    assert case.is_open
    assert "It is open again, with the clock it had." in Client().get(link).content.decode()


def test_a_missed_promise_is_owned_up_to(desk):
    case = a_new_case()
    now = Promise.objects.get(case=case).due_at
    watching.break_one_overdue(now)
    shown = Client().get(link_to(case)).content.decode()
    assert "We missed our promise" in shown
    assert 'class="card promise broken"' in shown
    assert "Jonas Ames, a supervisor, has been told." in shown


def test_every_hand_is_named(desk):
    agent, supervisor = desk
    case = a_new_case()
    staff.hand_on(case.pk, by=agent, to=supervisor, version=None, now=timezone.now())
    shown = Client().get(link_to(case)).content.decode()
    assert "Maya Okafor owns it." in shown
    assert "Jonas Ames owns it now." in shown


def test_d30_notes_stay_in(desk):
    agent, _ = desk
    case = a_new_case(email="elena@example.org")
    staff.note(case.pk, by=agent, words="CANARY: she sounds like trouble", now=timezone.now())
    answer(case, agent)
    message = Message.objects.filter(case=case).first()
    letter = outbox._made_ready(message, timezone.now())
    assert "CANARY" not in Client().get(link_to(case)).content.decode() + letter.body + letter.subject


@pytest.mark.parametrize("payload", PAYLOADS)
def test_d16_what_strangers_write_is_shown_as_they_wrote_it_and_never_run(desk, payload):
    agent, _ = desk
    case = a_new_case(payload, email="x@example.org", name=payload)
    press(link_to(case), "words", words=payload, key="x" * 20)
    answer(case, agent, payload)
    response = Client().get(link_to(case))
    shown = response.content.decode()
    for dangerous in ("<script>alert", "<img src=x", "<svg onload", "<iframe"):
        assert dangerous not in shown
    assert escape(payload) in shown, "as it was written, nothing of it evaluated"
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]


def test_d20_a_wrong_an_expired_and_a_withdrawn_link_all_look_the_same(desk):
    agent, _ = desk
    case = a_new_case()
    old, withdrawn = link_to(case), link_to(case)
    StatusLink.objects.filter(pk=StatusLink.objects.latest("pk").pk).update(withdrawn_at=timezone.now())
    answer(case, agent)
    Case.objects.filter(pk=case.pk).update(solved_at=timezone.now() - timedelta(days=181))
    answers = [
        Client().get(link) for link in (old, withdrawn, "/c/nothing/", f"/c/{'x' * 32}/", "/c/" + "y" * 4000 + "/")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(rb'nonce="[^"]*"', b"", answer.content) for answer in answers}) == 1


def test_d38_tokens_are_long_random_and_kept_as_hashes_alone(desk):
    case = a_new_case()
    tokens = give_links([(case.pk, None)] * 200, timezone.now())
    assert len(set(tokens)) == 200
    assert min(map(len, tokens)) >= 32, "192 bits in base 64"
    kept = set(StatusLink.objects.values_list("token_hash", flat=True))
    assert not kept & set(tokens)


def test_d38_the_page_is_kept_by_no_cache_found_by_no_search_and_told_to_nobody(desk):
    response = Client().get(link_to(a_new_case()))
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies
    assert not re.search(r'(?:src|href)="(?:https?:)?//', response.content.decode()), "no request to anyone else"


def test_d38_guessing_is_slowed_down_without_locking_anyone_out(desk):
    case = a_new_case()
    client = Client()
    answers = [client.get(f"/c/{n:032}/").status_code for n in range(70)]
    assert answers[:60] == [404] * 60
    assert answers[-1] == 429
    assert client.get(link_to(case)).status_code == 200, "whoever has the link is let in all the same"


def test_d39_no_link_in_a_letter_does_anything_by_being_opened(desk):
    case = a_new_case(email="elena@example.org")
    link = link_to(case)
    before = (Case.objects.get().version, Contact.objects.count(), Promise.objects.count())
    for _ in range(5):
        for what in ("", "words/", "objection/", "solution/", "reopening/", "supervisor/", "call/"):
            Client().get(link + what)
            Client().head(link + what)
    assert (Case.objects.get().version, Contact.objects.count(), Promise.objects.count()) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.testserver"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_d40_another_site_s_page_sends_none_of_our_forms(desk, headers):
    case = a_new_case()
    for address in (f"{link_to(case)}solution/", "/help/"):
        assert Client().post(address, {"words": "x", "key": "k" * 20}, headers=headers).status_code == 403
    case.refresh_from_db()
    assert case.is_open
    assert Case.objects.count() == 1


def test_d40_no_other_site_may_frame_our_pages(desk):
    for page in ("/", "/help/", link_to(a_new_case()), "/accounts/login/"):
        response = Client().get(page)
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["X-Frame-Options"] == "DENY"


def test_it_speaks_the_customer_s_language(desk):
    case = a_new_case("Me cobraron dos veces.", language="es")
    response = Client().get(link_to(case))
    assert response["Content-Language"] == "es"
    assert '<html lang="es">' in response.content.decode()


def test_what_is_too_long_is_refused_and_still_in_the_box(desk):
    case = a_new_case()
    response = press(link_to(case), "words", words="long " * 11_000, key="l" * 20)
    assert response.status_code == 422
    assert "long long" in response.content.decode()
    assert "Not sent yet." in response.content.decode()


def test_the_page_costs_the_same_however_long_the_story(desk, django_assert_max_num_queries):
    case = a_new_case()
    link = link_to(case)
    for n in range(12):
        press(link, "words", words=f"More {n}", key=f"{n:020}")
    with django_assert_max_num_queries(14):
        Client().get(link)


def test_a_promise_longer_than_the_standard_says_why(desk):
    from evenhand.care.cases.catalogue import catalogue
    from evenhand.care.models import Outlook
    from evenhand.care.promises import making

    now = timezone.now()
    line = catalogue().line(catalogue().needs["money"], catalogue().places["oakland"])
    Outlook.objects.create(line=line, made_at=now, wait=20 * HOUR, stretched_wait=22 * HOUR, waiting=2140, on_duty=24)
    making.forget()
    shown = Client().get(link_to(a_new_case())).content.decode()
    assert "2,140 people wrote before you; 24 of us are answering." in shown
