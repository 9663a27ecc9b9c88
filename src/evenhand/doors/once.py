"""What makes a page's form, sent twice, one contact."""

from __future__ import annotations

import hashlib

LEAST_KEY = 16
MOST_KEY = 100


def name_of(key: str, *said: str) -> str:
    """The name under which a door keeps what was sent: the key of the page it was written on, and all that was said.

    Sent again, it has the same name and is let in once. Changed and sent again from the same page, it has another, so
    that no later word is taken for a repeat of an earlier one. Empty where the key is so short that two could share it.
    """
    if not LEAST_KEY <= len(key) <= MOST_KEY:
        return ""
    return hashlib.sha256("\x00".join((key, *said)).encode("utf-8", "replace")).hexdigest()
