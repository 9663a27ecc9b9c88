"""What is said where a table cannot be read."""

from __future__ import annotations


class CannotRead(ValueError):
    """A table that cannot be audited as asked: one sentence that says why, and what to do."""
