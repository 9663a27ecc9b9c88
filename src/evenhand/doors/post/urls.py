"""The demo's post office."""

from __future__ import annotations

from django.urls import path

from evenhand.doors.post import pages

app_name = "post"
urlpatterns = [
    path("mail/", pages.letters, name="letters"),
    path("mail/<int:pk>/", pages.letter, name="letter"),
]
