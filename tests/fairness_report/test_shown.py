"""The audit as other programs read it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from evenhand.fairness.parity.findings import Audit, Raw
from fairness_report.audits import EQUAL, NASTY, a_full_audit, a_real_audit, an_audit, an_audit_of_five

SVG = "{http://www.w3.org/2000/svg}"

AUDIT = ["schema", "rows", "left_out", "assumed", "warnings", "contrasts"]
CONTRAST = ["by", "reference", "outcomes"]
OUTCOME = ["outcome", "unit", "groups"]
GROUP = ["group", "n", "open", "median", "p90", "rmst", "raw", "same_need", "verdict"]
RAW = ["difference", "low", "high"]
SAME_NEED = [
    "difference", "ratio", "low", "high", "margin", "not_ruled_out", "n_effective", "cells_without_overlap",
]  # fmt: skip


@pytest.mark.parametrize("audit", [a_full_audit(), a_real_audit(), an_audit_of_five()])
def test_the_schema_begins_with_the_keys_it_promises(audit: Audit) -> None:
    whole = json.loads(audit.to_json())
    assert list(whole)[: len(AUDIT)] == AUDIT
    assert whole["schema"] == 1
    for contrast in whole["contrasts"]:
        assert list(contrast)[: len(CONTRAST)] == CONTRAST
        for outcome in contrast["outcomes"]:
            assert list(outcome)[: len(OUTCOME)] == OUTCOME
            for group in outcome["groups"]:
                assert list(group)[: len(GROUP)] == GROUP
                assert list(group["raw"]) == RAW
                assert list(group["same_need"])[: len(SAME_NEED)] == SAME_NEED
                assert group["verdict"] in (None, "EQUAL", "UNEQUAL", "NOT PROVEN", "TOO FEW")
                assert (group["verdict"] is None) == group["is_reference"]


def test_every_key_is_told_of_where_the_schema_is_described() -> None:
    from evenhand.fairness.parity import shown

    told = shown.to_dict.__doc__ or ""

    def keys(value: object) -> set[str]:
        if isinstance(value, list):
            return {key for each in value for key in keys(each)}
        if isinstance(value, dict):
            free = {"left_out", "assumed", "made"}
            return set(value) | {k for key, each in value.items() if key not in free for k in keys(each)}
        return set()

    assert [key for key in sorted(keys(a_full_audit().to_dict())) if key not in told] == []


def test_figures_are_those_of_the_audit() -> None:
    audit = a_real_audit()
    group = audit.contrasts[0].outcomes[0].groups[1]
    told = audit.to_dict()["contrasts"][0]["outcomes"][0]["groups"][1]
    assert group.same_need is not None
    assert told["same_need"]["difference"] == group.same_need.difference
    assert told["median"] == group.median
    assert told["verdict"] == "UNEQUAL"


def test_what_is_no_number_is_null() -> None:
    odd = replace(EQUAL, raw=Raw(float("nan"), float("-inf"), float("inf")), median=None)
    told = json.loads(an_audit(odd).to_json())["contrasts"][0]["outcomes"][0]["groups"][1]
    assert told["raw"] == {"difference": None, "low": None, "high": None}
    assert told["median"] is None


def test_the_table_is_flat_and_goes_into_a_frame() -> None:
    table = an_audit_of_five().table()
    frame = pd.DataFrame(table)
    assert len(frame) == sum(len(f.groups) for c in an_audit_of_five().contrasts for f in c.outcomes)
    assert {"by", "group", "difference", "low", "high", "margin", "verdict"} <= set(frame.columns)
    assert "same need (95 %)" in str(table)


def test_an_audit_prints_its_finding_and_its_table() -> None:
    assert str(a_real_audit()).startswith("Public cases are answered")
    assert "compared with" in repr(a_real_audit())


def test_a_picture_is_well_formed_and_saved_as_svg(tmp_path: Path) -> None:
    to = a_full_audit().plot().save(tmp_path / "audit.svg")
    root = ElementTree.parse(to).getroot()
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f"{SVG}svg")) == 4, "one for each outcome of each contrast"
    assert NASTY in "".join(root.itertext())
    assert not root.findall(f".//{SVG}script")
    assert "<svg" in a_full_audit().plot()._repr_html_()


def test_a_picture_of_one_outcome_and_none_of_what_is_not_there() -> None:
    audit = a_full_audit()
    assert audit.plot(by="door", outcome="remedy")._repr_svg_().count("<svg") == 2
    with pytest.raises(ValueError, match="there is door: in_time, wait, remedy"):
        audit.plot(outcome="patience")
    with pytest.raises(ValueError, match=r"name it audit\.svg"):
        audit.plot().save("audit.png")


def test_a_notebook_shows_the_finding_and_keeps_its_own_looks() -> None:
    cell = a_full_audit()._repr_html_()
    assert "Phone cases are answered 18 % sooner than web cases" in cell.replace("\N{NO-BREAK SPACE}", " ")
    assert "<script" not in cell
    style = cell.partition("</style>")[0]
    assert ":root" not in style
    assert "body {" not in style


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    to = tmp_path / "report.html"
    whole = a_real_audit().to_html(to, title="Of March")
    assert to.read_text(encoding="utf-8") == whole
    assert "<title>Of March</title>" in whole
