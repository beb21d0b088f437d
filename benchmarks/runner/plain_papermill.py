"""The command `aifactory` with every notebook carried out by papermill in a normal kernel, two at a time."""

import os
from collections.abc import Callable
from threading import Event
from typing import Any

import aifactory_nb.execution
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


if __name__ == "__main__":
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    aifactory_nb.execution.LocalExecutor = PapermillExecutor  # type: ignore[misc, assignment]
    main()
