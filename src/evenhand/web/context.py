"""What every page may say."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def organisation(request: HttpRequest) -> dict[str, Any]:
    return {"organisation": settings.ORGANISATION, "is_demo": settings.IS_DEMO}
