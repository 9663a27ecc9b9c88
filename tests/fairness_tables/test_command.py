"""`evenhand audit FILE`, as people type it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pytest

from evenhand.fairness.command import run
from evenhand.web import cli
from fairness_tables.writing import CASES, a_table, text


def a_gap(folder: Path) -> Path:
    """Two months in which Web waits about nine hours and Phone about half of one."""
    rows = []
    for month, day, nth in product((3, 4), range(1, 29), range(6)):
        date = f"2024-{month:02}-{day:02}"
        rows.append((f"{date} 0{nth + 1}:00", f"{date} {nth + 10}:{day + nth:02}", "Web", "Bill"))
        rows.append((f"{date} 0{nth + 1}:00", f"{date} 0{nth + 1}:{20 + day * month % 23}", "Phone", "Bill"))
    return a_table(folder, rows, "gap.csv")


def test_a_gap_is_found_told_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["audit", str(a_gap(tmp_path))]) == 1
    told = capsys.readouterr()
    assert told.err == ""
    assert re.match(r"Web cases wait 1\d times as long as Phone cases to be closed\.", told.out)
    for part in (
        "different",
        "Assumed\n",
        "  start: created",
        "  need: category",
        "  times without zone: taken as UTC",
    ):
        assert part in told.out


def test_no_gap_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run([str(a_table(tmp_path)), "--min-cell", "1"]) == 0
    assert "Too few" in capsys.readouterr().out


def test_json_alone_stands_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = a_gap(tmp_path)
    assert run([str(path), "--json", "-", "--html", str(tmp_path / "page.html"), "--title", "Who <waits>?"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == 1
    assert told["rows"] == 672
    assert told["made"]["command"].startswith(f"evenhand audit {path} --json -")
    assert told["contrasts"][0]["outcomes"][0]["groups"][0]["verdict"] in ("UNEQUAL", None)
    page = (tmp_path / "page.html").read_text()
    assert "Who &lt;waits&gt;?" in page
    assert run([str(path), "--json", str(tmp_path / "found.json")]) == 1
    assert json.loads((tmp_path / "found.json").read_text())["contrasts"] == told["contrasts"]
    assert "Assumed" in capsys.readouterr().out


def test_margins_and_reference_are_as_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert (
        run([str(a_gap(tmp_path)), "--reference", "Phone", "--margin", "20%", "--margin", "45min", "--json", "-"]) == 1
    )
    told = json.loads(capsys.readouterr().out)
    assert told["contrasts"][0]["reference"] == "Phone"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "the following arguments are required: FILE"),
        (["nowhere.csv"], "nowhere.csv: there is no such file."),
        (["FILE", "--start", "creatd"], "Did you mean 'created'?"),
        (["FILE", "--reference", "Fax"], "--reference 'Fax' is no group of 'channel'; there are: Phone, Web."),
        (["FILE", "--margin", "much"], "--margin 'much': write 10%"),
        (["FILE", "--margin", "0%"], "--margin '0%': no two groups are ever the same to nothing"),
        (["FILE", "--min-cell", "0"], "'0' is no number of cases"),
        (
            ["FILE", "--html", "nowhere/page.html"],
            "nowhere/page.html cannot be written: name a file in a folder that exists.",
        ),
        (["FILE", "--json", "/"], "/ cannot be written"),
        (["FILE", "--begin", "created"], "unrecognized arguments: --begin created"),
        (["FILE", "--keep", "middle"], "--keep"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
):
    path = str(a_table(tmp_path))
    assert cli.main(["audit", *(path if each == "FILE" else each for each in arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("evenhand audit: ")
    assert said.err.count("\n") == 1
    assert told in said.err


def test_a_strangers_words_move_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = [(*row[:2], f"{row[2]}\x1b[2J\u202e", row[3]) for row in CASES]
    assert run([str(a_table(tmp_path, rows)), "--where", "channel=\x1b[2J"]) == 2
    assert run([str(a_table(tmp_path, rows)), "--min-cell", "1"]) == 0
    said = capsys.readouterr()
    for told in (said.out, said.err):
        assert "\x1b" not in told
        assert "\u202e" not in told


def test_the_command_starts_without_the_product(tmp_path: Path):
    """No settings, no database: the environment would stop anything that looked at them."""
    code = (
        "import sys\nfrom evenhand.web import cli\n"
        f"code = cli.main(['audit', {str(a_table(tmp_path))!r}, '--min-cell', '1'])\n"
        "print(code, [each for each in ('django', 'pandas', 'pyarrow', 'scipy') if each in sys.modules])"
    )
    environment = {**os.environ, "EVENHAND_DATABASE": "nonsense://", "EVENHAND_BASE_URL": "nonsense"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


def test_a_table_may_come_through_a_pipe(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "evenhand.web.cli", "audit", "-", "--json", "-", "--min-cell", "1"],
        input=text(CASES), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["made"]["file"] == "standard input"


@pytest.mark.parametrize("options", [["--html", "cases.csv"], ["--json", "cases.csv"], ["--html", "a", "--json", "a"]])
def test_nothing_that_is_read_or_written_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str]
):
    path = a_table(tmp_path)
    before = path.read_text()
    monkeypatch.chdir(tmp_path)
    assert run([str(path), *options]) == 2
    assert "would be written over" in capsys.readouterr().err
    assert path.read_text() == before
    assert not (tmp_path / "a").exists()


def test_a_file_named_twice_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = a_table(tmp_path)
    assert run([str(path), str(tmp_path / "." / path.name)]) == 2
    assert "would count twice" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_old_terminal_is_told_with_the_letters_that_it_has(tmp_path: Path, encoding: str):
    rows = [(start, end, channel.replace("Web", "Wéb\u4e2d"), need) for start, end, channel, need in CASES]
    path = a_table(tmp_path, rows)
    for options, is_it in (
        ((), lambda told: "W" in told),
        (("--json", "-"), lambda told: json.loads(told)["schema"] == 1),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "evenhand.web.cli", "audit", str(path), "--min-cell", "1", *options],
            capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": encoding},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        assert is_it(done.stdout.decode(encoding))


def test_without_any_standard_input_or_output_nothing_breaks(tmp_path: Path):
    path = a_table(tmp_path)
    for end, code in ((f"{path} --min-cell 1 >&-", 0), ("- <&-", 2)):
        done = subprocess.run(
            ["sh", "-c", f"{sys.executable} -m evenhand.web.cli audit {end}"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr


def test_told_to_end_it_leaves_nothing_behind(tmp_path: Path):
    pipe, folder = tmp_path / "pipe", tmp_path / "temporary"
    os.mkfifo(pipe)
    folder.mkdir()
    started = subprocess.Popen(
        [sys.executable, "-m", "evenhand.web.cli", "audit", str(pipe)], env={**os.environ, "TMPDIR": str(folder)}
    )
    with pipe.open("w") as writing:
        writing.write(text(CASES))
        writing.flush()
        while not list(folder.glob("evenhand-*/*")):
            assert started.poll() is None
            time.sleep(0.05)
        started.terminate()
        assert started.wait(30) == 128 + 15
    assert list(folder.iterdir()) == []
