"""Promises and what became of them. A promise is a row that nobody edits; its outcome is another."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from evenhand.care.cases.models import Case, Contact, Line, Need, Reply

SUPERVISOR_STANDARD = timedelta(hours=2)
"""A supervisor's call is answered within two working hours, for everyone."""


class PromiseQuerySet(models.QuerySet["Promise"]):
    def due(self, now: datetime) -> PromiseQuerySet:
        """Running and run out."""
        return self.filter(is_running=True, due_at__lte=now)

    def to_look_at(self) -> PromiseQuerySet:
        """Running, in nobody's hands, and not yet looked at for a renewal when three quarters have run."""
        return self.filter(is_running=True, is_looked_at=False, case__lease_ends_at=None)


class Promise(models.Model):
    """The honest time one customer was told."""

    class Kind(models.TextChoices):
        ANSWER = "answer", "Answer"
        SOLUTION = "solution", "Solution"
        SUPERVISOR = "supervisor", "A supervisor's answer"
        RETURN = "return", "We come back to you"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="promises", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField(help_text="From when the standard is counted")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    renew_at = models.DateTimeField(help_text="When three quarters of it have run")
    standard = models.DurationField(help_text="The published standard it was made under")
    standard_due_at = models.DateTimeField()
    forecast = models.DurationField(null=True, help_text="The wait that was forecast, where one could be")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is longer than the standard")
    renews = models.OneToOneField("self", null=True, on_delete=models.CASCADE, related_name="renewed_by")
    place_in_row = models.PositiveSmallIntegerField(default=1, help_text="1 the first told, 2 its renewal, …")
    is_running = models.BooleanField(default=True, help_text="Until it has an outcome; the loops find it by this")
    is_looked_at = models.BooleanField(default=False, help_text="Its renewal has been considered")

    objects = PromiseQuerySet.as_manager()

    class Meta:
        ordering = ("made_at", "pk")
        indexes = [
            models.Index(fields=["case", "made_at"]),
            models.Index(name="promise_due", fields=["due_at"], condition=Q(is_running=True)),
            models.Index(name="promise_first_due", fields=["renews", "kind", "due_at"]),
            models.Index(
                name="promise_to_renew", fields=["renew_at"], condition=Q(is_running=True, is_looked_at=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(name="promise_is_due_after_it_is_made", condition=Q(due_at__gt=F("made_at"))),
            models.CheckConstraint(
                name="promise_is_never_better_than_the_standard",
                condition=Q(due_at__gte=F("standard_due_at")),
            ),
            models.UniqueConstraint(
                name="one_running_promise_of_a_kind", fields=["case", "kind"], condition=Q(is_running=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.due_at}"

    @property
    def is_in_working_time(self) -> bool:
        return self.kind == self.Kind.SUPERVISOR or not self.need.runs_always

    def published_standard(self) -> timedelta:
        """The standard as it is published, in working days where it is: what everyone with this need is promised."""
        if self.kind == self.Kind.SUPERVISOR:
            return SUPERVISOR_STANDARD
        if self.kind == self.Kind.SOLUTION and self.need.solve_standard is not None:
            return self.need.solve_standard
        return self.need.answer_standard


class Outcome(models.Model):
    """What became of a promise; a promise has one, and the first to write it wins."""

    class Kind(models.TextChoices):
        KEPT = "kept", "Kept"
        BROKEN = "broken", "Broken"
        RENEWED = "renewed", "Renewed before it broke"
        ASKED = "asked", "We asked the customer in time"
        LET_GO = "let_go", "No longer needed"

    promise = models.OneToOneField(Promise, on_delete=models.CASCADE, related_name="outcome")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField(help_text="When it truly happened")
    judged_at = models.DateTimeField()
    reply = models.ForeignKey(Reply, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["kind", "at"])]

    def __str__(self) -> str:
        return f"{self.promise}: {self.kind}"


class Objection(models.Model):
    """The customer says within a day that an answer was none: what it kept counts as not kept."""

    outcome = models.OneToOneField(Outcome, on_delete=models.CASCADE, related_name="objection")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.outcome} objected to"


class Outlook(models.Model):
    """How long a case arriving now in this line would wait, as last forecast."""

    line = models.OneToOneField(Line, on_delete=models.CASCADE, related_name="outlook")
    made_at = models.DateTimeField()
    wait = models.DurationField(null=True, help_text="As forecast; empty where no forecast can be made yet")
    stretched_wait = models.DurationField(null=True, help_text="Within which 95 % are answered")
    waiting = models.PositiveIntegerField(default=0, help_text="People of all lines before a newcomer")
    on_duty = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.line}: {self.wait}"


class Calibration(models.Model):
    """By how much forecasts of a line are stretched so that 95 % of them hold."""

    line = models.OneToOneField(Line, on_delete=models.CASCADE, related_name="calibration")
    state = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.line}"
