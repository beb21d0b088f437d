"""The process that makes copies of itself: real ones, with a small role instead of a kernel.

That another user is refused cannot be tested by one user; that the folder is closed to others is.
"""

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from warm import (
    LINUX,
    PATHS,
    is_running,
    parent_of,
    restless_library,
    sockets,
    wait_until,
    warm_pids,
)

from aifactory_nb import warm_copy, warm_socket
from aifactory_nb.warm_copy import CopyProcess, Request, ask
from aifactory_nb.warm_imports import NotWarmError, is_installed, preload, shared_memory
from aifactory_nb.warm_socket import (
    Warmth,
    connection,
    private_folder,
    receive,
    send_large,
    socket_name,
)

__all__ = ["sockets"]  # a fixture
pytestmark = LINUX
LIMIT = 60.0


def warmth(*preload: str, idle: float = 60.0) -> Warmth:
    """A warm process whose copies execute code."""
    return Warmth((sys.executable,), "warm_role", preload, idle)


def start(code: str, tmp_path: Path, kind: Warmth | None = None, **given: Any) -> CopyProcess:
    """A copy that executes code; what it prints goes to a file."""
    environment = {**os.environ, "PYTHONPATH": PATHS, **given.pop("env", {})}
    with (tmp_path / "out").open("wb") as out, open(os.devnull) as nothing:
        streams = [nothing.fileno(), out.fileno(), out.fileno()]
        values = {"cwd": str(tmp_path), "umask": 0o022, "limits": {}, **given}
        return ask(kind or warmth(), Request([code], environment, streams=streams, **values))


def run(code: str, tmp_path: Path, kind: Warmth | None = None, **given: Any) -> str:
    """What a copy prints."""
    start(code, tmp_path, kind, **given).wait(LIMIT)
    return (tmp_path / "out").read_text()


def test_imports_are_there(sockets: Path, tmp_path: Path) -> None:
    """What the warm process has imported, its copies have."""
    said = run("import sys; print('colorsys' in sys.modules)", tmp_path, warmth("colorsys"))

    assert said == "True\n"


def test_a_copy_is_given_what_a_process_is_given(sockets: Path, tmp_path: Path) -> None:
    """Environment, folder, mask, limits and group are those of the request."""
    folder = tmp_path / "deep"
    folder.mkdir()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    code = (
        "import json, os, resource, sys\n"
        "mask = os.umask(0)\n"
        "print(json.dumps([os.environ['MINE'], 'GONE' in os.environ, os.getcwd(), mask,\n"
        "    resource.getrlimit(resource.RLIMIT_NOFILE)[0], os.getpgid(0) == os.getsid(0) == os.getpid()]))"
    )
    run("", tmp_path, env={"GONE": "1"})

    said = run(
        code,
        tmp_path,
        env={"MINE": "ä\udcff"},
        cwd=str(folder),
        umask=0o077,
        limits={"RLIMIT_NOFILE": [123, hard]},
    )

    assert json.loads(said) == ["ä\udcff", False, str(folder), 0o077, 123, True]


def test_what_is_drawn_by_lot_differs(sockets: Path, tmp_path: Path) -> None:
    """Two copies draw different numbers, names and keys."""
    code = (
        "import json, multiprocessing, random, secrets, tempfile, uuid, numpy\n"
        "print(json.dumps([random.random(), numpy.random.random(), numpy.random.default_rng().random(),\n"
        "    str(uuid.uuid4()), str(uuid.uuid1()), tempfile.mktemp(), secrets.token_hex(),\n"
        "    multiprocessing.current_process().authkey.hex(), random.Random().random()]))"
    )
    kind = warmth("random", "numpy.random", "uuid", "tempfile", "secrets", "multiprocessing")

    one, other = (json.loads(run(code, tmp_path, kind)) for _ in range(2))

    assert all(first != second for first, second in zip(one, other, strict=True))


def test_the_temporary_folder_is_that_of_the_request(sockets: Path, tmp_path: Path) -> None:
    """TMPDIR is read again, also when a library has asked for the folder at its import."""
    code = "import tempfile; print(tempfile.gettempdir())"

    assert run(code, tmp_path, warmth("tempfile"), env={"TMPDIR": str(tmp_path)}) == f"{tmp_path}\n"


