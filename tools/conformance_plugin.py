"""Offers each case of Great Expectations' own integration tests to the polars engine: pytest -p conformance_plugin.

GX's tests name the data sources that a case runs on. This plug-in stands in for the functions that read those lists, and
changes no file of theirs: each case gets a polars batch made of its pandas fixture, and keeps GX's own in-process engine of
the same list as a control. A case is tagged by the engines that its list held. `tools/conformance.py` runs it.
"""

import json
import locale
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import polars as pl
import pytest

# GX's tests ask for a locale that few machines have; it changes nothing that they look at.
_set_locale = locale.setlocale
locale.setlocale = lambda category, wanted=None: _set_locale(
    category, "C.UTF-8" if wanted == "en_US.UTF-8" else wanted
)

from great_expectations.datasource.fluent.interfaces import Batch, DataAsset  # noqa: E402
from tests.integration import conftest as gx_conftest  # noqa: E402
from tests.integration.test_utils.data_source_config import (  # noqa: E402
    DataSourceProvisioning,
    DataSourceTestConfig,
    PandasDataFrameDatasourceTestConfig,
    SqlDatasourceTestConfig,
    SqliteDatasourceTestConfig,
)
from tests.integration.test_utils.data_source_config.backend_spec import SqlBackendSpec  # noqa: E402
from tests.integration.test_utils.data_source_config.sql import SQLBatchTestSetup  # noqa: E402

from aifactory_nb.gx_polars import add_polars  # noqa: E402

CONTROLS = (PandasDataFrameDatasourceTestConfig, SqliteDatasourceTestConfig)


def polars_column(values: pd.Series) -> pl.Series:
    """A column of a fixture in polars' types, where one that holds several becomes text."""
    try:
        return pl.from_pandas(values)
    except (TypeError, ValueError):  # pyarrow's errors are of these classes too
        present = [
            value if known else None for value, known in zip(values, values.notna(), strict=True)
        ]
        return pl.Series(values.name, present, strict=False)


def polars_frame(data: pd.DataFrame, types: dict[str, Any]) -> pl.DataFrame:
    """A fixture as a polars frame, with the types that the case asks its database for."""
    columns = [polars_column(data[name]).alias(str(name)) for name in data.columns]
    return pl.DataFrame([_typed(column, types.get(column.name)) for column in columns])


def _typed(column: pl.Series, wanted: Any) -> pl.Series:
    """An all-null column has the type that the case declares for it, or none."""
    if column.null_count() < len(column) or column.dtype.is_numeric():
        return column
    if wanted is None:
        return column.cast(pl.Null)
    python_type = (wanted() if isinstance(wanted, type) else wanted).python_type
    return column.cast(pl.DataType.from_python(python_type))


class FrameTestSetup(SQLBatchTestSetup):
    """Makes batches of a fixture by the polars data source; poses as SQL, whose setups know of further tables."""

    def setup(self) -> None:
        types = {**self.config.extra_column_types, self.table_name: self.config.column_types or {}}
        tables = {**self.extra_data, self.table_name: self.data}
        self.source = add_polars(self.context, self._random_resource_name())
        self.frames = {
            name: polars_frame(data, types.get(name, {})) for name, data in tables.items()
        }
        for name in self.frames:
            self.add_table(name)

    def teardown(self) -> None:
        """Files are in the folder of the test."""

    def add_table(self, name: str) -> None:
        """Make a frame known by its name: queries of other batches find it once it was looked at."""
        asset = self.source.add_frame_asset(name)
        self.whole(asset).get_batch({"dataframe": self.frames[name]}).columns()

    def whole(self, asset: DataAsset) -> Any:
        """A new batch definition of a frame."""
        return asset.add_batch_definition_whole_dataframe(self._random_resource_name())

    def build_connection_string(self, schema: str | None = None) -> str:
        raise NotImplementedError("There is no database.")

    @cached_property
    def table_name(self) -> str:
        return self.config.table_name or f"table_{self._random_resource_name()}"

    @cached_property
    def extra_table_data(self) -> dict[str, Any]:
        return {label: SimpleNamespace(name=label) for label in self.extra_data}

    def make_asset(self) -> DataAsset:
        return self.source.add_frame_asset(self._random_resource_name())

    def make_batch(self) -> Batch:
        return self.whole(self.make_asset()).get_batch({"dataframe": self.frames[self.table_name]})


