"""What is installed from the wheel is the whole product: templates, static files, the model that reads a need."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from running.house import House, wait_until

pytestmark = pytest.mark.wheel
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import hatchling.build, os, sys; os.chdir(sys.argv[1]); print(hatchling.build.build_wheel(sys.argv[2]))"
    done = subprocess.run([sys.executable, "-c", build, ROOT, folder], capture_output=True, text=True, check=True)
    return folder / done.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the wheel and what it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements" / "run.txt"], check=True)
    subprocess.run([*pip, "--no-index", "--no-deps", wheel], check=True)
    return folder / "bin" / "python"


def test_the_wheel_holds_what_is_shown_and_what_reads_a_need(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "evenhand/py.typed",
        "evenhand/care/triage/needs.npz",
        "evenhand/care/triage/markings.toml",
        "evenhand/care/triage/rules/danger.toml",
        "evenhand/ui/templates/ui/base.html",
        "evenhand/ui/static/ui/tokens.css",
        "evenhand/web/templates/account/login.html",
        "evenhand/web/demo/cfpb.jsonl.gz",
    ):
        assert wanted in names
    assert not [name for name in names if name.startswith(("tests/", "tools/")) or "__pycache__" in name]
    assert not [name for name in names if name.endswith((".tsv", "slots.txt"))]  # texts that train stay at home


def test_the_command_runs_in_a_fresh_environment(python: Path, tmp_path: Path):
    environment = {"PATH": os.environ["PATH"], "EVENHAND_DATA_DIR": str(tmp_path)}
    command = [python.parent / "evenhand", "--version"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert said.stdout.startswith("evenhand ")
    packages = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout.lower()
    assert not [name for name in ("pytest", "torch", "scikit-learn", "playwright", "mypy") if f"\n{name} " in packages]


def test_up_serves_the_front_page_with_its_files_from_the_wheel(house: House, python: Path, tmp_path: Path):
    command = [python.parent / "evenhand", "up", "--data", house.data, "--port", str(house.port)]
    environment = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error"}
    with house.log.open("w") as log:
        serving = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=tmp_path)
    try:
        wait_until(lambda: house.answers() or serving.poll() is not None, house.said)
        status, _, page = house.get("/")
        assert status == 200, house.said()
        sheets = [part for part in page.split('"') if part.startswith("/static/") and part.endswith(".css")]
        assert sheets
        assert {house.get(sheet)[0] for sheet in sheets} == {200}
    finally:
        serving.terminate()
        serving.wait(20)
