"""Start hundreds of warm kernels, several at once, let each do all kinds of work, and kill the warm process in between.

    python benchmarks/warm_kernels.py [--kernels 500] [--together 8] [--rows 1000000] [--kill 250] [--json FILE]

Each kernel scans, joins and groups with polars, trains with LightGBM, writes Parquet and Delta, logs to MLflow, draws with
matplotlib, awaits tasks, and checks what comes out. Prints Markdown tables: what became of the kernels, and what the warm process held
meanwhile. Exit code 1 when a kernel hung, crashed or was wrong, or something was left behind.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

EACH = 50  # kernels between two looks at the warm process
PATIENCE = 180.0  # seconds for a kernel; one that takes longer hangs
BASE = 4  # descriptors of a warm process without copies: three streams and the socket
GLANCE = 0.1  # seconds between two looks at a kernel
LEAK = 4_000  # kilobytes that a warm process may gain
MEGABYTE = 2**20
DATABASE = "tracking.db"

TRACKING = """
import mlflow
mlflow.set_tracking_uri("sqlite:///tracking.db")
mlflow.set_experiment("stress")
"""

WORK = [
    """
import numpy as np, polars as pl
random = np.random.default_rng({number})
frame = pl.DataFrame(dict(key=random.integers(0, 1000, {rows}), value=random.random({rows})))
frame.write_parquet("rows.parquet")
names = pl.DataFrame(dict(key=np.arange(1000), weight=np.arange(1000.0)))
joined = pl.scan_parquet("rows.parquet").join(names.lazy(), on="key")
sums = joined.group_by("key").agg(pl.len(), total=(pl.col("value") * pl.col("weight")).sum()).collect()
expected = float(frame["value"].to_numpy() @ frame["key"].to_numpy())
assert sums["len"].sum() == {rows} and abs(sums["total"].sum() - expected) < 1e-6 * expected
""",
    """
sums.write_delta("sums")
sums.write_delta("sums", mode="append")
assert pl.read_delta("sums").height == 2 * sums.height
""",
    """
import lightgbm
x = random.random((20_000, 10)); y = (x[:, 0] + x[:, 1] > 1).astype(float)
options = dict(objective="binary", num_threads=2, verbose=-1)
model = lightgbm.train(options, lightgbm.Dataset(x, y), 20)
assert ((model.predict(x) > 0.5) == y).mean() > 0.9
""",
    TRACKING
    + """
with mlflow.start_run() as run:
    mlflow.log_params(dict(number={number}))
    mlflow.log_metrics(dict(trees=model.num_trees()))
assert mlflow.get_run(run.info.run_id).data.metrics == dict(trees=20.0)
""",
    """
import matplotlib.pyplot as plt
plt.plot(sums["key"], sums["total"]); plt.savefig("plot.png"); plt.close()
assert open("plot.png", "rb").read(4) == bytes([137, 80, 78, 71])
""",
    """
import asyncio
async def one(value):
    await asyncio.sleep(0.01)
    return await asyncio.to_thread(lambda: value * value)
squares = await asyncio.gather(*(one(value) for value in range(20)))
program = await asyncio.create_subprocess_exec("true")
assert sum(squares) == 2470 and await program.wait() == 0
""",
    """
