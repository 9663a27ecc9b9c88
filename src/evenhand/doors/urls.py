"""Addresses of every door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("evenhand.doors.form.urls")),
    path("", include("evenhand.doors.button.urls")),
    path("", include("evenhand.doors.status.urls")),
    path("", include("evenhand.doors.post.urls")),
    path("api/v1/", include("evenhand.doors.api.urls")),
]