class ParquetTestSetup(FrameTestSetup):
    """The same batches, scanned from Parquet files."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(**options)
        self.folder = folder

    def add_table(self, name: str) -> None:
        path = str(self.folder / f"{name}.parquet")
        self.frames[name].write_parquet(path)
        self.source.add_parquet_asset(name, path)

    def make_asset(self) -> DataAsset:
        path = str(self.folder / f"{self.table_name}.parquet")
        return self.source.add_parquet_asset(self._random_resource_name(), path)

    def make_batch(self) -> Batch:
        asset = self.make_asset()
        return asset.add_batch_definition_whole_table(self._random_resource_name()).get_batch()


def _spec(label: str) -> SqlBackendSpec:
    """What GX wants to know of a data source; a SQL one, since the gallery asks those for names of types."""
    return SqlBackendSpec(
        label=label,
        public_name="polars",
        provisioning=DataSourceProvisioning.IN_PROCESS,
        marker="unit",
        uses_schema=False,
        integer_column_type_name="Int64",
        non_integer_column_type_name="String",
    )


@dataclass(frozen=True, eq=False)
class FrameTestConfig(SqlDatasourceTestConfig):
    """A polars frame among GX's test sources."""

    DATA_SOURCE_SPEC = _spec("polars-frame")
    tag: str = ""

    def __eq__(self, other: object) -> bool:
        """GX shares the batch of equal sources, and leaves out the types in comparing them."""
        return super().__eq__(other) and self.column_types == other.column_types

    __hash__ = DataSourceTestConfig.__hash__

    def create_batch_setup(self, request: Any, **options: Any) -> SQLBatchTestSetup:
        return FrameTestSetup(config=self, **options)


@dataclass(frozen=True, eq=False)
class ParquetTestConfig(FrameTestConfig):
    """A Parquet file that polars scans."""

    DATA_SOURCE_SPEC = _spec("polars-parquet")

    def create_batch_setup(self, request: Any, **options: Any) -> SQLBatchTestSetup:
        return ParquetTestSetup(request.getfixturevalue("tmp_path"), config=self, **options)


def tag_of(configs: Sequence[DataSourceTestConfig]) -> str:
    """The engine that a list of data sources asks for, or `multi`."""
    engines = {config.DATA_SOURCE_SPEC.execution_engine.name.lower() for config in configs}
    return engines.pop() if len(engines) == 1 else "multi"


def offered(configs: Sequence[DataSourceTestConfig], tag: str) -> list[DataSourceTestConfig]:
    """The polars sources for a list of GX's, and those of the list that need no server."""
    typed = next((c for c in configs if c.column_types and tag_of([c]) == "sql"), None)
    types = {"column_types": typed.column_types} if typed else {}
    extra = next((c.extra_column_types for c in configs if c.extra_column_types), {})
    ours = [
        config(tag=tag, extra_column_types=extra, **types)
        for config in (FrameTestConfig, ParquetTestConfig)
    ]
    return [*ours, *[config for config in configs if type(config) in CONTROLS][:1]]


def parametrize_with_polars(
    data_source_configs: Sequence[DataSourceTestConfig], *args: Any, **options: Any
) -> Callable:
    """Stands in for GX's parameterize_batch_for_data_sources."""
    configs = list(data_source_configs)
    return _parametrize(offered(configs, tag_of(configs)), *args, **options)


def compare_with_polars(multi_source_test_configs: Sequence[Any], **options: Any) -> Callable:
    """Stands in for GX's multi_source_batch_setup: two tables of one data source."""
    pairs = [
        gx_conftest.MultiSourceTestConfig(comparison=config, base=config)
        for config in offered([pair.base for pair in multi_source_test_configs], "sql")
    ]
    return _compare(pairs, **options)


_parametrize = gx_conftest.parameterize_batch_for_data_sources
_compare = gx_conftest.multi_source_batch_setup
gx_conftest.parameterize_batch_for_data_sources = parametrize_with_polars
gx_conftest.multi_source_batch_setup = compare_with_polars


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The gallery (one passing and one failing case for each expectation) asks a function for its data sources."""
    module = metafunc.module
    if module.__name__.endswith("test_gallery_expectation_suite"):
        control = PandasDataFrameDatasourceTestConfig()
        module.data_sources_for_tier_case = lambda tier, case: offered([control], "gallery")
        module._engine_applies = lambda config, case: (
            isinstance(config, FrameTestConfig)
            or config.DATA_SOURCE_SPEC.execution_engine in case.engines
        )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the outcome of each case is written."""
    parser.addoption("--outcomes", type=Path, default=Path("outcomes.json"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the cases that have a data source of ours or their control, and notes which."""
    sources = {item: source for item in items if (source := _source(item))}
    tags = {
        _function(item): source.tag for item, source in sources.items() if hasattr(source, "tag")
    }
    chosen = [item for item in sources if _function(item) in tags]
    for item in chosen:
        source = sources[item].test_id
        item.user_properties += [("source", source), ("tag", tags[_function(item)])]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


def _source(item: pytest.Item) -> DataSourceTestConfig | None:
    """The data source of a case."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return getattr(parameters.get("_batch_setup_for_datasource"), "data_source_config", None)


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


OUTCOMES: dict[str, dict[str, str]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes what became of a case: an error in its setup is a failure too."""
    noted = dict(report.user_properties)
    if "source" not in noted or (report.when != "call" and report.passed):
        return
    # A case that GX expects its own engine to fail may well pass.
    text = report.longreprtext
    outcome = "passed" if "[XPASS" in text else report.outcome
    if OUTCOMES.get(report.nodeid, {}).get("outcome") != "failed":
        OUTCOMES[report.nodeid] = {**noted, "outcome": outcome, "text": text}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the outcomes down; with several workers, only the one that hears of all."""
    if not hasattr(session.config, "workerinput"):
        session.config.option.outcomes.write_text(json.dumps(OUTCOMES, indent=1), "utf-8")
