"""Ways in that work once."""

from __future__ import annotations

from django.urls import path

from evenhand.ui.languages import in_english
from evenhand.web import one_time

app_name = "web"
urlpatterns = [
    path("first/<str:token>/", in_english(one_time.first), name="first"),
    path("in/<str:token>/", in_english(one_time.come_in), name="in"),
    path("accounts/invitations/", in_english(one_time.invitation), name="invitation"),
]
