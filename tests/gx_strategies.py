"""Random tables, and expectations that make sense on them, for tests that compare engines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import great_expectations.expectations as gxe
import hypothesis.strategies as st
import polars as pl
from great_expectations.expectations.row_conditions import Column

INTEGERS = (
    *(pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64()),
    *(pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64()),
)
FLOATS = (pl.Float32(), pl.Float64())
NUMBERS = (*INTEGERS, *FLOATS)
TEXTS = (pl.String(), pl.Categorical(), pl.Enum(["", " ", "a", "A", "ab", "ä", "b"]))
ZONED = (pl.Datetime("us", "UTC"), pl.Datetime("us", "Europe/Berlin"))
MOMENTS = (pl.Date(), pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns"), *ZONED)
OTHERS = (pl.Boolean(), pl.Decimal(10, 2), pl.Duration("us"))
DTYPES = (*NUMBERS, *FLOATS, *TEXTS, pl.String(), *MOMENTS, *OTHERS)

WORDS = [
    *(
        "",
        " ",
        "a",
        "A",
        "ab",
        "ä",
        "b",
        "abc",
        "a b",
        "e\u0301",
        "日本",
        "😀",
        "a\nb",
        "\t",
        "a.b",
    ),
    *("1", "-1.5", "2013-01-02", "2013-01-02 03:04", "{}", '{"a": 1}', "[1, 2]", "nan", "None"),
]
PATTERNS = [
    "a",
    "^a",
    "b$",
    "^$",
    "a|b",
    "[A-Z]",
    r"\d",
    r"\s",
    "^.$",
    "^.*$",
    "ä",
    r"a\.b",
    "(a)(b)?",
    "x{2}",
]
LOOKS = ["a(?=b)", "^(?!a)", r"(.)\1"]
FORMATS = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%d", ""]
TYPE_NAMES = [
    *("int", "float", "str", "bool", "int64", "int8", "uint64", "float64", "float32", "object"),
    *("datetime64[us]", "datetime64[ns]", "category", "Decimal", "timedelta64[us]", "Timestamp"),
]
DAY = datetime(2024, 3, 31)
NAMES = ["a", "b", "c", "d", "two words", "a.b", "é", "select", "column", "row number", "len"]


def is_text(dtype: Any) -> bool:
    return dtype in (pl.String, pl.Categorical, pl.Enum)


# --- tables


def _limits(dtype: Any) -> tuple[int, int]:
    bits = int("".join(filter(str.isdigit, str(dtype))))
    return (
        (0, 2**bits - 1)
        if dtype.is_unsigned_integer()
        else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    )


def _moments(dtype: Any) -> list[Any]:
    moments = [DAY + timedelta(days=n) for n in range(4)]
    if dtype == pl.Date:
        return [moment.date() for moment in moments]
    moments += [
        DAY + timedelta(hours=1, minutes=59),
        DAY + timedelta(milliseconds=1),
        datetime(1969, 12, 31, 23),
    ]
    if dtype.time_zone:
        return [
            moment.replace(tzinfo=UTC).astimezone(ZoneInfo(dtype.time_zone)) for moment in moments
        ]
    return moments


def values_of(dtype: Any) -> list[Any]:
    """Values that a column of the type may hold, few enough to meet again."""
    if dtype.is_integer():
        low, high = _limits(dtype)
        return [number for number in range(-2, 6) if number >= low] + [low, high]
    if dtype.is_float():
        return [-2.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, 0.1, 1e6, math.nan, math.inf, -math.inf]
    if dtype == pl.Enum:
        return dtype.categories.to_list()
    if is_text(dtype):
        return WORDS
    if dtype == pl.Boolean:
        return [True, False]
    if dtype == pl.Decimal:
        return [Decimal(text) for text in ("-1.50", "0.00", "0.10", "1.00", "2.25", "3.00")]
    if dtype == pl.Duration:
        return [timedelta(seconds=n) for n in (-1, 0, 1, 90)] + [timedelta(microseconds=1)]
    return _moments(dtype)


@st.composite
def columns(draw: st.DrawFn, dtype: Any, rows: int) -> pl.Series:
    """A column; some hold few values, some all that there are, some many nulls or nothing else."""
    pool: list[Any] = values_of(dtype)
    if draw(st.booleans()):
        pool = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    elif dtype.is_integer() and draw(st.booleans()):
        pool = pool[:-2]  # without the extremes
    elif dtype.is_float() and draw(st.booleans()):
        pool = [value for value in pool if math.isfinite(value)]
    nulls = draw(st.sampled_from(["none", "some", "none", "some", "all"]))
    if nulls == "all":
        return pl.Series([None] * rows, dtype=dtype)
    if nulls == "some":
        pool = [*pool, None, None]
    found = draw(st.lists(st.sampled_from(pool), min_size=rows, max_size=rows))
    return pl.Series(found, dtype=dtype)


@st.composite
def frames(draw: st.DrawFn, dtypes: Iterable[Any] = DTYPES, most_columns: int = 4) -> pl.DataFrame:
    """A table of up to 12 rows, now and then one with more unexpected rows than are shown."""
    kinds = list(dtypes)
    rows = draw(st.sampled_from([0, 1, 2, 3, 5, 8, 12]))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=most_columns, unique=True))
    drawn = [draw(st.sampled_from(kinds)) for _ in names]
    if len(drawn) > 1 and draw(st.booleans()):  # expectations about two columns want a pair
        drawn[1] = drawn[0]
    data = {name: draw(columns(dtype, rows)) for name, dtype in zip(names, drawn, strict=True)}
    times = draw(st.sampled_from([1, 1, 1, 1, 5, 40]))
    return pl.concat([pl.DataFrame(data)] * times)


# --- arguments


def _bound(dtype: Any) -> st.SearchStrategy[Any]:
    """A value that a suite may compare the column with."""
    if dtype.is_numeric():
        return st.sampled_from([-1, 0, 0.0, 0.1, 0.5, 1, 2.0, 3, 127, -3.5])
    if dtype == pl.Date:
        return st.sampled_from(
            [datetime(moment.year, moment.month, moment.day) for moment in _moments(dtype)]
        )
    return st.sampled_from(values_of(dtype))


def _bounds(value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """`min_value` and `max_value`, at least one of them, with `strict_min` and `strict_max`."""

    @st.composite
    def pair(draw: st.DrawFn) -> dict[str, Any]:
        low, high = draw(value), draw(value)
        low, high = min(low, high), max(low, high)
        sides = draw(st.sampled_from(["low", "high", "both", "both"]))
        found: dict[str, Any] = {}
        if sides != "high":
            found |= {"min_value": low, "strict_min": draw(st.booleans())}
        if sides != "low":
            found |= {"max_value": high, "strict_max": draw(st.booleans())}
        return found

    return pair()


def _numbers(low: float, high: float) -> st.SearchStrategy[dict[str, Any]]:
    return _bounds(st.sampled_from([low, (low + high) / 2, high, low + (high - low) / 3]))


def _set_values(dtype: Any) -> list[Any]:
    if dtype.is_float():
        return [0.5, 1, 2.0, -0.5, 0, 0.1]
    if dtype.is_integer():
        return [0, 1, 2, 3, 5, _limits(dtype)[1]]
    if dtype == pl.Date:
        return [datetime(value.year, value.month, value.day) for value in _moments(dtype)]
    return values_of(dtype)


def _sets(dtype: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(_set_values(dtype)), min_size=1, max_size=6, unique=True)


mostly = st.sampled_from([1, 1, 1, 0.5, 0.9, 0, 1 / 3])


def condition_on(name: str, dtype: Any) -> st.SearchStrategy[Any]:
    """A condition on one column."""
    column = Column(name)
    nullity = st.sampled_from([column.is_null(), column.is_not_null()])
    if dtype in (pl.Boolean, pl.Decimal, pl.Categorical, pl.Enum) or dtype.is_temporal():
        return nullity  # pandas' text of a condition cannot write such a value
    value = _bound(dtype)
    signs: list[Callable[[Any], Any]] = [
        column.__gt__,
        column.__ge__,
        column.__lt__,
        column.__le__,
        column.__eq__,
    ]
    signs.append(column.__ne__)
    compared = st.builds(lambda sign, item: sign(item), st.sampled_from(signs), value)
    among = st.builds(
        lambda test, items: test(items),
        st.sampled_from([column.is_in, column.is_not_in]),
        st.lists(value, min_size=1, max_size=3),
    )
    return st.one_of(nullity, compared, compared, among)


@st.composite
def conditions(draw: st.DrawFn, frame: pl.DataFrame) -> Any:
    """None, or a row condition on one or two columns."""
    if draw(st.integers(0, 3)):
        return None

    def one() -> Any:
        name = draw(st.sampled_from(frame.columns))
        return draw(condition_on(name, frame.schema[name]))

    kind = draw(st.sampled_from(["one", "one", "and", "or"]))
    if kind == "one":
        return one()
    return one() & one() if kind == "and" else one() | one()


# --- expectations


def _column_expectations(dtype: Any) -> list[tuple[Any, dict[str, Any]]]:
    """Classes with strategies for their arguments; those of `bounds` are merged in."""
    sets, counts, shares = _sets(dtype), _numbers(0, 6), _numbers(0, 1)
    found: list[tuple[Any, dict[str, Any]]] = [
        (gxe.ExpectColumnValuesToNotBeNull, {"mostly": mostly}),
        (gxe.ExpectColumnValuesToBeNull, {"mostly": mostly}),
        (gxe.ExpectColumnValuesToBeUnique, {"mostly": mostly}),
        (gxe.ExpectColumnUniqueValueCountToBeBetween, {"bounds": _bounds(st.integers(0, 5))}),
        (gxe.ExpectColumnProportionOfUniqueValuesToBeBetween, {"bounds": shares}),
        (gxe.ExpectColumnProportionOfNonNullValuesToBeBetween, {"bounds": shares}),
    ]
    found += [
        (gxe.ExpectColumnValuesToBeOfType, {"type_": st.sampled_from(TYPE_NAMES)}),
        (
            gxe.ExpectColumnValuesToBeInTypeList,
            {"type_list": st.lists(st.sampled_from(TYPE_NAMES), min_size=1, max_size=4)},
        ),
    ]
    if dtype == pl.Duration:
        return found  # a suite cannot write its values
    found += [
        (gxe.ExpectColumnValuesToBeInSet, {"mostly": mostly, "value_set": sets}),
        (gxe.ExpectColumnValuesToNotBeInSet, {"mostly": mostly, "value_set": sets}),
        (gxe.ExpectColumnDistinctValuesToBeInSet, {"value_set": sets}),
        (gxe.ExpectColumnDistinctValuesToContainSet, {"value_set": sets}),
        (gxe.ExpectColumnDistinctValuesToEqualSet, {"value_set": sets}),
        (gxe.ExpectColumnMostCommonValueToBeInSet, {"value_set": sets, "ties_okay": st.booleans()}),
    ]
    if dtype.is_numeric() or dtype.is_temporal():
        bounds = _bounds(_bound(dtype))
        found += [
            (gxe.ExpectColumnValuesToBeIncreasing, {"mostly": mostly, "strictly": st.booleans()}),
            (gxe.ExpectColumnValuesToBeDecreasing, {"mostly": mostly, "strictly": st.booleans()}),
            (gxe.ExpectColumnValuesToBeBetween, {"mostly": mostly, "bounds": bounds}),
            (gxe.ExpectColumnMaxToBeBetween, {"bounds": bounds}),
            (gxe.ExpectColumnMinToBeBetween, {"bounds": bounds}),
        ]
    if dtype.is_numeric():
        found += _numeric_expectations(_bounds(_bound(dtype)))
    if dtype == pl.String:
        found += _text_expectations(counts)
    if dtype in (pl.String, pl.Boolean, pl.Int64):
        found.append((gxe.ExpectColumnKLDivergenceToBeLessThan, _categorical_partition(dtype)))
    return found


def _numeric_expectations(bounds: Any) -> list[tuple[Any, dict[str, Any]]]:
    edges = {"bins": [-2.0, 0.0, 1.0, 3.0, 130.0], "weights": [0.2, 0.3, 0.4, 0.1]}
    quantiles = st.fixed_dictionaries(
        {
            "quantiles": st.just([0.0, 0.25, 0.5, 0.9, 1.0]),
            "value_ranges": st.lists(
                st.tuples(st.sampled_from([None, -1, 0]), st.sampled_from([None, 0, 2, 5])).map(
                    list
                ),
                min_size=5,
                max_size=5,
            ),
        }
    )
    relative = st.sampled_from([False, "linear", "lower", "higher", "midpoint", "nearest"])
    return [
        (gxe.ExpectColumnMeanToBeBetween, {"bounds": bounds}),
        (gxe.ExpectColumnMedianToBeBetween, {"bounds": bounds}),
        (gxe.ExpectColumnSumToBeBetween, {"bounds": bounds}),
        (gxe.ExpectColumnStdevToBeBetween, {"bounds": _numbers(0, 3)}),
        (
            gxe.ExpectColumnQuantileValuesToBeBetween,
            {"quantile_ranges": quantiles, "allow_relative_error": relative},
        ),
        (
            gxe.ExpectColumnValueZScoresToBeLessThan,
            {
                "mostly": mostly,
                "threshold": st.sampled_from([0.5, 1.0, 2]),
                "double_sided": st.booleans(),
            },
        ),
        (
            gxe.ExpectColumnValuesToNotBeOutliers,
            {
                "mostly": mostly,
                "method": st.sampled_from(["iqr", "std"]),
                "multiplier": st.sampled_from([0.5, 1.5]),
            },
        ),
        (
            gxe.ExpectColumnKLDivergenceToBeLessThan,
            {
                "partition_object": st.just(edges),
                "threshold": st.sampled_from([0.1, 0.5]),
                "internal_weight_holdout": st.sampled_from([0, 0.01]),
                "tail_weight_holdout": st.sampled_from([0, 0.01]),
            },
        ),
    ]


def _categorical_partition(dtype: Any) -> dict[str, Any]:
    values = [True, False] if dtype == pl.Boolean else _set_values(dtype)[:4]
    weights = [1 / len(values)] * len(values)
    return {
        "partition_object": st.just({"values": values, "weights": weights}),
        "threshold": st.sampled_from([0.1, 0.5]),
        "internal_weight_holdout": st.sampled_from([0, 0.01]),
        "tail_weight_holdout": st.sampled_from([0, 0.01]),
        "bucketize_data": st.just(False),
    }


def _text_expectations(counts: Any) -> list[tuple[Any, dict[str, Any]]]:
    pattern = st.sampled_from([*PATTERNS, *PATTERNS, *LOOKS])
    patterns = st.lists(pattern, min_size=1, max_size=3)
    schema = st.sampled_from(
        [{"type": "object"}, {"type": "array"}, {"type": "object", "required": ["a"]}]
    )
    return [
        (
            gxe.ExpectColumnValueLengthsToBeBetween,
            {"mostly": mostly, "bounds": _bounds(st.integers(0, 4))},
        ),
        (gxe.ExpectColumnValueLengthsToEqual, {"mostly": mostly, "value": st.integers(0, 3)}),
        (gxe.ExpectColumnValuesToMatchRegex, {"mostly": mostly, "regex": pattern}),
        (gxe.ExpectColumnValuesToNotMatchRegex, {"mostly": mostly, "regex": pattern}),
        (
            gxe.ExpectColumnValuesToMatchRegexList,
            {"mostly": mostly, "regex_list": patterns, "match_on": st.sampled_from(["any", "all"])},
        ),
        (gxe.ExpectColumnValuesToNotMatchRegexList, {"mostly": mostly, "regex_list": patterns}),
        (
            gxe.ExpectColumnValuesToMatchStrftimeFormat,
            {"mostly": mostly, "strftime_format": st.sampled_from(FORMATS)},
        ),
        (gxe.ExpectColumnValuesToBeDateutilParseable, {"mostly": mostly}),
        (gxe.ExpectColumnValuesToBeJsonParseable, {"mostly": mostly}),
        (gxe.ExpectColumnValuesToMatchJsonSchema, {"mostly": mostly, "json_schema": schema}),
    ]


def _draw(draw: st.DrawFn, arguments: dict[str, Any]) -> dict[str, Any]:
    drawn = {name: draw(strategy) for name, strategy in arguments.items()}
    return {**drawn.pop("bounds", {}), **drawn}


@st.composite
def column_expectations(draw: st.DrawFn, frame: pl.DataFrame) -> Any:
    """An expectation about one column."""
    name = draw(st.sampled_from(frame.columns))
    kind, arguments = draw(st.sampled_from(_column_expectations(frame.schema[name])))
    return kind(column=name, row_condition=draw(conditions(frame)), **_draw(draw, arguments))


def _alike(frame: pl.DataFrame) -> list[list[str]]:
    """The columns of one type, where there are some."""
    kinds: dict[str, list[str]] = {}
    for name, dtype in frame.schema.items():
        group = "number" if dtype in NUMBERS else "text" if is_text(dtype) else str(dtype)
        kinds.setdefault(group, []).append(name)
    return [names for names in kinds.values() if len(names) > 1]


@st.composite
def pair_expectations(draw: st.DrawFn, frame: pl.DataFrame) -> Any:
    """An expectation about two and more columns of one type; about one where there are none."""
    groups = _alike(frame)
    if not groups:
        return draw(column_expectations(frame))
    names = draw(st.permutations(draw(st.sampled_from(groups))))
    dtype = frame.schema[names[0]]
    a, b = names[:2]
    chosen = {"mostly": draw(mostly), "row_condition": draw(conditions(frame))}
    two = chosen | {
        "column_A": a,
        "column_B": b,
        "ignore_row_if": draw(
            st.sampled_from(["both_values_are_missing", "either_value_is_missing", "neither"])
        ),
    }
    many = chosen | {
        "column_list": names[:3],
        "ignore_row_if": draw(
            st.sampled_from(["all_values_are_missing", "any_value_is_missing", "never"])
        ),
    }
    of_both = [st.sampled_from([*_set_values(frame.schema[name]), None]) for name in (a, b)]
    sets = st.lists(st.tuples(*of_both), min_size=1, max_size=5)
    found: list[Callable[[], Any]] = [
        lambda: gxe.ExpectColumnPairValuesToBeEqual(**two),
        lambda: gxe.ExpectCompoundColumnsToBeUnique(**many),
        lambda: gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(**many),
        lambda: gxe.ExpectMulticolumnValuesToBeEqual(**many),
    ]
    if dtype != pl.Duration:
        found.append(lambda: gxe.ExpectColumnPairValuesToBeInSet(**two, value_pairs_set=draw(sets)))
    if dtype in NUMBERS or dtype.is_temporal():
        found.append(
            lambda: gxe.ExpectColumnPairValuesAToBeGreaterThanB(**two, or_equal=draw(st.booleans()))
        )
    if dtype in NUMBERS:
        found.append(
            lambda: gxe.ExpectMulticolumnSumToEqual(
                **many, sum_total=draw(st.sampled_from([0, 1, 2, 0.5]))
            )
        )
    return draw(st.sampled_from(found))()


@st.composite
def table_expectations(draw: st.DrawFn, frame: pl.DataFrame) -> Any:
    """An expectation about the table."""
    names = draw(st.lists(st.sampled_from([*frame.columns, "nowhere"]), min_size=1, unique=True))
    where = {"row_condition": draw(conditions(frame))}
    found: list[Callable[[], Any]] = [
        lambda: gxe.ExpectTableRowCountToEqual(
            value=draw(st.sampled_from([0, 1, frame.height])), **where
        ),
        lambda: gxe.ExpectTableRowCountToBeBetween(**draw(_bounds(st.integers(0, 12))), **where),
        lambda: gxe.ExpectTableColumnCountToEqual(value=draw(st.integers(1, 3))),
        lambda: gxe.ExpectTableColumnCountToBeBetween(
            min_value=draw(st.integers(0, 2)), max_value=3
        ),
        lambda: gxe.ExpectTableColumnsToMatchOrderedList(column_list=names),
        lambda: gxe.ExpectTableColumnsToMatchSet(column_set=names, exact_match=draw(st.booleans())),
        lambda: gxe.ExpectColumnToExist(
            column=names[0], column_index=draw(st.sampled_from([None, 0, 1]))
        ),
    ]
    return draw(st.sampled_from(found))()


result_formats = st.sampled_from(
    [
        "COMPLETE",
        "COMPLETE",
        "SUMMARY",
        "BASIC",
        "BOOLEAN_ONLY",
        {"result_format": "SUMMARY", "partial_unexpected_count": 3},
        {"result_format": "COMPLETE", "partial_unexpected_count": 0},
        {"result_format": "COMPLETE", "exclude_unexpected_values": True},
        {"result_format": "SUMMARY", "include_unexpected_rows": True},
    ]
)


@st.composite
def cases(draw: st.DrawFn, most: int = 20) -> tuple[pl.DataFrame, list[Any], Any]:
    """A table, expectations about it, and a result format."""
    frame = draw(frames())
    each = st.one_of(
        *[column_expectations(frame)] * 4,
        *[pair_expectations(frame)] * 2,
        table_expectations(frame),
    )
    found = draw(st.lists(each, min_size=min(5, most), max_size=most))
    result_format = draw(result_formats)
    if isinstance(result_format, dict) and draw(st.booleans()):
        names = draw(st.lists(st.sampled_from(frame.columns), min_size=1, unique=True))
        result_format = {**result_format, "unexpected_index_column_names": names}
    return frame, found, result_format


# --- all there are


def every_expectation(name: str, other: str) -> list[Any]:
    """All core expectations about one table, some with arguments for numbers and for texts."""
    escaped = other.replace('"', '""').replace("{", "{{").replace("}", "}}")
    one: dict[str, Any] = {"column": name}
    two: dict[str, Any] = {"column_A": name, "column_B": other}
    many: dict[str, Any] = {"column_list": [name, other]}
    limits: dict[str, Any] = {"min_value": 0, "max_value": 5}
    day: dict[str, Any] = {"min_value": datetime(2020, 1, 1)}
    either: dict[str, Any] = {"value_set": [1, "a"]}
    bins = {"bins": [0.0, 1.0, 2.0], "weights": [0.5, 0.5]}
    values = {"values": ["a", "b"], "weights": [0.5, 0.5]}
    quantiles = {"quantiles": [0.0, 0.5], "value_ranges": [[0, 1], [0, 9]]}
    return [
        gxe.ExpectColumnDistinctValuesToBeInSet(**one, **either),
        gxe.ExpectColumnDistinctValuesToContainSet(**one, **either),
        gxe.ExpectColumnDistinctValuesToEqualSet(**one, **either),
        gxe.ExpectColumnKLDivergenceToBeLessThan(**one, partition_object=bins, threshold=0.1),
        gxe.ExpectColumnKLDivergenceToBeLessThan(
            **one, partition_object=values, threshold=0.1, bucketize_data=False
        ),
        gxe.ExpectColumnMaxToBeBetween(**one, **limits),
        gxe.ExpectColumnMaxToBeBetween(**one, **day),
        gxe.ExpectColumnMinToBeBetween(**one, **limits),
        gxe.ExpectColumnMeanToBeBetween(**one, **limits),
        gxe.ExpectColumnMedianToBeBetween(**one, **limits),
        gxe.ExpectColumnMostCommonValueToBeInSet(**one, **either),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(**two),
        gxe.ExpectColumnPairValuesToBeEqual(**two),
        gxe.ExpectColumnPairValuesToBeInSet(**two, value_pairs_set=[(1, 1), ("a", None)]),
        gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(**one, min_value=0.5),
        gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(**one, min_value=0.5),
        gxe.ExpectColumnQuantileValuesToBeBetween(**one, quantile_ranges=quantiles),
        gxe.ExpectColumnStdevToBeBetween(**one, **limits),
        gxe.ExpectColumnSumToBeBetween(**one, **limits),
        gxe.ExpectColumnToExist(**one),
        gxe.ExpectColumnTypeToBe(**one, type_="Int64"),
        gxe.ExpectColumnUniqueValueCountToBeBetween(**one, **limits),
        gxe.ExpectColumnValueLengthsToBeBetween(**one, **limits),
        gxe.ExpectColumnValueLengthsToEqual(**one, value=1),
        gxe.ExpectColumnValueZScoresToBeLessThan(**one, threshold=1, double_sided=True),
        gxe.ExpectColumnValuesToBeBetween(**one, **limits),
        gxe.ExpectColumnValuesToBeBetween(**one, **day),
        gxe.ExpectColumnValuesToBeDateutilParseable(**one),
        gxe.ExpectColumnValuesToBeDecreasing(**one),
        gxe.ExpectColumnValuesToBeInSet(**one, **either),
        gxe.ExpectColumnValuesToBeInTypeList(**one, type_list=["int64"]),
        gxe.ExpectColumnValuesToBeIncreasing(**one, strictly=True),
        gxe.ExpectColumnValuesToBeJsonParseable(**one),
        gxe.ExpectColumnValuesToBeNull(**one),
        gxe.ExpectColumnValuesToBeOfType(**one, type_="int64"),
        gxe.ExpectColumnValuesToBeUnique(**one),
        gxe.ExpectColumnValuesToMatchJsonSchema(**one, json_schema={"type": "object"}),
        gxe.ExpectColumnValuesToMatchLikePattern(**one, like_pattern="a%"),
        gxe.ExpectColumnValuesToMatchLikePatternList(**one, like_pattern_list=["a%"]),
        gxe.ExpectColumnValuesToMatchRegex(**one, regex="a"),
        gxe.ExpectColumnValuesToMatchRegexList(**one, regex_list=["a", "b"]),
        gxe.ExpectColumnValuesToMatchStrftimeFormat(**one, strftime_format="%Y"),
        gxe.ExpectColumnValuesToNotBeInSet(**one, **either),
        gxe.ExpectColumnValuesToNotBeNull(**one),
        gxe.ExpectColumnValuesToNotBeOutliers(**one),
        gxe.ExpectColumnValuesToNotBeOutliers(**one, method="std"),
        gxe.ExpectColumnValuesToNotMatchLikePattern(**one, like_pattern="a%"),
        gxe.ExpectColumnValuesToNotMatchLikePatternList(**one, like_pattern_list=["a%"]),
        gxe.ExpectColumnValuesToNotMatchRegex(**one, regex="a(?=b)"),
        gxe.ExpectColumnValuesToNotMatchRegexList(**one, regex_list=["a"]),
        gxe.ExpectCompoundColumnsToBeUnique(**many),
        gxe.ExpectMulticolumnSumToEqual(**many, sum_total=1),
        gxe.ExpectMulticolumnValuesToBeEqual(**many),
        gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(**many),
        gxe.ExpectTableColumnCountToBeBetween(min_value=1),
        gxe.ExpectTableColumnCountToEqual(value=2),
        gxe.ExpectTableColumnsToMatchOrderedList(column_list=[name, other]),
        gxe.ExpectTableColumnsToMatchSet(column_set=[name]),
        gxe.ExpectTableRowCountToBeBetween(min_value=0),
        gxe.ExpectTableRowCountToEqual(value=3),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query=f'SELECT * FROM {{batch}} WHERE "{escaped}" > 1'
        ),
    ]
