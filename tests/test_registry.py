import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError, LedgerError, ModelNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.registry import (
    alias_history,
    deploy,
    find_product,
    model_list,
    promote,
    register,
    rollback,
    verify_loadable,
)
from aifactory_nb.store import Store, folder_digest

PIPELINE = "flights"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders of four small candidates."""
    features = pl.DataFrame({"hour": np.arange(200) % 24})
    label = (features["hour"] > 15).cast(pl.Float64)
    folders = []
    for rounds in (2, 3, 4, 5):
        folder = tmp_path_factory.mktemp("candidate")
        Model.fit(features, label, ModelSpec("binary", rounds=rounds)).save(folder, features)
        folders.append(folder)
    return folders


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", PIPELINE)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path}/store/ledger.db", actor="line")
    yield ledger
    ledger.close()


@pytest.fixture
def versions(store: Store, ledger: Ledger, trained: list[Path]) -> list[int]:
    """The four candidates, registered."""
    return [
        register(store, ledger, PIPELINE, f"run-{number}", folder, {})
        for number, folder in enumerate(trained)
    ]


@pytest.fixture
def champions(store: Store, ledger: Ledger, versions: list[int]) -> Ledger:
    """A ledger in which versions 1, 2 and 3 were champions, one after the other."""
    for version in versions[:3]:
        promote(store, ledger, PIPELINE, version, "ada", f"reason {version}")
    return ledger


def verdict(promote: bool, reason: str, compared_with: int | None) -> dict:
    return {"promote": promote, "reason": reason, "compared_with": compared_with}


def test_register_copies_the_candidate(store: Store, ledger: Ledger, trained: list[Path]) -> None:
    """A registered version has the candidate's files, and the ledger their digest."""
    evaluation = verdict(True, "better", None)
    version = register(store, ledger, PIPELINE, "run", trained[0], {**evaluation, "segments": []})

    folder = store.model_folder(version)
    row = ledger.model(PIPELINE, version)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        path.name for path in trained[0].iterdir()
    )
    assert row["digest"] == folder_digest(folder)
    assert store.folder(row["path"]) == folder
    assert row["metadata"]["evaluation"] == evaluation


def test_register_again_gives_the_same_version(
    store: Store, ledger: Ledger, trained: list[Path]
) -> None:
    """A register stage that runs again after a crash makes no second version."""
    first = register(store, ledger, PIPELINE, "run", trained[0], {})

    assert register(store, ledger, PIPELINE, "run", trained[0], {}) == first
    assert len(ledger.models(PIPELINE)) == 1


def test_register_mends_a_half_copied_folder(
    store: Store, ledger: Ledger, trained: list[Path]
) -> None:
    """A crash between the ledger and the copy is mended by registering again."""
    version = register(store, ledger, PIPELINE, "run", trained[0], {})
    (store.model_folder(version) / "golden.parquet").unlink()

    register(store, ledger, PIPELINE, "run", trained[0], {})

    verify_loadable(store, ledger, PIPELINE, version)


def test_register_refuses_what_is_no_model(store: Store, ledger: Ledger, tmp_path: Path) -> None:
    """A folder without a model gets no version number."""
    with pytest.raises(ModelNotFoundError, match="no model folder"):
        register(store, ledger, PIPELINE, "run", tmp_path, {})
    assert ledger.models(PIPELINE) == []


def with_card(folder: Path, source: Path, **told: object) -> Path:
    """A copy of a candidate whose card tells something more."""
    shutil.copytree(source, folder)
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**card, **told}))
    return folder


def test_candidate_registered_by_another_run_keeps_its_version(
    store: Store, ledger: Ledger, trained: list[Path], tmp_path: Path
) -> None:
    """A candidate belongs to the run that trained it: registering it by hand makes no second version."""
    folder = with_card(tmp_path / "candidate", trained[0], run="trained-by")
    first = register(store, ledger, PIPELINE, "run-1", folder, {})

    assert register(store, ledger, PIPELINE, "run-2", folder, {}) == first
    assert ledger.model(PIPELINE, first)["run_id"] == "trained-by"


