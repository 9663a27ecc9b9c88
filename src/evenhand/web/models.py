"""What the running of the house remembers."""

from __future__ import annotations

from django.db import models


class Beat(models.Model):
    """A sign of life of the loops on one machine."""

    machine = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()
    failing = models.CharField(max_length=300, blank=True, help_text="Which loops failed at their last try")

    def __str__(self) -> str:
        return f"{self.machine} at {self.at}"