def test_the_time_zone_is_that_of_the_request(sockets: Path, tmp_path: Path) -> None:
    """TZ is read again."""
    code = "import time; print(time.strftime('%z', time.localtime(0)))"

    assert run(code, tmp_path, env={"TZ": "XYZ-5"}) == "+0500\n"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_copy_has_processes_of_its_own(sockets: Path, tmp_path: Path, method: str) -> None:
    """In each of the ways that Python has, and in the folder of the copy."""
    code = (
        "import multiprocessing, os\n"
        f"with multiprocessing.get_context({method!r}).Pool(2) as pool:\n"
        "    print(sorted(pool.map(abs, [-1, -2])), pool.apply(os.getcwd))"
    )

    assert run(code, tmp_path, warmth("multiprocessing")) == f"[1, 2] {tmp_path}\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", 0),
        ("import sys; sys.exit(7)", 7),
        ("raise ValueError", 1),
        ("import os; os._exit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
        ("import signal, time; time.sleep(60)", None),
    ],
)
def test_exit_codes(sockets: Path, tmp_path: Path, code: str, expected: int | None) -> None:
    """A copy ends as a process of its own does, and is known to run until then."""
    copy = start(code, tmp_path)

    if expected is None:
        with pytest.raises(subprocess.TimeoutExpired):
            copy.wait(0.2)
        assert copy.poll() is None
        copy.terminate()
    assert copy.wait(LIMIT) == copy.poll() == (-signal.SIGTERM if expected is None else expected)


def test_many_threads_wait_for_one_copy(sockets: Path, tmp_path: Path) -> None:
    """All of them are told how it ended, also those that only look."""
    copy = start("import time; time.sleep(0.3); raise SystemExit(4)", tmp_path)

    with ThreadPoolExecutor(8) as pool:
        waits = [pool.submit(copy.wait, LIMIT) for _ in range(7)]
        while copy.poll() is None:
            pass

    assert [wait.result() for wait in waits] == [4] * 7


def test_functions_at_exit_are_called(sockets: Path, tmp_path: Path) -> None:
    """A copy ends as Python does: threads are waited for, functions called, streams written out."""
    code = (
        "import atexit, threading, time\n"
        "atexit.register(print, 'last')\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\n"
        "print('first')"
    )

    assert run(code, tmp_path) == "first\nthread\nlast\n"


def test_a_copy_is_interrupted_as_a_process_is(sockets: Path, tmp_path: Path) -> None:
    """SIGINT raises KeyboardInterrupt."""
    code = (
        "import time\n"
        "try:\n    print('here', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('interrupted')"
    )
    copy = start(code, tmp_path)
    wait_until(lambda: "here" in (tmp_path / "out").read_text())

    copy.send_signal(signal.SIGINT)

    assert copy.wait(LIMIT) == 0
    assert (tmp_path / "out").read_text() == "here\ninterrupted\n"


def test_one_process_serves_all(sockets: Path, tmp_path: Path) -> None:
    """Those who ask at the same time for the first time start one warm process together."""
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: start("", tmp_path).wait(LIMIT), range(16)))

    assert codes == [0] * 16
    assert len(warm_pids(sockets)) == 1


def test_the_socket_is_private(sockets: Path, tmp_path: Path) -> None:
    """Nobody else can enter the folder or open the socket."""
    run("", tmp_path)

    (path,) = sockets.glob("*.sock")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700


def test_a_folder_that_is_open_to_others_is_refused(sockets: Path, tmp_path: Path) -> None:
    """Somebody else could have laid it there."""
    private_folder().chmod(0o755)

    with pytest.raises(NotWarmError, match="open to others"):
        start("", tmp_path)


def test_a_folder_that_is_a_link_is_refused(sockets: Path, tmp_path: Path) -> None:
    """A link could lead anywhere."""
    sockets.symlink_to(tmp_path)

    with pytest.raises(NotWarmError, match="not a folder of this user"):
        start("", tmp_path)


def test_a_library_that_starts_a_thread_is_named(sockets: Path, tmp_path: Path) -> None:
    """No copy is made of a process with two threads."""
    libraries = restless_library(tmp_path)

    with pytest.raises(NotWarmError, match="restless started a thread"):
        start("", tmp_path, warmth("restless"), env={"PYTHONPATH": f"{PATHS}:{libraries}"})


def test_a_library_that_crashes_is_told_of(sockets: Path, tmp_path: Path) -> None:
    """Nobody waits for a process that is gone."""
    libraries = restless_library(tmp_path)
    (libraries / "restless.py").write_text(
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    )

    with pytest.raises(NotWarmError, match="the warm process ended"):
        start("", tmp_path, warmth("restless"), env={"PYTHONPATH": f"{PATHS}:{libraries}"})


