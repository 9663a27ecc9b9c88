"""Cases, what was said in them, and every change that somebody made to one."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from evenhand.people.models import Person, Place


class Need(models.Model):
    """What kind of help it is, with the standard that is the same for everyone on every door."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(help_text="From the most urgent to the least")
    answer_standard = models.DurationField(
        help_text="Time within which it is to be answered; whole days in it are working days of the place"
    )
    solve_standard = models.DurationField(null=True, blank=True)
    weight = models.PositiveSmallIntegerField(default=1)
    is_danger = models.BooleanField(default=False, help_text="Served before every other need")
    runs_always = models.BooleanField(default=False, help_text="Its clock runs at any hour")
    example = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = [
            models.CheckConstraint(name="need_has_a_standard", condition=Q(answer_standard__gt=timedelta(0))),
            models.CheckConstraint(name="need_has_a_weight", condition=Q(weight__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class Line(models.Model):
    """The cases of one need at one place, first come first served."""

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="lines")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="one_line_for_a_need_at_a_place", fields=["need", "place"])]

    def __str__(self) -> str:
        return f"{self.need} at {self.place}"


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> CaseQuerySet:
        return self.filter(solved_at=None, spam_at=None)

    def waiting(self) -> CaseQuerySet:
        """In a line and in nobody's hands, first come first served to the last tie."""
        return self.filter(first_unanswered_at__isnull=False, lease_ends_at=None).order_by("first_unanswered_at", "pk")

    def visible_to(self, person: Person) -> CaseQuerySet:
        """The cases this person may read: those of their places."""
        return self.filter(line__place__in=Place.objects.visible_to(person))


