"""The form, for everyone and per place."""

from __future__ import annotations

from django.urls import path

from evenhand.doors.form import pages

app_name = "form"
urlpatterns = [
    path("help/", pages.form, name="form"),
    path("help/<slug:place>/", pages.form, name="form-of-place"),
]
