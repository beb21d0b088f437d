"""The kernel that has the libraries loaded, as papermill, nbclient and JupyterLab use it: real kernels."""

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager
from warm import LINUX, PATHS, is_running, parent_of, restless_library, socket_folder, wait_until

LIMIT = 120.0
LIGHT = "numpy, polars, lightgbm, matplotlib.pyplot"


@pytest.fixture(scope="module", autouse=True)
def sockets() -> Iterator[Path]:
    """One warm process for these tests, with few libraries, so that it is there soon."""
    with socket_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIFACTORY_KERNEL_PRELOAD", LIGHT)
        patch.delenv("AIFACTORY_WORKSPACE", raising=False)
        yield folder


@contextmanager
def kernel(
    folder: Path, name: str = "aifactory", **options: Any
) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A kernel and its client."""
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(cwd=str(folder), **options)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LIMIT)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def said(client: BlockingKernelClient, code: str) -> str:
    """What a cell prints, or the name of its error."""
    texts: list[str] = []

    def take(message: dict[str, Any]) -> None:
        content = message["content"]
        texts.append(content.get("text") or content.get("ename") or "")

    client.execute_interactive(code, output_hook=take, timeout=LIMIT, allow_stdin=False)
    return "".join(texts)


def is_warm(manager: KernelManager) -> bool:
    """Whether a kernel is a copy."""
    return type(manager.provisioner.process).__name__ == "CopyProcess"


def test_the_kernel_is_installed() -> None:
    """`jupyter kernelspec list` shows it."""
    spec = KernelSpecManager().get_kernel_spec("aifactory")

    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == "aifactory-warm"


@LINUX
def test_libraries_compute_with_threads(tmp_path: Path) -> None:
    """Those that the warm process must never have used: polars, LightGBM, OpenBLAS."""
    code = (
        "import lightgbm, numpy as np, polars as pl, threadpoolctl\n"
        "table = pl.DataFrame({'g': np.arange(400_000) % 7, 'v': np.arange(400_000.0)})\n"
        "sums = table.lazy().group_by('g').agg(pl.col('v').sum()).sort('g').collect()\n"
        "x = np.random.random((5_000, 10)); y = x[:, 0] > 0.5\n"
        "fit = lightgbm.train({'num_threads': 2, 'verbose': -1, 'objective': 'binary'}, lightgbm.Dataset(x, y), 5)\n"
        "pools = {p['internal_api']: p['num_threads'] for p in threadpoolctl.threadpool_info()}\n"
        "print(sums.height, pl.thread_pool_size(), fit.num_trees(), round(float((np.ones((600, 600)) @ np.ones((600, 600)))[0, 0])), pools['openblas'])"
    )
    environment = {**os.environ, "POLARS_MAX_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}

    with kernel(tmp_path, env=environment) as (manager, client):
        assert is_warm(manager)
        assert said(client, code) == "7 2 5 600 2\n"


@LINUX
def test_two_kernels_share_nothing(tmp_path: Path) -> None:
    """Neither names nor what is drawn by lot, with one of them at work beside the other."""
    draw = "import random, uuid, numpy; print(random.random(), uuid.uuid4(), numpy.random.random())"
    with kernel(tmp_path) as (_, one), kernel(tmp_path) as (_, other):
        said(one, "x = 1; import polars; polars.mine = 1")

        assert said(other, "x") == "NameError"
        assert said(other, "import polars; polars.mine") == "AttributeError"
        assert said(one, draw) != said(other, draw)


@LINUX
def test_surroundings_are_those_of_the_request(tmp_path: Path) -> None:
    """Environment, folder, arguments and paths as in a normal kernel."""
    code = "import os, sys; print([os.environ['MINE'], os.getcwd(), '' in sys.path, os.path.basename(sys.argv[0])])"

    with kernel(tmp_path, env={**os.environ, "MINE": "value"}) as (_, client):
        expected = ["value", str(tmp_path), True, "ipykernel_launcher.py"]
        assert said(client, code) == f"{expected}\n"


FACTS = """
import gc, json, matplotlib, multiprocessing, os, resource, signal, sys, threading, warnings, builtins, locale
import numpy, polars, lightgbm, threadpoolctl
shell = get_ipython()
print(json.dumps({
    "signals": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
    "limits": [resource.getrlimit(number) for number in range(16)],
    "path": sys.path, "argv": sys.argv[:2], "orig_argv": sys.orig_argv[:4], "flags": str(sys.flags),
    "builtins": sorted(vars(builtins)), "meta_path": [type(f).__name__ for f in sys.meta_path], "hooks": [str(type(h)) for h in (sys.stdout, sys.stderr, sys.excepthook, sys.displayhook)],
    "buffers": [s.line_buffering for s in (sys.__stdout__, sys.__stderr__)],
    "threads": sorted(t.name for t in threading.enumerate() if t.name != "Thread-1"),
    "pools": sorted((p["prefix"], p["num_threads"]) for p in threadpoolctl.threadpool_info()),
    "polars": polars.thread_pool_size(),
    "backend": matplotlib.get_backend(), "rc": sorted((key, str(value)) for key, value in matplotlib.rcParams.items()),
    "environment": {k: v for k, v in os.environ.items() if k not in ("JPY_PARENT_PID", "_RJEM_MALLOC_CONF")},
    "session": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
    "names": sorted(shell.user_ns), "magics": sorted(shell.magics_manager.magics["line"]),
    "formatters": [sorted(map(str, f.type_printers)) + sorted(map(str, f.deferred_printers)) for f in shell.display_formatter.formatters.values()],
    "events": {k: len(v) for k, v in shell.events.callbacks.items()},
    "start_method": multiprocessing.get_start_method(), "main": [str(sys.modules[n]) for n in ("__main__", "__mp_main__")],
    "locale": locale.setlocale(locale.LC_ALL), "gc": [gc.isenabled(), gc.get_threshold()], "recursion": sys.getrecursionlimit(),
    "status": [l for l in open("/proc/self/status") if l.split(":")[0] in ("Umask", "SigBlk", "SigIgn", "CapEff", "Seccomp", "Cpus_allowed")],
    "warnings": sorted(map(str, warnings.filters)), "nice": os.nice(0),
}))
"""


@LINUX
def test_a_copy_is_what_a_fresh_kernel_is(tmp_path: Path) -> None:
    """After the same imports, all that can be asked for is the same."""
    found = []
    for name in ("python3", "aifactory"):
        with kernel(tmp_path, name) as (_, client):
            found.append(json.loads(said(client, FACTS)))

    fresh, warm = found
    assert {key: (fresh[key], warm[key]) for key in warm if warm[key] != fresh[key]} == {}
    assert fresh == warm


@LINUX
def test_a_kernel_is_interrupted(tmp_path: Path) -> None:
    """And goes on with the next cell."""
    with kernel(tmp_path) as (manager, client):
        code = "import time; open('here', 'w').close(); time.sleep(60)"
        client.execute(code, stop_on_error=False)  # else what is asked for meanwhile is given up
        wait_until((tmp_path / "here").exists)

        manager.interrupt_kernel()

        assert client.get_shell_msg(timeout=LIMIT)["content"]["ename"] == "KeyboardInterrupt"
        assert said(client, "print('goes on')") == "goes on\n"


@LINUX
def test_a_kernel_that_is_killed_is_known_to_be(tmp_path: Path) -> None:
    """With the signal, as of a process of one's own."""
    with kernel(tmp_path) as (manager, client):
        process = manager.provisioner.process
        client.execute("import os; os.kill(os.getpid(), 9)")

        assert process.wait(LIMIT) == -signal.SIGKILL
        assert not manager.is_alive()


