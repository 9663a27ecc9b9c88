"""The rows of the daily audit: what it is set to, what it measured, what it found, and who was told."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from evenhand.care.models import Case, Need
from evenhand.people.models import Person, Place
from evenhand.stats.cells import RATE_MARGIN, RELATIVE_MARGIN, Verdict
from evenhand.stats.suppression import LEAST

LEAST_MARGIN = timedelta(minutes=15)
"""Times within this of each other count as alike, however short the wait."""

VERDICTS = [(verdict.value, verdict.value) for verdict in Verdict]


class Clock(models.TextChoices):
    """What a case is waited for: the first answer of a person, or the solution."""

    ANSWER = "answer", "First answer"
    SOLUTION = "solution", "Solution"


class PolicyManager(models.Manager["Policy"]):
    def in_force(self) -> Policy:
        """The policy that holds now; the one as shipped, not yet a row, where nobody has set one."""
        return self.order_by("-number").first() or Policy()


def _uid() -> uuid.UUID:
    return uuid.uuid4()


def _now_on() -> list[str]:
    return ["public", "door", "language", "place", "contact", "public_before", "reach"]


class Policy(models.Model):
    """One version of what the audit is set to: signed, with a reason, never edited. The newest is in force."""

    number = models.PositiveIntegerField(unique=True, default=1)
    made_at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField(default="As shipped.")
    rate_margin = models.FloatField(default=RATE_MARGIN, help_text="Points of a share of 1: .05 is five points")
    time_margin = models.FloatField(default=RELATIVE_MARGIN, help_text="As a share of the reference's mean")
    least_time_margin = models.DurationField(default=LEAST_MARGIN, help_text="Times this near always count as alike")
    contrasts = models.JSONField(default=_now_on, help_text="Which contrasts are audited, by name")
    least_shown = models.PositiveSmallIntegerField(default=LEAST, help_text="People below which a group is not shown")
    has_public_page = models.BooleanField(default=False)
    tasks_to = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = PolicyManager()

    class Meta:
        ordering = ("number",)
        verbose_name_plural = "policies"
        constraints = [
            models.CheckConstraint(name="policy_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="policy_is_signed", condition=Q(number=1) | Q(by__isnull=False)),
            models.CheckConstraint(
                name="policy_margins_are_some",
                condition=Q(rate_margin__gt=0, rate_margin__lt=1, time_margin__gt=0, time_margin__lt=1),
            ),
            models.CheckConstraint(name="policy_shows_no_single_person", condition=Q(least_shown__gte=2)),
        ]

    def __str__(self) -> str:
        return f"policy {self.number}"

    @property
    def measures(self) -> tuple[object, ...]:
        """What verdicts hang on: where any of it changes, the series breaks."""
        return (
            self.rate_margin,
            self.time_margin,
            self.least_time_margin,
            tuple(sorted(self.contrasts)),
            self.least_shown,
        )

    @property
    def margins(self) -> dict[str, float]:
        """As a result keeps them: rate, time as shares, least in hours."""
        return {
            "rate": self.rate_margin,
            "time": self.time_margin,
            "least_hours": self.least_time_margin.total_seconds() / 3600,
        }


class SeriesQuerySet(models.QuerySet["Series"]):
    def unsettled(self) -> SeriesQuerySet:
        """Those to which cases still come, or mature."""
        return self.filter(settled_at=None)


class Series(models.Model):
    """A stretch of time judged as one: a quarter, or less where a margin, a contrast or a standard was changed.

    A case belongs to the series that ran when it came in, also where it matures after the end.
    """

    number = models.PositiveIntegerField(unique=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    why = models.CharField(max_length=300, help_text="Why it began: what was changed, by whom")
    ended_at = models.DateTimeField(null=True, blank=True)
    why_ended = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="Ended, and every case of it is judged")
    standards = models.JSONField(help_text="need → [answer, solution] in seconds, as published when it began")
    lengths = models.JSONField(help_text="need → [answer, solution] in seconds of working time, the longest place's")
    needs = models.JSONField(help_text="Slugs in the order of their codes")
    references = models.JSONField(default=dict, help_text="contrast → the group that others stand against")
    reach_cuts = models.JSONField(null=True, help_text="Bands of reach at which the thirds begin")
    together = models.JSONField(default=dict, help_text="How many cases share all their groups: for suppression")

    objects = SeriesQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(
                name="series_ends_after_it_begins", condition=Q(ended_at=None) | Q(ended_at__gt=F("began_at"))
            ),
            models.CheckConstraint(name="series_ends_with_a_reason", condition=Q(ended_at=None) ^ ~Q(why_ended="")),
        ]

    def __str__(self) -> str:
        return f"series {self.number} from {self.began_at:%d %b %Y}"


class Measured(models.Model):
    """What one case came to on one clock, measured once, when it can no longer change. No words, no name, no address.

    Groups are those of the *first* contact, whatever came later.
    """

    class LeftOut(models.TextChoices):
        SPAM = "spam", "set aside as spam"
        LATE = "late", "heard of only after its time had run"
        NO_STANDARD = "no_standard", "a need without such a standard"

    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    clock = models.CharField(max_length=8, choices=Clock.choices)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="+", db_index=False)
    left_out = models.CharField(max_length=12, blank=True, choices=LeftOut.choices)
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", db_index=False)
    language = models.CharField(max_length=8)
    door = models.CharField(max_length=20)
    is_public = models.BooleanField()
    has_address = models.BooleanField(help_text="They left an address for the answer")
    was_public_before = models.BooleanField(null=True, help_text="Empty where nobody can know: no address")
    reach_band = models.PositiveSmallIntegerField(null=True, help_text="Four to each power of ten; never the number")
    arrived_on = models.DateField(help_text="Where the place is")
    matures_on = models.DateField(help_text="Three standards after that day's end, or the first day not yet judged")
    matures_everywhere_on = models.DateField(help_text="The same, for the place with the fewest hours")
    standard = models.PositiveIntegerField(help_text="Seconds of working time")
    wait = models.PositiveIntegerField(null=True, help_text="Seconds of working time; empty where none came")
    was_asked = models.BooleanField(help_text="The first message of a person was a question to the customer")
    measured_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "measured"
        indexes = [
            models.Index(name="measured_by_day", fields=["series", "clock", "matures_on"]),
            models.Index(name="measured_everywhere", fields=["series", "clock", "matures_everywhere_on"]),
            models.Index(name="measured_spam", fields=["case"], condition=Q(left_out="spam")),
        ]
        constraints = [models.UniqueConstraint(name="measured_once", fields=["case", "clock"])]

    def __str__(self) -> str:
        return f"{self.clock} of {self.case_id}"


class Sums(models.Model):
    """All matured cases of a series, added up for one contrast on one clock. A night adds its day, and reads no other.

    The columns are packed by `live.summing`, which says what they hold.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="+", db_index=False)
    contrast = models.CharField(max_length=20)
    clock = models.CharField(max_length=8, choices=Clock.choices)
    through = models.DateField(help_text="The last day of maturing that is in it")
    groups = models.JSONField(help_text="Names, in the order of the columns")
    cells = models.BinaryField()
    waits = models.BinaryField()
    without = models.PositiveIntegerField(default=0, help_text="Cases that are in none of its groups")
    inputs_hash = models.CharField(max_length=64, help_text="Over every measured row in it, day by day")

    class Meta:
        verbose_name_plural = "sums"
        constraints = [models.UniqueConstraint(name="summed_once", fields=["series", "contrast", "clock"])]

    def __str__(self) -> str:
        return f"{self.contrast}, {self.clock}, through {self.through}"


