"""The OpenAPI document: what it tells is what is checked."""

import polars as pl
from serving import add_version, fill_tables

from aifactory_nb.ledger import Ledger
from aifactory_nb.openapi import column_schema, document, pipeline_paths
from aifactory_nb.row_schema import Column, reader_of
from aifactory_nb.served_model import load_served


def test_columns_have_their_limits():
    """Ranges of whole numbers, and null where it may be."""

    def told(dtype: pl.DataType, nullable: bool = True) -> dict:
        return column_schema(Column("x", dtype, True, nullable, *reader_of(dtype)))

    assert told(pl.UInt8()) == {"type": ["integer", "null"], "minimum": 0, "maximum": 255}
    assert told(pl.Boolean(), nullable=False) == {"type": "boolean"}
    assert told(pl.Date())["format"] == "date"


def test_the_document_tells_each_pipeline(settings):
    """Paths, the columns that are needed, and the errors that may come."""
    pipeline, store = fill_tables(settings)
    add_version(settings)
    served = load_served(store, Ledger(settings.ledger_url), pipeline, 1)

    told = document(pipeline_paths(served, pipeline.target, pipeline.data.key), "1.0")

    predict = told["paths"]["/predict/shop"]["post"]
    row = predict["requestBody"]["content"]["application/json"]["schema"]["properties"]["rows"][
        "items"
    ]
    assert row["required"] == ["region", "customer", "price", "channel"]
    assert set(row["properties"]) == {*row["required"], "order", "ordered_at"}
    assert {"200", "401", "413", "422", "503"} <= predict["responses"].keys()
    feedback = told["paths"]["/feedback/shop"]["post"]["requestBody"]["content"]
    assert "oneOf" in feedback["application/json"]["schema"]["properties"]["rows"]["items"]
