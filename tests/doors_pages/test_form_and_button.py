"""The form that works without a script, and the address that the button sends to."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from evenhand.care.models import Case, Contact
from evenhand.doors import limits, outbox
from evenhand.doors.models import Arrival, Message, SentMail
from evenhand.identity.models import Identity
from factories import a_desk, a_place

pytestmark = pytest.mark.django_db

WORDS = "I was charged twice for the same transfer."


@pytest.fixture(autouse=True)
def nobody_over_a_limit():
    limits.forget()
    yield
    limits.forget()


@pytest.fixture
def desk():
    return a_desk()


def button(body: object, **headers: str):
    sent = body if isinstance(body, str) else json.dumps({"words": WORDS, "key": "k" * 32} | body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post("/button/contacts/", sent, "application/json", headers=named)


def test_the_form_does_the_whole_job_without_a_script_or_a_cookie(desk):
    client = Client()
    page = client.get("/help/")
    assert "What happened?" in page.content.decode()
    assert not page.cookies
    sent = client.post("/help/", {"words": WORDS, "key": "k" * 20})
    assert sent.status_code == 302
    page = client.get(sent["Location"])
    assert "We have it." in page.content.decode()
    assert not page.cookies


def test_the_form_of_a_place_puts_the_case_into_that_place_s_lines(desk):
    a_place("fremont")
    Client().post("/help/fremont/", {"words": WORDS, "place": "fremont", "key": "k" * 20})
    assert Case.objects.get().line.place.slug == "fremont"
    assert '<option value="fremont" selected>' in Client().get("/help/?place=fremont").content.decode()


def test_before_anything_is_sent_only_the_published_standards_are_shown(desk):
    shown = Client().get("/help/").content.decode()
    assert "Danger" in shown
    assert "15 minutes" in shown
    assert "Answer by" not in shown


@pytest.mark.parametrize("place", ["nowhere", "'; DROP TABLE care_case;--", "x" * 500])
def test_d25_a_place_that_is_not_there_changes_nothing_but_the_place(desk, place):
    assert Client().post("/help/", {"words": WORDS, "place": place, "key": "k" * 20}).status_code == 302
    assert Case.objects.get().line.place.slug == "oakland"


def test_d29_fields_that_are_not_ours_to_be_told_are_left_unread(desk):
    forged = {
        "words": WORDS,
        "key": "k" * 20,
        "need": "danger",
        "owner": "1",
        "due_at": "2020-01-01T00:00:00Z",
        "is_public": "true",
        "reach": '{"followers": 9000000}',
        "door": "api",
        "joins": "1",
        "invitation": "danger",
    }
    Client().post("/help/", forged)
    button(forged | {"key": "b" * 32})
    arrivals = Arrival.objects.order_by("pk")
    assert [arrival.door for arrival in arrivals] == ["form", "button"]
    assert not any(arrival.is_public or arrival.reach for arrival in arrivals)
    assert Case.objects.filter(line__need__slug="danger").count() == 0


def test_what_is_missing_is_said_and_nothing_typed_is_lost(desk):
    response = Client().post(
        "/help/", {"words": " ", "answer_to": "elena(at)example", "name": "Elena", "key": "k" * 20}
    )
    shown = response.content.decode()
    assert response.status_code == 422
    assert "There are no words in this." in shown
    assert "elena(at)example" in shown
    assert 'value="Elena"' in shown
    wrong = Client().post("/help/", {"words": WORDS, "answer_to": "elena(at)example", "key": "k" * 20})
    assert wrong.status_code == 422
    assert WORDS in wrong.content.decode()
    assert not Contact.objects.exists()


def test_a_time_is_believed_from_a_browser_for_three_days_back_and_never_ahead(desk):
    now = timezone.now()
    for number, (said, expected) in enumerate(
        [
            (now - timedelta(hours=5), now - timedelta(hours=5)),
            (now - timedelta(days=30), now - timedelta(hours=72)),
            (now + timedelta(days=2), now),
        ]
    ):
        button({"sent_at": said.isoformat(), "key": f"{number:032}"})
        assert abs(Contact.objects.latest("pk").sent_at - expected) < timedelta(minutes=1)


def test_the_button_s_answer_says_who_and_by_when_with_a_link(desk):
    response = button({"answer_to": "elena@example.org", "language": "en"})
    told = response.json()
    assert response.status_code == 201
    assert told["owner"] == "Maya Okafor"
    assert told["promise"]["words"].startswith("Answer by ")
    assert "working" in told["standard"] or "minutes" in told["standard"]
    assert Client().get("/c/" + told["status_url"].split("/c/")[1]).status_code == 200


def test_the_button_answers_in_the_customer_s_language(desk):
    assert button({"words": "Me cobraron dos veces.", "language": "es"}).json()["promise"]["words"].startswith("Resp")


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"words": 7}', '{"words": {"a": 1}}', '"x"'])
def test_what_cannot_be_read_is_a_problem_that_says_what_was_kept(desk, body):
    response = button(body)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["kept"]


def test_d37_only_the_organisation_s_own_sites_may_send(desk, settings):
    settings.BUTTON_SITES = ("https://www.example.org",)
    allowed = button({}, Origin="https://www.example.org")
    assert allowed.status_code == 201
    assert allowed["Access-Control-Allow-Origin"] == "https://www.example.org"
    assert "Access-Control-Allow-Credentials" not in allowed
    for origin in ("https://evil.example", "https://www.example.org.evil.example", "http://www.example.org", "null"):
        refused = button({"key": "z" * 32}, Origin=origin)
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused
    assert Contact.objects.count() == 1
    asked = Client().options("/button/contacts/", headers={"Origin": "https://www.example.org"})
    assert (asked.status_code, asked["Access-Control-Allow-Methods"]) == (204, "POST")


def test_d37_an_address_that_somebody_claims_opens_no_history(desk):
    button({"answer_to": "elena@example.org", "words": "My first secret matter."})
    told = button({"answer_to": "elena@example.org", "key": "q" * 32}).json()
    page = Client().get("/c/" + told["status_url"].split("/c/")[1]).content.decode()
    assert "secret" not in page
    assert not Identity.objects.get().is_proved


def test_d34_a_form_cannot_be_made_to_write_to_strangers(desk, settings):
    settings.IS_DEMO = True
    spam = "Buy now at https://evil.example CANARY"
    for number in range(8):
        said = {"words": spam, "name": "CANARY https://evil.example", "answer_to": "v@example.org"}
        Client().post("/help/", said | {"key": f"{number:020}"})
    now = timezone.now()
    while outbox.carry_one(now):
        pass
    letters = list(SentMail.objects.all())
    assert len(letters) == 3, "three automatic messages to an address in a day"
    assert all("CANARY" not in letter.body + letter.subject for letter in letters)
    assert all("evil.example" not in letter.body for letter in letters)
    assert Contact.objects.count() == 8, "the contacts are kept all the same"
    assert Message.objects.filter(state="held").count() == 5
    later = now + timedelta(days=1, minutes=1)
    while outbox.carry_one(later):
        pass
    assert SentMail.objects.count() == 4, "one letter carries all that was held"
    references = set(Case.objects.values_list("reference", flat=True))
    letter = SentMail.objects.latest("pk")
    assert sum(reference in letter.body + letter.subject for reference in references) == 5


def test_d34_confirmations_pause_when_there_are_too_many_in_an_hour(desk, settings, monkeypatch):
    settings.IS_DEMO = True
    monkeypatch.setattr(outbox, "CONFIRMATIONS_AN_HOUR", 2)
    for number in range(4):
        Client().post("/help/", {"words": WORDS, "answer_to": f"c{number}@example.org", "key": f"{number:020}"})
    now = timezone.now()
    while outbox.carry_one(now):
        pass
    assert SentMail.objects.count() == 2
    assert outbox.confirmations_are_paused(now)
    assert Contact.objects.count() == 4
    while outbox.carry_one(now + timedelta(minutes=61)):
        pass
    assert SentMail.objects.count() == 4


def test_too_many_at_once_are_told_what_was_kept_and_when_to_come_again(desk):
    for number in range(30):
        assert Client().post("/help/", {"words": WORDS, "key": f"{number:020}"}).status_code == 302
    over = Client().post("/help/", {"words": "One more.", "key": "z" * 20})
    assert (over.status_code, over["Retry-After"]) == (429, "60")
    assert "One more." in over.content.decode()
    assert button({}).status_code == 429


def test_d33_what_a_caller_says_of_their_address_counts_only_behind_a_proxy_we_know(desk, settings, rf):
    forged = {"HTTP_X_FORWARDED_FOR": "9.9.9.9, 8.8.8.8", "REMOTE_ADDR": "203.0.113.7"}
    settings.TRUSTED_PROXIES = 0
    assert limits.address_of(rf.get("/", **forged)) == "203.0.113.7"
    settings.TRUSTED_PROXIES = 1
    assert limits.address_of(rf.get("/", **forged)) == "8.8.8.8"


def test_d59_no_words_address_or_link_reach_the_logs_even_when_things_fail(desk, caplog, monkeypatch):
    from evenhand.care.triage import admit

    def fail(*args, **kwargs):
        raise RuntimeError(f"cannot read {args}")

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(admit, "read_all", fail)
    told = button({"words": "CANARY-WORDS", "answer_to": "canary@example.org"}).json()
    link = "/c/" + told["status_url"].split("/c/")[1]
    Client().get(link)
    Client().post(f"{link}call/", {"phone": "CANARY-PHONE"})
    Client().get("/c/CANARY-GUESS/")
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    for canary in ("CANARY", "canary@example.org", link.split("/")[2]):
        assert canary not in logged


def test_d22_no_address_in_the_query_leads_away(desk):
    for address in ("/help/?next=//evil.example", "/accounts/login/?next=https://evil.example/"):
        shown = Client().get(address).content.decode()
        assert 'href="//evil.example' not in shown
        assert 'href="https://evil.example' not in shown


def test_nobody_to_answer_is_said_and_nothing_is_kept():
    response = Client().post("/help/", {"words": WORDS, "key": "k" * 20})
    assert response.status_code == 503
    assert WORDS in response.content.decode()
