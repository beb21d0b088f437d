"""Workspace settings."""

from pathlib import Path

import pytest

from aifactory_nb.errors import SettingsError
from aifactory_nb.settings import KernelSettings, find_workspace, load_settings, section_outside


def settings_file(folder: Path, text: str) -> Path:
    """A workspace with this settings file."""
    (folder / "settings.ini").write_text(text)
    return folder


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """AIFACTORY_SECTION_KEY overrides the file."""
    workspace = settings_file(tmp_path, "[executor]\nworkers = 4\n")

    assert load_settings(workspace, {"AIFACTORY_EXECUTOR_WORKERS": "3"}).executor.workers == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[executer]\n", r"unknown section \[executer\]. Did you mean 'executor'"),
        (
            "[executor]\nworker = 1\n",
            r"unknown key 'worker' in \[executor\]. Did you mean 'workers'",
        ),
        ("[executor]\nworkers = many\n", r"\[executor\] workers: expected int, found 'many'"),
        ("[executor]\nretries = -1\n", "expected a number not below 0"),
        ("[executor]\nworkers = 0\n", "workers: expected a number not below 1, found '0'"),
        ("[executor]\nthreads = -1\n", "threads: expected a number not below 0"),
        ("[executor]\nstage_timeout = 0\n", "stage_timeout: expected a number not below 1"),
        ("[kernel]\nidle = 0\n", "idle: expected a number not below 1, found '0'"),
        ("[store]\npath =\n", r"\[store\] path is empty"),
        ("[store]\nruns =\n", r"\[store\] runs is empty"),
        ("[store]\npath = .\n", r"\[store\] path is the workspace itself"),
        ("[store]\nruns = a/..\n", r"\[store\] runs is the workspace itself"),
        ("[store]\npath = runs\n", r"\[store\] path and runs are the same folder"),
        ("[store]\npath = s3://\n", "names no bucket; expected for example s3://BUCKET/PREFIX"),
        ("[store]\npath = ftp://x\n", "no store of kind ftp://.*s3://, gs://, az://"),
        ("[tracking]\nenabled = perhaps\n", "expected true or false, found 'perhaps'"),
        ("workers = 1\n", "not a valid settings file"),
    ],
)
def test_a_slip_in_the_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    """Unknown sections and keys and wrong types are refused."""
    with pytest.raises(SettingsError, match=message):
        load_settings(settings_file(tmp_path, text), {})


def test_the_environment_counts_outside_of_a_workspace() -> None:
    """A kernel may run anywhere."""
    section = section_outside("kernel", {"AIFACTORY_KERNEL_PRELOAD": "polars"})

    assert (section.preload, section.idle) == ("polars", KernelSettings().idle)


def test_an_unknown_variable_is_refused(tmp_path: Path) -> None:
    """A misspelt override is not silently ignored."""
    with pytest.raises(SettingsError, match="Did you mean 'AIFACTORY_EXECUTOR_WORKERS'"):
        load_settings(settings_file(tmp_path, ""), {"AIFACTORY_EXECUTOR_WORKRES": "3"})


def test_no_workspace_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a workspace the error tells what to do."""
    monkeypatch.delenv("AIFACTORY_WORKSPACE", raising=False)
    with pytest.raises(SettingsError, match="aifactory init DIR"):
        find_workspace(tmp_path)


def test_a_relative_ledger_counts_from_the_workspace(tmp_path: Path) -> None:
    """The same file, whichever folder a command runs in."""
    (tmp_path / "settings.ini").write_text("[ledger]\nurl = sqlite:///book.db\n")

    assert load_settings(tmp_path, {}).ledger_url == f"sqlite:///{tmp_path / 'book.db'}"


def test_a_slip_in_the_ledgers_path_is_refused(tmp_path: Path) -> None:
    """An empty ledger in a new folder would look like a factory that has never run."""
    (tmp_path / "settings.ini").write_text("[ledger]\nurl = sqlite:///stroe/ledger.db\n")

    with pytest.raises(SettingsError, match="there is no folder .*stroe"):
        load_settings(tmp_path, {})
