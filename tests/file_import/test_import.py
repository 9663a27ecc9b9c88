"""A table of contacts is brought in: open rows at their true age, the rest as history, nothing lost or doubled."""

from __future__ import annotations

import csv
import gzip
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evenhand.care.ledger import writing as ledger
from evenhand.care.models import Case, Contact, Promise
from evenhand.care.promises import keeping
from evenhand.desk import queue
from evenhand.doors.file import command
from evenhand.doors.intake import MOST_WORDS
from evenhand.doors.models import Arrival, History, Message
from evenhand.identity.models import Identity, StatusLink
from factories import DAY, HOUR, a_desk, a_place

pytestmark = pytest.mark.django_db

COLUMNS = (
    "words",
    "sent_at",
    "closed_at",
    "external_id",
    "door",
    "public",
    "language",
    "place",
    "email",
    "phone",
    "name",
    "followers",
)


@pytest.fixture(autouse=True)
def desk(db):
    return a_desk()


def ago(length: timedelta) -> str:
    return (timezone.now() - length).isoformat()


def a_file(folder: Path, *rows: dict[str, str], name: str = "table.csv") -> Path:
    """A table with the names of our own API; a row says what its test is about."""
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for number, row in enumerate(rows, 1):
            writer.writerow({"words": f"Help {number}.", "sent_at": ago(HOUR), "external_id": f"r{number}"} | row)
    return path


def run(path: Path, *more: str) -> int:
    return command.run(["csv", str(path), *more])


def told(capsys: pytest.CaptureFixture[str]) -> dict:
    """The JSON of an import that ran with --json -."""
    return json.loads(capsys.readouterr().out)


def test_without_yes_nothing_is_changed_and_all_is_said(tmp_path, capsys):
    path = a_file(tmp_path, {"words": "My parcel is lost."}, {"closed_at": ago(DAY)}, {"words": " "})
    assert run(path) == 0
    said = capsys.readouterr().out
    assert "Read as: A table with the names of our own API (--mapping evenhand, guessed from the header)." in said
    assert "2 rows with words." in said
    assert "1 left out: the row has no words." in said
    assert "1 become cases" in said
    assert "1 become history" in said
    assert "“My parcel is lost.”" in said
    assert "Nothing has been changed. Add --yes to bring it in." in said
    assert not Arrival.objects.exists()
    assert not History.objects.exists()


def test_an_open_row_becomes_a_case_with_all_that_it_says(tmp_path):
    a_place("fresno")
    sent_at = ago(3 * DAY)
    row = {
        "words": "¿Dónde está mi paquete?",
        "sent_at": sent_at,
        "external_id": "77",
        "door": "Phone call",
        "public": "yes",
        "language": "es",
        "place": "fresno",
        "email": "Luz@example.org",
        "name": "Luz",
        "followers": "1,200",
    }
    assert run(a_file(tmp_path, row), "--yes") == 0
    arrival = Arrival.objects.get()
    contact = arrival.contact
    assert contact.words == "¿Dónde está mi paquete?"
    assert (arrival.door, arrival.is_public, arrival.reach) == ("phone-call", True, {"followers": 1200})
    assert (arrival.account, arrival.external_id) == ("file:evenhand", "77")
    assert contact.case.line.place.slug == "fresno"
    assert contact.language == "es"
    assert Message.objects.get(case=contact.case).to.address == "luz@example.org"
    assert ledger.verify(keeping.finders()) is None


def test_an_open_row_keeps_its_true_age_and_its_place_in_line(tmp_path, desk):
    agent, _ = desk
    rows = [{"words": "Charged twice.", "sent_at": ago(days * DAY), "external_id": f"d{days}"} for days in (2, 20, 5)]
    run(a_file(tmp_path, *rows), "--yes")
    for case in Case.objects.all():
        assert case.first_unanswered_at == case.contacts.get().sent_at
        assert Promise.objects.get(case=case).due_at > timezone.now()
    taken = queue.take_next(agent, timezone.now())
    assert Arrival.objects.get(contact__case_id=taken.case_id).external_id == "d20"


