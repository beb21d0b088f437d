"""Plots: what they show, that they are the same each time, and that nothing odd breaks them."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from aifactory_nb import loop_plots, plots
from aifactory_nb.figure import label_ends, new_figure, no_data, rounded, spread, svg

EMPTY = pl.DataFrame()
DRIFT = pl.DataFrame(
    {
        "window": ["2013-04", "2013-04", "2013-05", "2013-05"],
        "kind": ["prediction", "feature", "prediction", "feature"],
        "name": ["prediction", "temp", "prediction", "temp"],
        "psi": [0.02, 3.1, 0.31, 6.9],
        "limit": [0.2, None, 0.2, None],
        "breached": [False, False, True, False],
        "importance": [None, 0.1, None, 0.1],
    }
)
WINDOWS = pl.DataFrame(
    {"window": ["2013-04", "2013-05"], "auc": [0.68, 0.72], "other": [0.6, None]}
)


def texts(figure):
    """All that is written in a figure."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def title(figure):
    """The title of the first axes."""
    return figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize(
    "figure",
    [
        lambda: plots.bars({}),
        lambda: plots.importance({}),
        lambda: plots.importance({"a": 0.0}),
        lambda: plots.missing_bars(pl.DataFrame({"a": [1]})),
        lambda: plots.roc({}),
        lambda: plots.precision_recall({}),
        lambda: plots.calibration({}),
        lambda: plots.threshold_cost({"threshold": [], "cost": []}),
        lambda: plots.prediction_histograms({"a": [None, float("nan")]}),
        lambda: plots.metric_dots({}),
        lambda: plots.predicted_and_actual([], []),
        lambda: plots.residuals([], []),
        lambda: plots.segment_bars({"segment": [], "auc": [], "rows": []}),
        lambda: plots.distributions(EMPTY),
        lambda: plots.rows_over_time(
            pl.DataFrame({"at": []}, schema={"at": pl.Datetime("us")}), "at"
        ),
        lambda: loop_plots.share_pair([], [], []),
        lambda: loop_plots.drift_bars(DRIFT.clear()),
        lambda: loop_plots.drift_heatmap(DRIFT.clear()),
        lambda: loop_plots.decision_bars([]),
        lambda: loop_plots.metric_by_window(WINDOWS.clear(), {"auc": "champion"}),
        lambda: loop_plots.loop_timeline(WINDOWS, []),
    ],
)
def test_nothing_to_show_is_said(figure):
    """An empty input gives a small figure with a sentence, never an error."""
    drawn = figure()

    assert texts(drawn)[0]
    assert drawn.get_size_inches()[1] < 1.5


def test_same_input_gives_same_bytes():
    """Two figures of the same data are the same SVG, whenever they are drawn."""
    first, second = (svg(loop_plots.drift_heatmap(DRIFT)) for _ in range(2))

    assert first == second


def test_svg_holds_no_date_and_no_version():
    """Nothing in an SVG depends on when and with what it was drawn."""
    text = svg(plots.bars({"a": 1.0}))

    assert "metadata" not in text
    assert "atplotlib" not in text
    assert not re.search(r"20\d\d-\d\d-\d\dT", text)


def test_figures_on_one_page_share_no_id():
    """Ids come from the content, so two figures can stand in one document."""
    found = [
        set(re.findall(r'\bid="([^"]+)"', svg(figure)))
        for figure in (plots.bars({"a": 1.0}), loop_plots.metric_by_window(WINDOWS, {"auc": "a"}))
    ]

    assert found[0]
    assert not found[0] & found[1]


def test_svg_references_are_defined():
    """Every clip path and marker that an SVG uses is in it."""
    text = svg(loop_plots.metric_by_window(WINDOWS, {"auc": "a", "other": "b"}))

    used = set(re.findall(r'(?:url\(#|href="#)([\w.-]+)', text))
    assert used <= set(re.findall(r'\bid="([^"]+)"', text))


def test_svg_escapes_names_from_data():
    """A name with markup in it is shown as text."""
    text = svg(plots.bars({"<script>alert(1)</script>": 1.0}))

    assert "<script" not in text
    assert ElementTree.fromstring(text) is not None


def test_svg_has_a_label_for_screen_readers():
    """What a screen reader says is the title unless something else is given."""
    figure = no_data("Drift & more")

    assert 'role="img" aria-label="Drift &amp; more"' in svg(figure)
    assert 'aria-label="the drift"' in svg(figure, "the drift")


def test_theme_follows_the_page_and_notebooks_keep_their_paper():
    """For a page colours are variables and there is no background; in a notebook colours are fixed."""
    figure = plots.bars({"a": 1.0})

    assert "var(--plot-blue, #2b77b5)" in svg(figure)
    assert "var(" not in figure._repr_svg_()
    assert "#fdfdfc" in figure._repr_svg_()


def test_text_stays_text():
    """Letters are not outlines: an SVG can be searched and read aloud."""
    assert ">carrier</text>" in svg(plots.importance({"carrier": 1.0}))


def test_settings_of_the_caller_are_left_alone():
    """Drawing changes no matplotlib setting, and none of the caller's changes the plot."""
    import matplotlib

    expected = svg(plots.bars({"a": 1.0}))
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        before = dict(matplotlib.rcParams)
        found = svg(plots.bars({"a": 1.0}))
        after = dict(matplotlib.rcParams)

    assert found == expected
    assert after == before


