"""Is a need read alike whatever the door? Cases drawn by chance, coded again by people who see the words alone."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.care.cases import hands
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Contact, Entry, Need, Raising
from evenhand.care.promises import keeping, staff
from evenhand.care.triage.correcting import correct
from evenhand.desk import queue
from evenhand.fairness.models import Drawn, Recoding, Round
from evenhand.fairness.practice.bare_words import bare
from evenhand.fairness.practice.recoding import (
    Item,
    NotOffered,
    allotted,
    choices,
    code,
    draw,
    how_many_for,
    next_for,
    result,
    start_round,
    third_gap,
)
from evenhand.people.models import Person
from evenhand.stats.rates import agreement
from factories import DAY, HOUR, NOW, a_case, a_desk, a_person, a_place, a_supervisor, an_agent
from fairness_practice.played import answer

APRIL = NOW + 30 * DAY
"""The second of April: the last whole month is March, in which NOW lies."""


def a_coder(name: str = "Cora Code", **about) -> Person:
    """Somebody who may read the place's cases and has had none of them in hand."""
    return an_agent(name, on_duty_since=None, **about)


def a_round(cases: int = 6, **about) -> Round:
    a_desk()
    for n in range(cases):
        a_case(f"I was charged twice, and this is number {n}.", need="money", now=NOW + n * HOUR)
    about.setdefault("seed", 7)
    begun = start_round(APRIL, **about)
    assert begun is not None
    return begun


def need(slug: str) -> Need:
    return Need.objects.get(slug=slug)


@pytest.mark.django_db
def test_a_month_is_drawn_once_and_the_seed_draws_it_again():
    begun = a_round(30, size=10)
    assert (begun.number, begun.drawn_from, begun.drawn.count()) == (1, 30, 10)
    assert start_round(APRIL + HOUR, seed=8) == begun
    by_stratum = {("form", False): list(Contact.objects.values_list("case_id", flat=True))}
    assert list(begun.drawn.values_list("case_id", flat=True)) == draw(by_stratum, 10, 7) != draw(by_stratum, 10, 8)
    assert begun.drawn.filter(codings=2).count() == 2
    assert start_round(APRIL + 31 * DAY) is None  # in April nobody wrote


@pytest.mark.django_db
def test_rare_doors_are_drawn_and_spam_is_not():
    agent, _ = a_desk()
    for n in range(20):
        a_case(f"Charged twice, {n}.", need="money")
    rare = [a_case("Charged twice.", need="money", door="mastodon", is_public=True) for _ in range(2)]
    spam = a_case("Buy now.", need="money", door="api")
    staff.set_aside_as_spam(spam.pk, by=agent, version=None, now=NOW)
    begun = start_round(APRIL, size=8, seed=1)
    assert begun is not None
    assert begun.drawn.count() == 8
    assert set(begun.drawn.filter(is_public=True).values_list("case_id", flat=True)) == {case.pk for case in rare}
    assert not begun.drawn.filter(door="api").exists()


@pytest.mark.django_db
def test_a_coder_sees_the_words_and_nothing_else():
    a_desk()
    a_case("@lakeside I was charged twice! #fail", need="money", door="mastodon", is_public=True, email="e@example.org")
    start_round(APRIL, seed=1)
    item = next_for(a_coder(), APRIL)
    assert item is not None
    assert item.words == "I was charged twice!"
    assert set(Item.__dataclass_fields__) == {"key", "words"}


@pytest.mark.django_db
@pytest.mark.parametrize("did", ["owned", "took", "wrote", "noted", "corrected", "was told", "looked at as spam"])
def test_nobody_codes_a_case_that_they_had_to_do_with(did):
    begun = a_round(1)
    case, coder = begun.drawn.get().case, a_coder()
    assert next_for(coder, APRIL) is not None
    match did:
        case "owned":
            staff.hand_on(case.pk, by=case.owner, to=coder, version=None, now=NOW)
            staff.hand_on(case.pk, by=coder, to=Person.objects.get(pk=case.owner_id), version=None, now=NOW)
        case "took":
            queue.take_next(coder, NOW + HOUR)
            hands.give_back_all(coder, NOW + HOUR)
            staff.hand_on(case.pk, by=coder, to=a_coder("Someone Else"), version=None, now=NOW + HOUR)
        case "wrote":
            answer(case, coder, NOW + HOUR)
        case "noted":
            staff.note(case.pk, by=coder, words="Seen.", now=NOW)
        case "corrected":
            correct(case.pk, by=coder, need=need("money"), because="", version=None, now=NOW)
        case "was told":
            Person.objects.filter(pk=coder.pk).update(role=Person.Role.SUPERVISOR)
            coder.refresh_from_db()
            raising = keeping.raise_to_supervisor(case, Raising.Why.ASKED, NOW)
            Raising.objects.filter(pk=raising.pk).update(to=coder)
        case "looked at as spam":
            staff.set_aside_as_spam(case.pk, by=case.owner, version=None, now=NOW)
            staff.is_spam(case.pk, by=coder, now=NOW)
    assert next_for(coder, APRIL) is None
    assert how_many_for(coder, APRIL) == 0
    with pytest.raises(NotOffered):
        code(coder, begun.drawn.get().pk, need("money"), APRIL)
    assert next_for(a_coder("Dora Other"), APRIL) is not None