def test_a_closed_row_is_history_without_promise_confirmation_or_place_in_line(tmp_path):
    row = {"closed_at": ago(HOUR), "sent_at": ago(DAY), "email": "ada@example.org", "followers": "7"}
    run(a_file(tmp_path, row), "--yes")
    history = History.objects.get()
    assert (history.external_id, history.account) == ("r1", "file:evenhand")
    assert history.closed_at is not None
    assert history.more == {"from": {"email": "ada@example.org"}, "reach": {"followers": 7}}
    for nothing in (Case, Promise, Message, Identity, StatusLink):
        assert not nothing.objects.exists()


@pytest.mark.parametrize(
    ("age", "is_history"), [(30 * DAY - HOUR, False), (30 * DAY + HOUR, True), (4_000 * DAY, True)]
)
def test_a_row_older_than_thirty_days_is_history(tmp_path, age, is_history):
    run(a_file(tmp_path, {"sent_at": ago(age)}), "--yes")
    assert History.objects.exists() == is_history
    assert Case.objects.exists() != is_history


def test_run_again_it_brings_in_nothing_twice(tmp_path, capsys):
    path = a_file(tmp_path, {}, {"closed_at": ago(HOUR)}, {})
    run(path, "--yes")
    capsys.readouterr()
    assert run(path, "--yes", "--json", "-") == 0
    said = told(capsys)
    assert (said["cases"], said["history"], said["already_in"]) == (0, 0, 3)
    assert (Contact.objects.count(), History.objects.count()) == (2, 1)


def test_a_row_that_has_grown_old_or_was_closed_since_is_not_brought_in_again(tmp_path):
    run(a_file(tmp_path, {}, {}), "--yes")
    run(a_file(tmp_path, {"closed_at": ago(HOUR)}, {"sent_at": ago(40 * DAY)}), "--yes")
    assert (Contact.objects.count(), History.objects.count()) == (2, 0)


def test_rows_without_ids_are_known_again_by_what_they_say_and_where_they_stand(tmp_path):
    rows = [{"external_id": "", "words": "Help."}, {"external_id": "", "words": "Help."}]
    path = a_file(tmp_path, *rows)
    for _ in range(2):
        run(path, "--yes")
    assert Contact.objects.count() == 2


def test_a_longer_file_goes_on_where_the_shorter_one_ended(tmp_path):
    rows = [{"external_id": "", "words": f"Help {n}.", "sent_at": ago(HOUR)} for n in range(4)]
    run(a_file(tmp_path, *rows[:2]), "--yes")
    run(a_file(tmp_path, *rows), "--yes")
    assert Contact.objects.count() == 4


def test_one_id_with_other_words_is_said_aloud_and_the_first_words_stand(tmp_path, capsys):
    path = a_file(tmp_path, {"external_id": "1", "words": "First."}, {"external_id": "1", "words": "Second."})
    run(path, "--yes", "--json", "-")
    said = told(capsys)
    assert (said["cases"], said["already_in"]) == (1, 1)
    assert said["notes"]["other words"] == {"rows": 1, "lines": [3]}
    assert Contact.objects.get().words == "First."


def test_the_dry_run_counts_what_the_import_then_does(tmp_path, capsys):
    path = a_file(tmp_path, {"external_id": "1"}, {"external_id": "1"}, {"closed_at": ago(DAY)}, {"words": ""}, {})
    run(path, "--json", "-")
    dry = told(capsys)
    run(path, "--yes", "--json", "-")
    assert {**told(capsys), "is_done": False} == dry


def test_two_sources_may_use_the_same_ids(tmp_path):
    one = a_file(tmp_path, {"external_id": "1", "words": "The shop's."}, name="shop.csv")
    two = a_file(tmp_path, {"external_id": "1", "words": "The bank's."}, name="bank.csv")
    run(one, "--yes", "--source", "shop")
    run(two, "--yes", "--source", "bank")
    assert Contact.objects.count() == 2


