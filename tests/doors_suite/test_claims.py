"""A new contact that names a case of ours is a case of its own, with a hint to staff; nothing is joined by it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evenhand.doors.models import Arrival
from evenhand.identity.models import Identity
from evenhand.identity.recognise import Caller
from factories import NOW, a_case, a_desk, a_knock, let_in

pytestmark = pytest.mark.django_db


def claimed_by(words: str, **about) -> str:
    told = let_in(a_knock(words, **about), NOW)
    return Arrival.objects.get(contact__case=told.case_id).claims


def test_words_that_name_a_case_of_ours_claim_to_belong_to_it_and_stay_a_case_of_their_own():
    a_desk()
    case = a_case("I was charged twice.")
    assert claimed_by(f"It is about {case.reference}. When do I hear?") == case.reference
    assert claimed_by(f"Still {case.reference.lower()}!") == case.reference
    assert case.contacts.count() == 1


def test_what_only_looks_like_a_reference_claims_nothing():
    a_desk()
    case = a_case("I was charged twice.")
    assert claimed_by("My add-ons cost me 555-123 at a one-off fee.") == ""
    assert claimed_by(f"Card 1{case.reference}9 was charged.") == ""


def test_words_without_a_reference_ask_the_database_nothing():
    a_desk()
    a_case("I was charged twice.")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        claimed_by("I was charged twice, and nobody says why.")
    assert not [query for query in asked if "SELECT reference FROM care_case" in query["sql"]]


def test_a_door_s_own_claim_is_kept():
    a_desk()
    case = a_case("I was charged twice.")
    assert claimed_by(f"About {case.reference}.", claims="ABC-DEF") == "ABC-DEF"


def test_a_handle_of_control_characters_alone_is_no_address():
    a_desk()
    let_in(a_knock(caller=Caller(handle="\x07\x1b", account=" \n")), NOW)
    assert not Identity.objects.exists()