@LINUX
def test_a_kernel_is_restarted(tmp_path: Path) -> None:
    """As a new copy, without the names of the old one."""
    with kernel(tmp_path) as (manager, client):
        said(client, "x = 1")
        before = manager.provisioner.pid

        manager.restart_kernel()

        client.wait_for_ready(timeout=LIMIT)
        assert said(client, "x") == "NameError"
        assert is_warm(manager) and manager.provisioner.pid != before
        assert not is_running(before)


@LINUX
@pytest.mark.parametrize(("code", "expected"), [("exit()", 0), ("import os; os._exit(5)", 5)])
def test_a_kernel_ends_itself(tmp_path: Path, code: str, expected: int) -> None:
    """The exit code arrives."""
    with kernel(tmp_path) as (manager, client):
        process = manager.provisioner.process
        client.execute(code)

        assert process.wait(LIMIT) == expected


@LINUX
def test_a_kernel_shuts_down_in_good_order(tmp_path: Path) -> None:
    """What libraries and the notebook have registered is called, and the connection file is gone."""
    manager = KernelManager(kernel_name="aifactory")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=LIMIT)
    said(client, "import atexit; atexit.register(lambda: open('last', 'w').close())")
    process = manager.provisioner.process

    manager.shutdown_kernel()
    client.stop_channels()

    assert process.returncode == 0
    assert (tmp_path / "last").exists()
    assert not Path(manager.connection_file).exists()


