"""A mapping file says which column is what; a mistake in it is named with its remedy."""

from datetime import UTC, datetime, timedelta

import pytest

from evenhand.doors.file.mapping import MappingError, fitting, mapping_from, shipped

WORDS = '[words]\ncolumn = "Text"\n'


def test_each_shipped_mapping_reads_and_has_a_title():
    assert {mapping.name for mapping in shipped()} >= {"cfpb-title", "cfpb-snake", "evenhand"}
    assert all(mapping.title != mapping.name for mapping in shipped())


def test_the_mapping_that_fits_a_header_is_found_whatever_stands_around_its_columns():
    snake = ["complaint_id", " issue", "sub_issue", "consumer_complaint_narrative ", "date_received"]
    found = fitting([*snake, "submitted_via", "something else"])
    assert found is not None
    assert found.name == "cfpb-snake"
    assert fitting(["a", "b"]) is None


def test_a_wrong_column_is_named_with_the_nearest_there_is():
    mapping = mapping_from('[words]\ncolumn = "Consumer narrative"\n[place]\ncolumn = "Branch"')
    with pytest.raises(MappingError) as fault:
        mapping.check(["Consumer complaint narrative", "Date", "branch "])
    told = str(fault.value)
    assert "'Consumer narrative'. Did you mean 'Consumer complaint narrative'?" in told
    assert "'Branch'. Did you mean 'branch'?" in told
    assert "Its columns are: 'Consumer complaint narrative', 'Date', 'branch'." in told


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[word]\ncolumn = 'Text'", "Did you mean 'words'?"),
        ("[words]\ncolum = 'Text'", "Did you mean 'words.column'?"),
        ("title = 'nothing'", "say where the words stand"),
        ("[words]\ncolumn = 3", "words.column is a text in quotes"),
        ("[words]\nwhen_empty = '{Issue'", "a brace without its partner"),
        (WORDS + "[sent_at]\nformats = ['%Y']", "sent_at needs a column"),
        (WORDS + "[sent_at]\ncolumn = 'T'\nzone = 'Mars/Olympus'", "'Mars/Olympus' is no known zone"),
        (WORDS + "[sent_at]\ncolumn = 'T'\nformats = ['%Q']", "'%Q' does not work"),
        (WORDS + "[file]\ndelimiter = 'comma or so'", "file.delimiter is one of"),
        (WORDS + "[file]\nencoding = 'utf-9'", "'utf-9' is not known"),
        ("place = ['oakland']\n" + WORDS, "write place as a section"),
        ("words = [", "not readable as TOML"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_with_its_remedy(written, told):
    with pytest.raises(MappingError) as fault:
        mapping_from(written, name="mine")
    assert told in str(fault.value)
    assert "mine" in str(fault.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(MappingError) as fault:
        mapping_from("[words]\ncolumn = 3\n[sent_at]\nzone = 'x'\n[dorr]\n")
    assert len(fault.value.problems) >= 3


def test_words_are_built_from_columns_only_where_there_are_none():
    words = mapping_from('[words]\ncolumn = "Text"\nwhen_empty = ["{Issue}: {To: whom!}", "{Issue}"]').words
    assert words.of({"Text": " Help ", "Issue": "Fee", "To: whom!": "me"}) == "Help"
    assert words.of({"Text": " ", "Issue": "Fee", "To: whom!": "me"}) == "Fee: me"
    assert words.of({"Text": "", "Issue": "Fee", "To: whom!": ""}) == "Fee"
    assert words.of({"Text": "", "Issue": "", "To: whom!": "me"}) == ""
    assert words.of({"Text": "", "Issue": "{Text}", "To: whom!": "x"}) == "{Text}: x"


def a_time(column="T", formats="['%Y-%m-%d %H:%M']", zone="America/Los_Angeles"):
    told = f"{WORDS}[sent_at]\ncolumn = '{column}'\nformats = {formats}\nzone = '{zone}'"
    time = mapping_from(told).sent_at
    assert time is not None
    return time


def test_a_time_without_a_zone_is_in_the_mappings_zone_summer_and_winter():
    assert a_time().of("2026-01-05 09:00").astimezone(UTC) == datetime(2026, 1, 5, 17, tzinfo=UTC)
    assert a_time().of("2026-07-05 09:00").astimezone(UTC) == datetime(2026, 7, 5, 16, tzinfo=UTC)


def test_a_time_that_the_clock_skipped_is_moved_on_by_the_gap():
    at = a_time().of("2026-03-08 02:30")
    assert at.isoformat() == "2026-03-08T03:30:00-07:00"


def test_a_time_with_its_own_offset_keeps_it():
    at = a_time(formats="['%Y', 'iso']").of("2026-01-05T09:00:00+02:00")
    assert at == datetime(2026, 1, 5, 7, tzinfo=UTC)
    assert at.utcoffset() == timedelta(hours=2)
    with pytest.raises(ValueError, match="yesterday"):
        a_time(formats="['%Y', 'iso']").of("yesterday")


def test_one_value_can_stand_for_every_row_and_spellings_are_turned_into_ours():
    mapping = mapping_from(
        'public = true\nplace = "oakland"\n'
        + WORDS
        + '[door]\ncolumn = "Via"\nvalues = { Web = "form" }\notherwise = "file"'
    )
    assert mapping.public.of({}) == "true"
    assert mapping.place.of({}) == "oakland"
    assert mapping.door.of({"Via": "Web"}) == "form"
    assert mapping.door.of({"Via": "Carrier pigeon"}) == "file"
    assert mapping.door.of({"Via": ""}) == "file"
