"""What is told of a stage that has ended."""

from aifactory_nb.stage_note import number, outcome_note, stage_note
from aifactory_nb.stage_result import Output, StageResult


def test_numbers_are_short() -> None:
    """Thousands are grouped, decimals few, nothing is a dash."""
    assert [number(value) for value in (None, True, 1234567, 0.123456, 28330.0)] == [
        "–",
        "yes",
        "1,234,567",
        "0.1235",
        "28,330",
    ]
    assert outcome_note(None) == ""


def test_a_message_stands_beside_what_was_made() -> None:
    """A stage that succeeded may still have had something to say; of one that failed the first line is told."""
    told = {"status": "succeeded", "message": "Resumed.", "result": None}

    assert stage_note({**told, "status": "failed", "message": "No rows.\nTraceback"}) == "No rows."
    assert stage_note(told) == "Resumed."


def test_rows_of_several_tables_are_not_added_up() -> None:
    """Rows and their labels would look like twice the data."""
    result = StageResult("ingest", "shop", "r", "all", rows_in=80, rows_out=150)
    result.outputs = [Output("raw", "table", 1, "a", 80), Output("labels", "table", 1, "b", 70)]

    result.metrics = {"rows": 80, "labels": 70, "label_mean": 0.5}

    assert outcome_note(result) == "rows 80 → raw 80, labels 70 · label_mean 0.5"
