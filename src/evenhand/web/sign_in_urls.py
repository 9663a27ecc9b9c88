"""What of allauth is used: signing in and out, and changing a password. Nobody signs up, and nothing goes by mail."""

from __future__ import annotations

from allauth.account import views
from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from evenhand.ui.languages import in_english

urlpatterns = [
    path("login/", in_english(views.login), name="account_login"),
    path("logout/", in_english(views.logout), name="account_logout"),
    path("inactive/", in_english(views.account_inactive), name="account_inactive"),
    path("password/change/", in_english(views.password_change), name="account_change_password"),
    path("password/set/", in_english(views.password_set), name="account_set_password"),
    path(
        "password/reset/",
        in_english(require_safe(TemplateView.as_view(template_name="account/password_reset.html"))),
        name="account_reset_password",
    ),
]