class Night(models.Model):
    """One run of the audit: by itself once a day, or because somebody asked. One runs at a time, in steps."""

    day = models.DateField(help_text="The local day on which it ran")
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    stage = models.CharField(max_length=8, default="answer")
    after = models.BigIntegerField(default=0, help_text="The case up to which this stage has come")
    first_unmeasured = models.JSONField(default=dict, help_text="clock → the earliest case that is not measured yet")
    claimed_until = models.DateTimeField(null=True)
    is_done = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)
    through = models.DateField(null=True, help_text="The last day of maturing that was judged")
    measured = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0, help_text="Of work, over all its steps")

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["day"])]
        constraints = [
            models.UniqueConstraint(name="one_audit_at_a_time", fields=["is_done"], condition=Q(is_done=False)),
            models.UniqueConstraint(name="one_audit_a_night", fields=["day"], condition=Q(by=None)),
        ]

    def __str__(self) -> str:
        return f"night of {self.day}"


class ResultQuerySet(models.QuerySet["Result"]):
    def of(self, contrast: str, outcome: str, group: str) -> ResultQuerySet:
        """What was found of one group and outcome, night by night."""
        return self.filter(contrast=contrast, outcome=outcome, group=group).order_by("day", "pk")


class Result(models.Model):
    """What one night found of one group, kept for ever: the database refuses to change or delete it."""

    uid = models.UUIDField(unique=True, default=_uid)
    night = models.ForeignKey(Night, on_delete=models.PROTECT, related_name="results", db_index=False)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(help_text="The last day of maturing that is in it")
    made_at = models.DateTimeField()
    contrast = models.CharField(max_length=20)
    outcome = models.CharField(max_length=8)
    group = models.CharField(max_length=60)
    reference = models.CharField(max_length=60)
    n = models.PositiveIntegerField(null=True, help_text="Empty where the group is held back")
    open = models.PositiveIntegerField(null=True)
    figures = models.JSONField(
        help_text="As docs/audit.md has a group's; for the reference, what holds for all as well"
    )
    verdict = models.CharField(max_length=10, blank=True, choices=VERDICTS, help_text="Empty for the reference")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    margin = models.FloatField(null=True)
    not_ruled_out = models.FloatField(null=True)
    code_version = models.CharField(max_length=40)
    margins = models.JSONField()
    inputs_hash = models.CharField(max_length=64)

    objects = ResultQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = [
            models.Index(fields=["contrast", "outcome", "group", "day"]),
            models.Index(fields=["series", "day"]),
        ]
        constraints = [
            models.UniqueConstraint(name="found_once", fields=["night", "series", "contrast", "outcome", "group"])
        ]

    def __str__(self) -> str:
        return f"{self.contrast} {self.outcome} {self.group}: {self.verdict or 'reference'} on {self.day}"

    @property
    def is_reference(self) -> bool:
        return self.group == self.reference

    @property
    def same_need(self) -> dict[str, Any]:
        return self.figures.get("same_need") or {}


