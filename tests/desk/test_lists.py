from __future__ import annotations

import html
import re

import pytest

from evenhand.care.models import Case, Contact, Outcome, Promise, Raising, Reply, SpamMark
from evenhand.care.promises import customer, staff, watching
from factories import DAY, HOUR, MINUTE, NOW, a_case, a_contact, a_desk, a_place, an_agent

pytestmark = pytest.mark.django_db


def _order(page: str) -> list[str]:
    return re.findall(r'class="need" href="/desk/cases/([0-9A-Z-]+)/"', page)


def test_mine_are_the_open_cases_one_owns_the_nearest_promise_first(sign_in, clock):
    agent, _ = a_desk()
    thanks = a_case("Thank you.", need="thanks")
    Promise.objects.filter(case=thanks).update(renew_at=NOW + DAY)
    urgent = a_case("I am locked out.", NOW - HOUR, need="shut-out")
    staff.reply(urgent.pk, by=agent, words="We look.", kind=Reply.Kind.ANSWER, version=None, now=NOW)
    solved = a_case("All is well now.", NOW - HOUR)
    staff.reply(solved.pk, by=agent, words="Done.", kind=Reply.Kind.SOLUTION, version=None, now=NOW)
    tom = an_agent("Tom Reyes")
    other = a_case("Not mine.")
    staff.hand_on(other.pk, by=agent, to=tom, version=None, now=NOW)
    page = sign_in(agent).get("/desk/mine/").content.decode()
    due = dict(Promise.objects.filter(is_running=True).values_list("case_id", "due_at"))
    assert set(_order(page)) == {thanks.reference, urgent.reference}
    assert _order(page) == [case.reference for case in sorted((thanks, urgent), key=lambda case: due[case.pk])]


def test_what_one_owned_at_a_place_one_left_is_not_shown(sign_in):
    agent, _ = a_desk()
    case = a_case()
    agent.places.set([a_place("fremont")])
    assert case.reference not in sign_in(agent).get("/desk/mine/").content.decode()


def test_a_supervisor_sees_what_was_raised_why_and_since_when_and_marks_it_seen_to(sign_in, clock):
    agent, supervisor = a_desk()
    case = a_case(need="money")
    staff.raise_by_staff(case.pk, by=agent, because="She asks for the law.", now=NOW + HOUR)
    clock.now = NOW + 2 * HOUR
    client = sign_in(supervisor)
    page = " ".join(html.unescape(client.get("/desk/supervisor/").content.decode()).split())
    assert "A colleague asked for a supervisor" in page
    assert "“She asks for the law.”" in page
    assert "1 h ago" in page
    assert '<span class="num" id="count-raised">1</span>' in page
    client.post(f"/desk/supervisor/{case.reference}/")
    assert Raising.objects.get().settled_by == supervisor
    assert Case.objects.get().raised_at is None
    assert "Nothing is raised." in client.get("/desk/supervisor/").content.decode()


def test_where_a_supervisors_answer_is_promised_only_that_answer_settles_it(sign_in):
    _, supervisor = a_desk()
    case = a_case(need="money")
    customer.wants_supervisor(a_contact(case, "", kind=Contact.Kind.SUPERVISOR), NOW)
    client = sign_in(supervisor)
    page = client.get("/desk/supervisor/").content.decode()
    assert "a supervisor&#x27;s answer is promised" in page
    assert "Seen to" not in page
    answer = client.post(f"/desk/supervisor/{case.reference}/", follow=True)
    assert "was promised a supervisor" in answer.content.decode()
    assert Raising.objects.get().settled_at is None
    assert Promise.objects.get(kind=Promise.Kind.SUPERVISOR).is_running


def test_a_missed_promise_stands_before_the_supervisor(sign_in, clock):
    _, supervisor = a_desk()
    case = a_case(need="money")
    clock.now = NOW + 6 * HOUR
    while watching.break_one_overdue(clock.now):
        pass
    assert Outcome.objects.get(promise__case=case).kind == Outcome.Kind.BROKEN
    assert "A promise was missed" in sign_in(supervisor).get("/desk/supervisor/").content.decode()


def test_d24_the_supervisors_list_is_not_there_for_an_agent_and_a_foreign_case_is_not_on_it(sign_in):
    agent, supervisor = a_desk()
    an_agent("Tom Reyes", places=[a_place("fremont")])
    foreign = a_case(place="fremont")
    staff.raise_by_staff(foreign.pk, by=agent, because="Look.", now=NOW)
    assert sign_in(agent).get("/desk/supervisor/").status_code == 404
    client = sign_in(supervisor)
    assert foreign.reference not in client.get("/desk/supervisor/").content.decode()
    for reference in (foreign.reference, "ZZZ-ZZZ"):
        assert client.post(f"/desk/supervisor/{reference}/").status_code == 404
    assert Raising.objects.get().settled_at is None


def test_spam_stands_in_plain_sight_with_a_clock_until_a_second_person_looks(sign_in, clock):
    agent, _ = a_desk()
    tom = an_agent("Tom Reyes")
    case = a_case("WIN A CRUISE")
    mine, theirs = sign_in(agent), sign_in(tom)
    mine.post(f"/desk/cases/{case.reference}/spam/", {"version": case.version})
    page = mine.get("/desk/spam/").content.decode()
    assert "WIN A CRUISE" in page
    assert "due-clock" in page
    assert "A colleague has to look" in page
    answer = mine.post(f"/desk/spam/{case.reference}/confirmation/", follow=True)
    assert "A second person has to look" in answer.content.decode()
    assert SpamMark.objects.get().confirmed_by is None
    theirs.post(f"/desk/spam/{case.reference}/confirmation/")
    assert SpamMark.objects.get().confirmed_by == tom
    assert "WIN A CRUISE" in theirs.get("/desk/spam/").content.decode()
    assert "WIN A CRUISE" in theirs.get(f"/desk/cases/{case.reference}/").content.decode()


def test_what_is_no_spam_goes_back_to_its_place(sign_in, clock):
    agent, _ = a_desk()
    case = a_case("HELP")
    client = sign_in(agent)
    clock.now = NOW + MINUTE
    client.post(f"/desk/cases/{case.reference}/spam/", {"version": case.version})
    assert Case.objects.get().first_unanswered_at is None
    clock.now = NOW + DAY
    client.post(f"/desk/spam/{case.reference}/lifting/")
    assert Case.objects.get().first_unanswered_at == NOW


def test_d25_foreign_spam_is_neither_shown_nor_touched(sign_in):
    agent, _ = a_desk()
    tom = an_agent("Tom Reyes", places=[a_place("fremont")])
    foreign = a_case("WIN A CRUISE", place="fremont")
    staff.set_aside_as_spam(foreign.pk, by=tom, version=None, now=NOW)
    client = sign_in(agent)
    assert "WIN A CRUISE" not in client.get("/desk/spam/").content.decode()
    for reference in (foreign.reference, "ZZZ-ZZZ"):
        for act in ("confirmation", "lifting"):
            assert client.post(f"/desk/spam/{reference}/{act}/").status_code == 404
    assert SpamMark.objects.get().lifted_at is None
