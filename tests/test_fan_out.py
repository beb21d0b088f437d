"""A fan-out: what is asked for, what is carried out, and what a failure does to the rest."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from conftest import write_notebook
from quick import LINE, SEGMENT, Quick, regions, shop, spread  # noqa: F401
from test_segment import HOSTILE

from aifactory_nb.errors import DataError, ParameterError
from aifactory_nb.fan_out import (
    branch_requests,
    find_segments,
    parse_axis,
    parse_segment,
    segment_columns,
)
from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.runner import resume_run
from aifactory_nb.settings import Settings
from aifactory_nb.stage import Stage, time_window
from aifactory_nb.store import Store

# ruff: noqa: F811 (fixtures are imported)


def text_of(store: Store, branch: str) -> str:
    """What the latest model of a branch holds."""
    (path,) = store.home.glob(f"branches/{branch}/artifacts/candidate/*/*/model.txt")
    return path.read_text()


def test_each_segment_has_its_rows_and_its_champion(settings: Settings, shop: Pipeline) -> None:
    """The shared stage runs once; each segment reads its rows and labels, and its model is its own."""
    quick = Quick()
    outcome = spread(shop, quick)
    ledger, store = Ledger(settings.ledger_url), Store(settings.store_folder, "shop")

    assert outcome.status == "succeeded"
    assert outcome.counts == {"succeeded": 5}
    assert quick.done[0] == ("make", "")
    for region in ("north", "south"):
        found = text_of(store, f"region={region}").split()
        assert found[0] == f"['{region}']" and found[1] == found[2]
        assert ledger.aliases(f"shop/region={region}") == {"champion": 1}
        assert Store(settings.store_folder, f"shop/region={region}").model_folder(1).is_dir()
    assert ledger.models("shop") == []
    assert ledger.verify_audit().ok


def test_a_second_fan_out_finds_nothing_to_do(shop: Pipeline) -> None:
    """Also when somebody promotes nothing and changes nothing in between."""
    spread(shop, Quick())
    quick = Quick()
    outcome = spread(shop, quick)

    assert outcome.nothing_done
    assert quick.done == []


def test_a_new_value_runs_only_its_own_branch(shop: Pipeline, workspace: Path) -> None:
    """The rows of the other segments are as they were, so their models are."""
    spread(shop, Quick())
    path = shop.folder / "data" / "orders.parquet"
    orders = pl.read_parquet(path)
    more = orders.head(50).with_columns(order=pl.col("order") + 100_000, region=pl.lit("west"))
    pl.concat([orders, more]).write_parquet(path)
    quick = Quick()
    outcome = spread(shop, quick)

    assert outcome.counts == {"succeeded": 3, "cached": 4}
    assert {branch for _, branch in quick.done} == {"", "region=west"}


def test_a_changed_row_runs_only_its_segment(shop: Pipeline) -> None:
    """The hash of what a segment reads is that of its own rows and labels."""
    spread(shop, Quick())
    path = shop.folder / "data" / "orders.parquet"
    orders = pl.read_parquet(path)
    first = orders.row(0, named=True)
    changed = pl.when(pl.col("order") == first["order"]).then(999.0).otherwise("price")
    orders.with_columns(price=changed).write_parquet(path)
    quick = Quick()
    spread(shop, quick)

    assert {branch for _, branch in quick.done} == {"", f"region={first['region']}"}


def test_a_failure_ends_only_its_branch(settings: Settings, shop: Pipeline) -> None:
    """The others go on; the run has failed, and says where and how to go on."""
    quick = Quick()
    quick.broken = {"region=north"}
    outcome = spread(shop, quick)
    told = {
        (row["stage"], row["branch"]): row["status"]
        for row in Ledger(settings.ledger_url).stage_runs(outcome.run)
    }

    assert (outcome.status, outcome.exit_code) == ("failed", 4)
    assert told[("fit", "region=north")] == "failed"
    assert told[("keep", "region=north")] == "pending"
    assert told[("keep", "region=south")] == "succeeded"
    assert "fit of region=north failed in cell 1: no rows of region=north" in outcome.message
    assert f"--resume {outcome.run}" in outcome.message


def test_a_gate_stops_only_its_segment(shop: Pipeline) -> None:
    """The run is stopped, as one of its lines is, and nothing has failed."""
    quick = Quick()
    quick.stopped = {"region=south"}
    outcome = spread(shop, quick)

    assert (outcome.status, outcome.exit_code) == ("stopped", 5)
    assert ("keep", "region=north") in quick.done
    assert ("keep", "region=south") not in quick.done


def test_a_failed_shared_stage_ends_everything(shop: Pipeline) -> None:
    """Nothing can go on from it."""
    quick = Quick()
    quick.broken = {""}
    outcome = spread(shop, quick)

    assert outcome.counts == {"failed": 1, "pending": 4}


def test_resuming_takes_up_only_what_is_not_done(settings: Settings, shop: Pipeline) -> None:
    """Branches that came to their end are left alone."""
    first = Quick()
    first.broken = {"region=north"}
    failed = spread(shop, first)
    quick = Quick()
    outcome = resume_run(settings, failed.run, executor=quick).execute()

    assert outcome.status == "succeeded"
    assert quick.done == [("fit", "region=north"), ("keep", "region=north")]


def test_many_failures_are_told_in_a_few_lines(shop: Pipeline, workspace: Path) -> None:
    """The overview has them all."""
    regions(workspace, *"abcdefgh")
    quick = Quick()
    quick.broken = {f"region={name}" for name in "abcdefgh"}
    outcome = spread(shop, quick)

    assert outcome.counts["failed"] == 8
    assert "... and 5 more: aifactory show" in outcome.message


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_segments_like_any_other(
    settings: Settings, shop: Pipeline, workspace: Path, value: str
) -> None:
    """Each has its folder within the run and the store, its rows and its champion."""
    regions(workspace, value, "plain")
    before = {path for path in workspace.parent.rglob("*") if "factory" not in path.parts}
    outcome = spread(shop, Quick())
    rows = Ledger(settings.ledger_url).stage_runs(outcome.run)
    branch = next(row["branch"] for row in rows if row["branch"] not in ("", "region=plain"))

    assert outcome.counts == {"succeeded": 5}
    assert (workspace / "runs" / "shop" / outcome.run / rows[0]["window"] / branch).is_dir()
    assert Ledger(settings.ledger_url).aliases(f"shop/{branch}") == {"champion": 1}
    assert {p for p in workspace.parent.rglob("*") if "factory" not in p.parts} == before


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([7, 8], ["region=7", "region=8"]),
        ([1.0, 2.5], ["region=1.0", "region=2.5"]),
        ([True, False], ["region=false", "region=true"]),
        ([date(2024, 1, 1), date(2023, 1, 1)], ["region=2023-01-01", "region=2024-01-01"]),
    ],
)
def test_segments_of_numbers_and_dates(
    settings: Settings, shop: Pipeline, values: list, names: list[str]
) -> None:
    """They are written as text, and their rows are found by it."""
    path = shop.folder / "data" / "orders.parquet"
    orders = pl.read_parquet(path)
    column = pl.Series("region", [values[number % 2] for number in range(orders.height)])
    orders.with_columns(column).write_parquet(path)
    outcome = spread(shop, Quick())

    assert outcome.counts == {"succeeded": 5}
    assert Ledger(settings.ledger_url).products("shop")[1:] == [f"shop/{name}" for name in names]


def test_rows_without_a_value_are_counted(shop: Pipeline, workspace: Path) -> None:
    """They are in no segment."""
    regions(workspace, "north", None)
    window = time_window(shop)
    rows = pl.read_parquet(shop.folder / "data" / "orders.parquet")
    inside = rows.filter(pl.col("ordered_at").is_between(window.start, window.end, closed="left"))
    found = find_segments(shop, window, "region")

    assert found.names == ["region=north"]
    assert found.missing == inside["region"].null_count() > 0


def test_wanted_values_are_looked_up(shop: Pipeline) -> None:
    """A misspelt one is refused before anything runs."""
    assert find_segments(shop, time_window(shop), "region", ["south"]).names == ["region=south"]
    with pytest.raises(ParameterError, match="has the value 'nort'. Did you mean 'north'"):
        find_segments(shop, time_window(shop), "region", ["nort"])


def test_the_columns_that_can_make_segments(shop: Pipeline) -> None:
    """The pipeline's own first; no keys, no times, no measures, nothing that a feature step makes."""
    assert segment_columns(shop) == ["region", "channel"]  # and none that --segment could not name


