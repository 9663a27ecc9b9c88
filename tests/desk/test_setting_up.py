from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from evenhand.care.cases import catalogue
from evenhand.care.clock.working import ALWAYS, WorkingTime
from evenhand.care.models import Calendar, Case, Entry, Lease, Need
from evenhand.desk import queue
from evenhand.desk.setting_up import hours_in_words
from evenhand.people.models import Person, Place
from factories import HOUR, NOW, a_case, a_desk, a_person, a_place, an_agent

pytestmark = pytest.mark.django_db

WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-12:00, 13:00-17:00")


def an_administrator(**about):
    return a_person("Ada Lind", role=Person.Role.ADMINISTRATOR, **about)


@pytest.mark.parametrize(
    "path",
    [
        "/desk/people/",
        "/desk/people/1/",
        "/desk/places/",
        "/desk/places/new/",
        "/desk/places/oakland/",
        "/desk/needs/money/",
    ],
)
def test_d24_what_is_set_up_is_for_administrators_and_not_there_for_others(sign_in, path):
    agent, supervisor = a_desk()
    for person in (agent, supervisor):
        assert sign_in(person).get(path).status_code == 404
        assert sign_in(person).post(path, {"name": "Mine"}).status_code in {404, 405}
    assert not Entry.objects.exists()


def test_a_colleagues_role_and_places_are_changed_and_the_ledger_says_so(sign_in):
    agent, _ = a_desk()
    fremont = a_place("fremont")
    client = sign_in(an_administrator())
    assert "Maya Okafor" in client.get("/desk/people/").content.decode()
    client.post(
        f"/desk/people/{agent.pk}/",
        {"name": "Maya Okafor", "role": "supervisor", "places": [fremont.pk], "is_active": "on"},
    )
    agent.refresh_from_db()
    assert agent.is_supervisor
    assert list(agent.places.all()) == [fremont]
    entry = Entry.objects.get(act="staff changed")
    assert json.loads(entry.body)["role"] == "supervisor"


def test_whoever_leaves_hands_on_what_they_own_and_what_they_hold_goes_back_to_its_place(sign_in):
    agent, _ = a_desk()
    case = a_case(need="money")
    tom = an_agent("Tom Reyes")
    queue.take_next(agent, NOW)
    client = sign_in(an_administrator())
    answer = client.post(f"/desk/people/{agent.pk}/", {"name": agent.name, "role": "agent"}, follow=True)
    assert "One open case was handed on." in answer.content.decode()
    case.refresh_from_db()
    assert case.owner == tom
    assert case.lease_ends_at is None
    assert case.first_unanswered_at == NOW
    assert Lease.objects.get().end == Lease.End.GIVEN_BACK
    assert not Person.objects.get(pk=agent.pk).is_on_duty(NOW + HOUR)


def test_d29_of_a_colleague_only_the_forms_fields_change(sign_in):
    agent, _ = a_desk()
    said = {"name": "Maya O.", "role": "agent", "is_active": "on", "email": "x@example.org", "password": "x"}
    sign_in(an_administrator()).post(f"/desk/people/{agent.pk}/", {**said, "is_superuser": "on", "pk": 99})
    changed = Person.objects.get(pk=agent.pk)
    assert (changed.name, changed.email, changed.password) == ("Maya O.", agent.email, agent.password)


def test_nobody_locks_themselves_out(sign_in):
    administrator = an_administrator()
    answer = sign_in(administrator).post(f"/desk/people/{administrator.pk}/", {"name": "Ada", "role": "agent"})
    assert answer.status_code == 422
    assert "You would lock yourself out." in answer.content.decode()
    assert Person.objects.get(pk=administrator.pk).is_active


def test_a_new_place_has_its_hours_from_now_on(sign_in):
    said = {**WEEK, "name": "San José Airport", "zone": "America/Los_Angeles", "holidays": "2026-12-25\n2027-01-01"}
    answer = sign_in(an_administrator()).post("/desk/places/new/", said)
    assert answer.status_code == 302
    place = Place.objects.get(slug="san-jose-airport")
    hours = Calendar.objects.get(place=place).working_time()
    assert hours.zone == "America/Los_Angeles"
    assert hours.day_length == 7 * HOUR
    assert hours.holidays == {date(2026, 12, 25), date(2027, 1, 1)}
    assert Entry.objects.filter(act="place kept").count() == 1


def test_new_hours_are_a_new_version_and_the_old_one_is_kept(sign_in, clock):
    place = a_place()
    client = sign_in(an_administrator())
    before = Calendar.objects.get(place=place)
    clock.now = NOW + HOUR
    said = {**WEEK, "name": "Oakland", "zone": "UTC"}
    client.post("/desk/places/oakland/", said)
    assert Calendar.objects.filter(place=place).count() == 2
    assert Calendar.objects.get(pk=before.pk).hours == before.hours
    catalogue.forget()
    assert catalogue.catalogue().working_time(place, NOW) == ALWAYS
    assert catalogue.catalogue().working_time(place, NOW + 2 * HOUR).day_length == 7 * HOUR
    clock.now = NOW + 2 * HOUR
    client.post("/desk/places/oakland/", {**said, "name": "Oakland Main"})
    assert Calendar.objects.filter(place=place).count() == 2
    assert Place.objects.get(pk=place.pk).name == "Oakland Main"