def test_no_figure_stays_open():
    """Figures are not kept by pyplot, so a long run does not collect them."""
    import matplotlib.pyplot as plt

    plots.bars({"a": 1.0})

    assert plt.get_fignums() == []


def test_roc_names_the_area():
    """The area under each curve stands beside its name, whatever the order of the points."""
    points = {"false_positive_rate": [1.0, 0.0, 0.5], "true_positive_rate": [1.0, 0.0, 0.9]}

    assert "model  AUC 0.700" in texts(plots.roc({"model": points}))


def test_importance_sums_up_the_rest():
    """Beyond the top features one bar holds what is left, and all bars make 100 %."""
    drawn = plots.importance({f"f{i}": 1.0 for i in range(25)}, top=20)

    assert texts(drawn)[-1] == "20.0 %"
    assert drawn.axes[0].get_yticklabels()[-1].get_text() == "(5 others)"


def test_a_bar_above_the_limit_stands_out():
    """A value above the limit has another colour than one below."""
    drawn = plots.bars({"calm": 0.1, "moved": 0.4}, limit=0.25)

    calm, moved = (bar.get_facecolor() for bar in drawn.axes[0].patches)
    assert calm != moved


def test_a_segment_without_metric_is_named():
    """A segment that has too few rows for the metric is in the plot and says so."""
    table = {"segment": ["EWR", "OO"], "auc": [0.7, None], "rows": [5000, 28]}

    assert "too few rows" in texts(plots.segment_bars(table))


def test_distributions_take_any_column():
    """Numbers, text, booleans, constants, dates and empty columns are all drawn."""
    rows = 60
    frame = pl.DataFrame(
        {
            "number": np.linspace(0, 1, rows),
            "constant": [1] * rows,
            "text": ["a", "b", None] * 20,
            "flag": [True, False, None] * 20,
            "empty": pl.Series([None] * rows, dtype=pl.Float64),
            "day": pl.Series(["2013-01-01"] * rows).str.to_date(),
            "label": [0, 1] * 30,
        }
    )

    drawn = plots.distributions(frame, label="label")

    shown = {axes.get_title(loc="left") for axes in drawn.axes}
    assert {"number", "constant", "text", "flag", "empty", "day"} <= shown
    assert svg(drawn)


def test_missing_values_are_left_out():
    """Gaps in a metric do not break its line or its mean."""
    drawn = loop_plots.metric_by_window(WINDOWS, {"other": "frozen", "auc": "champion"})

    assert "frozen\nmean 0.600" in texts(drawn)


def test_dense_points_are_one_image():
    """Thousands of points do not make a large file."""
    values = np.random.default_rng(0).normal(size=20_000)

    assert len(svg(plots.predicted_and_actual(values, values))) < 100_000


def test_drift_marks_what_is_out_of_bounds_by_more_than_colour():
    """A breached limit has a cross beside it."""
    now = loop_plots.drift_bars(DRIFT.filter(pl.col("window") == "2013-05"))
    heat = loop_plots.drift_heatmap(DRIFT)

    assert now.axes[0].get_yticklabels()[0].get_text() == "prediction  ✗"
    assert "0.310 ✗" in texts(heat)


def test_timeline_has_a_lane_for_each_kind_of_event():
    """Kept and promoted share a lane; events of other windows are left out."""
    events = [
        {"window": "2013-04", "kind": "promote", "text": "v2"},
        {"window": "2013-05", "kind": "keep", "text": "v2"},
        {"window": "2013-05", "kind": "gate", "passed": False, "text": "stopped"},
        {"window": "1999-01", "kind": "retrain", "passed": True},
    ]

    drawn = loop_plots.loop_timeline(WINDOWS, events)

    lanes = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert lanes == ["data gate", "retrain", "promotion"]


def test_decision_shows_the_score_beside_its_threshold():
    """The sum of the reasons stands in the last bar with what was needed."""
    reasons = [{"name": "drift", "score": 0.4, "text": "PSI 0.3"}]

    assert "0.40  of 0.50 needed" in texts(loop_plots.decision_bars(reasons, 0.4, 0.5))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0.000"), (0.12345, "0.123"), (9.876, "9.88"), (123.4, "123"), (-1234.5, "-1,234")],
)
def test_numbers_are_rounded_for_people(value, expected):
    """Three significant digits, thousands apart."""
    assert rounded(value) == expected


def test_names_at_line_ends_do_not_overlap():
    """Names of lines that end at the same height are moved apart."""
    figure = new_figure()
    axes = figure.subplots()

    label_ends(axes, [(0.5, "one", "k"), (0.5, "two", "k")])

    low, high = sorted(text.xy[1] for text in axes.texts)
    assert high - low > 0.05


def test_spread_keeps_order_and_distance():
    """Positions keep their order and end up at least the gap apart."""
    placed = spread([0.5, 0.52, 0.1, 0.5], gap=0.1)

    ordered = sorted(placed)
    assert min(b - a for a, b in pairwise(ordered)) > 0.0999
    assert placed.index(min(placed)) == 2
