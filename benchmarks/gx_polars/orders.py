"""The data of the benchmark: orders of a shop, 20 columns, with a small share of bad values planted in some of them.

Every million rows has a generator of its own, so that a smaller table is the beginning of a larger one.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from suites import COLUMNS, COUNTRIES, CURRENCIES, STATUSES

SEED = 20240601
CHUNK = 1_000_000
VERSION = 1  # of what is generated: a cached file of another version is not used
BAD_SHARE = {
    "customer": 0.0005,
    "email": 0.003,
    "country": 0.001,
    "price": 0.0027,
    "discount": 0.05,
    "total": 0.001,
    "rating": 0.2,
}
BAD_VALUE = {
    "email": pl.lit("unknown"),
    "country": pl.lit("??"),
    "price": -pl.col("price"),
    "total": pl.col("price").abs() - 1,
}  # of the others: null
STORES = 1000
ODD = 2_654_435_761  # times an odd number, modulo 2^32: each number comes once, in no order
NEW_YEAR = 1_672_531_200  # 2023
YEAR = 31_536_000


def clean_chunk(random: np.random.Generator, number: np.ndarray) -> pl.DataFrame:
    """One row group, before anything is planted."""
    rows = len(number)
    mixed = number * np.uint64(ODD) % np.uint64(2**32)
    price = random.lognormal(3, 0.8, rows).round(2)
    words = {"country": COUNTRIES, "currency": CURRENCIES, "status": STATUSES}
    table = pl.DataFrame(
        {
            "id": mixed.astype(np.int64),
            "customer": random.integers(1, 2_000_000, rows),
            "second": NEW_YEAR + random.integers(0, YEAR, rows),
            "sku": random.integers(10_000, 100_000, rows),
            "quantity": random.integers(1, 51, rows).astype(np.int32),
            "price": price,
            "discount": random.uniform(0, 0.5, rows).round(3),
            "tax": (price * 0.19).round(2),
            "weight": random.gamma(2, 1.5, rows),
            "latitude": random.normal(48, 3, rows),
            "longitude": random.normal(9, 5, rows),
            "rating": random.integers(1, 6, rows).astype(np.int8),
        }
        | {name: pl.Series(of)[random.integers(0, len(of), rows)] for name, of in words.items()}
    )
    at = pl.from_epoch("second").cast(pl.Datetime("us"))
    return table.with_columns(
        store=(pl.col("id") % STORES).cast(pl.Int32),
        receipt=pl.col("id") // STORES,
        day=at.dt.date(),
        ordered_at=at,
        email=pl.format("user{}@mail{}.example", "id", pl.col("id") % 7),
        sku=pl.format("{}-{}", pl.col("status").str.head(2).str.to_uppercase(), "sku"),
        total=(pl.col("price") + pl.col("tax") + 1).round(2),
    )


def chunk(place: int, rows: int) -> pl.DataFrame:
    """One row group."""
    random = np.random.default_rng([SEED, place])
    number = np.arange(place * CHUNK, place * CHUNK + rows, dtype=np.uint64)
    table = clean_chunk(random, number)
    is_bad = {name: pl.Series(random.random(rows) < share) for name, share in BAD_SHARE.items()}
    return table.with_columns(
        pl.when(where).then(BAD_VALUE.get(name)).otherwise(name).alias(name)
        for name, where in is_bad.items()
    ).select(COLUMNS)


def orders_file(folder: Path, rows: int) -> Path:
    """The Parquet file with so many rows; it is made when it is not there."""
    path = folder / f"orders_{VERSION}_{rows}.parquet"
    if path.exists():
        return path
    print(f"making {path} ...", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    options = {"compression": "zstd", "store_schema": False}  # read alike by every tool
    first = chunk(0, min(rows, CHUNK)).to_arrow(compat_level=pl.CompatLevel.oldest())
    with pq.ParquetWriter(part, first.schema, **options) as writer:
        writer.write_table(first, row_group_size=CHUNK)
        for start in range(CHUNK, rows, CHUNK):
            table = chunk(start // CHUNK, min(CHUNK, rows - start))
            writer.write_table(
                table.to_arrow(compat_level=pl.CompatLevel.oldest()), row_group_size=CHUNK
            )
    part.replace(path)
    return path
