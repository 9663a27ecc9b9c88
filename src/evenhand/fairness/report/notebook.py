"""An audit in a notebook: its finding and its charts in the cell, and as files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from evenhand.fairness.parity import words
from evenhand.fairness.parity.findings import Audit, Contrast, OutcomeFinding, overall, verdicts_of
from evenhand.fairness.report import charts, page, styles, tables
from evenhand.fairness.report.markup import Markup, joined, tag

_OPENING = re.compile(r"^<svg ")
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
GAP = 34
"""Between two pictures on one sheet, with room for the title of the second."""


class Picture:
    """The forests of an audit, one under the other: shown by a notebook, saved as SVG."""

    def __init__(self, svg: Markup) -> None:
        self._svg = svg

    def _repr_svg_(self) -> str:
        return str(self._svg)

    def _repr_html_(self) -> str:
        return str(self._svg)

    def __repr__(self) -> str:
        return "A picture of an audit; .save(path) writes it as SVG."

    def save(self, path: str | Path) -> Path:
        """Write it. Raises ValueError for a name that does not end in .svg."""
        to = Path(path)
        if to.suffix.lower() != ".svg":
            raise ValueError(f"this picture is SVG: name it {to.with_suffix('.svg').name}, not {to.name}")
        to.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{self._svg}\n', encoding="utf-8")
        return to


def plot(audit: Audit, *, by: str | None = None, outcome: str | None = None) -> Picture:
    """The differences for the same need, each group against its reference, with the margin as a band.

    by, outcome: one contrast's name, one outcome's ("wait"); all otherwise. Raises ValueError where there is none such.
    """
    how = words.manner(audit)
    chosen = [
        (contrast, finding)
        for contrast in audit.contrasts
        for finding in contrast.outcomes
        if by in (None, contrast.by) and outcome in (None, finding.outcome.value)
    ]
    if not chosen:
        there = ", ".join(f"{c.by}: {', '.join(f.outcome.value for f in c.outcomes)}" for c in audit.contrasts)
        raise ValueError(f"nothing of that name was compared; there is {there or 'nothing'}")
    return Picture(_sheet([_forest(*one, how, key=f"plot-{k}") for k, one in enumerate(chosen)], chosen, how))


def _forest(contrast: Contrast, finding: OutcomeFinding, how: words.Manner, *, key: str) -> Markup:
    return charts.forest(
        charts.rows_of(finding, contrast.reference),
        finding.outcome,
        title=f"{words.outcome_title(finding.outcome, how)}: differences from {words.plain(contrast.reference)}",
        key=key,
        how=how,
    )


def _sheet(pictures: Sequence[Markup], chosen: Sequence[tuple[Contrast, OutcomeFinding]], how: words.Manner) -> Markup:
    """Several charts under one another, each with its title, on paper of its own: readable wherever it is put."""
    edge, y, parts = 16, 16, []
    width = 0.0
    for picture, (contrast, finding) in zip(pictures, chosen, strict=True):
        found = _BOX.search(picture)
        assert found is not None
        wide, high = float(found[1]), float(found[2])
        verdict = overall(verdicts_of(finding))
        title = f"{words.outcome_title(finding.outcome, how)}, by {words.plain(contrast.by)}"
        parts.append(
            tag("text", f"{title}: {words.VERDICT[verdict]}", x=str(edge), y=str(y + 12), class_="strong",
                font_size="13", font_weight="600", fill=styles.paint("ink"))
        )  # fmt: skip
        parts.append(
            Markup(_OPENING.sub(f'<svg x="{edge}" y="{y + 24}" width="{wide:.0f}" height="{high:.0f}" ', picture))
        )
        y += 24 + int(high) + GAP
        width = max(width, wide)
    whole, tall = width + 2 * edge, y - GAP + edge
    style = Markup(f"<style>\n{styles.drawing()}\n</style>")
    paper = tag("rect", width="100%", height="100%", fill=styles.paint("card"), class_="paper")
    return tag(
        "svg",
        style,
        paper,
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {whole:.0f} {tall}",
        width=f"{whole:.0f}",
        height=str(tall),
        font_family=charts.FONT,
        font_size="12",
        class_="chart evenhand-sheet",
    )


def in_cell(audit: Audit) -> str:
    """What a notebook shows of an audit: the finding in words, and who is treated differently."""
    style = Markup(f"<style>\n{styles.piece('.evenhand-audit')}\n</style>")
    inside = joined([page.verdict(audit, level=3), tables.treated(audit)])
    return str(joined([style, tag("div", inside, class_="evenhand-audit report")]))


def to_html(audit: Audit, path: str | Path | None = None, *, title: str | None = None) -> str:
    """The whole page; written to `path` where one is given."""
    whole = page.html(audit, title=title)
    if path is not None:
        Path(path).write_text(whole, encoding="utf-8")
    return whole