import random as lots, secrets, uuid
print(lots.random(), np.random.random(), uuid.uuid4(), secrets.token_hex(8))
""",
]


@dataclass
class Kernel:
    """What became of one kernel."""

    number: int
    outcome: str = (
        "right"  # right, wrong, hangs, crashed, normal (no copy), killed (with the warm process)
    )
    started: float = 0.0  # seconds until it answers
    took: float = 0.0  # seconds of its work
    ended: float = 0.0  # seconds of its shutdown
    drawn: list[str] = field(default_factory=list)
    detail: str = ""


@dataclass(frozen=True)
class Look:
    """The warm process at one moment."""

    kernels: int  # that have ended by then
    process: int
    resident: int  # kilobytes
    proportional: int
    descriptors: int  # beyond those of copies at work
    threads: int
    zombies: int


class WrongError(Exception):
    """A cell failed."""


class EndedError(Exception):
    """The kernel is gone."""


def look(kernels: int, pid: int) -> Look:
    """Look at the warm process."""
    process = psutil.Process(pid)
    memory = process.memory_full_info()
    copies = process.children()
    return Look(
        kernels=kernels,
        process=pid,
        resident=memory.rss // 1024,
        proportional=memory.pss // 1024,
        descriptors=process.num_fds() - BASE - 2 * len(copies),
        threads=process.num_threads(),
        zombies=sum(copy.status() == psutil.STATUS_ZOMBIE for copy in copies),
    )


async def execute(client: AsyncKernelClient, code: str) -> str:
    """Execute a cell; returns what it prints."""
    texts: list[str] = []

    def take(message: dict[str, Any]) -> None:
        if message["msg_type"] == "error":
            raise WrongError("\n".join(message["content"]["traceback"]))
        texts.append(message["content"].get("text", ""))

    await client.execute_interactive(code, output_hook=take, allow_stdin=False, timeout=PATIENCE)
    return "".join(texts)


async def until_end(work: asyncio.Task[None], process: Any) -> None:
    """Wait for some work in a kernel, no longer than there is a kernel: a client would not notice."""
    while not work.done():
        await asyncio.wait([work], timeout=GLANCE)
        if process.poll() is not None:
            work.cancel()
            raise EndedError(f"exit code {process.poll()}")
    work.result()


class Stress:
    """Kernels one after another, several at once."""

    def __init__(self, folder: Path, kernels: int, together: int, rows: int, kill: int) -> None:
        self.folder, self.kernels, self.rows, self.kill = folder, kernels, rows, kill
        self.together = asyncio.Semaphore(together)
        self.warm = 0  # the warm process
        self.killed: set[int] = set()
        self.found: list[Kernel] = []
        self.looks: list[Look] = []

    async def run(self) -> None:
        """Run them all, and those again that were killed with the warm process."""
        await self._prepare()
        await asyncio.gather(*(self._next(number) for number in range(1, self.kernels + 1)))
        again = [kernel.number for kernel in self.found if kernel.outcome == "killed"]
        await asyncio.gather(*(self._next(number) for number in again))
        for _ in range(100):
            last = look(len(self.found), self.warm)
            if not psutil.Process(self.warm).children():
                break
            await asyncio.sleep(GLANCE)
        self.looks.append(last)

    async def _prepare(self) -> None:
        """A database for each kernel to copy: making one takes MLflow some seconds."""
        kernel = Kernel(0)
        await self._work(kernel, self.folder, [TRACKING])
        if kernel.outcome != "right":
            raise SystemExit(f"the first kernel: {kernel.outcome} {kernel.detail}")
        self._look()

    async def _next(self, number: int) -> None:
        async with self.together:
            folder = self.folder / str(number)
            folder.mkdir(exist_ok=True)
            shutil.copy(self.folder / DATABASE, folder)
            kernel = Kernel(number)
            cells = [
                cell.replace("{number}", str(number)).replace("{rows}", str(self.rows))
                for cell in WORK
            ]
            await self._work(kernel, folder, cells)
            self.found.append(kernel)
            shutil.rmtree(folder, ignore_errors=True)
            ended = len(self.found)
            if ended == self.kill:
                self.killed.add(self.warm)
                os.kill(self.warm, signal.SIGKILL)
            elif ended % EACH == 0:
                self._look()

    def _look(self) -> None:
        with suppress(psutil.NoSuchProcess):
            self.looks.append(look(len(self.found), self.warm))

    async def _work(self, kernel: Kernel, folder: Path, cells: list[str]) -> None:
        begin = time.perf_counter()
        manager = AsyncKernelManager(kernel_name="aifactory")
        await manager.start_kernel(cwd=str(folder))
        process = manager.provisioner.process
        parent = self._parent(process)
        client = manager.client()
        client.start_channels()

        async def cells_in_turn() -> None:
            await client.wait_for_ready(timeout=PATIENCE)
            kernel.started = time.perf_counter() - begin
            for cell in cells:
                kernel.drawn = (await execute(client, cell)).split()

        try:
            async with asyncio.timeout(PATIENCE):
                await until_end(asyncio.create_task(cells_in_turn()), process)
            kernel.outcome = "right" if parent else "normal"
        except Exception as error:
            kernel.detail = f"{type(error).__name__}: {error}"
            kernel.outcome = self._cause(error, process.poll(), parent)
        kernel.took = time.perf_counter() - begin - kernel.started
        client.stop_channels()
        begin = time.perf_counter()
        await manager.shutdown_kernel()
        kernel.ended = time.perf_counter() - begin

    def _parent(self, process: Any) -> int:
        """The warm process of a kernel; none of a normal one, nor of one that is gone already."""
        if type(process).__name__ != "CopyProcess":
            return 0
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(process.pid).ppid()
            if parent not in self.killed and parent > 1:
                self.warm = parent
            return parent
        return self.warm

    def _cause(self, error: Exception, code: int | None, parent: int) -> str:
        if code == -signal.SIGKILL and parent in self.killed:
            return "killed"
        if code is not None:
            return "crashed"
        return "wrong" if isinstance(error, WrongError) else "hangs"

    def problems(self) -> list[str]:
        """What must not be."""
        count = self.count()
        bad = [
            f"{count[name]} {name}"
            for name in ("wrong", "hangs", "crashed", "normal")
            if count[name]
        ]
        drawn = Counter(lot for kernel in self.found for lot in kernel.drawn)
        if drawn and drawn.most_common(1)[0][1] > 1:
            bad.append("two kernels drew the same lot")
        for process in {look.process for look in self.looks}:
            memory = [look.resident for look in self.looks if look.process == process]
            if max(memory) - memory[0] > LEAK:
                bad.append(f"the warm process gained {max(memory) - memory[0]} kB")
        last = self.looks[-1]
        if last.descriptors or last.zombies or last.threads > 1:
            bad.append(f"left behind: {last}")
        return bad

    def count(self) -> Counter[str]:
        """How many kernels ended how."""
        return Counter(kernel.outcome for kernel in self.found)


def times(kernels: list[Kernel], of: Callable[[Kernel], float]) -> str:
    """Median and most of a time, in seconds."""
    values = [of(kernel) for kernel in kernels if kernel.outcome == "right"] or [0.0]
    return f"{statistics.median(values):.2f} (most {max(values):.2f})"


def text(stress: Stress, seconds: float) -> str:
    """What to print."""
    count, found = stress.count(), stress.found
    lines = [
        "| kernels | right | wrong | hang | crashed | no copy | killed with the warm process, then run again | answers (s) | work (s) | shutdown (s) |",
        "|---|---|---|---|---|---|---|---|---|---|",
        f"| {len(found) - count['killed']} | {count['right']} | {count['wrong']} | {count['hangs']} | {count['crashed']} | {count['normal']} | {count['killed']} "
        f"| {times(found, lambda k: k.started)} | {times(found, lambda k: k.took)} | {times(found, lambda k: k.ended)} |",
        "",
        "| after kernels | warm process | resident (MB) | proportional (MB) | descriptors too many | threads | zombies |",
        "|---|---|---|---|---|---|---|",
    ]
    for seen in stress.looks:
        lines.append(
            f"| {seen.kernels} | {seen.process} | {seen.resident / 1024:.1f} | {seen.proportional / 1024:.1f} "
            f"| {seen.descriptors} | {seen.threads} | {seen.zombies} |"
        )
    verdict = "; ".join(stress.problems()) or "nothing hung, crashed, leaked or was left behind"
    details = [
        f"kernel {k.number} {k.outcome}: {k.detail}"
        for k in found
        if k.detail and k.outcome != "killed"
    ]
    return "\n".join([*lines, "", f"{seconds:.0f} s: {verdict}.", *details])


def main() -> int:
    """Run the stress."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kernels", type=int, default=500)
    parser.add_argument("--together", type=int, default=8)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--kill", type=int, help="kernels before the kill -9; half of them; 0 for none"
    )
    parser.add_argument("--json", type=Path, help="write what was found to a file")
    options = parser.parse_args()
    kill = options.kernels // 2 if options.kill is None else options.kill
    with tempfile.TemporaryDirectory(
        prefix="warm-", dir="/tmp", ignore_cleanup_errors=True
    ) as name:
        os.environ["XDG_RUNTIME_DIR"] = name  # a warm process of one's own
        begin = time.perf_counter()
        stress = Stress(Path(name), options.kernels, options.together, options.rows, kill)
        try:
            asyncio.run(stress.run())
        finally:
            if stress.warm:
                os.kill(stress.warm, signal.SIGKILL)
        print(text(stress, time.perf_counter() - begin))
        if options.json:
            found = {
                "kernels": [asdict(kernel) for kernel in stress.found],
                "looks": [asdict(seen) for seen in stress.looks],
                "problems": stress.problems(),
            }
            options.json.write_text(json.dumps(found))
    return 1 if stress.problems() else 0


if __name__ == "__main__":
    sys.exit(main())
