"""Where modules lie, and what is kept of them."""

import os
from pathlib import Path
from time import time

from aifactory_nb import code_files
from aifactory_nb.code_files import CodeFiles, Kept, is_settled, library, stamp_of


def test_only_code_of_ours_is_read(tmp_path: Path) -> None:
    """The package and modules of the workspace; libraries and Python's own modules are not."""
    (tmp_path / "team.py").write_text("def f(): ...\n")
    files = CodeFiles(tmp_path, kept=Kept(tmp_path / "kept"))

    assert files.units("team") and files.units("aifactory_nb.gx_polars.engine")
    assert [files.units(name) for name in ("numpy", "json", "nothing", "aifactory_nb.x")] == [
        None
    ] * 4


def test_a_module_of_the_workspace_comes_before_a_library(tmp_path: Path) -> None:
    """As it does when a stage imports it."""
    (tmp_path / "numpy.py").write_text("def f(): ...\n")

    assert CodeFiles(tmp_path, kept=Kept(tmp_path / "kept")).units("numpy")


def test_a_module_that_is_no_python_changes_with_its_text(tmp_path: Path) -> None:
    """It cannot be read, so any change of it counts."""
    found = []
    for text in ("def f(:", "def g(:"):
        (tmp_path / "team.py").write_text(text)
        found.append(CodeFiles(tmp_path, kept=Kept(tmp_path / "kept")).units("team"))

    assert found[0][""].digest != found[1][""].digest


def test_what_was_read_is_kept(tmp_path: Path) -> None:
    """Another process takes it over."""
    (tmp_path / "team.py").write_text("def f(): return 1\n")
    first = CodeFiles(tmp_path, kept=Kept(tmp_path / "kept")).units("team")
    code_files.READ.clear()

    assert CodeFiles(tmp_path, kept=Kept(tmp_path / "kept")).units("team") == first
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """It costs time only."""
    (tmp_path / "file").touch()
    kept = Kept(tmp_path / "file" / "kept")
    kept.put("a", 1)

    assert kept.get("a") is None


def test_old_entries_make_room(tmp_path: Path, monkeypatch) -> None:
    """Half of them go when there are too many, the oldest first."""
    monkeypatch.setattr(code_files, "MOST_ENTRIES", 4)
    kept = Kept(tmp_path)
    for number in range(6):
        kept.put(str(number), number)
        os.utime(tmp_path / f"{number}.json", (number, number))

    assert [kept.get(str(number)) for number in range(6)] == [None, None, 2, 3, 4, 5]


def test_a_file_that_was_just_written_is_not_settled(tmp_path: Path) -> None:
    """It may change again within the same tick of the clock."""
    (tmp_path / "a").touch()
    stamp = stamp_of(tmp_path / "a")

    assert not is_settled(stamp, time()) and is_settled(stamp, time() + 1)
    assert stamp_of(tmp_path / "b") is None


def test_libraries_have_versions() -> None:
    """By the name of their distribution, which need not be that of the module."""
    name, version, file = library("sklearn")

    assert name == "scikit-learn" and version[0].isdigit() and Path(file).is_file()
