"""How the script travels: packed, kept by browsers, asked for again by its tag."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

from evenhand.doors.button.script import script

pytestmark = pytest.mark.django_db


def test_the_script_travels_packed_to_whoever_can_unpack_it(client: Client) -> None:
    packed = client.get("/button.js", headers={"Accept-Encoding": "gzip, br"})
    plain = client.get("/button.js")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) <= 6 * 1024
    assert gzip.decompress(packed.content) == plain.content == script().encode()
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.cookies == {}


def test_an_unchanged_script_is_not_sent_again(client: Client) -> None:
    tag = client.get("/button.js").headers["ETag"]
    again = client.get("/button.js", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
