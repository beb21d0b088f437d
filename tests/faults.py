"""Every fault that the factory is shown to survive: what is broken, what it says, and the exit code.

The tests go through the list; `python tests/faults.py` carries it out and writes `docs/faults.md`.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from conftest import COMMAND, PIPELINE, customers, orders, stage_cells, write_notebook

SOURCE = """[source]
path = "data/orders.csv"

[source.types]
order = "Int64"
ordered_at = "Datetime"
region = "String"
customer = "Int64"
price = "Float64"
channel = "String"
days_to_return = "Int64"
"""
CSV, SPEC = "pipelines/shop/data/orders.csv", "pipelines/shop/pipeline.toml"
BUILD = ("run", "shop")
FEATURES = ("run", "shop", "--until", "features")
INGEST = ("run", "shop", "--until", "ingest")
APRIL = ("run", "shop", "--line", "operate", "--window", "2024-04")
APRIL_INGEST = (*APRIL, "--until", "ingest")


def make_workspace(folder: Path) -> Path:
    """A workspace with the pipeline `shop` on a CSV file with declared types."""
    data = folder / "pipelines" / "shop" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    (folder / SPEC).write_text(PIPELINE.replace('[source]\npath = "data/orders.parquet"\n', SOURCE))
    orders().write_csv(data / "orders.csv")
    customers().write_parquet(data / "customers.parquet")
    return folder


def aifactory(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a workspace."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _change(folder: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    change(pl.read_csv(folder / CSV, try_parse_dates=True)).write_csv(folder / CSV)


def _edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text, (file, old)
    (folder / file).write_text(text.replace(old, new))


def remove_file(folder: Path) -> None:
    """The source file is missing."""
    (folder / CSV).unlink()


def empty_file(folder: Path) -> None:
    """The source file is empty."""
    (folder / CSV).write_bytes(b"")


def header_only(folder: Path) -> None:
    """The source file has a header and no rows."""
    _change(folder, lambda frame: frame.clear())


def truncated_file(folder: Path) -> None:
    """A Parquet file was cut off while it was copied."""
    data = (folder / "pipelines/shop/data/customers.parquet").read_bytes()
    (folder / "pipelines/shop/data/customers.parquet").write_bytes(data[: len(data) // 2])


def truncated_csv(folder: Path) -> None:
    """A CSV file was cut off in the middle of a line."""
    data = (folder / CSV).read_bytes()
    (folder / CSV).write_bytes(data[: len(data) // 2].rsplit(b",", 3)[0])


def wrong_encoding(folder: Path) -> None:
    """The file is Latin-1, the specification says nothing, so UTF-8 is expected."""
    text = (folder / CSV).read_text().replace("north", "nörd")
    (folder / CSV).write_bytes(text.encode("latin-1"))


def wrong_delimiter(folder: Path) -> None:
    """The file is separated by semicolons, commas are expected."""
    (folder / CSV).write_text((folder / CSV).read_text().replace(",", ";"))


def column_vanished(folder: Path) -> None:
    """A column is called otherwise than yesterday."""
    _edit(folder, CSV, "price", "unit_price")


def column_appeared(folder: Path) -> None:
    """There is a column that was not there yesterday."""
    _change(folder, lambda frame: frame.with_columns(coupon=pl.lit("X")))


def column_changed_type(folder: Path) -> None:
    """Somebody wrote a word into a column of numbers."""
    _edit(
        folder,
        CSV,
        (folder / CSV).read_text().splitlines()[7],
        "6,2024-01-01T01:00:00.000000,north,1,cheap,web,90",
    )


def constant_target(folder: Path) -> None:
    """The target has one value."""
    _change(folder, lambda frame: frame.with_columns(days_to_return=pl.lit(90)))


def missing_target(folder: Path) -> None:
    """The target is empty in all rows."""
    _change(folder, lambda frame: frame.with_columns(days_to_return=pl.lit(None, pl.Int64)))


def one_class_held_out(folder: Path) -> None:
    """The rows held out have one class only."""
    late = pl.col("ordered_at") >= datetime(2024, 2, 10)
    _change(
        folder,
        lambda frame: frame.with_columns(
            days_to_return=pl.when(late).then(90).otherwise("days_to_return")
        ),
    )


def all_null_column(folder: Path) -> None:
    """A feature is empty in all rows."""
    _change(folder, lambda frame: frame.with_columns(price=pl.lit(None, pl.Float64)))


def nan_values(folder: Path) -> None:
    """A feature has NaN values."""
    price = pl.when(pl.col("order") % 5 == 0).then(float("nan")).otherwise("price")
    _change(folder, lambda frame: frame.with_columns(price=price))


def infinities(folder: Path) -> None:
    """A feature has infinite values."""
    price = pl.when(pl.col("order") % 5 == 0).then(float("inf")).otherwise("price")
    _change(folder, lambda frame: frame.with_columns(price=price))


def duplicate_keys(folder: Path) -> None:
    """Two rows have the same key."""
    _change(folder, lambda frame: pl.concat([frame, frame.head(3)]))


def unsorted_rows(folder: Path) -> None:
    """The rows are in no order."""
    _change(folder, lambda frame: frame.sample(fraction=1, shuffle=True, seed=1))


def future_dates(folder: Path) -> None:
    """Some rows are dated years from now."""
    later = (
        pl.when(pl.col("order") < 5)
        .then(pl.col("ordered_at") + timedelta(days=36500))
        .otherwise("ordered_at")
    )
    _change(folder, lambda frame: frame.with_columns(ordered_at=later))


def one_row(folder: Path) -> None:
    """The source has a single row."""
    _change(folder, lambda frame: frame.head(1))


def unseen_categories(folder: Path) -> None:
    """In production comes a category that the model has never seen."""
    april = pl.col("ordered_at") >= datetime(2024, 4, 1)
    _change(
        folder,
        lambda frame: frame.with_columns(
            channel=pl.when(april).then(pl.lit("app")).otherwise("channel")
        ),
    )


def month_without_rows(folder: Path) -> None:
    """In production comes a month without a row."""
    april = pl.col("ordered_at").is_between(
        datetime(2024, 4, 1), datetime(2024, 5, 1), closed="left"
    )
    _change(folder, lambda frame: frame.filter(~april))


def one_class_in_production(folder: Path) -> None:
    """In production comes a month in which nothing happens."""
    april = pl.col("ordered_at") >= datetime(2024, 3, 25)
    _change(
        folder,
        lambda frame: frame.with_columns(
            days_to_return=pl.when(april).then(90).otherwise("days_to_return")
        ),
    )


def corrupt_model(folder: Path) -> None:
    """A byte of the champion's trees was changed."""
    path = folder / "store/shop/models/v0001/model.txt"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"split_gain=", b"split_gain=9", 1))


