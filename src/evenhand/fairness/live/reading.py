"""What pages read: the newest results, their history, their curves, and cells to download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from evenhand.doors.models import History as Imported
from evenhand.fairness.live.contrasts import BY_NAME, OUTCOMES, Contrast, Traits
from evenhand.fairness.live.judging import judge_all, look
from evenhand.fairness.live.models import Clock, Measured, Result, Series, Sums
from evenhand.fairness.live.summing import Matured, counted_again, held_back_of, load, on_now, traits_of
from evenhand.fairness.live.words import group_of
from evenhand.fairness.parity import findings
from evenhand.stats.cells import Verdict
from evenhand.stats.suppression import to_hide

_OUTCOME = {compared.name: compared for compared in OUTCOMES}


def results_of(series: Series) -> list[Result]:
    """The last results of a series, whichever night they are of."""
    night = Result.objects.filter(series=series).order_by("-night_id").values_list("night_id", flat=True).first()
    if night is None:
        return []
    return list(Result.objects.filter(series=series, night_id=night).select_related("series__policy").order_by("pk"))


def lately() -> dict[str, list[Result]]:
    """The newest results of each contrast, all of one series: the latest that knows anything of it, the newest of all
    where none does."""
    shown: dict[str, list[Result]] = {}
    for series in Series.objects.order_by("-number")[:2]:
        for name, of in _by_contrast(results_of(series)).items():
            if name not in shown or (_knows(of) and not _knows(shown[name])):
                shown[name] = of
    return shown


def _by_contrast(results: Sequence[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for each in results:
        found.setdefault(each.contrast, []).append(each)
    return found


def _knows(results: Sequence[Result]) -> bool:
    return any(each.verdict and each.verdict != Verdict.TOO_FEW for each in results)


def as_contrast(results: Sequence[Result], contrast: Contrast) -> findings.Contrast:
    """Results of one contrast of one series and night as an audit's finding, for the pieces that draw one.

    Groups are called as in sentences. What has no name there (asked something back) is left out.
    """
    outcomes = []
    reference = contrast.label(results[0].reference) if results else ""
    for compared in OUTCOMES:
        of = [each for each in results if each.outcome == compared.name and each.contrast == contrast.name]
        if not of or compared.name == "asked":
            continue
        whole = next((each.figures.get("all") or {} for each in of if each.is_reference), {})
        outcomes.append(
            findings.OutcomeFinding(
                findings.Outcome(compared.name),
                tuple(replace(group_of(each), group=contrast.label(each.group)) for each in of),
                mature=whole.get("mature", 0),
                not_yet=whole.get("not_yet", 0),
                horizon=whole.get("horizon"),
                lonely=tuple(findings.Lonely(**each) for each in whole.get("lonely") or ()),
            )
        )
    return findings.Contrast(contrast.title, reference, tuple(outcomes))


@dataclass(frozen=True)
class History:
    """One comparison as its days went by, in hours or shares. days: of maturing, rising. Empty ends (None) are before
    the warm-up was over. margin: today's."""

    days: tuple[date, ...]
    difference: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    not_ruled_out: tuple[float | None, ...]
    margin: float | None


def history(series: Series, contrast: str, outcome: str, group: str) -> History | None:
    """How the interval narrowed day by day; None where nothing can be compared, or the group is held back tonight."""
    compared, which = _OUTCOME[outcome], BY_NAME[contrast]
    newest = [each for each in results_of(series) if (each.contrast, each.outcome) == (contrast, outcome)]
    result = next((each for each in newest if each.group == group), None)
    if result is None or result.n is None or result.is_reference:
        return None
    sums, _ = load(series, which, compared.clock)
    if group not in sums.groups or result.reference not in sums.groups:
        return None
    found = look(sums, compared, group, result.reference, series.policy)
    if found is None:
        return None

    def told(values: Sequence[float]) -> tuple[float | None, ...]:
        return tuple(float(v) * found.scale if np.isfinite(v) and np.isfinite(found.scale) else None for v in values)

    looks = found.looks
    return History(
        tuple(date.fromordinal(int(each)) for each in found.days),
        tuple(each or 0.0 for each in told(looks.theta.tolist())),
        told(looks.low.tolist()),
        told(looks.high.tolist()),
        told(looks.not_ruled_out.tolist()),
        None if found.margin is None else found.margin * found.scale,
    )


