"""Requests that nobody thought of: each has an answer, and none is a failure of the service."""

import io
import random

import polars as pl
import pytest
from conftest import EVERYTHING, orders, write_shop
from fuzzing import fuzz
from served_process import Server, rows_body

from aifactory_nb.bodies import ARROW, ARROW_FILE, JSON_LENGTH, PARQUET
from aifactory_nb.settings import load_settings

MALFORMED = 1000 if EVERYTHING else 300  # requests, at least


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    settings = load_settings(write_shop(tmp_path_factory.mktemp("fuzzed") / "factory"))
    body = rows_body(settings)
    server = Server(settings)
    yield server
    assert server.predict(server.client(), body)[0] == 200  # as before
    server.end()
    assert "Traceback" not in "".join(server.log)


@pytest.mark.long
def test_a_thousand_requests_of_a_fuzzer_are_answered(server, tmp_path):
    """What the document does not allow is refused, with a status that it names; nothing fails, nothing hangs."""
    fuzzed = fuzz(server, tmp_path, 430 if EVERYTHING else 140)

    assert fuzzed.code == 0, fuzzed.said
    assert fuzzed.statuses.total() >= 1000 and fuzzed.modes["negative"] >= MALFORMED, fuzzed.text()
    assert {200, 400, 401, 405, 409, 422} <= fuzzed.statuses.keys() <= set(range(200, 500))


def damaged(body: bytes, chance: random.Random) -> bytes:
    """A body of which bytes were changed, cut off or doubled."""
    what, place = chance.randrange(3), chance.randrange(len(body))
    if what == 0:
        return body[:place]
    if what == 1:
        return body[:place] + body[chance.randrange(len(body)) :]
    changed = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("media_type", [ARROW, ARROW_FILE, PARQUET])
def test_damaged_tables_are_refused(server, media_type):
    """Bodies of Arrow and Parquet with wrong bytes have an answer; where they can be read all the same, predictions."""
    rows, buffer = orders(1, 20).drop("days_to_return"), io.BytesIO()
    write = {ARROW: pl.DataFrame.write_ipc_stream, ARROW_FILE: pl.DataFrame.write_ipc}
    write.get(media_type, pl.DataFrame.write_parquet)(rows, buffer)
    chance, client, statuses = random.Random(6), server.client(), set()
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": media_type}

    for _ in range(3000 if EVERYTHING else 300):
        client.request("POST", "/predict/shop", damaged(buffer.getvalue(), chance), headers)
        answer = client.getresponse()
        statuses.add(answer.status)
        told = answer.read()
        assert answer.status < 500, told

    assert 400 in statuses and statuses <= {200, 400, 413, 422}


def test_a_length_of_thousands_of_digits_is_refused(server):
    """Python would not read such a number."""
    client = server.client()
    headers = {"Authorization": f"Bearer {server.token}", JSON_LENGTH.decode(): "9" * 5000}

    client.request("POST", "/v2/models/shop/infer", b"{}", headers)

    assert client.getresponse().status == 400
