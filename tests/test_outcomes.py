"""What was predicted and what came true, read from what the service has written down."""

from datetime import datetime

import polars as pl
import pytest

from aifactory_nb.errors import TableNotFoundError
from aifactory_nb.feedback import join_labels, quality_table
from aifactory_nb.live_feedback import feedback_schema
from aifactory_nb.outcomes import Scored, Served, outcomes_of, window_label
from aifactory_nb.pipeline import Data, Pipeline, Source, Target, Window

KEY = {"order": pl.Int64}
DAYS = [datetime(2024, 2, number) for number in range(1, 20)]


def shop(**changes: object) -> Pipeline:
    window = Window(start=datetime(2024, 1, 1).date(), end=datetime(2024, 2, 1).date())
    target = Target(column="returned", task="binary")
    pipeline = Pipeline(
        name="shop",
        source=Source(),
        data=Data(key=["order"], time="day"),
        target=target,
        window=window,
        features={},
        predictions="served",
    )
    return pipeline.model_copy(update=changes)


def answers(count: int = 4) -> pl.LazyFrame:
    rows = [
        {
            "prediction_id": f"a-{number}",
            "at": DAYS[number],
            "alias": "champion",
            "version": 1,
            "prediction": 0.2 + number / 10,
            "decision": "true" if number > 2 else "false",
            "row": {"order": number, "day": DAYS[number]},
        }
        for number in range(count)
    ]
    return pl.LazyFrame(rows)


def told(*rows: tuple[str | None, int | None, float, int]) -> pl.LazyFrame:
    found = [
        {
            "feedback_id": f"{name}{key}{label}{day}",
            "prediction_id": name,
            "key": None if key is None else {"order": key},
            "label": label,
            "known_at": DAYS[day],
            "received_at": DAYS[day],
        }
        for name, key, label, day in rows
    ]
    return pl.LazyFrame(found, schema=feedback_schema(KEY))


def read(served: pl.LazyFrame | None, feedback: pl.LazyFrame | None):
    tables = {"served": served, "feedback": feedback}

    def scan(name: str) -> pl.LazyFrame:
        if tables.get(name) is None:
            raise TableNotFoundError(name)
        return tables[name]

    return scan


def test_labels_that_name_no_prediction_are_counted():
    """Not those that name a row, which may be asked about later; and only what is known by the moment."""
    feedback = told(
        ("a-1", None, 1.0, 2), ("b-1", None, 1.0, 2), ("b-2", None, 0.0, 9), (None, 77, 1.0, 2)
    )

    found = [Served(shop(), read(answers(), feedback), as_of) for as_of in (None, DAYS[5])]

    assert [each.strangers() for each in found] == [2, 1]
    assert Served(shop(), read(answers(), None)).strangers() == 0


def labels(feedback: pl.LazyFrame | None, as_of: datetime | None = None) -> dict[str, float]:
    outcomes = outcomes_of(shop(), read(answers(), feedback), as_of)
    found = outcomes.labels().sort("prediction_id").collect()
    return dict(zip(found["prediction_id"], found["label"], strict=True))


def test_no_label_counts_before_it_was_known():
    """Asked as of a moment, what became known at it or later does not exist yet."""
    feedback = told(("a-0", None, 1.0, 5), (None, 1, 0.0, 7))

    assert labels(feedback, DAYS[5]) == {}
    assert labels(feedback, DAYS[6]) == {"a-0": 1.0}
    assert labels(feedback, DAYS[8]) == {"a-0": 1.0, "a-1": 0.0}


def test_a_correction_counts_from_its_time_on():
    """Told out of order or twice; the months before are judged by what was known then."""
    feedback = told(("a-0", None, 0.0, 9), ("a-0", None, 1.0, 5), ("a-0", None, 1.0, 5))

    assert labels(feedback, DAYS[8]) == {"a-0": 1.0}
    assert labels(feedback, DAYS[10]) == {"a-0": 0.0}


def test_without_feedback_there_are_predictions_without_labels():
    """The first day of a service: coverage is zero, and nothing fails."""
    outcomes = outcomes_of(shop(), read(answers(), None), DAYS[9])

    found = outcomes.predictions(), outcomes.labels(), outcomes.key
    quality = quality_table(join_labels(*found, "day", DAYS[9], order=["order"]), shop().target)

    assert quality["metric"].to_list() == ["coverage"]
    assert outcomes.told().collect().is_empty()


def test_a_service_that_has_answered_nothing_is_told():
    """The message says how to start it."""
    with pytest.raises(TableNotFoundError, match="Start it: aifactory serve shop"):
        outcomes_of(shop(), read(None, None)).predictions()


def test_labels_of_rows_that_nobody_asked_about_count_as_new():
    """They are something to learn from, if nothing to judge the model by."""
    outcomes = outcomes_of(shop(), read(answers(), told((None, 99, 1.0, 5))), DAYS[9])

    assert outcomes.labels().collect().is_empty()
    assert outcomes.told().collect().height == 1


def test_a_row_without_a_time_has_the_time_of_its_answer():
    """So that it lies in a window."""
    served = answers().with_columns(
        pl.struct(
            order=pl.col("row").struct.field("order"), day=pl.lit(None, pl.Datetime("us"))
        ).alias("row")
    )

    found = outcomes_of(shop(), read(served, None)).predictions().collect()

    assert found["day"].to_list() == DAYS[:4]


def test_the_champions_features_are_those_it_saw():
    """Columns of the row, and what was made of it; the shadow's are not among them."""
    served = answers().with_columns(features=pl.struct(age=pl.lit(3)))
    shadow = served.with_columns(alias=pl.lit("shadow"), version=pl.lit(2, pl.Int64))

    outcomes = outcomes_of(shop(), read(pl.concat([served, shadow]), None))

    assert outcomes.features(1).collect().columns == ["prediction_id", "day", "order", "age"]
    assert outcomes.features(1).collect().height == 4
    assert outcomes.features(2).collect().is_empty()


def test_answers_of_a_version_that_is_tried_count():
    """Callers got them; those of the model of a segment have another numbering and are left out."""
    tried = answers().with_columns(
        alias=pl.lit("challenger"), version=pl.lit(2, pl.Int64), segment=pl.lit(None, pl.String)
    )
    own = answers().with_columns(segment=pl.lit(None, pl.String))
    of_segment = own.with_columns(segment=pl.lit("region=north"))

    outcomes = outcomes_of(shop(), read(pl.concat([own, tried, of_segment]), None))

    found = outcomes.predictions().group_by("alias", "version").len().sort("version").collect()
    assert found.rows() == [("champion", 1, 4), ("champion", 2, 4)]
    assert outcomes.features(2).collect().height == 4


def test_a_pipeline_says_who_predicts():
    """The stage score by default."""
    assert isinstance(outcomes_of(shop(), read(None, None)), Served)
    assert isinstance(outcomes_of(shop(predictions="scored"), read(None, None)), Scored)


def test_a_window_of_a_week_has_the_name_that_its_stages_have():
    """From the start of the pipeline's window on."""
    window = Window(start=datetime(2024, 1, 3).date(), end=datetime(2024, 2, 1).date(), every="1w")
    days = pl.DataFrame({"day": [datetime(2024, 1, 9, 23), datetime(2024, 1, 10)]})

    found = days.select(window_label(shop(window=window)).alias("window"))["window"].to_list()

    assert found == ["2024-01-03..2024-01-10", "2024-01-10..2024-01-17"]
