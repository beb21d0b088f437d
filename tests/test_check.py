"""Checking a pipeline without running it."""

import pytest

from aifactory_nb.check import check_pipeline
from aifactory_nb.settings import Settings


def failed(settings: Settings) -> dict[str, str]:
    """The checks of `shop` that fail, with what they say."""
    return {
        row["check"]: row["found"] for row in check_pipeline(settings, "shop") if not row["passed"]
    }


def test_a_good_pipeline_passes(settings: Settings) -> None:
    """Every check says what it found."""
    rows = check_pipeline(settings, "shop")

    assert [row["check"] for row in rows if not row["passed"]] == []
    assert (
        next(row["found"] for row in rows if row["check"] == "features")
        == "4 features from 2 steps"
    )
    assert not (settings.workspace / "runs").exists()


@pytest.mark.parametrize(
    ("old", "new", "check", "message"),
    [
        ("[data]", "[date]", "pipeline", "unknown key. Did you mean 'data'"),
        ('"price"', '"prise"', "features", "there is no column 'prise'. Did you mean 'price'"),
        ('"price"', '"days_to_return"', "features", "is a leak"),
        ('table = "customers"', 'table = "customer"', "features", "Did you mean 'customers'"),
        ("orders.parquet", "order.parquet", "source", "No file"),
        ("<= 30", "<= 300", "target", "labels must be 0 and 1; found 1 different values"),
        (
            'key = ["order"]',
            'key = ["ordre"]',
            "source",
            "lacks the columns ordre. Did you mean 'order'",
        ),
        (
            "[features]",
            "[stages.train]\nround = 5\n[features]",
            "stages",
            "no parameter 'round'. Did you mean 'rounds'",
        ),
        (
            "[features]",
            "[stages.trian]\nrounds = 5\n[features]",
            "stages",
            "no such stage. Did you mean 'train'",
        ),
        ("[features]", '[gates]\ndata = "gates/none.json"\n[features]', "gates", "No gate suite"),
        ("[features]", "[retrain]\ncooldown = 5\n[features]", "policies", "unknown key"),
    ],
)
def test_a_slip_fails_its_check(
    settings: Settings, old: str, new: str, check: str, message: str
) -> None:
    """Each kind of slip is found by the check that is about it, with a message that helps."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    assert message in failed(settings)[check]
