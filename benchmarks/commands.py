"""Measure how long the commands of the factory take, in a workspace of its own that is removed afterwards.

    python benchmarks/commands.py [--keep DIR]

Prints a Markdown table. Times depend on the machine and on what else it does: compare runs of one machine only.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

AIFACTORY = Path(sys.executable).with_name("aifactory")
REPEATED = ("aifactory --help", 5)
COMMANDS = (
    "aifactory check flight_delay",
    "aifactory run flight_delay",
    "aifactory run flight_delay",
    "aifactory replay flight_delay --from 2013-04 --to 2013-12",
    "aifactory replay flight_delay --from 2013-04 --to 2013-12",
)


def seconds(command: str, folder: Path) -> float:
    """How long a command takes; it has to succeed."""
    started = time.perf_counter()
    done = subprocess.run(
        [AIFACTORY, *command.split()[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def measure(folder: Path) -> list[tuple[str, float]]:
    """Each command with its time; a command that comes twice has nothing to do the second time."""
    seconds(f"aifactory init {folder} --blueprint flight_delay", folder)
    command, times = REPEATED
    measured = [
        (f"{command}, best of {times}", min(seconds(command, folder) for _ in range(times)))
    ]
    seen: set[str] = set()
    for command in COMMANDS:
        measured.append(
            (f"{command}{' (again)' if command in seen else ''}", seconds(command, folder))
        )
        seen.add(command)
    return measured


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="workspace to make and keep")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = measure(folder.resolve())
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    print("| command | seconds |\n|---|---|")
    for name, found in rows:
        print(f"| `{name}` | {found:.1f} |")


if __name__ == "__main__":
    main()