def model_gone(folder: Path) -> None:
    """The champion's folder was deleted."""
    shutil.rmtree(folder / "store/shop/models/v0001")


def corrupt_table(folder: Path) -> None:
    """The log of a Delta table was overwritten."""
    log = sorted((folder / "store/shop/tables/raw/_delta_log").glob("*.json"))[-1]
    log.write_text("not a log")


def parameter_of_wrong_type(folder: Path) -> None:
    """A parameter has text where a number is needed."""
    (folder / SPEC).write_text((folder / SPEC).read_text() + '\n[stages.train]\nrounds = "many"\n')


def syntax_error(folder: Path) -> None:
    """A stage notebook of the workspace has a syntax error."""
    write_notebook(
        folder,
        "features",
        stage_cells("features", "x = = 1"),
        reads=["raw", "labels", "validated"],
        writes=["features"],
    )


def no_parameters_cell(folder: Path) -> None:
    """A stage notebook of the workspace has no parameters cell."""
    path = write_notebook(
        folder, "features", stage_cells("features"), reads=["raw"], writes=["features"]
    )
    path.write_text(path.read_text().replace('"tags": ["parameters"]', '"tags": []'))


def tracking_away(folder: Path) -> None:
    """The MLflow server does not answer."""
    (folder / "settings.ini").write_text("[tracking]\nuri = http://127.0.0.1:9\n")


def ledger_elsewhere(folder: Path) -> None:
    """The ledger is not in the store."""
    for path in (folder / "store").glob("ledger.db*"):
        path.rename(folder / path.name)
    (folder / "settings.ini").write_text(
        "[tracking]\nenabled = false\n[ledger]\nurl = sqlite:///ledger.db\n"
    )


