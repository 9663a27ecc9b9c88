from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evenhand.care.models import Case, Lease, Outlook
from evenhand.people.models import Person
from factories import HOUR, MINUTE, NOW, a_case, a_desk, a_place, an_agent

pytestmark = pytest.mark.django_db


def _references(page: str) -> list[str]:
    return re.findall(r'id="row-([0-9A-Z-]+)"', page)


def test_the_line_shows_danger_first_and_then_whoever_has_used_most_of_their_time(sign_in, clock):
    agent, _ = a_desk()
    question = a_case("Do I need an appointment?", NOW - 5 * HOUR, need="question")  # five eighths used
    money = a_case("I was charged twice.", NOW - 1 * HOUR, need="money")  # a quarter used
    danger = a_case("There is smoke here.", NOW - 1 * MINUTE, need="danger")
    page = sign_in(agent).get("/desk/").content.decode()
    assert _references(page) == [danger.reference, question.reference, money.reference]


def test_the_line_shows_neither_name_nor_address_nor_door_nor_followers(sign_in):
    agent, _ = a_desk()
    a_case(
        "My card is stuck.",
        NOW - HOUR,
        door="mastodon",
        is_public=True,
        reach={"followers": 918_273},
        email="famous@example.org",
        name="Dr. Important",
    )
    page = sign_in(agent).get("/desk/").content.decode()
    assert "My card is stuck." in page
    for leak in ("mastodon", "in public", "918273", "918,273", "famous@example.org", "Important", "on the web"):
        assert leak not in page


def test_nobody_waiting_is_said(sign_in):
    agent, _ = a_desk()
    client = sign_in(agent)
    assert "Nobody is waiting." in client.get("/desk/").content.decode()
    answer = client.post("/desk/next/", follow=True)
    assert answer.redirect_chain == [("/desk/", 302)]
    assert "Nobody is waiting." in answer.content.decode()


def test_next_takes_the_head_and_makes_whoever_pressed_it_the_owner(sign_in):
    _agent, _ = a_desk()
    other = an_agent("Tom Reyes", places=[a_place()])
    a_case("Do I need an appointment?", NOW - HOUR, need="question")
    money = a_case("I was charged twice.", NOW - 3 * HOUR, need="money")
    answer = sign_in(other).post("/desk/next/")
    assert answer.headers["Location"] == f"/desk/cases/{money.reference}/"
    money.refresh_from_db()
    assert money.owner == other
    assert Lease.objects.get(case=money, ended_at=None).person == other


def test_looking_at_next_takes_nothing(sign_in):
    agent, _ = a_desk()
    a_case()
    assert sign_in(agent).get("/desk/next/").status_code == 405
    assert not Lease.objects.exists()


def test_next_again_without_having_written_gives_the_case_back_to_its_place(sign_in):
    agent, _ = a_desk()
    first = a_case("I was charged twice.", NOW - 3 * HOUR, need="money")
    client = sign_in(agent)
    client.post("/desk/next/")
    client.post("/desk/next/")
    assert [lease.end for lease in Lease.objects.order_by("pk")] == [Lease.End.GIVEN_BACK, ""]
    assert Case.objects.get().first_unanswered_at == first.first_unanswered_at


def test_the_line_comes_as_a_part_with_the_counts_beside_it(sign_in):
    agent, _ = a_desk()
    case = a_case()
    client = sign_in(agent)
    part = client.get("/desk/", headers={"HX-Request": "true", "HX-Target": "live"}).content.decode()
    assert part.lstrip().startswith("<div")
    assert 'hx-swap-oob="true"' in part
    rows = client.get(f"/desk/?case={case.reference}", headers={"HX-Request": "true", "HX-Target": "rows"})
    assert 'aria-current="true"' in rows.content.decode()
    assert "<html" not in part
    assert "<html" not in rows.content.decode()


def test_overload_is_said_with_who_waits_who_is_here_and_for_how_long(sign_in):
    agent, _ = a_desk()
    case = a_case(need="money")
    Outlook.objects.create(line=case.line, made_at=NOW, wait=47 * HOUR, waiting=1_204, on_duty=2)
    page = " ".join(sign_in(agent).get("/desk/").content.decode().split())
    assert "1,204 wait and 2 of us are here; a newcomer waits about 2 days; nothing is dropped." in page


def test_while_newcomers_are_answered_in_time_no_overload_is_said(sign_in):
    agent, _ = a_desk()
    case = a_case(need="money")
    Outlook.objects.create(line=case.line, made_at=NOW, wait=3 * HOUR, waiting=12, on_duty=2)
    assert "nothing is dropped" not in sign_in(agent).get("/desk/").content.decode()


def test_an_old_forecast_says_nothing_of_the_desk_now(sign_in):
    agent, _ = a_desk()
    case = a_case(need="money")
    Outlook.objects.create(line=case.line, made_at=NOW - 2 * HOUR, wait=47 * HOUR, waiting=1_204, on_duty=2)
    assert "nothing is dropped" not in sign_in(agent).get("/desk/").content.decode()


def test_confirmations_that_nothing_carries_are_counted_before_everyone(sign_in, settings):
    settings.IS_DEMO = False
    agent, _ = a_desk()
    a_case(email="a@example.org")
    a_case(email="b@example.org")
    assert "2 messages have not gone out." in sign_in(agent).get("/desk/").content.decode()
    settings.IS_DEMO = True
    assert "not gone out" not in sign_in(agent).get("/desk/").content.decode()


