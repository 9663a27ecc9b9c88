"""The demo's own pages."""

from __future__ import annotations

from django.urls import path

from evenhand.web.demo import pages

app_name = "demo"
urlpatterns = [
    path("demo/", pages.about, name="about"),
    path("demo/hour/", pages.hour, name="hour"),
]
