"""What docs/import.md shows can be used as it stands."""

from __future__ import annotations

import textwrap
from pathlib import Path

from evenhand.doors.file.mapping import mapping_from

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_mapping_in_the_docs_can_be_used():
    text = (DOCS / "import.md").read_text(encoding="utf-8")
    shown = text.split("Only `[words]` is needed.\n\n")[1].split("\n\n`language`")[0]
    mapping = mapping_from(textwrap.dedent(shown), "docs")
    assert mapping.title == "Our old help desk"
    assert mapping.columns() == (
        *("Body", "Subject", "Category", "Created", "Closed", "Number", "Channel", "Public"),
        *("Requester email", "Requester phone", "Requester", "Followers"),
    )