@pytest.mark.django_db
def test_words_of_another_place_are_offered_to_nobody_who_may_not_read_them():
    a_round(2)
    there = a_place("fremont")
    assert next_for(a_coder(places=[there]), APRIL) is None
    office = a_place("office", is_head_office=True)
    assert next_for(a_coder(places=[office]), APRIL) is not None
    assert next_for(a_person(role=Person.Role.AUDITOR), APRIL) is None  # an auditor reads


@pytest.mark.django_db
def test_each_is_coded_once_and_a_share_of_them_by_two_people():
    begun = a_round(10, size=10)
    first, second, third = a_coder("A"), a_coder("B"), a_coder("C")
    while (item := next_for(first, APRIL)) is not None:
        code(first, item.key, need("money"), APRIL)
    assert Recoding.objects.filter(by=first).count() == 10
    keys = []
    while (item := next_for(second, APRIL)) is not None:
        keys.append(code(second, item.key, need("wrong"), APRIL).drawn_id)
    assert sorted(keys) == sorted(begun.drawn.filter(codings=2).values_list("pk", flat=True))
    assert len(keys) == 2
    assert next_for(third, APRIL) is None
    with pytest.raises(NotOffered):
        code(third, keys[0], need("money"), APRIL)


@pytest.mark.django_db
def test_what_was_coded_stays_as_it_was_said_first_and_stands_in_the_ledger():
    a_round(1)
    coder = a_coder()
    item = next_for(coder, APRIL)
    assert item is not None
    said = code(coder, item.key, need("question"), APRIL)
    assert code(coder, item.key, need("danger"), APRIL + HOUR) == said
    assert said.need == need("question")
    entry = Entry.objects.get(act="recoded")
    assert (entry.by, '"need":"question"' in entry.body) == (f"person:{coder.pk}", True)
    assert ledger.verify(keeping.finders()) is None
    with pytest.raises(DatabaseError), transaction.atomic():
        Recoding.objects.update(need=need("danger"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Drawn.objects.update(need=need("danger"))


@pytest.mark.django_db
def test_an_erased_contact_takes_its_drawing_with_it():
    begun = a_round(2)
    contact = begun.drawn.get(position=0).contact
    coder = a_coder()
    for item in begun.drawn.all():
        code(coder, item.pk, need("money"), APRIL)
    contact.delete()
    assert begun.drawn.count() == 1
    assert Recoding.objects.count() == 1


@pytest.mark.django_db
def test_a_round_is_offered_for_two_months():
    a_round(1)
    coder = a_coder()
    assert next_for(coder, APRIL + 61 * DAY) is not None
    assert next_for(coder, APRIL + 63 * DAY) is None


@pytest.mark.django_db
def test_the_grades_of_a_deadline_are_one_choice_and_one_kind():
    names = [choice.name for choice in choices()]
    assert names == [
        "Danger",
        "Own deadline",
        "Shut out",
        "Money",
        "Wrong or broken",
        "Question",
        "View or idea",
        "Thanks",
    ]
    a_desk()
    a_case("My flight leaves in two hours.", need="deadline-30")
    begun = start_round(APRIL, seed=1)
    assert begun is not None
    coder = a_coder()
    code(coder, begun.drawn.get().pk, need("deadline-120"), APRIL)
    assert result(APRIL, begun).by_kind == ()


@pytest.mark.django_db
def test_the_result_is_the_agreement_of_each_door_and_side_with_small_ones_held_back():
    agent, _ = a_desk()
    # Half of what comes in public is read as money by the desk, and as a question by whoever sees the words alone.
    loud = [a_case(f"Loud {n}.", need="money", door="mastodon", is_public=True) for n in range(12)]
    quiet = [a_case(f"Quiet {n}.", need="money" if n % 2 else "question") for n in range(12)]
    few = a_case("By another door.", need="money", door="api")
    for case in [*loud, *quiet, few]:
        answer(case, agent, NOW + HOUR)
    begun = start_round(APRIL, seed=3)
    assert begun is not None
    coder, other = a_coder(), a_coder("Dora Other")
    blind = {case.pk: "question" if n % 2 else "money" for n, case in enumerate(loud)}
    blind |= {case.pk: case.line.need.slug for case in [*quiet, few]}
    for item in begun.drawn.all():
        code(coder, item.pk, need(blind[item.case_id]), APRIL)
        if item.codings == 2:
            code(other, item.pk, need(blind[item.case_id]), APRIL)
    found = result(APRIL, begun)
    assert (found.drawn, found.coded) == (25, 25)
    assert found.by_door["form"].agreement == agreement([0, 1] * 6, [0, 1] * 6, needs=2)
    public = found.by_publicity["public"].agreement
    assert public is not None
    assert public.agreed == 0.5
    assert found.by_door["api"] == type(found.by_door["api"])(1, None)
    assert found.by_kind == (("Money", "Question", 6),)
    assert found.coders.n == 5
    assert found.third_gap is not None
    assert found.third_gap.cases == 25
    assert result(APRIL).drawn == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a machine that has much else to do
@given(
    there=st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.booleans()), st.integers(1, 500), min_size=1, max_size=6
    ),
    size=st.integers(0, 300),
)
def test_no_door_is_left_out_while_there_is_room_and_none_gives_more_than_it_has(there, size):
    taken = allotted(there, size)
    assert sum(taken.values()) == min(size, sum(there.values()))
    assert all(0 <= taken[stratum] <= there[stratum] for stratum in there)
    if size >= 20 * len(there):
        assert all(taken[stratum] >= min(20, there[stratum]) for stratum in there)


