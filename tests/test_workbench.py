"""What a page can see and ask for, without a server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_server import wait_until
from serving import add_version, fill_tables

from aifactory_nb.errors import (
    BusyError,
    FormError,
    ModelNotFoundError,
    NotFoundError,
    ParameterError,
)
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.workbench import Workbench


@pytest.fixture
def bench(line: Path) -> Iterator[Workbench]:
    """The workbench of a workspace."""
    found = Workbench(line)
    yield found
    found.close()


def ended(bench: Workbench, launch: dict[str, Any]) -> dict[str, Any]:
    """What was started, when it has ended."""
    name = launch["launch"]
    wait_until(lambda: bench.launch(name)["status"] in ("ended", "failed"))
    return bench.launch(name)


def test_where_there_is_no_workspace_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The factory has the problem; all else is not there."""
    monkeypatch.delenv("AIFACTORY_WORKSPACE", raising=False)
    bench = Workbench(tmp_path)
    state = bench.factory()

    assert "aifactory init" in state["problem"] and state["pipelines"] == []
    for ask in (lambda: bench.run("any"), lambda: bench.form("shop"), bench.templates):
        with pytest.raises(NotFoundError, match="aifactory init"):
            ask()


def test_the_state_has_the_same_keys_without_a_workspace(bench: Workbench, tmp_path: Path) -> None:
    """A page need not ask which it is."""
    assert bench.factory().keys() == Workbench(tmp_path).factory().keys()


def test_a_workspace_below_the_folder_is_the_one_that_was_named(
    line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `aifactory --workspace` does."""
    monkeypatch.setenv("AIFACTORY_WORKSPACE", str(line))
    bench = Workbench(line.parent)
    state = bench.factory()
    bench.close()

    assert state["workspace"] == line.name and state["problem"] == ""
    assert state["pipelines"][0]["path"] == f"{line.name}/pipelines/shop/pipeline.toml"


def test_a_ledger_that_cannot_be_read_is_a_problem_of_the_state(
    bench: Workbench, line: Path
) -> None:
    """The pipelines are shown all the same."""
    settings = line / "settings.ini"
    settings.write_text(settings.read_text() + "[ledger]\nurl = nosql://x\n")
    state = bench.factory()

    assert "nosql" in state["problem"] or "[ledger]" in state["problem"]
    assert [row["name"] for row in state["pipelines"]] == ["shop"]


def test_settings_that_change_are_read(bench: Workbench, line: Path) -> None:
    """Without a new server; the same ones keep their connections."""
    first = bench.workspace()
    same = bench.workspace()
    (line / "settings.ini").write_text("[tracking]\nenabled = false\n[executor]\nworkers = 1\n")
    other = bench.workspace()

    assert first is same and other is not first
    assert other.settings.executor.workers == 1


def test_a_request_is_checked_before_anything_is_started(bench: Workbench) -> None:
    """No process, no run."""
    with pytest.raises(FormError, match="size must be int"):
        bench.start({"pipeline": "shop", "values": {"make": {"size": "x"}}}, "")

    assert bench.factory()["launches"] == []


def test_a_run_that_has_succeeded_is_not_resumed(bench: Workbench, line: Path) -> None:
    """Nor one that was run by hand."""
    ledger = Ledger(load_settings(line).ledger_url)
    ledger.start_run("done", "shop", "run", {"requests": []}, 0)
    ledger.end_run("done", "succeeded")
    ledger.start_run("hand", "shop", "manual", {}, 1)
    ledger.end_run("hand", "failed")

    with pytest.raises(BusyError, match="nothing to resume"):
        bench.resume("done", {}, "")
    with pytest.raises(ParameterError, match="run by hand"):
        bench.resume("hand", {}, "")


def test_a_version_is_promoted_and_rolled_back(settings: Settings) -> None:
    """By the command, for a reason, in the name of the user; versions can be compared."""
    fill_tables(settings)
    versions = [add_version(settings, rounds=rounds) for rounds in (5, 10)]
    bench = Workbench(settings.workspace)
    asked = {"version": versions[0], "alias": "champion", "reason": "it's better"}
    promoted = ended(bench, bench.promote("shop", asked, "ada"))
    history = bench.models("shop")
    back = ended(bench, bench.rollback("shop", {"reason": "it was not"}, "ada"))
    compared = bench.compare("shop", "1", "2")
    with pytest.raises(FormError, match="reason is missing"):
        bench.rollback("shop", {"reason": " "}, "")
    with pytest.raises(FormError, match="version must be a number"):
        bench.compare("shop", "1", "")
    with pytest.raises(ModelNotFoundError):
        bench.rollback("shop/region=west", {"reason": "x"}, "")
    bench.close()

    assert promoted["status"] == "ended", promoted
    assert history["aliases"]["champion"] == versions[0]
    assert (history["events"][0]["actor"], history["events"][0]["reason"]) == ("ada", "it's better")
    assert back["status"] == "ended", back
    assert (compared["left"], compared["right"]) == (1, 2)


def test_a_segment_is_named_as_the_command_takes_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of a product quotes what a path cannot hold."""
    bench, started = Workbench(settings.workspace), list[Any]()
    ledger = Ledger(settings.ledger_url)
    ledger.add_model("shop/region=a%2Cb%20c", "run", "digest", "path", {})
    monkeypatch.setattr(bench, "_launch", lambda *told: started.append(told[1:]) or {})
    bench.rollback("shop/region=a%2Cb%20c", {"reason": "-x"}, "ada")
    bench.close()

    words = ["rollback", "shop", "--reason", "-x", "--segment", "region=a,b c"]
    assert started == [(words, "shop", "ada")]
