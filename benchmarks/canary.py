"""A canary that rolls itself back, and a rollback by hand, under load: python -m benchmarks.canary

Version 2 has learned everything the wrong way round. Real processes, the commands of a person, and what they print; callers ask
about one order after the other and tell what became of it. The small workspace is that of the tests.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import conftest
from served_process import Server, Shoppers, shoppers
from serving import add_version, fill_tables

from aifactory_nb.ledger import Ledger
from aifactory_nb.registry import promote
from aifactory_nb.settings import load_settings

CANARY = """
[deployment]
policy = "canary"
steps = [5, 25, 50, 100]
step_seconds = 5
"""
PROGRAM = "from aifactory_nb.command import main; main()"
WAIT = 0.1  # seconds between two looks at the ledger
FOLLOWED = 1.0  # seconds after which everybody has followed the ledger


def make_workspace(folder: Path) -> None:
    """The workspace of the tests: orders of a shop."""
    data = folder / "pipelines" / "shop" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    (folder / "pipelines" / "shop" / "pipeline.toml").write_text(conftest.PIPELINE + CANARY)
    conftest.orders().write_parquet(data / "orders.parquet")
    conftest.customers().write_parquet(data / "customers.parquet")


def aifactory(*words: str) -> None:
    """Run a command, as a person would, and show it."""
    quoted = " ".join(f'"{word}"' if " " in word else word for word in words)
    print(f"$ aifactory {quoted}")
    command = [sys.executable, "-c", PROGRAM, *words]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, check=False, **output)
    print(done.stdout.rstrip())
    assert done.returncode == 0


def told(callers: Shoppers, since: float) -> str:
    """What callers got after a moment."""
    answers = [(at, version) for at, version in list(callers.answers) if at > since]
    versions = dict(sorted(Counter(version for _, version in answers).items()))
    pause = max(b - a for (a, _), (b, _) in pairwise(answers))
    return (
        f"{len(answers)} requests, {len(callers.broken)} failed; answers by version: {versions}; "
        f"the longest time without any: {1000 * pause:.0f} ms"
    )


def canary(callers: Shoppers, ledger: Ledger) -> None:
    """Version 2 is let in, and goes back."""
    begin = time.monotonic()
    aifactory("rollout", "start", "shop", "2", "--reason", "Better on the rows held out.")
    while ledger.rollout("shop") is not None:
        time.sleep(WAIT)
    print(f"# after {time.monotonic() - begin:.0f} s; {told(callers, begin)}")
    aifactory("rollout", "history", "shop")
    for incident in ledger.incidents("shop", open_only=True):
        print(f"# open incident: {incident['kind']}, {incident['subject']}")
    aifactory("audit", "list", "--limit", "3")
    aifactory("audit", "verify")
    callers.wait_for(1, time.monotonic() + FOLLOWED)


def by_hand(callers: Shoppers, how: str) -> None:
    """Version 2 is made the champion against all advice, and taken back."""
    reason = "I know better."
    aifactory("promote", "shop", "2", "--policy", "direct", "--reason", reason)
    callers.wait_for(2, time.monotonic())
    begin = time.monotonic()
    aifactory("rollback", "shop", "--reason", "I did not.")
    back = callers.wait_for(1, begin) - begin
    callers.wait_for(1, time.monotonic() + FOLLOWED)
    print(f"# {how}: version 1 answers {back:.2f} s after the command was entered")
    print(f"# {told(callers, begin)}")


def main() -> None:
    """Tell both stories."""
    with tempfile.TemporaryDirectory() as folder:
        make_workspace(Path(folder))
        os.chdir(folder)
        settings = load_settings(Path(folder))
        _, store = fill_tables(settings)
        add_version(settings, rounds=30)
        add_version(settings, rounds=30, turned=True)
        ledger = Ledger(settings.ledger_url)
        promote(store, ledger, "shop", 1, "anna", "To begin with.")
        server = Server(settings)
        print(f"$ aifactory serve shop --port {server.port} &")
        callers = shoppers(settings, server)
        try:
            callers.wait_for(1, 0.0)
            canary(callers, ledger)
            by_hand(callers, "a command that has to import all it needs")
            by_hand(callers, "one that finds the process that the last one left")
        finally:
            callers.stop()
            code = server.end()
        print(f"# the service, one process all the time, has ended with {code} and said:")
        print("".join(server.log).rstrip())


if __name__ == "__main__":
    main()