def test_evaluation_of_another_candidate_is_refused(
    store: Store, ledger: Ledger, trained: list[Path], tmp_path: Path
) -> None:
    """An evaluation with other held-out metrics than the candidate's is neither registered nor deployed."""
    folder = with_card(tmp_path / "candidate", trained[0], holdout={"model": {"auc": 0.7}})
    own, other = ({"metrics": {"model": {"auc": auc}}} for auc in (0.7, 0.8))

    with pytest.raises(DataError, match="evaluation is of another model: its auc is 0.8"):
        register(store, ledger, PIPELINE, "run", folder, other)
    version = register(store, ledger, PIPELINE, "run", folder, own)
    with pytest.raises(DataError, match="evaluation is of another model"):
        deploy(store, ledger, PIPELINE, version, {**other, **verdict(True, "better", None)})
    assert ledger.alias(PIPELINE, "champion") is None


def test_promote_moves_the_pointer(store: Store, ledger: Ledger, versions: list[int]) -> None:
    """Promotion moves the alias and records actor, reason and evidence."""
    moved = promote(store, ledger, PIPELINE, 2, "ada", "better", {"auc": 0.8})

    assert ledger.alias(PIPELINE, "champion") == 2
    assert moved is not None and moved["evidence"]["auc"] == 0.8
    assert moved["evidence"]["digest"] == ledger.model(PIPELINE, 2)["digest"]


def test_promote_unknown_version_is_refused(
    store: Store, ledger: Ledger, versions: list[int]
) -> None:
    """A version that does not exist cannot be promoted."""
    with pytest.raises(ModelNotFoundError, match="no model version 9"):
        promote(store, ledger, PIPELINE, 9, "ada", "a slip")


def change(folder: Path) -> None:
    card = folder / "model.json"
    card.write_text(card.read_text().replace('"threshold": 0.5', '"threshold": 0.1'))


def remove_golden(folder: Path) -> None:
    (folder / "golden.parquet").unlink()


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (shutil.rmtree, ModelNotFoundError, "is in the ledger, but its folder"),
        (change, DataError, "not what was registered"),
        (remove_golden, DataError, "not what was registered"),
    ],
)
def test_damaged_version_is_not_promoted(
    champions: Ledger,
    store: Store,
    damage: Callable[[Path], None],
    error: type[Exception],
    message: str,
) -> None:
    """The pointer does not move to a version whose files are gone or changed."""
    damage(store.model_folder(4))

    with pytest.raises(error, match=message):
        promote(store, champions, PIPELINE, 4, "ada", "looks good")
    assert champions.alias(PIPELINE, "champion") == 3


def test_model_that_predicts_otherwise_is_not_promoted(
    champions: Ledger, store: Store, trained: list[Path], tmp_path: Path
) -> None:
    """The pointer does not move to a version that no longer predicts its golden rows."""
    folder = tmp_path / "candidate"
    shutil.copytree(trained[0], folder)
    golden = pl.read_parquet(folder / "golden.parquet")
    golden.with_columns(pl.col("prediction") + 0.1).write_parquet(folder / "golden.parquet")
    version = register(store, champions, PIPELINE, "run", folder, {})

    with pytest.raises(DataError, match="no longer predicts its golden rows"):
        promote(store, champions, PIPELINE, version, "ada", "looks good")
    assert champions.alias(PIPELINE, "champion") == 3


def test_version_without_golden_rows_is_not_promoted(
    champions: Ledger, store: Store, trained: list[Path], tmp_path: Path
) -> None:
    """A version that was registered without golden rows gives an error, not a traceback of polars."""
    folder = tmp_path / "candidate"
    shutil.copytree(trained[0], folder)
    (folder / "golden.parquet").unlink()
    version = register(store, champions, PIPELINE, "run", folder, {})

    with pytest.raises(DataError, match="cannot be loaded from"):
        promote(store, champions, PIPELINE, version, "ada", "looks good")


def test_rollback_goes_to_the_champion_before(champions: Ledger, store: Store) -> None:
    """A rollback goes back one champion and says so in the history."""
    assert rollback(store, champions, PIPELINE, "bob", "complaints") == (3, 2)
    assert champions.alias(PIPELINE, "champion") == 2
    last = champions.alias_events(PIPELINE)[-1]
    assert (last["actor"], last["reason"]) == ("bob", "complaints")
    assert last["evidence"]["rolled_back_from"] == 3


def test_second_rollback_goes_further_back(champions: Ledger, store: Store) -> None:
    """Rolling back twice does not bring back the model that was taken away."""
    rollback(store, champions, PIPELINE, "bob", "complaints")

    assert rollback(store, champions, PIPELINE, "bob", "still complaints") == (2, 1)


