"""Audits made by hand, so that what is said can be held against what is known, and some by the engine itself."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from evenhand.fairness.parity.auditing import audit_rows
from evenhand.fairness.parity.findings import (
    Audit,
    Coding,
    Contrast,
    Curve,
    Group,
    LogRankFigure,
    Lonely,
    NeedFigure,
    Outcome,
    OutcomeFinding,
    Raw,
    SameNeed,
)
from evenhand.fairness.parity.rows import By
from evenhand.stats.cells import Verdict
from fairness_parity.desks import a_desk

NASTY = '<script>alert("1")</script>'
LONG = "Office for questions about invoices that nobody else would answer, second floor, north wing"


def same_need(
    difference: float, low: float, high: float, *, mean: float | None = 10.0, margin: float = 1.0, **more: object
) -> SameNeed:
    """A comparison for the same need; mean: the reference's, which makes the ratio."""
    figures = {
        "difference": difference,
        "ratio": None if mean is None else 1 + difference / mean,
        "low": low,
        "high": high,
        "inner_low": low * 0.84 + difference * 0.16,
        "inner_high": high * 0.84 + difference * 0.16,
        "margin": margin,
        "not_ruled_out": max(abs(low), abs(high)),
        "n_effective": 400.0,
        "cells_without_overlap": 3,
        "p": 0.01,
        "p_adjusted": 0.02,
    }
    return SameNeed(**(figures | more))  # type: ignore[arg-type]


def a_group(name: str, verdict: Verdict | None, same: SameNeed | None = None, **more: object) -> Group:
    figures: dict[str, object] = {"n": 900, "open": 12, "median": 3.2, "p90": 20.0, "rmst": 6.0, "verdict": verdict}
    if same is not None:
        figures |= {"raw": Raw(same.difference, same.low, same.high), "same_need": same}
    return Group(name, **(figures | more))  # type: ignore[arg-type]


def an_audit(*groups: Group, by: str = "door", outcome: Outcome = Outcome.WAIT, **more: object) -> Audit:
    """One contrast with one outcome; the reference is "web"."""
    reference = a_group("web", None, n=5_000)
    finding = OutcomeFinding(outcome, (reference, *groups), mature=5_000, not_yet=0)
    figures: dict[str, object] = {"rows": 6_000, "left_out": {}, "assumed": {}, "warnings": ()}
    figures["contrasts"] = (Contrast(by, "web", (finding,)),)
    return Audit(**(figures | more))  # type: ignore[arg-type]


UNEQUAL = a_group(
    "phone",
    Verdict.UNEQUAL,
    same_need(-1.8, -2.9, -0.7),
    drivers=(
        NeedFigure("refund", 300, 900, -4.0, 0.6, -6.0, -2.0, 0.5, 0.001),
        NeedFigure("delivery", 200, 800, -0.1, 0.98, -0.6, 0.4, 0.3, 0.8),
        NeedFigure("question", 100, 700, 0.2, 1.1, -0.1, 0.5, 0.2, 0.3),
    ),
)
EQUAL = a_group("phone", Verdict.EQUAL, same_need(0.1, -0.37, 0.57))
NOT_PROVEN = a_group("phone", Verdict.NOT_PROVEN, same_need(0.6, -1.0, 2.3, weeks_more=6.2))
TOO_FEW = a_group("phone", Verdict.TOO_FEW, same_need(5.0, -9.0, 19.0), n=14, too_few="eleven cases more are needed")


def a_full_audit() -> Audit:
    """All that a page can hold: several contrasts, outcomes and verdicts, and names that strangers chose."""
    curves = tuple(
        Curve(name, (0.0, 1.0, 4.0, 9.0), (1.0, 0.7, 0.4, 0.2), (1.0, 0.65, 0.35, 0.15), (1.0, 0.75, 0.45, 0.25),
              (0.0, 4.0, 8.0), (900, 360, risk))
        for name, risk in (("web", 190), ("phone", None), (NASTY, 20))
    )  # fmt: skip
    wait = OutcomeFinding(
        Outcome.WAIT,
        (
            a_group("web", None, n=5_000),
            UNEQUAL,
            replace(NOT_PROVEN, group=NASTY),
            replace(EQUAL, group=LONG),
            replace(TOO_FEW, group="fax"),
        ),
        mature=6_000,
        not_yet=40,
        horizon=7.5,
        curves=curves,
        log_rank=LogRankFigure(12.3, 4, 0.015),
        lonely=(Lonely(f"need {NASTY}", "web", 12, 140), Lonely("refund", "phone", 3, 31)),
        answered_only=(
            "of “phone”, closed rows alone would say EQUAL (+1 %); with open ones counted it is UNEQUAL (−18 %)",
        ),
    )
    paid = OutcomeFinding(
        Outcome.REMEDY,
        (
            a_group("web", None, n=5_000, mean=0.4),
            a_group("phone", Verdict.EQUAL, same_need(-0.004, -0.03, 0.022, margin=0.05), mean=0.39),
        ),
        mature=6_000,
        not_yet=0,
    )
    again = OutcomeFinding(Outcome.IN_TIME, paid.groups, mature=6_000, not_yet=1)
    return Audit(
        rows=6_100,
        left_out={f"the end of {NASTY} is before its start": 70, "no date": 30},
        assumed={"censored_at": "2026-03-01", "zone": "Europe/Berlin", "need": ["kind", NASTY], "end": "answered_at"},
        warnings=(f"half of {NASTY} has no zone",),
        contrasts=(
            Contrast("door", "web", (again, wait, paid), (Coding("phone", 120, 0.91, 0.86, 0.8, 0.92),)),
            Contrast(NASTY, "web", (wait,)),
        ),
        made={"version": "1.2.3", "time": "2026-03-02 04:20 UTC", "file": f"{NASTY}.csv",
              "command": f"evenhand audit '{NASTY}.csv' --by door && echo \"so\""},
    )  # fmt: skip


@cache
def a_real_audit(gap: float = 1.3) -> Audit:
    """What the engine makes of a desk where public cases wait `gap` times as long, and are of quicker needs."""
    rows = a_desk(gap=gap, cases=8_000, days=60, with_standard=False, loud=(0.6, 0.3, 0.1), taken_after=30)
    return audit_rows(rows)


@cache
def an_audit_of_five() -> Audit:
    """Five groups, two outcomes, needs coded twice."""
    draw = np.random.default_rng(5)
    rows = a_desk(cases=6_000, days=60, taken_after=30)
    which = np.searchsorted([0.45, 0.75, 0.9, 0.985, 1], draw.random(6_000))
    recoded = np.where(draw.random(6_000) < 0.1, draw.integers(0, 3, 6_000), rows.need)
    recoded[400:] = -1
    ways = ("Web button", "Email", "Phone", "Public posts", "Counter, Fremont")
    return audit_rows(replace(rows, by=(By("way in", which, ways),), recoded=recoded))
