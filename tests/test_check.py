"""Checking a pipeline without running it."""

import json
from dataclasses import replace

import pytest

from aifactory_nb.check import check_pipeline
from aifactory_nb.settings import Settings


def failed(settings: Settings) -> dict[str, str]:
    """The checks of `shop` that fail, with what they say."""
    return {
        row["check"]: row["found"] for row in check_pipeline(settings, "shop") if not row["passed"]
    }


def test_a_good_pipeline_passes(settings: Settings) -> None:
    """Every check says what it found."""
    rows = check_pipeline(settings, "shop")

    assert [row["check"] for row in rows if not row["passed"]] == []
    assert (
        next(row["found"] for row in rows if row["check"] == "features")
        == "4 features from 2 steps"
    )
    assert not (settings.workspace / "runs").exists()


@pytest.mark.parametrize(
    ("old", "new", "check", "message"),
    [
        ("[data]", "[date]", "pipeline", "unknown key. Did you mean 'data'"),
        ('"price"', '"prise"', "features", "there is no column 'prise'. Did you mean 'price'"),
        ('"price"', '"days_to_return"', "features", "is a leak"),
        ('table = "customers"', 'table = "customer"', "features", "Did you mean 'customers'"),
        ("orders.parquet", "order.parquet", "source", "No file"),
        ("<= 30", "<= 300", "target", "labels must be 0 and 1; found 1 different values"),
        (
            'key = ["order"]',
            'key = ["ordre"]',
            "source",
            "lacks the columns ordre. Did you mean 'order'",
        ),
        (
            "[features]",
            "[stages.train]\nround = 5\n[features]",
            "stages",
            "no parameter 'round'. Did you mean 'rounds'",
        ),
        (
            "[features]",
            "[stages.trian]\nrounds = 5\n[features]",
            "stages",
            "no such stage. Did you mean 'train'",
        ),
        ("[features]", '[gates]\ndata = "gates/none.json"\n[features]', "gates", "No gate suite"),
        (
            "[features]",
            '[gates.actions]\ncritical = "stop"\n[features]',
            "pipeline",
            "gates.actions.critical: input should be 'block', 'quarantine' or 'warn'; found 'stop'",
        ),
        ("[features]", "[retrain]\ncooldown = 5\n[features]", "policies", "unknown key"),
    ],
)
def test_a_slip_fails_its_check(
    settings: Settings, old: str, new: str, check: str, message: str
) -> None:
    """Each kind of slip is found by the check that is about it, with a message that helps."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    assert message in failed(settings)[check]


def test_a_missing_file_is_told_once(settings: Settings) -> None:
    """What needs the source is not checked, and does not repeat its message."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text().replace("orders.parquet", "order.parquet"))
    rows = check_pipeline(settings, "shop")

    assert [row["check"] for row in rows if row["error"] is not None] == ["source"]
    assert failed(settings)["features"] == "not checked: it needs the source"


def test_an_unknown_kernel_is_a_fault_of_the_settings(settings: Settings) -> None:
    """The kernel of the stages must be installed."""
    executor = replace(settings.executor, kernel="python33")
    rows = check_pipeline(replace(settings, executor=executor), "shop")
    (row,) = [row for row in rows if row["check"] == "kernel"]

    assert "no Jupyter kernel 'python33'. Did you mean 'python3'" in row["found"]
    assert row["error"].exit_code == 3


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        ("limits = {acu = {min = 0.6}}", "a binary target has no such metric. Did you mean 'auc'"),
        ('champion = {metric = "mae"}', "cannot be compared for a binary target"),
    ],
)
def test_a_metric_of_another_task_is_refused(settings: Settings, gates: str, message: str) -> None:
    """Limits and the champion gate name metrics of the task."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text().replace("[features]", f"[gates]\n{gates}\n[features]"))

    assert message in failed(settings)["gates"]


def test_what_cannot_be_set_aside_is_told(settings: Settings) -> None:
    """Of a quarantine, expectations about the whole table block: that is known before a run."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    gates = '[gates]\ndata = "orders.json"\nactions = {critical = "quarantine"}\n[features]'
    path.write_text(path.read_text().replace("[features]", gates, 1))
    items = [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "price"}},
        {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "price", "min_value": 1}},
    ]
    suite = {"name": "orders", "expectations": items}
    (path.parent / "orders.json").write_text(json.dumps(suite))

    found = {row["check"]: row["found"] for row in check_pipeline(settings, "shop")}

    assert "suite orders: 2 expectations, 1 of them block" in found["gates"]
