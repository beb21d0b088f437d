"""Warm processes for tests: in a folder of their own, ended when the test has ended."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

HERE = Path(__file__).parent
PATHS = os.pathsep.join([str(HERE), str(HERE.parent)])  # the roles of copies, and this package


def processes(text: str) -> list[int]:
    """The processes whose command line has a text in it."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and text in (folder / "cmdline").read_text():
                found.append(int(folder.name))
    return found


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it has not come to be"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def end_processes(text: str) -> None:
    """Kill what was started with a text in its command line, and wait for it."""
    for pid in processes(text):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_running, processes(text))))


@contextmanager
def socket_folder() -> Iterator[Path]:
    """A folder of sockets of one's own; what was started in it is ended."""
    with (
        TemporaryDirectory(prefix="warm-", dir="/tmp", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder, "aifactory")
        end_processes(folder)


@pytest.fixture
def sockets() -> Iterator[Path]:
    """The folder of sockets of this test."""
    with socket_folder() as folder:
        yield folder


def warm_pids(sockets: Path) -> list[int]:
    """The warm processes that answer in a folder, the one for libraries first; their copies have the same command line."""
    parents = {pid: parent_of(pid) for pid in processes(str(sockets))}
    first = [pid for pid, parent in parents.items() if parent not in parents]
    listening = [pid for pid in parents if pid in first or _is_second(pid, sockets)]
    found = sorted(listening, key=lambda pid: pid not in first)
    return [pid for pid in found if is_running(pid)]  # no copy that has ended meanwhile


def _is_second(pid: int, sockets: Path) -> bool:
    """Whether a copy makes copies: its standard error is a file beside its socket."""
    with suppress(OSError):
        return str(sockets / "package") in os.readlink(f"/proc/{pid}/fd/2")
    return False


def parent_of(pid: int) -> int:
    """The number of the parent of a process."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def restless_library(folder: Path) -> Path:
    """A folder of libraries with one that starts a thread when it is imported."""
    packages = folder / "site-packages"
    packages.mkdir()
    thread = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
    (packages / "restless.py").write_text(f"import threading\n{thread}\n")
    more = f"lambda found=site.getsitepackages(): [*found, {str(packages)!r}]"
    (packages / "sitecustomize.py").write_text(f"import site\nsite.getsitepackages = {more}\n")
    return packages


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="copies need Linux")
