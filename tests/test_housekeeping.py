"""Housekeeping: whatever is removed, everything that a model, an alias or an audit event leads to still works."""

import os
import random
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from conftest import PIPELINE, customers, orders, stage_cells, write_notebook
from quick import Quick, shop, spread  # noqa: F401
from servers import S3, s3, s3_server  # noqa: F401

from aifactory_nb.errors import ParameterError, TableNotFoundError
from aifactory_nb.housekeeping import (
    Cleaning,
    _log_entries,
    _table_files,
    carry_out_cleaning,
    is_leftover,
    parse_age,
    plan_cleaning,
)
from aifactory_nb.journal import Journal, append_once, compact
from aifactory_nb.ledger import Ledger
from aifactory_nb.outcome import Outcome
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.plan import Request
from aifactory_nb.references import References
from aifactory_nb.registry import rollback, verify_loadable
from aifactory_nb.runner import resume_run, start_run
from aifactory_nb.settings import Settings, load_settings
from aifactory_nb.store import Store
from aifactory_nb.window import time_window

FRAME = """import polars as pl
frame = pl.DataFrame({"hour": [(hour * seed) % 24 for hour in range(200)]})
stage.write("rows", frame.with_columns(label=(pl.col("hour") > 15).cast(pl.Float64)))"""
FIT = """from pathlib import Path
from aifactory_nb.model import Model, ModelSpec
if Path("broken").exists():
    raise RuntimeError("broken")
rows = stage.read("rows").collect()
features = rows.select("hour")
model = Model.fit(features, rows["label"], ModelSpec("binary", rounds=rounds))
model.save(stage.output_folder("candidate"), features)
(stage.output_folder("evaluation") / "note.txt").write_text("good")"""
KEEP = """from aifactory_nb.registry import promote, register
folder = stage.needed_folder("candidate")
version = register(stage.store, stage.ledger, pipeline, stage.run_id, folder, {})
promote(stage.store, stage.ledger, pipeline, version, "line", "better")
stage.output("version", version)"""
LINE = ["make", "fit", "keep"]


def write_stages(folder: Path) -> None:
    """Three small stages: rows, a model of them, and its registration as champion."""
    write_notebook(
        folder, "make", stage_cells("make", FRAME), "seed: int = 1  # of rows\n", writes=["rows"]
    )
    fit = {"reads": ["rows"], "writes": ["candidate", "evaluation"]}
    write_notebook(
        folder, "fit", stage_cells("fit", FIT), "rounds: int = 2  # number of trees\n", **fit
    )
    keep = {"reads": ["candidate", "evaluation"], "writes": ["version"]}
    write_notebook(folder, "keep", stage_cells("keep", KEEP), **keep)


def carry_out(settings: Settings, stages: list[str], **parameters: dict) -> Outcome:
    """Run a line of the pipeline `shop`."""
    pipeline = load_pipeline(settings.workspace, "shop")
    request = Request(stages, time_window(pipeline), parameters)
    return start_run(settings, pipeline, [request]).execute()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which models were made, experiments tried, a run failed, and processes were killed."""
    folder = tmp_path_factory.mktemp("lived")
    data = folder / "pipelines" / "shop" / "data"
    data.mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n")
    (folder / "pipelines" / "shop" / "pipeline.toml").write_text(PIPELINE)
    orders(months=1, rows=50).write_parquet(data / "orders.parquet")
    customers().write_parquet(data / "customers.parquet")
    write_stages(folder)
    settings = load_settings(folder)
    before = os.getcwd()
    os.chdir(folder)
    try:
        make = {"seed": 5}
        assert carry_out(settings, LINE).status == "succeeded"
        assert carry_out(settings, LINE[:2], make={"seed": 3}).status == "succeeded"
        assert carry_out(settings, LINE, make=make, fit={"rounds": 3}).status == "succeeded"
        (folder / "broken").touch()
        assert carry_out(settings, LINE, make={"seed": 7}).status == "failed"
        (folder / "broken").unlink()
        assert carry_out(settings, LINE[:2], make=make, fit={"rounds": 4}).status == "succeeded"
        assert carry_out(settings, LINE[:1], make=make).counts == {"cached": 1}
    finally:
        os.chdir(before)
    for path in (folder / "store/shop/models/.v0001.999999999", folder / "runs/shop/.x.999999999"):
        path.mkdir(parents=True)
        (path / "model.txt").write_text("half a model")
        os.utime(path, (0, 0))
    return folder


@pytest.fixture
def copy(lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of that workspace, which is the current folder."""
    folder = tmp_path / "copy"
    shutil.copytree(lived, folder)
    os.utime(folder / "store/shop/models/.v0001.999999999", (0, 0))
    os.utime(folder / "runs/shop/.x.999999999", (0, 0))
    monkeypatch.chdir(folder)
    return load_settings(folder)