def test_what_the_form_shows_is_what_it_takes(sign_in, clock):
    a_place("night", always_open=False)
    client = sign_in(an_administrator(places=[]))
    said = {"name": "Night", "zone": "UTC", "monday": "22:00-06:00", "sunday": "00:00-24:00"}
    client.post("/desk/places/night/", said)
    page = client.get("/desk/places/night/").content.decode()
    assert 'value="22:00-06:00"' in page
    assert 'value="00:00-24:00"' in page
    clock.now = NOW + HOUR
    client.post("/desk/places/night/", said)
    assert Calendar.objects.count() == 1


def test_holidays_are_pasted_as_a_calendar_file(sign_in):
    a_place()
    day = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT"
    ical = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{day}\r\nEND:VCALENDAR"
    sign_in(an_administrator()).post(
        "/desk/places/oakland/", {**WEEK, "name": "Oakland", "zone": "UTC", "holidays": ical}
    )
    assert date(2026, 12, 25) in Calendar.objects.latest("in_force_from").working_time().holidays


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"monday": "nine to five"}, "is no interval. Write hours as in"),
        ({"monday": "09:00-25:00"}, "monday"),
        ({"monday": "09:00-12:00, 11:00-13:00"}, "monday"),
        ({"zone": "Oakland"}, "There is no time zone"),
        ({"holidays": "Christmas"}, "is no date. Write it as in 2026-12-25."),
        ({"holidays": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225T100000Z\nEND:VEVENT\nEND:VCALENDAR"}, "wrong"),
        ({"name": "  !! "}, "at least one letter or digit"),
        (dict.fromkeys(WEEK, ""), "no weekday has any hours"),
    ],
)
def test_wrong_hours_are_said_beside_their_field_and_nothing_is_kept(sign_in, wrong, says):
    a_place()
    said = {**WEEK, "name": "Oakland", "zone": "UTC", "holidays": "2026-12-24", **wrong}
    answer = sign_in(an_administrator()).post("/desk/places/oakland/", said)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Calendar.objects.count() == 1
    assert not Entry.objects.exists()


def test_hours_are_told_on_one_line():
    weekly = {day: [("09:00", "17:00")] for day in range(5)} | {5: [("10:00", "12:00")]}
    assert hours_in_words(WorkingTime("UTC", weekly)) == "Mon to Fri 09:00-17:00; Sat 10:00-12:00"
    assert hours_in_words(ALWAYS) == "At any hour"


def test_a_standard_is_changed_for_all_who_write_from_now_on(sign_in):
    a_desk()
    before = a_case(need="money")
    told = before.promises.get().due_at
    said = {"name": "Money matters", "answer_count": "2", "answer_unit": "hours", "solve_count": "5"}
    answer = sign_in(an_administrator()).post("/desk/needs/money/", {**said, "solve_unit": "days", "is_danger": "on"})
    assert answer.status_code == 302
    need = Need.objects.get(slug="money")
    assert (need.name, need.answer_standard, need.solve_standard) == ("Money matters", 2 * HOUR, timedelta(days=5))
    assert not need.is_danger
    assert before.promises.get().due_at == told
    body = json.loads(Entry.objects.get(act="standard set").body)
    assert (body["before"]["answer_s"], body["after"]["answer_s"]) == (4 * 3600, 2 * 3600)


def test_nothing_is_solved_before_it_is_answered(sign_in):
    a_desk()
    said = {"name": "Money", "answer_count": "5", "answer_unit": "days", "solve_count": "2", "solve_unit": "hours"}
    answer = sign_in(an_administrator()).post("/desk/needs/money/", said)
    assert answer.status_code == 422
    assert "It cannot be solved before it is answered." in answer.content.decode()


def test_everyone_may_read_the_standards(sign_in):
    agent, _ = a_desk()
    page = sign_in(agent).get("/desk/needs/").content.decode()
    assert "4 working hours" in page
    assert "15 minutes" in page
    assert "/desk/needs/money/" not in page


def test_head_office_sees_every_place_and_works_only_on_its_own(sign_in):
    a_desk()
    head = a_place("head", is_head_office=True)
    person = an_agent("Hanna Head", places=[head])
    case = a_case(place="oakland")
    client = sign_in(person)
    assert client.get(f"/desk/cases/{case.reference}/").status_code == 200
    assert case.reference not in client.get("/desk/").content.decode()
    assert Case.objects.count() == 1
