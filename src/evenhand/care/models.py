"""All of care's rows in one app; each is written beside what it does."""

from evenhand.care.cases.models import (
    Case,
    Contact,
    Lease,
    Line,
    Need,
    Note,
    OpenLoad,
    Ownership,
    Raising,
    Reopening,
    Reply,
    Solution,
    SpamMark,
)
from evenhand.care.clock.models import Calendar
from evenhand.care.ledger.models import Entry, Erasable
from evenhand.care.promises.models import Calibration, Objection, Outcome, Outlook, Promise
from evenhand.care.triage.models import Correction, Judged

__all__ = [
    "Calendar",
    "Calibration",
    "Case",
    "Contact",
    "Correction",
    "Entry",
    "Erasable",
    "Judged",
    "Lease",
    "Line",
    "Need",
    "Note",
    "Objection",
    "OpenLoad",
    "Outcome",
    "Outlook",
    "Ownership",
    "Promise",
    "Raising",
    "Reopening",
    "Reply",
    "Solution",
    "SpamMark",
]
