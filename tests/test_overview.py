"""The overview of a fan-out: the worst first, and the best of a matrix with its command."""

import pytest
from quick import Quick, regions, shop, spread  # noqa: F401

from aifactory_nb.ledger import Ledger
from aifactory_nb.overview import Overview, find_overview, is_fan_out, worst_status
from aifactory_nb.pipeline import Pipeline
from aifactory_nb.settings import Settings

# ruff: noqa: F811 (fixtures are imported)


def overview_of(settings: Settings, pipeline: Pipeline, run: str) -> Overview:
    """What the ledger tells of a run."""
    return find_overview(pipeline, Ledger(settings.ledger_url), run)


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        (["succeeded", "failed", "pending"], "failed"),
        (["cached", "stopped"], "stopped"),
        (["succeeded", "pending"], "pending"),
        (["cached", "succeeded"], "succeeded"),
        (["cached", "cached"], "cached"),
        ([], "pending"),
    ],
)
def test_a_branch_is_as_bad_as_its_worst_stage(statuses: list[str], worst: str) -> None:
    """One that had nothing to do is told from one that worked."""
    assert worst_status(statuses) == worst


def test_what_needs_somebody_comes_first(
    settings: Settings, shop: Pipeline, workspace: object
) -> None:
    """What failed, what a gate stopped, then the worst metric; the shop's is one where less is better."""
    regions(settings.workspace, *"aaaabbcde")  # a has most rows, which is worst
    quick = Quick()
    quick.broken, quick.stopped = {"region=e"}, {"region=d"}
    outcome = spread(shop, quick)
    overview = overview_of(settings, shop, outcome.run)
    told = [(branch.shown.removeprefix("region="), branch.status) for branch in overview.branches]

    assert told[:2] == [("e", "failed"), ("d", "stopped")]
    assert [name for name, _ in told[2:]] == ["a", "b", "c"]
    assert overview.counts == {"failed": 1, "stopped": 1, "succeeded": 3}
    assert "failed in cell 1: no rows of region=e" in overview.branches[0].note
    assert overview.branches[2].note == "version 1 is champion"


def test_the_best_variant_comes_with_its_command(settings: Settings, shop: Pipeline) -> None:
    """By the metric of the pipeline, with all that has to be set."""
    outcome = spread(shop, Quick(), "", ("fit.rounds=2,8,4",))
    overview = overview_of(settings, shop, outcome.run)

    assert [overview.command(best) for best in overview.best] == [
        "aifactory run shop --set fit.rounds=8"
    ]
    assert overview.told()["best"][0]["branch"] == "fit.rounds=8"


def test_each_segment_has_its_best_variant(settings: Settings, shop: Pipeline) -> None:
    """With the command for that segment."""
    outcome = spread(shop, Quick(), "region", ("fit.rounds=2,8",))
    overview = overview_of(settings, shop, outcome.run)

    assert sorted(overview.command(best) for best in overview.best) == [
        f"aifactory run shop --set fit.rounds=8 --segment region={name}"
        for name in ("north", "south")
    ]


def test_segments_alone_have_no_best(settings: Settings, shop: Pipeline) -> None:
    """Each is a product of its own."""
    outcome = spread(shop, Quick())
    overview = overview_of(settings, shop, outcome.run)

    assert overview.best == []
    assert is_fan_out(overview.run)
