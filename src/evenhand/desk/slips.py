"""The forms of acts as they stand on a case's page: what was written in each, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.forms.utils import ErrorDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from evenhand.desk.forms import ActForm

UNREADABLE = "We could not tell which state of the case you saw. Your words are kept here; send them again."


@dataclass(frozen=True)
class Slip:
    """One form. name: whose ids its fields have. top: what it starts with, ready to be put in."""

    name: str
    top: SafeString
    said: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, Any] = field(default_factory=dict)
    is_open: bool = False


def slips(
    names: tuple[str, ...], token: str, version: int, seen_at: str, bound: ActForm | None, **usual: dict[str, Any]
) -> dict[str, Slip]:
    """A slip for each act; the one that comes back has its writer's words. usual: what fields say at first."""
    top = _top(token, version, seen_at)
    made = {name: Slip(name, top, usual.get(name, {})) for name in names}
    if bound is not None:
        said = {key: bound.data.get(key, "") for key in bound.fields}
        wrong: ErrorDict = bound.errors
        notices = [*bound.non_field_errors(), *([UNREADABLE] if "version" in wrong else [])]
        top = _top(token, said["version"], said["seen_at"], notices)
        made[bound.name] = Slip(bound.name, top, said, wrong, is_open=True)
    return made


def _top(token: str, version: Any, seen_at: str, notices: list[str] | None = None) -> SafeString:
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="version" value="{}"><input type="hidden" name="seen_at" value="{}">{}',
        token,
        version,
        seen_at,
        format_html_join("", '<p class="notice care" role="alert">{}</p>', ((notice,) for notice in notices or [])),
    )