def impatient_ledger(folder: Path) -> None:
    """Nobody waits long for the ledger."""
    (folder / "settings.ini").write_text(
        "[tracking]\nenabled = false\n[ledger]\nurl = sqlite:///store/ledger.db?timeout=2\n"
    )


def nothing(folder: Path) -> None:
    """Everything is as it should be."""


@contextlib.contextmanager
def calm(folder: Path) -> Iterator[None]:
    """Nothing more happens while the command runs."""
    yield


@contextlib.contextmanager
def ledger_locked(folder: Path) -> Iterator[None]:
    """Another program holds the ledger's database."""
    with contextlib.closing(
        sqlite3.connect(folder / "store/ledger.db", isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def disk_full(folder: Path) -> Iterator[None]:
    """The disk of the store has no space left."""
    store, kept = folder / "store", folder / "kept"
    store.rename(kept)
    store.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", store], check=True)
    try:
        shutil.copytree(kept, store, dirs_exist_ok=True)
        with contextlib.suppress(OSError), (store / "filler").open("wb") as filler:
            while True:
                filler.write(b"0" * 4096)
                filler.flush()
        yield
    finally:
        subprocess.run(["umount", "-l", store], check=True)
        store.rmdir()
        kept.rename(store)


@contextlib.contextmanager
def read_only_store(folder: Path) -> Iterator[None]:
    """The store can be read only; the ledger lies elsewhere."""
    store = folder / "store"
    subprocess.run(["mount", "--bind", store, store], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", store], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", store], check=True)


@dataclass(frozen=True)
class Fault:
    """Something that is broken, and what the factory has to say about it."""

    breaks: Callable[[Path], None]
    code: int  # exit code
    says: tuple[str, ...]  # parts of what is printed
    command: tuple[str, ...] = BUILD
    built: bool = False  # whether a model is at work already
    during: Callable[[Path], contextlib.AbstractContextManager[None]] = calm
    root: bool = False  # needs the right to mount

    @property
    def name(self) -> str:
        """A short name."""
        return (self.during if self.during is not calm else self.breaks).__name__

    @property
    def story(self) -> str:
        """What is broken, as a sentence."""
        return str((self.during if self.during is not calm else self.breaks).__doc__)


FAULTS = [
    Fault(remove_file, 7, ("orders.csv",), INGEST),
    Fault(empty_file, 7, ("orders.csv", "empty"), INGEST),
    Fault(header_only, 7, ("no rows",), INGEST),
    Fault(truncated_file, 7, ("customers.parquet",), FEATURES),
    Fault(truncated_csv, 7, ("orders.csv",), INGEST),
    Fault(wrong_encoding, 7, ("encoding",), INGEST),
    Fault(wrong_delimiter, 7, ("separator",), INGEST),
    Fault(column_vanished, 7, ("price", "unit_price"), INGEST),
    Fault(column_appeared, 0, ("coupon",), INGEST),
    Fault(column_changed_type, 7, ("price", "cheap", "Float64"), INGEST),
    Fault(constant_target, 7, ("0 and 1",)),
    Fault(missing_target, 7, ("label",)),
    Fault(one_class_held_out, 0, ()),
    Fault(all_null_column, 0, ()),
    Fault(nan_values, 0, ()),
    Fault(infinities, 7, ("price", "inf"), INGEST),
    Fault(duplicate_keys, 7, ("order", "key"), INGEST),
    Fault(unsorted_rows, 0, (), FEATURES),
    Fault(future_dates, 0, ("later than today",), INGEST),
    Fault(one_row, 7, ("0 rows to learn from",)),
    Fault(unseen_categories, 0, (), APRIL, built=True),
    Fault(month_without_rows, 7, ("2024-04",), APRIL, built=True),
    Fault(one_class_in_production, 0, (), APRIL, built=True),
    Fault(corrupt_model, 7, ("model.txt",), APRIL, built=True),
    Fault(model_gone, 6, ("gone",), APRIL, built=True),
    Fault(corrupt_table, 7, ("raw",), (*APRIL, "--from", "features"), built=True),
    Fault(parameter_of_wrong_type, 3, ("rounds", "many")),
    Fault(syntax_error, 3, ("features", "syntax", "x = = 1")),
    Fault(no_parameters_cell, 3, ("parameters",)),
    Fault(tracking_away, 0, ("MLflow",), ("run", "shop", "--set", "train.rounds=30"), built=True),
    Fault(impatient_ledger, 8, ("locked",), APRIL_INGEST, True, ledger_locked),
    Fault(ledger_elsewhere, 10, ("No space left",), APRIL_INGEST, True, disk_full, True),
    Fault(ledger_elsewhere, 10, ("Read-only",), APRIL_INGEST, True, read_only_store, True),
]


def carry_out(fault: Fault, folder: Path) -> subprocess.CompletedProcess[str]:
    """Break a workspace and run the command."""
    fault.breaks(folder)
    with fault.during(folder):
        return aifactory(folder, *fault.command)


def build(folder: Path) -> Path:
    """A workspace with a model at work."""
    done = aifactory(make_workspace(folder), *BUILD)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def may_mount() -> bool:
    """Whether file systems can be mounted here."""
    return (
        os.geteuid() == 0
        and subprocess.run(["mount", "--help"], capture_output=True, check=False).returncode == 0
    )


HEAD = """# What a fault costs

Each of these is a test (`tests/faults.py`). A fault ends with a message that says what was found and what to do, and with
the exit code of its cause; nothing half-written is left, and the audit chain verifies. When the cause is gone, the same
command, or `--resume`, goes on. Written by `python tests/faults.py`; paths and names of runs are shortened.

| what is broken | command | exit | what is said |
|---|---|---|---|
"""
FURTHER = """
Not in this list, because they need more than one command, each with tests of its own:

- Ten processes that write one ledger at once, and a ledger whose server goes away: `tests/test_ledger.py`, `tests/test_database.py`.
- A clock that is set back: order comes from the numbers of audit events, `tests/test_audit.py`, `tests/test_stage_runs.py`.
- Two runs of one pipeline at once: exit code 9, or `--wait`; `tests/test_runs.py`, `tests/test_cli.py`.
- 10,000 columns: `tests/test_files.py`, `tests/test_model.py`.
- kill -9 at 20 random moments of a replay, each time resumed: `tests/test_kills.py`, by hand `python benchmarks/kills.py`.
- Cells that kill their kernel, print without end or never complete their stage: `tests/test_notebook.py`.
- A service that is killed, fuzzed, without ledger or room on disk: `docs/serving.md`; `tests/test_serve_faults.py`,
  `tests/test_serve_registry.py`, `tests/test_fuzzing.py`.
- Damaged Delta logs, parquet files and model folders, and an object store that refuses: `tests/test_delta.py`,
  `tests/test_object_store.py`.
"""


def what_is_said(done: subprocess.CompletedProcess[str], folder: Path) -> str:
    """The message of a command without what differs from run to run."""
    told = [line.strip(" !✗■") for line in done.stderr.splitlines()]
    warned = [line for line in done.stdout.splitlines() if line.startswith(("  ! ", "MLflow"))]
    kept = [line for line in told if line and not line.startswith(("Notebook:", "Go on with"))]
    text = " ".join(kept or [line.strip(" !") for line in warned] or ["the line goes on"])
    text = text.replace(f"{folder}/", "").replace("error: ", "")
    return re.sub(r"\d{8}-\d{6}-\w+-\w{4}", "RUN", text).replace("|", "\\|")


def main() -> None:
    """Write the page."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        good = build(Path(temporary) / "good")
        for fault in FAULTS:
            folder = Path(temporary) / fault.name
            if fault.built:
                shutil.copytree(good, folder)
            else:
                make_workspace(folder)
            done = carry_out(fault, folder)
            command = f"`aifactory {' '.join(fault.command)}`"
            said = what_is_said(done, folder)
            rows.append(f"| {fault.story} | {command} | {done.returncode} | {said} |\n")
    page = Path(__file__).resolve().parent.parent / "docs" / "faults.md"
    page.write_text(HEAD + "".join(rows) + FURTHER, encoding="utf-8")


if __name__ == "__main__":
    main()
