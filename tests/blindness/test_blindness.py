"""What decides the order cannot see how anybody came in: held by the model graph, the SQL and a swap."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from evenhand.care.cases import catalogue
from evenhand.care.models import Promise
from evenhand.care.promises import outlook
from evenhand.care.triage.admit import Saying, admit_all
from evenhand.desk import queue
from evenhand.doors.intake import Knock, let_in
from evenhand.identity.recognise import Caller
from evenhand.people.models import Person
from factories import HOUR, NOW, a_case, a_desk, a_place, an_agent

SEEING = {"doors", "identity", "fairness", "desk", "voice"}


def _led_to(model: type[models.Model]) -> set[str]:
    """The rooms that a model's fields and accessors lead to."""
    related = [field.related_model for field in model._meta.get_fields() if field.is_relation]
    return {other._meta.app_label for other in related if isinstance(other, type) and issubclass(other, models.Model)}


@pytest.mark.parametrize("room", ["care", "people"])
def test_no_field_or_accessor_of_a_blind_model_leads_to_a_room_that_sees(room):
    for model in apps.get_app_config(room).get_models():
        assert not _led_to(model) & SEEING, f"{model.__name__} can see {_led_to(model) & SEEING}"


@pytest.mark.parametrize("room", ["doors", "identity", "fairness"])
def test_every_key_from_a_room_that_sees_into_a_blind_one_leaves_no_accessor_there(room):
    for model in apps.get_app_config(room).get_models():
        for field in model._meta.get_fields():
            into = getattr(field, "related_model", None)
            if isinstance(field, models.ForeignKey) and into._meta.app_label in {"care", "people"}:
                assert field.remote_field.related_name == "+", f"{model.__name__}.{field.name}"


@pytest.mark.django_db
def test_the_sql_of_the_line_names_no_table_that_knows_the_door():
    agent, _ = a_desk()
    for need in ("danger", "money", "question"):
        a_case(need=need, email="elena@example.org", is_public=True, reach={"followers": 9_000})
    with CaptureQueriesContext(
        connection,
    ) as asked:
        queue.page(agent, NOW + HOUR)
        queue.count_waiting(agent)
        outlook.look_ahead(NOW + HOUR)
        lease = queue.take_next(agent, NOW + HOUR)
        assert lease is not None
        with transaction.atomic():
            admit_all([Saying(uuid.uuid4(), "The code never arrives.", "en", "oakland", NOW)], NOW)
    assert len(asked) > 10
    for query in asked:
        for room in SEEING:
            assert f"{room}_" not in query["sql"].lower(), query["sql"]


def test_the_line_shows_need_words_place_and_time_and_nothing_else():
    assert set(queue.InLine.__dataclass_fields__) == {
        "reference",
        "need",
        "is_danger",
        "words",
        "place",
        "due_at",
        "made_at",
        "is_sure",
    }


WORDS = st.sampled_from(
    [
        "I was charged twice for the same transfer.",
        "The code never arrives and I am locked out.",
        "Do I need an appointment?",
        "There is smoke coming out of the cash machine.",
        "She was wonderful with my father, thank you.",
        "My name is spelled wrong on the new card.",
    ]
)
WAYS_IN = st.builds(
    dict,
    door=st.sampled_from(["form", "button", "api", "file", "mastodon"]),
    is_public=st.booleans(),
    reach=st.builds(dict, followers=st.integers(0, 10**8), verified=st.booleans()),
    caller=st.builds(
        Caller,
        email=st.sampled_from(["", "a@example.org", "vip@example.com"]),
        handle=st.sampled_from(["", "@famous", "@nobody"]),
        name=st.sampled_from(["", "Ann", "Dr. Important"]),
    ),
)
KNOCKS = st.lists(st.tuples(WORDS, st.integers(0, 600), WAYS_IN, WAYS_IN), min_size=2, max_size=7)


def _order_of(knocks: list[tuple[str, int, dict, dict]], *, arriving: int, agent: Person) -> list[object]:
    """The line as it stands when all have come in by their first or second way: who, where, promised what."""
    with transaction.atomic():
        who = {}
        for number, (words, minutes, *ways) in enumerate(knocks):
            at = NOW + timedelta(minutes=minutes)
            told = let_in(Knock(words=words, sent_at=at, place="oakland", **ways[arriving]), at)
            who[told.reference] = number
        now = NOW + timedelta(minutes=700)
        rows = queue.page(agent, now)
        promises = {
            who[reference]: (due_at, standard)
            for reference, due_at, standard in Promise.objects.values_list("case__reference", "due_at", "standard")
            if reference in who
        }
        order = [(who[row.reference], row.need, row.due_at) for row in rows]
        transaction.set_rollback(True)
    catalogue.forget()
    return [order, promises]


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(knocks=KNOCKS)
def test_the_line_and_the_promises_are_the_same_however_each_of_them_came_in(knocks):
    with transaction.atomic():
        agent = an_agent(places=[a_place()])
        assert _order_of(knocks, arriving=0, agent=agent) == _order_of(knocks, arriving=1, agent=agent)
        transaction.set_rollback(True)
