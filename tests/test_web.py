"""What every request goes through."""

import asyncio
import logging
import time
from dataclasses import replace

import pytest
from serving import ask

from aifactory_nb.asgi import HttpError, Request, Response, json_response
from aifactory_nb.errors import BusyError, StoreError
from aifactory_nb.settings import ServingSettings
from aifactory_nb.web import LONG_BODY, TURN_SECONDS, Opened, Route, WebApplication, get_route

ERRORS = {
    "busy": BusyError("Later."),
    "full": StoreError("The disk is full."),
    "ours": KeyError("secret"),
}


class Counter(list):
    def count(self, kind: str, pipeline: str, status: int, seconds: float) -> None:
        self.append((kind, pipeline, status))


class Small(WebApplication):
    def find(self, parts: list[str]) -> Route | None:
        return get_route("small", lambda: self.answer(parts[0])) if len(parts) == 1 else None

    def answer(self, what: str) -> Response:
        if what in ERRORS:
            raise ERRORS[what]
        return json_response(what)


@pytest.fixture
def small() -> Small:
    return Small(ServingSettings(tokens=False), Counter())


@pytest.mark.parametrize(
    ("path", "status"),
    [("/a", 200), ("/busy", 503), ("/full", 503), ("/ours", 500), ("/a/b", 404)],
)
def test_errors_become_answers_and_are_counted(small, path, status, caplog):
    """Whatever happens; the inside of an error of ours is in the log only, under the id that is told."""
    caplog.set_level(logging.CRITICAL)
    found, answer = ask(small, "GET", path)

    assert found == status and "secret" not in str(answer)
    assert small.counter == [("refused" if status == 404 else "small", "", status)]
    assert ("request_id" in answer) == (status == 500)


def test_those_who_watch_are_told_of_each_answer(small):
    """With the request and its time."""
    seen = []
    small.observers.append(lambda opened, request, answer, took: seen.append((request.path, took)))

    ask(small, "GET", "/a")

    assert seen[0][0] == "/a" and seen[0][1] > 0


def test_routes_that_strangers_make_up_are_not_kept():
    """The memory is for those who may ask."""
    application = Small(ServingSettings(), Counter())
    application.find = lambda parts: get_route("x", lambda: json_response(1), "predict")

    for number in range(5):
        with pytest.raises(HttpError):
            application.open("GET", f"/{number}", {})

    assert application._routes == {}


def test_what_takes_long_is_known_from_its_body():
    """Others do not wait for it: a word in the body says so, or its length, or the route."""
    route = Route("POST", "", lambda request: json_response(1), "small", slow_word=b"explain")
    opened = Opened(route, "", 0.0)

    assert opened.is_long(b'{"explain": 3}') and not opened.is_long(b"{}")
    assert opened.is_long(b" " * LONG_BODY)
    assert not Opened(replace(route, slow_word=b""), "", 0.0).is_long(b"explain")


def test_it_ends_in_order(small):
    """What has to be done at the start and at the end is done."""
    done = []
    small.at_startup, small.at_shutdown = lambda: done.append("up"), lambda: done.append("down")
    told = iter(["lifespan.startup", "lifespan.shutdown"])
    sent = []

    async def receive():
        return {"type": next(told)}

    async def send(message):
        sent.append(message["type"])

    asyncio.run(small({"type": "lifespan"}, receive, send))

    assert done == ["up", "down"]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_requests_that_came_together_are_answered_in_their_order(small):
    """Each of them, and counted; what takes long does not hold up the answers that are there."""
    sent = []

    def slow() -> Response:
        time.sleep(2 * TURN_SECONDS)
        sent.append("made")
        return json_response(1)

    small.find = lambda parts: get_route("x", slow)
    request = Request("GET", "/a", {}, b"")
    first = [small.turn.add(small.open("GET", "/a", {}), request, sent.append) for _ in range(3)]
    small.turn.answer()

    assert first == [True, False, False]
    assert [told if told == "made" else told.body for told in sent] == ["made", b"1"] * 3
    assert len(small.counter) == 3
