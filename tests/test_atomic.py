"""Files and folders that appear whole; faults in words."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aifactory_nb.atomic import (
    atomic_write,
    copy_folder,
    folder_digest,
    one_line,
    put_in_place,
    storage_fault,
    work_folder,
)
from aifactory_nb.errors import StoreError


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "the disk is full"),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), "the disk is full"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS)), "the file system is read-only"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "this user has no permission"),
        (OSError("Generic S3 error: <Code>NoSuchBucket</Code>"), "the bucket does not exist"),
        (OSError("PUT http://169.254.169.254/latest: 403 Forbidden"), "has no credentials"),
        (OSError("status code: 403 Forbidden"), "the server refuses access"),
        (OSError("HTTP error: error sending request"), "the server does not answer"),
    ],
)
def test_a_fault_is_told_in_words(error: OSError, found: str) -> None:
    """What was not possible, what was found, and what to do, with the exit code of a store."""
    fault = storage_fault(error, "Table 'raw' could not be written")

    assert fault is not None
    assert str(fault).startswith("Table 'raw' could not be written: ")
    assert found in str(fault)
    assert fault.exit_code == 10


def test_an_error_of_another_kind_is_no_fault() -> None:
    """What is wrong with the data stays with the caller."""
    assert storage_fault(ValueError("cannot cast String to Int64"), "...") is None


def test_an_error_becomes_one_line() -> None:
    """Colours, arrows, line breaks and backtraces are left out."""
    error = OSError("Kernel error\n  \x1b[31m↳\x1b[0m it broke\n   0: <unknown>\n   1: main")

    assert one_line(error) == "Kernel error it broke"


def test_a_file_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    """A folder where a file should be is neither full nor read-only: the reason of the system stays."""
    (tmp_path / "a").write_text("file")

    with pytest.raises(OSError, match="Not a directory|File exists") as caught:
        atomic_write(tmp_path / "a" / "b.txt", "text")
    assert not isinstance(caught.value, StoreError)


def test_folders_put_in_place_at_once_are_whole(tmp_path: Path) -> None:
    """Whoever comes last wins; nothing is mixed and nothing is left over."""
    target = tmp_path / "target"

    def put(number: int) -> None:
        folder = work_folder(target)
        for name in ("a", "b"):
            (folder / name).write_text(str(number))
        put_in_place(folder, target)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(20)))
    assert (target / "a").read_text() == (target / "b").read_text()
    assert list(tmp_path.iterdir()) == [target]


def test_a_copy_that_fails_leaves_the_old_folder(tmp_path: Path) -> None:
    """A source that is gone changes nothing."""
    atomic_write(tmp_path / "target" / "a.txt", "old")
    before = folder_digest(tmp_path / "target")

    with pytest.raises(OSError, match="No such file"):
        copy_folder(tmp_path / "gone", tmp_path / "target")
    assert folder_digest(tmp_path / "target") == before
    assert list(tmp_path.iterdir()) == [tmp_path / "target"]
