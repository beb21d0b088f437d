"""A real HTTP server on this machine: pages, retries, redirects, and answers that are not what they should be."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from aifactory_nb.errors import AifactoryError, DataError, PipelineError
from aifactory_nb.http_client import LONGEST_PAUSE, Client, origin
from aifactory_nb.http_source import read_http, with_parameters
from aifactory_nb.source import Wanted

ROWS = [{"number": number, "price": number + 0.5} for number in range(1, 8)]
Answer = tuple[int, dict[str, str], bytes]


class Service:
    """A server whose answers a test decides, and which remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.answer: Callable[[str, dict[str, str]], Answer] = lambda path, query: (200, {}, b"[]")
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                service.asked.append((parts.path, query, headers))
                status, extra, body = service.answer(parts.path, query)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **extra}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """End the server."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service() -> Iterator[Service]:
    """A server of this test's own."""
    service = Service()
    yield service
    service.close()


def told(value: object, **headers: str) -> Answer:
    """A JSON answer."""
    return 200, headers, json.dumps(value).encode()


def numbers(service: Service, path: str = "/orders", wanted: Wanted | None = None, **options):
    """The numbers of the rows that come."""
    frame = read_http(
        wanted or Wanted(Path()), service.url + path, **{"backoff": 0.01, "retries": 2, **options}
    )
    return frame.collect()["number"].to_list()


def test_a_list_of_objects_is_a_table(service: Service) -> None:
    """Whole and broken numbers go together, a key that some rows lack is null, what is nested is JSON text."""
    rows = [{"a": 1, "b": {"c": [1]}}, {"a": 2.5}, {"a": None, "d": "x"}]
    service.answer = lambda path, query: told({"data": {"items": rows}})

    frame = read_http(Wanted(Path()), service.url, records="data.items").collect()

    assert frame.to_dict(as_series=False) == {
        "a": [1.0, 2.5, None],
        "b": ['{"c": [1]}', None, None],
        "d": [None, None, "x"],
    }


def test_pages_by_number(service: Service) -> None:
    """Until a page is empty."""
    service.answer = lambda path, query: told(ROWS[3 * int(query["p"]) - 3 : 3 * int(query["p"])])

    assert numbers(service, paging={"by": "page", "parameter": "p"}) == [1, 2, 3, 4, 5, 6, 7]
    assert [query["p"] for _, query, _ in service.asked] == ["1", "2", "3", "4"]


def test_pages_by_offset(service: Service) -> None:
    """Until a page holds fewer rows than asked for."""

    def answer(path: str, query: dict[str, str]) -> Answer:
        first = int(query["offset"])
        return told({"items": ROWS[first : first + int(query["limit"])]})

    service.answer = answer

    assert numbers(service, paging={"by": "offset", "size": 3}, records="items") == list(
        range(1, 8)
    )
    assert [query["offset"] for _, query, _ in service.asked] == ["0", "3", "6"]


def test_pages_by_a_link_in_the_body(service: Service) -> None:
    """Relative or not, until there is none."""

    def answer(path: str, query: dict[str, str]) -> Answer:
        first = int(query.get("from", 0))
        more = f"?from={first + 3}" if first + 3 < len(ROWS) else None
        return told({"items": ROWS[first : first + 3], "links": {"next": more}})

    service.answer = answer

    found = numbers(service, paging={"by": "next", "path": "links.next"}, records="items")
    assert found == list(range(1, 8))


def test_pages_by_the_link_header(service: Service) -> None:
    """The one that says rel="next", among others."""

    def answer(path: str, query: dict[str, str]) -> Answer:
        first = int(query.get("from", 0))
        links = f'<{service.url}/orders?from=0>; rel="first"'
        if first + 4 < len(ROWS):
            links += f', <{service.url}/orders?from={first + 4}>; rel="next"'
        return told(ROWS[first : first + 4], Link=links)

    service.answer = answer

    assert numbers(service, paging={"by": "link"}) == list(range(1, 8))


def test_pages_by_a_cursor(service: Service) -> None:
    """What one answer gives is sent with the next request, other parameters with it."""

    def answer(path: str, query: dict[str, str]) -> Answer:
        first = {"": 0, "a b&c": 4}[query.get("after", "")]
        return told(
            {"items": ROWS[first : first + 4], "meta": {"cursor": "" if first else "a b&c"}}
        )

    service.answer = answer
    paging = {"by": "cursor", "parameter": "after", "path": "meta.cursor"}

    assert numbers(service, paging=paging, records="items", parameters={"all": "yes"}) == list(
        range(1, 8)
    )
    assert [query["all"] for _, query, _ in service.asked] == ["yes", "yes"]


