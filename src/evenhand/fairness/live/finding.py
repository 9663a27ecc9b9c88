"""What the button may say: asking in public is never faster. Written down while it is proven, withdrawn when not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from evenhand.care.ledger import writing as ledger
from evenhand.doors import findings
from evenhand.fairness.live.models import Result
from evenhand.fairness.live.words import began_on, day
from evenhand.stats.cells import Verdict

HOLDS_ON_FOR = timedelta(days=45)
"""A new series knows nothing for some weeks: what the one before proved holds on for so long after it ended."""


def tell_the_button(results: Sequence[Result], on: date, now: datetime) -> bool:
    """Write down or withdraw that public is never faster. results: of public and private, of one series: the latest
    that knows anything. Returns whether it holds."""
    of_public = {each.outcome: each for each in results if each.group == "public"}
    in_time, wait = of_public.get("in_time"), of_public.get("wait")
    if in_time is None or wait is None or not (_never_faster(in_time, on) and _never_faster(wait, on)):
        if findings.withdraw(findings.PUBLIC_NEVER_FASTER, now):
            ledger.write(ledger.Act("finding withdrawn", now, facts={"finding": findings.PUBLIC_NEVER_FASTER}))
        return False
    since = began_on(wait.series)
    says = f"Asking in public is never faster: same need, same wait, looked at every day since {day(since)}."
    is_new = not findings.holds_now(findings.PUBLIC_NEVER_FASTER)
    found = findings.write_down(findings.PUBLIC_NEVER_FASTER, says, wait.uid, now)
    if is_new:
        facts = {"finding": found.key, "result": str(wait.uid)}
        ledger.write(ledger.Act("finding written down", now, facts=facts))
    return True


def _never_faster(result: Result, on: date) -> bool:
    """Proven the same within the margin, or public proven to be served worse."""
    ended = result.series.ended_at
    if ended is not None and on - ended.date() > HOLDS_ON_FOR:
        return False
    if result.verdict == Verdict.EQUAL:
        return True
    difference = result.same_need.get("difference")
    if result.verdict != Verdict.UNEQUAL or difference is None:
        return False
    return bool(difference < 0 if result.outcome == "in_time" else difference > 0)
