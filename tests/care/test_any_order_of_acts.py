"""Whatever staff, customers and time do to cases, in any order: the rules that always hold, hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from evenhand.care.cases import catalogue
from evenhand.care.ledger import writing as ledger
from evenhand.care.models import (
    Case,
    Contact,
    Lease,
    OpenLoad,
    Outcome,
    Ownership,
    Promise,
    Raising,
    Reopening,
    Reply,
    SpamMark,
)
from evenhand.care.promises import keeping, outlook, staff, watching
from evenhand.care.triage.correcting import correct
from evenhand.desk import people, queue
from evenhand.doors import outbox
from evenhand.doors.intake import press
from evenhand.people.models import Person, Place
from factories import DAY, HOUR, MINUTE, NOW, a_case, a_knock, a_place, a_supervisor, an_agent, let_in

pytestmark = pytest.mark.long

PRESSES = [kind for kind in Contact.Kind if kind != Contact.Kind.WORDS]
NEEDS = ["danger", "money", "question"]
WAITS_BY = [Promise.Kind.ANSWER, Promise.Kind.RETURN, Promise.Kind.SOLUTION]
SPANS = [MINUTE, 20 * MINUTE, HOUR, 3 * HOUR, 9 * HOUR, DAY, 4 * DAY]
SECOND = timedelta(seconds=1)

which = st.integers(0, 30)


class Desk(RuleBasedStateMachine):
    """One place, three agents and two supervisors; whoever is named in a rule is chosen by a number."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.looked_at = NOW
        self._apart = transaction.atomic()
        self._apart.__enter__()
        catalogue.forget()
        outlook.forget()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._apart.__exit__(None, None, None)

    @initialize()
    def opens(self) -> None:
        place = a_place(always_open=False)
        self.staff = [an_agent(f"Agent {n}", places=[place]) for n in range(3)]
        self.staff += [a_supervisor(f"Supervisor {n}", places=[place]) for n in range(2)]

    def one(self, number: int) -> Case:
        cases = Case.objects.select_related("line__need", "line__place", "owner").order_by("pk")
        return cases[number % cases.count()]

    def somebody(self, number: int) -> Person:
        here = [person for person in self.staff if person.is_active]
        return here[number % len(here)]

    @contextmanager
    def acts_on(self, case: Case) -> Iterator[None]:
        """What is done shows in the version, or is refused and changes nothing."""
        self.now += SECOND
        try:
            with transaction.atomic():
                yield
        except (keeping.NotPossible, queue.NeedsReason):
            assert Case.objects.get(pk=case.pk).version == case.version
        else:
            assert Case.objects.get(pk=case.pk).version > case.version

    @rule(need=st.sampled_from(NEEDS), leaves_address=st.booleans())
    def lets_in(self, need: str, leaves_address: bool) -> None:
        self.now += SECOND
        if Case.objects.count() < 5:
            a_case("It went wrong.", self.now, need=need, **({"email": "elena@example.org"} if leaves_address else {}))

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which)
    def writes_again(self, number: int) -> None:
        case = self.one(number)
        with self.acts_on(case):
            let_in(a_knock("And another thing.", sent_at=self.now, joins=case.pk), self.now)

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, kind=st.sampled_from(PRESSES))
    def presses(self, number: int, kind: Contact.Kind) -> None:
        case = self.one(number)
        with self.acts_on(case):
            press(case.pk, kind, "", self.now, key="")

    @rule(by=which)
    def takes_next(self, by: int) -> None:
        self.now += SECOND
        lease = queue.take_next(self.somebody(by), self.now)
        if lease is None:
            assert not Case.objects.waiting().exists()
        else:
            taken = (lease.case.first_unanswered_at, lease.case_id)
            left = Case.objects.waiting().filter(line=lease.case.line).values_list("first_unanswered_at", "pk")
            assert all(taken < each for each in left), "nobody in the line is overtaken"

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, by=which, reason=st.sampled_from(["", "On the phone."]))
    def takes_one(self, number: int, by: int, reason: str) -> None:
        self.now += SECOND
        with suppress(keeping.NotPossible, queue.NeedsReason):
            queue.take(self.one(number).pk, self.somebody(by), self.now, reason)

    @precondition(lambda self: Case.objects.exists())
    @rule(
        number=which, by=which, kind=st.sampled_from(list(Reply.Kind)), by_when=st.sampled_from([None, HOUR, 9 * DAY])
    )
    def replies(self, number: int, by: int, kind: Reply.Kind, by_when: timedelta | None) -> None:
        case = self.one(number)
        if case.solved_at is not None:
            kind = Reply.Kind.SOLUTION  # all that the desk offers there
        with self.acts_on(case):
            then = None if by_when is None else self.now + by_when
            person = self.somebody(by)
            written = staff.reply(
                case.pk, by=person, words="So.", kind=kind, version=case.version, now=self.now, by_when=then
            )
            outbox.send(written, self.now)

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, by=which)
    def notes(self, number: int, by: int) -> None:
        staff.note(self.one(number).pk, by=self.somebody(by), words="Careful.", now=self.now)

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, by=which, later=st.sampled_from(SPANS))
    def promises_anew(self, number: int, by: int, later: timedelta) -> None:
        case = self.one(number)
        with self.acts_on(case):
            due_at, person = self.now + later, self.somebody(by)
            staff.promise_anew(
                case.pk, by=person, due_at=due_at, reason="It is slow.", version=case.version, now=self.now
            )

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, by=which, to=which)
    def hands_on(self, number: int, by: int, to: int) -> None:
        case = self.one(number)
        with self.acts_on(case):
            staff.hand_on(case.pk, by=self.somebody(by), to=self.somebody(to), version=case.version, now=self.now)

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, by=which)
    def raises(self, number: int, by: int) -> None:
        case = self.one(number)
        with self.acts_on(case):
            staff.raise_by_staff(case.pk, by=self.somebody(by), because="Please look.", now=self.now)

    @precondition(lambda self: Case.objects.filter(raised_at__isnull=False).exists())
    @rule(number=which)
    def a_supervisor_sees_to(self, number: int) -> None:
        raised = Case.objects.filter(raised_at__isnull=False).select_related("line__place", "owner")
        case = raised[number % raised.count()]
        if keeping.running(case, Promise.Kind.SUPERVISOR) is None:
            keeping.settle_raisings(case, self.staff[-1], self.now)

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, by=which, act=st.sampled_from([staff.set_aside_as_spam, staff.not_spam, staff.is_spam]))
    def is_it_spam(self, number: int, by: int, act: object) -> None:
        case, person = self.one(number), self.somebody(by)
        if act is staff.set_aside_as_spam:
            with self.acts_on(case):
                staff.set_aside_as_spam(case.pk, by=person, version=case.version, now=self.now)
            return
        self.now += SECOND
        try:
            with transaction.atomic():
                (staff.not_spam if act is staff.not_spam else staff.is_spam)(case.pk, by=person, now=self.now)
        except keeping.NotPossible:
            pass

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, by=which)
    def closes(self, number: int, by: int) -> None:
        case = self.one(number)
        if case.solved_at is None:
            with self.acts_on(case):
                staff.solve(case.pk, by=self.somebody(by), because="It came.", version=case.version, now=self.now)

    @precondition(lambda self: Case.objects.filter(solved_at__isnull=False).exists())
    @rule(number=which, by=which)
    def reopens(self, number: int, by: int) -> None:
        solved = Case.objects.filter(solved_at__isnull=False)
        case = solved[number % solved.count()]
        with self.acts_on(case):
            staff.reopen(case.pk, by=self.somebody(by), because="Not yet.", version=case.version, now=self.now)

    @precondition(lambda self: Case.objects.exists())
    @rule(number=which, by=which, need=st.sampled_from(NEEDS))
    def corrects(self, number: int, by: int, need: str) -> None:
        case = self.one(number)
        with self.acts_on(case):
            found = catalogue.catalogue().needs[need]
            correct(case.pk, by=self.somebody(by), need=found, because="", version=case.version, now=self.now)

    @precondition(lambda self: sum(person.is_active for person in self.staff[:3]) > 1)
    @rule(number=st.integers(0, 2))
    def somebody_leaves(self, number: int) -> None:
        self.now += SECOND
        gone = self.staff[number]
        if gone.is_active:
            gone.is_active = False
            gone.save(update_fields=["is_active"])
            gone.go_off_duty(self.now)
            people.leave(gone, Place.objects.all(), self.now)

    @rule(span=st.sampled_from(SPANS), is_late=st.booleans())
    def time_passes(self, span: timedelta, is_late: bool) -> None:
        """A while goes by, and then all loops have their turn."""
        self.now += span
        outlook.look_ahead(self.now)
        wait = 3 * DAY if is_late else MINUTE
        self.run(watching.break_one_overdue)
        self.run(watching.come_back_to_one)
        self.run(watching.end_one_lapsed_lease)
        self.run(lambda now: watching.look_at_one_promise(now, lambda case, at: at + wait))
        while outbox.carry_one(self.now):
            pass
        self.looked_at = self.now

    def run(self, act: object) -> None:
        for _ in range(200):
            with transaction.atomic():
                moved = act(self.now)
                if moved is None:
                    return
                outbox.tell(moved, self.now)
        raise AssertionError("a loop that never ends")

    @invariant()
    def whoever_is_open_has_a_promise_and_an_owner_who_is_here(self) -> None:
        for case in Case.objects.open().select_related("owner"):
            kinds = set(Promise.objects.filter(case=case, is_running=True).values_list("kind", flat=True))
            assert kinds & set(WAITS_BY), case
            assert case.owner.is_active
            assert case.ownerships.latest("began_at", "pk").person_id == case.owner_id
            assert case.first_unanswered_at is None or case.first_unanswered_at <= self.now

    @invariant()
    def what_is_closed_has_no_promise_but_a_supervisor_s(self) -> None:
        on_its_way = Reply.objects.filter(reached_at=None).values("case")
        running = Promise.objects.filter(is_running=True).exclude(kind=Promise.Kind.SUPERVISOR)
        assert not running.filter(case__solved_at__isnull=False).exclude(case__in=on_its_way).exists()
        agreed = SpamMark.objects.filter(lifted_at=None, confirmed_at__isnull=False)
        assert not running.filter(case__in=agreed.values("case")).exists()

    @invariant()
    def every_promise_has_one_end_and_a_true_one(self) -> None:
        for promise in Promise.objects.select_related("outcome__reply__by", "case"):
            outcome = getattr(promise, "outcome", None)
            assert promise.is_running == (outcome is None)
            if outcome is None:
                assert promise.due_at > self.looked_at
            elif outcome.kind == Outcome.Kind.BROKEN:
                assert outcome.at == promise.due_at
            else:
                assert outcome.at <= promise.due_at
            if outcome is not None and outcome.kind in {Outcome.Kind.KEPT, Outcome.Kind.ASKED}:
                assert outcome.reply is not None
                assert outcome.reply.reached_at == outcome.at
                assert outcome.reply.by.is_supervisor or promise.kind != Promise.Kind.SUPERVISOR

    @invariant()
    def the_place_in_line_is_the_earliest_unanswered(self) -> None:
        moved_by_rules = [
            Reopening.objects.values("solution__case"),
            Contact.objects.filter(kind__in=[Contact.Kind.NO_ANSWER, Contact.Kind.NOT_SOLVED]).values("case"),
            Reply.objects.filter(kind=Reply.Kind.QUESTION).values("case"),
            Ownership.objects.filter(why=Ownership.Why.HANDED_ON).values("case"),
            SpamMark.objects.values("case"),
        ]
        plain = Case.objects.filter(first_unanswered_at__isnull=False)
        for those in moved_by_rules:
            plain = plain.exclude(pk__in=those)
        for case in plain:
            answered = case.replies.order_by("-written_at").values_list("written_at", flat=True).first()
            waits = case.contacts.filter(kind__in=[Contact.Kind.WORDS, Contact.Kind.CALL_BACK])
            since = waits.filter(sent_at__gt=answered or NOW - DAY).order_by("sent_at").first()
            assert since is not None
            assert case.first_unanswered_at == since.sent_at

    @invariant()
    def what_the_rows_say_of_a_case_is_so(self) -> None:
        leases = {lease.case_id: lease for lease in Lease.objects.filter(ended_at=None)}
        raised = set(Raising.objects.filter(settled_at=None).values_list("case_id", flat=True))
        for case in Case.objects.all():
            assert (case.lease_ends_at is not None) == (case.pk in leases)
            if case.pk in leases:
                assert leases[case.pk].ends_at == case.lease_ends_at
                assert leases[case.pk].person_id == case.owner_id
            assert (case.raised_at is not None) == (case.pk in raised)
            if case.returns_at is not None:
                assert case.is_open
                assert case.first_unanswered_at is None
                assert keeping.running(case, Promise.Kind.RETURN) is not None
            assert case.solved_at is None or case.spam_at is None

    @invariant()
    def open_cases_are_counted_right(self) -> None:
        counted = Counter(Case.objects.open().values_list("owner_id", flat=True))
        assert {load.person_id: load.count for load in OpenLoad.objects.exclude(count=0)} == dict(counted)

    @invariant()
    def the_ledger_is_whole(self) -> None:
        assert ledger.verify(keeping.finders()) is None


@pytest.mark.django_db
@pytest.mark.parametrize("is_carried", [True, False])
def test_the_rules_that_always_hold_hold_after_any_acts_in_any_order(settings, is_carried: bool):
    settings.IS_DEMO = is_carried
    run_state_machine_as_test(
        Desk,
        settings=how(
            max_examples=13,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
