"""A person sets or confirms the need that triage read; the clock stays as it was."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.care.cases.catalogue import catalogue
from evenhand.care.cases.models import Need
from evenhand.care.ledger import writing as ledger
from evenhand.care.promises import keeping
from evenhand.care.promises.making import Teller
from evenhand.care.promises.models import Outcome, Promise
from evenhand.care.triage.models import Correction
from evenhand.people.models import Person


@transaction.atomic
def correct(
    case_id: int, *, by: Person, need: Need, because: str, version: int | None, now: datetime
) -> Promise | None:
    """Say what the need is. The case moves to that need's line with the clock it has.

    A more urgent need makes an earlier promise, which replaces the one made, and is returned for the customer to be
    told; a less urgent one leaves the promise as it was told: nobody loses time to our mistake.
    """
    case = keeping.locked(case_id, version, because)
    before, line = case.line.need, catalogue().line(need, case.line.place)
    Correction.objects.create(case=case, before=before, after=need, by=by, because=because, at=now)
    ledger.write(
        ledger.Act(
            "need corrected", now, case.reference, f"person:{by.pk}", {"before": before.slug, "after": need.slug}
        )
    )
    keeping.changed(case, line=line)
    promise = keeping.running(case, Promise.Kind.ANSWER)
    if promise is None or need.pk == before.pk:
        return None
    told = Teller(catalogue(), now).answer(line, promise.started_at, case.language)
    if told.due_at >= promise.due_at:
        return None
    keeping.end(promise, Outcome.Kind.RENEWED, now, now)
    return keeping.make(case, told, promise)