def test_a_segment_is_a_column_of_the_features(shop: Pipeline, workspace: Path) -> None:
    """Unknown columns get a suggestion; one that only the source has is told how to be used."""
    window = time_window(shop)
    with pytest.raises(ParameterError, match="no such column. Did you mean 'region'"):
        find_segments(shop, window, "regio")
    with pytest.raises(ParameterError, match=r'Name it in .*\[data\] segment = "customer"'):
        find_segments(shop, window, "customer")
    with pytest.raises(ParameterError, match="a feature step makes this column"):
        find_segments(shop, window, "age")
    regions(workspace, None)
    with pytest.raises(DataError, match="no row of .* has a value in this column"):
        find_segments(shop, window, "region")


def test_values_are_parted_by_commas() -> None:
    """One with a comma stands in double quotes."""
    assert parse_segment('city="Paris, Texas",Rome') == ("city", ["Paris, Texas", "Rome"])
    with pytest.raises(ParameterError, match="expected COLUMN or COLUMN=VALUE"):
        parse_segment("=UA")


def test_a_value_is_not_left_out(settings: Settings, shop: Pipeline) -> None:
    """An equals sign with nothing behind it is an error, not all of them nor none of them."""
    with pytest.raises(ParameterError, match="--segment region=: no value stands behind the '='"):
        parse_segment("region=")
    with pytest.raises(ParameterError, match="--matrix fit.rounds=: no value stands behind"):
        parse_axis("fit.rounds=", settings)


