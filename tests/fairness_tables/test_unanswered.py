"""Who was closed without an answer was never answered: neither left out, nor answered when it was closed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenhand
from evenhand.fairness.command import run
from evenhand.fairness.parity.auditing import audit_rows
from evenhand.fairness.parity.findings import Audit, OutcomeFinding
from evenhand.fairness.tables.errors import CannotRead
from fairness_tables.writing import a_table, rows_of, waits

HEADER = ("created", "closed", "channel", "category", "status")
CASES = (
    ("2024-05-01 09:00:00", "2024-05-01 10:00:00", "Phone", "Bill", "Done"),
    ("2024-05-01 09:30:00", "", "Web", "Bill", "Open"),
    ("2024-05-02 08:00:00", "2024-05-02 09:00:00", "Web", "Parcel", "Cancelled"),
    ("2024-05-03 11:00:00", "2024-05-03 12:00:00", "Phone", "Parcel", "No reply"),
)
AGES = [51 * 3600, 50.5 * 3600, 28 * 3600, 3600]


def table(folder: Path, rows: Any = CASES, header: Any = HEADER, **how: Any) -> Path:
    return a_table(folder, rows, header=header, **how)


def test_a_case_closed_without_an_answer_waits_as_long_as_the_table_was_kept(tmp_path: Path):
    path = table(tmp_path)
    assert waits(rows_of(path)) == [3600, None, 3600, 3600]
    rows = rows_of(path, unanswered=["status=Cancelled", "status=No reply"])
    assert waits(rows) == [3600, None, None, None]
    assert rows.answer.wait.tolist() == [3600, *AGES[1:]]
    assert rows.age.tolist() == AGES
    assert rows.left_out == {}


def test_the_rule_and_how_many_it_holds_for_are_told(tmp_path: Path):
    path = table(tmp_path)
    rows = rows_of(path, unanswered=["status=Cancelled", "status=No reply"])
    assert rows.assumed["unanswered"] == "status is Cancelled or No reply (2 cases)"
    rows = rows_of(path, unanswered=["status=Cancelled", "category=Bill"])
    assert rows.assumed["unanswered"] == "status is Cancelled, or category is Bill (3 cases)"
    rows = rows_of(path, unanswered=["status=Cancelled", "status=No reply"], where="status!=Cancelled")
    assert rows.assumed["unanswered"] == "status is Cancelled or No reply (1 case)"
    assert "unanswered" not in rows_of(path).assumed


def test_a_rule_that_holds_for_no_case_is_warned_of(tmp_path: Path):
    rows = rows_of(table(tmp_path), unanswered="status=cancelled")
    assert waits(rows) == [3600, None, 3600, 3600]
    (warning,) = [each for each in rows.warnings if "never answered" in each]
    assert warning.endswith("there is none whose status is cancelled; is that how the table spells it?")


def test_its_end_still_tells_when_the_table_was_taken(tmp_path: Path):
    path = table(tmp_path)
    rows = rows_of(path, unanswered="status=No reply")
    assert rows.assumed["censored_at"] == rows_of(path).assumed["censored_at"] == "2024-05-03T12:00:00Z"


@pytest.mark.parametrize("end", ["withdrawn", "2024-05-01 00:00:00", "2999-01-01 00:00:00", ""])
def test_whatever_its_end_says_it_stays_in(end: str, tmp_path: Path):
    cases = [*CASES, ("2024-05-02 10:00:00", end, "Phone", "Bill", "Cancelled")]
    rows = rows_of(table(tmp_path, cases), unanswered="status=Cancelled")
    assert waits(rows) == [3600, None, None, 3600, None]
    assert rows.left_out == {}


def test_without_the_rule_an_end_in_words_stops_the_audit(tmp_path: Path):
    cases = [*CASES, ("2024-05-02 10:00:00", "withdrawn", "Phone", "Bill", "Cancelled")]
    with pytest.raises(CannotRead, match="1 of 5 times in 'closed' cannot be read: 'withdrawn'"):
        rows_of(table(tmp_path, cases))
    more = [*cases, ("2024-05-02 10:00:00", "soon", "Phone", "Bill", "Open")]
    with pytest.raises(CannotRead, match=r"1 of 6 times in 'closed' cannot be read: 'soon' \(line 7\)"):
        rows_of(table(tmp_path, more), unanswered="status=Cancelled")


def test_its_solution_did_not_come_either(tmp_path: Path):
    cases = [(*case, case[1]) for case in CASES]
    path = table(tmp_path, cases, header=(*HEADER, "fixed"))
    rows = rows_of(path, solved="fixed", unanswered=["status=Cancelled", "status=No reply"])
    assert rows.solution is not None
    assert rows.solution.is_ended.tolist() == [True, False, False, False]
    assert rows.solution.wait.tolist() == [3600, *AGES[1:]]


def test_how_long_it_took_until_it_was_closed_is_no_wait(tmp_path: Path):
    cases = [(case[0], took, *case[2:]) for case, took in zip(CASES, ["60", "", "-1", "60"], strict=True)]
    path = table(tmp_path, cases, header=("created", "took in minutes", *HEADER[2:]))
    rows = rows_of(path, wait="took in minutes", unanswered=["status=Cancelled", "status=No reply"])
    assert waits(rows) == [3600, None, None, None]
    assert rows.left_out == {}
    assert rows.assumed["censored_at"] == "2024-05-03T12:00:00Z"


def test_what_the_table_calls_in_time_is_not_where_no_answer_came(tmp_path: Path):
    cases = [(*case, said) for case, said in zip(CASES, ["yes", "no", "yes", ""], strict=True)]
    path = table(tmp_path, cases, header=(*HEADER, "kept"))
    rows = rows_of(path, in_time="kept", unanswered=["status=Cancelled", "status=No reply"])
    assert rows.in_time is not None
    assert rows.in_time.tolist() == [1, 0, 0, -1]


def test_it_goes_by_the_hours_of_the_desk(tmp_path: Path):
    rows = rows_of(table(tmp_path), unanswered="status=Cancelled", calendar="mon-fri 09:00-17:00")
    assert rows.age.tolist()[2] == rows.answer.wait.tolist()[2] == (8 + 3) * 3600


def test_of_several_rows_of_a_case_the_one_that_counts_says_whether_it_was_answered(tmp_path: Path):
    cases = [(*case, number) for case, number in zip(CASES, "1233", strict=True)]
    path = table(tmp_path, cases, header=(*HEADER, "number"))
    for keep, ends in (("first", [3600, None, None]), ("last", [3600, None, 3600])):
        assert waits(rows_of(path, one_per="number", keep=keep, unanswered="status=Cancelled")) == ends


def test_several_files_each_have_the_column(tmp_path: Path):
    one, other = table(tmp_path), table(tmp_path, name="other.csv", header=(*HEADER[:4], "STATUS"))
    assert waits(rows_of(one, other, unanswered="status=Cancelled")) == [3600, None, None, 3600] * 2
    with pytest.raises(CannotRead, match="there is no column 'state'"):
        rows_of(one, other, unanswered="state=Cancelled")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"unanswered": "Cancelled"}, "--unanswered 'Cancelled' should be COLUMN=VALUE"),
        ({"unanswered": "status!=Done"}, "--unanswered status!=Done: name the values of cases that were closed"),
        ({"unanswered": "status=Cancelled", "end": "none"}, "name the column of the end with --end"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(said: dict[str, str], told: str, tmp_path: Path):
    with pytest.raises(CannotRead) as why:
        rows_of(table(tmp_path), **said)
    assert told in str(why.value)


@pytest.mark.parametrize(
    "written",
    [
        'unanswered = { column = "status", values = ["Cancelled", "No reply"] }',
        'unanswered = [{ column = ["a", "status"], values = "Cancelled" }, { column = "status", values = "No reply" }]',
    ],
)
def test_a_profile_says_it_too(written: str, tmp_path: Path):
    (tmp_path / "mine.toml").write_text(written)
    rows = rows_of(table(tmp_path), profile=str(tmp_path / "mine.toml"))
    assert waits(rows) == [3600, None, None, None]


def test_what_is_said_besides_a_profile_holds_with_it(tmp_path: Path):
    (tmp_path / "mine.toml").write_text('unanswered = { column = "status", values = ["Cancelled"] }')
    rows = rows_of(table(tmp_path), profile=str(tmp_path / "mine.toml"), unanswered="status=No reply")
    assert waits(rows) == [3600, None, None, None]
    assert rows.assumed["unanswered"] == "status is Cancelled, or status is No reply (2 cases)"


@pytest.mark.parametrize("written", ["unanswered = 'Cancelled'", "unanswered = { column = 'status', is = ['Done'] }"])
def test_a_profile_that_says_it_wrongly_is_told(written: str, tmp_path: Path):
    (tmp_path / "mine.toml").write_text(written)
    with pytest.raises(CannotRead, match=r"unanswered should be \{column, values"):
        rows_of(table(tmp_path), profile=str(tmp_path / "mine.toml"))


def test_the_command_and_the_library_take_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = a_desk(tmp_path, seed=1)
    run([str(path), "--unanswered", "status=0", "--unanswered", "status=1", "--json", "-"])
    said = json.loads(capsys.readouterr().out)
    assert said["assumed"]["unanswered"].startswith("status is 0 or 1 (")
    ours = evenhand.audit(path, unanswered=["status=0", "status=1"]).to_dict()
    assert ours["contrasts"] == said["contrasts"]
    run([str(path), "--unanswered", "status=0"])
    shown = capsys.readouterr().out
    assert "unanswered: status is 0 (" in shown
    assert "still open, or closed without an answer, and counted." in shown


TAKEN = "2024-02-10"


def a_desk(folder: Path, *, seed: int, cases: int = 600, name: str = "desk.csv") -> Path:
    """Cases of two groups and two needs over 40 days, until TAKEN; a tenth are open, each has one of ten statuses."""
    draw = np.random.default_rng(seed)
    start = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    rows = []
    for _ in range(cases):
        need = int(draw.integers(0, 2))
        opened = start + timedelta(minutes=int(draw.integers(0, 40 * 1440)))
        closed = opened + timedelta(minutes=int(draw.exponential(900 * (1 + 4 * need))))
        group = "Web" if draw.random() < 0.4 else "Phone"
        is_open = draw.random() < 0.1
        rows.append((opened, "" if is_open else closed, group, ["Bill", "Parcel"][need], int(draw.integers(0, 10))))
    return table(folder, rows, name=name)


def outcome(audit: Audit, name: str) -> OutcomeFinding:
    return next(one for one in audit.contrasts[0].outcomes if one.outcome == name)


@pytest.mark.parametrize("said", [{}, {"censored_at": TAKEN}, {"standard": "1d", "censored_at": TAKEN}])
@pytest.mark.parametrize("seed", range(3))
def test_more_cases_without_an_answer_never_lower_a_groups_mean(seed: int, said: dict[str, str], tmp_path: Path):
    path = a_desk(tmp_path, seed=seed)
    before: dict[str, tuple[float, int]] = {}
    for many in range(11):
        flags = [f"status={each}" for each in range(many)] or None
        found = outcome(audit_rows(rows_of(path, unanswered=flags, **said)), "wait")
        now = {group.group: (group.rmst or 0.0, group.open or 0) for group in found.groups}
        for name, (mean, still) in before.items():
            assert now[name][0] >= mean - 1e-9
            assert now[name][1] >= still
        assert sum(still for _, still in now.values()) > sum(still for _, still in before.values()) or not many
        before = now


def test_a_case_without_an_answer_is_among_those_waiting_until_the_end(tmp_path: Path):
    path = a_desk(tmp_path, seed=5)
    plain = outcome(audit_rows(rows_of(path, standard="2d", censored_at=TAKEN)), "wait")
    flagged = outcome(audit_rows(rows_of(path, standard="2d", censored_at=TAKEN, unanswered="status=3")), "wait")
    for one, other in zip(plain.curves, flagged.curves, strict=True):
        before, after = ([many or 0 for many in curve.at_risk] for curve in (one, other))
        assert all(a <= b for a, b in zip(before, after, strict=True))
        assert before[0] == after[0] > 100
        assert sum(before) < sum(after)


def test_a_case_without_an_answer_that_is_too_young_is_not_yet_judged_like_an_open_one(tmp_path: Path):
    path = a_desk(tmp_path, seed=6)
    plain = audit_rows(rows_of(path, standard="2d", censored_at=TAKEN))
    flagged = audit_rows(rows_of(path, standard="2d", censored_at=TAKEN, unanswered=["status=3", "status=4"]))
    for name in ("wait", "in_time"):
        one, other = outcome(plain, name), outcome(flagged, name)
        assert (one.mature, one.not_yet) == (other.mature, other.not_yet)
        assert other.not_yet > 0
    rows = rows_of(path, standard="2d", censored_at=TAKEN, unanswered=["status=3", "status=4"])
    assert ((rows.age < 2 * 86_400) & ~rows.answer.is_ended).any()


def test_a_case_without_an_answer_is_out_of_time_once_its_standard_has_passed(tmp_path: Path):
    path = a_desk(tmp_path, seed=7)
    flags = [f"status={each}" for each in range(10)]
    found = outcome(audit_rows(rows_of(path, standard="2d", censored_at=TAKEN, unanswered=flags)), "in_time")
    assert [group.mean for group in found.groups] == [0.0, 0.0]
    plain = outcome(audit_rows(rows_of(path, standard="2d", censored_at=TAKEN)), "in_time")
    shares = [group.mean for group in plain.groups]
    assert all(share is not None and share > 0.3 for share in shares)