@LINUX
def test_what_libraries_print_reaches_the_notebook(tmp_path: Path) -> None:
    """Also when they have kept the stream of their import, or write past Python."""
    code = "import logging, os; logging.lastResort.stream.write('kept '); os.write(1, b'past\\n')"

    with kernel(tmp_path) as (_, client):
        assert "kept" in said(client, code) + said(client, "import time; time.sleep(0.3)")


@LINUX
def test_a_plot_is_shown(tmp_path: Path) -> None:
    """By the backend of notebooks, which matplotlib has found at its import."""
    code = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"
    shown: list[str] = []

    with kernel(tmp_path) as (_, client):
        client.execute_interactive(
            code, output_hook=lambda m: shown.extend(m["content"].get("data", ())), timeout=LIMIT
        )
    assert "image/png" in shown


@LINUX
def test_memory_is_limited_as_it_is_here(tmp_path: Path) -> None:
    """A limit that was set after the warm process was started holds for the next kernel."""
    with kernel(tmp_path):
        pass
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (4 * 2**30, hard))
    try:
        with kernel(tmp_path) as (manager, client):
            assert is_warm(manager)
            assert said(client, "x = bytearray(5 * 2**30)") == "MemoryError"
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@pytest.mark.long
@LINUX
def test_the_debugger_stops_at_a_line(tmp_path: Path) -> None:
    """As JupyterLab asks for it."""
    code = "def f():\n    x = 41\n    return x + 1\nf()"
    with kernel(tmp_path) as (_, client):
        about = {
            "clientID": "test",
            "adapterID": "",
            "linesStartAt1": True,
            "columnsStartAt1": True,
        }
        debug(client, "initialize", {**about, "pathFormat": "path", "supportsVariableType": True})
        debug(client, "attach", {})
        path = debug(client, "dumpCell", {"code": code})["sourcePath"]
        debug(client, "setBreakpoints", {"breakpoints": [{"line": 3}], "source": {"path": path}})
        debug(client, "configurationDone", {})
        client.execute(code)

        stopped = {}
        while stopped.get("event") != "stopped":
            stopped = client.get_iopub_msg(timeout=LIMIT)["content"]
        thread = {"threadId": stopped["body"]["threadId"]}
        assert debug(client, "stackTrace", thread)["stackFrames"][0]["line"] == 3
        debug(client, "continue", thread)
        assert client.get_shell_msg(timeout=LIMIT)["content"]["status"] == "ok"


