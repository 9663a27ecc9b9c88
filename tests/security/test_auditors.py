"""An auditor reads the desk and the audit, changes nothing, and never owns a case."""

from __future__ import annotations

import pytest
from django.test import Client

from evenhand.care.cases.hands import NobodyWorksHere, supervisor_for
from evenhand.care.models import Case, Raising
from evenhand.care.promises import watching
from evenhand.people.models import Duty, Person
from factories import DAY, NOW, a_case, a_desk, a_person, a_place, let_someone_in

pytestmark = pytest.mark.django_db


def an_auditor(**about):
    return a_person("Eve Audit", role=Person.Role.AUDITOR, **about)


def test_an_auditor_comes_on_no_duty_and_owns_no_case():
    auditor = an_auditor()
    assert not Duty.objects.filter(person=auditor).exists()
    with pytest.raises(NobodyWorksHere):
        let_someone_in()
    a_desk()
    assert {a_case(f"Charged twice, {n}.").owner_id for n in range(4)}.isdisjoint({auditor.pk})


def test_who_becomes_an_auditor_while_on_duty_gets_no_case_and_is_told_of_none():
    agent, supervisor = a_desk()
    Person.objects.filter(pk__in=[agent.pk, supervisor.pk]).update(role=Person.Role.AUDITOR)
    with pytest.raises(NobodyWorksHere):
        let_someone_in()
    other = a_person("Ann Other")
    assert a_case().owner == other
    assert supervisor_for(a_place(), NOW) == other


def test_a_missed_promise_is_raised_to_no_auditor():
    auditor = an_auditor()
    agent, _ = a_desk()
    Person.objects.filter(role=Person.Role.SUPERVISOR).delete()
    a_case()
    assert watching.break_one_overdue(NOW + 9 * DAY) is not None
    assert {raising.to_id for raising in Raising.objects.all()} == {agent.pk} != {auditor.pk}


def test_an_auditor_reads_a_case_and_finds_nothing_to_press():
    auditor = an_auditor()
    a_desk()
    case = a_case()
    client = Client()
    client.force_login(auditor, backend="allauth.account.auth_backends.AuthenticationBackend")
    for page in ("/desk/", f"/desk/cases/{case.reference}/", "/desk/spam/"):
        told = client.get(page)
        assert told.status_code == 200
        forms = [part for part in told.content.decode().split("<form")[1:] if 'method="post"' in part.split(">")[0]]
        assert all("/accounts/logout/" in form for form in forms), page
    assert client.post(f"/desk/cases/{case.reference}/notes/", {"words": "Seen.", "version": 1}).status_code == 404
    assert Case.objects.get(pk=case.pk).notes.count() == 0
