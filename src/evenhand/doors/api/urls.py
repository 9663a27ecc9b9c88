"""Addresses of the API."""

from __future__ import annotations

from django.urls import path, re_path

from evenhand.doors.api import contacts, openapi

app_name = "api"
urlpatterns = [
    path("contacts", contacts.contacts, name="contacts"),
    path("contacts/<uuid:uid>", contacts.one_contact, name="contact"),
    path("openapi.json", openapi.document, name="openapi"),
    re_path(r"", contacts.nothing_here, name="nothing"),
]
