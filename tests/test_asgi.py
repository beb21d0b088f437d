"""Between the service and the server: bodies within limits, errors as JSON."""

import asyncio
import json

import pytest

from aifactory_nb.asgi import HttpError, Request, error_response, read_request, write_response
from aifactory_nb.row_schema import Problem, RowsError


def read(parts: list[bytes], most: int, headers: dict[bytes, bytes] | None = None) -> Request:
    waiting = list(parts)

    async def receive():
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    scope = {"method": "POST", "path": "/predict/shop"}
    return asyncio.run(read_request(scope, headers or {}, receive, most))


def test_a_body_in_parts_is_put_together():
    """Servers hand over long bodies in pieces."""
    assert read([b"ab", b"", b"cd"], 4).body == b"abcd"


@pytest.mark.parametrize(
    ("parts", "headers"),
    [([b"abcde"], {}), ([b"abc", b"de"], {}), ([b""], {b"content-length": b"5"})],
)
def test_a_body_beyond_its_limit_is_refused(parts, headers):
    """However its length comes to light."""
    with pytest.raises(HttpError, match="The body is longer than 4 bytes") as caught:
        read(parts, 4, headers)

    assert caught.value.status == 413


def test_a_media_type_is_read_without_its_parameters():
    """Upper case and a charset do not matter."""
    headers = {b"content-type": b"Application/JSON; charset=utf-8"}

    assert Request("POST", "/", headers, b"").media_type == "application/json"


def test_wrong_rows_are_listed_one_by_one():
    """A program can read what a person reads."""
    error = RowsError([Problem(2, "price", "a number", "'x' (text)")])

    content = json.loads(error_response(error, 422).body)

    assert content["problems"] == [
        {"row": 2, "column": "price", "expected": "a number", "found": "'x' (text)"}
    ]
    assert "row 2, column 'price'" in content["error"]


def test_an_answer_is_sent_with_its_length_and_headers():
    """Status and headers first, then the body."""
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(
        write_response(send, error_response(HttpError(429, "Later."), 429, retry_after="1"))
    )

    assert sent[0]["status"] == 429
    assert (b"retry-after", b"1") in sent[0]["headers"]
    assert (b"content-length", str(len(sent[1]["body"])).encode()) in sent[0]["headers"]
