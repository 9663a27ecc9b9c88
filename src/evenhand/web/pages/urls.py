"""The front page, and what is asked for before anything else."""

from __future__ import annotations

from django.urls import path

from evenhand.web.pages import front

app_name = "pages"
urlpatterns = [
    path("", front.front, name="front"),
    path("shop/", front.shop, name="shop"),
    path("healthz", front.health, name="health"),
]
