"""What staff may write on a case. A form takes its own fields and nothing else of what was sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from evenhand.care.models import Need, Reply
from evenhand.people.models import Person

MOST_WORDS = 50_000


def _words(label: str, rows: int, most: int = MOST_WORDS, **more: Any) -> forms.CharField:
    attrs = more.pop("attrs", {})
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows, **attrs}), **more)


def _time(label: str, **more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={"invalid": "Write a day and a time, as in 2026-03-03 14:30.", "required": "Say by when."},
        **more,
    )


class ActForm(forms.Form):
    """Every act says which state of the case its writer saw."""

    name: ClassVar[str]
    use_required_attribute = False

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    seen_at = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = f"{self.name}-%s"
        super().__init__(*args, **kwargs)


class ReplyForm(ActForm):
    name = "reply"
    words = _words("Your reply", 3, attrs={"data-key": "r"})
    kind = forms.ChoiceField(choices=Reply.Kind.choices)
    solution_by = _time("You promise the solution by", required=False)
    back_on = _time("You come back on", required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") == Reply.Kind.QUESTION and "back_on" not in self.errors and not said.get("back_on"):
            self.add_error("back_on", "Say when you come back if no answer comes.")
        return said

    @property
    def by_when(self) -> datetime | None:
        """The time that belongs to the kind of reply that was chosen."""
        belongs = {Reply.Kind.ANSWER.value: "solution_by", Reply.Kind.QUESTION.value: "back_on"}
        chosen = belongs.get(self.cleaned_data["kind"])
        return self.cleaned_data[chosen] if chosen else None


class NoteForm(ActForm):
    name = "note"
    words = _words("Your note", 2)


class PromiseForm(ActForm):
    name = "promise"
    due_at = _time("The new time")
    reason = _words("Why it takes longer", 2, 300, help_text="The customer reads it")


class NeedForm(ActForm):
    name = "need"
    need = forms.ChoiceField(label="The need")
    because = forms.CharField(label="Why", required=False, max_length=1_000)

    def __init__(self, *args: Any, needs: Iterable[Need], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["need"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(need.slug, need.name) for need in needs]


class OwnerForm(ActForm):
    name = "owner"
    to = forms.IntegerField(label="Colleague", error_messages={"required": "Choose a colleague."})

    def __init__(self, *args: Any, colleagues: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(person.pk, person.name) for person in colleagues]
        self.fields["to"].widget = forms.Select(choices=[("", "Choose a name"), *names])


class RaisingForm(ActForm):
    name = "raising"
    because = _words("What the supervisor should see to", 2, 2_000)


class SolutionForm(ActForm):
    name = "solution"
    because = _words("How it was solved", 2, 2_000)


class ReopeningForm(ActForm):
    name = "reopening"
    because = _words("Why it is opened again", 2, 2_000)


class LeaseForm(ActForm):
    name = "lease"
    because = forms.CharField(label="Why this one first", required=False, max_length=2_000)


class SpamForm(ActForm):
    name = "spam"
