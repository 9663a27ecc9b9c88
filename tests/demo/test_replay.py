"""What the replay leaves behind is what the product promises."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F

from evenhand.care.ledger.writing import verify
from evenhand.care.models import Case, Contact, Correction, Entry, Judged, Lease, Outcome, Ownership, Promise, Reply
from evenhand.care.promises.keeping import finders
from evenhand.doors import outbox
from tests.demo.conftest import OPENED, Replayed, a_replay

MINUTE = timedelta(minutes=1)


def how_it_went() -> list[object]:
    """Every promise, reply and hand, without the keys and tokens that are new each time."""
    return [
        list(
            Promise.objects.order_by("made_at", "due_at", "kind", "need__slug").values_list(
                "kind", "need__slug", "started_at", "made_at", "due_at", "outcome__kind", "outcome__at"
            )
        ),
        list(Reply.objects.order_by("written_at", "by__email").values_list("kind", "by__email", "words", "written_at")),
        list(Ownership.objects.order_by("began_at", "person__email").values_list("person__email", "why", "began_at")),
        list(Contact.objects.order_by("sent_at", "kind").values_list("kind", "words", "sent_at", "received_at")),
    ]


@pytest.mark.django_db
def test_the_same_seed_and_time_give_the_same_days(in_the_demo: None) -> None:
    runs = []
    for _ in range(2):
        with transaction.atomic():
            a_replay(1.5, stops_after=0.7)
            runs.append(how_it_went())
            transaction.set_rollback(True)
    assert len(runs[0][0]) > 20
    assert runs[0] == runs[1]


def test_everyone_who_wrote_has_a_case_an_owner_and_a_promise(four_days: Replayed) -> None:
    cases = Case.objects.count()
    assert cases == four_days.count.arrivals > 60
    assert Judged.objects.count() == cases
    assert Case.objects.filter(ownerships=None).count() == 0
    assert Case.objects.filter(promises=None).count() == 0
    assert all(case.owner_id == case.ownerships.latest("began_at", "pk").person_id for case in Case.objects.all()[:40])


def test_no_case_is_open_without_a_running_promise(four_days: Replayed) -> None:
    running = Promise.objects.filter(is_running=True).values("case_id")
    assert not Case.objects.open().exclude(pk__in=running).exists()
    assert not Promise.objects.filter(is_running=True, case__solved_at__isnull=False).exists()


def test_promises_are_kept_on_most_days(four_days: Replayed) -> None:
    first_told = Outcome.objects.filter(promise__kind=Promise.Kind.ANSWER, promise__place_in_row=1)
    how = Counter(first_told.values_list("kind", flat=True))
    assert how[Outcome.Kind.KEPT] + how[Outcome.Kind.ASKED] >= 0.9 * how.total()


def test_no_promise_is_judged_kept_after_its_time_nor_judged_before_it_is_over(four_days: Replayed) -> None:
    good = Outcome.objects.filter(kind__in=[Outcome.Kind.KEPT, Outcome.Kind.ASKED])
    assert good.count() > 60
    assert not good.filter(at__gt=F("promise__due_at")).exists()
    assert not good.filter(reply=None).exclude(promise__kind=Promise.Kind.SOLUTION).exists()
    assert not Promise.objects.due(four_days.ends).exists()


def test_at_most_five_wait_at_the_end(four_days: Replayed) -> None:
    assert Case.objects.filter(first_unanswered_at__isnull=False).count() <= 5


def test_the_last_wrote_minutes_ago(four_days: Replayed) -> None:
    last = Case.objects.latest("opened_at").opened_at
    assert timedelta(0) < OPENED - last < 10 * MINUTE


def test_nobody_is_overtaken_within_a_need_without_a_reason(four_days: Replayed) -> None:
    """Of two in one line, whoever came later was taken first only with a reason that the ledger keeps."""
    assert not Lease.objects.filter(overtaken__gt=0, reason="").exists()
    taken = list(
        Lease.objects.order_by("taken_at", "pk").values_list(
            "case_id", "taken_at", "reason", "case__line_id", "case__opened_at"
        )
    )
    first_taken: dict[int, object] = {}
    for case_id, at, *_ in taken:
        first_taken.setdefault(case_id, at)
    corrected = set(Correction.objects.exclude(before=F("after")).values_list("case_id", flat=True))
    plain = [row for row in taken if row[1] == first_taken[row[0]] and not row[2] and row[0] not in corrected]
    heard = dict(Contact.objects.order_by("-received_at").values_list("case_id", "received_at"))  # the first of each
    compared = 0
    for case_id, at, _, line, opened in plain:
        for other, other_at, _, other_line, other_opened in plain:
            # Those whose words had come in by then, and whose turn came later although they had waited longer.
            if line == other_line and other_opened < opened and heard[other] <= at:
                compared += 1
                assert other_at <= at, (case_id, other)
    assert compared > 100


def test_the_ledger_is_intact_and_its_times_run_forward(four_days: Replayed) -> None:
    assert verify(finders()) is None
    times = list(Entry.objects.order_by("seq").values_list("at", flat=True))
    assert len(times) > 500
    assert times == sorted(times)


def test_no_letter_is_left_and_none_left_the_machine(four_days: Replayed) -> None:
    assert not outbox.carry_one(four_days.ends)
    assert not Reply.objects.filter(reached_at=None).exists()


def test_staff_say_what_is_needed_where_triage_was_unsure(four_days: Replayed) -> None:
    assert Correction.objects.count() == four_days.count.corrections > 0
    assert not Correction.objects.exclude(case__judged__is_sure=False).exists()