def test_a_command_that_is_told_to_end_does_not_wait_for_imports(
    sockets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may take long, and nobody wants the copy any more."""
    libraries = restless_library(tmp_path)
    (libraries / "restless.py").write_text("import time; time.sleep(600)")
    told = Event()
    told.set()
    monkeypatch.setattr(warm_copy, "INTERRUPTED", told)

    with pytest.raises(NotWarmError, match="the command was told to end"):
        start("", tmp_path, warmth("restless"), env={"PYTHONPATH": f"{PATHS}:{libraries}"})


def test_memory_that_is_shared_is_seen() -> None:
    """A semaphore of processes would be one for all copies."""
    code = (
        "import multiprocessing, sys\n"
        "from aifactory_nb.warm_imports import shared_memory\n"
        "before = shared_memory(); lock = multiprocessing.Lock(); print(before, len(shared_memory()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[] 1\n"


def test_modules_of_a_workspace_are_left_out(sockets: Path, tmp_path: Path) -> None:
    """Code that is worked on is imported in the copy, as it is by then."""
    (tmp_path / "own_code.py").write_text("value = 1")
    code = "import sys; sys.path.insert(0, ''); import own_code; print(own_code.value)"
    environment = {"PYTHONPATH": f"{PATHS}:{tmp_path}"}
    first = run(code, tmp_path, warmth("own_code"), env=environment)
    (tmp_path / "own_code.py").write_text("value = 22")

    assert (first, run(code, tmp_path, warmth("own_code"), env=environment)) == ("1\n", "22\n")


ASK = """
import os, sys
from aifactory_nb.warm_copy import Request, ask
from aifactory_nb.warm_socket import Warmth
code = (
    "import os, sys; errors = sys.modules['aifactory_nb.errors']; "
    "print('six' in sys.modules, getattr(errors, 'MINE', 0), os.getppid(), flush=True)"
)
kind = Warmth((sys.executable,), "warm_role", ("six",), 60.0, ("aifactory_nb.errors",))
ask(kind, Request([code], dict(os.environ), "/", 0o022, {}, [0, 1, 2])).wait(60)
"""


def test_a_package_that_is_worked_on_is_imported_anew(sockets: Path, tmp_path: Path) -> None:
    """By another copy that makes copies; the libraries remain loaded."""
    package = Path(warm_socket.__file__).parent
    own = shutil.copytree(package, tmp_path / package.name)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parent}"}

    def asked() -> list[str]:
        options = {"env": environment, "cwd": tmp_path, "capture_output": True, "text": True}
        done = subprocess.run([sys.executable, "-c", ASK], check=True, **options)
        return done.stdout.split()

    first, again = asked(), asked()
    with (own / "errors.py").open("a") as file:
        file.write("\nMINE = 1\n")
    changed = asked()

    assert first == again and first[:2] == ["True", "0"]
    assert changed[:2] == ["True", "1"] and changed[2] != first[2]
    libraries = warm_pids(sockets)[0]
    assert [parent_of(int(found[2])) for found in (first, changed)] == [libraries, libraries]


@pytest.mark.parametrize("name", ["six.py", "six/__init__.py"])
def test_a_module_that_hides_a_library_is_refused(sockets: Path, tmp_path: Path, name: str) -> None:
    """In a folder with a module of the same name, a new process would import that one."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")

    with pytest.raises(NotWarmError, match="has its own six"):
        start("", tmp_path, warmth("six"))


