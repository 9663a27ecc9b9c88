"""What triage judged of a case, and what people made of it."""

from __future__ import annotations

from django.db import models

from evenhand.care.cases.models import Case, Need
from evenhand.people.models import Person


class Judged(models.Model):
    """The need that triage read out of the words."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="judged")
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="+", db_index=False)
    confidence = models.FloatField()
    is_sure = models.BooleanField()
    rule = models.CharField(max_length=60, blank=True, help_text="The rule that raised it, where one did")
    probabilities = models.JSONField(default=dict)
    model_version = models.CharField(max_length=40, help_text="Empty when triage failed and the words are unread")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "judged"

    def __str__(self) -> str:
        return f"{self.case}: {self.need}"


class Correction(models.Model):
    """A person set or confirmed the need; the clock stays as it was."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="corrections", db_index=False)
    before = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="+", db_index=False)
    after = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    because = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")
        indexes = [models.Index(fields=["case", "at"])]

    def __str__(self) -> str:
        return f"{self.case}: {self.before} → {self.after}"