class GapQuerySet(models.QuerySet["Gap"]):
    def open(self) -> GapQuerySet:
        return self.filter(until=None)


class Gap(models.Model):
    """A difference that was proven, until sameness is; and then whether it was closed by levelling up or down."""

    class Levelled(models.TextChoices):
        UP = "up", "levelled up: those who had it worse have it better"
        DOWN = "down", "levelled down: those who had it better have it worse"

    contrast = models.CharField(max_length=20)
    clock = models.CharField(max_length=8, choices=Clock.choices)
    outcome = models.CharField(max_length=8)
    group = models.CharField(max_length=60)
    reference = models.CharField(max_length=60)
    since = models.DateField()
    opened_by = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="+", db_index=False)
    before = models.JSONField(help_text="The same-need means of group and reference when it was found")
    until = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(Result, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    after = models.JSONField(null=True, help_text="The same means since then, when sameness was proven")
    levelled = models.CharField(max_length=4, blank=True, choices=Levelled.choices)

    objects = GapQuerySet.as_manager()

    class Meta:
        ordering = ("since", "pk")
        constraints = [
            models.UniqueConstraint(
                name="one_open_gap",
                fields=["contrast", "outcome", "group", "reference"],
                condition=Q(until=None),
            ),
            models.CheckConstraint(
                name="closed_gap_was_levelled_somehow",
                condition=Q(until=None, closed_by=None, levelled="")
                | (Q(until__isnull=False, closed_by__isnull=False) & ~Q(levelled="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contrast} {self.outcome}: {self.group} against {self.reference} since {self.since}"


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> TaskQuerySet:
        return self.filter(closed_at=None)


class Task(models.Model):
    """What somebody named is asked to see to: a gap, or what it would take to prove that there is none."""

    class Kind(models.TextChoices):
        GAP = "gap", "People are treated differently"
        NOTE = "note", "Nothing is proven yet"
        PAIR = "pair", "The same words did not get the same"

    uid = models.UUIDField(unique=True, default=_uid)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    to = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    contrast = models.CharField(max_length=20)
    clock = models.CharField(max_length=8, choices=Clock.choices)
    group = models.CharField(max_length=60)
    reference = models.CharField(max_length=60)
    result = models.ForeignKey(
        Result, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="None for probes"
    )
    gap = models.ForeignKey(Gap, null=True, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    says = models.TextField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    words = models.TextField(blank=True, help_text="What was done about it")

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ("opened_at", "pk")
        constraints = [
            models.UniqueConstraint(
                name="one_open_task_about_one_thing",
                fields=["kind", "contrast", "clock", "group", "reference"],
                condition=Q(closed_at=None),
            ),
            models.CheckConstraint(
                name="task_is_closed_by_somebody_with_words",
                condition=Q(closed_at=None, closed_by=None, words="")
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(words="")),
            ),
        ]

    def __str__(self) -> str:
        return self.says[:80]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def age(self, now: datetime) -> timedelta:
        return now - self.opened_at
