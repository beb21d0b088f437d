"""Hooks: a real command and a real web service are told how a run ended."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.errors import SecretError, SettingsError
from aifactory_nb.ledger import Ledger
from aifactory_nb.notify import Notifier, RunEnded
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.redact import Redactor
from aifactory_nb.runner import start_run
from aifactory_nb.settings import NotifySettings, Settings
from aifactory_nb.stage import time_window

ENDED = RunEnded("shop", "run-1", "failed", "make failed: no entry for s3cr3t", {"failed": 1})
REDACT = Redactor({"TOKEN": "s3cr3t"})


class Service:
    """A web service that writes down what is posted to it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict, bytes]] = []
        self.status, self.headers = 204, {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append((self.path, dict(self.headers), body))
                self.send_response(service.status)
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service() -> Iterator[Service]:
    """The web service."""
    service = Service()
    yield service
    service.server.shutdown()
    service.server.server_close()


def with_notify(settings: Settings, **keys: str | int) -> Settings:
    """The settings with a section `[notify]`."""
    return replace(settings, notify=NotifySettings(**keys))  # type: ignore[arg-type]


def problems(ledger: Ledger) -> list[str]:
    """What the ledger was told of hooks."""
    events = [event for event in ledger.audit_events() if event["action"] == "notify.failed"]
    return [event["details"]["problem"] for event in events]


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    """The ledger of the workspace."""
    return Ledger(settings.ledger_url)


def test_a_command_gets_the_event_on_its_input(settings: Settings, ledger: Ledger) -> None:
    """In the workspace, with its words as they are quoted, and without values that must not be read."""
    code = "import sys; open('a file.json', 'w').write(sys.stdin.read())"
    told = with_notify(settings, command=f'{sys.executable} -c "{code}"')
    Notifier(told, REDACT).tell(ENDED, ledger)
    event = json.loads((settings.workspace / "a file.json").read_text())

    assert (event["event"], event["run"], event["stages"]) == ("run.failed", "run-1", {"failed": 1})
    assert event["message"] == "make failed: no entry for [secret TOKEN]"
    assert problems(ledger) == []


def test_a_command_is_no_shell(settings: Settings, ledger: Ledger) -> None:
    """Nothing in it is carried out by a shell."""
    Notifier(with_notify(settings, command="echo hi > made; touch made"), REDACT).tell(
        ENDED, ledger
    )

    assert not (settings.workspace / "made").exists()


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("no-such-program", "no-such-program cannot be run: No such file"),
        (
            f"{sys.executable} -c \"raise SystemExit('no s3cr3t')\"",
            "exit code 1: no [secret TOKEN]",
        ),
    ],
)
def test_a_command_that_fails_is_noted(
    settings: Settings, ledger: Ledger, command: str, problem: str
) -> None:
    """In the ledger, without values that must not be read; nothing is raised."""
    Notifier(with_notify(settings, command=command), REDACT).tell(ENDED, ledger)

    assert problem in problems(ledger)[0]


def test_a_command_that_hangs_is_ended_with_its_children(
    settings: Settings, ledger: Ledger
) -> None:
    """After the time-out; the run does not wait for it longer."""
    code = "import os, time; os.fork(); open(f'{os.getpid()}.pid', 'w'); time.sleep(600)"
    told = with_notify(settings, command=f'{sys.executable} -c "{code}"', timeout=2)
    Notifier(told, REDACT).tell(ENDED, ledger)
    left = [Path("/proc") / path.stem for path in settings.workspace.glob("*.pid")]
    end = time.monotonic() + 30
    while any(path.exists() for path in left) and time.monotonic() < end:
        time.sleep(0.05)

    assert "longer than 2 seconds" in problems(ledger)[0]
    assert left and not any(path.exists() for path in left)


