"""What a page can see and ask for, without a server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_server import wait_until
from serving import add_version, fill_tables

from aifactory_nb.errors import (
    AifactoryError,
    BusyError,
    FormError,
    ModelNotFoundError,
    NotFoundError,
    ParameterError,
)
from aifactory_nb.ledger import Ledger
from aifactory_nb.registry import promote
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


@pytest.fixture
def shop(settings: Settings) -> Iterator[Workbench]:
    """The workbench of a workspace with three versions, of which the first is the champion."""
    _, store = fill_tables(settings)
    for rounds in (3, 4, 5):
        add_version(settings, rounds=rounds, champion=False)
    promote(store, Ledger(settings.ledger_url), "shop", 1, "tester", "To begin with.")
    bench = Workbench(settings.workspace)
    yield bench
    bench.close()


def test_a_rollout_is_begun(shop: Workbench) -> None:
    """By the command, for a reason, in the name of the user; then the guards can be asked."""
    before = shop.rollout("shop")
    start = {"change": "start", "version": 2, "policy": "canary", "steps": "10 %, 50"}
    begun = ended(shop, shop.change_rollout("shop", {**start, "reason": "a b"}, "ada"))
    row, guards = shop.models("shop")["rollout"], shop.rollout("shop")

    command = "aifactory rollout start shop 2 --policy canary --steps 10,50,100 --reason 'a b'"
    assert (begun["status"], begun["command"]) == ("ended", command), begun
    assert (row["steps"], row["next"], row["actor"]) == ([10, 50, 100], 0.5, "ada")
    assert before is None and guards is not None and guards["verdict"] == "keep"
    assert shop.factory()["models"][0]["rollout"] == row


def begin_rollout(shop: Workbench, policy: str = "canary") -> None:
    """Begin a rollout of version 2."""
    ledger, named = shop.workspace().ledger, {"policy": policy, "steps": [10, 50, 100]}
    ledger.start_rollout("shop", 1, 2, {2: 0.1}, named, "ada", "Better.", {})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"change": "begin"}, "'begin' is none"),
        ({"change": "start", "version": 2, "policy": "canary"}, "reason is missing"),
        ({"change": "start", "version": 2, "policy": "canry"}, "Did you mean 'canary'"),
        ({"change": "start", "version": 2, "policy": "direct"}, "none that begins a rollout"),
        ({"change": "start", "version": 1, "policy": "canary"}, "is the champion already"),
        ({"change": "start", "version": 9, "policy": "canary"}, "no model version 9"),
        ({"change": "start", "version": "x", "policy": "canary"}, "must be a number"),
        ({"change": "start", "version": 2, "policy": "canary", "steps": "5,1"}, "that grow"),
        ({"change": "start", "version": 2, "policy": "canary", "steps": "a"}, "that grow"),
        ({"change": "step"}, "has ended meanwhile"),
        ({"change": "promote", "version": 2}, "has ended meanwhile"),
        ({"change": "abort"}, "has ended meanwhile"),
    ],
)
def test_a_rollout_that_cannot_be_is_refused_before_anything_is_started(
    shop: Workbench, body: dict[str, Any], told: str
) -> None:
    """With what is wrong, and no process."""
    with pytest.raises(AifactoryError, match=told):
        shop.change_rollout("shop", body, "ada")
    assert shop.factory()["launches"] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"change": "step", "percent": 30}, ["step", "shop", "--percent", "30"]),
        ({"change": "step"}, ["step", "shop"]),
        ({"change": "promote"}, ["promote", "shop", "--version", "2"]),
        ({"change": "abort"}, ["abort", "shop"]),
    ],
)
def test_a_rollout_under_way_is_changed_by_its_commands(
    shop: Workbench, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any], words: list[str]
) -> None:
    """The version is named, so that no other one is promoted than the page has shown."""
    begin_rollout(shop)
    started = list[Any]()
    monkeypatch.setattr(shop, "_launch", lambda *told: started.append(told[1:]) or {})
    shop.change_rollout("shop", {**body, "rollout": 1, "reason": "x"}, "ada")

    assert started == [(["rollout", *words, "--reason", "x"], "shop", "ada")]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"change": "start", "version": 3, "policy": "canary", "reason": "x"}, "is under way"),
        ({"change": "step", "rollout": 7, "percent": 5, "reason": "x"}, "has ended meanwhile"),
        ({"change": "step", "rollout": 1, "percent": 101, "reason": "x"}, "from 0 to 100"),
        ({"change": "step", "rollout": 1, "percent": True, "reason": "x"}, "from 0 to 100"),
    ],
)
def test_what_a_rollout_that_is_under_way_refuses(
    shop: Workbench, body: dict[str, Any], told: str
) -> None:
    """Another one beside it, a share that is none, and a change of one that is no longer there."""
    begin_rollout(shop)
    with pytest.raises(AifactoryError, match=told):
        shop.change_rollout("shop", body, "ada")


@pytest.mark.parametrize("policy", ["shadow", "bandit", "blue-green"])
def test_only_a_canary_has_a_next_step(shop: Workbench, policy: str) -> None:
    """Of any other rollout a share is named, as the command wants it."""
    begin_rollout(shop, policy)
    asked = {"change": "step", "rollout": 1, "reason": "x"}
    with pytest.raises(FormError, match=f"percent is missing: a rollout by {policy} has no steps"):
        shop.change_rollout("shop", asked, "ada")

    stepped = ended(shop, shop.change_rollout("shop", {**asked, "percent": 30}, "ada"))

    row = shop.models("shop")["rollout"]
    assert stepped["status"] == "ended", stepped
    assert (row["next"], row["steps"], row["shares"][1]) == (None, [], {"version": 2, "share": 0.3})


def test_a_page_is_told_what_it_can_do_and_no_command(shop: Workbench) -> None:
    """The buttons are named, where a terminal would be told a command."""
    nowhere = {"version": 3, "alias": "champion", "reason": "x"}
    with pytest.raises(ModelNotFoundError) as first:
        shop.rollback("shop", {"reason": "x"}, "")
    begin_rollout(shop)
    with pytest.raises(BusyError) as beside:
        shop.promote("shop", nowhere, "")
    shop.workspace().ledger.start_run("r1", "shop", "run", {}, 1)
    with pytest.raises(BusyError) as busy:
        shop.start({"pipeline": "shop"}, "")

    with pytest.raises(ParameterError) as copy:
        shop.start({"pipeline": "shop@replay"}, "")

    told = {"Promote…": first, "Abort…": beside, "Cancel Run": busy, "Resume": copy}
    for word, error in told.items():
        text = str(error.value)
        assert word in text and "aifactory " not in text and "--" not in text, text


def test_a_segment_has_no_rollouts(shop: Workbench, settings: Settings) -> None:
    """Its versions are promoted at once."""
    add_version(settings, product="shop/region=west", champion=False)
    asked = {"change": "start", "version": 1, "policy": "canary", "reason": "x"}
    with pytest.raises(ParameterError, match="at once, without a rollout"):
        shop.change_rollout("shop/region=west", asked, "")


def test_the_card_of_a_version_is_a_page(shop: Workbench) -> None:
    """Of one that there is not, that is said."""
    page = shop.card("shop", "2")

    assert page["title"] == "shop, version 2" and page["html"].startswith("<!doctype html>")
    for asked in ({"version": "9"}, {"candidate": "../x"}):
        with pytest.raises(ModelNotFoundError):
            shop.card("shop", **asked)
    with pytest.raises(FormError, match="version must be a number"):
        shop.card("shop")


def test_a_segment_is_named_as_the_command_takes_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of a product quotes what a path cannot hold."""
    bench, started = Workbench(settings.workspace), list[Any]()
    ledger = Ledger(settings.ledger_url)
    for number in (1, 2):
        ledger.add_model("shop/region=a%2Cb%20c", f"r{number}", f"d{number}", "path", {})
        ledger.set_alias("shop/region=a%2Cb%20c", "champion", number, "bo", "better", {})
    monkeypatch.setattr(bench, "_launch", lambda *told: started.append(told[1:]) or {})
    bench.rollback("shop/region=a%2Cb%20c", {"reason": "-x"}, "ada")
    bench.close()

    words = ["rollback", "shop", "--reason", "-x", "--segment", "region=a,b c"]
    assert started == [(words, "shop", "ada")]
