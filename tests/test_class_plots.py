"""Plots of several classes: what they say, and that nothing odd breaks them."""

import polars as pl
import pytest

from aifactory_nb.class_plots import class_bars, confusion_heatmap
from aifactory_nb.figure import svg

COUNTS = pl.DataFrame(
    {
        "class": ["low", "mid", "high"],
        "decided low": [80, 9, 0],
        "decided mid": [12, 50, 8],
        "decided high": [0, 4, 0],
    }
)


def texts(figure):
    """All that is written in a figure."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def ticks(figure):
    """The names at the left."""
    return [tick.get_text() for tick in figure.axes[0].get_yticklabels()]


def test_a_cell_tells_rows_and_share_of_the_actual_class():
    """Shares are of the row, so that a rare class is read like a frequent one."""
    figure = confusion_heatmap(COUNTS)

    assert texts(figure)[:2] == ["80\n87 %", "12\n13 %"]
    assert texts(figure)[7] == "8\n100 %"
    assert ticks(figure) == ["low  (92)", "mid  (63)", "high  (8)"]


def test_many_classes_are_cut_and_counted():
    """A heat map of fifty classes would show nothing; what is left out is said."""
    names = [f"kind {place}" for place in range(50)]
    table = pl.DataFrame({"class": names, **{f"decided {name}": [1] * 50 for name in names}})

    figure = confusion_heatmap(table)

    assert len(ticks(figure)) == 20
    assert "30 more classes are not shown" in figure.axes[0].get_xlabel()


def test_a_class_without_rows_says_so():
    """It has no recall, and is not drawn as 0."""
    table = pl.DataFrame({"class": ["low", "high"], "rows": [9, 0], "recall": [0.9, None]})

    figure = class_bars(table, overall=0.8)

    assert "no rows" in texts(figure)
    assert ticks(figure) == ["low  (9)", "high  (0)"]


@pytest.mark.parametrize("draw", [confusion_heatmap, class_bars])
def test_nothing_to_see_is_said(draw):
    """An empty table gives a figure with a reason."""
    assert "no data" in texts(draw(pl.DataFrame()))


def test_the_picture_is_the_same_each_time():
    """The bytes depend on the numbers only."""
    assert svg(confusion_heatmap(COUNTS)) == svg(confusion_heatmap(COUNTS))
