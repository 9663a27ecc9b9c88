"""An audit as other programs read it: nested, by a versioned schema, and flat, a row for each comparison."""

from __future__ import annotations

import json
from datetime import date, datetime
from math import isfinite
from typing import Any

from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import SCHEMA, Audit, Contrast, Group, OutcomeFinding


def to_dict(audit: Audit) -> dict[str, Any]:
    """The audit by schema 1: what `--json` writes. Times in hours, rates as shares of 1; None where there is no figure.

        {"schema": 1, "rows": 0, "left_out": {"reason": 0}, "assumed": {"censored_at": "…", "zone": "…", "need": ["…"]},
         "warnings": ["…"],
         "contrasts": [{"by": "…", "reference": "…", "outcomes": [{"outcome": "in_time|wait|solved|remedy|amount",
           "unit": "hours|share|amount",
           "groups": [{"group": "…", "n": 0, "open": 0, "median": 0.0, "p90": 0.0, "rmst": 0.0,
                       "raw": {"difference": 0.0, "low": 0.0, "high": 0.0},
                       "same_need": {"difference": 0.0, "ratio": 0.0, "low": 0.0, "high": 0.0, "margin": 0.0,
                                     "not_ruled_out": 0.0, "n_effective": 0.0, "cells_without_overlap": 0},
                       "verdict": "EQUAL|UNEQUAL|NOT PROVEN|TOO FEW"}]}]}]}

    Also there, after these:
    audit: verdict, has_gap (whether any comparison is UNEQUAL), gap_holds (whether one is so even with all comparisons
    counted together), headline (the finding in a sentence), made (version,
    time, command). contrast: verdict, coding [{group, n, agreed, kappa, low, high}]. outcome: mature (cases the
    verdicts rest on), not_yet (cases too young, or of which it is not known), horizon (hours up to which rmst counts),
    log_rank {chi_square, degrees, p} or None, answered_only [sentence], lonely [{need, group, cells, cases}], curves
    [{group, hours, share, low, high, marks, at_risk}]. group: is_reference, mean (of a rate or an amount),
    median_low, median_high, rmst_low, rmst_high, sentence, too_few (what is missing), drivers [{need, n, n_reference,
    difference, ratio, low, high, share_of_weight, p_adjusted}]. same_need: inner_low, inner_high (90 %), p,
    p_adjusted (Benjamini–Hochberg, among all comparisons), weeks_more, is_by_case.

    For the reference the figures of raw and same_need are None, and so is its verdict. A group too small to be shown
    has no figure but n.
    """
    how = words.manner(audit)
    return {
        "schema": SCHEMA,
        "rows": audit.rows,
        "left_out": {str(reason): count for reason, count in audit.left_out.items()},
        "assumed": {str(key): _plainly(value) for key, value in audit.assumed.items()},
        "warnings": list(audit.warnings),
        "contrasts": [
            {
                "by": contrast.by,
                "reference": contrast.reference,
                "outcomes": [_outcome(contrast, finding, how) for finding in contrast.outcomes],
                "verdict": contrast.verdict.value,
                "coding": [
                    {
                        "group": one.group,
                        "n": one.n,
                        "agreed": _figure(one.agreed),
                        "kappa": _figure(one.kappa),
                        "low": _figure(one.low),
                        "high": _figure(one.high),
                    }
                    for one in contrast.coding
                ],
            }
            for contrast in audit.contrasts
        ],
        "verdict": audit.verdict.value,
        "has_gap": audit.has_gap,
        "gap_holds": audit.gap_holds,
        "headline": words.headline(audit),
        "made": {str(key): _plainly(value) for key, value in audit.made.items()},
    }


def to_json(audit: Audit, *, indent: int | None = 1) -> str:
    """The same as JSON text: no NaN and no infinity, letters as they are."""
    return json.dumps(to_dict(audit), indent=indent, ensure_ascii=False, allow_nan=False)


