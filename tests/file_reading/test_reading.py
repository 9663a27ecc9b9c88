"""Tables as people have them: every row comes out, to be let in or with the reason why not."""

import gzip
import io
import os
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evenhand.doors.file.mapping import Mapping, MappingError, fitting, mapping_from
from evenhand.doors.file.reading import (
    LONGEST_FIELD,
    LONGEST_ROW,
    LeftOut,
    Row,
    Tally,
    UnreadableError,
    header_of,
    read_rows,
)

PLAIN = '[words]\ncolumn = "Text"\n[external_id]\ncolumn = "Id"\n'
DATED = PLAIN + '[sent_at]\ncolumn = "Date"\nformats = ["%d/%m/%Y"]\nzone = "Europe/Berlin"\n'


def rows(table: str | bytes, mapping: str | Mapping = PLAIN) -> list[Row | LeftOut]:
    raw = table.encode() if isinstance(table, str) else table
    told = mapping_from(mapping) if isinstance(mapping, str) else mapping
    return list(read_rows(io.BytesIO(raw), told))


def words(table: str | bytes, mapping: str = PLAIN) -> list[str]:
    return [row.words for row in rows(table, mapping) if isinstance(row, Row)]


def test_a_row_becomes_words_with_all_that_the_mapping_names():
    mapping = (
        DATED + '[closed_at]\ncolumn = "Closed"\nformats = ["iso"]\n[public]\ncolumn = "Public"\n'
        '[place]\ncolumn = "Branch"\n[language]\ncolumn = "Lang"\n'
        '[from]\nemail = "Mail"\nphone = "Tel"\nname = "Who"\n[reach]\nfollowers = "Fans"\n'
    )
    table = (
        "Id,Text,Date,Closed,Public,Branch,Lang,Mail,Tel,Who,Fans\n"
        'A7,"The fee, again",03/02/2026,2026-02-05T10:00:00Z,Yes,oakland,en,a@example.com,,Ada,"1,200"\n'
    )
    (row,) = rows(table, mapping)
    assert isinstance(row, Row)
    assert (row.words, row.external_id, row.line, row.door) == ("The fee, again", "A7", 2, "file")
    assert row.sent_at is not None
    assert row.sent_at.astimezone(UTC) == datetime(2026, 2, 2, 23, tzinfo=UTC)
    assert row.closed_at == datetime(2026, 2, 5, 10, tzinfo=UTC)
    assert (row.is_public, row.place, row.language) == (True, "oakland", "en")
    assert (row.sender.email, row.sender.phone, row.sender.name) == ("a@example.com", None, "Ada")
    assert row.reach == {"followers": 1200}


def test_rows_without_words_are_left_out_with_line_and_reason():
    kept, blank, short = rows('Id,Text\n1,Help\n2,"  "\n3\n')
    assert isinstance(kept, Row)
    assert blank == LeftOut(3, "no words", "no words (Id: '2')")
    assert isinstance(short, LeftOut)
    assert short.line == 4


def test_a_line_number_is_that_of_the_rows_beginning_however_many_lines_its_words_take():
    found = rows('Id,Text\n1,"one\ntwo\nthree"\n\n2,after\n')
    assert [row.line for row in found] == [2, 6]
    assert words('Id,Text\r\n1,"one\r\ntwo"\r\n') == ["one\r\ntwo"]


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_commas_tabs_and_semicolons_are_told_apart(mark):
    assert words(f"Id{mark}Text{mark}Other, and; so\n1{mark}Help{mark}x\n") == ["Help"]