def test_an_address_that_is_none_is_said_aloud_and_the_words_are_let_in(tmp_path, capsys):
    path = a_file(tmp_path, {"email": "not an address", "phone": "call me"}, {"phone": "+34 600 000 001"})
    run(path, "--yes", "--json", "-")
    said = told(capsys)
    assert (said["cases"], said["confirmed"]) == (2, 1)
    assert said["notes"]["no address"] == {"rows": 2, "lines": [2, 2]}
    assert Identity.objects.get().address == "+34600000001"


def test_words_too_long_to_take_are_counted_and_left_out(tmp_path, capsys):
    path = a_file(tmp_path, {"words": "w" * (MOST_WORDS + 1)}, {}, {"words": " " + "w" * MOST_WORDS})
    run(path, "--yes", "--json", "-")
    said = told(capsys)
    assert said["left_out"] == {"too long": 1}
    assert said["cases"] == 2


def test_a_place_that_is_not_here_is_said_aloud_and_goes_to_the_place_given(tmp_path, capsys):
    a_place("fresno")
    run(a_file(tmp_path, {"place": "atlantis"}, {}), "--yes", "--place", "fresno", "--json", "-")
    assert told(capsys)["notes"]["no such place"] == {"rows": 1, "lines": [2]}
    assert {case.line.place.slug for case in Case.objects.select_related("line__place")} == {"fresno"}


def test_a_time_to_come_and_no_time_count_from_now_and_are_said_aloud(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_text("Text,When\nFrom the future.,2999-01-01T00:00:00Z\n")
    mapping = tmp_path / "own.toml"
    mapping.write_text('[words]\ncolumn = "Text"\n[sent_at]\ncolumn = "When"\n')
    run(path, "--mapping", str(mapping), "--yes", "--json", "-")
    assert told(capsys)["notes"]["time to come"]["rows"] == 1
    mapping.write_text('[words]\ncolumn = "Text"\n')
    run(path, "--mapping", str(mapping), "--source", "untimed", "--yes", "--json", "-")
    assert told(capsys)["notes"]["no time"]["rows"] == 1
    assert all(contact.sent_at <= timezone.now() for contact in Contact.objects.all())


def test_more_rows_than_a_batch_all_come_in(tmp_path, capsys):
    with gzip.open(tmp_path / "table.csv.gz", "wt") as stream:
        stream.write("words,sent_at,closed_at,external_id,door,public,language,place,email,phone,name,followers\n")
        for n in range(1_203):
            closed = ago(HOUR) if n % 3 == 0 else ""
            stream.write(f"Help {n}.,{ago(DAY)},{closed},{n},,,,,,,,\n")
    run(tmp_path / "table.csv.gz", "--yes", "--json", "-")
    said = told(capsys)
    assert (said["cases"], said["history"]) == (802, 401)
    assert (Contact.objects.count(), History.objects.count()) == (802, 401)
    assert ledger.verify(keeping.finders()) is None


def test_a_batch_asks_the_database_about_as_often_as_a_row(tmp_path):
    def asked(rows: int) -> int:
        path = a_file(tmp_path, *({} for _ in range(rows)), name=f"{rows}.csv")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run(path, "--yes", "--source", str(rows))
        return len(queries)

    asked(1)
    assert asked(400) <= asked(2) + 10


@pytest.mark.parametrize("kind", ["zendesk", "freshdesk", "mbox"])
def test_what_comes_later_says_so(kind, tmp_path, capsys):
    assert command.run([kind, str(a_file(tmp_path, {}))]) == 2
    assert "comes later" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (None, [], "cannot be read: No such file"),
        (b"", [], "The file is empty"),
        (b"a,b\n1,2\n", [], "No shipped mapping fits"),
        (b"a,b\n1,2\n", ["--mapping", "evenhand"], "no column 'words'"),
        (b"a,b\n1,2\n", ["--mapping", "nothing"], "no mapping 'nothing'"),
        (b"words\nHelp\n", ["--place", "atlantis"], "no place 'atlantis'"),
        (gzip.compress(b"words\n" + b"Help.\n" * 9_000, mtime=0)[:-30], [], "cut short or damaged"),
    ],
)
def test_bad_input_gets_its_own_words_and_changes_nothing(tmp_path, capsys, content, more, said):
    own = tmp_path / "own.toml"
    own.write_text('[words]\ncolumn = "words"\n')
    path = tmp_path / "table.csv"
    if content is not None:
        path.write_bytes(content)
    if content is not None and b"words" in gzip_or_not(content):
        more = ["--mapping", str(own), *more]
    assert run(path, "--yes", *more) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert not Contact.objects.exists()


