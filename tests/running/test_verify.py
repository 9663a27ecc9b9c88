"""`evenhand verify` names the first entry that is not as it was written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.web import ledger_heads
from running.house import House, wait_until

DIGEST = "0" * 63


@pytest.fixture
def intact(filled: House):
    """The filled installation, put back afterwards as it was."""
    kept = {path: path.read_bytes() for path in filled.data.glob("evenhand.sqlite3*")}
    yield filled
    for path in filled.data.glob("evenhand.sqlite3*"):
        path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    (filled.data / ledger_heads.NAME).unlink(missing_ok=True)


def test_an_untouched_ledger_is_intact(intact: House):
    code, said = intact.verified()
    assert (code, said["intact"]) == (0, True)
    assert said["entries"] == intact.query("SELECT max(seq) FROM care_entry")[0][0]


@pytest.mark.parametrize(
    ("deed", "statement", "first_bad"),
    [
        ("edit a body", "UPDATE care_entry SET body = replace(body, '}', ',\"x\":1}') WHERE seq = 3", 3),
        ("edit a time", "UPDATE care_entry SET at = '2026-01-01 00:00:00' WHERE seq = 2", 2),
        ("edit who did it", "UPDATE care_entry SET by = 'person:1' WHERE seq = 4", 4),
        ("delete", "DELETE FROM care_entry WHERE seq = 3", 3),
        ("delete the first", "DELETE FROM care_entry WHERE seq = 1", 1),
        (
            "insert",
            "INSERT INTO care_entry (seq, at, act, subject, by, body, before, hash)"
            " SELECT max(seq) + 1, at, act, subject, by, body, hash, hash FROM care_entry",
            None,
        ),
        ("edit the words where they are kept", "UPDATE care_contact SET words = 'All is well.' WHERE id = 1", None),
        ("delete words", "UPDATE care_erasable SET key = 'elsewhere' WHERE id = 1", None),
    ],
)
def test_d57_a_changed_entry_is_named(deed: str, statement: str, first_bad: int | None, intact: House):
    last = int(str(intact.query("SELECT max(seq) FROM care_entry")[0][0]))
    words_of = int(str(intact.query("SELECT entry_id FROM care_erasable ORDER BY id LIMIT 1")[0][0]))
    intact.tamper("PRAGMA foreign_keys = OFF", statement)
    expected = first_bad or {"insert": last + 1}.get(deed, words_of)
    code, said = intact.verified()
    assert (code, said["first_bad_entry"]) == (1, expected), deed


def test_d57_swapped_entries_are_named(intact: House):
    intact.tamper(
        "PRAGMA foreign_keys = OFF",
        "UPDATE care_entry SET seq = -3 WHERE seq = 3",
        "UPDATE care_entry SET seq = 3 WHERE seq = 4",
        "UPDATE care_entry SET seq = 4 WHERE seq = -3",
    )
    code, said = intact.verified()
    assert (code, said["first_bad_entry"]) == (1, 3)


def test_d57_a_cut_off_end_is_found_by_the_head_outside(intact: House):
    seq, digest = intact.query("SELECT seq, hash FROM care_entry ORDER BY seq DESC LIMIT 1")[0]
    ledger_heads.keep(intact.data, (int(str(seq)), str(digest)))
    intact.tamper(
        "PRAGMA foreign_keys = OFF",
        f"DELETE FROM care_erasable WHERE entry_id > {seq} - 2",
        f"DELETE FROM care_entry WHERE seq > {seq} - 2",
    )
    code, said = intact.verified()
    assert (code, said["first_bad_entry"]) == (1, int(str(seq)) - 1)


def test_d57_a_chain_written_anew_differs_from_the_head_outside(intact: House):
    """Whoever can write the database can forge a whole chain; the head outside it still tells."""
    seq, digest = intact.query("SELECT seq, hash FROM care_entry ORDER BY seq DESC LIMIT 1")[0]
    ledger_heads.keep(intact.data, (int(str(seq)), str(digest)))
    intact.tamper("PRAGMA foreign_keys = OFF")
    intact.script(
        "from django.db import connection\n"
        "from evenhand.care.ledger import writing as w\n"
        "from evenhand.care.models import Entry\n"
        "before = w.FIRST\n"
        "for e in Entry.objects.order_by('seq'):\n"
        "    by = 'person:99' if e.seq == 2 else e.by\n"
        "    digest = w.entry_hash(before, e.seq, e.at, e.act, e.subject, by, e.body)\n"
        "    Entry.objects.filter(pk=e.pk).update(by=by, before=before, hash=digest)\n"
        "    before = digest\n"
    )
    code, said = intact.verified()
    assert (code, said["first_bad_entry"]) == (1, int(str(seq)))


def test_d57_two_writers_make_one_chain(intact: House):
    before = int(str(intact.query("SELECT max(seq) FROM care_entry")[0][0]))
    writing = (
        "import django; django.setup()\n"
        "from django.db import transaction\n"
        "from django.utils import timezone\n"
        "from evenhand.care.ledger.writing import Act, write\n"
        "for n in range(40):\n"
        "    with transaction.atomic():\n"
        "        write(Act('counted', timezone.now(), facts={'n': n}))\n"
    )
    environment = {**intact.environment, "DJANGO_SETTINGS_MODULE": "evenhand.web.settings"}
    writers = [subprocess.Popen([sys.executable, "-c", writing], env=environment) for _ in range(2)]
    assert [writer.wait(30) for writer in writers] == [0, 0]
    code, said = intact.verified()
    assert (code, said["entries"]) == (0, before + 80)


def test_the_loops_keep_the_head_outside_the_database(intact: House):
    intact.start("work")
    wait_until((intact.data / ledger_heads.NAME).exists, "a head is kept")
    wait_until(lambda: intact.verified()[1]["heads"] == 1, "verify reads it")
    (head,) = ledger_heads.read(intact.data).items()
    assert head in intact.query("SELECT seq, hash FROM care_entry")  # others may have been written since
    intact.leave()


def test_a_later_line_cannot_excuse_a_changed_entry(tmp_path: Path):
    ledger_heads.keep(tmp_path, (1, DIGEST + "1"))
    with (tmp_path / ledger_heads.NAME).open("a") as file:
        file.write(f"1 {DIGEST}2\n")
    assert ledger_heads.read(tmp_path) == {1: DIGEST + "1"}


def test_a_line_torn_by_a_power_cut_is_none_and_harms_none(tmp_path: Path):
    ledger_heads.keep(tmp_path, (1, DIGEST + "1"))
    with (tmp_path / ledger_heads.NAME).open("a") as file:
        file.write("2 00")
    ledger_heads.keep(tmp_path, (3, DIGEST + "3"))
    assert ledger_heads.read(tmp_path) == {1: DIGEST + "1", 3: DIGEST + "3"}


@pytest.mark.parametrize("now", [None, (1, DIGEST + "1"), (2, DIGEST + "9")])
def test_d57_a_ledger_that_lost_its_end_gets_no_new_head(now: tuple[int, str] | None, tmp_path: Path):
    ledger_heads.keep(tmp_path, (2, DIGEST + "2"))
    with pytest.raises(ledger_heads.Shorter):
        ledger_heads.keep(tmp_path, now)
    assert (tmp_path / ledger_heads.NAME).stat().st_mode & 0o077 == 0
