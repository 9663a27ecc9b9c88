"""How staff sign in: nobody signs up by themselves."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an administrator or a one-time link, never by a stranger."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