def _outcome(contrast: Contrast, finding: OutcomeFinding, how: words.Manner) -> dict[str, Any]:
    rank = finding.log_rank
    return {
        "outcome": finding.outcome.value,
        "unit": finding.unit,
        "groups": [_group(contrast, finding, group, how) for group in finding.groups],
        "mature": finding.mature,
        "not_yet": finding.not_yet,
        "horizon": _figure(finding.horizon),
        "log_rank": None
        if rank is None
        else {"chi_square": _figure(rank.chi_square), "degrees": rank.degrees, "p": _figure(rank.p)},
        "answered_only": list(finding.answered_only),
        "lonely": [
            {"need": one.need, "group": one.group, "cells": one.cells, "cases": one.cases} for one in finding.lonely
        ],
        "curves": [
            {
                "group": one.group,
                "hours": [_figure(x) for x in one.hours],
                "share": [_figure(x) for x in one.share],
                "low": [_figure(x) for x in one.low],
                "high": [_figure(x) for x in one.high],
                "marks": [_figure(x) for x in one.marks],
                "at_risk": list(one.at_risk),
            }
            for one in finding.curves
        ],
    }


RAW = ("difference", "low", "high")
SAME_NEED = ("difference", "ratio", "low", "high", "margin", "not_ruled_out", "n_effective", "cells_without_overlap")
SAME_NEED_TOO = ("inner_low", "inner_high", "p", "p_adjusted", "weeks_more", "is_by_case")
DRIVER = ("need", "n", "n_reference", "difference", "ratio", "low", "high", "share_of_weight", "p_adjusted")


def _group(contrast: Contrast, finding: OutcomeFinding, group: Group, how: words.Manner) -> dict[str, Any]:
    return {
        "group": group.group,
        "n": group.n,
        "open": group.open,
        "median": _figure(group.median),
        "p90": _figure(group.p90),
        "rmst": _figure(group.rmst),
        "raw": _figures(group.raw, RAW),
        "same_need": _figures(group.same_need, SAME_NEED + SAME_NEED_TOO),
        "verdict": None if group.verdict is None else group.verdict.value,
        "is_reference": group.group == contrast.reference,
        "mean": _figure(group.mean),
        "median_low": _figure(group.median_low),
        "median_high": _figure(group.median_high),
        "rmst_low": _figure(group.rmst_low),
        "rmst_high": _figure(group.rmst_high),
        "sentence": words.sentence(contrast, finding, group, how),
        "too_few": group.too_few,
        "drivers": [_figures(one, DRIVER) for one in group.drivers],
    }


def _figures(of: object | None, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: None if of is None else _figure(getattr(of, name)) for name in names}


def _figure(value: Any) -> Any:
    """A number as JSON has it: None instead of what is no number."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value


def _plainly(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plainly(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plainly(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return _figure(value)
    return str(value)


class Table(list[dict[str, Any]]):
    """Flat rows, one for each group and outcome; printed, they are a readable table. `pandas.DataFrame(table)` and
    `polars.DataFrame(table)` take them as they are."""

    def __init__(self, audit: Audit) -> None:
        super().__init__(_flat(audit))
        self._text = words.table_text(audit)

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__


def table(audit: Audit) -> Table:
    """by, reference, outcome, unit, group, n, open, median, p90, rmst, mean, raw_difference, raw_low, raw_high,
    difference, ratio, low, high, margin, not_ruled_out, n_effective, cells_without_overlap, p, p_adjusted, verdict:
    for each group and outcome. Units as in `to_dict`."""
    return Table(audit)


def _flat(audit: Audit) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for contrast in audit.contrasts:
        for finding in contrast.outcomes:
            for group in finding.groups:
                row: dict[str, Any] = {
                    "by": contrast.by,
                    "reference": contrast.reference,
                    "outcome": finding.outcome.value,
                    "unit": finding.unit,
                    "group": group.group,
                    "n": group.n,
                    "open": group.open,
                    "median": _figure(group.median),
                    "p90": _figure(group.p90),
                    "rmst": _figure(group.rmst),
                    "mean": _figure(group.mean),
                }
                row |= {f"raw_{name}": value for name, value in _figures(group.raw, RAW).items()}
                row |= _figures(group.same_need, (*SAME_NEED, "p", "p_adjusted"))
                row["verdict"] = None if group.verdict is None else group.verdict.value
                rows.append(row)
    return rows
