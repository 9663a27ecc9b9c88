"""The rows of practice: blind re-coding, round by round, and what the probes found, night by night."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from evenhand.care.models import Case, Contact, Need
from evenhand.people.models import Person


class Round(models.Model):
    """One drawing of cases to be coded again. The seed is kept, so that anyone can draw it again."""

    number = models.PositiveIntegerField(unique=True)
    began_at = models.DateTimeField()
    since = models.DateTimeField(help_text="Cases opened from then on …")
    until = models.DateTimeField(help_text="… up to, and without, then")
    seed = models.BigIntegerField()
    drawn_from = models.PositiveIntegerField(help_text="How many cases there were to draw from")

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(name="one_round_for_a_time", fields=["since", "until"]),
            models.CheckConstraint(name="round_is_of_some_time", condition=Q(until__gt=models.F("since"))),
        ]

    def __str__(self) -> str:
        return f"round {self.number}"


class Drawn(models.Model):
    """One case drawn. Its words stay where they are kept: an erasure takes them from here too.

    What whoever codes it must not see (the need as it stood, the door) is here for the result alone.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="drawn", db_index=False)
    position = models.PositiveIntegerField()
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", help_text="That opened the case")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    need = models.ForeignKey(
        Need, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="As it stood when drawn"
    )
    door = models.CharField(max_length=20)
    is_public = models.BooleanField()
    codings = models.PositiveSmallIntegerField(default=1, help_text="By how many people: two on some, to compare them")

    class Meta:
        ordering = ("round", "position")
        verbose_name_plural = "drawn"
        constraints = [
            models.UniqueConstraint(name="one_position_in_a_round", fields=["round", "position"]),
            models.UniqueConstraint(name="drawn_once_in_a_round", fields=["round", "case"]),
            models.CheckConstraint(name="coded_once_or_twice", condition=Q(codings__in=[1, 2])),
        ]

    def __str__(self) -> str:
        return f"{self.round}, {self.position}"


class Recoding(models.Model):
    """The need that somebody read in the words alone. Never edited: what one thinks later is no second reading."""

    drawn = models.ForeignKey(Drawn, on_delete=models.CASCADE, related_name="recodings", db_index=False)
    number = models.PositiveSmallIntegerField(help_text="1 the first, 2 the second, by another")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ("drawn", "number")
        constraints = [
            models.UniqueConstraint(name="one_recoding_a_number", fields=["drawn", "number"]),
            models.UniqueConstraint(name="recoded_once_by_one_person", fields=["drawn", "by"]),
        ]

    def __str__(self) -> str:
        return f"{self.drawn}: {self.need}"


class ProbeRun(models.Model):
    """One run of the paired probes."""

    at = models.DateTimeField()
    seed = models.BigIntegerField(help_text="Of the words made up for this run")
    code_version = models.CharField(max_length=40)
    pairs = models.PositiveIntegerField()
    unequal = models.PositiveIntegerField(help_text="Pairs in which public and private did not get the same")
    longest = models.FloatField(help_text="Seconds for which the longest pair kept other writers waiting")

    class Meta:
        ordering = ("at", "pk")
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.pairs} pairs on {self.at:%d %b %Y}: {self.unequal} unequal"


class Probe(models.Model):
    """The same words let in twice on a copy of the line, in private and in public: what each would have got."""

    class Kind(models.TextChoices):
        OPENED = "opened", "The same words, in private and in public"
        MARKED = "marked", "The same words, in public with a handle, a tag and a threat to post"
        JOINED = "joined", "A waiting case, written to again in private and in public"

    run = models.ForeignKey(ProbeRun, on_delete=models.CASCADE, related_name="probes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    place = models.CharField(max_length=50)
    words = models.TextField(help_text="Ours, or made up: nobody's own")
    is_fixed = models.BooleanField(help_text="Of the fixed list, rather than made up for this run")
    private = models.JSONField()
    public = models.JSONField()
    is_same = models.BooleanField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.kind}: {'the same' if self.is_same else 'not the same'}"
