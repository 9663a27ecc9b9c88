"""What the audit is set to: margins, contrasts, who is told. Auditors read it; administrators change it, and sign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evenhand.fairness.live.contrasts import BY_NAME, CONTRASTS
from evenhand.fairness.live.models import Policy
from evenhand.fairness.live.series import NotSet, policy_in_force, set_policy
from evenhand.fairness.pages.frame import fairness_page, for_auditors
from evenhand.people.models import Person
from evenhand.people.opening import StaffRequest


class PolicyForm(forms.Form):
    """Margins in points and percent, as people say them."""

    rate_margin = forms.FloatField(
        label="Rates are alike within", help_text="points", min_value=0.1, max_value=99, widget=forms.NumberInput
    )
    time_margin = forms.FloatField(label="Times are alike within", help_text="percent", min_value=0.1, max_value=99)
    least_minutes = forms.FloatField(
        label="and always within", help_text="minutes, however short the wait", min_value=0, max_value=24 * 60
    )
    contrasts = forms.MultipleChoiceField(
        label="What is compared",
        choices=[(one.name, one.title) for one in CONTRASTS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose one at least."},
    )
    least_shown = forms.IntegerField(
        label="No group is shown below", help_text="people", min_value=2, max_value=1_000, initial=10
    )
    has_public_page = forms.BooleanField(
        label="The finding is public",
        help_text="on a page of its own, with a file and a badge; no small groups, nobody's data",
        required=False,
    )
    tasks_to = forms.ModelChoiceField(
        label="A difference becomes a task of",
        queryset=Person.objects.none(),
        required=False,
        empty_label="the first administrator",
    )
    reason = forms.CharField(
        label="Why?",
        help_text="kept for ever, with your name; where a margin or a contrast changes, it stands beside the break",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why: your name and your reason stand beside the change."},
    )

    def __init__(self, data: Any = None, *, policy: Policy) -> None:
        initial = {
            "rate_margin": f"{100 * policy.rate_margin:g}",
            "time_margin": f"{100 * policy.time_margin:g}",
            "least_minutes": f"{policy.least_time_margin / timedelta(minutes=1):g}",
            "contrasts": list(policy.contrasts),
            "least_shown": policy.least_shown,
            "has_public_page": policy.has_public_page,
            "tasks_to": policy.tasks_to_id,
        }
        super().__init__(data, initial=initial)
        to = self.fields["tasks_to"]
        assert isinstance(to, forms.ModelChoiceField)
        to.queryset = Person.objects.who_act().order_by("name", "pk")

    @property
    def changes(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "rate_margin": round(said["rate_margin"] / 100, 6),
            "time_margin": round(said["time_margin"] / 100, 6),
            "least_time_margin": timedelta(minutes=said["least_minutes"]),
            "contrasts": [one.name for one in CONTRASTS if one.name in said["contrasts"]],
            "least_shown": said["least_shown"],
            "has_public_page": said["has_public_page"],
            "tasks_to": said["tasks_to"],
        }


@dataclass(frozen=True)
class Version:
    """A policy with what it changed, in words."""

    policy: Policy
    changed: list[str]
    breaks: bool


def versions(policies: Iterable[Policy]) -> list[Version]:
    """All versions, the newest first."""
    rising = list(policies)
    found = [Version(one, [], False) for one in rising[:1]]
    found += [Version(after, _changed(before, after), before.measures != after.measures) for before, after in
              pairwise(rising)]  # fmt: skip
    return found[::-1]


def _changed(before: Policy, after: Policy) -> list[str]:
    told = [(_told(before), _told(after))]
    return [f"{name}: {old[name]} → {new[name]}" for old, new in told for name in new if old[name] != new[name]]


def _told(policy: Policy) -> dict[str, str]:
    names = [BY_NAME[name].title.lower() for name in policy.contrasts if name in BY_NAME]
    return {
        "rates alike within": f"{100 * policy.rate_margin:g} points",
        "times alike within": f"{100 * policy.time_margin:g} %",
        "and always within": f"{policy.least_time_margin / timedelta(minutes=1):g} min, however short the wait",
        "compared": "; ".join(names),
        "no group shown below": f"{policy.least_shown} people",
        "public page": "on" if policy.has_public_page else "off",
        "tasks go to": policy.tasks_to.name if policy.tasks_to else "the first administrator",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_auditors
def policy(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST" and not request.user.is_administrator:
        raise Http404
    is_post = request.method == "POST"
    in_force = policy_in_force(now) if is_post else Policy.objects.in_force()
    form = PolicyForm(request.POST if is_post else None, policy=in_force)
    if is_post and form.is_valid():
        try:
            kept = set_policy(by=request.user, reason=form.cleaned_data["reason"], now=now, **form.changes)
        except NotSet as wrong:
            form.add_error(None, str(wrong))
        else:
            if kept.number == in_force.number:
                messages.warning(request, "Nothing was changed.")
            else:
                messages.success(request, f"Kept as version {kept.number}, signed by {request.user.name}.")
            return redirect("fairness:policy")
    rows = versions(Policy.objects.select_related("by", "tasks_to").order_by("number"))
    told = _told(in_force)
    status = 422 if is_post else 200
    return fairness_page(
        request,
        "fairness/policy.html",
        now,
        at="policy",
        status=status,
        form=form,
        policy=in_force,
        told=told,
        versions=rows,
    )
