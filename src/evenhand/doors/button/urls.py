"""The red button: its script, and where it brings a contact."""

from __future__ import annotations

from django.urls import path

from evenhand.doors.button import pages

app_name = "button"
urlpatterns = [
    path("button.js", pages.button_script, name="script"),
    path("button/contacts/", pages.contacts, name="contacts"),
]
