"""What a stage notebook holds: types, windows, tables, folders, other runs at work."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aifactory_nb.errors import BusyError, DataError, NotFoundError, ParameterError
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings
from aifactory_nb.stage import Stage, latest_pin
from aifactory_nb.stage_result import StageResult
from aifactory_nb.store import Store
from aifactory_nb.window import as_datetime

MONTH = {"start": date(2024, 1, 1), "end": date(2024, 2, 1)}
NEXT = {"start": date(2024, 2, 1), "end": date(2024, 3, 1)}


@pytest.fixture
def store(settings: Settings) -> Store:
    """The store of the workspace."""
    return Store(settings.store_folder, "shop")


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of the workspace."""
    ledger = Ledger(settings.ledger_url)
    yield ledger
    ledger.close()


def frame(month: int, *values: Any) -> pl.DataFrame:
    """Rows of a month of 2024."""
    at = pl.Series("at", [datetime(2024, month, 5)] * len(values), dtype=pl.Datetime("us"))
    return pl.DataFrame([at, pl.Series("n", values)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pipeline": 3}, r"pipeline must be a str, found 3 \(int\)"),
        ({"run": None}, r"run must be a str, found None \(NoneType\)"),
        ({"inputs": ["raw"]}, r"inputs must be a dict, found \['raw'\] \(list\)"),
        ({"start": 20240101}, "start must be an ISO date such as 2013-04-01, found 20240101"),
        ({"end": "soon"}, "end must be an ISO date such as 2013-04-01, found 'soon'"),
        ({"start": "2024-01-01T00:00+01:00"}, "start must be without a time zone"),
        ({"start": "2024-03-01", "end": "2024-02-01"}, "must be before end"),
    ],
)
def test_parameters_of_the_wrong_type(
    workspace: Path, ledger: Ledger, arguments: dict[str, Any], message: str
) -> None:
    """The error names the parameter, what was found and what is wanted; no run is begun."""
    with pytest.raises(ParameterError, match=message):
        Stage("make", **{"pipeline": "shop", **arguments})
    assert ledger.runs() == []


def test_a_moment_keeps_its_time() -> None:
    """Dates, datetimes and text are moments."""
    assert as_datetime("2024-01-01 05:00", "start") == datetime(2024, 1, 1, 5)
    assert as_datetime(datetime(2024, 1, 1, 5), "start") == datetime(2024, 1, 1, 5)
    with pytest.raises(ParameterError, match="without a time zone"):
        as_datetime(datetime(2024, 1, 1, tzinfo=UTC), "start")


@pytest.mark.parametrize("pin", ["2", 1.0, [1]])
def test_a_pin_of_a_table_is_a_version(workspace: Path, pin: Any) -> None:
    """A pin of another type is a parameter error, not a traceback of Delta Lake."""
    stage = Stage("use", "shop", inputs={"rows": pin})

    with pytest.raises(ParameterError, match=r"inputs\['rows'\] must be a int, found"):
        stage.read("rows")


def test_a_window_without_rows_keeps_the_types(workspace: Path, store: Store) -> None:
    """A month without rows, whose columns have no types, leaves those of the table."""
    Stage("make", "shop", **MONTH).write("rows", frame(1, 1, 2), "at")
    empty = pl.DataFrame({"at": [], "n": []})
    Stage("make", "shop", **NEXT).write("rows", empty, "at")

    assert store.schema("rows") == {"at": pl.Datetime("us"), "n": pl.Int64}
    assert store.rows("rows") == 2


def test_a_first_window_without_rows_does_not_settle_the_types(
    workspace: Path, store: Store
) -> None:
    """The types come with the first rows."""
    empty = pl.DataFrame({"at": pl.Series([], dtype=pl.Datetime("us")), "n": []})
    Stage("make", "shop", **MONTH).write("rows", empty, "at")
    Stage("make", "shop", **NEXT).write("rows", frame(2, 1, 2), "at")

    assert store.schema("rows")["n"] == pl.Int64
    assert store.rows("rows") == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (pl.col("n").cast(pl.String), r"n \(Int64 in the table, String now\)"),
        (pl.col("n").alias("m"), r"m \(absent in the table, Int64 now\)"),
    ],
)
def test_columns_that_change_in_mid_line_are_refused(
    workspace: Path, store: Store, changed: pl.Expr, message: str
) -> None:
    """The message names each column, and what was there stays."""
    Stage("make", "shop", **MONTH).write("rows", frame(1, 1, 2), "at")

    with pytest.raises(DataError, match=message):
        Stage("make", "shop", **NEXT).write("rows", frame(2, 3).with_columns(changed), "at")
    assert (store.version("rows"), store.rows("rows")) == (0, 2)


def test_a_write_since_ever_replaces_what_is_before(workspace: Path, store: Store) -> None:
    """All rows before the window's end are replaced, those behind it stay."""
    Stage("make", "shop", "", date(2024, 2, 1), date(2024, 4, 1)).write("rows", frame(3, 9), "at")
    Stage("make", "shop", **MONTH).write("rows", frame(1, 1), "at")
    rows = pl.concat([frame(1, 7), frame(2, 8)])
    Stage("make", "shop", **NEXT).write("rows", rows, "at", since_ever=True)

    assert sorted(store.scan("rows").collect()["n"]) == [7, 8, 9]


