"""The base page and its components, as the server writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from evenhand import ui
from evenhand.ui.templatetags.ui import bar, due, face, field, initials
from evenhand.ui.views import components

NOW = datetime(2026, 11, 24, 20, 20, tzinfo=UTC)
ROOM = Path(ui.__file__).parent
SOURCES = [*ROOM.glob("templates/ui/*.html"), *ROOM.glob("static/ui/*")]


def test_initials_are_the_first_letters_of_the_first_and_the_last_name() -> None:
    assert [initials(name) for name in ("Maya Okafor", "Ana de la Cruz", "Jean-Luc", "Li", "", "(x) y")] == [
        "MO",
        "AC",
        "JL",
        "L",
        "",
        "Y",
    ]


def test_a_due_chip_stands_without_script() -> None:
    written = due(Context({"now": NOW}), NOW + timedelta(minutes=18))
    assert 'state="soon"' in written
    assert f'datetime="{(NOW + timedelta(minutes=18)).isoformat()}">18 min left<' in written


def test_a_bar_never_runs_over() -> None:
    assert 'value="100"' in bar(1.7, "Share used")
    assert 'value="0"' in bar(-1, "Share used")


def test_d16_names_and_labels_are_written_as_words() -> None:
    nasty = '"><script>alert(1)</script>'
    assert "<script" not in face(nasty) + bar(0.5, nasty)
    assert "<script" not in render_to_string("ui/_owner.html", {"name": nasty, "desk": nasty})
    page = render_to_string("ui/error.html", {"title": nasty, "what": nasty, "kept": nasty, "next_words": nasty})
    assert "<script>alert" not in page


def test_a_field_with_a_mistake_says_so_beside_it_and_to_listeners() -> None:
    class Asked(forms.Form):
        words = forms.CharField(label="What happened?", help_text="In your own words")

    form = Asked({"words": ""})
    written = render_to_string("ui/_field.html", field(form["words"]))
    assert 'aria-invalid="true"' in written
    described = re.search(r'aria-describedby="([^"]+)"', written)
    assert described is not None
    for name in described[1].split():
        assert f'id="{name}"' in written


def test_pages_carry_no_inline_script_and_no_inline_style() -> None:
    page = components(RequestFactory().get("/ui/")).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)


def test_every_style_and_script_a_page_names_is_there() -> None:
    page = components(RequestFactory().get("/ui/")).content.decode()
    named = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    assert len(named) > 15
    assert [path for path in named if finders.find(path) is None] == []


def test_tokens_are_the_only_place_with_a_colour() -> None:
    for sheet in ROOM.glob("static/ui/*.css"):
        if sheet.name not in {"tokens.css", "dialog.css"}:
            assert not re.search(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(|oklch\(", sheet.read_text()), sheet.name


def test_every_token_that_is_used_exists() -> None:
    sheets = {sheet: sheet.read_text() for sheet in ROOM.glob("static/ui/*.css")}
    known = set(re.findall(r"(--[\w-]+):", "".join(sheets.values())))
    for sheet, text in sheets.items():
        without_default = set(re.findall(r"var\((--[\w-]+)\)", text))
        assert without_default <= known, sheet.name


def test_screens_speak_plainly() -> None:
    for source in SOURCES:
        assert not re.search(r"\b(ticket|SLA|assignee|user)s?\b", source.read_text(), re.IGNORECASE), source.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_have_a_contrast_of_four_and_a_half_to_one(scheme: str) -> None:
    colours = _tokens(scheme)
    pairs = [(ink, paper) for ink in ("ink", "ink-2", "ink-3") for paper in ("paper", "card", "sunken")]
    pairs += [("help", paper) for paper in ("paper", "card", "help-soft")]
    pairs += [("on-help", "help-fill"), ("on-help", "help-press"), ("kept", "kept-soft"), ("soon", "soon-soft")]
    pairs += [("link", paper) for paper in ("paper", "card", "link-soft")]
    pairs += [("ink-2", soft) for soft in ("kept-soft", "soon-soft", "help-soft", "link-soft")]
    too_faint = {pair: round(_contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in too_faint.items() if ratio < 4.5} == {}


def _tokens(scheme: str) -> dict[str, str]:
    light, dark = (ROOM / "static/ui/tokens.css").read_text().split("prefers-color-scheme: dark")
    found = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", dark.split("@media")[0]))
    return found


def _contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio, 1..21, of two colours written #rrggbb."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        lights.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_a_template_can_say_a_time_at_the_place() -> None:
    page = Template("{% load ui %}{% when at zone %} · {{ four|duration:'working' }}")
    said = page.render(Context({"at": NOW, "now": NOW, "zone": UTC, "four": timedelta(hours=4)}))
    assert said == '<time datetime="2026-11-24T20:20:00+00:00">Tuesday 20:20</time> · 4 working hours'
