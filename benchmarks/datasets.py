"""Build a product from each of six public data sets, and measure our defaults beside LightGBM's on the same rows.

    python benchmarks/datasets.py DATA [--only german_credit] [--keep DIR]

DATA holds a folder for each set, as their publishers name the files: adult/adult_train.csv and adult_test.csv,
bank_marketing/bank-full.csv, bike_sharing/hour.csv, german_credit/german.csv, telco_churn/Telco-Customer-Churn.csv and
ai4i2020/ai4i2020.csv. Each becomes a pipeline by `aifactory init --from` and runs from end to end; then the features that the
line has built are split by the protocol of the reference, and three columns are printed: the published or earlier
measured reference, LightGBM's own defaults in this run, and ours in this run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, mean_absolute_error, r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

from aifactory_nb.adopt import propose_pipeline
from aifactory_nb.features import FeatureRecipe
from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.proposal import Wishes
from aifactory_nb.settings import load_settings
from aifactory_nb.source import main_source
from aifactory_nb.store import Store

AIFACTORY = Path(sys.executable).with_name("aifactory")
Folds = Iterator[tuple[np.ndarray, np.ndarray]]
MEASURES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "AUC": roc_auc_score,
    "average precision": average_precision_score,
    "R2": r2_score,
    "MAE": mean_absolute_error,
}
LEAST_TRAINING_ROWS_OF_ADULT = 32_561


def tenfold(rows: pl.DataFrame) -> Folds:
    """Ten stratified parts, each held out once."""
    yield from StratifiedKFold(10, shuffle=True, random_state=0).split(rows, rows["label"])


def five_times_80_20(rows: pl.DataFrame) -> Folds:
    """Five random splits, 20 % held out."""
    split = StratifiedShuffleSplit(5, test_size=0.2, random_state=0)
    yield from split.split(rows, rows["label"])


def halves_at_random(rows: pl.DataFrame) -> Folds:
    """Half of the rows learn, at random."""
    split = StratifiedShuffleSplit(2, test_size=0.5, random_state=0)
    yield from split.split(rows, rows["label"])


def first_half(rows: pl.DataFrame) -> Folds:
    """The first half of the file learns, the second is held out."""
    half = rows.height // 2
    yield np.arange(half), np.arange(half, rows.height)


def official(rows: pl.DataFrame) -> Folds:
    """The publisher's own split of adult."""
    learn = LEAST_TRAINING_ROWS_OF_ADULT
    yield np.arange(learn), np.arange(learn, rows.height)


def by_year(rows: pl.DataFrame) -> Folds:
    """2011 learns, 2012 is held out."""
    first = (rows["dteday"].dt.year() == 2011).to_numpy()  # noqa: PLR2004
    yield np.flatnonzero(first), np.flatnonzero(~first)


@dataclass(frozen=True)
class Protocol:
    """How one figure is measured, and the reference for it."""

    split: Callable[[pl.DataFrame], Folds]
    reference: dict[str, float]
    also: tuple[str, ...] = ()  # columns to learn from that the pipeline leaves out


@dataclass(frozen=True)
class DataSet:
    """A public data set."""

    name: str
    files: tuple[str, ...]
    options: tuple[str, ...]
    protocols: tuple[Protocol, ...]


DATA_SETS = (
    DataSet(
        "adult",
        ("adult/adult_train.csv", "adult/adult_test.csv"),
        ("--target", "income"),
        (Protocol(official, {"AUC": 0.9274}),),
    ),
    DataSet(
        "bank_marketing",
        ("bank_marketing/bank-full.csv",),
        ("--target", "y"),
        (
            Protocol(tenfold, {"AUC": 0.9369}, also=("duration",)),
            Protocol(first_half, {"AUC": 0.49}),
            Protocol(halves_at_random, {"AUC": 0.80}),
        ),
    ),
    DataSet(
        "german_credit",
        ("german_credit/german.csv",),
        ("--target", "class"),
        (Protocol(tenfold, {"AUC": 0.769}),),
    ),
    DataSet(
        "bike_sharing",
        ("bike_sharing/hour.csv",),
        ("--target", "cnt", "--time", "dteday"),
        (Protocol(by_year, {"R2": 0.64, "MAE": 89.5}),),
    ),
    DataSet(
        "telco_churn",
        ("telco_churn/Telco-Customer-Churn.csv",),
        ("--target", "Churn"),
        (Protocol(five_times_80_20, {"AUC": 0.833}),),
    ),
    DataSet(
        "ai4i2020",
        ("ai4i2020/ai4i2020.csv",),
        ("--target", "Machine failure"),
        (Protocol(five_times_80_20, {"AUC": 0.980, "average precision": 0.822}),),
    ),
)


