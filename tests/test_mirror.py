"""The mirror in MLflow, brought up to date by a kernel."""

from pathlib import Path

import pytest
from conftest import write_kernel

from aifactory_nb.ledger import Ledger
from aifactory_nb.mirror import NORMAL, is_behind, mirror
from aifactory_nb.settings import Settings, load_settings

AWAY = "postgresql://ada:secret@127.0.0.1:1/mlflow"


@pytest.fixture
def settings(workspace: Path) -> Settings:
    """Those of a workspace that has MLflow, and a model whose folder is gone."""
    (workspace / "settings.ini").write_text("")
    settings = load_settings(workspace)
    Ledger(settings.ledger_url).add_model("shop", "run-1", "digest", "models/v1", {})
    return settings


def test_a_kernel_brings_it_up_to_date(settings: Settings) -> None:
    """It says what was missing, in one line."""
    told = mirror(settings, NORMAL)

    assert told.endswith("1 versions and 0 aliases brought up to date.")
    assert not is_behind(settings)


def test_mlflow_that_is_away_is_remembered(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run tries again, and forgets it."""
    with monkeypatch.context() as patch:
        patch.setenv("AIFACTORY_TRACKING_URI", AWAY)
        told = mirror(load_settings(settings.workspace), NORMAL)

    assert "could not be brought up to date" in told and "secret" not in told
    assert is_behind(settings)
    mirror(settings, NORMAL)
    assert not is_behind(settings)


def test_without_mlflow_there_is_nothing_to_tell(workspace: Path) -> None:
    """Nor is a kernel started."""
    assert mirror(load_settings(workspace), "no kernel") == ""


def test_a_kernel_that_ends_leaves_the_mirror_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has succeeded all the same."""
    write_kernel(settings.workspace, monkeypatch, "sh", "-c", "exit 3")
    told = mirror(settings, "odd")

    assert "could not be brought up to date: The Jupyter kernel 'odd' ended as it started." in told
    assert is_behind(settings)


def test_a_mirror_that_takes_too_long_is_left_to_the_next_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the end of a run does not wait for a server that hangs."""
    monkeypatch.setattr("aifactory_nb.mirror.SECONDS", 0.3)
    write_kernel(settings.workspace, monkeypatch, "sh", "-c", "sleep 60")
    told = mirror(settings, "odd")

    assert told == "MLflow did not answer within 0.3 seconds; it is tried after the next run."
    assert is_behind(settings)