def curves(series: Series, contrast: str, clock: Clock) -> tuple[findings.Curve, ...]:
    """The waiting curves of matured cases, with the numbers at risk; of groups that are shown tonight."""
    which = BY_NAME[contrast]
    sums, _ = load(series, which, clock)
    results = [each for each in results_of(series) if each.contrast == contrast]
    shown = {each.group for each in results if each.n is not None and _OUTCOME[each.outcome].clock == clock}
    if not sums.groups or not shown:
        return ()
    held = {group: "held back tonight" for group in sums.groups if group not in shown}
    judged = judge_all(series, which, clock, sums, None, results[0].reference, held, series.policy)
    return next((one.curves for one in judged if one.compared.is_time), ())


def cells(series: Series, contrast: str) -> Iterator[dict[str, object]]:
    """The aggregated cells for download: need × group over the series, without what would give a small one away.

    By need and group, not by day: a day's cell is mostly a handful of people.
    """
    which, least = BY_NAME[contrast], series.policy.least_shown
    results = [each for each in results_of(series) if each.contrast == contrast]
    shown = {each.group for each in results if each.n is not None}
    small = _small_cells(series, contrast)
    for clock in Clock:
        sums, through = load(series, which, clock)
        columns = [g for g, group in enumerate(sums.groups) if group in shown]
        if through is None or not columns:
            continue
        needs = range(len(series.needs))
        n = np.array([[int(sums.columns["n"][sums.need == k, g].sum()) for g in columns] for k in needs])
        blank = to_hide(n, least)
        for k in needs:
            here = sums.need == k
            for i, g in enumerate(columns):
                count = int(n[k, i])
                if count < least or blank[k, i] or (k, sums.groups[g]) in small:
                    continue
                yield {
                    "contrast": contrast,
                    "clock": clock.value,
                    "group": sums.groups[g],
                    "need": series.needs[k],
                    "through": through.isoformat(),
                    "n": count,
                    "in_time": float(sums.columns["kept"][here, g].sum()) / count,
                    "mean_standards": float(sums.columns["standards"][here, g].sum()) / count,
                    "mean_hours": float(sums.columns["hours"][here, g].sum()) / count,
                }


def _small_cells(series: Series, contrast: str) -> set[tuple[int, str]]:
    """Needs and groups of a contrast that the cells of another contrast would help to subtract."""
    by_need: dict[int, Counter[Traits]] = {}
    for text, count in (series.together.get("counts") or {}).items():
        need, traits = traits_of(text)
        by_need.setdefault(need, Counter())[traits] += count
    return {
        (need, group)
        for need, counts in by_need.items()
        for name, group in held_back_of(series, counts)
        if name == contrast
    }


def left_out(series: Series) -> dict[str, int]:
    """How many cases of a series no verdict rests on, by reason; and imported history, which is in no series.

    History was closed elsewhere, and nobody ever judged its need: the same need cannot be compared. `evenhand audit`
    takes the file it came from.
    """
    rows = Measured.objects.filter(series=series).exclude(left_out="").values_list("clock", "left_out")
    counted = Counter(rows)
    found = {f"{clock}: {Measured.LeftOut(why).label}": count for (clock, why), count in sorted(counted.items())}
    return {**found, "history: closed before it came here": Imported.objects.count()}


def is_as_it_was(result: Result) -> bool:
    """Whether the measured rows still give the hash that the result was found from: recounted row by row."""
    contrast, clock = BY_NAME[result.contrast], _OUTCOME[result.outcome].clock
    return counted_again(result.series, contrast, clock, result.day).inputs_hash == result.inputs_hash


def wrong_sums(series: Series) -> list[Sums]:
    """The kept sums that do not come out the same when counted again; none, where all is well."""
    wrong = []
    for kept in Sums.objects.filter(series=series).order_by("pk"):
        contrast = BY_NAME[kept.contrast]
        if contrast not in on_now(series):
            continue
        now: Matured = load(series, contrast, Clock(kept.clock))[0]
        again = counted_again(series, contrast, Clock(kept.clock), kept.through)
        same = now.groups == again.groups or sorted(now.groups) == sorted(again.groups)
        if not same or now.inputs_hash != again.inputs_hash or now.n.sum() != again.n.sum():
            wrong.append(kept)
    return wrong


def flaws() -> list[str]:
    """What the audit found last that the measured cases do not give any more; none, where all is as it was.

    Every row of every series is counted again: sums, and the results of each series' last night.
    """
    wrong = []
    for series in Series.objects.order_by("number"):
        wrong += [
            f"series {series.number}, {each.contrast}: the sums of the {each.clock} are not those of its cases"
            for each in wrong_sums(series)
        ]
        found = {(each.contrast, _OUTCOME[each.outcome].clock): each for each in results_of(series)}
        wrong += [
            f"series {series.number}, {contrast}: what was found of the {clock.value} on {each.day} does not follow"
            " from its cases"
            for (contrast, clock), each in found.items()
            if not is_as_it_was(each)
        ]
    return wrong
