"""The suites of the benchmark, in the words of Great Expectations; the other tools translate them.

`mixed` has twelve expectations of as many kinds. `wide` has more than sixty, and looks at every column. `unique` asks for
uniqueness only, once of a column that has repeated values.
"""

from dataclasses import dataclass, field
from typing import Any

COLUMNS = [
    "id",
    "store",
    "receipt",
    "customer",
    "day",
    "ordered_at",
    "email",
    "country",
    "currency",
    "status",
    "sku",
    "quantity",
    "price",
    "discount",
    "tax",
    "total",
    "weight",
    "latitude",
    "longitude",
    "rating",
]
COUNTRIES = ["AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FR", "IT", "NL", "PL", "SE"]
CURRENCIES = ["CHF", "CZK", "DKK", "EUR", "SEK"]
STATUSES = ["cancelled", "delivered", "new", "paid", "returned", "shipped"]
EMAIL = r"^user\d+@mail\d\.example$"
MOSTLY = 0.99
NULLS = {"rating": 0.75, "discount": 0.9, "customer": MOSTLY}  # the share that is there
RANGES: dict[str, tuple[float, float]] = {
    "id": (0, 2**32),
    "store": (0, 999),
    "receipt": (0, 2**32),
    "customer": (1, 2_000_000),
    "quantity": (1, 50),
    "price": (0, 5000),
    "discount": (0, 0.5),
    "tax": (0, 1000),
    "total": (0, 6000),
    "weight": (0, 20),
    "latitude": (40, 60),
    "longitude": (-5, 30),
    "rating": (1, 5),
}
TYPES = {
    "id": "Int64",
    "store": "Int32",
    "receipt": "Int64",
    "quantity": "Int32",
    "price": "Float64",
    "country": "String",
}
EXTREMES: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "quantity": ((1, 2), (49, 50)),
    "weight": ((0, 1), (10, 60)),
    "latitude": ((20, 45), (50, 80)),
    "longitude": ((-40, 0), (20, 60)),
}
MEANS: dict[str, tuple[float, float]] = {
    "price": (20, 35),
    "discount": (0.2, 0.3),
    "tax": (4, 7),
    "total": (25, 45),
    "weight": (2, 4),
    "quantity": (20, 30),
}
LENGTHS = {"email": (5, 40), "sku": (8, 8), "country": (2, 2), "currency": (3, 3)}


