"""Bodies of requests: read as what they say they are, or refused."""

import polars as pl
import pytest

from aifactory_nb.asgi import HttpError, Request
from aifactory_nb.bodies import FRAMES, PARQUET, frame_body, json_body, split_body, write_frame

TABLE = pl.DataFrame({"price": [1.5, None], "text": ["é", ""], "day": [None, None]})


@pytest.mark.parametrize("media_type", FRAMES)
def test_a_table_goes_out_as_it_came_in(media_type):
    """Every form is written and read."""
    sent = write_frame(TABLE, media_type)

    request = Request("POST", "/", {b"content-type": sent.media_type}, sent.body)
    assert frame_body(request, TABLE.height).equals(TABLE)
    with pytest.raises(HttpError, match="2 rows are more than 1") as caught:
        frame_body(request, 1)
    assert caught.value.status == 413


@pytest.mark.parametrize("media_type", FRAMES)
@pytest.mark.parametrize("cut", [0, 4, 40])
def test_a_table_that_was_cut_off_is_refused(media_type, cut):
    """Whatever the library raises, the caller is told that the body is damaged."""
    body = write_frame(TABLE, media_type).body[:cut]

    with pytest.raises(HttpError, match="The body is not valid") as caught:
        frame_body(Request("POST", "/", {b"content-type": media_type.encode()}, body), 10)

    assert caught.value.status == 400


def test_a_small_file_of_very_many_rows_is_refused_before_it_is_read(monkeypatch):
    """A megabyte of Parquet may be gigabytes of zeros; so may a single value that is there a thousand times."""
    zeros = write_frame(pl.DataFrame({"price": pl.zeros(10**6, eager=True)}), PARQUET).body
    texts = write_frame(pl.DataFrame({"text": ["x" * 10**5] * 1000}), PARQUET).body
    assert len(zeros) < 10**5 and len(texts) < 10**6
    monkeypatch.setattr("aifactory_nb.bodies.MOST_DECODED", 10**7)

    for body, most, told in ((zeros, 1000, "1,000,000 rows are more"), (texts, 1000, "10 MiB")):
        with pytest.raises(HttpError, match=told) as caught:
            frame_body(Request("POST", "/", {b"content-type": PARQUET.encode()}, body), most)
        assert caught.value.status == 413


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"\xff", b'{"a": 1e999}', b"[" * 100_000])
def test_what_is_no_json_is_refused(body):
    """Not a number, no text, and too deep are no JSON either."""
    with pytest.raises(HttpError) as caught:
        json_body(Request("POST", "/", {}, body))

    assert caught.value.status == 400


def test_another_media_type_is_refused_with_those_that_are_taken():
    """The caller learns what to send."""
    with pytest.raises(HttpError, match="expected application/json, application/vnd.apache.arrow"):
        json_body(Request("POST", "/", {b"content-type": b"text/csv"}, b""))


def test_bytes_after_the_json_are_told_apart():
    """A header says where the JSON ends."""
    headers = {
        b"inference-header-content-length": b"8",
        b"content-type": b"application/octet-stream",
    }

    assert split_body(Request("POST", "/", headers, b'{"a": 1}xyz')) == ({"a": 1}, b"xyz")
    assert split_body(Request("POST", "/", {}, b'{"a": 1}')) == ({"a": 1}, b"")


@pytest.mark.parametrize("length", [b"9", b"-1", b"x", b""])
def test_a_length_that_cannot_be_is_refused(length):
    """It is the caller's error."""
    with pytest.raises(HttpError, match="Inference-Header-Content-Length"):
        split_body(Request("POST", "/", {b"inference-header-content-length": length}, b"{}"))
