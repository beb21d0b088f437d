"""Which version served when, and what two versions differ in."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from aifactory_nb.errors import ModelNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.model_history import comparison, different, model_history, served_spans
from aifactory_nb.settings import Settings
from aifactory_nb.stage_result import Output, StageResult


def keys(text: str) -> set[str]:
    """The keys of a row."""
    return set(text.split())


HISTORY = keys(
    "product pipeline segment metric lower_is_better versions events aliases rollout rollouts deployment "
    "previous"
)
VERSION = keys("version run created_at aliases metrics trained rows features served")
EVENT = keys("at alias from_version to_version actor reason run")
COMPARISON = keys("left right same_rows rows_of metrics parameters data features")


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    """The ledger of the shop."""
    return Ledger(settings.ledger_url)


def add_version(
    settings: Settings, ledger: Ledger, product: str = "shop", **told: Any
) -> tuple[int, Path]:
    """Register a version with its card; its number and where the card lies."""
    number = len(ledger.models(product)) + 1
    training = {"start": "2024-01-01", "end": f"2024-0{number + 2}-01", "rows": 100 * number}
    metadata = {"metrics": {"log_loss": 0.5 / number, "rows": 9.0}, "training": training}
    metadata |= {"features": 2, "lineage": {"features": number}, "package": "0.1.0", **told}
    digest = f"{product} {number}"
    ledger.add_model(product, f"r{number}", digest, "models/v{version}", metadata)
    columns = {"price": "Float64", f"age {number}": "Int64"}
    card = {**metadata, "columns": columns, "parameters": {"num_leaves": 7 * number, "seed": 1}}
    _, _, segment = product.partition("/")
    folder = settings.store_folder / "shop" / (f"branches/{segment}" if segment else "")
    path = folder / "models" / f"v{number:04d}" / "model.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(card))
    return number, path


def promote(ledger: Ledger, version: int, **evidence: Any) -> None:
    """Make a version of the shop the champion."""
    ledger.set_alias("shop", "champion", version, "ada", f"Version {version}.", evidence)


def test_a_product_tells_its_versions_and_moves(settings: Settings, ledger: Ledger) -> None:
    """With all keys that pages rely on, newest first."""
    for _ in range(2):
        promote(ledger, add_version(settings, ledger)[0])

    history = model_history(settings, ledger, "shop")
    newest, _ = history["versions"]

    assert set(history) == HISTORY and set(newest) == VERSION
    assert set(history["events"][0]) == EVENT
    assert (newest["version"], newest["aliases"], newest["run"]) == (2, ["champion"], "r2")
    assert (newest["trained"], newest["rows"]) == (["2024-01-01", "2024-04-01"], 200)
    assert [row["run"] for row in history["events"]] == ["r2", "r1"]
    assert (history["metric"], history["lower_is_better"]) == ("log_loss", True)
    assert history["previous"] == 1 and history["rollout"] is None


def test_the_time_in_production_is_told(settings: Settings, ledger: Ledger) -> None:
    """A version that came back has two spans, and one whose alias was taken away has ended."""
    for _ in range(2):
        promote(ledger, add_version(settings, ledger)[0])
    promote(ledger, 1, rolled_back_from=2)

    history = model_history(settings, ledger, "shop")
    at = [row["at"] for row in reversed(history["events"])]
    second, first = history["versions"]

    assert first["served"] == [[at[0], at[1]], [at[2], None]]
    assert second["served"] == [[at[1], at[2]]]
    assert history["previous"] is None
    assert served_spans([{"at": "1", "to_version": 1}, {"at": "2", "to_version": None}]) == {
        1: [["1", "2"]]
    }


def test_a_segment_has_a_history_of_its_own(settings: Settings, ledger: Ledger) -> None:
    """Under the name that people read; it is put to work at once, without a rollout."""
    add_version(settings, ledger, "shop/region=a%2Fb")

    history = model_history(settings, ledger, "shop/region=a%2Fb")

    assert (history["pipeline"], history["segment"]) == ("shop", "region=a/b")
    assert history["deployment"] is None


def test_a_rollout_under_way_is_told(settings: Settings, ledger: Ledger) -> None:
    """Which version takes which share beside the champion."""
    for _ in range(2):
        add_version(settings, ledger)
    promote(ledger, 1)
    ledger.start_rollout("shop", 1, 2, {2: 0.1}, {"policy": "canary"}, "ada", "better", {})

    history = model_history(settings, ledger, "shop")
    rollout = history["rollout"]

    assert (rollout["champion"], rollout["candidate"]) == (1, 2)
    assert rollout["shares"] == [{"version": 1, "share": 0.9}, {"version": 2, "share": 0.1}]
    assert history["rollouts"] == [rollout]
    assert history["deployment"]["policy"] == "direct"


def test_a_pipeline_without_models_has_an_empty_history(settings: Settings, ledger: Ledger) -> None:
    """There is nothing yet; of what there is not, that is said."""
    assert model_history(settings, ledger, "shop")["versions"] == []
    with pytest.raises(ModelNotFoundError, match="'shop/region=x' has no model versions"):
        model_history(settings, ledger, "shop/region=x")
    with pytest.raises(ModelNotFoundError, match="'mill' has no model versions"):
        model_history(settings, ledger, "mill")


def test_models_of_a_pipeline_that_is_gone_are_told(settings: Settings, ledger: Ledger) -> None:
    """The ledger keeps them; which metric counted is not known any more."""
    ledger.add_model("mill", "r1", "d1", "v{version}", {"metrics": {}})

    history = model_history(settings, ledger, "mill")

    assert (history["metric"], len(history["versions"])) == ("", 1)


def test_two_versions_show_what_differs(settings: Settings, ledger: Ledger) -> None:
    """Parameters, data and features that are alike are left out."""
    for _ in range(2):
        add_version(settings, ledger)

    found = comparison(settings, ledger, "shop", 1, 2)

    assert set(found) == COMPARISON
    assert found["parameters"] == [{"name": "num_leaves", "left": 7, "right": 14}]
    assert [row["name"] for row in found["data"]] == ["end", "rows", "table features"]
    assert found["features"] == {"added": ["age 2"], "removed": ["age 1"]}


def test_on_other_rows_none_is_the_better(settings: Settings, ledger: Ledger) -> None:
    """Each was measured on the rows that it held out itself; what is no metric is left out."""
    for _ in range(2):
        add_version(settings, ledger)

    found = comparison(settings, ledger, "shop", 1, 2)

    assert not found["same_rows"]
    assert found["metrics"] == [{"name": "log_loss", "left": 0.5, "right": 0.25, "better": ""}]


@pytest.mark.parametrize(("left", "right", "better"), [(1, 2, "right"), (2, 1, "left")])
def test_where_two_have_met_on_the_same_rows_that_counts(
    settings: Settings, ledger: Ledger, left: int, right: int, better: str
) -> None:
    """Whichever of them was the champion then."""
    for _ in range(2):
        add_version(settings, ledger)
    met = {"metrics": {"model": {"log_loss": 0.4}, "champion": {"log_loss": 0.45}}}
    promote(ledger, 2, compared_with=1, contest=met)

    found = comparison(settings, ledger, "shop", left, right)

    assert found["same_rows"] and found["metrics"][0]["better"] == better
    assert found["rows_of"] == 2
    assert {found["metrics"][0]["left"], found["metrics"][0]["right"]} == {0.4, 0.45}


def test_libraries_and_parameters_of_the_stage_are_compared(
    settings: Settings, ledger: Ledger
) -> None:
    """By the run that trained each, told apart by what it made."""
    for number in (1, 2):
        add_version(settings, ledger)
        ledger.start_run(f"r{number}", "shop", "run", {}, 1)
        ledger.plan_stage(f"r{number}", 0, "train", "2024-01")
        made = [Output("candidate", "folder", "x", f"shop {number}")]
        parts = {
            "library lightgbm": f"4.{number}",
            "parameter holdout": f'"{number}d"',
            "code": "c",
        }
        result = StageResult("train", "shop", f"r{number}", "2024-01", made, parts=parts)
        ledger.end_stage(f"r{number}", 0, "succeeded", asdict(result))
        ledger.end_run(f"r{number}", "succeeded")

    found = comparison(settings, ledger, "shop", 1, 2)

    assert {"name": "train.holdout", "left": '"1d"', "right": '"2d"'} in found["parameters"]
    assert {"name": "lightgbm", "left": "4.1", "right": "4.2"} in found["data"]


def test_a_card_that_is_gone_leaves_what_the_ledger_knows(
    settings: Settings, ledger: Ledger
) -> None:
    """The training rows stand in both; which features there were is not known any more."""
    for _ in range(2):
        _, path = add_version(settings, ledger)
    path.unlink()

    found = comparison(settings, ledger, "shop", 1, 2)

    assert {"name": "rows", "left": 100, "right": 200} in found["data"]
    assert found["features"] == {"added": [], "removed": []}
    with pytest.raises(ModelNotFoundError, match="has no model version 3"):
        comparison(settings, ledger, "shop", 1, 3)


def test_only_what_differs_is_listed() -> None:
    """Also what one side alone has."""
    assert different({"a": 1, "b": 2}, {"a": 1, "c": 3}) == [
        {"name": "b", "left": 2, "right": None},
        {"name": "c", "left": None, "right": 3},
    ]
