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
from evenhand.fairness.practice.models import Drawn, Probe, ProbeRun, Recoding, Round

__all__ = [
    "Clock",
    "Drawn",
    "Gap",
    "Measured",
    "Night",
    "Policy",
    "Probe",
    "ProbeRun",
    "Recoding",
    "Result",
    "Round",
    "Series",
    "Sums",
    "Task",
]