@pytest.mark.parametrize(
    "encoded",
    [
        "Id,Text\n1,Größe 5 €\n".encode(),
        b"\xef\xbb\xbf" + "Id,Text\n1,Größe 5 €\n".encode(),
        "Id,Text\n1,Größe 5 €\n".encode("utf-16"),
        b"\xfe\xff" + "Id,Text\n1,Größe 5 €\n".encode("utf-16-be"),
        "Id,Text\n1,Größe 5 €\n".encode("cp1252"),
        gzip.compress("Id,Text\n1,Größe 5 €\n".encode(), mtime=0),
        b"I\0d,Te\0xt\n1,Gr\xc3\xb6\xc3\x9f\0e 5 \xe2\x82\xac\n",
        'Id,"Text"\n"1","Größe 5 €"'.encode(),
    ],
    ids=["utf-8", "marked", "utf-16", "utf-16-be", "windows", "gzip", "nul", "no-last-line-end"],
)
def test_words_come_out_the_same_however_the_file_is_written(encoded):
    assert words(encoded) == ["Größe 5 €"]


def test_odd_quotes_cost_nobody_their_words():
    table = 'Id,Text\n1,he said "no" to me\n2,"she said ""no"""\n3,"half" closed\n4,5\' 9" tall\n'
    assert words(table) == ['he said "no" to me', 'she said "no"', "half closed", "5' 9\" tall"]


def test_quotes_escaped_by_a_backslash_are_read_where_the_mapping_says_so():
    escaped = PLAIN + "[file]\nescape = '\\'\n"
    assert words('Id,Text\n1,"she said \\"no\\", twice"\n', escaped) == ['she said "no", twice']


def test_more_columns_than_the_header_has_are_told_and_empty_ones_are_fine():
    kept, left = rows("Id,Text\n1,fine,,\n2,broken,by, commas\n")
    assert isinstance(kept, Row)
    assert isinstance(left, LeftOut)
    assert left.reason == "columns"


def test_of_two_columns_with_one_name_the_first_counts():
    assert words("Id,Text,Text\n1,first,second\n") == ["first"]


def test_times_that_cannot_be_read_are_counted_and_the_first_three_shown_with_their_line():
    table = "Id,Text,Date\n" + "".join(f"{i},Help,{i}/13/2026\n" for i in range(1, 6)) + "9,Help,1/2/2026\n"
    tally = Tally()
    for item in rows(table, DATED):
        tally.add(item)
    assert (tally.rows, tally.left_out) == (1, Counter({"time": 5}))
    assert [one.line for one in tally.examples["time"]] == [2, 3, 4]
    told = tally.lines()
    assert told[0] == "1 row with words."
    assert "  line 2: Date: '1/13/2026' does not fit %d/%m/%Y" in told
    assert "  and 2 more." in told


def test_a_row_that_does_not_say_when_it_was_sent_is_not_taken_for_new():
    (left,) = rows("Id,Text,Date\n1,Help,\n", DATED)
    assert isinstance(left, LeftOut)
    assert left.reason == "no time"


def test_what_is_neither_public_nor_private_and_what_is_no_number_is_told():
    mapping = PLAIN + '[public]\ncolumn = "P"\n[reach]\nfollowers = "F"\n'
    found = rows("Id,Text,P,F\n1,a,perhaps,3\n2,b,no,many\n3,c,,\n4,d,TRUE,7.0\n", mapping)
    assert [getattr(one, "reason", None) for one in found] == ["public", "reach", None, None]
    assert isinstance(found[3], Row)
    assert (found[3].is_public, found[3].reach) == (True, {"followers": 7})


def test_wrong_columns_stop_before_the_first_row():
    with pytest.raises(MappingError, match=r"Did you mean 'Texte'\?"):
        rows("Id,Texte\n1,Help\n")


def test_a_quote_that_never_closes_is_told_with_the_line_where_it_opens():
    table = 'Id,Text\n1,fine\n2,"never closed\n' + "3,swallowed\n" * 200_000
    found: list[Row | LeftOut] = []
    with pytest.raises(UnreadableError, match="never closed") as fault:
        found.extend(read_rows(io.BytesIO(table.encode()), mapping_from(PLAIN)))
    assert fault.value.line == 3
    assert len(found) == 1


