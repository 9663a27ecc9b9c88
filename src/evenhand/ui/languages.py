"""Which of our languages somebody is spoken to in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import translation

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)

OURS: Final = "en"
"""What staff's pages are written in, and what is spoken to whoever speaks none of our languages."""


def spoken_to(language: str) -> str:
    """The language of ours for a language of theirs: "es-MX" is "es"; one that we do not speak is English."""
    base = language.replace("_", "-").split("-")[0].lower()
    return base if base in dict(settings.LANGUAGES) else OURS


def in_english(page: Callable[P, R]) -> Callable[P, R]:
    """A page written in English alone: its times, its forms and its `<html lang>` are English in every browser."""

    @wraps(page)
    def opened(*args: P.args, **kwargs: P.kwargs) -> R:
        with translation.override(OURS):
            response = page(*args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()  # else it would be rendered after this, in the browser's language
        response.headers["Content-Language"] = OURS
        return response

    return opened
