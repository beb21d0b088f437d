"""Kill a replay again and again with kill -9, resume it each time, and compare what comes out with an undisturbed one.

    python benchmarks/kills.py [--pipeline flight_delay] [--from 2013-04 --to 2013-06] [--kills 20] [--seed 0]

Prints a Markdown table of the kills and whether the end is the same. Runs in workspaces of its own, removed afterwards.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import load_settings
from aifactory_nb.store import Store

AIFACTORY = [sys.executable, "-c", "from aifactory_nb.cli import main; main()"]
CARD = "model.json"
DONE = ("succeeded", "cached", "skipped")
PATIENCE = 300.0  # seconds until an attempt must have come to the moment of its kill
GLANCE = 0.02  # seconds between two looks
MOMENTS = ("planning", "begin", "work", "commit", "result", "end")


@dataclass(frozen=True)
class Replay:
    """A replay in a workspace."""

    workspace: Path
    pipeline: str
    first: str
    last: str

    @property
    def copy(self) -> str:
        """The name under which the replay keeps its tables and models."""
        return f"{self.pipeline}@replay"

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of the workspace."""
        return Ledger(load_settings(self.workspace).ledger_url)

    @property
    def run(self) -> str:
        """The run, once there is one."""
        runs = self.ledger.runs(self.copy)
        return runs[0]["run_id"] if runs else ""

    def command(self) -> list[str]:
        """What takes up the replay, or starts it when it has not begun."""
        run = self.run  # nothing when it was killed before it was planned
        wanted = ["--resume", run] if run else ["--from", self.first, "--to", self.last]
        return [*AIFACTORY, "replay", self.pipeline, *wanted]

    def finish(self) -> subprocess.CompletedProcess[str]:
        """Carry it out to its end."""
        return subprocess.run(
            self.command(), cwd=self.workspace, capture_output=True, text=True, check=False
        )

    def has_ended(self) -> bool:
        """Whether nothing is left to be resumed: a kill may come behind the last stage."""
        run = self.run
        return bool(run) and self.ledger.run(run)["status"] == "succeeded"

    def stages(self) -> list[dict[str, Any]]:
        """Its stages as the ledger has them."""
        run = self.run
        return self.ledger.stage_runs(run) if run else []

    def done(self) -> int:
        """How many stages are done."""
        return sum(row["status"] in DONE for row in self.stages())


@dataclass(frozen=True)
class Kill:
    """One kill -9, and what was found after it."""

    number: int
    seconds: float  # after the attempt began
    whom: str
    moment: str
    stages: tuple[str, ...]  # at work
    done: int
    half_written: tuple[str, ...]  # notebooks and JSON files that cannot be read
    unfinished: int  # hidden files and folders that nobody sees
    audit: str  # problem of the audit chain; empty when it verifies

    def row(self) -> str:
        """A row of the table."""
        at = ", ".join(self.stages) or "–"
        found = f"{len(self.half_written)} half-written, {self.unfinished} hidden, audit {self.audit or 'verifies'}"
        return (
            f"| {self.number} | {self.seconds:.1f} | {self.whom} | {self.moment} | {at} | {self.done} "
            f"| {found} |"
        )


TABLE = "| kill | after (s) | whom | moment | stages at work | stages done | found after |\n|---|---|---|---|---|---|---|"


@dataclass
class Trial:
    """A replay that was killed, and how it differs from an undisturbed one."""

    kills: list[Kill] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def text(self) -> str:
        """What to print."""
        stages = {stage.partition(" ")[0] for kill in self.kills for stage in kill.stages}
        end = f"differs: {'; '.join(self.differences)}" if self.differences else "is the same"
        told = f"{len(self.kills)} kills, {len(stages)} kinds of stages at work ({', '.join(sorted(stages))})"
        return "\n".join(
            [TABLE, *(kill.row() for kill in self.kills), "", f"{told}: the end {end}."]
        )


