"""The product's own styles, read from where its pages get them, for a page that must carry all it needs."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

PAGE = (
    ("evenhand.ui", "static/ui/tokens.css"),
    ("evenhand.ui", "static/ui/base.css"),
    ("evenhand.ui", "static/ui/card.css"),
    ("evenhand.ui", "static/ui/chip.css"),
    ("evenhand.ui", "static/ui/table.css"),
    ("evenhand.fairness", "static/fairness/chart.css"),
    ("evenhand.fairness", "static/fairness/report.css"),
)
PIECE = tuple(one for one in PAGE if not one[1].endswith(("base.css",)))
"""For a part of another page: without what would change that page."""

_TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def read(package: str, path: str) -> str:
    """A style sheet of the product, without its comments."""
    css = files(package).joinpath(path).read_text(encoding="utf-8")
    return "\n".join(line for line in _COMMENT.sub("", css).splitlines() if line.strip())


@cache
def page() -> str:
    """All styles of the report page."""
    return "\n".join(read(*one) for one in PAGE)


@cache
def piece(scope: str) -> str:
    """The styles of charts, tables and chips, for use inside an element `scope` of a page that keeps its own."""
    return "\n".join(read(*one) for one in PIECE).replace(":root", scope)


@cache
def drawing() -> str:
    """The styles of a chart that is a file of its own, light and dark."""
    light, dark = tokens(), tokens(is_dark=True)
    rules = [(".paper", "fill", "card"), ("text", "fill", "ink-2"), (".strong", "fill", "ink"), (".dot", "fill", "ink")]
    rules += [(".ring", "fill", "card"), (".ring", "stroke", "ink-2"), (".reach", "stroke", "ink")]
    rules += [(".faint", "stroke", "ink-2"), (".band", "fill", "kept-soft"), (".edge", "stroke", "kept")]
    rules += [(".rule", "stroke", "line"), (".axis", "stroke", "line-strong")]
    scope = ".evenhand-sheet"
    by_light = "\n".join(f"{scope} {who}{{{what}:{light[name]}}}" for who, what, name in rules)
    by_dark = "\n".join(f"{scope} {who}{{{what}:{dark[name]}}}" for who, what, name in rules)
    return f"{by_light}\n@media (prefers-color-scheme: dark){{\n{by_dark}\n}}"


@cache
def tokens(*, is_dark: bool = False) -> dict[str, str]:
    """The palette: each token's value by light or in the dark. SVG outside a browser knows no custom properties."""
    css = read("evenhand.ui", "static/ui/tokens.css")
    light, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    found = dict(_TOKEN.findall(light))
    if is_dark:
        found |= dict(_TOKEN.findall(rest.partition("@media")[0]))
    return found


def paint(name: str) -> str:
    """A colour of the palette by light, for where styles do not reach."""
    return tokens()[name]
