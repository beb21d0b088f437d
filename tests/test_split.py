"""Which rows are learned from, and which are held out."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from aifactory_nb.errors import DataError, ParameterError
from aifactory_nb.pipeline import Data
from aifactory_nb.split import labelled_rows, split_rows, split_table

DATA = Data(key=["flight"], time="at", segment="origin")
FEATURES = ["hour", "origin"]
END = datetime(2013, 3, 1)
GROUPED = Data(key=["flight"], time="at", group="plane")


def make_rows(rows: int = 600, delay: timedelta = timedelta(hours=3)) -> pl.DataFrame:
    """Labelled rows of two months, late in the afternoon."""
    generator = np.random.default_rng(0)
    step = (END - datetime(2013, 1, 1)) / rows
    frame = pl.DataFrame(
        {
            "flight": range(rows),
            "at": [datetime(2013, 1, 1) + step * row for row in range(rows)],
            "origin": generator.choice(["EWR", "JFK"], rows),
            "hour": generator.integers(5, 23, rows),
        }
    )
    noise = pl.Series(generator.random(rows) < 0.1)
    return frame.with_columns(
        label=((pl.col("hour") > 15) ^ noise).cast(pl.Float64), known_at=pl.col("at") + delay
    )


def test_label_that_was_not_known_is_not_learned():
    """A row is learned from only when its label was known before the end of the window."""
    rows = make_rows(delay=timedelta(days=5))
    features = rows.select("flight", "at", *FEATURES).lazy()
    labels = rows.select("flight", "label", "known_at").lazy()

    found = labelled_rows(features, labels, DATA, datetime(2013, 2, 1))

    assert found["known_at"].max() < datetime(2013, 2, 1)
    assert found["at"].max() < datetime(2013, 1, 27)


def test_order_of_rows_does_not_matter():
    """Rows come in the order of time and key, however the tables are sorted."""
    rows = make_rows()
    features = rows.select("flight", "at", *FEATURES)
    labels = rows.select("flight", "label", "known_at").lazy()

    found = labelled_rows(features.lazy(), labels, DATA, END)

    assert found.equals(labelled_rows(features.reverse().lazy(), labels, DATA, END))


def test_time_split_holds_out_the_last_days():
    """The holdout is the last 14 whole days, and nothing in training is later than it begins."""
    split = split_rows(make_rows(), DATA)

    assert (split.kind, split.start) == ("time", datetime(2013, 2, 15))
    assert split.held_out["at"].min() >= split.start
    assert split.training["known_at"].max() < split.start


def test_label_that_came_after_the_holdout_began_is_in_neither_part():
    """The evaluation model learns only what was known when its holdout began."""
    rows = make_rows(delay=timedelta(days=5))

    split = split_rows(rows, DATA)

    assert split.training["at"].max() < split.start - timedelta(days=5)
    assert split.training.height + split.held_out.height < rows.height


def test_share_of_a_time_split_is_the_last_part():
    """A share is cut by time, too."""
    split = split_rows(make_rows(), DATA, "0.25")

    assert split.held_out.height == 150
    assert split.training["at"].max() < split.held_out["at"].min()


def test_short_span_is_not_rounded_to_days():
    """A holdout of hours is cut to the hour."""
    split = split_rows(make_rows(), DATA, "12h")

    assert split.held_out["at"].max() - split.start == timedelta(hours=12)


def test_without_a_time_column_the_split_is_random():
    """A pipeline without time holds out a fifth of the rows at random, and says so."""
    split = split_rows(make_rows(), Data(key=["flight"]))

    assert (split.kind, split.holdout) == ("random", "0.2")
    assert 80 < split.held_out.height < 160


def test_random_split_keeps_rows_on_their_side():
    """A row is on the same side when the table has grown or is in another order."""
    rows, data = make_rows(), Data(key=["flight"])
    before = set(split_rows(rows.head(300), data).held_out["flight"])

    after = set(split_rows(rows.reverse(), data).held_out["flight"])

    assert before == {flight for flight in after if flight < 300}


def test_random_split_follows_its_seed():
    """Another seed holds out other rows."""
    data = Data(key=["flight"])

    first, second = (split_rows(make_rows(), data, seed=seed).held_out for seed in (1, 2))

    assert not first.equals(second)


def test_random_split_needs_a_share():
    """A span of time means nothing in a random split."""
    with pytest.raises(ParameterError, match="needs a share such as '0.2' as holdout, found '14d'"):
        split_rows(make_rows(), DATA, "14d", kind="random")


@pytest.mark.parametrize("holdout", ["two weeks", "1.5", "0", "-1d"])
def test_holdout_that_is_neither_span_nor_share_is_refused(holdout):
    """Anything else is an error that names what was found."""
    with pytest.raises(ParameterError, match="holdout"):
        split_rows(make_rows(), DATA, holdout)


@pytest.mark.parametrize("holdout", ["365d", "0.0001"])
def test_split_with_an_empty_side_is_refused(holdout):
    """A holdout that leaves nothing to learn from, or nothing to evaluate on, is an error."""
    rows = make_rows() if holdout == "365d" else make_rows().head(60)
    data = DATA if holdout == "365d" else Data(key=["flight"])

    with pytest.raises(DataError, match="Change the parameter holdout"):
        split_rows(rows, data, holdout)


def test_no_labelled_rows_is_an_error():
    """Nothing to learn from is said plainly."""
    with pytest.raises(DataError, match="no labelled rows"):
        split_rows(make_rows().clear(), DATA)


def with_planes(rows: pl.DataFrame, planes: int = 40) -> pl.DataFrame:
    """The same rows, each of one of some planes."""
    return rows.with_columns(plane=pl.format("N{}", pl.col("flight") % planes))


def test_order_takes_the_place_of_time():
    """Where no date is known, the last part by the order column is held out, and the rest is learned from."""
    split = split_rows(make_rows().reverse(), Data(key=["flight"], order="flight"))

    assert (split.kind, split.holdout, split.start) == ("time", "0.2", 480)
    assert split.training["flight"].max() < 480 <= split.held_out["flight"].min()
    assert split.training.height + split.held_out.height == 600


def test_a_span_means_nothing_in_an_order():
    """A row number has no days."""
    with pytest.raises(ParameterError, match=r"data\.order needs a share such as '0\.2'"):
        split_rows(make_rows(), Data(key=["flight"], order="flight"), "14d")


@pytest.mark.parametrize("kind", ["time", "random"])
def test_no_group_is_on_both_sides(kind):
    """A plane that is judged was not learned from, in whatever split."""
    split = split_rows(with_planes(make_rows()), GROUPED, kind=kind)

    assert not set(split.training["plane"]) & set(split.held_out["plane"])
    assert split.held_out["plane"].n_unique() > 1


def test_groups_in_time_are_judged_by_later_rows():
    """With time and group, later rows of held-out groups are judged; earlier ones are not learned from."""
    split = split_rows(with_planes(make_rows()), GROUPED)

    assert split.held_out["at"].min() >= split.start > split.training["at"].max()
    assert split.training.height + split.held_out.height < split.rows.height


def test_one_group_cannot_be_split():
    """Where all rows are of one group, the message says how many groups there are."""
    with pytest.raises(DataError, match="'plane' has 1 groups"):
        split_rows(with_planes(make_rows(), planes=1), GROUPED, kind="random")


def test_one_row_cannot_be_split():
    """A single labelled row is on one side, and the message says what to do."""
    with pytest.raises(DataError, match="Change the parameter holdout"):
        split_rows(make_rows().head(1), Data(key=["flight"]))


def test_both_parts_are_told_by_class():
    """The table of a split shows the share of each class in both parts."""
    table = split_table(split_rows(make_rows(), DATA), ["on time", "late"])

    assert table["part"].to_list() == ["to learn from", "held out"]
    assert table["share of late"][0] == pytest.approx(1 - table["share of on time"][0])


KEYED = Data(key=["flight"])


def of_classes(rows: int, rare: int, shift: int = 0) -> pl.DataFrame:
    """Rows of two classes, some of which are of the rare one."""
    frame = make_rows(rows).with_columns(pl.col("flight") + shift)
    return frame.with_columns(label=(pl.col("flight") < rare + shift).cast(pl.Float64))


@pytest.mark.parametrize("shift", range(0, 5000, 100))
@pytest.mark.parametrize("holdout", ["0.1", "0.9"])
def test_a_class_of_five_rows_is_on_both_sides(shift, holdout):
    """Where the draw misses a class on a side, a row of it changes over."""
    split = split_rows(of_classes(200, 5, shift), KEYED, holdout, "random", each_class=True)

    assert set(split.training["label"]) == set(split.held_out["label"]) == {0.0, 1.0}


def test_a_draw_with_each_class_does_not_depend_on_the_order_of_rows():
    """The hash of the key decides alone."""
    rows = of_classes(200, 5)

    first, second = (
        split_rows(some, KEYED, "0.1", each_class=True).held_out for some in (rows, rows.reverse())
    )

    assert set(first["flight"]) == set(second["flight"])


def test_a_draw_that_has_each_class_stays_as_it_is():
    """Only a class that would miss a side is mended, so a row hardly ever changes sides."""
    rows = of_classes(600, 200)

    plain, mended = (split_rows(rows, KEYED, each_class=each) for each in (False, True))

    assert plain.held_out.equals(mended.held_out)


def test_each_class_does_not_touch_time_or_groups():
    """A split by time, and one by groups, is what it was."""
    rows = with_planes(make_rows())

    pairs = [
        [split_rows(rows, data, kind=kind, each_class=each).held_out for each in (False, True)]
        for data, kind in ((DATA, "time"), (GROUPED, "random"))
    ]

    assert all(first.equals(second) for first, second in pairs)