def half_written(workspace: Path) -> tuple[str, ...]:
    """Visible notebooks and JSON files of runs and store that are not whole."""
    broken = []
    for path in (path for name in ("runs", "store") for path in (workspace / name).rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(workspace).parts)
        if path.suffix not in (".ipynb", ".json") or hidden or "_delta_log" in path.parts:
            continue
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            broken.append(str(path.relative_to(workspace)))
        except FileNotFoundError:  # a kernel that outlived its runner by a second has renamed it
            continue
    return tuple(broken)


def unfinished(workspace: Path) -> int:
    """Hidden files and folders that a killed process has left."""
    return sum(1 for name in ("runs", "store") for _ in (workspace / name).rglob(".*"))


def commits(workspace: Path) -> int:
    """How many versions of tables and models there are."""
    return sum(
        1
        for pattern in ("store/*/tables/*/_delta_log/*.json", "store/*/models/v*")
        for _ in workspace.glob(pattern)
    )


def results(workspace: Path) -> int:
    """How many stages have written their result."""
    return sum(1 for _ in workspace.glob("runs/*/*/*/*.json"))


def strike(process: subprocess.Popen, whom: str) -> None:
    """kill -9 the runner, or the runner and its kernels."""
    runner = psutil.Process(process.pid)
    family = runner.children(recursive=True) if whom == "all" else []
    for victim in (runner, *family):
        try:
            victim.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    process.wait()
    psutil.wait_procs(family, timeout=10)


def _wait(process: subprocess.Popen, ready: Callable[[], bool]) -> bool:
    """Wait for a moment; whether it came before the process ended."""
    limit = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None:
            return False
        if time.monotonic() > limit:
            raise TimeoutError("The replay does not go on.")
        time.sleep(GLANCE)
    return process.poll() is None


def come(
    replay: Replay, process: subprocess.Popen, moment: str, target: int, chance: random.Random
) -> bool:
    """Wait for the moment of a kill, once `target` stages are done; whether it came."""
    if moment == "planning":
        time.sleep(chance.uniform(0.3, 2.5))
        return process.poll() is None
    began = replay.done()

    def at_work() -> bool:
        rows = replay.stages()
        done = sum(row["status"] in DONE for row in rows)
        return done >= max(target, began) and any(row["status"] == "running" for row in rows)

    if not _wait(process, at_work):
        return False
    if moment == "work":
        time.sleep(chance.uniform(0.0, 2.0))
        return process.poll() is None
    looks = {
        "begin": lambda: 0,
        "commit": lambda: commits(replay.workspace) + results(replay.workspace),
        "result": lambda: results(replay.workspace) + replay.done(),
        "end": replay.done,
    }
    look = looks[moment]
    before = look()
    return moment == "begin" or _wait(process, lambda: look() > before)