def _city(rng, *, days, loud_share, misread):
    """A desk blind to the door, which serves money in time more often than questions; of the questions said in public
    it reads the share `misread` as money, and serves them as such. Returns what third_gap takes, and the true needs."""
    n = days * 60
    day, group = np.repeat(np.arange(days), 60), (rng.random(n) < loud_share).astype(int)
    true = rng.integers(0, 2, n)  # 0 money, 1 question
    kind = np.where((group == 1) & (true == 1) & (rng.random(n) < misread), 0, true)
    in_time = (rng.random(n) < np.where(kind == 0, 0.9, 0.5)).astype(float)
    return day, kind, group, np.stack([in_time, in_time], axis=1), true


def test_the_third_gap_shows_what_adjusting_for_the_desk_s_need_hides():
    rng = np.random.default_rng(5)
    day, kind, group, outcome, true = _city(rng, days=60, loud_share=0.4, misread=0.5)
    drawn = rng.choice(len(day), 400, replace=False)
    found = third_gap(day, kind, group, outcome, kind[drawn], group[drawn], true[drawn])
    assert found.by_desk.low < 0 < found.by_desk.high
    # In truth half of the public questions get 90 % instead of 50 %: .2 more, on half of all that is public.
    assert found.by_recoding.low < 0.1 < found.by_recoding.high
    assert found.by_recoding.low > 0.03
    assert found.moved.low > 0.03


def test_the_third_gap_is_none_where_needs_are_read_alike_and_its_interval_holds_that():
    held, runs = 0, 60
    for run in range(runs):
        rng = np.random.default_rng(run)
        day, kind, group, outcome, true = _city(rng, days=30, loud_share=0.3, misread=0.0)
        # Whoever codes is wrong now and then, in whatever way it came in.
        drawn = rng.choice(len(day), 200, replace=False)
        said = np.where(rng.random(200) < 0.1, 1 - true[drawn], true[drawn])
        found = third_gap(day, kind, group, outcome, kind[drawn], group[drawn], said, draws=120)
        held += found.by_recoding.low <= 0 <= found.by_recoding.high
    assert held >= 52  # 95 % of 60 is 57; fewer than 52 would happen once in ninety


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("@lakeside @ceo I was charged twice! #fail #never", "I was charged twice!"),
        ("RT @lakeside: my card is blocked https://t.co/x1", "my card is blocked"),
        ("My #card is blocked", "My card is blocked"),
        ("I asked @anna about it at a@b.example and on www.lakeside.example", "I asked […] about it at […] and on"),
        ("Re: Fwd: Charged twice\nPlease help.", "Charged twice\nPlease help."),
        ("I was charged twice.\nSent from my iPhone", "I was charged twice."),
        ("My account 4929 1234 5678 and phone +49 30 123456", "My account [number] and phone [number]"),
        ("You owe me 1,250.50 since 12.03. at 14:30", "You owe me 1,250.50 since 12.03. at 14:30"),
        ("I will post this everywhere", "I will post this everywhere"),
        ("@lakeside", ""),
    ],
)
def test_words_are_shown_without_what_a_door_leaves_on_them(said, shown):
    assert bare(said) == shown


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300), st.sampled_from(["@handle", "https://x.example/1", "me@x.example"]))
def test_no_handle_link_or_address_is_ever_shown(words, mark):
    assert mark not in bare(f"{words} {mark} {words}")


@pytest.mark.django_db
def test_a_supervisor_may_code_as_well():
    a_round(1)
    assert next_for(a_supervisor(on_duty_since=None), APRIL) is not None