def test_a_column_that_tells_rows_apart_makes_no_segments(shop: Pipeline) -> None:
    """A key has a row for each value: it is told before a model is fitted for each of them."""
    with pytest.raises(ParameterError, match=r"values in .* rows are about one row each. Is it"):
        find_segments(shop, time_window(shop), "order")
    assert find_segments(shop, time_window(shop), "order", ["3"]).names == ["order=3"]
    with pytest.raises(
        ParameterError, match=r"value '-'. There are ('\d+', ){7}'\d+' and .* more.$"
    ):
        find_segments(shop, time_window(shop), "order", ["-"])


def test_the_values_of_a_matrix_have_the_type_of_the_parameter(
    settings: Settings, shop: Pipeline
) -> None:
    """Wrong names and types are refused before anything runs."""
    assert parse_axis("fit.rounds=3,5,3", settings).values == (3, 5)
    for text, told in {
        "fit.round=3": "no parameter 'round'. Did you mean 'rounds'",
        "fit.rounds=3,x": "fit.rounds must be int, found 'x'",
        "rounds=3": "expected STAGE.NAME=VALUE",
        "fit.segment=a": "no parameter 'segment'",
    }.items():
        with pytest.raises(ParameterError, match=told):
            parse_axis(text, settings)


def test_a_matrix_compares_and_moves_nothing(settings: Settings, shop: Pipeline) -> None:
    """The stages before the first varied one are shared, those that register are left out."""
    quick = Quick()
    outcome = spread(shop, quick, "", ("fit.rounds=2,4",))
    store = Store(settings.store_folder, "shop")

    assert outcome.counts == {"succeeded": 3}
    assert sorted(quick.done) == [("fit", "fit.rounds=2"), ("fit", "fit.rounds=4"), ("make", "")]
    assert "['north', 'south']" in text_of(store, "fit.rounds=4")
    assert store.artifacts("candidate") == []  # a variant is not what the next stage takes


def test_the_winner_of_a_matrix_is_not_fitted_again(settings: Settings, shop: Pipeline) -> None:
    """A run with its parameters finds its stages done, and goes on from there."""
    from aifactory_nb.plan import Request
    from aifactory_nb.runner import start_run

    spread(shop, Quick(), "", ("fit.rounds=2,4",))
    request = Request(LINE, time_window(shop), {"fit": {"rounds": 4}})
    quick = Quick()
    outcome = start_run(settings, shop, [request], executor=quick).execute()

    assert outcome.counts == {"cached": 2, "succeeded": 1}
    assert quick.done == [("keep", "")]
    assert Ledger(settings.ledger_url).aliases("shop") == {"champion": 1}


LOOKING = ["make", "fit", "look", "keep"]


def write_look(workspace: Path) -> None:
    """A stage between fit and keep, with a parameter of its own."""
    depth = SEGMENT + "depth: int = 1  # how far\n"
    write_notebook(workspace, "look", ["4"], depth, reads=["candidate"], writes=["seen"])


def test_segments_and_a_matrix_together(settings: Settings, shop: Pipeline) -> None:
    """Each variant in each segment; what comes before the varied stage is done once for each segment."""
    write_look(settings.workspace)
    axes = [parse_axis("look.depth=1,2", settings)]
    segments = ["region=north", "region=south"]
    requests = branch_requests(settings, LOOKING, time_window(shop), {}, segments, axes)
    told = [(request.branch, request.stages) for request in requests]
    outcome = spread(shop, Quick(), "region", ("look.depth=1,2",), LOOKING)

    assert told[:3] == [
        ("", ["make"]),
        ("region=north", ["fit"]),
        ("region=north,look.depth=1", ["look"]),
    ]
    assert len(told) == 7
    assert outcome.counts == {"succeeded": 7}


def test_what_goes_on_from_a_failed_branch_is_not_begun(settings: Settings, shop: Pipeline) -> None:
    """The variants of a segment whose model could not be fitted wait for it; those of others do not."""
    write_look(settings.workspace)
    quick = Quick()
    quick.broken = {"region=north"}
    failed = spread(shop, quick, "region", ("look.depth=1,2",), LOOKING)
    again = Quick()
    outcome = resume_run(settings, failed.run, executor=again).execute()

    assert failed.counts == {"succeeded": 4, "failed": 1, "pending": 2}
    assert outcome.status == "succeeded"
    assert [stage for stage, _ in again.done] == ["fit", "look", "look"]


