"""Wrong settings stop the start with the setting's name and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.web.configuration import WrongSetting, read
from running.house import House


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("EVENHAND_BASE_URL", "help.example.org", "https://help.example.org"),
        ("EVENHAND_BASE_URL", "http://help.example.org", "Use https://"),
        ("EVENHAND_BASE_URL", "https://example.org/help", "no path"),
        ("EVENHAND_BASE_URL", "https://example.org:port", "no path"),
        ("EVENHAND_DATABASE", "mysql://root@localhost/x", "postgresql://"),
        ("EVENHAND_DATABASE", "postgresql://localhost:port/x", "postgresql://"),
        ("EVENHAND_BUTTON_SITES", "https://shop.example.org/pages", "such as https://"),
        ("EVENHAND_BUTTON_SITES", "*", "such as https://"),
        ("EVENHAND_TRUSTED_PROXIES", "all", "how many"),
        ("EVENHAND_DEMO", "maybe", "yes or no"),
        ("EVENHAND_DATA_DIR", "/proc/evenhand", "--data"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(name: str, value: str, remedy: str, tmp_path: Path):
    with pytest.raises(WrongSetting) as wrong:
        read({"EVENHAND_DATA_DIR": str(tmp_path), name: value})
    assert wrong.value.name == name
    assert remedy in wrong.value.remedy


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--base-url", "http://help.example.org"], "EVENHAND_BASE_URL"),
        (["--base-url", "https://help.example.org"], "EVENHAND_TRUSTED_PROXIES"),
        (["--demo", "--host", "0.0.0.0"], "EVENHAND_DEMO"),
        (["--database", "postgresql://nobody@127.0.0.1:1/nothing"], "EVENHAND_DATABASE"),
        (["--port", "70000"], "70000"),
    ],
)
def test_the_start_stops_at_a_wrong_setting(options: list[str], named: str, house: House):
    stopped = house.run("up", *options)
    assert stopped.returncode == 2
    assert named in stopped.stderr
    assert "Traceback" not in stopped.stderr


def test_options_stand_before_the_environment(house: House):
    house.more["EVENHAND_BASE_URL"] = "http://localhost:1"
    assert house.run("migrate", "--base-url", "http://localhost:2").stdout.count("http://localhost:2/first/") == 1


def test_web_and_work_refuse_tables_of_another_version(house: House):
    for command in ("web", "work"):
        refused = house.run(command)
        assert refused.returncode == 2
        assert "evenhand migrate" in refused.stderr
