"""What is known about files holds as long as they are the same."""

import os
from pathlib import Path

import pytest

from aifactory_nb.checked import Checked


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files that were written some time ago."""
    (tmp_path / "table").mkdir()
    for name in "ab":
        (tmp_path / "table" / name).write_text(name)
    sleep_past_the_tick()
    return tmp_path / "table"


def sleep_past_the_tick() -> None:
    """Let files become settled."""
    from time import sleep

    from aifactory_nb.code_files import YOUNG

    sleep(YOUNG * 1.5)


def asked(folder: Path) -> bool:
    """Whether a question had to be asked again."""
    times = []
    checked = Checked(folder.parent)
    checked.ask("rows", [folder], lambda: times.append(1) or 1)
    checked.keep()
    return bool(times)


def test_a_question_is_asked_once(folder: Path) -> None:
    """The answer is known to the next run."""
    assert asked(folder)
    assert not asked(folder)


@pytest.mark.parametrize("change", ["write", "same size and time", "add", "remove", "replace"])
def test_it_is_asked_again_when_a_file_is_not_the_same(folder: Path, change: str) -> None:
    """Other content, another file, one more or one less: also when size and time look the same."""
    asked(folder)
    file, was = folder / "a", (folder / "a").stat()
    if change == "write":
        file.write_text("other")
    if change == "same size and time":
        file.write_text("x")
        os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    if change == "add":
        (folder / "c").touch()
    if change == "remove":
        file.unlink()
    if change == "replace":
        (folder / "b").replace(file)
    sleep_past_the_tick()

    assert asked(folder)


def test_files_that_were_just_written_are_asked_about_again(tmp_path: Path) -> None:
    """They could still change without another stamp."""
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / "a").touch()

    assert asked(tmp_path / "table") and asked(tmp_path / "table")


def test_a_damaged_memory_is_no_error(folder: Path, tmp_path: Path) -> None:
    """The question is asked again."""
    asked(folder)
    for path in (tmp_path / "cache").rglob("*.json"):
        path.write_text("[[")

    assert asked(folder)