def test_a_line_without_end_is_refused_without_reading_it_all():
    endless = b"Id,Text\n1," + b"x" * (40 * LONGEST_ROW)
    source = io.BytesIO(endless)
    tracemalloc.start()
    with pytest.raises(UnreadableError, match="Line 2"):
        list(read_rows(source, mapping_from(PLAIN)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * LONGEST_ROW
    assert source.tell() < len(endless) / 4


def test_words_up_to_the_limit_of_a_field_are_kept_whole():
    assert words("Id,Text\n1," + "x" * LONGEST_FIELD + "\n") == ["x" * LONGEST_FIELD]
    with pytest.raises(UnreadableError, match="131,072"):
        words("Id,Text\n1," + "x" * (LONGEST_FIELD + 1) + "\n")


def test_a_compressed_file_cut_short_gives_its_rows_and_then_says_so():
    table = "Id,Text\n" + "".join(f"{i},help number {i * 7919 % 10007}\n" for i in range(20_000))
    cut = gzip.compress(table.encode())[:-3000]
    found: list[Row | LeftOut] = []
    with pytest.raises(UnreadableError, match="cut short") as fault:
        found.extend(read_rows(io.BytesIO(cut), mapping_from(PLAIN)))
    assert len(found) > 1_000
    assert fault.value.line is not None
    assert fault.value.line > 1_000


def test_an_empty_file_says_that_it_needs_a_header():
    with pytest.raises(UnreadableError, match="needs a header"):
        rows("")
    assert rows("Id,Text\n") == []


def test_a_stream_is_read_as_it_comes_and_left_open():
    table = io.BytesIO(b"Id,Text\n" + b"1,Help\n" * 100_000)
    reading = read_rows(table, mapping_from(PLAIN))
    next(reading)
    assert table.tell() < 200_000
    reading.close()
    assert not table.closed


def test_a_header_can_be_read_alone(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("Id\tText\n1\tHelp\n")
    assert header_of(file) == ["Id", "Text"]
    assert fitting(header_of(file)) is None


def real(name: str) -> Path:
    data = os.environ.get("EVENHAND_DATA")
    path = Path(data or "", "cfpb", name)
    if not data or not path.exists():
        pytest.skip(f"EVENHAND_DATA is unset or holds no cfpb/{name}: the real complaints are not here")
    return path


@pytest.mark.parametrize(
    ("name", "mapping", "kept", "left"),
    [
        ("cfpb_2015_2020.csv.gz", "cfpb-title", 1060, 3761),
        ("cfpb_random_2011_2020.csv", "cfpb-title", 434, 865),
        ("cfpb_2013q3_no_narrative.csv", "cfpb-snake", 1000, 0),
    ],
)
def test_the_real_complaints_are_read_by_the_mapping_that_fits_and_every_row_is_accounted_for(
    name, mapping, kept, left
):
    found = fitting(header_of(real(name)))
    assert found is not None
    assert found.name == mapping
    tally = Tally()
    items = list(read_rows(real(name), found))
    for item in items:
        tally.add(item)
    assert (tally.rows, tally.left_out.total()) == (kept, left)
    assert set(tally.left_out) <= {"no words"}
    numbers = [item.external_id for item in items if isinstance(item, Row)]
    assert len(set(numbers)) == kept
    assert tally.first_sent_at is not None
    assert tally.first_sent_at.year in (2013, 2015)


def test_complaints_without_a_narrative_say_their_issue():
    found = fitting(header_of(real("cfpb_2013q3_no_narrative.csv")))
    assert found is not None
    first, _, third, *_ = read_rows(real("cfpb_2013q3_no_narrative.csv"), found)
    assert isinstance(first, Row)
    assert isinstance(third, Row)
    assert first.words == "Loan modification,collection,foreclosure"
    assert third.words == "Incorrect information on credit report: Account status"
    assert (first.external_id, first.door) == ("cfpb-511074", "letter")
    assert first.sent_at is not None
    assert first.sent_at.isoformat() == "2013-08-30T00:00:00-04:00"
