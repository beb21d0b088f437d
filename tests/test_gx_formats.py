"""Conditions on the format of texts, beside the library's pandas engine."""

import re
from datetime import datetime

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations import core
from gx_cases import agreed, both, outcome
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.gx_polars.formats import _possibly_in_format, _surely_in_format

FORMATS = [
    "%Y-%m-%d",
    "%d.%m.%Y %H:%M",
    "%Y%m%d",
    "%H:%M:%S.%f",
    "%j",
    "%b %d, %Y",
    "%Y-%m-%dT%H:%M:%S%z",
    "%%%d",
]
TIMES = [
    "2013-01-02", "2013-02-29", "2012-02-29", "2013-1-2", "13-01-02", "2013-01-02 ", "31.12.2013 23:59", "20130102",
    "2013012", "23:59:59.5", "23:59:61.5", "24:00:00.0", "366", "Jan 02, 2013", "2013-01-02T03:04:05+0100", "%31", "",
    "２０１３-01-02", None,
]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_formats_are_those_of_pandas(form):
    """As Python reads them, whatever is seen at first sight."""
    agreed(
        pl.DataFrame({"x": TIMES}),
        gxe.ExpectColumnValuesToMatchStrftimeFormat(column="x", strftime_format=form),
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"YmdHMSfIyjp%", "-", ".", " ", "T", ":", "(", "é"]),
        min_size=1,
        max_size=7,
    ),
    st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)),
)
def test_what_is_seen_of_a_format_at_first_sight_is_right(parts, moment):
    """What is surely in it is, and what is not possibly in it is not."""
    form = "".join(
        f"%{part}" if (part.isalpha() and part.isascii() and part != "T") or part == "%" else part
        for part in parts
    )
    sure, possible = (
        None if found is None else re.compile(found.replace(r"\z", r"\Z"))
        for found in (_surely_in_format(form), _possibly_in_format(form))
    )
    for text in (moment.strftime(form), moment.replace(day=28).strftime(form), form):
        try:
            datetime.strptime(text, form)
        except ValueError:
            assert sure is None or not sure.match(text)
        except re.error:
            return  # a directive twice
        else:
            assert possible.match(text)


def test_formats_are_for_texts():
    """An error for a column that was parsed already, as in the pandas engine."""
    for values in ([datetime(2013, 1, 1)], [20130101]):
        frame = pl.DataFrame({"x": values})
        for expectation in (
            gxe.ExpectColumnValuesToMatchStrftimeFormat(column="x", strftime_format="%Y"),
            core.ExpectColumnValuesToBeDateutilParseable(column="x"),
        ):
            ours, theirs = both(frame, expectation)
            assert "about texts" in ours["error"] and theirs["error"]


def test_times_that_dateutil_reads_are_those_of_pandas():
    """In any format."""
    values = [
        *TIMES,
        "2013-01-02T03:04:05.123456",
        "0001-01-01",
        "2013-13-01",
        "noon",
        "tomorrow",
        "5",
        "9999-12-28 23:59",
    ]
    agreed(pl.DataFrame({"x": values}), core.ExpectColumnValuesToBeDateutilParseable(column="x"))


def test_json_is_that_of_pandas():
    """Numbers are no text, so no JSON."""
    asked = core.ExpectColumnValuesToBeJsonParseable(column="x")
    values = ['{"a": 1}', "[]", "x", "1", None, '{"a": ', "NaN", ""]
    agreed(pl.DataFrame({"x": values}), asked)
    agreed(pl.DataFrame({"x": [1, None]}), asked)
    deep = pl.DataFrame({"x": ["[" * 100_000]})
    assert outcome(deep, asked)["result"]["unexpected_count"] == 1


def test_json_schemas_are_those_of_pandas():
    """A text that is no JSON, and a schema that is none, are errors in both."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    asked = core.ExpectColumnValuesToMatchJsonSchema(column="x", json_schema=schema)
    agreed(pl.DataFrame({"x": ['{"a": 1}', '{"a": "b"}', "{}", None]}), asked)
    ours, theirs = both(pl.DataFrame({"x": ['{"a": 1}', "nonsense"]}), asked)
    assert "not JSON" in ours["error"] and theirs["error"]
    broken = core.ExpectColumnValuesToMatchJsonSchema(column="x", json_schema={"type": "nonsense"})
    ours, theirs = both(pl.DataFrame({"x": ['{"a": 1}']}), broken)
    assert ours["error"] and theirs["error"]
