"""Reading pipeline files."""

from pathlib import Path

import pytest

from aifactory_nb.errors import PipelineError, PipelineNotFoundError
from aifactory_nb.pipeline import load_pipeline


def change(workspace: Path, old: str, new: str) -> None:
    """Replace a text in the pipeline file of `shop`."""
    path = workspace / "pipelines" / "shop" / "pipeline.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_copy_has_the_same_specification_under_its_own_name(workspace: Path) -> None:
    """`shop@replay` is read from the file of `shop`."""
    copy = load_pipeline(workspace, "shop@replay")

    assert copy.name == "shop@replay"
    assert copy.data == load_pipeline(workspace, "shop").data


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[data]", "[date]", "date: unknown key. Did you mean 'data'"),
        ("segment =", "segmnt =", "data.segmnt: unknown key. Did you mean 'segment'"),
        (
            'task = "binary"',
            'task = "binarry"',
            "target.task: input should be 'binary', 'multiclass' or 'regression'; found 'binarry'",
        ),
        ('key = ["order"]\n', "", "data.key: missing"),
        ("2024-03-01", "2023-03-01", "start 2024-01-01 must be before end 2023-03-01"),
        ("2024-01-01", '"soon"', "window.start: input should be a valid date"),
        (
            "[features]",
            '[gates.actions]\nwarning = "quarantin"\n[features]',
            "gates.actions.warning: .*found 'quarantin'. Did you mean 'quarantine'",
        ),
        (
            "[features]",
            '[gates.actions]\nwaning = "block"\n[features]',
            "gates.actions.waning: unknown key. Did you mean 'warning'",
        ),
        (
            "[features]",
            "[gates]\nquarantine_limit = 5\n[features]",
            "gates.quarantine_limit: input should be less than or equal to 1; found 5",
        ),
        ('time = "ordered_at"\n', "", "data.time and \\[window\\] come together"),
        ('outcomes = ["days_to_return"]\n', "", "target.outcomes must name the raw columns"),
        ('name = "shop"', 'name = "ship"', "name is 'ship', but its folder is 'shop'"),
        ('name = "shop"', 'name = "shop', "is not valid TOML"),
    ],
)
def test_a_slip_is_named_with_its_key(workspace: Path, old: str, new: str, message: str) -> None:
    """The error names file, key, what was found and what is allowed."""
    change(workspace, old, new)
    with pytest.raises(PipelineError, match=message) as caught:
        load_pipeline(workspace, "shop")

    assert "pipeline.toml" in str(caught.value)


def test_all_problems_are_told_at_once(workspace: Path) -> None:
    """Two slips are two lines of one error."""
    change(workspace, "segment =", "segmnt =")
    change(workspace, 'task = "binary"', 'taks = "binary"')
    with pytest.raises(PipelineError) as caught:
        load_pipeline(workspace, "shop")

    assert "segmnt" in str(caught.value)
    assert "taks" in str(caught.value)


def test_an_unknown_pipeline_gets_a_suggestion(workspace: Path) -> None:
    """A misspelt name is met with the closest one."""
    with pytest.raises(PipelineNotFoundError, match="No pipeline 'shpo'.*Did you mean 'shop'"):
        load_pipeline(workspace, "shpo")


def test_without_settings_critical_blocks_and_the_rest_warns(workspace: Path) -> None:
    """What gates have always done."""
    gates = load_pipeline(workspace, "shop").gates

    assert gates.actions.model_dump() == {"critical": "block", "warning": "warn", "info": "warn"}
    assert gates.quarantine_limit == 0.05
