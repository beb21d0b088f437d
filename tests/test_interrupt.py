"""Ctrl-C and kill end a command, wherever it is."""

import subprocess
import sys


def test_an_interrupt_that_is_lost_is_known() -> None:
    """Python prints what is raised in a callback, and goes on; also where interrupts were ignored at the start."""
    code = (
        "import signal, weakref\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from aifactory_nb.interrupt import INTERRUPTED, take_interrupts\n"
        "take_interrupts()\n"
        "class Thing: pass\n"
        "thing = Thing()\n"
        "gone = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))\n"
        "del thing\n"
        "print(INTERRUPTED.is_set())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "True\n" and "KeyboardInterrupt" in done.stderr
