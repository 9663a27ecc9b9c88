"""The desk's addresses: nouns, and an act is a noun too."""

from __future__ import annotations

from django.urls import path

from evenhand.desk import case, line, mine, needs, people, places, spam, supervisor

app_name = "desk"
urlpatterns = [
    path("", line.line, name="line"),
    path("next/", line.next_in_line, name="next"),
    path("duty/", line.duty, name="duty"),
    path("cases/", line.find, name="find"),
    path("cases/<str:reference>/", case.case, name="case"),
    path("cases/<str:reference>/replies/", case.replies, name="replies"),
    path("cases/<str:reference>/notes/", case.notes, name="notes"),
    path("cases/<str:reference>/promises/", case.promises, name="promises"),
    path("cases/<str:reference>/need/", case.need, name="need"),
    path("cases/<str:reference>/owner/", case.owner, name="owner"),
    path("cases/<str:reference>/raising/", case.raising, name="raising"),
    path("cases/<str:reference>/solution/", case.solution, name="solution"),
    path("cases/<str:reference>/reopening/", case.reopening, name="reopening"),
    path("cases/<str:reference>/spam/", case.spam, name="spam"),
    path("cases/<str:reference>/lease/", case.lease, name="lease"),
    path("mine/", mine.mine, name="mine"),
    path("supervisor/", supervisor.raised, name="supervisor"),
    path("supervisor/<str:reference>/", supervisor.seen_to, name="seen-to"),
    path("spam/", spam.spam_list, name="spam-list"),
    path("spam/<str:reference>/confirmation/", spam.confirmed, name="spam-confirmed"),
    path("spam/<str:reference>/lifting/", spam.lifted, name="spam-lifted"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("places/", places.places, name="places"),
    path("places/new/", places.place, name="new-place"),
    path("places/<slug:slug>/", places.place, name="place"),
    path("needs/", needs.needs, name="needs"),
    path("needs/<slug:slug>/", needs.need, name="need-standards"),
]
