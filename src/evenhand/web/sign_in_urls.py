"""What of allauth is used: signing in and out, and changing a password. Nobody signs up, and nothing goes by mail."""

from __future__ import annotations

from allauth.account import views
from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path(
        "password/reset/",
        require_safe(TemplateView.as_view(template_name="account/password_reset.html")),
        name="account_reset_password",
    ),
]