def clean(settings: Settings, age: timedelta, replays: bool = False) -> Cleaning:
    """Make room; what was removed."""
    ledger = Ledger(settings.ledger_url, actor="ann")
    cleaning = plan_cleaning(settings, ledger, age, replays)
    carry_out_cleaning(settings, ledger, cleaning)
    return cleaning


def check_models(settings: Settings) -> None:
    """Every registered version loads and verifies, and the tables that it learned from can be read."""
    ledger, store = Ledger(settings.ledger_url), Store(settings.store_folder, "shop")
    versions = [model["version"] for model in ledger.models("shop")]
    assert versions == [1, 2]
    for version in versions:
        verify_loadable(store, ledger, "shop", version)
    for row in ledger.runs("shop"):
        for stage in ledger.stage_runs(row["run_id"]):
            if stage["stage"] == "keep" and stage["status"] == "succeeded":
                assert (settings.workspace / stage["notebook"]).is_file()


def files(settings: Settings) -> dict[Path, int]:
    """All files of a workspace but the ledger's, with their sizes."""
    found = (path for path in settings.workspace.rglob("*") if path.is_file())
    return {path: path.stat().st_size for path in found if "ledger.db" not in path.name}


@pytest.mark.parametrize("seed", [0, 1, 5, 7])
def test_whatever_is_removed_the_line_goes_on_as_before(copy: Settings, seed: int) -> None:
    """Models load, rollback works, the next run does the same work, what is young is resumed."""
    ledger = Ledger(copy.ledger_url)
    runs = ledger.runs("shop")
    moment = random.Random(seed).choice([*(row["ended_at"] for row in runs), "9999-12-31"])
    age = datetime.now(UTC) - datetime.fromisoformat(moment).astimezone(UTC)
    failed = next(row for row in runs if row["status"] == "failed")
    since = clean(copy, max(age, timedelta(0))).since

    check_models(copy)
    same = {"make": {"seed": 5}, "fit": {"rounds": 4}}
    assert carry_out(copy, LINE[:2], **same).counts == {"cached": 2}
    if since <= failed["ended_at"]:
        assert resume_run(copy, failed["run_id"]).execute().status == "succeeded"
    assert rollback(Store(copy.store_folder, "shop"), ledger, "shop", "ann", "trial")[1] in (1, 2)
    assert ledger.verify_audit().ok


def test_what_nothing_leads_to_is_removed(copy: Settings) -> None:
    """An old experiment: its notebooks, its artifacts, and the rows that only it read."""
    before = sum(files(copy).values())
    cleaning = clean(copy, timedelta(0))
    kinds = {removal.kind for removal in cleaning.removals if removal.pipeline == "shop"}

    assert kinds == {"run", "artifact", "table files", "leftover"}
    assert before - sum(files(copy).values()) == cleaning.bytes > 0
    assert clean(copy, timedelta(0)).removals == []


def test_nothing_is_removed_before_it_is_asked_for(copy: Settings) -> None:
    """A plan only looks."""
    before = files(copy)
    cleaning = plan_cleaning(copy, Ledger(copy.ledger_url), timedelta(0))

    assert cleaning.bytes > 0
    assert files(copy) == before


def test_who_removed_what_is_told_in_the_audit_trail(copy: Settings) -> None:
    """One event names the actor, each thing removed, and the bytes; no row of the ledger goes."""
    ledger = Ledger(copy.ledger_url)
    runs = len(ledger.runs("shop"))
    cleaning = clean(copy, timedelta(0))
    event = ledger.audit_events(1)[0]

    assert (event["actor"], event["action"]) == ("ann", "gc.remove")
    assert event["details"]["bytes"] == cleaning.bytes
    assert len(event["details"]["removed"]) == len(cleaning.removals)
    assert len(ledger.runs("shop")) == runs
    assert ledger.verify_audit().ok


def test_a_pipeline_with_a_run_at_work_is_left_alone(copy: Settings) -> None:
    """Nobody takes away what a run is about to read."""
    Ledger(copy.ledger_url).start_run("at-work", "shop", "run", {}, 1)
    cleaning = clean(copy, timedelta(0))

    assert cleaning.busy == ["shop"]
    assert [removal for removal in cleaning.removals if removal.pipeline == "shop"] == []


def test_a_run_that_an_audit_event_names_stays(copy: Settings) -> None:
    """Somebody has noted a run: its notebooks are evidence from then on."""
    ledger = Ledger(copy.ledger_url)
    going = plan_cleaning(copy, ledger, timedelta(0)).removals
    run = next(item.name for item in going if item.kind == "run")
    ledger.audit("ann", "review", run, {"found": "odd"})
    cleaning = clean(copy, timedelta(0))

    assert run not in [item.name for item in cleaning.removals if item.kind == "run"]
    assert cleaning.kept[run].startswith("is named by audit event")