def test_a_merge_is_an_output(workspace: Path) -> None:
    """What was inserted and updated counts as written."""
    stage = Stage("make", "shop", **MONTH)
    stage.merge("rows", frame(1, 1, 2), ["n"])
    merged = stage.merge("rows", frame(1, 2, 3), ["n"])

    assert merged.inserted == 1
    assert [output.rows for output in stage.result.outputs] == [2, 1]
    assert stage.result.outputs[-1].fingerprint == merged.fingerprint
    assert stage.result.rows_out == 3


def test_a_folder_is_there_when_its_stage_is_complete(
    workspace: Path, store: Store, ledger: Ledger
) -> None:
    """A stage that breaks off leaves no half folder for others to read."""
    whole = Stage("make", "shop", **MONTH)
    (whole.output_folder("candidate") / "model.txt").write_text("whole")
    whole.complete()
    pin = latest_pin(store, ledger, "candidate")
    half = Stage("make", "shop", **NEXT)
    (half.output_folder("candidate") / "model.txt").write_text("half")

    assert latest_pin(store, ledger, "candidate") == pin == whole.result.outputs[0].pin
    read = Stage("use", "shop").needed_folder("candidate")
    assert (read / "model.txt").read_text() == "whole"


def test_a_folder_that_is_gone_is_told(workspace: Path) -> None:
    """A pin to nothing names the place and what to do."""
    stage = Stage("use", "shop", inputs={"candidate": "artifacts/candidate/run/all"})

    with pytest.raises(NotFoundError, match="artifacts/candidate/run/all is gone. .*aifactory run"):
        stage.needed_folder("candidate")


def test_a_pin_out_of_the_store_is_refused(workspace: Path) -> None:
    """A parameter cannot point to files of others."""
    stage = Stage("use", "shop", inputs={"candidate": "../../../etc"})

    with pytest.raises(DataError, match="leads out of the store"):
        stage.needed_folder("candidate")


def test_a_stage_by_hand_does_not_begin_while_a_line_is_at_work(
    workspace: Path, ledger: Ledger
) -> None:
    """Two that write the same tables would mix them."""
    ledger.start_run("line", "shop", "build", {}, 1)

    with pytest.raises(BusyError, match="line"):
        Stage("make", "shop", **MONTH)


def test_a_stage_by_hand_does_not_write_once_a_line_is_at_work(
    workspace: Path, store: Store, ledger: Ledger
) -> None:
    """A notebook that was opened before the line began cannot write into it."""
    stage = Stage("make", "shop", **MONTH)
    ledger.start_run("line", "shop", "build", {}, 1)

    for act in (
        lambda: stage.write("rows", frame(1, 1), "at"),
        lambda: stage.write_as_of("rows", frame(1, 1)),
        lambda: stage.merge("rows", frame(1, 1), ["n"]),
        stage.complete,
    ):
        with pytest.raises(BusyError):
            act()
    assert store.tables() == []


def test_mend_makes_a_damaged_window_readable(workspace: Path, store: Store) -> None:
    """A stage that looks at the rows which it is about to replace is not stopped by their damage."""
    Stage("make", "shop", **MONTH).write("rows", frame(1, 1), "at")
    Stage("make", "shop", **NEXT).write("rows", frame(2, 2), "at")
    uris = pl.DataFrame(store.table("rows").open().get_add_actions(flatten=True))
    lost = uris.filter(pl.col("min.n") == 2)["path"][0]
    (store.folder("tables", "rows") / lost).unlink()

    with pytest.raises(DataError, match="is damaged"):
        Stage("make", "shop", **MONTH).mend("rows", "at")
    stage = Stage("make", "shop", **NEXT)
    stage.mend("rows", "at")
    assert stage.read("rows").collect()["n"].to_list() == [1]


def test_a_result_survives_its_file(workspace: Path) -> None:
    """What the runner reads is what the stage wrote, beside the executed notebook."""
    stage = Stage("make", "shop", **MONTH)
    stage.write("rows", frame(1, 1), "at")
    result = stage.complete()
    written = json.loads((stage.folder / "2024-01" / "make.json").read_text())

    assert StageResult.from_dict(written) == result


def test_a_stage_begun_again_elsewhere_changes_nothing_any_more(
    workspace: Path, ledger: Ledger, store: Store
) -> None:
    """An attempt that was taken for lost, but goes on, can neither write a table nor complete."""
    window = Stage("make", "shop").window
    ledger.start_run("first", "shop", "run", {}, stages=1)
    ledger.plan_stage("first", 0, "make", window)
    ledger.start_stage("first", 0, "key", 1, "01_make.ipynb")
    lost = Stage("make", "shop", run="first")
    ledger.take_stage("first", 0, "the moment at which the runner started it")
    again = Stage("make", "shop", run="first")

    with pytest.raises(BusyError, match="attempt 2 of run 'first'"):
        lost.write("rows", pl.DataFrame({"n": [1]}))
    with pytest.raises(BusyError, match="taken for lost"):
        lost.complete()
    again.write("rows", pl.DataFrame({"n": [2]}))
    assert store.scan("rows").collect()["n"].to_list() == [2]
    assert store.version("rows") == 0
