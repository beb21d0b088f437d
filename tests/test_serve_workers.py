"""Several processes behind one port: replaced when they die, counted as one, ended without a failed request."""

import os
import signal
import socket
from pathlib import Path

import pytest
from served_process import Askers, Server, ids_in_table, rows_body

from aifactory_nb.errors import ServiceError
from aifactory_nb.serve_workers import Supervisor
from aifactory_nb.settings import ServingSettings, Settings


def workers_of(server: Server) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(name) for name in children.read_text().split()]


@pytest.mark.long
def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(settings):
    """Under load one of two workers gets kill -9, then the service is ended: each acknowledged prediction is there once."""
    body = rows_body(settings)
    server = Server(settings, "--workers", "2")
    before = workers_of(server)
    askers = Askers(server, body, again=True).wait_for(100)
    os.kill(before[0], signal.SIGKILL)
    askers.wait_for(len(askers.statuses) + 200)
    while server.metric("aifactory_worker_restarts") < 1 or server.metric("aifactory_workers") < 2:
        pass
    counted = server.metric("aifactory_requests_total")
    after = workers_of(server)
    code = server.end()
    askers.stop()

    assert code == 0 and len(after) == 2 and before[0] not in after and before[1] in after
    assert set(askers.statuses) == {200}
    assert len(askers.broken) <= len(askers.threads)  # those that the killed one was answering
    found = ids_in_table(settings)
    assert len(found) == len(set(found))
    assert set(askers.acknowledged) <= set(found)
    assert counted > 0.8 * len(askers.statuses)  # of a killed worker the last second may be missing


def test_it_ends_without_a_failed_request(settings):
    """SIGTERM under load: every request that was sent is answered, and all answers are in the table."""
    body = rows_body(settings)
    server = Server(settings, "--workers", "2")
    askers = Askers(server, body).wait_for(200)
    code = server.end()
    askers.stop()

    assert (code, askers.broken, set(askers.statuses)) == (0, [], {200})
    assert sorted(askers.acknowledged) == sorted(ids_in_table(settings))


def test_a_worker_that_cannot_start_ends_the_service(settings):
    """A pipeline that cannot be served is told by the worker; the service does not try for ever."""
    supervisor = Supervisor(
        Settings(settings.workspace, serving=ServingSettings(port=0, workers=2)), ["shopp"]
    )

    with pytest.raises(ServiceError, match="Worker . of 2 ended with code 6 before it could"):
        supervisor.run()

    assert all(worker.process.poll() is not None for worker in supervisor.workers.values())


def test_workers_end_with_their_supervisor(settings):
    """When the supervisor is killed, nobody goes on behind its port."""
    rows_body(settings)
    server = Server(settings, "--workers", "2")
    server.end(signal.SIGKILL)

    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) != 0:
                return