def test_pages_that_never_end_are_found_out(service: Service) -> None:
    """A service that gives the same page again, links to an earlier page, or goes on and on."""
    service.answer = lambda path, query: told(ROWS)
    with pytest.raises(DataError, match="page 2 is one that came before: the paging never ends"):
        numbers(service, paging={"by": "page"})

    service.answer = lambda path, query: told({"items": ROWS, "next": f"{service.url}/orders"})
    with pytest.raises(DataError, match="the paging never ends"):
        numbers(service, paging={"by": "next"}, records="items")

    service.answer = lambda path, query: told([{"number": int(query["page"])}])
    with pytest.raises(DataError, match="more than 5 pages"):
        numbers(service, paging={"by": "page", "most": 5})


def test_csv_by_pages(service: Service) -> None:
    """Each page has its header; numbers are numbers."""
    pages = {"1": b"number;day\n1;2024-01-01\n", "2": b"number;day\n2;\n", "3": b"number;day\n"}
    service.answer = lambda path, query: (200, {}, pages[query["page"]])

    frame = read_http(
        Wanted(Path()),
        service.url,
        format="csv",
        separator=";",
        paging={"by": "page"},
        types={"day": "Date"},
    ).collect()

    assert frame["number"].to_list() == [1, 2]
    assert frame["day"].dtype.is_temporal() and frame["day"].null_count() == 1


def test_a_busy_service_is_asked_again(service: Service) -> None:
    """After 503 and 429, and not before the time that it asks for."""
    answers = [(503, {}, b"busy"), (429, {"Retry-After": "0"}, b"slow"), told(ROWS)]
    service.answer = lambda path, query: answers[min(len(service.asked) - 1, 2)]

    assert numbers(service) == list(range(1, 8))
    assert len(service.asked) == 3


def test_a_broken_answer_is_asked_for_again(service: Service) -> None:
    """An answer that is shorter than announced is not taken for whole."""
    body = json.dumps(ROWS).encode()

    def answer(path: str, query: dict[str, str]) -> Answer:
        if len(service.asked) == 1:
            return 200, {"Content-Length": str(len(body)), "Connection": "close"}, body[:20]
        return 200, {}, body

    service.answer = answer

    assert numbers(service) == list(range(1, 8))


def fixed(status: int, body: bytes, **headers: str) -> Callable[[str, dict[str, str]], Answer]:
    """The same answer to everything."""
    return lambda path, query: (status, headers, body)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (fixed(404, b"no such thing"), "answers 404: 'no such thing'. Check source.url"),
        (fixed(401, b"who are you"), "answers 401: 'who are you'. Check the headers"),
        (fixed(500, b"oh"), "no answer after 3 attempts|answers 500"),
        (
            fixed(200, b'[{"number": 1}, {"num'),
            "not valid JSON .it ends in the middle",
        ),
        (fixed(200, b"<html>please log in</html>"), "not valid JSON .*a page for people"),
        (fixed(200, b'{"items": []}'), "expected a list of objects at records = '', found items"),
        (fixed(200, b"[1, 2]"), "expected a list of objects"),
        (fixed(200, b"[]"), "the service gives no rows"),
        (
            fixed(200, b'[{"number": 1}, {"number": "x"}]'),
            "column 'number' mixes int and str. Declare",
        ),
        (
            fixed(302, b"", Location="file:///etc/passwd"),
            "redirected to 'file:///etc/passwd', which is not http",
        ),
        (fixed(302, b"", Location="/again"), "more than 5 redirects"),
        (fixed(200, b" " * 3_000_000), "more than 2 MB came"),
    ],
)
def test_an_answer_that_cannot_be_used_is_explained(
    service: Service, answer: Callable[[str, dict[str, str]], Answer], message: str
) -> None:
    """Status, excerpt and what to do; nothing is taken for an empty table."""
    service.answer = answer

    with pytest.raises(AifactoryError, match=message):
        numbers(service, max_megabytes=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "ftp://host/x"}, "expected http://HOST"),
        ({"url": "file:///etc/passwd"}, "expected http://HOST"),
        ({"url": "http://a:b@host/x"}, "holds a password"),
        ({"format": "xml"}, "no format 'xml'"),
        ({"paging": {"by": "pages"}}, "no way 'pages'. Did you mean 'page'"),
        ({"paging": {"by": "page", "parmeter": "p"}}, "Did you mean 'parameter'"),
        ({"paging": {"by": "offset"}}, "source.paging.size: missing"),
        ({"paging": {"by": "page", "size": 0}}, "expected a number above 0, found 0"),
        ({"format": "csv", "paging": {"by": "cursor"}}, "CSV has page, offset and link"),
        ({"headers": {"Authorization": "Bearer {env:NOT_THERE}"}}, "NOT_THERE is not set"),
    ],
)
def test_options_are_checked_before_anything_is_asked(options: dict, message: str) -> None:
    """A slip in the pipeline file is named."""
    with pytest.raises(PipelineError, match=message):
        read_http(Wanted(Path()), **{"url": "http://127.0.0.1:1/", **options})


