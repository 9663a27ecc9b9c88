"""The working time of a place, version by version."""

from __future__ import annotations

from django.db import models

from evenhand.care.clock.working import WorkingTime
from evenhand.people.models import Place


class Calendar(models.Model):
    """One version of a place's working hours and holidays; an older one is kept, never edited."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+")
    hours = models.JSONField(help_text="Weekly intervals, holidays and zone, as WorkingTime.to_json writes them")
    in_force_from = models.DateTimeField()

    class Meta:
        ordering = ("place", "in_force_from", "pk")
        constraints = [models.UniqueConstraint(name="one_calendar_at_a_time", fields=["place", "in_force_from"])]

    def __str__(self) -> str:
        return f"{self.place} from {self.in_force_from:%d %b %Y}"

    def working_time(self) -> WorkingTime:
        return WorkingTime.from_json(self.hours)
