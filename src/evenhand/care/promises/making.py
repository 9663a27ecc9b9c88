"""What a customer is told: the standard, or the honest forecast where that is later."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from evenhand.care.cases.catalogue import FRESH_FOR, Catalogue
from evenhand.care.cases.models import Line
from evenhand.care.clock.working import WorkingTime
from evenhand.care.promises.models import SUPERVISOR_STANDARD, Outlook, Promise
from evenhand.care.promises.rounding import told
from evenhand.ui.languages import spoken_to

OUTLOOK_HOLDS_FOR = timedelta(minutes=30)

_latest: dict[str, tuple[float, dict[int, Outlook]]] = {}


def _outlooks() -> dict[int, Outlook]:
    """The last forecast of every line, read anew when it is older than a few seconds; a loop makes one a minute."""
    name = str(connection.settings_dict["NAME"])
    read_at, found = _latest.get(name, (0.0, None))
    now = time.monotonic()
    if found is None or now - read_at > FRESH_FOR:
        found = {outlook.line_id: outlook for outlook in Outlook.objects.all()}
        _latest[name] = (now, found)
    return found


def forget() -> None:
    """Read the forecasts anew next time: they were made anew here."""
    _latest.clear()


@dataclass(frozen=True)
class Told:
    """The times of one promise, before it is a row."""

    kind: Promise.Kind
    started_at: datetime
    made_at: datetime
    due_at: datetime
    renew_at: datetime
    standard: timedelta
    standard_due_at: datetime
    forecast: timedelta | None
    reason: str


class Teller:
    """Tells the time of each new promise in one batch; looks up a line's outlook once."""

    def __init__(self, catalogue: Catalogue, now: datetime) -> None:
        self._catalogue, self._now = catalogue, now
        self._outlooks = _outlooks()

    def answer(self, line: Line, started_at: datetime, language: str = "en") -> Told:
        """The answer's time for a case whose clock started then; language: what a reason is said in.

        told = max(standard, calibrated forecast), rounded up. A forecast counts from now: whoever joins now waits
        that long, whenever they pressed send.
        """
        clock = self._catalogue.clock(line, self._now)
        standard = self._catalogue.length(line.need.answer_standard, clock)
        standard_due = clock.after(started_at, standard)
        earliest = standard_due
        if started_at < self._now:
            # Heard of late: a time that has passed cannot be promised; a quarter of the standard from now can.
            earliest = max(standard_due, clock.after(self._now, standard / 4))
        outlook = self._outlook(line)
        forecast_due = None
        if outlook is not None and outlook.stretched_wait is not None:
            forecast_due = self._now + outlook.stretched_wait
        due = self._rounded(line, earliest, forecast_due)
        reason = ""
        if outlook is not None and due > earliest + timedelta(hours=1) and due > self._rounded(line, earliest):
            reason = _reason(outlook, language)
        return _told(
            Promise.Kind.ANSWER,
            clock,
            started_at,
            self._now,
            due,
            standard,
            standard_due,
            None if outlook is None else outlook.wait,
            reason,
        )

    def solution(self, line: Line, started_at: datetime, wished: datetime | None = None) -> Told:
        """The solution's time: by the solve standard from the same start, or the day a person named."""
        clock = self._catalogue.clock(line, self._now)
        standard = self._catalogue.length(line.need.solve_standard or line.need.answer_standard, clock)
        return self._later(Promise.Kind.SOLUTION, clock, line, started_at, standard, wished)

    def supervisor(self, line: Line) -> Told:
        clock = self._catalogue.working_time(line.place, self._now)
        return self._later(Promise.Kind.SUPERVISOR, clock, line, self._now, SUPERVISOR_STANDARD, None)

    def come_back(self, line: Line, on: datetime) -> Told:
        """We asked the customer something and come back by ourselves then."""
        clock = self._catalogue.clock(line, self._now)
        return self._later(Promise.Kind.RETURN, clock, line, self._now, timedelta(0), on)

    def again(self, before: Promise, line: Line, length: timedelta, wished: datetime | None = None) -> Told:
        """The next promise after one that breaks or is going to: so much working time from now."""
        clock = self._catalogue.clock(line, self._now)
        due = wished or clock.after(self._now, length)
        due = self._rounded(line, max(due, before.standard_due_at, self._now + timedelta(minutes=1)))
        return _told(
            Promise.Kind(before.kind),
            clock,
            before.started_at,
            self._now,
            due,
            before.standard,
            before.standard_due_at,
            None,
            "",
        )

    def _later(
        self,
        kind: Promise.Kind,
        clock: WorkingTime,
        line: Line,
        started_at: datetime,
        standard: timedelta,
        wished: datetime | None,
    ) -> Told:
        standard_due = clock.after(started_at, standard)
        due = self._rounded(line, max(standard_due, wished or standard_due, self._now + timedelta(minutes=1)))
        return _told(kind, clock, started_at, self._now, due, standard, standard_due, None, "")

    def _rounded(self, line: Line, earliest: datetime, forecast_due: datetime | None = None) -> datetime:
        return told(
            earliest,
            forecast_due,
            self._now,
            clock=self._catalogue.working_time(line.place, self._now),
            zone=line.place.zone,
            is_danger=line.need.is_danger,
        )

    def _outlook(self, line: Line) -> Outlook | None:
        """The line's last forecast; none where it is so old that it says nothing of now."""
        found = self._outlooks.get(line.pk)
        return found if found is not None and self._now - found.made_at < OUTLOOK_HOLDS_FOR else None


def _told(
    kind: Promise.Kind,
    clock: WorkingTime,
    started_at: datetime,
    made_at: datetime,
    due_at: datetime,
    standard: timedelta,
    standard_due_at: datetime,
    forecast: timedelta | None,
    reason: str,
) -> Told:
    return Told(
        kind=kind,
        started_at=started_at,
        made_at=made_at,
        due_at=due_at,
        renew_at=three_quarters(clock, made_at, due_at),
        standard=standard,
        standard_due_at=standard_due_at,
        forecast=forecast,
        reason=reason,
    )


def three_quarters(clock: WorkingTime, made_at: datetime, due_at: datetime) -> datetime:
    """When three quarters of a promise's time have run on its clock; on the wall where no working time lies in it."""
    worked = clock.between(made_at, due_at)
    if not worked:
        return made_at + (due_at - made_at) * 3 / 4
    return clock.after(made_at, worked * 3 / 4)


def _reason(outlook: Outlook, language: str) -> str:
    with translation.override(spoken_to(language)):
        before = ngettext(
            "%(waiting)s person wrote before you", "%(waiting)s people wrote before you", outlook.waiting
        ) % {"waiting": number_format(outlook.waiting, force_grouping=True)}
        if outlook.on_duty == 0:
            return gettext("%(before)s, and we are closed now.") % {"before": before}
        answering = ngettext("%(count)s of us is answering.", "%(count)s of us are answering.", outlook.on_duty)
        return f"{before}; {answering % {'count': number_format(outlook.on_duty, force_grouping=True)}}"