def test_a_service_that_is_away_is_told(service: Service) -> None:
    """After the attempts that were asked for."""
    service.close()

    with pytest.raises(DataError, match="no answer after 3 attempts"):
        numbers(service)


def test_secrets_go_to_their_host_only(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a redirect to another host nor an error tells them."""
    monkeypatch.setenv("SHOP_TOKEN", "geheim")
    headers = {"Authorization": "Bearer {env:SHOP_TOKEN}"}
    other = Service()
    other.answer = lambda path, query: told(ROWS)
    service.answer = lambda path, query: (302, {"Location": f"{other.url}/x"}, b"")
    try:
        assert numbers(service, headers=headers) == list(range(1, 8))
    finally:
        other.close()
    assert service.asked[0][2]["authorization"] == "Bearer geheim"
    assert "authorization" not in other.asked[0][2]

    service.answer = lambda path, query: (403, {}, b"token geheim is wrong")
    with pytest.raises(DataError, match=r"token \*\*\* is wrong") as caught:
        numbers(service, headers=headers)
    assert "geheim" not in str(caught.value)


def test_a_next_page_on_another_host_is_refused(service: Service) -> None:
    """A service that points elsewhere does not get the headers there."""
    service.answer = lambda path, query: told({"items": ROWS, "next": "http://localhost:9/x"})

    with pytest.raises(DataError, match="the next page is on another host"):
        numbers(service, paging={"by": "next"}, records="items")


def test_what_is_wanted_goes_into_the_parameters(service: Service) -> None:
    """A watermark that is not known yet is left out."""
    service.answer = lambda path, query: told(ROWS)
    parameters = {"from": "{start}", "changed": "{since}", "kind": "paid"}
    start, end, since = (datetime(2024, month, 1) for month in (1, 2, 3))

    numbers(service, wanted=Wanted(Path(), start, end), parameters=parameters)
    numbers(service, wanted=Wanted(Path(), start, end, since, "at"), parameters=parameters)

    assert [query for _, query, _ in service.asked] == [
        {"from": "2024-01-01T00:00:00", "kind": "paid"},
        {"from": "2024-01-01T00:00:00", "changed": "2024-03-01T00:00:00", "kind": "paid"},
    ]


def test_a_declared_type_is_strict(service: Service) -> None:
    """Dates in text become dates; a mixture becomes what is declared."""
    rows = [
        {"number": 1, "at": "2024-01-01T10:00:00"},
        {"number": "2", "at": "2024-01-02T00:00:00"},
    ]
    service.answer = lambda path, query: told(rows)
    types = {"number": "Int64", "at": "Datetime"}

    frame = read_http(Wanted(Path()), service.url, types=types).collect()
    assert frame.rows() == [(1, datetime(2024, 1, 1, 10)), (2, datetime(2024, 1, 2))]

    with pytest.raises(DataError, match="column 'at': 2 of 2 values are no Int64"):
        read_http(Wanted(Path()), service.url, types={"number": "Int64", "at": "Int64"})


def test_a_pause_that_is_too_long_is_not_waited_for(service: Service) -> None:
    """A service may not put a run to sleep for a day."""
    service.answer = lambda path, query: (429, {"Retry-After": "86400"}, b"tomorrow")
    client = Client(origin(service.url), {}, retries=1, backoff=0.01)

    assert client.pool.connection_pool_kw["retries"].retry_after_max <= LONGEST_PAUSE


def test_parameters_replace_those_of_the_url() -> None:
    """Others stay, and everything is quoted."""
    assert with_parameters("http://h/p?a=1&b=2#x", {"b": "x y"}) == "http://h/p?a=1&b=x+y"