def test_a_stage_that_is_not_needed_skips_the_branches(shop: Pipeline, workspace: Path) -> None:
    """A shared stage that declines leaves nothing to do for those who read what it writes."""
    quick = Quick()
    quick.declined = True
    outcome = spread(shop, quick)

    assert outcome.status == "succeeded"
    assert outcome.counts == {"succeeded": 1, "skipped": 4}


@pytest.mark.parametrize(
    ("segment", "matrix", "stages", "told"),
    [
        ("region", (), ["make"], "no stage of this line takes a segment"),
        ("region", (), ["fit", "make"], "make works on all segments at once, but comes after fit"),
        ("region", ("make.size=1,2",), LINE, "make is shared by all segments"),
        ("", ("keep.size=1,2",), LINE, "keep moves versions or aliases"),
        ("", ("fit.rounds=1", "fit.rounds=2"), LINE, "fit.rounds is given twice"),
        ("", ("fit.rounds=1",), ["make"], "'fit' is not a stage of this run"),
    ],
)
def test_what_cannot_be_is_refused(
    shop: Pipeline, workspace: Path, segment: str, matrix: tuple[str, ...], stages: list, told: str
) -> None:
    """Before anything runs."""
    size = "size: int = 1  # how much\n"
    write_notebook(workspace, "make", ["1"], size, writes=["features", "labels"])
    write_notebook(
        workspace, "keep", ["3"], SEGMENT + size, reads=["candidate"], writes=["version"]
    )

    with pytest.raises(ParameterError, match=told):
        spread(shop, Quick(), segment, matrix, stages)
    assert not (workspace / "runs").exists()


def test_a_branch_does_not_write_a_shared_table(shop: Pipeline) -> None:
    """The branches beside it would write it at the same time."""
    stage = Stage("make", "shop", segment="region=north")

    with pytest.raises(Exception, match="cannot write the table 'features', which all parts"):
        stage.write("features", pl.DataFrame({"order": [1]}))


def test_a_segment_runs_by_hand(settings: Settings, shop: Pipeline) -> None:
    """A notebook that is run on its own takes the rows, and the latest artifacts, of its segment."""
    spread(shop, Quick())
    stage = Stage("keep", "shop", segment="region=north")
    rows = stage.read("features").collect()

    assert stage.by_hand
    assert set(rows["region"]) == {"north"}
    assert "['north']" in (stage.needed_folder("candidate") / "model.txt").read_text()
    assert stage.input_version("champion") == 1


def test_at_most_as_many_at_once_as_there_are_workers(shop: Pipeline, workspace: Path) -> None:
    """The executor says how many."""
    regions(workspace, *"abcdefgh")
    quick = Quick(workers=2)
    spread(shop, quick)

    assert quick.most <= 2


class Quickest(Quick):
    """Writes results without a stage."""

    def carry_out(self, job, stop, progress) -> None:
        """Write the result of a stage that made one thing."""
        name, branch = job.notebook.stem.partition("_")[2], job.parameters["run"].partition("/")[2]
        if name == "make":
            super().carry_out(job, stop, progress)
            return
        if branch in self.broken:
            raise ValueError("broken")
        output = {"name": "candidate", "kind": "value", "pin": branch, "fingerprint": branch}
        told = {"stage": name, "pipeline": "shop", "run": "", "window": "", "outputs": [output]}
        job.notebook.parent.mkdir(parents=True, exist_ok=True)
        job.notebook.with_name(f"{name}.json").write_text(json.dumps({**told, "gates": []}))


def test_a_thousand_segments(settings: Settings, shop: Pipeline, workspace: Path) -> None:
    """Two thousand notebooks are one run, in one folder, and one of them that fails is one of them."""
    path = shop.folder / "data" / "orders.parquet"
    orders = pl.concat([pl.read_parquet(path)] * 4).with_row_index("number")
    region = pl.format("r{}", pl.col("number") % 1000)
    made = orders.with_columns(order=pl.col("number").cast(pl.Int64), region=region)
    made.drop("number").with_columns(ordered_at=orders["ordered_at"].min()).write_parquet(path)
    quick = Quickest()
    quick.broken = {"region=r7"}
    outcome = spread(load_pipeline(workspace, "shop"), quick, stages=["make", "fit"])

    assert outcome.counts == {"succeeded": 1000, "failed": 1}
    folders = list((workspace / "runs" / "shop" / outcome.run).iterdir())
    assert len(folders) == 1
    assert len(list(folders[0].iterdir())) == 1000  # 999 branches, and the result of make
