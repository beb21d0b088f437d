"""A condition on the rows of a domain: how many do not meet it, and which."""

import polars as pl
import pytest

from aifactory_nb.gx_polars.domain import Aggregate, Domain, Scan
from aifactory_nb.gx_polars.expected import (
    ROW,
    Column,
    Expected,
    MapCondition,
    column_of,
    judged_in_python,
    unsuitable,
)

FLIGHTS = pl.DataFrame(
    {"delay": [1, 9, None, 2, 9, 7], "origin": ["JFK", "EWR", None, "LGA", "XXX", "JFK"]}
)


def domain_of(where=None):
    """The flights, or some of them."""
    return Domain(FLIGHTS.lazy(), FLIGHTS.schema, where, arguments={"column": "delay"})


def counted(condition):
    """How many rows are unexpected."""
    question = condition.count()
    if isinstance(question, Aggregate):
        return question.finish(question.frame.select(question.expression).collect().item())
    return question.finish(question.frame.collect()) if isinstance(question, Scan) else question


@pytest.mark.parametrize(
    "where", [None, pl.col("origin").is_not_null(), pl.col("delay").is_not_null()]
)
@pytest.mark.parametrize(
    "expected", [pl.col("delay") < 5, pl.col("origin") == "JFK", pl.lit(True), pl.lit(None)]
)
def test_the_count_is_that_of_the_rows_that_are_found(expected, where):
    """A condition that is null is not met; a constant is one for each row."""
    condition = MapCondition(domain_of(where), ("delay",), Expected(expected))
    assert counted(condition) == condition.records(["delay"], None).collect().height


def test_rows_keep_their_numbers_and_their_order():
    """Those that do not count are left out after they are numbered."""
    condition = MapCondition(
        domain_of(pl.col("delay") > 1), ("delay",), Expected(pl.col("delay") < 9)
    )
    assert condition.records(["delay"], None).collect()[ROW].to_list() == [1, 4]
    assert condition.records([], 1).collect().columns == [ROW]
    assert condition.records(None, 1, numbered=False).collect().columns == FLIGHTS.columns


def test_what_is_known_is_not_counted():
    """A number, or a question of its own."""
    known = Expected(pl.col("delay") < 5, unexpected_count=7)
    assert MapCondition(domain_of(), ("delay",), known).count() == 7


def test_a_column_is_found_by_its_name_or_by_the_role_it_has():
    """The column that a metric is about."""
    assert column_of(domain_of()).name == "delay"
    assert column_of(domain_of(), "origin").dtype == pl.String


def test_an_unsuitable_column_is_named_with_its_type():
    """Long types are cut."""
    dtype = pl.Enum([str(number) for number in range(5000)])
    error = unsuitable(Column("kind", pl.col("kind"), dtype, domain_of()), "Cast it.")
    assert str(error) == "The column 'kind' has the type Enum. Cast it."
    wide = pl.Struct({f"field {number}": pl.Int64 for number in range(500)})
    assert len(str(unsuitable(Column("kind", pl.col("kind"), wide, domain_of()), "Cast it."))) < 200


def test_python_is_asked_once_for_each_distinct_value():
    """And not for those that are surely right."""
    asked = []

    def holds(value):
        asked.append(value)
        return value != "EWR"

    rows = pl.concat([FLIGHTS] * 3)
    domain = Domain(rows.lazy(), rows.schema)
    column = Column("origin", pl.col("origin"), pl.String(), domain)
    question = judged_in_python(column, holds, surely=pl.col("origin") == "JFK")
    expression = question.finish(question.frame.collect())
    assert sorted(asked) == ["EWR", "LGA", "XXX"]
    assert FLIGHTS.select(expression).to_series().to_list() == [
        True,
        False,
        False,
        True,
        True,
        True,
    ]


def test_python_is_not_asked_about_what_cannot_hold():
    """And what was not asked about does not hold."""
    asked = []

    def holds(value):
        asked.append(value)
        return True

    column = column_of(domain_of(), "origin")
    question = judged_in_python(column, holds, possibly=pl.col("origin").str.starts_with("J"))
    expression = question.finish(question.frame.collect())
    assert asked == ["JFK"]
    assert FLIGHTS.select(expression.fill_null(False)).to_series().sum() == 2
