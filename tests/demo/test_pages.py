"""What the demo says of itself, where it may be seen, and what it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from evenhand.people.models import OneTimeLink, Person
from evenhand.web.configuration import WrongSetting
from evenhand.web.demo import clock, command, kept, visit
from evenhand.web.demo.founding import found_the_bank
from evenhand.web.demo.kept import Demo
from factories import HOUR, NOW, let_someone_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(in_the_demo: None, settings: object, tmp_path: Path) -> Demo:
    """A bank with one customer, opened for a visitor."""
    settings.DATA = tmp_path
    found_the_bank(NOW - 24 * HOUR, NOW)
    let_someone_in(now=NOW, place="fremont")
    demo = Demo(seed=1)
    visit.open_for_a_visitor(demo, tmp_path, NOW, [])
    clock.of(tmp_path).stand_at(NOW)
    return demo


def test_it_says_what_is_drawn_and_what_is_real_and_whose_words_they_are(client: Client, opened: Demo) -> None:
    said = client.get(reverse("demo:about")).content.decode()
    assert "Consumer Financial Protection Bureau" in said
    assert "public domain" in said
    assert "drawn by a seeded replay" in said
    assert opened.waiting_case in said
    for path in opened.ways_in.values():
        assert path in said


@pytest.mark.parametrize("role", ["agent", "supervisor", "auditor", "administrator"])
def test_a_way_in_works_again_and_again(client: Client, opened: Demo, role: str) -> None:
    token = opened.ways_in[role].rstrip("/").split("/")[-1]
    link = OneTimeLink.objects.living(token, NOW + 300 * HOUR).get()
    assert link.person is not None
    assert link.person.role == role


def test_an_hour_passes_only_by_a_press(client: Client, opened: Demo, tmp_path: Path) -> None:
    assert client.get(reverse("demo:hour")).status_code == 405
    before = clock.of(tmp_path).ahead()
    assert client.post(reverse("demo:hour")).status_code == 302
    assert clock.of(tmp_path).ahead() == before + HOUR


def test_a_foreign_page_cannot_let_an_hour_pass(opened: Demo, tmp_path: Path) -> None:
    before = clock.of(tmp_path).ahead()
    assert Client(enforce_csrf_checks=True).post(reverse("demo:hour")).status_code == 403
    assert clock.of(tmp_path).ahead() == before


@pytest.mark.parametrize("name", ["about", "hour"])
def test_outside_the_demo_these_pages_do_not_exist(client: Client, settings: object, name: str) -> None:
    settings.IS_DEMO = False
    ask = client.get if name == "about" else client.post
    assert ask(reverse(f"demo:{name}")).status_code == 404


@pytest.mark.parametrize("name", ["about", "hour"])
def test_from_another_machine_these_pages_do_not_exist(client: Client, opened: Demo, name: str) -> None:
    ask = client.get if name == "about" else client.post
    assert ask(reverse(f"demo:{name}"), REMOTE_ADDR="192.0.2.7").status_code == 404


def test_the_ways_in_are_told_with_the_promise_that_is_about_to_run_out(opened: Demo) -> None:
    lines: list[str] = []
    visit.say_where(opened, NOW, lines.append)
    told = "\n".join(lines)
    assert opened.waiting_case in told
    assert "in 2 min" in told
    assert all(path in told for path in opened.ways_in.values())
    for name in Person.objects.filter(email__in=[mail for _, mail in visit.VISITORS]).values_list("name", flat=True):
        assert name in told


def test_a_demo_never_touches_what_it_did_not_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evenhand.sqlite3").write_bytes(b"somebody's real installation")
    with pytest.raises(WrongSetting, match="no demo"):
        _asked(tmp_path, monkeypatch, "--fresh", "--no-serve")
    assert (tmp_path / "evenhand.sqlite3").read_bytes() == b"somebody's real installation"


def test_fresh_takes_away_the_demo_and_nothing_else(tmp_path: Path) -> None:
    kept.keep(tmp_path, Demo(seed=3, is_finished=True))
    (tmp_path / "evenhand.sqlite3").write_bytes(b"a demo")
    (tmp_path / "my-notes.txt").write_text("keep me")
    assert not kept.holds_something_else(tmp_path)
    kept.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["my-notes.txt"]


def test_what_is_kept_of_a_demo_comes_back(tmp_path: Path) -> None:
    demo = Demo(seed=3, is_finished=True, starts=2, ways_in={"agent": "/in/x/"}, waiting_case="4F7-K2Q")
    kept.keep(tmp_path, demo)
    assert kept.demo_in(tmp_path) == demo
    assert kept.demo_in(tmp_path / "elsewhere") is None


def _asked(data: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    """The command with these options; the environment it sets is put back afterwards."""
    for name in ("DATA_DIR", "DEMO", "ORGANISATION", "BASE_URL"):
        monkeypatch.setenv(f"EVENHAND_{name}", "")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "evenhand.web.settings")
    return command.main(["--data", str(data), *more])
