"""The one page that shows every component, in every state it has."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from evenhand.ui.languages import in_english


class Specimen(forms.Form):
    """One field of each kind, so that each can be seen with and without a mistake."""

    invitation = forms.ChoiceField(
        label="What brings you here?",
        choices=[("help", "I need help"), ("view", "How you're doing")],
        widget=forms.RadioSelect,
        initial="help",
    )
    words = forms.CharField(label="What happened?", widget=forms.Textarea(attrs={"rows": 4}))
    answer_to = forms.EmailField(
        label="Where shall we answer?", help_text="Email or phone, if you like", required=False
    )
    place = forms.ChoiceField(label="Which office?", choices=[("oakland", "Oakland"), ("fremont", "Fremont")])
    is_shared = forms.BooleanField(label="The whole office may read this", required=False)


@require_GET
@in_english
def components(request: HttpRequest) -> HttpResponse:
    """Every component, made with the same tags that the pages use."""
    now = timezone.now()
    half_left = (now - timedelta(minutes=110), now + timedelta(hours=2, minutes=10, seconds=30))
    return render(
        request,
        "ui/components.html",
        {
            "now": now,
            "made_at": half_left[0],
            "due_at": half_left[1],
            "share_used": 0.46,
            "late_at": now - timedelta(minutes=12, seconds=30),
            "soon_at": now + timedelta(minutes=18, seconds=30),
            "later_at": now + timedelta(hours=1, minutes=5, seconds=30),
            "tomorrow_at": now + timedelta(days=1, hours=3),
            "standard": timedelta(hours=4),
            "form": Specimen(),
            "wrong": Specimen(
                {"wrong-words": "", "wrong-answer_to": "elena@", "wrong-place": "oakland"}, prefix="wrong"
            ),
        },
    )
