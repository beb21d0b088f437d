"""The command, carried out by a copy of a warm process where there is one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import stage_cells, write_notebook
from warm import (
    LINUX,
    PATHS,
    is_running,
    parent_of,
    processes,
    socket_folder,
    wait_until,
    warm_pids,
)

pytestmark = LINUX
COMMAND = "import sys; sys.argv[0] = 'aifactory'; from aifactory_nb.command import main; main()"
Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def warm() -> Iterator[Path]:
    """A warm process of commands, and the folder of its sockets."""
    with socket_folder() as sockets:
        subprocess.run(
            [sys.executable, "-m", "aifactory_nb.command"], env=environment(), check=True
        )
        yield sockets / "package"


def environment() -> dict[str, str]:
    """That of a command."""
    return {**os.environ, "PYTHONPATH": PATHS, "DO_NOT_TRACK": "1"}


def program(*arguments: str) -> list[str]:
    """A command line."""
    return [sys.executable, "-c", COMMAND, *arguments]


def run(*arguments: str, folder: Path) -> Ran:
    """A command in a workspace."""
    options = {"env": environment(), "cwd": folder, "capture_output": True, "text": True}
    return subprocess.run(program(*arguments), check=False, **options)


def line(workspace: Path, *cells: str) -> None:
    """A line of one stage with these cells."""
    (workspace / "settings.ini").write_text(
        "[tracking]\nenabled = false\n[executor]\nkernel = python3\n"  # none has to be made warm
    )
    with (workspace / "pipelines/shop/pipeline.toml").open("a") as file:
        file.write('\n[lines]\nbuild = ["work"]\n')
    write_notebook(workspace, "work", stage_cells("work", *cells))


def slow(workspace: Path) -> None:
    """A line that takes a minute, and leaves a file when it has begun."""
    started = workspace / "started"
    line(workspace, f"import time; open({str(started)!r}, 'w').close(); time.sleep(60)")


def children(sockets: Path) -> list[int]:
    """The copies at work."""
    _, second = warm_pids(sockets.parent)
    return [
        pid
        for pid in processes(str(sockets.parent))
        if parent_of(pid) == second and is_running(pid)
    ]


@pytest.mark.parametrize("words", [["run", "nothing"], ["rollback", "nothing", "--reason", "Bad."]])
def test_the_first_command_leaves_a_process_behind(workspace: Path, words: list[str]) -> None:
    """The next one is a copy of it, and says the same."""
    with socket_folder() as sockets:
        first = run(*words, folder=workspace)
        wait_until(lambda: list(sockets.glob("package/*.sock")))
        again = run(*words, folder=workspace)

        assert len(warm_pids(sockets)) == 2
    assert first.returncode == again.returncode == 6
    assert first.stderr == again.stderr and "nothing" in first.stderr


def test_normal_kernels_leave_no_process_behind(workspace: Path) -> None:
    """Who has switched off copies of processes for kernels has none for commands."""
    (workspace / "settings.ini").write_text("[executor]\nkernel = python3\n")
    with socket_folder() as sockets:
        run("run", "nothing", folder=workspace)
        time.sleep(1)

        assert not list(sockets.rglob("*.sock"))


def test_a_run_is_that_of_a_process_of_its_own(warm: Path, workspace: Path) -> None:
    """Its stages are carried out, in the folder of the command; then there is nothing to do."""
    line(workspace)
    first = run("run", "shop", folder=workspace)
    again = run("run", "shop", folder=workspace)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert "succeeded in" in first.stdout and "Nothing to do" in again.stdout


def test_kernels_of_a_copy_are_given_what_those_of_a_process_are(
    warm: Path, workspace: Path
) -> None:
    """Else they would be copies of another warm process: nothing that keeps libraries from starting threads here is passed on."""
    line(workspace, "open('given', 'w').write(open('/proc/self/environ').read())")
    first = run("run", "shop", folder=workspace)

    assert first.returncode == 0, first.stderr
    assert "background_thread" not in (workspace / "given").read_text()


def test_an_interrupt_reaches_the_copy(warm: Path, workspace: Path) -> None:
    """As with a process of one's own, the run is interrupted, and says so."""
    slow(workspace)
    process = subprocess.Popen(
        program("run", "shop"), cwd=workspace, env=environment(), stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: list(workspace.glob("started")))
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 130 and "interrupted" in out


@pytest.mark.cases
@pytest.mark.parametrize(("number", "copied"), [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_a_run_in_the_background_of_a_script_can_be_ended(
    request: pytest.FixtureRequest, workspace: Path, number: int, copied: bool
) -> None:
    """It is born with SIGINT ignored; it is interrupted all the same, and says so."""
    if copied:
        request.getfixturevalue("warm")
    slow(workspace)
    script = ["sh", "-c", '"$@" & echo $!; wait $!', "sh", *program("run", "shop")]
    options = {"cwd": workspace, "env": environment(), "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(script, **options) as process:
        wait_until(lambda: list(workspace.glob("started")))
        os.kill(int(process.stdout.readline()), number)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 130 and "interrupted" in out


def test_the_copy_ends_with_the_command(warm: Path, workspace: Path) -> None:
    """Also when that is killed."""
    slow(workspace)
    process = subprocess.Popen(program("run", "shop"), cwd=workspace, env=environment())
    wait_until(lambda: list(workspace.glob("started")))
    (copy,) = children(warm)
    process.kill()
    process.wait()

    wait_until(lambda: not is_running(copy))


def test_a_kill_of_the_warm_process_is_the_end_of_the_command(warm: Path, workspace: Path) -> None:
    """It does not wait for ever; the next one is carried out without."""
    slow(workspace)
    process = subprocess.Popen(program("run", "shop"), cwd=workspace, env=environment())
    wait_until(lambda: list(workspace.glob("started")))
    os.kill(warm_pids(warm.parent)[0], signal.SIGKILL)

    assert process.wait(60) == -signal.SIGKILL
    assert run("run", "nothing", folder=workspace).returncode == 6
