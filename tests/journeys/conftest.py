from __future__ import annotations

from tests.button.conftest import browser

__all__ = ["browser"]
