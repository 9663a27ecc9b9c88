"""What came before a post, and who of those left waiting went public afterwards."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evenhand.care.models import Case
from evenhand.care.promises import staff, watching
from evenhand.doors import outbox
from evenhand.doors.intake import let_in
from evenhand.doors.models import Message
from evenhand.fairness.practice.afterwards import went_public_afterwards
from evenhand.fairness.practice.before import Path, Step, What, before_the_post, paths
from evenhand.people.models import Person
from evenhand.stats.rates import clopper_pearson
from factories import DAY, HOUR, NOW, a_case, a_desk, a_knock, a_person, a_place, a_supervisor, an_agent
from fairness_practice.played import answer, post

pytestmark = pytest.mark.django_db
SOON, LATER = NOW + 2 * DAY, NOW + 40 * DAY


def an_auditor(**about):
    return a_person("Eve Audit", role=Person.Role.AUDITOR, **about)


def write_again(case, now, door="button"):
    let_in(a_knock("Any news?", door=door, joins=case.pk, sent_at=now), now)


def moved_in_time(case: Case, by: Person):
    """Told a later time before the first broke, as the desk does."""
    promise = staff.promise_anew(
        case.pk, by=by, due_at=NOW + 30 * HOUR, reason="Many are ill.", version=None, now=NOW + HOUR
    )
    return outbox.plan(case, Message.Kind.RENEWAL, NOW + HOUR, promise=promise)


def test_who_went_public_is_counted_apart_with_and_without_a_word_in_time():
    agent, _ = a_desk()
    told = [a_case(need="money") for _ in range(4)]
    for case in told:
        moved_in_time(case, agent)
    untold = [a_case(need="money") for _ in range(4)]
    while watching.break_one_overdue(NOW + 5 * HOUR) is not None:
        pass
    for case in (told[0], *untold[:3]):
        post(case, NOW + 10 * HOUR)
    found = went_public_afterwards(NOW, NOW + DAY, LATER)
    assert (found.told.went, found.told.of) == (1, 4)
    assert (found.untold.went, found.untold.of) == (3, 4)
    assert found.untold.interval == clopper_pearson(3, 4)
    assert found.difference is not None
    assert found.difference.difference == pytest.approx(-0.5)
    assert "75 % went public within 28 days" in found.words


def test_what_came_later_does_not_make_a_case_told_and_an_answer_in_time_is_not_past():
    agent, _ = a_desk()
    late_word, answered, already = (a_case(need="money") for _ in range(3))
    answer(answered, agent, NOW + HOUR)
    post(already, NOW + HOUR)
    while watching.break_one_overdue(NOW + 5 * HOUR) is not None:
        pass
    staff.promise_anew(late_word.pk, by=agent, due_at=NOW + DAY, reason="Ill.", version=None, now=NOW + 5 * HOUR)
    post(late_word, NOW + 6 * HOUR)
    found = went_public_afterwards(NOW, NOW + DAY, LATER)
    assert (found.told.of, found.untold.went, found.untold.of) == (0, 1, 1)
    assert (found.public_already, found.difference) == (1, None)


def test_a_word_that_did_not_arrive_before_the_promise_broke_was_no_word():
    agent, _ = a_desk()
    refused, slow, good = (a_case(need="money", email=f"e{n}@example.org") for n in range(3))
    for case, state, at in (
        (refused, Message.State.REFUSED, NOW + HOUR),
        (slow, Message.State.ACCEPTED, NOW + 6 * HOUR),
        (good, Message.State.ACCEPTED, NOW + 2 * HOUR),
    ):
        message = moved_in_time(case, agent)
        assert message is not None
        Message.objects.filter(pk=message.pk).update(state=state, settled_at=at)
    found = went_public_afterwards(NOW, NOW + DAY, LATER)
    assert (found.told.of, found.untold.of) == (1, 2)


def test_a_matter_is_followed_for_its_whole_time_or_not_counted():
    a_desk()
    case = a_case(need="money")
    post(case, NOW + 6 * HOUR)
    early = went_public_afterwards(NOW, NOW + DAY, NOW + 20 * DAY)
    assert (early.untold.of, early.not_yet) == (0, 1)
    assert "nothing to compare" in early.words
    slow = a_case(need="money")
    post(slow, NOW + 33 * DAY)  # later than it is followed
    found = went_public_afterwards(NOW, NOW + DAY, LATER)
    assert (found.untold.went, found.untold.of) == (1, 2)


def test_the_path_tells_what_was_tried_where_what_was_promised_and_what_came_of_it():
    agent, _ = a_desk()
    case = a_case("I was charged twice for the same transfer.", need="money", door="form")
    write_again(case, NOW + 2 * HOUR)
    while watching.break_one_overdue(NOW + 5 * HOUR) is not None:
        pass
    post(case, NOW + 6 * HOUR, reach={"followers": 123_456})
    answer(case, agent, NOW + 7 * HOUR)
    (path,) = paths(an_auditor(), NOW, SOON)
    assert (path.reference, path.need, path.door) == (case.reference, "Money", "mastodon")
    assert (path.tries, path.doors, path.since_first_try) == (2, ("form", "button"), 6 * HOUR)
    assert path.was_late
    assert [step.what for step in path.before] == [What.SAID, What.PROMISED, What.SAID, What.BROKEN, What.PROMISED]
    assert path.before[0].words == "I was charged twice for the same transfer"
    assert [step.what for step in path.after][:2] == [What.POSTED, What.ANSWERED]
    assert path.answered_at == path.solved_at == NOW + 7 * HOUR


def test_no_path_shows_reach_name_or_handle_nor_asks_for_them():
    a_desk()
    post(a_case(need="money", email="elena@example.org", name="Elena"), NOW + HOUR, reach={"followers": 987_654})
    auditor = an_auditor()
    with CaptureQueriesContext(connection) as asked:
        told = repr(paths(auditor, NOW, SOON)) + repr(before_the_post(auditor, NOW, SOON))
    for hidden in ("987654", "followers", "elena", "Elena"):
        assert hidden not in told
    assert not any('"reach"' in query["sql"] or "identity_" in query["sql"] for query in asked)
    assert not {"reach", "name", "handle"} & (set(Path.__dataclass_fields__) | set(Step.__dataclass_fields__))


def test_paths_are_for_auditors_and_administrators_of_the_place():
    here, there = a_place("oakland"), a_place("fremont")
    a_desk(here)
    post(a_case(need="money", place="oakland"), NOW + HOUR)
    for nobody in (an_agent(places=[here]), a_supervisor(places=[here])):
        with pytest.raises(PermissionDenied):
            paths(nobody, NOW, SOON)
        with pytest.raises(PermissionDenied):
            before_the_post(nobody, NOW, SOON)
    assert len(paths(an_auditor(places=[here]), NOW, SOON)) == 1
    assert paths(an_auditor(places=[there]), NOW, SOON) == []
    assert before_the_post(an_auditor(places=[there]), NOW, SOON).people == 0
    assert len(paths(a_person(role=Person.Role.ADMINISTRATOR, places=[there]), NOW, SOON)) == 1


def test_all_together_say_how_many_had_tried_in_private_before():
    agent, _ = a_desk()
    for n in range(3):
        post(a_case(need="money"), NOW + (n + 1) * HOUR)
    a_case(need="money", is_public=True, door="mastodon")
    answer(a_case(need="money"), agent, NOW + HOUR)
    found = before_the_post(an_auditor(), NOW, SOON)
    assert (found.people, found.tried.went, found.tries, found.hours) == (4, 3, 1, 2.0)
    assert found.tried.interval == clopper_pearson(3, 4)
    assert "Of 4 who went public, 75 %" in found.words


def test_the_latest_come_first_and_the_next_page_goes_on_before_them():
    a_desk()
    for n in range(5):
        post(a_case(need="money"), NOW + (n + 1) * HOUR)
    auditor = an_auditor()
    first = paths(auditor, NOW, SOON, at_most=3)
    rest = paths(auditor, NOW, SOON, at_most=3, before=first[-1].went_public_at)
    assert [path.went_public_at for path in first + rest] == [NOW + n * HOUR for n in range(5, 0, -1)]