def test_a_webhook_is_posted_to_with_a_header_from_a_secret(
    settings: Settings, ledger: Ledger, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret is in the header and nowhere else."""
    monkeypatch.setenv("AIFACTORY_SECRET_HOOK", "hook-token")
    header = "Authorization: Bearer secret:HOOK"
    Notifier(with_notify(settings, webhook=service.url, header=header), REDACT).tell(ENDED, ledger)
    path, headers, body = service.got[0]

    assert (path, headers["Authorization"]) == ("/hook", "Bearer hook-token")
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["status"] == "failed" and b"s3cr3t" not in body
    assert problems(ledger) == []


@pytest.mark.parametrize("status", [302, 400, 500])
def test_a_webhook_that_refuses_is_noted(
    settings: Settings, ledger: Ledger, service: Service, status: int
) -> None:
    """It is asked once and not followed elsewhere: what is posted is not posted again."""
    service.status, service.headers = status, {"Location": service.url}
    Notifier(with_notify(settings, webhook=service.url), REDACT).tell(ENDED, ledger)

    assert f"answers {status}" in problems(ledger)[0]
    assert len(service.got) == 1


def test_a_webhook_that_is_away_is_noted(settings: Settings, ledger: Ledger) -> None:
    """The run ends as it would have."""
    told = with_notify(settings, webhook="http://127.0.0.1:9/hook")
    Notifier(told, REDACT).tell(ENDED, ledger)

    assert "no answer" in problems(ledger)[0]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"on": "failed, suceeded"}, "no such end 'suceeded'. Did you mean 'succeeded'"),
        ({"webhook": "http://example.com/x"}, "expected https://"),
        ({"webhook": "ftp://localhost/x"}, "expected https://"),
        ({"command": "tell 'it"}, "No closing quotation"),
        ({"webhook": "https://x.org", "header": "Bearer"}, "expected NAME: VALUE"),
    ],
)
def test_a_slip_is_told_before_a_run(settings: Settings, keys: dict, message: str) -> None:
    """Not when the first run fails."""
    with pytest.raises(SettingsError, match=message):
        Notifier(with_notify(settings, **keys), REDACT)


def test_a_missing_secret_of_the_header_is_told_before_a_run(settings: Settings) -> None:
    """As those of parameters are."""
    keys = {"webhook": "https://x.org", "header": "Authorization: secret:NONE"}
    with pytest.raises(SecretError, match="'NONE' is missing"):
        Notifier(with_notify(settings, **keys), REDACT)


def test_only_the_ends_that_were_asked_for_are_told(
    settings: Settings, ledger: Ledger, service: Service
) -> None:
    """By default those that need somebody."""
    notifier = Notifier(with_notify(settings, webhook=service.url), REDACT)
    for status in ("succeeded", "stopped", "failed"):
        notifier.tell(replace(ENDED, status=status), ledger)

    assert [json.loads(body)["status"] for _, _, body in service.got] == ["stopped", "failed"]


def test_a_gate_that_stops_a_run_is_told_with_what_it_found(
    settings: Settings, service: Service
) -> None:
    """By the runner, once the ledger knows how the run ended."""
    check = "[{'expectation': 'rows', 'limit': 1, 'found': 0, 'passed': False}]"
    cells = stage_cells("make", f"stage.gate('look', False, {check})")
    write_notebook(settings.workspace, "make", cells)
    told = with_notify(settings, webhook=service.url)
    pipeline = load_pipeline(settings.workspace, "shop")
    outcome = start_run(told, pipeline, [Request(["make"], time_window(pipeline))]).execute()
    event = json.loads(service.got[0][2])

    assert outcome.status == event["status"] == "stopped"
    assert event["run"] == outcome.run and event["gate"]["name"] == "look"
    assert "limit 1, found 0" in event["gate"]["found"][0]


def test_a_hook_that_fails_does_not_fail_the_run(settings: Settings) -> None:
    """Whatever becomes of it, the outcome is that of the stages."""
    write_notebook(settings.workspace, "make", stage_cells("make", "stage.output('n', 1)"))
    told = with_notify(settings, command="no-such-program", on="succeeded")
    pipeline = load_pipeline(settings.workspace, "shop")
    outcome = start_run(told, pipeline, [Request(["make"], time_window(pipeline))]).execute()

    assert outcome.status == "succeeded"
    assert "no-such-program" in problems(Ledger(settings.ledger_url))[0]
