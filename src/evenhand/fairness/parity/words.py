"""What an audit found, said as people say it: short, plain, and with no more digits than the figures bear."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import floor, log10

from evenhand.fairness.parity.findings import (
    Audit,
    Contrast,
    Group,
    NeedFigure,
    Outcome,
    OutcomeFinding,
    SameNeed,
)
from evenhand.stats.cells import Verdict

VERDICT = {
    Verdict.EQUAL: "same",
    Verdict.UNEQUAL: "different",
    Verdict.NOT_PROVEN: "not yet proven same",
    Verdict.TOO_FEW: "too few",
}
"""What a chip says of one comparison."""

HOUR, DAY = 60, 24 * 60
"""In minutes."""

LONGEST = 100
"""How wide a name may be inside a sentence: the tables have it whole."""

TIMES_FROM = 2.0
"""From this ratio on, "3 times as long" is plainer than "200 % later"."""

SAYS_NOTHING = {"", "-", "yes", "no", "y", "n", "true", "false", "none", "null", "unknown", "nan"}
"""Names of groups that need the name of their column beside them."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the times of one table are told. done: what happens to a case at its end. title, waiting: what the wait and
    the curve of those still waiting are called; then_…: the same of the second end, the solution. has_days: whether 24
    hours are a day: not in business hours. period: day, week or month, within which cases count as of the same time.
    is_daily: looked at every day, by one interval that holds at every look; else once.
    """

    done: str = "are answered"
    title: str = "Time to a first answer"
    waiting: str = "Still waiting for an answer"
    then_done: str = "are solved"
    then_title: str = "Time until solved"
    then_waiting: str = "Still unsolved"
    has_days: bool = True
    period: str = "day"
    is_daily: bool = False

    @property
    def at_once(self) -> str:
        """Cases of the same time are set beside each other: "on the same day", or in the same week or month."""
        return f"{'on' if self.period == 'day' else 'in'} the same {self.period}"


ANSWERED = Manner()


def manner(audit: Audit) -> Manner:
    """The words for this table's times, by the names of the columns that end a wait."""
    first, second = (_column(audit.assumed.get(name)) for name in ("end", "solved"))
    said = _ending(first) or ("are answered", "Time to a first answer", "Still waiting for an answer")
    then = _ending(second) or ("are solved", "Time until solved", "Still unsolved")
    if said == then and any(f.outcome is Outcome.SOLVED for c in audit.contrasts for f in c.outcomes):
        said, then = _reaching(first), _reaching(second) if second else then
    has_days, period = not audit.assumed.get("calendar"), str(audit.assumed.get("cells", "day"))
    return Manner(*said, *then, has_days=has_days, period=period)


def _column(named: object) -> str:
    return plain(", ".join(map(str, named)) if isinstance(named, list | tuple) else named or "")


def _ending(column: str) -> tuple[str, str, str] | None:
    """What becomes of a case by the time in this column; None where no column is named."""
    lower = column.lower()
    if not column:
        return None
    if any(word in lower for word in ("answer", "repl", "respon", "first")):
        return "are answered", "Time to a first answer", "Still waiting for an answer"
    if "clos" in lower:
        return "are closed", "Time until closed", "Still open"
    if any(word in lower for word in ("solv", "resol", "complet", "done")):
        return "are solved", "Time until solved", "Still unsolved"
    return _reaching(column)


def _reaching(column: str) -> tuple[str, str, str]:
    return f"reach “{column}”", f"Time to “{column}”", f"Not yet at “{column}”"


# -- strangers' words ------------------------------------------------------------------------------------------------


def plain(text: object) -> str:
    """A stranger's words on one line, without what moves a terminal's cursor or turns the direction of reading."""
    said = "".join(" " if c.isspace() else c for c in str(text) if c.isspace() or _shows(c))
    return " ".join(said.split())


TURNS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""What changes the direction of what follows. Joiners stay: whole scripts are written with them."""


def _shows(character: str) -> bool:
    return character not in TURNS and unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn")


def who(by: str, group: str) -> str:
    """A group as the subject of a sentence: "Phone cases", or, where its name says little alone, with the column's."""
    name = plain(group)
    if name.lower() in SAYS_NOTHING or name.startswith("(") or not any(c.isalpha() for c in name):
        return f"cases with {plain(by)} “{name}”"
    return f"{name} cases" if len(name.split()) <= 3 and len(name) <= 32 else f"cases of “{_cut(name, LONGEST)}”"


