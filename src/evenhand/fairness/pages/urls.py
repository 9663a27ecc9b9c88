"""The audit's addresses."""

from __future__ import annotations

from django.urls import path

from evenhand.fairness.pages import report

app_name = "fairness"
urlpatterns = [
    path("", report.report, name="report"),
]
