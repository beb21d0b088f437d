"""What came true, told to the service: read strictly, matched to predictions, history kept."""

from datetime import datetime

import polars as pl
import pytest

from aifactory_nb.live_feedback import (
    FeedbackSchema,
    feedback_lines,
    feedback_schema,
    join_feedback,
    latest_feedback,
)
from aifactory_nb.pipeline import Target
from aifactory_nb.row_schema import RowsError

KEY = {"flight": pl.Int32(), "at": pl.Datetime("us")}
BINARY = FeedbackSchema(Target(column="late", task="binary"), KEY)
CLASSES = FeedbackSchema(
    Target(column="kind", task="multiclass", classes=["early", "fine", "late"]), KEY
)
NUMBER = FeedbackSchema(Target(column="delay", task="regression"), KEY)
FULL_KEY = {"flight": 7, "at": "2024-05-01T10:00:00"}
TIME = "2024-05-02T00:00:00"


def table(schema: FeedbackSchema, *rows: dict) -> pl.LazyFrame:
    read = [row for told in rows for row in schema.read_rows([told])]
    return pl.LazyFrame(read, schema=feedback_schema(KEY))


def test_labels_are_read_as_the_target_is():
    """Yes or no, the place of a class, a number."""
    told = {"prediction_id": "0123456789ab-1", "known_at": TIME}

    assert BINARY.read_rows([told | {"label": True}])[0]["label"] == 1.0
    assert CLASSES.read_rows([told | {"label": "late"}])[0]["label"] == 2.0
    assert NUMBER.read_rows([told | {"label": -3}])[0]["label"] == -3.0


@pytest.mark.parametrize(
    ("schema", "row", "told"),
    [
        (
            BINARY,
            {"label": "yes"},
            "row 1, column 'label': expected true or false, found 'yes' (text)",
        ),
        (BINARY, {"label": 2}, "expected true or false, found 2 (whole number)"),
        (BINARY, {"label": None}, "expected true or false, found null"),
        (CLASSES, {"label": "lat"}, "Did you mean 'late', found 'lat' (text)"),
        (NUMBER, {"label": True}, "expected a number, found True (Boolean)"),
        (NUMBER, {"label": 10**400}, "expected a number"),
        (BINARY, {"prediction_id": None}, "expected either prediction_id or key, found neither"),
        (BINARY, {"key": FULL_KEY}, "expected either prediction_id or key, found both"),
        (BINARY, {"prediction_id": 5}, "column 'prediction_id': expected a text, found 5"),
        (
            BINARY,
            {"prediction_id": "a-1"},
            "expected an id that came with a prediction, found 'a-1'",
        ),
        (BINARY, {"key": {"flight": 7}}, "column 'key': expected an object with flight, at"),
        (
            BINARY,
            {"key": FULL_KEY | {"flight": "7"}},
            "column 'key.flight': expected a whole number",
        ),
        (BINARY, {"known_at": "today"}, "column 'known_at': expected a time without a zone"),
        (BINARY, {"lable": True}, "column 'lable': expected a part of feedback"),
    ],
)
def test_what_is_wrong_is_told_exactly(schema, row, told):
    """Row, part, what was expected, what was found."""
    with pytest.raises(RowsError) as caught:
        schema.read_rows(
            [{"prediction_id": "0123456789ab-1", "label": True, "known_at": TIME} | row]
        )

    assert told in str(caught.value)


@pytest.mark.parametrize("rows", [None, {}, "x", [5], [None]])
def test_what_is_no_list_of_objects_is_refused(rows):
    """Anything else is an error with what was expected."""
    with pytest.raises(RowsError, match="expected a"):
        BINARY.read_rows(rows)


def test_the_same_thing_told_twice_is_one_thing():
    """Its id follows from what is told; another label or time is another thing."""
    told = {"key": FULL_KEY, "label": True, "known_at": TIME}
    once, twice, other = (
        BINARY.read_rows([row])[0]["feedback_id"] for row in (told, told, told | {"label": False})
    )

    assert once == twice != other
    assert latest_feedback(table(BINARY, told, told)).collect().height == 1


def served(*rows: tuple[str, int]) -> pl.LazyFrame:
    key = {"at": datetime(2024, 5, 1, 10)}
    return pl.LazyFrame(
        [{"prediction_id": name, "row": {"flight": flight, **key}} for name, flight in rows],
        schema={"prediction_id": pl.String, "row": pl.Struct(KEY)},
    )


def test_corrections_count_and_history_stays():
    """What was known last counts, in whatever order it is told; a moment before sees what was known then."""
    late = {"prediction_id": "0123456789ab-1", "label": False, "known_at": "2024-05-03T00:00:00"}
    early = {"prediction_id": "0123456789ab-1", "label": True, "known_at": "2024-05-02T00:00:00"}
    told, answers = table(BINARY, late, early), served(("0123456789ab-1", 7), ("0123456789ab-2", 8))

    assert join_feedback(answers, told, list(KEY)).collect()["label"].to_list() == [0.0, None]
    before = join_feedback(answers, told, list(KEY), datetime(2024, 5, 2, 12)).collect()
    assert before["label"].to_list() == [1.0, None]


def test_a_key_is_about_each_prediction_of_its_row():
    """A row that was asked about twice gets its label twice; the one known later wins over an id."""
    by_key = {"key": FULL_KEY, "label": True, "known_at": "2024-05-03T00:00:00"}
    by_id = {"prediction_id": "0123456789ab-1", "label": False, "known_at": "2024-05-02T00:00:00"}
    answers = served(("0123456789ab-1", 7), ("0123456789ab-2", 7), ("0123456789ab-3", 9))

    joined = join_feedback(answers, table(BINARY, by_key, by_id), list(KEY)).collect()

    assert joined["label"].to_list() == [1.0, 1.0, None]


def test_lines_come_back_as_they_were_told(tmp_path):
    """The journal holds what the table needs, with and without a key."""
    rows = BINARY.read_rows(
        [
            {"key": FULL_KEY, "label": True},
            {"prediction_id": "0123456789ab-1", "label": 0, "known_at": TIME},
        ]
    )

    read = pl.read_ndjson(feedback_lines(rows), schema=feedback_schema(KEY))

    assert read["label"].to_list() == [1.0, 0.0]
    assert read["key"][0] == {"flight": 7, "at": datetime(2024, 5, 1, 10)}