def gzip_or_not(content: bytes) -> bytes:
    return b"words" if content[:2] == b"\x1f\x8b" else content


def test_json_alone_is_on_standard_output(tmp_path, capsys):
    run(a_file(tmp_path, {}), "--yes", "--json", "-")
    captured = capsys.readouterr()
    assert json.loads(captured.out)["cases"] == 1
    assert "1 are cases now" in captured.err


def test_json_can_go_to_a_file(tmp_path, capsys):
    run(a_file(tmp_path, {}), "--json", str(tmp_path / "result.json"))
    assert json.loads((tmp_path / "result.json").read_text())["is_done"] is False
    assert "1 become cases" in capsys.readouterr().out


def test_stopped_by_hand_it_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "bring_in", stopped)
    assert run(a_file(tmp_path, {}), "--yes") == 1
    assert "Run the same command again to go on" in capsys.readouterr().err


def test_d29_a_column_that_is_not_the_senders_to_set_changes_nothing(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(f"Text,When,Owner,Need,Due,Weight\nCharged twice.,{ago(HOUR)},Jonas Ames,danger,2020-01-01,99\n")
    mapping = tmp_path / "own.toml"
    mapping.write_text('[words]\ncolumn = "Text"\n[sent_at]\ncolumn = "When"\n')
    run(path, "--mapping", str(mapping), "--yes")
    case = Case.objects.get()
    assert case.owner.name == "Maya Okafor"
    assert not case.line.need.is_danger


def test_d25_a_row_joins_no_case_whatever_it_names(tmp_path):
    run(a_file(tmp_path, {}), "--yes")
    case, contact = Case.objects.get(), Contact.objects.get()
    rows = [{"external_id": case.reference}, {"external_id": str(contact.uid)}, {"words": f"About {case.reference}"}]
    run(a_file(tmp_path, *rows), "--yes", "--source", "other")
    assert Case.objects.count() == 4
    assert case.contacts.count() == 1


def real(name: str) -> Path:
    data = os.environ.get("EVENHAND_DATA")
    path = Path(data or "", "cfpb", name)
    if not data or not path.exists():
        pytest.skip(f"EVENHAND_DATA is unset or holds no cfpb/{name}: the real complaints are not here")
    return path


@pytest.mark.parametrize(
    ("name", "history", "left_out"),
    [
        ("cfpb_2015_2020.csv.gz", 1060, 3761),
        ("cfpb_random_2011_2020.csv", 434, 865),
        ("cfpb_2013q3_no_narrative.csv", 1000, 0),
    ],
)
def test_the_real_complaints_come_in_as_history_and_every_row_is_accounted_for(name, history, left_out, capsys):
    run(real(name), "--yes", "--json", "-")
    said = told(capsys)
    assert (said["history"] + said["already_in"], sum(said["left_out"].values())) == (history, left_out)
    assert History.objects.count() == said["history"]
    assert not Case.objects.exists()


def test_the_real_complaints_of_the_last_month_come_in_as_cases(tmp_path, capsys):
    """The same complaints with their dates moved to this month: each is a case, owned and promised."""
    with real("cfpb_random_2011_2020.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["Consumer complaint narrative"].strip()][:120]
    for number, row in enumerate(rows):
        row["Date received"] = (timezone.now() - (1 + number % 25) * DAY).strftime("%Y-%m-%d")
    path = tmp_path / "lately.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    run(path, "--yes", "--json", "-")
    assert told(capsys)["cases"] == 120
    oldest: datetime = Case.objects.order_by("first_unanswered_at")[0].first_unanswered_at
    assert timedelta(days=24) < timezone.now() - oldest < timedelta(days=27)
    assert Promise.objects.filter(is_running=True, due_at__gt=timezone.now()).count() == 120
    assert ledger.verify(keeping.finders()) is None