def aifactory(workspace: Path, *arguments: str) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(
        [AIFACTORY, *arguments], cwd=workspace, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"aifactory {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def one_file(data: Path, files: tuple[str, ...], folder: Path, name: str) -> Path:
    """The files one after the other, as one."""
    if len(files) == 1:
        return data / files[0]
    texts = [(data / file).read_text(encoding="utf-8") for file in files]
    bodies = [text if not i else text.partition("\n")[2] for i, text in enumerate(texts)]
    path = folder / f"{name}.csv"
    path.write_text("".join(bodies), encoding="utf-8")
    return path


def flagged(path: Path, item: DataSet, workspace: Path) -> str:
    """What `aifactory init` flags, by kind."""
    given = dict(zip(item.options[::2], item.options[1::2], strict=True))
    wishes = Wishes(target=given["--target"], time=given.get("--time"))
    kinds: dict[str, list[str]] = {}
    for finding in propose_pipeline(workspace, path, wishes).findings:
        kinds.setdefault(finding.kind, []).append(finding.column)
    return "; ".join(
        f"{kind}: {', '.join(columns)}" if any(columns) else kind for kind, columns in kinds.items()
    )


def build(data: Path, item: DataSet, workspace: Path) -> tuple[Pipeline, str, float]:
    """The pipeline of a data set, run from end to end: what was flagged and the seconds that it took."""
    workspace.mkdir(parents=True, exist_ok=True)
    path = one_file(data, item.files, workspace, item.name)
    found = flagged(path, item, workspace)
    started = time.perf_counter()
    options = ("--from", str(path), *item.options, "--name", item.name, "--yes")
    aifactory(workspace, "init", ".", *options)
    run = json.loads(aifactory(workspace, "run", item.name, "--json"))["run"]
    seconds = time.perf_counter() - started
    stages = json.loads(aifactory(workspace, "show", run, "--json"))
    cautions = [
        gate["name"]
        for stage in stages
        for gate in (stage["result"] or {}).get("gates", [])
        if not gate["passed"]
    ]
    told = f"{found or 'nothing'}. Cautions: {', '.join(dict.fromkeys(cautions)) or 'none'}"
    return load_pipeline(workspace, item.name), told, seconds


def feature_rows(workspace: Path, pipeline: Pipeline) -> pl.DataFrame:
    """The features that the line has built, with their labels, in the order of the source."""
    store = Store(load_settings(workspace).store_folder, pipeline.name)
    key = pipeline.data.key
    labels = store.scan("labels").select(*key, "label")
    rows = store.scan("features").join(labels, on=key)
    source = main_source(pipeline)
    more = [name for name in source.collect_schema() if name not in rows.collect_schema()]
    return rows.join(source.select(*key, *more), on=key).sort(key).collect()


def ours(learn: pl.DataFrame, held: pl.DataFrame, names: list[str], task: str) -> np.ndarray:
    """The predictions of our defaults."""
    model = Model.fit(learn.select(names), learn["label"], ModelSpec(task))
    return model.predict(held.select(names))


def lightgbm_defaults(
    learn: pl.DataFrame, held: pl.DataFrame, names: list[str], task: str
) -> np.ndarray:
    """The predictions of LightGBM's own defaults, on pandas frames with categories."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    both = pl.concat([learn, held]).select(names).to_pandas()
    both.columns = [f"f{place}" for place in range(len(names))]  # it refuses brackets
    for name in both.columns:
        if not np.issubdtype(np.asarray(both[name]).dtype, np.number):
            both[name] = both[name].astype("category")
    options = {"n_jobs": 1, "verbosity": -1, "random_state": 0}
    model = (LGBMRegressor if task == "regression" else LGBMClassifier)(**options)
    model.fit(both.iloc[: learn.height], learn["label"].to_numpy())
    asked = both.iloc[learn.height :]
    return model.predict(asked) if task == "regression" else model.predict_proba(asked)[:, 1]


def measure(pipeline: Pipeline, rows: pl.DataFrame, protocol: Protocol) -> dict[str, list[float]]:
    """By measure: the figures of LightGBM's defaults and of ours, as means over the folds."""
    recipe = FeatureRecipe.from_section(pipeline.features, pipeline.file)
    names = [*recipe.feature_names, *protocol.also]
    found: dict[str, list[list[float]]] = {name: [] for name in protocol.reference}
    for learn, held in protocol.split(rows):
        predictions = [
            fit(rows[learn], rows[held], names, pipeline.target.task)
            for fit in (lightgbm_defaults, ours)
        ]
        truth = rows[held]["label"].to_numpy()
        for name, figures in found.items():
            figures.append([MEASURES[name](truth, values) for values in predictions])
    return {name: np.mean(figures, axis=0).tolist() for name, figures in found.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", choices=[item.name for item in DATA_SETS], action="append")
    parser.add_argument("--keep", type=Path, help="workspace to make and keep")
    asked = parser.parse_args()
    print("| data set | protocol | measure | reference | LightGBM | ours | ratio | s | flagged |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        workspace = asked.keep or Path(temporary)
        for item in DATA_SETS:
            if asked.only and item.name not in asked.only:
                continue
            pipeline, told, seconds = build(asked.data.resolve(), item, workspace.resolve())
            rows = feature_rows(workspace, pipeline)
            for protocol in item.protocols:
                split = protocol.split.__name__.replace("_", " ")
                if protocol.also:
                    split += f", with {', '.join(protocol.also)}"
                for name, (peer, own) in measure(pipeline, rows, protocol).items():
                    cells = [item.name, split, name, f"{protocol.reference[name]:g}"]
                    cells += [f"{peer:.4f}", f"{own:.4f}", f"{own / peer:.4f}", f"{seconds:.0f}"]
                    print("| " + " | ".join([*cells, told]) + " |", flush=True)


if __name__ == "__main__":
    main()