@dataclass(frozen=True, eq=False)
class Check:
    """One expectation."""

    type: str
    kwargs: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns that it looks at."""
        names = (self.kwargs.get(key) for key in ("column", "column_A", "column_B"))
        return [name for name in names if name] or self.kwargs.get("column_list", [])

    @property
    def name(self) -> str:
        """What it is called in results: no two checks of a suite share it."""
        kind = self.type.removeprefix("expect_").removeprefix("column_")
        return " ".join([*self.columns[:2], kind] if len(self.columns) < len(COLUMNS) else [kind])

    @property
    def least_share(self) -> float:
        """The share of rows that have to pass."""
        return self.kwargs.get("mostly", 1.0)


def column_check(kind: str, column: str, **kwargs: Any) -> Check:
    """An expectation of one column."""
    return Check(f"expect_column_{kind}", {"column": column, **kwargs})


def between(kind: str, column: str, limits: tuple[float, float], **kwargs: Any) -> Check:
    """An expectation of one column that has a least and a greatest value."""
    return column_check(kind, column, min_value=limits[0], max_value=limits[1], **kwargs)


def quantiles(column: str, ranges: list[list[float]]) -> Check:
    """An expectation of the quartiles."""
    value = {"quantiles": [0.25, 0.5, 0.75], "value_ranges": ranges}
    return column_check("quantile_values_to_be_between", column, quantile_ranges=value)


def at_least(larger: str, smaller: str) -> Check:
    """An expectation of two columns."""
    kwargs = {"column_A": larger, "column_B": smaller, "or_equal": True, "mostly": MOSTLY}
    return Check("expect_column_pair_values_a_to_be_greater_than_b", kwargs)


ROW_COUNT = Check(
    "expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 1_000_000_000}
)
ORDERED = Check("expect_table_columns_to_match_ordered_list", {"column_list": COLUMNS})
NO_TWO_RECEIPTS = Check(
    "expect_compound_columns_to_be_unique", {"column_list": ["store", "receipt"]}
)


def mixed() -> list[Check]:
    """Twelve expectations of as many kinds."""
    return [
        column_check("values_to_not_be_null", "customer", mostly=MOSTLY),
        between("values_to_be_between", "price", RANGES["price"], mostly=MOSTLY),
        column_check("values_to_be_in_set", "country", value_set=COUNTRIES, mostly=MOSTLY),
        column_check("values_to_be_unique", "id"),
        column_check("values_to_match_regex", "email", regex=EMAIL, mostly=MOSTLY),
        ROW_COUNT,
        between("mean_to_be_between", "weight", MEANS["weight"]),
        at_least("total", "price"),
        NO_TWO_RECEIPTS,
        column_check("values_to_be_of_type", "quantity", type_="Int32"),
        ORDERED,
        quantiles("tax", [[1, 4], [2, 6], [4, 10]]),
    ]


def of_values() -> list[Check]:
    """What the wide suite expects of single rows."""
    sets = {"country": COUNTRIES, "currency": CURRENCIES, "status": STATUSES}
    patterns = {"email": EMAIL, "sku": r"^[A-Z]{2}-\d{5}$", "currency": "^[A-Z]{3}$"}
    return [
        *(
            column_check("values_to_not_be_null", name, mostly=NULLS.get(name, 1.0))
            for name in COLUMNS
        ),
        *(column_check("values_to_be_of_type", name, type_=kind) for name, kind in TYPES.items()),
        *(
            between("values_to_be_between", name, limits, mostly=MOSTLY)
            for name, limits in RANGES.items()
        ),
        *(
            column_check("values_to_be_in_set", name, value_set=values, mostly=MOSTLY)
            for name, values in sets.items()
        ),
        column_check("values_to_not_be_in_set", "country", value_set=["??", "XX"], mostly=MOSTLY),
        column_check("values_to_not_be_in_set", "status", value_set=["lost"]),
        *(
            column_check("values_to_match_regex", name, regex=pattern, mostly=MOSTLY)
            for name, pattern in patterns.items()
        ),
        *(between("value_lengths_to_be_between", name, LENGTHS[name]) for name in LENGTHS),
        column_check("values_to_be_unique", "id"),
        NO_TWO_RECEIPTS,
        at_least("total", "price"),
        at_least("total", "tax"),
    ]


def of_columns() -> list[Check]:
    """What the wide suite expects of whole columns and of the table."""
    return [
        *(between("min_to_be_between", name, least) for name, (least, _) in EXTREMES.items()),
        *(between("max_to_be_between", name, most) for name, (_, most) in EXTREMES.items()),
        *(between("mean_to_be_between", name, limits) for name, limits in MEANS.items()),
        between("stdev_to_be_between", "latitude", (2, 4)),
        between("stdev_to_be_between", "weight", (1, 4)),
        between("sum_to_be_between", "quantity", (1, 1e12)),
        between("median_to_be_between", "discount", (0.2, 0.3)),
        quantiles("total", [[10, 20], [20, 30], [35, 50]]),
        quantiles("weight", [[1, 2], [2, 3], [3, 5]]),
        between("unique_value_count_to_be_between", "country", (5, 20)),
        between("unique_value_count_to_be_between", "status", (6, 6)),
        column_check("distinct_values_to_be_in_set", "currency", value_set=CURRENCIES),
        ROW_COUNT,
        Check("expect_table_column_count_to_equal", {"value": len(COLUMNS)}),
        ORDERED,
    ]


def wide() -> list[Check]:
    """More than sixty expectations, some of every column."""
    return [*of_values(), *of_columns()]


def unique() -> list[Check]:
    """Uniqueness of a number, of a text with repeated values, and of two columns together."""
    return [
        column_check("values_to_be_unique", "id"),
        column_check("values_to_be_unique", "email", mostly=MOSTLY),
        NO_TWO_RECEIPTS,
    ]


SUITES = {"mixed": mixed, "wide": wide, "unique": unique}