def debug(client: BlockingKernelClient, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The answer of the debugger."""
    content = {"type": "request", "seq": 1, "command": command, "arguments": arguments}
    message = client.session.msg("debug_request", content)
    client.control_channel.send(message)
    while True:
        answer = client.get_control_msg(timeout=LIMIT)
        if answer["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            assert answer["content"]["success"], answer["content"]
            return answer["content"].get("body", {})


@LINUX
def test_without_a_sound_copy_there_is_a_normal_kernel(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says why; here a module of the folder has the name of a library."""
    (tmp_path / "lightgbm.py").write_text("mine = True")

    with kernel(tmp_path) as (manager, client):
        assert not is_warm(manager)
        assert said(client, "import lightgbm; print(lightgbm.mine)") == "True\n"
    assert "has its own lightgbm" in caplog.text


@LINUX
def test_a_library_with_threads_means_a_normal_kernel(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The notebook has what it wants, and the log names the library."""
    libraries = f"{PATHS}:{restless_library(tmp_path)}"
    environment = {**os.environ, "PYTHONPATH": libraries, "AIFACTORY_KERNEL_PRELOAD": "restless"}

    with kernel(tmp_path, env=environment) as (manager, client):
        assert not is_warm(manager)
        assert said(client, "import restless; print(1)") == "1\n"
    assert "restless started a thread" in caplog.text


@pytest.mark.parametrize(("value", "warm"), [("", True), ("relative", False), ("/a::/b", False)])
@LINUX
def test_paths_that_count_from_the_folder_mean_a_normal_kernel(
    tmp_path: Path, value: str, warm: bool
) -> None:
    """The warm process has read them in another folder; an empty value names none."""
    with kernel(tmp_path, env={**os.environ, "PYTHONPATH": value}) as (manager, _):
        assert is_warm(manager) == warm


@LINUX
def test_a_pipe_means_a_normal_kernel(tmp_path: Path) -> None:
    """What a copy cannot be given, a process can."""
    with kernel(tmp_path, stdout=subprocess.PIPE) as (manager, _):
        assert not is_warm(manager)
        manager.provisioner.process.stdout.close()


@LINUX
def test_settings_that_cannot_be_read_mean_a_normal_kernel(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names the slip."""
    (tmp_path / "settings.ini").write_text("[kernel]\npreloads = polars\n")

    with kernel(tmp_path) as (manager, _):
        assert not is_warm(manager)
    assert "Did you mean 'preload'" in caplog.text


@LINUX
def test_after_a_kill_of_the_warm_process_the_next_kernel_comes(tmp_path: Path) -> None:
    """The kernel at work is known to be dead, and starting it again works."""
    with kernel(tmp_path) as (manager, client):
        os.kill(parent_of(manager.provisioner.pid), signal.SIGKILL)

        wait_until(lambda: not manager.is_alive())
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=LIMIT)
        assert is_warm(manager)
        assert said(client, "import lightgbm; print(1)") == "1\n"


@pytest.mark.long
@LINUX
def test_many_kernels_leave_nothing(tmp_path: Path) -> None:
    """Fifteen kernels, most of them ended without a word: no process, no descriptor more."""
    with kernel(tmp_path) as (manager, _):
        warm = parent_of(manager.provisioner.pid)
    wait_until(lambda: not children(warm))
    count = len(os.listdir(f"/proc/{warm}/fd"))
    memory = resident(warm)

    for _ in range(15):
        with kernel(tmp_path) as (_, client):
            said(client, "import polars; polars.DataFrame({'a': [1]}).lazy().collect()")

    wait_until(lambda: len(os.listdir(f"/proc/{warm}/fd")) <= count)
    assert not children(warm)
    assert resident(warm) - memory < 4_000  # kilobytes


def children(pid: int) -> str:
    """The numbers of the children of a process, also of those that were not waited for."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


def resident(pid: int) -> int:
    """The memory of a process, in kilobytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@LINUX
def test_modules_of_stages_can_be_loaded_ahead() -> None:
    """Where this package is installed, the warm process imports them: they start no thread and share no memory."""
    code = (
        "import sys; from importlib import import_module\n"
        "from aifactory_nb.warm_imports import PutOff, set_without_threads, shared_memory, thread_names\n"
        "from aifactory_nb.warm_kernel import OF_STAGES\n"
        "set_without_threads(); sys.meta_path.insert(0, PutOff())\n"
        "for name in OF_STAGES:\n    import_module(name)\n"
        "print(shared_memory(), len(thread_names()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[] 1\n"


def test_other_systems_have_normal_kernels() -> None:
    """The provisioner can be imported there, and says why it has no copy."""
    code = (
        "import sys\n"
        "sys.modules.update(fcntl=None, resource=None)\n"
        "from aifactory_nb.warm_kernel import WarmProvisioner, start_copy\n"
        "sys.platform = 'win32'\n"
        "try:\n    start_copy([sys.executable, '-m', 'ipykernel_launcher'])\n"
        "except Exception as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "this system has no sound copies of processes\n"


@LINUX
def test_the_debugger_knows_the_files_of_the_libraries(tmp_path: Path) -> None:
    """They were listed before the copy, and are those that a new kernel would have found."""
    code = (
        "import lightgbm, ipykernel_launcher, os; files = get_ipython().kernel._kernel_modules\n"
        "print([m.__file__ in files for m in (lightgbm, ipykernel_launcher)], [f for f in files if os.path.basename(f).startswith('warm_')])"
    )
    with kernel(tmp_path) as (_, client):
        assert said(client, code) == "[True, True] []\n"
        assert said(client, "import sys, ipykernel.ipkernel as i; print(i.sys is sys)") == "True\n"


@pytest.mark.long
@LINUX
def test_linear_algebra_has_its_threads_in_the_first_cell(tmp_path: Path) -> None:
    """Those that its variables name by then; later cells may set others."""
    code = "import threadpoolctl; print({p['num_threads'] for p in threadpoolctl.threadpool_info() if p['internal_api'] == 'openblas'})"
    with kernel(tmp_path, env={**os.environ, "OPENBLAS_NUM_THREADS": "3"}) as (_, client):
        assert said(client, code) == "{3}\n"
        said(client, "limit = threadpoolctl.threadpool_limits(1)")
        assert said(client, code) == "{1}\n"


@LINUX
def test_a_line_of_the_command_is_executed_in_the_kernel(tmp_path: Path) -> None:
    """As the runner of stages asks for it, with more than one of them."""
    options = [
        "--IPKernelApp.exec_lines=a = 1",
        "--IPKernelApp.exec_lines=b = a + 1",
        "--HistoryManager.enabled=False",
    ]
    with kernel(tmp_path, extra_arguments=options) as (manager, client):
        assert is_warm(manager)
        assert said(client, "print(b, get_ipython().history_manager.enabled)") == "2 False\n"


@LINUX
def test_a_line_of_the_command_finds_what_a_cell_finds(tmp_path: Path) -> None:
    """Also while the kernel is being started: what it registers for the end is its own."""
    facts = "[type(atexit.register).__name__, sys.modules['__mp_main__'] is sys.modules['__main__'], ipykernel.ipkernel.sys is sys]"
    line = f"import atexit, sys, ipykernel.ipkernel; found = {facts}"
    with kernel(tmp_path, extra_arguments=[f"--IPKernelApp.exec_lines={line}"]) as (
        manager,
        client,
    ):
        assert is_warm(manager)
        assert said(client, "print(found)") == "['builtin_function_or_method', True, True]\n"


@LINUX
def test_a_kernel_is_there_when_it_has_been_started(tmp_path: Path) -> None:
    """Its sockets can be connected with: nobody has to try again."""
    manager = KernelManager(kernel_name="aifactory")
    manager.start_kernel(cwd=str(tmp_path))
    try:
        ports = [
            manager.shell_port,
            manager.iopub_port,
            manager.stdin_port,
            manager.control_port,
            manager.hb_port,
        ]
        for port in ports:
            socket.create_connection(("127.0.0.1", port), timeout=LIMIT).close()
    finally:
        manager.shutdown_kernel(now=True)


@LINUX
def test_who_gives_up_leaves_no_kernel(tmp_path: Path) -> None:
    """The copy that was on its way is ended."""
    with kernel(tmp_path) as (manager, _):
        warm = parent_of(manager.provisioner.pid)

    async def give_up() -> None:
        start = asyncio.create_task(
            AsyncKernelManager(kernel_name="aifactory").start_kernel(cwd=str(tmp_path))
        )
        while not children(warm):
            await asyncio.sleep(0)
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start

    asyncio.run(give_up())

    wait_until(lambda: not children(warm))