def test_rollback_without_a_previous_champion_is_refused(
    store: Store, ledger: Ledger, versions: list[int]
) -> None:
    """A rollback from the first champion says that there is nothing before it."""
    promote(store, ledger, PIPELINE, 1, "ada", "the first")

    with pytest.raises(ModelNotFoundError, match="has had one champion so far"):
        rollback(store, ledger, PIPELINE, "bob", "complaints")
    assert ledger.alias(PIPELINE, "champion") == 1


def test_rollback_of_the_first_of_several_champions_is_refused(
    champions: Ledger, store: Store
) -> None:
    """The message says that the others were rolled back, and how to take one of them."""
    for _ in range(2):
        rollback(store, champions, PIPELINE, "bob", "complaints")

    with pytest.raises(
        ModelNotFoundError, match="version 1 was the first champion.*any of 1, 2, 3"
    ):
        rollback(store, champions, PIPELINE, "bob", "still complaints")


def test_rollback_of_a_pipeline_without_champion_is_refused(store: Store, ledger: Ledger) -> None:
    """A rollback of a pipeline that never had a champion says so."""
    with pytest.raises(ModelNotFoundError, match="has had no champion so far"):
        rollback(store, ledger, PIPELINE, "bob", "complaints")


def test_rollback_does_not_wait_for_lightgbm(
    champions: Ledger, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes seconds to import; the version was loaded when it became the champion, and its bytes are the same."""
    monkeypatch.setitem(sys.modules, "lightgbm", None)

    rollback(store, champions, PIPELINE, "bob", "complaints")

    event = champions.alias_events(PIPELINE, "champion")[-1]
    assert event["evidence"] == {
        "rolled_back_from": 3,
        "digest": champions.model(PIPELINE, 2)["digest"],
    }


def test_rollback_to_a_damaged_version_leaves_the_pointer(champions: Ledger, store: Store) -> None:
    """A rollback to a version that does not load is refused, and the champion stays."""
    change(store.model_folder(2))

    with pytest.raises(DataError, match="not what was registered"):
        rollback(store, champions, PIPELINE, "bob", "complaints")
    assert champions.alias(PIPELINE, "champion") == 3


def test_deploy_promotes_what_the_gate_let_through(
    store: Store, ledger: Ledger, versions: list[int]
) -> None:
    """A version whose gate passed becomes the champion, with the gate's reason."""
    done = deploy(store, ledger, PIPELINE, 1, verdict(True, "within limits", None))

    assert (done.promoted, done.champion) == (True, 1)
    assert ledger.alias_events(PIPELINE)[-1]["reason"] == "within limits"


def test_deploy_keeps_the_champion(champions: Ledger, store: Store) -> None:
    """A version whose gate did not pass leaves the champion where it is, and says why."""
    done = deploy(store, champions, PIPELINE, 4, verdict(False, "no better", 3))

    assert (done.promoted, done.champion, done.reason) == (False, 3, "no better")
    assert champions.alias(PIPELINE, "champion") == 3


def test_deploy_again_changes_nothing(champions: Ledger, store: Store) -> None:
    """A deploy stage that is run again after a crash moves the alias once."""
    for _ in range(2):
        done = deploy(store, champions, PIPELINE, 4, verdict(True, "better", 3))

        assert (done.promoted, done.champion) == (True, 4)
    assert len(champions.alias_events(PIPELINE)) == 4


def test_version_that_is_not_promoted_is_the_challenger(champions: Ledger, store: Store) -> None:
    """A version that did not beat the champion becomes the challenger, once."""
    for _ in range(2):
        deploy(store, champions, PIPELINE, 4, verdict(False, "no better", 3))

    assert champions.aliases(PIPELINE) == {"champion": 3, "challenger": 4}
    assert len(champions.alias_events(PIPELINE, "challenger")) == 1


def test_promoted_challenger_is_no_challenger_any_more(champions: Ledger, store: Store) -> None:
    """A challenger that is deployed after all leaves its place."""
    deploy(store, champions, PIPELINE, 4, verdict(False, "no better", 3))

    deploy(store, champions, PIPELINE, 4, verdict(True, "better on more rows", 3))

    assert champions.aliases(PIPELINE) == {"champion": 4}


def test_deploy_does_not_trust_a_verdict_about_another_champion(
    champions: Ledger, store: Store
) -> None:
    """A version that was compared with an earlier champion is not promoted over the present one."""
    done = deploy(store, champions, PIPELINE, 4, verdict(True, "better", 2))

    assert (done.promoted, done.champion) == (False, 3)
    assert "compared with version 2, but the champion is version 3" in done.reason


def test_deploy_does_not_bring_back_what_was_rolled_back(champions: Ledger, store: Store) -> None:
    """A line that runs again does not promote a version that a person has rolled back."""
    rollback(store, champions, PIPELINE, "bob", "complaints")

    done = deploy(store, champions, PIPELINE, 3, verdict(True, "better", 2))

    assert (done.promoted, done.champion) == (False, 2)
    assert "bob rolled it back: complaints" in done.reason


def test_person_may_bring_back_what_was_rolled_back(champions: Ledger, store: Store) -> None:
    """A person can promote a version that was rolled back, and the line may then deploy it as well."""
    rollback(store, champions, PIPELINE, "bob", "complaints")
    promote(store, champions, PIPELINE, 3, "ada", "it was the data")

    assert deploy(store, champions, PIPELINE, 3, verdict(True, "better", 2)).champion == 3


def test_promotion_that_lost_a_race_is_refused(champions: Ledger, store: Store) -> None:
    """A promotion that expected another champion does not move the pointer."""
    with pytest.raises(LedgerError, match="points to version 3, not to 1"):
        promote(store, champions, PIPELINE, 4, "ada", "better", expected=1)


def test_history_is_newest_first(champions: Ledger, store: Store) -> None:
    """The table of the alias history shows the latest move first."""
    history = alias_history(champions, PIPELINE)

    assert history["to"].to_list() == [3, 2, 1]
    assert history["reason"][0] == "reason 3"


def test_history_of_nothing_is_an_empty_table(ledger: Ledger) -> None:
    """A pipeline without aliases has an empty history with all columns."""
    assert alias_history(ledger, "none").columns[0] == "at"


def test_list_of_models_names_aliases(champions: Ledger) -> None:
    """The list of versions shows which alias points where."""
    champions.set_alias(PIPELINE, "shadow", 3, "ada", "watch it", {})

    assert {row["version"]: row["aliases"] for row in model_list(champions, PIPELINE)} == {
        4: [],
        3: ["champion", "shadow"],
        2: [],
        1: [],
    }


def test_a_model_that_a_lost_ledger_knew_is_not_overwritten(
    store: Store, ledger: Ledger, trained: list[Path], tmp_path: Path
) -> None:
    """A new ledger gives the number of a model that is there: the model stays, and no number is given."""
    register(store, ledger, PIPELINE, "run", trained[0], {})
    before = folder_digest(store.model_folder(1))
    other = Ledger(f"sqlite:///{tmp_path}/other.db", actor="line")

    for _ in range(2):
        with pytest.raises(LedgerError, match="version 1 of 'flights' with another digest"):
            register(store, other, PIPELINE, "run-2", trained[1], {})
    assert folder_digest(store.model_folder(1)) == before
    assert other.models(PIPELINE) == []


def test_promote_again_verifies_that_the_version_loads(store: Store, champions: Ledger) -> None:
    """An alias that points there already is no reason to say that all is well."""
    remove_golden(store.model_folder(3))

    with pytest.raises(DataError, match="is not what was registered"):
        promote(store, champions, PIPELINE, 3, "ada", "again")


def test_a_segment_has_versions_of_its_own(
    store: Store, ledger: Ledger, trained: list[Path], versions: list[int]
) -> None:
    """They begin with one, lie in a folder of their own, and are promoted without the others."""
    product = f"{PIPELINE}/carrier=UA"
    own = Store(store.root, product)
    version = register(own, ledger, product, "run-ua", trained[0], {})
    promote(own, ledger, product, version, "ada", "first")

    assert version == 1
    assert own.model_pin(1) == "branches/carrier=UA/models/v0001"
    assert ledger.model(product, 1)["path"] == own.model_pin(1)
    assert ledger.aliases(product) == {"champion": 1}
    assert ledger.aliases(PIPELINE) == {}
    assert ledger.products(PIPELINE) == [PIPELINE, product]


def test_a_segment_without_models_is_told(store: Store, ledger: Ledger, trained: list) -> None:
    """With the closest that has some."""
    product = f"{PIPELINE}/city=a%2Fb"
    register(Store(store.root, product), ledger, product, "run", trained[0], {})

    assert find_product(ledger, PIPELINE, "city=a/b") == product
    assert find_product(ledger, PIPELINE, "") == PIPELINE
    with pytest.raises(ModelNotFoundError, match="Did you mean 'city=a/b'"):
        find_product(ledger, PIPELINE, "city=a/c")
