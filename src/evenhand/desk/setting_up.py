"""What administrators set up: people, places with their hours, needs with their standards."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.text import slugify

from evenhand.care.clock.holidays import HolidayFileError, holidays_from_ical
from evenhand.care.clock.working import WEEKDAYS, CalendarError, WorkingTime
from evenhand.care.models import Need
from evenhand.people.models import Person, Place

_INTERVAL = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})")


class PersonForm(forms.Form):
    """What an administrator may change of a colleague; the address is how they sign in, and theirs."""

    name = forms.CharField(max_length=120)
    role = forms.ChoiceField(choices=Person.Role.choices)
    places = forms.ModelMultipleChoiceField(
        queryset=Place.objects.order_by("name"), required=False, widget=forms.CheckboxSelectMultiple
    )
    is_active = forms.BooleanField(label="Works here", required=False)

    def __init__(self, data: Any = None, *, person: Person, changed_by: Person, **kwargs: Any) -> None:
        initial = {
            "name": person.name,
            "role": person.role,
            "places": list(person.places.all()),
            "is_active": person.is_active,
        }
        super().__init__(data, initial=initial, **kwargs)
        self._is_oneself = person.pk == changed_by.pk

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        stays = said.get("role") == Person.Role.ADMINISTRATOR and said.get("is_active")
        if self._is_oneself and not stays:
            raise forms.ValidationError(
                "You would lock yourself out. Another administrator can change your role or take you off the desk."
            )
        return said


class PlaceForm(forms.Form):
    """A place: its name and zone, the hours of each weekday in words, and the days on which it is shut."""

    name = forms.CharField(max_length=120)
    zone = forms.CharField(label="Time zone", max_length=64, help_text="As in America/Los_Angeles")
    is_head_office = forms.BooleanField(label="Head office: whoever works here sees all places", required=False)
    monday = forms.CharField(required=False, max_length=120)
    tuesday = forms.CharField(required=False, max_length=120)
    wednesday = forms.CharField(required=False, max_length=120)
    thursday = forms.CharField(required=False, max_length=120)
    friday = forms.CharField(required=False, max_length=120)
    saturday = forms.CharField(required=False, max_length=120)
    sunday = forms.CharField(required=False, max_length=120)
    holidays = forms.CharField(
        required=False,
        max_length=500_000,
        help_text="One date a line, as in 2026-12-25, or a whole calendar file (.ics)",
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(
        self, data: Any = None, *, place: Place | None = None, hours: WorkingTime | None = None, **kwargs: Any
    ) -> None:
        initial: dict[str, Any] = dict.fromkeys(WEEKDAYS[:5], "09:00-17:00")
        if hours is not None:
            initial = {**written_week(hours), "holidays": "\n".join(str(day) for day in sorted(hours.holidays))}
        if place is not None:
            initial |= {"name": place.name, "zone": place.zone, "is_head_office": place.is_head_office}
        super().__init__(data, initial=initial, **kwargs)
        self._place = place

    @property
    def week(self) -> list[forms.BoundField]:
        return [self[day] for day in WEEKDAYS]

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"].strip()
        if zone not in available_timezones():
            raise forms.ValidationError(f"There is no time zone “{zone}”. Write one such as America/Los_Angeles.")
        return zone

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not slugify(name):
            raise forms.ValidationError("Write a name with at least one letter or digit.")
        return name

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        weekly = {number: self._intervals(day, said.get(day, "")) for number, day in enumerate(WEEKDAYS)}
        shut = self._shut(said.get("holidays", ""))
        if not self.errors:
            try:
                said["hours"] = WorkingTime(said["zone"], {day: spans for day, spans in weekly.items() if spans}, shut)
            except CalendarError as wrong:
                self._blame(wrong)
        return said

    def _intervals(self, day: str, text: str) -> list[tuple[str, str]]:
        """ "09:00-12:00, 13:00-17:00" as intervals; nothing is a day on which the place is shut."""
        spans = []
        for part in filter(None, (part.strip() for part in re.split(r"[,;]", text))):
            found = _INTERVAL.fullmatch(part)
            if found is None:
                self.add_error(day, f"“{part}” is no interval. Write hours as in 09:00-12:00, 13:00-17:00.")
                return []
            opens, closes = (each.zfill(5) for each in found.groups())
            spans.append((opens, closes))
        return spans

    def _shut(self, text: str) -> set[date]:
        if "BEGIN:VCALENDAR" in text:
            try:
                return holidays_from_ical(text)
            except HolidayFileError as wrong:
                self.add_error("holidays", str(wrong))
                return set()
        days = set()
        for line in filter(None, (line.strip() for line in text.splitlines())):
            try:
                days.add(date.fromisoformat(line))
            except ValueError:
                self.add_error("holidays", f"“{line[:40]}” is no date. Write it as in 2026-12-25.")
                break
        return days

    def _blame(self, wrong: CalendarError) -> None:
        day = next((day for day in WEEKDAYS if day in str(wrong).lower()), None)
        self.add_error(day, str(wrong))

    def free_slug(self) -> str:
        """A short name for addresses that no other place has."""
        wanted: str = slugify(self.cleaned_data["name"])[:40]
        slug, number = wanted, 2
        while slug == "new" or Place.objects.filter(slug=slug).exists():
            slug, number = f"{wanted}-{number}", number + 1
        return slug


def written_week(hours: WorkingTime) -> dict[str, str]:
    """Weekday -> its hours as they are typed."""
    return {
        day: ", ".join(f"{_clock(opens)}-{_clock(closes, is_closing=True)}" for opens, closes in spans)
        for day, spans in zip(WEEKDAYS, hours.weekly, strict=True)
    }


def hours_in_words(hours: WorkingTime) -> str:
    """The week on one line: "Mon to Fri 09:00-17:00, Sat 10:00-12:00"."""
    if hours.is_always:
        return "At any hour"
    week = written_week(hours)
    runs: list[tuple[str, str, str]] = []
    for day in WEEKDAYS:
        spans = week[day]
        name = day[:3].title()
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], name, spans)
        else:
            runs.append((name, name, spans))
    said = [f"{first if first == last else f'{first} to {last}'} {spans}" for first, last, spans in runs if spans]
    return "; ".join(said)


def _clock(minutes: int, *, is_closing: bool = False) -> str:
    if is_closing and minutes == 24 * 60:
        return "24:00"
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}


class NeedForm(forms.Form):
    """What an organisation edits of a need. What is danger, and what counts four times, stays."""

    name = forms.CharField(max_length=60)
    answer_count = forms.IntegerField(label="Answered within", min_value=1, max_value=1_000)
    answer_unit = forms.ChoiceField(label="of")
    solve_count = forms.IntegerField(
        label="Solved within", min_value=1, max_value=1_000, required=False, help_text="Empty where nothing is to solve"
    )
    solve_unit = forms.ChoiceField(label="of")
    example = forms.CharField(max_length=200, required=False, help_text="In a customer's own words")

    def __init__(self, data: Any = None, *, need: Need, **kwargs: Any) -> None:
        answer, solve = _parts(need.answer_standard), _parts(need.solve_standard)
        initial = {
            "name": need.name,
            "example": need.example,
            "answer_count": answer[0],
            "answer_unit": answer[1],
            "solve_count": solve[0],
            "solve_unit": solve[1],
        }
        super().__init__(data, initial=initial, **kwargs)
        working = "" if need.runs_always else "working "
        units = [("minutes", f"{working}minutes"), ("hours", f"{working}hours"), ("days", f"{working}days")]
        for name in ("answer_unit", "solve_unit"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = units

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if self.errors:
            return said
        said["answer_standard"] = said["answer_count"] * UNITS[said["answer_unit"]]
        said["solve_standard"] = said["solve_count"] * UNITS[said["solve_unit"]] if said["solve_count"] else None
        if said["solve_standard"] is not None and said["solve_standard"] < said["answer_standard"]:
            self.add_error("solve_count", "It cannot be solved before it is answered. Give a longer time.")
        return said


def _parts(standard: timedelta | None) -> tuple[int | None, str]:
    if standard is None:
        return None, "days"
    unit = next(unit for unit in ("days", "hours", "minutes") if not standard % UNITS[unit])
    return standard // UNITS[unit], unit
