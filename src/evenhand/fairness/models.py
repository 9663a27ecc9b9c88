"""All of the audit's rows in one app; each is written beside what it does."""

from evenhand.fairness.live.models import (
    Clock,
    Gap,
    Measured,
    Night,
    Policy,
    Result,
    Series,
    Sums,
    Task,
)

__all__ = ["Clock", "Gap", "Measured", "Night", "Policy", "Result", "Series", "Sums", "Task"]