class Case(models.Model):
    """One customer's one need, with all its contacts, replies and promises.

    What happened to it stands in rows of its own; the fields here are what the line and the pages are found by.
    """

    reference = models.CharField(max_length=12, unique=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="cases", db_index=False)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    language = models.CharField(max_length=8, default="en")
    opened_at = models.DateTimeField()
    first_unanswered_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The place in line: the earliest contact that waits for an answer; empty when none does",
    )
    lease_ends_at = models.DateTimeField(null=True, blank=True, help_text="In somebody's hands until then")
    returns_at = models.DateTimeField(null=True, blank=True, help_text="When we come back by ourselves")
    solved_at = models.DateTimeField(null=True, blank=True)
    spam_at = models.DateTimeField(null=True, blank=True)
    raised_at = models.DateTimeField(null=True, blank=True, help_text="With a supervisor since then")
    version = models.PositiveIntegerField(default=1, help_text="Grows with every act of staff or customer")

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                name="waiting_in_line",
                fields=["line", "first_unanswered_at", "id"],
                condition=Q(first_unanswered_at__isnull=False, lease_ends_at=None),
            ),
            models.Index(
                name="leased_until",
                fields=["lease_ends_at"],
                condition=Q(lease_ends_at__isnull=False),
            ),
            models.Index(
                name="open_of_owner",
                fields=["owner", "opened_at"],
                condition=Q(solved_at=None, spam_at=None),
            ),
            models.Index(name="opened_in_time", fields=["opened_at"]),
            models.Index(name="raised_since", fields=["raised_at"], condition=Q(raised_at__isnull=False)),
            models.Index(name="returning_at", fields=["returns_at"], condition=Q(returns_at__isnull=False)),
            models.Index(name="spam_since", fields=["spam_at"], condition=Q(spam_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="solved_or_spam_waits_in_no_line",
                condition=Q(solved_at=None, spam_at=None) | Q(first_unanswered_at=None, lease_ends_at=None),
            ),
            models.CheckConstraint(
                name="in_hand_only_while_it_waits",
                condition=Q(lease_ends_at=None) | Q(first_unanswered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.solved_at is None and self.spam_at is None


class Contact(models.Model):
    """One thing the customer told us, in their own words, or by pressing a button of their status page."""

    class Kind(models.TextChoices):
        WORDS = "words", "Wrote"
        NO_ANSWER = "no_answer", "Said that this was no answer"
        SUPERVISOR = "supervisor", "Asked for a supervisor"
        CALL_BACK = "call_back", "Asked for a call back"
        SOLVED = "solved", "Said that it is solved"
        NOT_SOLVED = "not_solved", "Said that it is not solved"

    uid = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.WORDS)
    words = models.TextField(blank=True)
    language = models.CharField(max_length=8, default="en")
    sent_at = models.DateTimeField(help_text="When the customer pressed send, as far as it is believed")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("sent_at", "pk")
        indexes = [models.Index(fields=["case", "sent_at"])]
        constraints = [
            models.CheckConstraint(name="words_are_said", condition=~Q(kind="words", words="")),
        ]

    def __str__(self) -> str:
        return self.words[:60]


class Reply(models.Model):
    """What goes out to the customer: an answer, a solution, or a question with a day to come back on."""

    class Kind(models.TextChoices):
        ANSWER = "answer", "Answer, with the next promise"
        SOLUTION = "solution", "Solves the case"
        QUESTION = "question", "Asks the customer"

    uid = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="replies", db_index=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    words = models.TextField()
    written_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True, blank=True, help_text="When the far side accepted it")

    class Meta:
        ordering = ("written_at", "pk")
        verbose_name_plural = "replies"
        indexes = [models.Index(fields=["case", "written_at"])]
        constraints = [models.CheckConstraint(name="reply_has_words", condition=~Q(words=""))]

    def __str__(self) -> str:
        return self.words[:60]


class Note(models.Model):
    """What stays in: read by staff alone."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes", db_index=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    words = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("written_at", "pk")
        indexes = [models.Index(fields=["case", "written_at"])]
        constraints = [models.CheckConstraint(name="note_has_words", condition=~Q(words=""))]

    def __str__(self) -> str:
        return self.words[:60]


class Ownership(models.Model):
    """One hand that a case passed through, by name."""

    class Why(models.TextChoices):
        ADMITTED = "admitted", "on duty when it came in"
        TOOK = "took", "took the case"
        LAPSED = "lapsed", "the one before did not get to it"
        HANDED_ON = "handed_on", "was handed it"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="ownerships", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=10, choices=Why.choices)
    began_at = models.DateTimeField()

    class Meta:
        ordering = ("began_at", "pk")
        indexes = [models.Index(fields=["case", "began_at"])]

    def __str__(self) -> str:
        return f"{self.person}: {self.case}"


class Lease(models.Model):
    """A case in somebody's hands for a time; it locks nothing."""

    class End(models.TextChoices):
        ACTED = "acted", "Acted on it"
        GIVEN_BACK = "given_back", "Gave it back"
        LAPSED = "lapsed", "Ran out"
        TAKEN = "taken", "Taken by another"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="leases", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    taken_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End.choices, blank=True)
    reason = models.TextField(blank=True, help_text="Why another than the head of the line was taken")
    overtaken = models.PositiveIntegerField(default=0, help_text="How many in the same line it was taken before")

    class Meta:
        indexes = [
            models.Index(fields=["case", "taken_at"]),
            models.Index(name="lease_running", fields=["ends_at"], condition=Q(ended_at=None)),
            models.Index(name="lease_of_person", fields=["person"], condition=Q(ended_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(name="one_lease_at_a_time", fields=["case"], condition=Q(ended_at=None)),
            models.CheckConstraint(name="overtaking_has_a_reason", condition=Q(overtaken=0) | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.case}"


class OpenLoad(models.Model):
    """How many open cases a person owns, kept so that the least laden is found at once."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+", primary_key=True)
    count = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.person}: {self.count}"


class Solution(models.Model):
    """A case was solved: by whom, when and why."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="solutions", db_index=False)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    because = models.TextField(blank=True)
    at = models.DateTimeField()
    waited_since = models.DateTimeField(null=True, help_text="The place in line it had, to resume from")

    class Meta:
        ordering = ("at", "pk")
        indexes = [models.Index(fields=["case", "at"])]

    def __str__(self) -> str:
        return f"{self.case} at {self.at}"

    @property
    def is_by_customer(self) -> bool:
        return self.by_id is None


class Reopening(models.Model):
    """A solution that did not hold."""

    solution = models.OneToOneField(Solution, on_delete=models.CASCADE, related_name="reopening")
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    because = models.TextField(blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.solution} reopened at {self.at}"


class Raising(models.Model):
    """A case brought before a supervisor, and whether they have seen to it."""

    class Why(models.TextChoices):
        MISSED = "missed", "A promise was missed"
        ASKED = "asked", "The customer asked for a supervisor"
        STAFF = "staff", "A colleague asked for a supervisor"
        RENEWED_TWICE = "renewed_twice", "The promise was moved twice already"
        NOT_SENT = "not_sent", "A message could not be delivered"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="raisings", db_index=False)
    why = models.CharField(max_length=14, choices=Why.choices)
    because = models.TextField(blank=True)
    to = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ("at", "pk")
        indexes = [
            models.Index(fields=["case", "at"]),
            models.Index(name="raising_unsettled", fields=["at"], condition=Q(settled_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.get_why_display()}"


class SpamMark(models.Model):
    """A case set aside as spam, visibly and with a clock: a second person looks at it before it ends."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="spam_marks", db_index=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    look_again_by = models.DateTimeField()
    waited_since = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["case", "at"])]
        constraints = [
            models.CheckConstraint(
                name="spam_is_confirmed_by_a_second_person",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("by")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case}"