def test_counts_stop_at_a_thousand(sign_in, monkeypatch):
    monkeypatch.setattr("evenhand.desk.queue.COUNTED_TO", 3)
    agent, _ = a_desk()
    for _ in range(5):
        a_case()
    page = sign_in(agent).get("/desk/").content.decode()
    assert '<span class="num" id="count-waiting">3+</span>' in page


def test_one_comes_on_duty_and_leaves_it_and_saying_so_twice_changes_nothing(sign_in, clock):
    a_desk()
    agent = an_agent("Tom Reyes", on_duty_since=None)
    client = sign_in(agent)
    assert "You are off duty" in client.get("/desk/").content.decode()
    for _ in range(2):
        client.post("/desk/duty/", {"on": "yes"})
    assert agent.duties.count() == 1
    assert agent.is_on_duty(NOW)
    clock.now = NOW + HOUR
    for _ in range(2):
        client.post("/desk/duty/", {"on": "no"})
    assert not agent.is_on_duty(NOW + 2 * HOUR)


@pytest.mark.parametrize("written", ["{}", " {} ", "{}".lower()])
def test_a_case_is_found_by_its_reference_however_it_is_written(sign_in, written):
    agent, _ = a_desk()
    case = a_case()
    for asked in (case.reference, case.reference.replace("-", ""), case.reference.lower()):
        answer = sign_in(agent).get("/desk/cases/", {"reference": written.format(asked)})
        assert answer.headers["Location"] == f"/desk/cases/{case.reference}/"


def test_d26_a_foreign_reference_and_an_unknown_one_are_answered_alike(sign_in):
    agent, _ = a_desk()
    fremont = a_place("fremont")
    an_agent("Tom Reyes", places=[fremont])
    foreign = a_case(place="fremont")
    pages = []
    for asked in (foreign.reference, "ZZZ-ZZZ"):
        page = sign_in(agent).get("/desk/cases/", {"reference": asked}, follow=True).content.decode()
        pages.append(re.sub(r'(value="[^"]{40,}"|"[A-Za-z0-9]{32}")', "", page).replace(asked, "…"))
    assert pages[0] == pages[1]


def test_the_line_asks_the_database_as_often_whatever_waits(sign_in, warm_catalogue):
    agent, _ = a_desk()
    a_case(need="money")
    client = sign_in(agent)
    client.get("/desk/")
    counts = []
    for more in (12, 60):
        for number in range(more):
            a_case(f"Number {number}", NOW - HOUR, need="question")
        client.get("/desk/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/desk/")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20


def test_next_asks_the_database_as_often_whatever_waits(sign_in, warm_catalogue):
    a_desk()
    counts = []
    for more in (1, 12):
        for number in range(more):
            a_case(f"Number {number}", NOW - HOUR, need="question")
        person = an_agent(f"Agent {more}")
        client = sign_in(person)
        client.get("/desk/")
        with CaptureQueriesContext(connection) as asked:
            client.post("/desk/next/")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 30


@pytest.mark.parametrize("path", ["/desk/", "/desk/mine/", "/desk/spam/", "/desk/cases/4F7-K2Q/", "/desk/people/"])
def test_the_desk_is_for_those_who_are_signed_in(client, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=/desk/")


def test_a_part_that_comes_by_itself_says_that_one_is_signed_out_and_leaves_the_page_alone(client, db):
    answer = client.get(
        "/desk/?case=4F7-K2Q",
        headers={
            "HX-Request": "true",
            "HX-Target": "rows",
            "HX-Current-URL": "http://testserver/desk/cases/4F7-K2Q/",
        },
    )
    part = answer.content.decode()
    assert "You are signed out." in part
    assert "?next=/desk/cases/4F7-K2Q/" in part
    assert '<div id="rows">' in part
    assert "<html" not in part


def test_d22_the_way_back_after_signing_in_leads_to_no_other_site(client, db):
    headers = {"HX-Request": "true", "HX-Target": '"><b>', "HX-Current-URL": "https://evil.example/desk/"}
    part = client.get("/desk/", headers=headers).content.decode()
    assert "evil.example" not in part
    assert "?next=/desk/" in part
    assert "<b>You are" in part
    assert '"><b>"' not in part


def test_d28_who_was_taken_off_the_desk_is_out_at_the_next_request(sign_in):
    agent, _ = a_desk()
    client = sign_in(agent)
    assert client.get("/desk/").status_code == 200
    Person.objects.filter(pk=agent.pk).update(is_active=False)
    assert client.get("/desk/").status_code == 302


def test_d28_who_moved_to_another_place_loses_the_old_one_at_the_next_request(sign_in):
    agent, _ = a_desk()
    case = a_case()
    client = sign_in(agent)
    assert client.get(f"/desk/cases/{case.reference}/").status_code == 200
    agent.places.set([a_place("fremont")])
    assert client.get(f"/desk/cases/{case.reference}/").status_code == 404
    assert case.reference not in client.get("/desk/").content.decode()


def test_d28_who_is_no_supervisor_any_more_loses_their_list_at_the_next_request(sign_in):
    _, supervisor = a_desk()
    client = sign_in(supervisor)
    assert client.get("/desk/supervisor/").status_code == 200
    Person.objects.filter(pk=supervisor.pk).update(role=Person.Role.AGENT)
    assert client.get("/desk/supervisor/").status_code == 404
