"""The mirror in MLflow, brought up to date by a kernel."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import write_kernel

from aifactory_nb.ledger import Ledger
from aifactory_nb.mirror import is_behind, mirror, mirror_aside
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.tracking import tracking_client

AWAY = "postgresql://ada:secret@127.0.0.1:1/mlflow"


@pytest.fixture
def settings(workspace: Path) -> Settings:
    """Those of a workspace that has MLflow, and a model whose folder is gone."""
    (workspace / "settings.ini").write_text(
        "[executor]\nkernel = python3\n"
    )  # the warm one has to import more
    settings = load_settings(workspace)
    Ledger(settings.ledger_url).add_model("shop", "run-1", "digest", "models/v1", {})
    return settings


def with_odd_kernel(settings: Settings) -> Settings:
    """The settings of stages that a kernel `odd` carries out."""
    return replace(settings, executor=replace(settings.executor, kernel="odd"))


def test_a_kernel_brings_it_up_to_date(settings: Settings) -> None:
    """It says what was missing, in one line."""
    told = mirror(settings)

    assert told.endswith("1 versions and 0 aliases brought up to date.")
    assert not is_behind(settings)


def test_mlflow_that_is_away_is_remembered(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run tries again, and forgets it."""
    with monkeypatch.context() as patch:
        patch.setenv("AIFACTORY_TRACKING_URI", AWAY)
        told = mirror(load_settings(settings.workspace))

    assert "could not be brought up to date" in told and "secret" not in told
    assert is_behind(settings)
    mirror(settings)
    assert not is_behind(settings)


@pytest.mark.long
def test_whoever_moves_an_alias_does_not_wait(settings: Settings) -> None:
    """A process of its own does it; the store knows that it is behind until it is done."""
    told, behind = mirror_aside(settings), is_behind(settings)
    while is_behind(settings):
        time.sleep(0.1)

    assert told == "MLflow follows in some seconds." and behind
    assert tracking_client(settings.tracking_uri).get_model_version("shop", "1")


def test_without_mlflow_there_is_nothing_to_tell(workspace: Path) -> None:
    """Nor is a kernel started."""
    assert mirror(load_settings(workspace)) == ""
    assert mirror_aside(load_settings(workspace)) == ""


def test_a_kernel_that_ends_leaves_the_mirror_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has succeeded all the same."""
    write_kernel(settings.workspace, monkeypatch, "sh", "-c", "exit 3")
    told = mirror(with_odd_kernel(settings))

    assert "could not be brought up to date: The Jupyter kernel 'odd' ended as it started." in told
    assert is_behind(settings)


def test_a_mirror_that_takes_too_long_is_left_to_the_next_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the end of a run does not wait for a server that hangs."""
    monkeypatch.setattr("aifactory_nb.mirror.SECONDS", 0.3)
    write_kernel(settings.workspace, monkeypatch, "sh", "-c", "sleep 60")
    told = mirror(with_odd_kernel(settings))

    assert told == "MLflow did not answer within 0.3 seconds; it is tried after the next run."
    assert is_behind(settings)
