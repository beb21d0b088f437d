"""What a copy of a warm process becomes: the command, as it would be in a process of its own."""

import subprocess
import sys

from aifactory_nb.warm_command import become, prepare


def test_a_copy_is_the_command() -> None:
    """It gets the arguments, says that it is there, and ends with the exit code of the command."""
    code = (
        "from types import SimpleNamespace as Values\n"
        "from aifactory_nb.warm_command import become\n"
        "steps = dict.fromkeys(['ready', 'catch_up', 'raise_threads'], lambda: print('done'))\n"
        "become(Values(argv=['/bin/aifactory', '--no-such-option']), Values(**steps))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert prepare() is become
    assert done.stdout == "done\n" * 3
    assert done.returncode == 2 and "Usage: aifactory" in done.stderr
