"""What the service tells: lines for people and programs, and spans."""

import json
import logging
import sys

import pytest

from aifactory_nb.asgi import Request, Response
from aifactory_nb.errors import SettingsError
from aifactory_nb.service_log import ACCESS, JsonLines, start_log, tell_request, trace_requests
from aifactory_nb.web import Opened, Route

OPENED = Opened(Route("POST", "predict", lambda _: Response(b""), "predict", "shop"), "web", 0.0)


def test_a_request_is_one_line_of_json(caplog):
    """With its id, its caller and its status; what a caller sends cannot make a line of its own."""
    caplog.set_level(logging.INFO, ACCESS.name)
    request = Request("POST", "/predict/a\nb", {b"x-request-id": b"r1"}, b"12")

    tell_request(OPENED, request, Response(b"", 422), 0.0012)

    (record,) = caplog.records
    (line,) = JsonLines().format(record).splitlines()
    told = json.loads(line)
    assert (told["request_id"], told["status"], told["caller"], told["bytes"]) == (
        "r1",
        422,
        "web",
        2,
    )
    assert "\n" not in record.getMessage()


def test_a_traceback_stays_in_its_line():
    """A program that reads lines reads an error as one."""
    try:
        raise KeyError("x")
    except KeyError:
        record = logging.LogRecord("a", logging.ERROR, "", 1, "failed", (), sys.exc_info())

    (line,) = JsonLines().format(record).splitlines()

    assert "KeyError" in json.loads(line)["traceback"]


def test_a_kind_of_log_that_does_not_exist_is_told():
    """With the one that was meant."""
    with pytest.raises(SettingsError, match="Did you mean 'json'"):
        start_log("jsn")


def test_a_failed_request_is_a_failed_span():
    """Spans have path, status and the id of the request."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    request = Request("POST", "/predict/shop", {b"x-request-id": b"r1"}, b"")

    trace_requests(provider)(OPENED, request, Response(b"", 500), 0.25)

    (span,) = spans.get_finished_spans()
    assert span.name == "POST predict" and not span.status.is_ok
    assert span.attributes["aifactory.request_id"] == "r1"
    assert abs(span.end_time - span.start_time - 250_000_000) < 1000
