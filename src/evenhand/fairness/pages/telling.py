"""What staff are told: the finding first, in plain words, with its size and its uncertainty."""

from __future__ import annotations

from dataclasses import replace

from evenhand.fairness.live.contrasts import BY_NAME
from evenhand.fairness.live.models import Policy, Result
from evenhand.fairness.live.words import began_on, day, group_of, sentence
from evenhand.fairness.pages.found import HEADLINE, HOW, Found, Of
from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import Contrast, Group, Outcome, OutcomeFinding
from evenhand.stats.cells import Verdict

UNKNOWN = "Too few cases yet to say whether going public gets anybody an answer sooner."
LEFT_OUT = "The policy leaves them out, so nobody knows whether going public gets an answer sooner."
IT_TAKES = (
    "A first verdict takes fourteen days of cases whose time has run, answered or not, public and private ones beside "
    "each other. Until then nothing is claimed."
)


def chip(found: Found) -> str:
    """The verdict as the chip over the headline says it."""
    if found.headline is None:
        return "Different in part" if gaps(found) else "Not compared" if is_left_out(found) else "Nothing found yet"
    if found.headline.verdict == Verdict.UNEQUAL:
        return "Not the same"
    if found.verdict is Verdict.UNEQUAL or gaps(found):
        return "Different in part"
    return {
        Verdict.EQUAL.value: "Fair, within the margin you set",
        Verdict.NOT_PROVEN.value: "Not yet proven the same",
        Verdict.TOO_FEW.value: "Too few to say",
    }[found.headline.verdict]


def chip_verdict(found: Found) -> Verdict:
    if gaps(found):
        return Verdict.UNEQUAL
    return Verdict.TOO_FEW if found.headline is None else Verdict(found.headline.verdict)


def is_left_out(found: Found) -> bool:
    """Whether the policy leaves out what the headline is about."""
    return HEADLINE[0] not in found.policy.contrasts


def headline(found: Found) -> str:
    """The finding in one short sentence."""
    result = found.headline
    if result is None:
        return "Public and private are not compared." if is_left_out(found) else "No audit has found anything yet."
    if result.verdict == Verdict.EQUAL:
        return {"solved": "Going public gets nothing solved sooner."}.get(
            result.outcome, "Going public gets nobody an answer sooner."
        )
    if result.verdict == Verdict.UNEQUAL:
        contrast, finding, group = _as_finding(result)
        return f"{words.difference(contrast, finding, group, HOW, has_range=False)}."
    if result.verdict == Verdict.NOT_PROVEN:
        return f"Not yet proven: going public may change the wait by up to {most(result)}."
    return UNKNOWN


def most(result: Result) -> str:
    """The largest difference that is not ruled out: as a share where there is one."""
    _, finding, group = _as_finding(result)
    same = group.same_need
    if same is None or same.not_ruled_out is None:
        return "more than can be said"
    mean = None if finding.outcome.is_rate else words.reference_mean(same)
    if mean and mean > 0:
        return words.percent(same.not_ruled_out / mean, _of(words.between_of(same), mean))
    return words.told(finding.outcome, same.not_ruled_out, words.between_of(same), HOW)


def _of(between: tuple[float, float] | None, mean: float) -> tuple[float, float] | None:
    """An interval as shares of a mean."""
    return None if between is None else (between[0] / mean, between[1] / mean)


def lead(found: Found) -> list[str]:
    """What stands under the headline: size and uncertainty, the margin, and what drives it or would settle it."""
    result = found.headline
    if result is None:
        return [LEFT_OUT if is_left_out(found) else IT_TAKES]
    _, finding, group = _as_finding(result)
    same, outcome = group.same_need, finding.outcome
    if group.verdict is Verdict.TOO_FEW or same is None or same.difference is None:
        return [sentence(result)]
    size = words.told(outcome, same.difference, words.between_of(same), HOW)
    compared = f"{size} {words.way(outcome, same.difference)} than"
    if size.partition(" ")[0] == "0":
        compared = "as often as" if outcome.is_rate else "as soon as"
    did = {Outcome.IN_TIME: "answered in time", Outcome.SOLVED: "solved"}.get(outcome, "answered")
    between = words.span_of(outcome, same, HOW)
    said = [
        f"For the same need on the same day, a public post was {did} {compared} a private message"
        + (f" (interval: {between})." if between else ".")
    ]
    if same.margin is not None:
        said.append(f"The margin is {words.told(outcome, same.margin, None, HOW)}.")
    if group.verdict is Verdict.UNEQUAL and (driven := words.what_drives(group)):
        said.append(driven)
    if group.verdict is Verdict.NOT_PROVEN:
        said.append(words.more_cases(same, HOW))
    return said


