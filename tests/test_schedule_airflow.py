"""The DAG files; a real Airflow runs them in tools/airflow_check.py."""

import ast
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.errors import ParameterError
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.schedule import find_entry, planned_window
from aifactory_nb.schedule_airflow import airflow_files, declined_reason
from aifactory_nb.settings import Settings

LINE = """
[lines]
operate = ["make", "use", "tell"]

[stages.make]
size = 3

[schedule.monthly]
cron = "0 5 1 * *"
timezone = "Europe/Berlin"
set.use.note = "it's {{ raw }}"
"""


def dag_text(settings: Settings, extra: str = "") -> str:
    """The DAG file of a line of three stages."""
    folder = settings.workspace
    write_notebook(folder, "make", stage_cells("make"), "size: int = 1  # x", writes=["rows"])
    use = stage_cells("use", "stage.decline('x')")
    write_notebook(folder, "use", use, 'note: str = ""  # x', reads=["rows"], writes=["total"])
    write_notebook(folder, "tell", stage_cells("tell"), reads=["rows", "total"])
    path = folder / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + LINE + extra)
    pipeline = load_pipeline(folder, "shop")
    return airflow_files(settings, pipeline, date(2026, 5, 1))["aifactory_shop_monthly.py"]


def assigned(text: str, name: str) -> Any:
    """The value of a name at the top of the file."""
    tree = ast.parse(text)
    assigns = (node for node in tree.body if isinstance(node, ast.Assign))
    return next(
        ast.literal_eval(node.value)
        for node in assigns
        if isinstance(node.targets[0], ast.Name) and node.targets[0].id == name
    )


def test_a_task_for_each_stage(settings: Settings) -> None:
    """Stages, parameters and what each waits for are those of the line."""
    stages = assigned(dag_text(settings), "STAGES")

    assert [(task, waits) for task, _, _, _, waits, _ in stages] == [
        ("01_make", []),
        ("02_use", ["01_make"]),
        ("03_tell", ["01_make", "02_use"]),
    ]
    assert [parameters for _, _, _, parameters, _, _ in stages] == [
        {"size": 3},
        {"note": "it's {{ raw }}"},
        {},
    ]
    assert [declines for *_, declines in stages] == [False, True, False]
    assert all(Path(notebook).is_file() for _, _, notebook, _, _, _ in stages)


def test_nothing_of_ours_is_imported(settings: Settings) -> None:
    """An Airflow in an environment of its own can import the file."""
    text = dag_text(settings)

    imports = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {getattr(node, "module", None) or node.names[0].name for node in imports}  # type: ignore[attr-defined]

    assert {name.partition(".")[0] for name in names} == {
        "airflow",
        "datetime",
        "json",
        "pendulum",
        "shlex",
    }


@pytest.mark.parametrize("every", ["1mo", "1w", "1d"])
@pytest.mark.parametrize("window", ["previous", "current"])
def test_the_file_knows_the_windows(settings: Settings, every: str, window: str) -> None:
    """The window that the file works out is the one that the daemon would run."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text().replace("[window]", f'[window]\nevery = "{every}"'))
    text = dag_text(settings, f'window = "{window}"\n')
    pipeline = load_pipeline(settings.workspace, "shop")
    entry = find_entry(pipeline, "monthly")
    code = text[text.index("WORKSPACE =") : text.index("def raw")]
    names: dict[str, Any] = {}
    pendulum = "class pendulum:\n    from zoneinfo import ZoneInfo as timezone\n"
    exec(f"from datetime import datetime, timedelta\n{pendulum}{code}", names)

    for text in (
        "2026-02-28T23:30:00+00:00",
        "2026-12-31T23:30:00+00:00",
        "2026-05-01T03:00:00+00:00",
    ):
        planned = datetime.fromisoformat(text)
        expected = planned_window(pipeline, entry, planned)
        assert expected is not None
        assert names["window"](planned) == (expected.start, expected.end)


def test_a_condition_has_no_data_interval(settings: Settings) -> None:
    """An entry with a condition is refused, with what to do."""
    with pytest.raises(ParameterError, match="aifactory schedule start shop fresh"):
        dag_text(settings, '[schedule.fresh]\non = "new_data"\n')


def test_the_latest_run_by_hand_declines(settings: Settings) -> None:
    """Only the latest result of the stage counts."""
    ledger = Ledger(settings.ledger_url)
    for run, reason in (("first", "the model is good"), ("second", "")):
        ledger.start_run(run, "shop", "manual", {"stage": "retrain"}, 1)
        ledger.plan_stage(run, 0, "retrain", "2024-01")
        ledger.end_stage(run, 0, "succeeded", {"declined": reason})
        ledger.end_run(run, "succeeded")
        assert declined_reason(ledger, "shop", "retrain") == reason