def _start(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def listed(names: Sequence[str], most: int = 3) -> str:
    """ "a", "a and b", "a, b and 4 more"."""
    told = [*names[:most], *([f"{len(names) - most:,} more"] if len(names) > most else [])]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


# -- numbers ---------------------------------------------------------------------------------------------------------


Interval = tuple[float, float] | None
"""Low and high, in the unit of what they are about. Digits that it does not bear are left out."""


def interval(low: float | None, high: float | None) -> Interval:
    """Both ends, or nothing where one is not known."""
    return None if low is None or high is None else (low, high)


def length(hours: float, between: Interval = None, *, has_days: bool = True) -> str:
    """A length of time without its sign: "20 s", "6 min", "3.2 h", "4 days".

    between: the interval it is told with, in hours: all of these are then told in one unit. has_days: 24 hours are a
    day.
    """
    largest = max(abs(value) for value in (hours, *(between or ()))) * HOUR
    unit, by, least = "s", 1 / 60, 1.0
    if largest >= (DAY * 3 if between else DAY * 2 - 30) and has_days:
        unit, by, least = "days", DAY, 0.1
    elif largest >= (HOUR * 1.5 if between else HOUR - 0.5):
        unit, by, least = "h", HOUR, 0.1
    elif largest >= 1.5 or largest == 0:
        unit, by = "min", 1
    told = _digits(hours, between, least, by / HOUR)
    return f"{told} day" if (told, unit) == ("1", "days") else f"{told} {unit}"


def points(share: float, between: Interval = None) -> str:
    """A difference of two shares: "6 points", "0.4 points"."""
    told = _digits(share, between, _least(share, between), 0.01)
    return f"{told} point" if told == "1" else f"{told} points"


def percent(share: float, between: Interval = None) -> str:
    """A share without its sign: "18 %"."""
    return f"{_digits(share, between, _least(share, between), 0.01)} %"


def _least(share: float, between: Interval) -> float:
    return 1.0 if max(abs(value) for value in (share, *(between or ()))) >= 0.0995 else 0.1


def number(value: float, between: Interval = None) -> str:
    """A number without its sign: "1,240", "3.2"."""
    return _digits(value, between, 0.01, 1.0)


def _digits(value: float, between: Interval, least: float, unit: float) -> str:
    """So many units, rounded to the power of ten that is a third of what is uncertain or less, never below `least`, and
    to whole ones from ten on. Without an interval to two digits."""
    size = abs(value) / unit
    step = 1.0 if size >= 9.95 else 0.1 if size >= 0.995 else 0.01
    if between is not None and between[1] > between[0]:
        fine = 10.0 ** floor(log10((between[1] - between[0]) / 2 / unit / 3))
        step = max(fine, 1.0) if size >= 9.95 else fine
        if size >= 10 * step:  # never fewer than two digits of what is large beside its interval
            step = min(step, 10.0 ** (floor(log10(size)) - 1))
    step = max(step, least)
    if between is not None and between[0] * between[1] > 0:  # what leaves out 0 is not told as if it touched it
        while 0 < size < step / 2:
            step /= 10
    told = f"{round(size / step) * step:,.{max(0, -floor(log10(step) + 1e-9))}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told


def p_value(p: float | None) -> str:
    """ "p < .001", "p = .04"; "no p" where there is none."""
    if p is None:
        return "no p"
    if p < 0.001:
        return "p < .001"
    if p > 0.99:
        return "p > .99"
    return f"p = {p:.{2 if p >= 0.01 else 3}f}".replace("0.", ".")


def told(outcome: Outcome, value: float, between: Interval = None, how: Manner = ANSWERED) -> str:
    """The size of a difference in the outcome's unit, without its direction."""
    if outcome.is_time:
        return length(value, between, has_days=how.has_days)
    return points(value, between) if outcome.is_rate else number(value, between)


def way(outcome: Outcome, value: float) -> str:
    """Which way a difference goes: "later", "less often", "more"."""
    if outcome.is_time:
        return "later" if value > 0 else "sooner"
    return ("more" if value > 0 else "less") + (" often" if outcome.is_rate else "")


def signed(outcome: Outcome, value: float | None, between: Interval = None, how: Manner = ANSWERED) -> str:
    """For a column of a table: "+6 min", "−2.9 pts", "—" where there is none."""
    if value is None:
        return "—"
    size = told(outcome, value, between, how).replace("points", "pts").replace("point", "pt")
    return size if _is_nothing(size) else f"{'+' if value > 0 else '−'}{size}"


def _is_nothing(size: str) -> bool:
    """Whether what is left of a figure, once rounded, is 0."""
    return size.split(" ")[0] == "0"


def span(outcome: Outcome, low: float, high: float, how: Manner = ANSWERED) -> str:
    """An interval: "1.2–5.1 h sooner", "22 min sooner to 34 min later"."""
    first, last = (told(outcome, value, (low, high), how) for value in (low, high))
    return _from_to(first, last, way(outcome, low), way(outcome, high), crosses=low <= 0 <= high)


def percent_span(outcome: Outcome, low: float, high: float) -> str:
    """The same in shares of the reference: "7–29 %", with the direction only where the two ends differ in it. Nothing
    is sooner, or less, by more than all of it."""
    low = max(low, -1.0)
    first, last = (percent(value, (low, high)) for value in (low, high))
    if low <= 0 <= high:
        return _from_to(first, last, way(outcome, low), way(outcome, high), crosses=True)
    return together(*((first, last) if low > 0 else (last, first)))


def _from_to(first: str, last: str, before: str, after: str, *, crosses: bool) -> str:
    if crosses:
        begin = "0" if _is_nothing(first) else f"{first} {before}"
        return f"{begin} to 0" if _is_nothing(last) else f"{begin} to {last} {after}"
    return f"{together(*((first, last) if after in ('later', 'more', 'more often') else (last, first)))} {after}"


def together(small: str, large: str) -> str:
    """ "7 %" and "29 %" are "7–29 %"; where the units differ both are said."""
    if small == large:
        return small
    a, b = small.split(" ", 1), large.split(" ", 1)
    if len(a) == len(b) and (a[1:] == b[1:] or a[1:] == [b[1].rstrip("s")]):
        return f"{a[0]}–{large}"
    return f"{small} to {large}"


def between_of(same: SameNeed) -> Interval:
    """The 95 % interval of a comparison."""
    return interval(same.low, same.high)


def span_of(outcome: Outcome, same: SameNeed, how: Manner = ANSWERED) -> str | None:
    """The same in words, in the outcome's unit."""
    return None if same.low is None or same.high is None else span(outcome, same.low, same.high, how)


def reference_mean(same: SameNeed) -> float | None:
    """What the difference is a share of: it follows from the difference and its ratio."""
    if same.ratio is None or same.difference is None or abs(same.ratio - 1) < 1e-12:
        return None
    return same.difference / (same.ratio - 1)


# -- one comparison --------------------------------------------------------------------------------------------------


def sentence(contrast: Contrast, finding: OutcomeFinding, group: Group, how: Manner = ANSWERED) -> str:
    """What is found of one group and one outcome, in one or two sentences. For the reference: what it is."""
    same, other = group.same_need, who(contrast.by, contrast.reference)
    subject = who(contrast.by, group.group)
    if group.verdict is None:
        return f"{_start(subject)} are what the others are compared with."
    if group.verdict is Verdict.TOO_FEW or same is None or same.difference is None:
        return f"Too few to say of {subject}: {group.too_few or 'no figures could be had'}."
    if group.verdict is Verdict.EQUAL:
        return f"{_start(subject)} {_alike(finding.outcome, how)} {other}: {below(finding.outcome, same, how)}."
    if group.verdict is Verdict.UNEQUAL:
        small = same.margin is not None and abs(same.difference) < same.margin
        return (
            f"{difference(contrast, finding, group, how)}."
            + (f" It may be less than the margin of {_margin(finding.outcome, same, how)}." if small else "")
            + (f" {what_drives(group)}" if group.drivers else "")
        )
    return f"{_open_between(finding.outcome, same, subject, other, how)} {more_cases(same, how)}".rstrip()


def difference(
    contrast: Contrast, finding: OutcomeFinding, group: Group, how: Manner = ANSWERED, *, has_range: bool = True
) -> str:
    """ "Phone cases are answered 18 % sooner than Web cases (7–29 %)", without the full stop."""
    same, outcome = group.same_need, finding.outcome
    assert same is not None
    assert same.difference is not None
    other = who(contrast.by, contrast.reference)
    mean = None if outcome.is_rate else reference_mean(same)
    by = way(outcome, same.difference)
    subject, done = _start(who(contrast.by, group.group)), _done(outcome, how)
    if mean is None or same.ratio is None or same.low is None or same.high is None or mean <= 0:
        size = told(outcome, same.difference, between_of(same), how)
        said = span_of(outcome, same, how) if has_range else None
        return f"{subject} {done} {size} {by} than {other}" + (f" ({said})" if said else "")
    low, high = same.low / mean, same.high / mean
    if same.ratio >= TIMES_FROM:
        ends = (1 + low, 1 + high)
        times = number(same.ratio, ends)
        much = f"{subject} are given {times} times as much as {other}"
        if outcome.is_time:
            much = f"{subject} wait {times} times as long as {other} {_to_be(outcome, how)}"
        return f"{much} ({together(*(number(max(end, 0), ends) for end in ends))} times)" if has_range else much
    much = f"{subject} {done} {percent(same.ratio - 1, (low, high))} {by} than {other}"
    return f"{much} ({percent_span(outcome, low, high)})" if has_range else much


def _to_be(outcome: Outcome, how: Manner) -> str:
    done = _done(outcome, how)
    return f"to be {done.removeprefix('are ')}" if done.startswith("are ") else f"to {done}"


def _done(outcome: Outcome, how: Manner) -> str:
    return {
        Outcome.IN_TIME: f"{how.done} in time",
        Outcome.WAIT: how.done,
        Outcome.SOLVED: how.then_done,
        Outcome.REMEDY: "are given a remedy",
        Outcome.AMOUNT: "are given",
    }[outcome]


def _alike(outcome: Outcome, how: Manner) -> str:
    as_much = "as soon as" if outcome.is_time else "as often as" if outcome.is_rate else "as much as"
    return f"{_done(outcome, how)} {as_much}"


def below(outcome: Outcome, same: SameNeed, how: Manner = ANSWERED) -> str:
    """ "any difference is below 10 %": what equality proves."""
    return f"any difference is below {_margin(outcome, same, how)}"


def _margin(outcome: Outcome, same: SameNeed, how: Manner) -> str:
    """The margin as it was set: points, or a share of the reference and what that is."""
    assert same.margin is not None
    size, mean = told(outcome, same.margin, None, how), reference_mean(same)
    if outcome.is_rate or not mean or mean <= 0 or size == "15 min":  # the least that a margin for times is
        return size
    return f"{percent(same.margin / mean)}, here {size}"


def _open_between(outcome: Outcome, same: SameNeed, subject: str, other: str, how: Manner) -> str:
    assert same.difference is not None
    if same.low is None or same.high is None or same.not_ruled_out is None:
        return f"{_start(subject)} and {other} differ by what chance alone could do."
    mean = None if outcome.is_rate else reference_mean(same)
    if mean and mean > 0:
        most = percent(same.not_ruled_out / mean, (same.low / mean, same.high / mean))
        between = percent_span(outcome, same.low / mean, same.high / mean)
    else:
        most = told(outcome, same.not_ruled_out, (same.low, same.high), how)
        between = span(outcome, same.low, same.high, how)
    return (
        f"No difference proven between {subject} and {other}, but up to {most} cannot be ruled out "
        f"({_done(outcome, how).removeprefix('are ')} {between})."
    )


def more_cases(same: SameNeed, how: Manner = ANSWERED) -> str:
    """What it would take where nothing is proven."""
    if same.is_by_case:
        return f"Sameness is never found in fewer than ten {how.period}s."
    if same.weeks_more is not None:
        return f"{_start(weeks(same.weeks_more))} at this volume would settle it, if the difference stays as it is."
    if same.difference is not None and same.margin is not None and abs(same.difference) >= same.margin:
        return "If it stays as large as it looks, more cases will prove a difference, not sameness."
    return "Even a hundred times as many cases would hardly settle it."


def weeks(more: float) -> str:
    """ "about six weeks more"."""
    if more < 1.5:
        return "about one week more"
    if more < 104:
        few = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
        count = round(more)
        return f"about {few[count - 2] if count <= 12 else count} weeks more"
    return f"about {round(more / 52)} years more" if more < 520 else "more than ten years"


def what_drives(group: Group) -> str:
    """The needs behind a difference: those that pull its way, by their part in it."""
    pulling = drivers(group)
    if not pulling:
        return ""
    if len(pulling) == len(group.drivers) > 1:
        return f"Every need shares in it, {plain(pulling[0].need)} most."
    return f"It comes mostly from {listed([plain(one.need) for one in pulling], 2 if len(pulling) > 3 else 3)}."


def drivers(group: Group) -> list[NeedFigure]:
    """The needs that pull a group's difference its way and together make three quarters of that pull."""
    same = group.same_need
    if same is None or not same.difference:
        return []
    pull = [one for one in group.drivers if one.difference * same.difference > 0 and _part(one) > 0]
    pull.sort(key=lambda one: -_part(one))
    whole, found, so_far = sum(map(_part, pull)), [], 0.0
    for one in pull:
        if so_far >= 0.75 * whole:
            break
        found.append(one)
        so_far += _part(one)
    return found


def _part(one: NeedFigure) -> float:
    """By how much a need moves the whole: its difference as a share, where it has one, so that slow needs do not
    drown quick ones; times its weight."""
    size = abs(one.ratio - 1) if one.ratio is not None else abs(one.difference)
    return size * one.share_of_weight


def raw_against_same(contrast: Contrast, finding: OutcomeFinding, group: Group, how: Manner = ANSWERED) -> str | None:
    """Where the plain difference says one thing and the same need another: both, aloud. None where they agree."""
    raw, same, outcome = group.raw, group.same_need, finding.outcome
    if raw is None or same is None or group.verdict is Verdict.TOO_FEW or raw.difference is None:
        return None
    if raw.low is None or raw.high is None or same.low is None or same.high is None or same.difference is None:
        return None
    plainly, alike = _side(raw.low, raw.high), _side(same.low, same.high)
    if group.verdict is Verdict.EQUAL:
        alike = 0
        if same.margin is not None and abs(raw.difference) < same.margin:
            return None
    if plainly == alike:
        return None
    subject, done = who(contrast.by, group.group), _done(outcome, how)
    flat = f"{told(outcome, raw.difference, (raw.low, raw.high), how)} {way(outcome, raw.difference)}"
    near = f"{told(outcome, same.difference, (same.low, same.high), how)} {way(outcome, same.difference)}"
    if plainly and alike:
        turned = "it is the other way round: " if plainly != alike else ""
        return f"Raw, {subject} {done} {flat}; for the same need {how.at_once} {turned}{near}."
    if plainly:
        rest = "nothing of it is left" if group.verdict is Verdict.EQUAL else "no difference is proven"
        return f"Raw, {subject} {done} {flat}; for the same need {how.at_once} {rest}."
    return f"Raw, no difference shows; for the same need {how.at_once} {subject} {done} {near}."


def _side(low: float, high: float) -> int:
    return 1 if low > 0 else -1 if high < 0 else 0


# -- the whole audit -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """One group against the reference on one outcome, with where it stands."""

    contrast: Contrast
    finding: OutcomeFinding
    group: Group

    @property
    def is_headline(self) -> bool:
        return any(self.finding is one for one in self.contrast.headlines)

    @property
    def size(self) -> float:
        """The difference in margins: what is the largest of several unlike ones."""
        same = self.group.same_need
        if same is None or same.difference is None:
            return 0.0
        return abs(same.difference) / same.margin if same.margin else abs(same.difference)

    @property
    def open_size(self) -> float:
        """The largest difference not ruled out, in margins."""
        same = self.group.same_need
        if same is None or same.not_ruled_out is None:
            return 0.0
        return same.not_ruled_out / same.margin if same.margin else same.not_ruled_out


def comparisons(contrasts: Iterable[Contrast]) -> Iterator[Comparison]:
    """Every group against its reference, on every outcome."""
    for contrast in contrasts:
        for finding in contrast.outcomes:
            for group in finding.groups:
                if group.verdict is not None:
                    yield Comparison(contrast, finding, group)


def leading(audit: Audit) -> Comparison | None:
    """The comparison that a headline is about: the largest difference found, else what is least ruled out."""
    every = list(comparisons(audit.contrasts))
    gaps = [one for one in every if one.group.verdict is Verdict.UNEQUAL]
    if gaps:
        return max(gaps, key=lambda one: (one.is_headline, not one.group.may_be_chance, one.size))
    open_ones = [one for one in every if one.group.verdict is Verdict.NOT_PROVEN]
    if open_ones:
        return max(open_ones, key=lambda one: (one.is_headline, one.open_size))
    alike = [one for one in every if one.group.verdict is Verdict.EQUAL]
    return max(alike, key=lambda one: (one.is_headline, one.open_size)) if alike else None


def chip(audit: Audit) -> str:
    """The verdict as the chip over the headline says it."""
    if audit.has_gap:
        return "Not the same" if audit.verdict is Verdict.UNEQUAL else "Different in part"
    return {
        Verdict.EQUAL: "Fair, within the margin",
        Verdict.NOT_PROVEN: "Not yet proven the same",
        Verdict.TOO_FEW: "Too few to say",
    }[audit.verdict]


def headline(audit: Audit) -> str:
    """The finding in one short sentence, with its full stop."""
    lead, how = leading(audit), manner(audit)
    by = listed([f"“{plain(one.by)}”" for one in audit.contrasts]) if audit.contrasts else "no column"
    if lead is None:
        return "Too few cases to say whether the same need is treated the same."
    same, outcome = lead.group.same_need, lead.finding.outcome
    assert same is not None
    if lead.group.verdict is Verdict.UNEQUAL:
        others = {
            (one.contrast.by, one.group.group)
            for one in comparisons(audit.contrasts)
            if one.group.verdict is Verdict.UNEQUAL
        } - {(lead.contrast.by, lead.group.group)}
        rest = f"; {len(others)} more {'group differs' if len(others) == 1 else 'groups differ'}" if others else ""
        chance = ", which may be chance" if lead.group.may_be_chance else ""
        return f"{difference(lead.contrast, lead.finding, lead.group, how, has_range=False)}{chance}{rest}."
    if audit.verdict is Verdict.EQUAL:
        every = list(comparisons(audit.contrasts))
        kinds = {one.finding.outcome for one in every}
        alike = all(one.group.verdict is Verdict.EQUAL for one in every)
        treated = "same treatment"
        if kinds <= {Outcome.IN_TIME, Outcome.WAIT}:
            treated = "same wait" if alike else "as often in time"
        return f"Same need, {treated}, whichever {by}."
    if lead.group.verdict is Verdict.NOT_PROVEN and same.not_ruled_out is not None:
        mean = None if outcome.is_rate else reference_mean(same)
        if mean and mean > 0 and same.low is not None and same.high is not None:
            most = percent(same.not_ruled_out / mean, (same.low / mean, same.high / mean))
        else:
            most = told(outcome, same.not_ruled_out, between_of(same), how)
        return f"No difference proven by {by}, but up to {most} cannot be ruled out."
    return f"No difference found by {by}, but for some groups there is too little to say."


def lead(audit: Audit) -> list[str]:
    """What stands under the headline: size and uncertainty, what drives it, raw against same need, how many cases and
    comparisons, and that this was one look. Sentences, the first about the comparison of the headline."""
    one, how = leading(audit), manner(audit)
    said: list[str] = []
    if one is None:
        missing = {
            f"{_start(who(each.contrast.by, each.group.group))}: {each.group.too_few}.": None
            for each in comparisons(audit.contrasts)
            if each.group.too_few
        }
        said += list(missing)[:2]
    else:
        said.append(_sized(one, how))
        if one.group.verdict is Verdict.UNEQUAL and (drivers_said := what_drives(one.group)):
            said.append(drivers_said)
        if one.group.verdict is Verdict.UNEQUAL and (too := _different_too(one, how)):
            said.append(f"Different too: {listed(too, 5)}.")
        if one.group.verdict is Verdict.NOT_PROVEN and one.group.same_need is not None:
            said.append(more_cases(one.group.same_need, how))
        if one.group.verdict is Verdict.UNEQUAL and one.finding.outcome.is_time and not _has_standard(one.contrast):
            said.append(
                "A wait counts up to the time in which nine in ten of its need came to their end, so a gap among the "
                "longest is told smaller than it is."
            )
        if against := raw_against_same(one.contrast, one.finding, one.group, how):
            said.append(against)
        if silent := _of_whom_nothing_is_said(audit):
            said.append(silent)
    said.append(_counted(audit))
    said += _how_many(audit)
    said.append("This is one look at the table: looked at again and again as it grows, chance will find something.")
    return [one for one in said if one]


def _sized(one: Comparison, how: Manner) -> str:
    same, outcome = one.group.same_need, one.finding.outcome
    assert same is not None
    assert same.difference is not None
    subject, other = who(one.contrast.by, one.group.group), who(one.contrast.by, one.contrast.reference)
    size = told(outcome, same.difference, between_of(same), how)
    than = f"{size} {way(outcome, same.difference)} than"
    if _is_nothing(size):
        than = "as soon as" if outcome.is_time else "as often as" if outcome.is_rate else "as much as"
    span_said = f" (95 % interval: {said})" if (said := span_of(outcome, same, how)) else ""
    verb = _done(outcome, how).replace("are ", "were ", 1).replace("reach ", "reached ", 1)
    margin = f" The margin is {_margin(outcome, same, how)}." if same.margin is not None else ""
    mean = reference_mean(same) if outcome.is_time else None
    average = f" On the average, {other} wait {length(mean, has_days=how.has_days)}." if mean else ""
    return f"For the same need {how.at_once}, {subject} {verb} {than} {other}{span_said}.{average}{margin}"


def size_told(audit: Audit) -> str | None:
    """The size of the difference that `lead` begins with, as it stands there."""
    one = leading(audit)
    if one is None or one.group.same_need is None or one.group.same_need.difference is None:
        return None
    same, outcome = one.group.same_need, one.finding.outcome
    assert same.difference is not None
    size = told(outcome, same.difference, between_of(same), manner(audit))
    return f"{size} {way(outcome, same.difference)}"


def summary(contrast: Contrast, finding: OutcomeFinding, how: Manner = ANSWERED) -> str:
    """One outcome in a sentence or two: its only group's, or who is found what and the largest difference."""
    judged = [group for group in finding.groups if group.verdict is not None]
    if not judged:
        return "There is nobody to compare with."
    if len(judged) == 1:
        return sentence(contrast, finding, judged[0], how)
    said: list[str] = []
    gaps = [one for one in comparisons([contrast]) if one.finding is finding and one.group.verdict is Verdict.UNEQUAL]
    if gaps:
        said.append(f"{difference(contrast, finding, max(gaps, key=lambda one: one.size).group, how)}.")
    for verdict in (Verdict.UNEQUAL, Verdict.NOT_PROVEN, Verdict.EQUAL, Verdict.TOO_FEW):
        name = VERDICT[verdict]
        who_ = [plain(group.group) for group in judged if group.verdict is verdict]
        if who_:
            said.append(f"{_start(name)}: {listed(who_, 4)}.")
    return " ".join(said)


def rests(finding: OutcomeFinding) -> str:
    """How many cases a finding rests on, and why not on all."""
    said = f"Verdicts rest on {finding.mature:,} cases"
    if not finding.not_yet:
        return f"{said}."
    why = "too young to count yet" if finding.outcome.is_time else "too young, or not known"
    return f"{said}; {finding.not_yet:,} {'is' if finding.not_yet == 1 else 'are'} {why}."


_NAMED = re.compile(r"\b(would say|it is) (UNEQUAL|EQUAL|NOT PROVEN|TOO FEW)\b")


def for_people(line: str) -> str:
    """A warning with the verdicts in people's words."""
    return _NAMED.sub(lambda found: f"{found[1]} “{VERDICT[Verdict(found[2])]}”", line)


def _has_standard(contrast: Contrast) -> bool:
    return any(finding.outcome is Outcome.IN_TIME for finding in contrast.outcomes)


def _different_too(one: Comparison, how: Manner) -> list[str]:
    """In what else the group of the headline differs."""
    titles = [
        outcome_title(other.finding.outcome, how)
        for other in comparisons([one.contrast])
        if other.group.group == one.group.group
        and other.finding is not one.finding
        and other.group.verdict is Verdict.UNEQUAL
    ]
    return [title[:1].lower() + title[1:] for title in titles]


def _of_whom_nothing_is_said(audit: Audit) -> str:
    """The groups of which no outcome says anything, so that a headline about the others is not read as theirs."""
    told: dict[tuple[str, str], bool] = {}
    for one in comparisons(audit.contrasts):
        key = (one.contrast.by, one.group.group)
        told[key] = told.get(key, False) or one.group.verdict is not Verdict.TOO_FEW
    silent = [who(by, group) for (by, group), is_told in told.items() if not is_told]
    return f"Nothing can be said of {listed(silent)}: too few of them can be compared." if silent else ""


def _counted(audit: Audit) -> str:
    first = next((finding for contrast in audit.contrasts for finding in contrast.outcomes), None)
    if first is None:
        return f"{audit.rows:,} rows."
    cases = sum(group.n for group in first.groups)
    still = sum(group.open or 0 for group in first.groups)
    out = sum(audit.left_out.values())
    left = f" {out:,} {'row was' if out == 1 else 'rows were'} left out." if out else ""
    how = "still open, or closed without an answer, and counted" if "unanswered" in audit.assumed else None
    return f"{cases:,} cases, {still:,} {how or 'still open and counted'}.{left}"


def _how_many(audit: Audit) -> list[str]:
    made = [one for one in comparisons(audit.contrasts) if one.group.verdict is not Verdict.TOO_FEW]
    if len(made) < 2:
        return []
    gaps = [one for one in made if one.group.verdict is Verdict.UNEQUAL]
    groups = {(one.contrast.by, one.group.group) for one in made}
    outcomes = {one.finding.outcome for one in made}
    what = f"{len(groups)} {'group' if len(groups) == 1 else 'groups'} on {len(outcomes)} " + (
        "outcome" if len(outcomes) == 1 else "outcomes"
    )
    if not gaps:
        return [f"{len(made)} comparisons were made ({what}); none was found different."]
    names = dict.fromkeys(who(one.contrast.by, one.group.group) for one in gaps)
    chance = 0.05 * len(made)
    by_chance = "fewer than one" if chance < 0.5 else "about one" if chance < 1.5 else f"about {round(chance)}"
    weak = [one for one in gaps if one.group.may_be_chance]
    said = [
        f"{len(made)} comparisons were made ({what}); {len(gaps)} {'is' if len(gaps) == 1 else 'are'} different "
        f"({listed(list(names), 5)}), where chance alone would make {by_chance}."
    ]
    if weak:
        alone = dict.fromkeys(who(one.contrast.by, one.group.group) for one in weak)
        said.append(f"Counted together, what is found of {listed(list(alone))} may be chance (Benjamini–Hochberg).")
    return said


def method(audit: Audit) -> str:
    """How the figures were made, in one paragraph."""
    outcomes = [finding for contrast in audit.contrasts for finding in contrast.outcomes]
    kinds = {finding.outcome for finding in outcomes}
    how = manner(audit)
    judged = [g.same_need.is_by_case for finding in outcomes for g in finding.groups if g.same_need is not None]
    said = [
        f"Each group is set against the reference among cases of the same need that were opened {how.at_once}, "
        "because those met the same staff and the same load. The differences are averaged with overlap weights "
        f"(n₁n₀/(n₁+n₀)): a need and {how.period} counts for as much as it can tell, and one with a single group for "
        "nothing."
    ]
    if kinds & {Outcome.WAIT, Outcome.SOLVED}:
        standard = Outcome.IN_TIME in kinds
        cap = "three times its standard" if standard else "the time in which nine in ten of its need came to their end"
        said.append(
            "Waits are compared in shares of what the need usually takes, so that slow needs do not drown quick ones, "
            f"and are told in hours. A wait counts up to {cap}; verdicts rest on cases at least as old as that, so "
            "that what is still open is known to be late and is counted so. Curves, medians and means are "
            "Kaplan–Meier's, over all cases, open ones too."
        )
    by_case = f"by case where a group met the reference in fewer than ten {how.period}s; sameness is then never found"
    clustered = f"from the spread between {how.period}s, which also holds what cases of a {how.period} have in common"
    ways = [clustered] * (not all(judged)) + [by_case] * any(judged)
    said.append(f"Intervals are {', and '.join(ways or [clustered])}.")
    said.append(
        "“Same” means that the 90 % interval lies wholly within the margin (two one-sided tests at 5 %); “different”, "
        "that it does not, and that the 95 % interval leaves out 0; “not yet proven same” is neither; “too few” says "
        "what is missing. Which needs drive a difference was found by searching, and their p-values are adjusted after "
        "Benjamini and Hochberg. Need stands as it was coded: if one group's words are coded as more urgent, "
        "comparing within the need hides it."
    )
    return " ".join(said)


# -- for a terminal --------------------------------------------------------------------------------------------------


def table_text(audit: Audit, *, width: int = 80) -> str:
    """The figures as plain text, one table for each contrast and outcome. width: characters, 80 or more."""
    how = manner(audit)
    blocks = [
        _outcome_text(contrast, finding, how, max(width, 80))
        for contrast in audit.contrasts
        for finding in contrast.outcomes
    ]
    return "\n\n".join(blocks)


def _outcome_text(contrast: Contrast, finding: OutcomeFinding, how: Manner, width: int) -> str:
    outcome = finding.outcome
    title = f"{outcome_title(outcome, how)}, by {plain(contrast.by)}"
    own = ["median", "p90"] if outcome.is_time else ["mean"]
    head = ["", "cases", "open", *own, "raw", "same need (95 %)", ""]
    rows = [
        [
            plain(group.group),
            f"{group.n:,}",
            "—" if group.open is None else f"{group.open:,}",
            *own_figures(outcome, group, how),
            *between_figures(outcome, group, how),
            "compared with" if group.verdict is None else VERDICT[group.verdict],
        ]
        for group in in_order(finding, contrast.reference)
    ]
    widths = [max(_wide(row[k]) for row in [head, *rows]) for k in range(len(head))]
    widths[0] = max(min(widths[0], 20), min(widths[0], width - sum(widths[1:]) - 2 * (len(head) - 1)))
    lines = [title]
    for row in [head, *rows]:
        cells = [_pad(_cut(row[0], widths[0]), widths[0])]
        cells += [_pad(cell, wide, right=True) for cell, wide in zip(row[1:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines)


def in_order(finding: OutcomeFinding, reference: str) -> list[Group]:
    """The groups as they are told: the reference, then the largest first."""
    return sorted(finding.groups, key=lambda one: (one.group != reference, -one.n, one.group))


def outcome_title(outcome: Outcome, how: Manner = ANSWERED) -> str:
    """What a figure is called."""
    return {
        Outcome.IN_TIME: "In time",
        Outcome.WAIT: how.title,
        Outcome.SOLVED: how.then_title,
        Outcome.REMEDY: "Remedy given",
        Outcome.AMOUNT: "Amount of the remedy",
    }[outcome]


def own_figures(outcome: Outcome, group: Group, how: Manner = ANSWERED) -> list[str]:
    """Median and p90 of a time, else the mean; "—" where there is none."""
    if outcome.is_time:
        return ["—" if x is None else length(x, has_days=how.has_days) for x in (group.median, group.p90)]
    if group.mean is None:
        return ["—"]
    return [f"{100 * group.mean:.1f} %" if outcome.is_rate else number(group.mean)]


def between_figures(outcome: Outcome, group: Group, how: Manner = ANSWERED) -> list[str]:
    """The raw difference, and that for the same need with its interval, as signed figures."""
    raw, same = group.raw, group.same_need
    flat = "—" if raw is None else signed(outcome, raw.difference, interval(raw.low, raw.high), how)
    if same is None or same.difference is None or group.verdict is Verdict.TOO_FEW:
        return [flat, "—"]
    ends = between_of(same)
    near = signed(outcome, same.difference, ends, how)
    if ends:
        low, high = (signed(outcome, end, ends, how) for end in ends)
        units = [end.partition(" ")[2].rstrip("s") for end in (low, high)]
        short = low.split(" ")[0] if units[0] == units[1] else low
        near += f" ({short} to {high})"
    return [flat, near]


def _wide(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, width: int) -> str:
    if _wide(text) <= width:
        return text
    while text and _wide(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _pad(text: str, width: int, *, right: bool = False) -> str:
    space = " " * max(0, width - _wide(text))
    return space + text if right else text + space
