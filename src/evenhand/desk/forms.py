"""What staff may write on a case. A form takes its own fields and nothing else of what was sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django import forms

from evenhand.care.models import Need, Reply

MOST_WORDS = 50_000


def _time(**more: Any) -> forms.DateTimeField:
    wrong = {"invalid": "Write a day and a time, as in 2026-03-03 14:30.", "required": "Say by when."}
    return forms.DateTimeField(error_messages=wrong, **more)


class ActForm(forms.Form):
    """Every act says which state of the case its writer saw."""

    name: ClassVar[str]

    version = forms.IntegerField(min_value=1)
    seen_at = forms.CharField(required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = f"{self.name}-%s"
        super().__init__(*args, **kwargs)


class ReplyForm(ActForm):
    name = "reply"
    words = forms.CharField(max_length=MOST_WORDS)
    kind = forms.ChoiceField(choices=Reply.Kind.choices)
    solution_by = _time(required=False)
    back_on = _time(required=False)

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
    words = forms.CharField(max_length=MOST_WORDS)


class PromiseForm(ActForm):
    name = "promise"
    due_at = _time()
    reason = forms.CharField(max_length=300)


class NeedForm(ActForm):
    name = "need"
    need = forms.ChoiceField()
    because = forms.CharField(required=False, max_length=1_000)

    def __init__(self, *args: Any, needs: Iterable[Need], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["need"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(need.slug, need.name) for need in needs]


class OwnerForm(ActForm):
    name = "owner"
    to = forms.IntegerField(error_messages={"required": "Choose a colleague."})


class RaisingForm(ActForm):
    name = "raising"
    because = forms.CharField(max_length=2_000, error_messages={"required": "Say what the supervisor should see to."})


class SolutionForm(ActForm):
    name = "solution"
    because = forms.CharField(max_length=2_000, error_messages={"required": "Say how it was solved."})


class ReopeningForm(ActForm):
    name = "reopening"
    because = forms.CharField(max_length=2_000, error_messages={"required": "Say why it is opened again."})


class LeaseForm(ActForm):
    name = "lease"
    because = forms.CharField(required=False, max_length=2_000)


class SpamForm(ActForm):
    name = "spam"
