"""What a read means without a pin, and the hashes by which work is known again."""

import polars as pl
import pytest

from aifactory_nb.ledger import Ledger
from aifactory_nb.pins import latest_pin, pin_fingerprint
from aifactory_nb.segment_tables import SegmentFingerprints, segment_keys
from aifactory_nb.settings import Settings
from aifactory_nb.store import Store

FEATURES = pl.DataFrame({"order": [1, 2, 3, 4], "region": ["n", "s", "n", None]})
LABELS = pl.DataFrame({"order": [1, 2, 3, 4], "label": [0.0, 1.0, 0.0, 1.0]})


@pytest.fixture
def store(settings: Settings) -> Store:
    """A store with features and labels."""
    store = Store(settings.store_folder, "shop")
    store.write("features", FEATURES)
    store.write("labels", LABELS)
    return store


def test_a_segment_has_its_own_latest(settings: Settings, store: Store) -> None:
    """Models, aliases and artifacts are its own; tables are those of the pipeline."""
    ledger = Ledger(settings.ledger_url)
    north = Store(settings.store_folder, "shop/region=n")
    for product in (store, north):
        folder = product.folder(f"{product.branch}artifacts/candidate/run/all")
        folder.mkdir(parents=True)
    for _ in range(2):
        ledger.add_model(north.product, f"run-{_}", f"digest-{_}", "models/v{version}", {})
    ledger.add_model("shop", "run", "other", "models/v{version}", {})
    ledger.set_alias(north.product, "champion", 1, "ada", "better", {})

    assert latest_pin(north, ledger, "version") == 2
    assert latest_pin(store, ledger, "version") == 1
    assert latest_pin(store, ledger, "champion") is None
    assert pin_fingerprint(north, ledger, "champion", 1) == "digest-0"
    assert latest_pin(north, ledger, "candidate") == "branches/region=n/artifacts/candidate/run/all"
    assert latest_pin(store, ledger, "candidate") == "artifacts/candidate/run/all"
    assert latest_pin(north, ledger, "features") == latest_pin(store, ledger, "features") == 0


def test_a_hash_of_a_segment_is_that_of_its_rows(store: Store) -> None:
    """What changes elsewhere changes nothing for it, in tables with its column and in those without."""
    known = SegmentFingerprints(store, ["order"])
    before = known.of("region=n", {"features": 0, "labels": 0, "champion": 3, "decision": None})
    other = LABELS.with_columns(label=pl.when(order=2).then(0.5).otherwise("label"))
    changed = {"features": 0, "labels": store.write("labels", other).version}

    assert set(before) == {"features", "labels"}
    assert known.of("region=n", changed) == before
    assert (
        known.of("region=s", changed)["labels"]
        != known.of("region=s", {**changed, "labels": 0})["labels"]
    )


def test_a_segment_without_rows_has_nothing(store: Store) -> None:
    """Which is the same nothing each time."""
    known = SegmentFingerprints(store, ["order"])

    assert set(known.of("region=west", {"features": 0, "labels": 0}).values()) == {"none"}


def test_keys_are_those_of_the_first_table_that_has_both(store: Store) -> None:
    """A table without the column does not tell which segment a key belongs to."""
    keys = segment_keys(store, {"labels": 0, "features": 0, "version": 1}, "region=n", ["order"])

    assert keys is not None and set(keys.collect_schema()) == {"order", "region"}
    assert segment_keys(store, {"labels": 0}, "region=n", ["order"]) is None
