"""The command `aifactory` with every notebook carried out by papermill in a normal kernel: from Python two at a time, or
one after another by its command, as cron would do it.

python plain_papermill.py api|command run flight_delay
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import aifactory_nb.dask_executor
from aifactory_nb.cli import main
from aifactory_nb.executor import Job
from aifactory_nb.settings import Settings


class PapermillExecutor:
    """Papermill as it comes."""

    def __init__(self, settings: Settings) -> None:
        self.workers = settings.executor.workers
        self.folder = settings.workspace

    def __enter__(self) -> "PapermillExecutor":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def carry_out(self, job: Job, stop: Event, progress: Callable[[Any], None]) -> None:
        """Execute the notebook; papermill is not safe with `cwd` in threads, and all stages share one folder."""
        from papermill import execute_notebook

        job.notebook.parent.mkdir(parents=True, exist_ok=True)
        execute_notebook(
            str(job.template),
            str(job.notebook),
            job.parameters,
            kernel_name="python3",
            progress_bar=False,
        )


class PapermillCommand(PapermillExecutor):
    """A process of its own for each notebook."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.workers = 1

    def carry_out(self, job: Job, stop: Event, progress: Callable[[Any], None]) -> None:
        """Execute the notebook; JSON is YAML."""
        job.notebook.parent.mkdir(parents=True, exist_ok=True)
        program = str(Path(sys.executable).with_name("papermill"))
        given = ["-k", "python3", "--no-progress-bar", "-y", json.dumps(job.parameters)]
        command = [program, str(job.template), str(job.notebook), *given]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{job.notebook.stem}: {done.stderr[-2000:]}")


WAYS = {"api": PapermillExecutor, "command": PapermillCommand}

if __name__ == "__main__":
    chosen = WAYS[sys.argv.pop(1)]
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    aifactory_nb.dask_executor.open_executor = lambda settings, *_, **__: chosen(settings)
    main()
