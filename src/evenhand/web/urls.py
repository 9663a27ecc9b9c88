"""Every address of the house."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("evenhand.web.pages.urls")),
    path("", include("evenhand.web.demo.urls")),
    path("", include("evenhand.doors.urls")),
    path("desk/", include("evenhand.desk.urls")),
    path("fairness/", include("evenhand.fairness.pages.urls")),
    path("ui/", include("evenhand.ui.urls")),
    path("accounts/", include("evenhand.web.sign_in_urls")),
    path("", include("evenhand.web.accounts_urls")),
]

handler400 = "evenhand.web.pages.front.bad_request"
handler403 = "evenhand.web.pages.front.forbidden"
handler404 = "evenhand.web.pages.front.not_found"
handler500 = "evenhand.web.pages.front.failed"