def test_tables_of_a_finished_replay_go_when_asked(copy: Settings) -> None:
    """The copy of a replay gives its tables back, but for those that its models learned from."""
    ledger, store = Ledger(copy.ledger_url), Store(copy.store_folder, "shop@replay")
    ledger.start_run("old-replay", "shop@replay", "replay", {}, 0)
    ledger.end_run("old-replay", "succeeded")
    for name in ("features", "predictions"):
        store.write(name, pl.DataFrame({"a": [1]}))
    lineage = {"lineage": {"features": 0}}
    ledger.add_model("shop@replay", "old-replay", "d1", "models/v{version}", lineage)
    clean(copy, timedelta(0))
    not_asked = store.tables()
    clean(copy, timedelta(0), replays=True)

    assert not_asked == ["features", "predictions"]
    assert store.tables() == ["features"]
    assert store.scan("features", 0).collect().height == 1


@pytest.mark.parametrize(
    ("name", "folder", "left"),
    [
        (".card.json.ab12cd34", False, True),
        (".v0001.999999999", True, True),
        (".v0001.PID", True, False),
        (".ipynb_checkpoints", True, False),
        (".gitignore", False, False),
        (".notes.markdown", False, False),
    ],
)
def test_only_unfinished_work_is_a_leftover(
    tmp_path: Path, name: str, folder: bool, left: bool
) -> None:
    """Hidden files of other programs, and work of a process that is alive, are nobody's leftovers."""
    path = tmp_path / name.replace("PID", str(os.getpid()))
    path.mkdir() if folder else path.touch()
    os.utime(path, (0, 0))

    assert is_leftover(path) == left


def test_the_only_copy_of_a_folder_is_no_leftover(tmp_path: Path) -> None:
    """Killed between two renames: what has the hidden name is all that there is."""
    for name in (".v0001.999999999", ".v0001.999999999.old"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0))
    halfway = [is_leftover(path) for path in tmp_path.iterdir()]
    (tmp_path / "v0001").mkdir()
    done = [is_leftover(path) for path in tmp_path.glob(".v*")]

    assert halfway == [False, False]
    assert done == [True, True]


@pytest.mark.parametrize("text", ["30", "d", "a month", "-1d", "1y", "9999999999999d"])
def test_an_age_that_says_nothing_is_refused(text: str) -> None:
    """What an age looks like is told."""
    with pytest.raises(ParameterError, match="age"):
        parse_age(text)


def test_an_object_store_is_tidied_as_a_folder_is(tmp_path: Path, s3: S3) -> None:  # noqa: F811
    """Versions that a model learned from stay readable on the bucket; what nothing leads to goes, its local copy too."""
    text = (
        f"[store]\npath = s3://{s3.bucket}/prod\nendpoint = {s3.endpoint}\nregion = {s3.region}\n"
    )
    (tmp_path / "settings.ini").write_text(f"[tracking]\nenabled = false\n{text}")
    (tmp_path / "candidate").mkdir()
    (tmp_path / "candidate" / "model.txt").write_text("trees")
    settings = load_settings(tmp_path, {})
    ledger, store = Ledger(settings.ledger_url, actor="ann"), Store(settings.store_folder, "shop")
    for number in (1, 2, 3):
        store.write("rows", pl.DataFrame({"n": [number]}))
    for run in ("run-1", "run-2"):
        ledger.start_run(run, "shop", "run", {}, 0)
        ledger.end_run(run, "succeeded")
        store.save_folder(tmp_path / "candidate", f"artifacts/candidate/{run}/all")
    ledger.add_model("shop", "other", "d1", "models/v{version}", {"lineage": {"rows": 0}})
    kinds = {removal.kind for removal in clean(settings, timedelta(0)).removals}
    left = [key for key in s3.keys("prod/shop/tables/rows") if key.endswith(".parquet")]

    assert kinds == {"artifact", "table files"}
    assert [store.scan("rows", version).collect()["n"].item() for version in (0, 2)] == [1, 3]
    assert len(left) == 2
    assert store.artifacts("candidate") == ["artifacts/candidate/run-2/all"]
    assert not store.folder("artifacts/candidate/run-1/all").exists()


def test_the_command_removes_only_when_told_to(copy: Settings) -> None:
    """Without --yes it tells what it would do; with it, it does that."""
    command = [sys.executable, "-c", "from aifactory_nb.cli import main; main()", "gc"]
    before = files(copy)
    shown = subprocess.run(
        [*command, "--older-than", "0d"], capture_output=True, text=True, check=True
    )
    looked = files(copy)
    done = subprocess.run(
        [*command, "--older-than", "0d", "--yes"], capture_output=True, text=True, check=True
    )

    assert "Nothing was removed; do it with: --yes" in shown.stdout
    assert looked == before
    assert "freed." in done.stdout
    assert sum(files(copy).values()) < sum(before.values())