def rests_on(found: Found) -> str:
    """How many cases the headline rests on, and that it may be looked at every day."""
    result = found.headline
    of = found.of("public")
    if result is None or of is None:
        return ""
    finding = next(each for each in of.finding.outcomes if each.outcome.value == result.outcome)
    still = sum(each.open or 0 for each in of.results if each.outcome == result.outcome)
    since = day(began_on(result.series))
    if not finding.mature:
        return f"Counted since {since}."
    cases = "1 case" if finding.mature == 1 else f"{finding.mature:,} cases"
    counted = f", {still:,} still open and counted" if still else ""
    young = (
        f"; {finding.not_yet:,} more {'is' if finding.not_yet == 1 else 'are'} too young to count"
        if finding.not_yet
        else ""
    )
    return f"{cases} since {since}{counted}{young}. This may be looked at every day without losing its guarantee."


def gaps(found: Found) -> list[Result]:
    """Every comparison found different, the headline's own left out."""
    return [
        each
        for of in found.contrasts
        for each in of.results
        if each.verdict == Verdict.UNEQUAL and each.pk != (found.headline.pk if found.headline else None)
    ]


def gap_sentences(found: Found, at_most: int = 4) -> list[tuple[str, str]]:
    """(contrast, sentence) of what else was found different, one for each group."""
    told: dict[tuple[str, str], tuple[str, str]] = {}
    for each in gaps(found):
        told.setdefault((each.contrast, each.group), (each.contrast, sentence(each)))
    return list(told.values())[:at_most]


def contrast_headline(of: Of) -> str:
    """One contrast in a short sentence."""
    different = [each for each in of.results if each.verdict == Verdict.UNEQUAL]
    if different:
        names = list(dict.fromkeys(of.contrast.label(each.group) for each in different))
        if len(names) == 1:
            return sentence(different[0]).split(". ")[0].rstrip(".") + "."
        return f"{words.listed([name[:1].upper() + name[1:] for name in names])} cases are treated differently."
    return {
        Verdict.EQUAL: "The same, within the margin.",
        Verdict.NOT_PROVEN: "No difference proven, and no sameness either."
        if any(each.verdict == Verdict.NOT_PROVEN for each in of.judged)
        else "The same where there are enough cases to say, and too few for the rest.",
        Verdict.TOO_FEW: "Too few cases to say.",
        Verdict.UNEQUAL: "Different.",
    }[of.verdict]


def _as_finding(result: Result) -> tuple[Contrast, OutcomeFinding, Group]:
    contrast = BY_NAME[result.contrast]
    group = replace(group_of(result), group=contrast.label(result.group))
    outcome = Outcome(result.outcome) if result.outcome != "asked" else Outcome.IN_TIME
    finding = OutcomeFinding(outcome, (group,), 0, 0)
    return Contrast(contrast.title, contrast.label(result.reference), (finding,)), finding, group


def method(policy: Policy) -> str:
    """How the figures are made, in one paragraph."""
    minutes = policy.least_time_margin.total_seconds() / 60
    return (
        "Each group is set against another among cases of the same need that came in on the same day, because those "
        "met the same staff and the same load; days are averaged with overlap weights. A case is in the group of its "
        "first contact, whatever came later, and counts once three of its standards have run, answered or not: so what "
        "is still open is known to be late, and nothing is left out for being slow. Only a person's answer stops the "
        "clock. Waits are in working hours. The interval is a confidence sequence from the spread between days: it may "
        "be looked at every day, and three outcomes together keep 95 %. “Same”: it lies wholly within the margin "
        f"({100 * policy.rate_margin:g} points for rates; {100 * policy.time_margin:g} %, and {minutes:g} min at "
        "least, for times). “Different”: it leaves out 0. “Not yet proven same”: neither. “Too few”: less than 14 "
        "days, or too little beside each other. Groups of fewer than "
        f"{policy.least_shown} people are not shown, nor what would give them away by subtraction. Teams are not "
        "adjusted for: where a way in has a team of its own, that team is how it differs. A new series begins each "
        "quarter, and whenever a margin, a contrast or a standard is changed."
    )
