"""The process of the service: it comes up, follows the registry, and loses nothing when it is killed."""

import io
import json
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from served_process import Askers, Server, ids_in_table, rows_body, until
from serving import add_version

from aifactory_nb.errors import DataError, SettingsError
from aifactory_nb.ledger import Ledger
from aifactory_nb.registry import promote
from aifactory_nb.serve import Rounds, Serving, tell_start
from aifactory_nb.service_log import SERVICE, JsonLines
from aifactory_nb.settings import ServingSettings, Settings
from aifactory_nb.store import Store
from aifactory_nb.tokens import TOKEN_FILE, add_token, remove_token


@pytest.fixture
def body(settings: Settings) -> str:
    return rows_body(settings)


def test_it_answers_and_stops_without_losing_an_answer(settings, body):
    """Ctrl-C ends it in order: what was answered is in the table, and no journal is left."""
    server = Server(settings)
    status, answer = server.predict(server.client(), body)

    assert status == 200
    assert server.end(signal.SIGINT) in (0, 130, -signal.SIGINT)
    assert sorted(ids_in_table(settings)) == sorted(
        row["prediction_id"] for row in answer["predictions"]
    )
    assert not list((settings.store_folder / "shop/journals/served").iterdir())


def test_it_tells_where_it_listens_and_that_nobody_can_ask_yet(settings, body):
    """Also to programs that read the log as JSON; with a token there is nothing to be said of tokens."""
    server = Server(settings)
    until(lambda: any("listens on" in line for line in server.log))
    server.end(signal.SIGINT)
    told = "".join(server.log)
    assert (
        f"INFO aifactory_nb.serve: listens on http://127.0.0.1:{server.port}: shop (version 1)"
        in told
    )
    assert "token" not in told and "WARNING" not in told

    remove_token(settings.store_folder / TOKEN_FILE, f"port {server.port}")
    serving = Serving(settings, ["shop"]).start()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    with socket.create_server(("127.0.0.1", 0)) as listener, logged(handler):
        tell_start(serving, listener)
    serving.stop()
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["level"] == "info" and "shop (version 1)" in first["message"]
    assert "aifactory token add NAME --scope predict" in second["message"]


@contextmanager
def logged(handler: logging.Handler) -> Iterator[None]:
    """What the service tells goes to a handler as well."""
    level = SERVICE.level
    SERVICE.addHandler(handler)
    SERVICE.setLevel(logging.INFO)
    yield
    SERVICE.removeHandler(handler)
    SERVICE.setLevel(level)


@pytest.mark.long
def test_what_was_answered_is_in_the_table_once_after_kill_9(settings, body):
    """Killed under load and started again: each acknowledged prediction is there exactly once."""
    server = Server(settings)
    askers = Askers(server, body).wait_for(200)
    server.end(signal.SIGKILL)
    askers.stop()

    Server(settings).end(signal.SIGINT)  # brings in what was left behind

    found = ids_in_table(settings)
    assert len(found) == len(set(found))
    assert set(askers.acknowledged) <= set(found)
    assert len(found) <= len(askers.acknowledged) + 2 * len(askers.threads)


def test_a_promotion_is_seen_without_a_restart_and_without_a_failed_request(settings, body):
    """Requests go on while the alias moves; each answer is of one version, and the new one comes."""
    store, ledger = Store(settings.store_folder, "shop"), Ledger(settings.ledger_url)
    add_version(settings, rounds=20)
    server = Server(settings)
    client = server.client()
    told: dict[int, set[str]] = {1: set(), 2: set()}
    for version in (1, 2, 1):
        promote(store, ledger, "shop", version, "tester", "To and fro.")
        while True:
            status, answer = server.predict(client, body)
            assert status == 200
            found = [row["prediction"] for row in answer["predictions"]]
            told[answer["version"]].add(json.dumps(found))
            if answer["version"] == version:
                break
    server.end(signal.SIGINT)

    assert {len(answers) for answers in told.values()} == {1}
    assert told[1] != told[2]


def test_an_open_door_to_others_is_refused(settings):
    """Without tokens it listens to this machine only."""
    serving = ServingSettings(host="0.0.0.0", tokens=False)

    with pytest.raises(SettingsError, match="anybody could ask"):
        Serving(Settings(settings.workspace, serving=serving))


def test_a_policy_that_does_not_exist_is_refused(settings):
    """A slip in a setting is told before anything listens."""
    with pytest.raises(SettingsError, match="journal_full is 'loose'; expected refuse or drop"):
        Serving(Settings(settings.workspace, serving=ServingSettings(journal_full="loose")))


def test_a_damaged_file_of_tokens_stops_nothing(settings, body):
    """Aliases are followed all the same, and those who could ask can still ask."""
    path = settings.store_folder / TOKEN_FILE
    add_token(path, "shop", ["predict"])
    serving = Serving(settings)
    serving.follow()
    path.write_text("{")
    add_version(settings, rounds=5)

    with pytest.raises(DataError, match="is damaged"):
        serving.follow()

    assert [token.name for token in serving.service.tokens.values()] == ["shop"]
    assert serving.endpoints[0].served.version == 2
    serving.endpoints[0].close()


def test_one_pipeline_that_fails_does_not_hold_up_the_others(settings, monkeypatch):
    """Each is followed, flushed and closed, whatever becomes of those before it."""
    rows_body(settings)
    serving = Serving(settings, ["shop", "shop"])
    first, second = serving.endpoints

    def fail() -> bool:
        raise OSError("away")

    monkeypatch.setattr(first, "look", fail)

    with pytest.raises(OSError, match="away"):
        serving.follow()

    assert second.served.version == 1
    second.close()


def test_a_round_that_fails_is_tried_again():
    """The thread that keeps up with the registry outlives the registry."""
    rounds = []
    done = threading.Event()

    def work() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            done.set()
        raise OSError("away")

    running = Rounds("test", 0.001, work).start()

    assert done.wait(30)
    running.stop()
    assert running.failure == "away"