def test_data_with_the_name_of_a_library_hides_nothing(sockets: Path, tmp_path: Path) -> None:
    """A file of data, a folder without code, a module that Python has itself."""
    for name in ("six.db", "colorsys.py", "six.csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "six").mkdir()

    assert run("print(1)", tmp_path, warmth("six", "colorsys")) == "1\n"


def test_too_many_copies_are_refused(sockets: Path, tmp_path: Path) -> None:
    """One more than the warm process has descriptors for; those at work go on."""
    first = start("import time; time.sleep(60)", tmp_path)
    (warm,) = warm_pids(sockets)
    held = 6  # three streams, the socket, and two for the copy
    wait_until(lambda: len(os.listdir(f"/proc/{warm}/fd")) == held)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.prlimit(warm, resource.RLIMIT_NOFILE, (held + 3, hard))

    with pytest.raises(NotWarmError):
        start("", tmp_path)

    resource.prlimit(warm, resource.RLIMIT_NOFILE, (hard, hard))
    assert run("print(1)", tmp_path) == "1\n"
    assert first.poll() is None
    first.kill()
    assert first.wait(LIMIT) == -signal.SIGKILL


def test_what_is_no_request_is_refused(sockets: Path, tmp_path: Path) -> None:
    """And the next one is answered."""
    run("", tmp_path)
    environment = {**os.environ, "PYTHONPATH": PATHS}
    with connection(warmth(), environment) as odd:
        send_large(odd, {"argv": []}, [0])
        answer, _ = receive(odd)

    assert answer == {"refused": "this is not a request"}
    assert run("print(1)", tmp_path) == "1\n"
    assert len(warm_pids(sockets)) == 1


def test_a_library_that_is_missing_is_left_out() -> None:
    """The kernel that wants it sees the error."""
    assert preload(["no_such_library"]).keys() == {"no_such_library"}
    assert not is_installed("no_such_library")
    assert shared_memory() == [] or shared_memory()


def test_after_a_kill_of_the_warm_process_the_next_copy_comes(
    sockets: Path, tmp_path: Path
) -> None:
    """Its copies end with it, and that is told; whoever asks next starts another one."""
    copy = start("import time; time.sleep(60)", tmp_path)
    (warm,) = warm_pids(sockets)

    os.kill(warm, signal.SIGKILL)

    assert copy.wait(LIMIT) == -signal.SIGKILL
    wait_until(lambda: not is_running(copy.pid))
    assert run("print(1)", tmp_path) == "1\n"


def test_an_idle_process_ends(sockets: Path, tmp_path: Path) -> None:
    """It does not while a copy is at work, and it leaves nothing behind."""
    kind = warmth(idle=0.5)
    copy = start("import time; time.sleep(1.5)", tmp_path, kind)
    (warm,) = warm_pids(sockets)
    time.sleep(1.0)
    assert is_running(warm)

    copy.wait(LIMIT)

    wait_until(lambda: not is_running(warm))
    assert [path.name for path in sockets.iterdir()] == ["lock"]


def test_a_superseded_process_ends_soon(sockets: Path, tmp_path: Path) -> None:
    """Other libraries or settings are asked for by the same who ask."""
    old, new = warmth("colorsys", idle=90.0), warmth("colorsys", "wave", idle=90.0)
    run("", tmp_path, old)
    (first,) = warm_pids(sockets)

    run("", tmp_path, new)

    wait_until(lambda: not is_running(first))
    wait_until(lambda: len(warm_pids(sockets)) == 1)  # a new one leaves its starter by a fork


def test_sockets_of_killed_processes_are_removed(sockets: Path, tmp_path: Path) -> None:
    """When another one is started for the same who ask."""
    run("", tmp_path, warmth("colorsys"))
    (first,) = warm_pids(sockets)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not is_running(first))

    run("", tmp_path, warmth("colorsys", "wave"))

    assert len(list(sockets.glob("*.sock"))) == len(list(sockets.glob("*.log"))) == 1


def test_a_copy_ends_with_who_asked_for_it(sockets: Path, tmp_path: Path) -> None:
    """Together with what it has started itself."""
    asks = (
        "import sys, time; from pathlib import Path; from test_warm_process import start\n"
        'copy = start(\'import subprocess; print(subprocess.Popen(["sleep", "60"]).pid, flush=True); import time; time.sleep(60)\', Path(sys.argv[1]))\n'
        "print(copy.pid, flush=True); time.sleep(60)"
    )
    asker = subprocess.Popen(
        [sys.executable, "-c", asks, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": PATHS},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert asker.stdout is not None
    copy = int(asker.stdout.readline())
    wait_until((tmp_path / "out").read_text)
    grandchild = int((tmp_path / "out").read_text())

    asker.kill()
    asker.communicate()

    wait_until(lambda: not is_running(copy) and not is_running(grandchild))


def test_thirty_copies_leave_nothing(sockets: Path, tmp_path: Path) -> None:
    """No zombie, no descriptor more, neither here nor there."""
    run("", tmp_path)
    (warm,) = warm_pids(sockets)
    here, there = Path("/proc/self/fd"), Path(f"/proc/{warm}/fd")
    wait_until(lambda: len(list(there.iterdir())) == 4)  # three streams and the socket
    before = len(list(here.iterdir()))

    for _ in range(30):
        run("", tmp_path)

    wait_until(lambda: len(list(there.iterdir())) == 4)
    assert len(list(here.iterdir())) == before
    assert Path(f"/proc/{warm}/task/{warm}/children").read_text() == ""


def test_a_copy_holds_no_descriptor_of_the_warm_process(sockets: Path, tmp_path: Path) -> None:
    """A copy that kept the connection of another one would keep that one alive."""
    others = [start("import time; time.sleep(60)", tmp_path) for _ in range(3)]

    said = run("import os; print(sorted(map(int, os.listdir('/proc/self/fd')))[:-1])", tmp_path)

    assert said == "[0, 1, 2]\n"
    for other in others:
        other.kill()
        other.wait(LIMIT)


@pytest.mark.parametrize(
    "name", ["POLARS_MAX_THREADS", "OMP_NUM_THREADS", "PYTHONHASHSEED", "HOME"]
)
def test_what_is_read_at_import_tells_processes_apart(name: str) -> None:
    """A copy cannot read such a variable again."""
    one, other = (socket_name(warmth(), {"A": "1", name: value}) for value in ("1", "2"))

    assert one != other
    assert one == socket_name(warmth(), {"A": "2", name: "1"})
