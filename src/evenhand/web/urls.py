"""Every address of the house."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("evenhand.web.pages.urls")),
    path("", include("evenhand.doors.urls")),
    path("desk/", include("evenhand.desk.urls")),
    path("ui/", include("evenhand.ui.urls")),
    path("accounts/", include("evenhand.web.sign_in_urls")),
    path("", include("evenhand.web.accounts_urls")),
]
