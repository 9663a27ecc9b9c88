"""A customer's private page, and what can be said on it. An act is a noun."""

from __future__ import annotations

from django.urls import path

from evenhand.doors.status import pages

app_name = "status"
urlpatterns = [
    path("c/<str:token>/", pages.status, name="page"),
    path("c/<str:token>/words/", pages.words, name="words"),
    path("c/<str:token>/objection/", pages.objection, name="objection"),
    path("c/<str:token>/solution/", pages.solution, name="solution"),
    path("c/<str:token>/reopening/", pages.reopening, name="reopening"),
    path("c/<str:token>/supervisor/", pages.supervisor, name="supervisor"),
    path("c/<str:token>/call/", pages.call, name="call"),
]