def test_what_branches_have_left_behind_is_removed(
    settings: Settings,
    shop: Pipeline,  # noqa: F811
) -> None:
    """Variants of rows that have changed since; the champions of segments and the latest variants stay."""
    matrix = ("fit.rounds=2,4",)
    first = spread(shop, Quick(), "region", matrix).run
    spread(shop, Quick())
    path = shop.folder / "data" / "orders.parquet"
    pl.read_parquet(path).with_columns(price=pl.col("price") + 1).write_parquet(path)
    time.sleep(1)  # names of runs tell the second: of one second, chance says which is the newest
    second = spread(shop, Quick(), "region", matrix).run
    ledger, store = Ledger(settings.ledger_url), Store(settings.store_folder, "shop")
    carry_out_cleaning(settings, ledger, plan_cleaning(settings, ledger, timedelta(0)))

    left = {path.parent.name for path in store.home.glob("branches/*,*/artifacts/candidate/*/*")}
    assert left == {second}
    assert not (settings.runs_folder / "shop" / first).exists()
    for region in ("north", "south"):
        own = Store(settings.store_folder, f"shop/region={region}")
        assert (own.model_folder(1) / "model.txt").is_file()
    assert spread(shop, Quick(), "region", matrix).nothing_done


def test_what_the_service_has_written_down_stays(copy: Settings) -> None:
    """Journals that wait for a service, and the tokens of callers, are no leftovers, however old they are."""
    journal = copy.store_folder / "shop/journals/served/0123456789ab"
    journal.mkdir(parents=True)
    waiting = [journal / "lock", journal / "000000000001.jsonl", copy.store_folder / "tokens.json"]
    for path in waiting:
        path.write_text("{}\n")
        os.utime(path, (0, 0))
    os.utime(journal, (0, 0))

    clean(copy, timedelta(0))

    assert all(path.is_file() for path in waiting)


def test_old_files_of_a_service_go_but_for_what_is_pinned(tmp_path: Path, monkeypatch) -> None:
    """What was put together stays readable, as does a version that something leads to; files that are an hour old, while a service writes."""
    monkeypatch.setattr("aifactory_nb.journal.MOST_SMALL", 2)
    store = Store(tmp_path, "shop")
    place, home = store.table("served"), store.folder("journals", "served")
    journal = Journal(home, place, {"number": pl.Int64})
    for number in range(6):
        journal.append(b'{"number":%d}\n' % number)
        journal.flush()
    assert compact(place, home / ".compact") == 6
    pinned = References(versions={"served": {3}})

    assert [*_table_files(store, timedelta(0), pinned)] == []  # it may be at work on them
    journal.close()
    (removal,) = _table_files(store, timedelta(0), pinned)
    store.objects.delete(list(removal.keys))

    assert len(removal.keys) == 2
    assert sorted(store.scan("served").collect()["number"]) == list(range(6))
    assert sorted(store.scan("served", 3).collect()["number"]) == list(range(4))


def test_the_log_of_a_service_gets_shorter_but_for_what_is_pinned(tmp_path: Path) -> None:
    """Pinned and young versions can be read as before, and the next commit goes on; the others are told as removed."""
    store = Store(tmp_path, "shop")
    place = store.table("served")
    for number in range(31):
        append_once(place, "journal", {number + 1: pl.DataFrame({"number": [number]})})
        if number in (10, 20):
            place.open().create_checkpoint()
    for entry in (tmp_path / "shop/tables/served/_delta_log").glob("*0[01]?.*"):
        os.utime(entry, (10**9, 10**9))

    assert _log_entries(place, timedelta(days=10_000), []) == {}  # nothing is as old as that
    removed = _log_entries(place, timedelta(hours=1), [13])
    store.objects.delete(list(removed))

    assert len(removed) == 16  # 0 to 9, without the checkpoint of 10, and 14 to 19
    for version in (13, 20, 25, 30):
        found = store.scan("served", version).collect()["number"]
        assert sorted(found) == list(range(version + 1))
    with pytest.raises(TableNotFoundError, match="at version 5 cannot be opened: .* 10 to 30"):
        store.scan("served", 5)
    assert not append_once(place, "journal", {31: pl.DataFrame({"number": [0]})})
    assert append_once(place, "journal", {32: pl.DataFrame({"number": [31]})})
    assert sorted(store.scan("served").collect()["number"]) == list(range(32))
    assert (
        len(place.open().vacuum(0, enforce_retention_duration=False, full=True, keep_versions=[13]))
        == 0
    )
