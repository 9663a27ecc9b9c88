"""Accepted words are kept whatever fails on the way to the promise."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from evenhand.care.models import Case, Contact, Promise
from evenhand.care.promises import making
from evenhand.care.triage import admit
from evenhand.doors import intake
from evenhand.doors.intake import Refused, let_in, let_in_all
from evenhand.identity.models import Behind
from evenhand.identity.recognise import NotAnAddress
from factories import MINUTE, NOW, a_case, a_desk, a_knock, let_someone_in

pytestmark = pytest.mark.django_db


def fail(*args, **kwargs):
    raise RuntimeError("out of order")


def test_what_triage_cannot_read_waits_for_a_person_under_the_standard_of_what_is_wrong(monkeypatch):
    a_desk()
    monkeypatch.setattr(admit, "read_all", fail)
    case = Case.objects.get(pk=let_someone_in("Whatever this is.").case_id)
    assert case.line.need.slug == "wrong"
    assert case.judged.model_version == ""
    assert not case.judged.is_sure


def test_one_contact_that_triage_cannot_read_spoils_no_other(monkeypatch):
    a_desk()
    read_all = admit.read_all

    def read(contacts, **times):
        if any("poison" in words for words, *_ in contacts):
            raise RuntimeError("poisoned")
        return read_all(contacts, **times)

    monkeypatch.setattr(admit, "read_all", read)
    told = let_in_all([a_knock("I was charged twice."), a_knock("poison"), a_knock("Thank you!")], NOW)
    versions = [Case.objects.get(pk=each.case_id).judged.model_version for each in told]
    assert [bool(version) for version in versions] == [True, False, True]


def test_words_are_kept_plainly_when_the_forecast_fails(monkeypatch):
    a_desk()
    monkeypatch.setattr(making.Teller, "answer", fail)
    told = let_someone_in("I was charged twice.")
    assert Contact.objects.get(uid=told.contact).words == "I was charged twice."
    assert Promise.objects.get(case_id=told.case_id).due_at > NOW


def test_the_same_contact_let_in_beside_us_is_answered_with_what_was_answered_first(monkeypatch):
    a_desk()
    first = let_someone_in("I was charged twice.", door="api", account="key", external_id="42")
    known, calls = intake._known_already, []

    def unaware(knocks):
        calls.append(1)
        return {} if len(calls) == 1 else known(knocks)

    monkeypatch.setattr(intake, "_known_already", unaware)
    again = let_someone_in("I was charged twice.", door="api", account="key", external_id="42")
    assert (again.reference, again.is_again) == (first.reference, True)
    assert Contact.objects.count() == 1
    assert again.token != first.token, "a replay gets a fresh link"


def test_a_conflict_that_stays_is_told(monkeypatch):
    a_desk()

    def conflict(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(intake, "_let_in_all", conflict)
    with pytest.raises(IntegrityError):
        let_someone_in("I was charged twice.")


def test_one_word_is_a_message():
    a_desk()
    assert let_someone_in("help").reference


@pytest.mark.parametrize("words", ["", "  \n\t ", "x" * 50_001])
def test_what_cannot_be_taken_is_refused_with_what_to_do(words):
    a_desk()
    with pytest.raises(Refused) as refused:
        let_someone_in(words)
    assert refused.value.detail
    assert not Contact.objects.exists()


def test_characters_that_no_database_holds_are_marked_and_the_rest_is_kept():
    a_desk()
    told = let_someone_in("It broke\x00 again \ud800 🙂")
    assert Contact.objects.get(uid=told.contact).words == "It broke\ufffd again ? 🙂"


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.org", "a@example.org\nBcc: x@example.org", "@x.org"])
def test_d13_what_is_no_address_is_refused_before_anything_is_written(email):
    a_desk()
    with pytest.raises(NotAnAddress):
        let_someone_in("I was charged twice.", email=email)
    assert not Contact.objects.exists()


def test_the_same_address_is_one_customer_and_nothing_is_joined_by_it():
    a_desk()
    first = a_case("I was charged twice.", email="elena@example.org")
    second = a_case("I was charged twice.", NOW + MINUTE, email="Elena@Example.org ")
    assert first.pk != second.pk
    assert Behind.objects.values("customer", "answer_to").distinct().count() == 1


def test_a_batch_is_kept_as_each_would_be_alone():
    a_desk()
    knocks = [a_knock(f"I was charged twice, number {n}.", email=f"c{n % 3}@example.org") for n in range(40)]
    told = let_in_all(knocks, NOW)
    assert len({each.reference for each in told}) == 40
    assert Promise.objects.filter(is_running=True).count() == 40
    assert len({each.token for each in told}) == 40
    assert let_in(a_knock("And me."), NOW).reference not in {each.reference for each in told}