def kill_once(replay: Replay, number: int, target: int, chance: random.Random) -> Kill | None:
    """One attempt at the replay that is killed; None when it came to its end before."""
    whom, moment = chance.choice(["all", "all", "runner"]), chance.choice(MOMENTS)
    began = time.monotonic()
    process = subprocess.Popen(
        replay.command(),
        cwd=replay.workspace,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if not come(replay, process, moment, target, chance):
        process.wait()
        return None
    strike(process, whom)
    rows = replay.stages()
    report = replay.ledger.verify_audit()
    return Kill(
        number,
        time.monotonic() - began,
        whom,
        moment,
        tuple(f"{row['stage']} {row['window']}" for row in rows if row["status"] == "running"),
        sum(row["status"] in DONE for row in rows),
        half_written(replay.workspace),
        unfinished(replay.workspace),
        "" if report.ok else report.problem,
    )


def kill_again_and_again(replay: Replay, kills: int, stages: int, seed: int) -> list[Kill]:
    """Start and resume a replay and kill it each time, spread over its stages."""
    chance, found = random.Random(seed), []
    for number in range(1, kills + 1):
        target = (number - 1) * (stages - 1) // kills
        kill = kill_once(replay, number, target, chance)
        if kill is not None:
            found.append(kill)
        if kill is None or replay.has_ended():
            break
    return found


def _card(path: Path, store: Store, run: str) -> str:
    """A model's card without what differs from replay to replay.

    The run has another name; a stage that was killed behind its commit has written the same rows as one more version.
    """
    card = json.loads(path.read_text(encoding="utf-8").replace(run, "RUN"))
    lineage = card.get("lineage", {})
    card["lineage"] = {
        name: store.fingerprint(name, version) if isinstance(version, int) else version
        for name, version in lineage.items()
    }
    return json.dumps(card, sort_keys=True)


def _files(folder: Path, store: Store, run: str) -> Iterator[tuple[str, str]]:
    """The files of a model with their digests."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.name == CARD:
            content = _card(path, store, run).encode()
        yield path.relative_to(folder).as_posix(), hashlib.sha256(content).hexdigest()


def state(replay: Replay) -> dict[str, Any]:
    """Everything that a replay has brought about, by name."""
    settings, ledger, run = load_settings(replay.workspace), replay.ledger, replay.run
    store = Store(settings.store_folder, replay.copy)
    shown = subprocess.run(
        [
            *AIFACTORY,
            "replay",
            replay.pipeline,
            "--from",
            replay.first,
            "--to",
            replay.last,
            "--json",
        ],
        cwd=replay.workspace,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = {"replay table": json.loads(shown.stdout)}
    for name in store.tables():
        found[f"table {name}"] = store.fingerprint(name)
    for model in ledger.models(replay.copy):
        version = model["version"]
        found[f"model {version}"] = dict(_files(store.model_folder(version), store, run))
    events = ledger.alias_events(replay.copy)
    found["aliases"] = [(row["alias"], row["from_version"], row["to_version"]) for row in events]
    decisions = ledger.decisions(replay.copy)
    found["decisions"] = [(row["window"], row["retrain"], row["score"]) for row in decisions]
    told = ("kind", "subject", "opened_window", "closed_window")
    found["incidents"] = [
        tuple(row[name] for name in told) for row in ledger.incidents(replay.copy)
    ]
    # a stage that was done when its runner was killed is found done: that is no difference
    same = {"cached": "succeeded"}
    found["stages"] = [
        (row["stage"], row["window"], same.get(row["status"], row["status"]))
        for row in replay.stages()
    ]
    return found


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The names under which two replays differ."""
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


def try_out(undisturbed: Replay, disturbed: Replay, kills: int, seed: int) -> Trial:
    """Carry out one replay, kill the other again and again, and compare them."""
    began = time.monotonic()
    for replay, number in ((undisturbed, 0), (disturbed, kills)):
        found = kill_again_and_again(replay, number, len(undisturbed.stages()), seed)
        done = None if replay.has_ended() else replay.finish()
        if done is not None and done.returncode:
            raise RuntimeError(f"The replay failed:\n{done.stdout}{done.stderr}")
    trial = Trial(found, differences(state(undisturbed), state(disturbed)))
    if not disturbed.ledger.verify_audit().ok:
        trial.differences.append("the audit chain does not verify")
    trial.differences += half_written(disturbed.workspace)
    trial.seconds = time.monotonic() - began
    return trial


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pipeline", default="flight_delay", help="a blueprint")
    parser.add_argument("--from", dest="first", default="2013-04")
    parser.add_argument("--to", dest="last", default="2013-06")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="kills-"))
    os.environ["AIFACTORY_TRACKING_ENABLED"] = "false"
    try:
        replays = []
        for name in ("undisturbed", "disturbed"):
            command = [*AIFACTORY, "init", str(home / name), "--blueprint", options.pipeline]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            replays.append(Replay(home / name, options.pipeline, options.first, options.last))
        trial = try_out(*replays, kills=options.kills, seed=options.seed)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(trial.text())
    print(f"{trial.seconds:.0f} seconds, seed {options.seed}.")
    sys.exit(bool(trial.differences))


if __name__ == "__main__":
    main()
