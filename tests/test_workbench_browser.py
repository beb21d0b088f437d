"""The workbench as a user has it: JupyterLab in Chromium, on a workspace that is real."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import COMMAND, PIPELINE, aifactory, write_shop
from serving import add_version, fill_tables
from test_line import SUITE
from workbench import (
    THEMES,
    Lab,
    LabPage,
    chromium,
    copy_shop,
    no_run_at_work,
    page_violations,
    write_past_runs,
    write_waiting_stages,
)

from aifactory_nb.deployment_policy import DeploymentPolicy, PolicyName
from aifactory_nb.ledger import Ledger
from aifactory_nb.rollout import begin
from aifactory_nb.settings import load_settings
from aifactory_nb.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """The browser of all tests."""
    with chromium() as found:
        yield found


def with_gate(folder: Path) -> Path:
    """Give the shop a gate that bad rows stop; the folder of its data."""
    home = folder / "pipelines" / "shop"
    (home / "gates").mkdir()
    (home / "gates" / "orders.json").write_text(json.dumps(SUITE))
    gates = '\n[gates]\ndata = "gates/orders.json"\n'
    (home / "pipeline.toml").write_text(PIPELINE + gates)
    return home / "data"


def with_versions(folder: Path) -> None:
    """A pipeline `trade` with two versions of its model, of which the second is the champion."""
    copy_shop(folder, "trade")
    settings = load_settings(folder)
    fill_tables(settings, "trade")
    for rounds in (5, 10):
        add_version(settings, "trade", rounds=rounds)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace of five pipelines: steps, shop, past, trade and flight_delay."""
    folder = tmp_path_factory.mktemp("workbench")
    factory = write_shop(folder / "factory")
    write_waiting_stages(factory)
    copy_shop(factory, "steps", '\n[lines]\nbuild = ["make", "wait", "use"]\n')
    copy_shop(factory, "past", '\n[lines]\nbuild = ["make", "use"]\noperate = ["make", "use"]\n')
    write_past_runs(load_settings(factory))
    with_versions(factory)
    with_gate(factory)
    made = aifactory("init", ".", "--blueprint", "flight_delay", folder=factory)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def lab(home: Path, browser: "Browser") -> Iterator[Lab]:
    """JupyterLab in the workspace."""
    found = Lab(home / "factory", home)
    yield found
    found.stop()


@pytest.fixture
def factory(lab: Lab) -> Iterator[Path]:
    """The workspace, in which `steps` waits; what waits goes on when the test ends."""
    for name in ("first", "second"):
        (lab.folder / name).unlink(missing_ok=True)
    yield lab.folder
    for name in ("first", "second"):
        (lab.folder / name).touch()
    no_run_at_work(lab.server)


@pytest.fixture
def page(lab: Lab, factory: Path, browser: "Browser", request: Any) -> Iterator[LabPage]:
    """A page of a user."""
    with lab.page(browser, request.node.name[:40]) as found:
        yield found


def start_steps(page: LabPage) -> None:
    """Run the line that waits, and look at it."""
    page.execute("aifactory:open-line", pipeline="steps")
    page.execute("aifactory:run", pipeline="steps", fresh=True)
    page.node("wait", "cell 4 of").wait_for()


def test_the_first_stages_of_a_line_are_run_from_the_form(page: LabPage, lab: Lab) -> None:
    """Progress is seen cell by cell; the executed notebook is trusted, and opens without a kernel."""
    page.panel.get_by_role("button", name="Run flight_delay…").click()
    form = page.view
    form.get_by_label("Stages", exact=True).select_option("span")
    form.get_by_label("Until").select_option("features")
    command = form.get_by_label("The command of this form")
    command.get_by_text("aifactory run flight_delay --until features").wait_for()
    page.page.evaluate(
        """() => {
            window.told = new Set();
            const runs = document.querySelector('.jp-aifactory-panel');
            new MutationObserver(() => runs.innerText.match(/cell \\d+ of \\d+/g)
                ?.forEach(each => window.told.add(each))
            ).observe(runs, {subtree: true, childList: true, characterData: true});
        }"""
    )
    form.get_by_role("button", name="Run", exact=True).click()
    form.get_by_role("button", name="Open line").click()
    for stage in ("ingest", "validate", "features"):
        page.node(stage, "succeeded", "rows").wait_for()
    page.node("features", "succeeded").click()
    table = page.page.locator(".jp-NotebookPanel:visible .jp-RenderedHTMLCommon table").first
    table.wait_for()
    trusted = page.page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets.every(
            cell => cell.model.type !== 'code' || cell.model.trusted)"""
    )

    assert len(page.page.evaluate("[...window.told]")) > 3
    assert trusted
    assert lab.server.get_json("api/kernels") == lab.server.get_json("api/sessions") == []


def test_a_red_gate_says_why_and_the_run_is_resumed(page: LabPage, lab: Lab, factory: Path) -> None:
    """The gate shows what was found beside its limit; once that is mended, the run goes on. The tab of its report says what it is of."""
    path = factory / "pipelines" / "shop" / "gates" / "orders.json"
    suite = path.read_text()
    path.write_text(suite.replace('"min_value": 0', '"min_value": 1000'))
    page.execute("aifactory:open-line", pipeline="shop")
    page.execute("aifactory:run", pipeline="shop", until="features")
    page.node("orders", "stopped by a gate").click()
    facts = page.view.get_by_role("complementary", name="About orders")
    facts.get_by_text("price").first.wait_for()
    why = facts.inner_text()
    notice = page.page.locator(".Toastify__toast").filter(has_text="stopped by a gate")
    notice.get_by_role("button", name="Resume").wait_for()
    path.write_text(suite)
    page.view.get_by_role("button", name="Resume (Retry What Failed)").first.click()
    page.node("orders", "passed").wait_for()
    page.node("features", "succeeded").wait_for()
    line = lab.server.get("pipelines/shop/line", line="build")
    (report,) = {node["docs"] for node in line["nodes"] if node["kind"] == "gate" and node["docs"]}
    page.execute("aifactory:open-file", path=report, what="gate")
    named = Path(report).name
    tab = page.page.get_by_role("tab", name=re.compile(re.escape(named)))
    tab.wait_for()
    page.reload()
    tab.wait_for()

    assert re.fullmatch(rf"gate_orders_2024\S+_{line['run']['run']}\.html", named), named
    assert re.search(r"price.*found.*limit", why, re.S), why


def test_a_pipeline_file_that_is_broken_is_told_in_its_open_line(
    page: LabPage, factory: Path
) -> None:
    """And in the status bar; the drawing stays, and all is well again once the file is."""
    path = factory / "pipelines" / "past" / "pipeline.toml"
    text = path.read_text()
    bar = page.page.locator(".jp-aifactory-statusitem")
    page.execute("aifactory:open-line", pipeline="past")
    page.node("make").wait_for()
    try:
        path.write_text(text.replace("[data]", "[data", 1))
        alert = page.view.get_by_role("alert")
        alert.get_by_role("button", name="Open pipeline.toml").wait_for()
        told = alert.inner_text()
        bar.get_by_text("1 pipeline unreadable").wait_for()
        drawn = page.node("make").count()
    finally:
        path.write_text(text)
    alert.wait_for(state="detached")
    bar.get_by_text("unreadable").wait_for(state="detached")

    assert "pipeline.toml" in told and "What is shown is from before" in told
    assert drawn == 1


def test_a_form_refuses_what_the_data_have_not_got(page: LabPage, lab: Lab) -> None:
    """At its field, before a run is started."""
    known = {row["run"] for row in lab.server.get("factory")["runs"]}
    page.execute("aifactory:run-form", pipeline="shop")
    form = page.view
    for label, text, told in (
        ("Window", "2031-01", "no row with ordered_at"),
        ("Segments", "region=west", "There are 'north', 'south'"),
        ("Segments", "regoin", "Did you mean 'region'?"),
    ):
        field = form.get_by_label(label, exact=True)
        field.fill(text)
        form.locator(".jp-aifactory-wrong").get_by_text(told).wait_for()
        assert field.get_attribute("aria-invalid") == "true"
        field.fill("")
    offered = form.get_by_label("Segments", exact=True).evaluate(
        "input => [...input.list.options].map(each => each.value)"
    )

    assert offered[:2] == ["region", "channel"]
    assert {row["run"] for row in lab.server.get("factory")["runs"]} == known


def test_a_double_click_starts_one_run(page: LabPage, factory: Path, lab: Lab) -> None:
    """And what was asked for can be taken over from the run into a new form."""
    known = {row["run"] for row in lab.server.get("factory")["runs"]}
    page.execute("aifactory:run-form", pipeline="steps")
    form = page.view
    form.get_by_label("Stages", exact=True).select_option("only")
    form.get_by_label("make", exact=True).check()
    form.get_by_label("Run again what is up to date").check()
    button = form.get_by_role("button", name="Run", exact=True)
    button.dblclick()
    form.get_by_role("button", name="Open line").wait_for()
    page.page.locator(".Toastify__toast").filter(has_text="steps: succeeded").wait_for()
    runs = [row["run"] for row in lab.server.get("factory")["runs"] if row["run"] not in known]
    form.get_by_label("Stages", exact=True).select_option("all")
    form.get_by_label("Fill in from").select_option(runs[0])
    form.get_by_label("Until").wait_for()

    assert len(runs) == 1
    assert form.get_by_label("Until").input_value() == "make"


def test_a_version_is_promoted_and_rolled_back(page: LabPage, lab: Lab) -> None:
    """Behind a question that shows what would change and asks why."""
    page.panel.get_by_role("button", name=re.compile("^trade")).filter(has_text="champion").click()
    for button, answer, reason, champion in (
        ("Promote version 1…", "Promote", "It is steadier.", 1),
        ("Roll back…", "Roll back", "It was not.", 2),
    ):
        page.view.get_by_role("button", name=button).click()
        dialog = page.page.get_by_role("dialog")
        dialog.get_by_text("Version", exact=False).first.wait_for()
        dialog.get_by_role("textbox").fill(reason)
        dialog.get_by_role("button", name=answer).click()
        moves = page.view.get_by_role("table", name=re.compile("^Moves"))
        moves.get_by_role("row").filter(has_text=reason).wait_for()
        page.panel.get_by_text(f"champion v{champion}").wait_for()

    ledger = Ledger(load_settings(lab.folder).ledger_url)
    assert ledger.aliases("trade")["champion"] == 2


def test_a_version_is_rolled_out_and_taken_back(page: LabPage, lab: Lab) -> None:
    """The share that it answers is seen in the registry and in the panel; its card opens beside."""
    page.execute("aifactory:registry", product="trade")
    page.view.get_by_role("button", name="Promote version 1…").click()
    dialog = page.page.get_by_role("dialog")
    dialog.get_by_label("by way of").select_option("canary")
    dialog.get_by_label("Percent of the traffic").fill("5, 50")
    dialog.get_by_role("textbox").last.fill("Step by step.")
    dialog.get_by_role("button", name="Promote").click()
    page.view.get_by_role("list", name="Who answers how much").get_by_text("v1: 5 %").wait_for()
    page.view.get_by_role("table", name="The guards now").get_by_text("at most 0.01").wait_for()
    page.view.get_by_text("each service counts its own").wait_for()
    page.panel.get_by_text("canary: v1 answers 5 %").wait_for()
    said(
        page, r"^Rollout \d+ has begun\. Version 1 answers 5 % .*, version 2, the champion, 95 %\.$"
    )
    page.view.get_by_role("button", name="Abort…").click()
    dialog.get_by_role("textbox").fill("Not now.")
    dialog.get_by_role("button", name="Abort the rollout").click()
    said(page, r"version 2, the champion, .* again\. Version 1 is no longer the challenger\.$")
    rollouts = page.view.get_by_role("table", name=re.compile("^Rollouts"))
    rollouts.get_by_role("row").filter(has_text="Not now.").wait_for()
    page.view.get_by_role("button", name="Model card of version 1").click()
    card = page.page.frame_locator('iframe[title*="trade 1"]')
    card.get_by_role("heading", name="trade, version 1").wait_for()
    card.get_by_text("Not now.").first.wait_for()

    ledger = Ledger(load_settings(lab.folder).ledger_url)
    assert ledger.rollout("trade") is None and ledger.aliases("trade") == {"champion": 2}


def said(page: LabPage, sentence: str) -> None:
    """What the registry says of the last change."""
    page.view.get_by_role("status").filter(has_text=re.compile(sentence)).wait_for()


def test_a_shadow_has_no_next_step_and_is_given_a_share(page: LabPage, lab: Lab) -> None:
    """As the command wants it; then it answers some requests itself."""
    roll_out(lab.folder, "shadow")
    page.execute("aifactory:registry", product="trade")
    page.view.get_by_role("button", name="Change its share…").click()
    dialog = page.page.get_by_role("dialog")
    dialog.get_by_label("Percent of the traffic").fill("10")
    reason = dialog.get_by_role("textbox").last
    reason.fill("light.")
    reason.press("Home")
    reason.press_sequentially("Some ")
    written = reason.input_value()
    dialog.get_by_role("button", name="Change").click()
    said(page, r"^Version 1 answers 10 % of the requests, version 2, the champion, 90 %\.$")
    page.panel.get_by_text("shadow: v1 answers 10 %").wait_for()
    steps = page.view.get_by_role("button", name="Next step…").count()
    page.view.get_by_role("button", name="Roll back…").click()
    dialog.get_by_role("textbox").fill("Enough.")
    dialog.get_by_role("button", name="Roll back").click()
    said(page, r"again\. Version 1 is no longer the shadow\.$")

    assert steps == 0
    assert written == "Some light.", "the cursor has jumped"


def test_why_a_promotion_failed_is_told_before_anything_else(page: LabPage, lab: Lab) -> None:
    """In the registry and over the page; no command stands there."""
    model = Store(load_settings(lab.folder).store_folder, "trade").model_folder(1) / "model.txt"
    whole = model.read_bytes()
    model.write_bytes(whole[:-1])
    try:
        page.execute("aifactory:registry", product="trade")
        page.view.get_by_role("button", name="Promote version 1…").click()
        dialog = page.page.get_by_role("dialog")
        dialog.get_by_role("textbox").last.fill("It is steadier.")
        dialog.get_by_role("button", name="Promote").click()
        problem = page.view.get_by_role("alert").filter(has_text="Nothing was changed: Version 1")
        problem.wait_for()
        toast = page.page.locator(".Toastify__toast").filter(has_text="no version was promoted")
        told = [problem.inner_text(), toast.inner_text()]
    finally:
        model.write_bytes(whole)

    assert told[1].startswith("trade: no version was promoted. Version 1 of 'trade' is not what")
    assert not any("aifactory " in text or "--" in text for text in told), told


def with_long_facts(factory: Path) -> None:
    """A product whose two versions have all that a version may tell of."""
    ledger = Ledger(load_settings(factory).ledger_url)
    metrics = dict.fromkeys(("log_loss", "average_precision", "calibration_slope", "auc"), 0.7654)
    span = {"start": "2013-01-01T00:00:00", "end": "2013-09-01T00:00:00", "rows": 217683}
    for number in (1, 2):
        told = {"metrics": metrics, "training": span, "features": 27}
        run = f"20261122-05453{number}-replay-472b"
        ledger.add_model("wide", run, f"digest-{number}", "models/v{version}", told)
        reason = "Better than the champion: -0.02084 [-0.03368, -0.00893], better in 99.9 % of resamples."
        ledger.set_alias("wide", "champion", number, "a.long.name@example.org", reason, {})
    ledger.close()


def test_the_registry_fits_beside_an_open_panel(page: LabPage, lab: Lab) -> None:
    """No column is scrolled out of sight, and the keyboard comes to the run of each version."""
    with_long_facts(lab.folder)
    page.execute("aifactory:registry", product="wide")
    versions = page.view.get_by_role("region", name=re.compile("^Versions"))
    versions.wait_for()
    tables, wider = page.view.locator(".jp-aifactory-tablebox"), list[int]()
    for width in (1340, 1180, 1030):
        page.page.set_viewport_size({"width": width, "height": 900})
        page.page.wait_for_function("window.jupyterapp.shell.node.clientWidth === innerWidth")
        wider += tables.evaluate_all("all => all.map(each => each.scrollWidth - each.clientWidth)")
    names = versions.get_by_role("button").evaluate_all(
        "all => all.map(each => (each.focus(), document.activeElement === each && each.innerText))"
    )
    found = page.violations(".jp-aifactory-content")
    box = page.view.bounding_box()

    assert box is not None and 650 < box["width"] <= 720
    assert len(wider) == 6 and max(wider) == 0, wider
    assert {"Compare", "Promote…", "model card", "20261122-054531-replay-472b"} <= set(names)
    assert len(names) == 7 and all(names) and not found, (names, found)


def test_a_page_that_is_loaded_again_shows_the_run_at_work(page: LabPage, factory: Path) -> None:
    """The line view is where it was, and goes on with the run."""
    start_steps(page)
    page.reload()
    page.node("wait", "cell 4 of").wait_for()
    (factory / "first").touch()
    page.node("wait", "cell 5 of").wait_for()
    (factory / "second").touch()
    page.node("use", "succeeded").wait_for()


def test_a_run_goes_on_while_the_server_is_started_again(
    page: LabPage, factory: Path, lab: Lab
) -> None:
    """The page says that it is not live, then catches up by itself."""
    start_steps(page)
    lab.stop()
    page.panel.get_by_text("Not live").wait_for()
    (factory / "first").touch()
    lab.start()
    page.node("wait", "cell 5 of").wait_for()
    page.panel.get_by_text("Not live").wait_for(state="hidden")
    (factory / "second").touch()
    page.node("use", "succeeded").wait_for()


def test_a_run_is_cancelled(page: LabPage) -> None:
    """After a question; its stage is interrupted, and the run can be resumed."""
    start_steps(page)
    page.view.get_by_role("button", name="Cancel Run").first.click()
    page.page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    page.node("wait", "interrupted").wait_for()
    page.view.get_by_role("button", name="Resume (Retry What Failed)").first.wait_for()


def test_two_browsers_see_the_same(
    page: LabPage, factory: Path, lab: Lab, browser: "Browser"
) -> None:
    """What one starts, the other follows; both see its end."""
    with lab.page(browser, "other") as other:
        other.execute("aifactory:open-line", pipeline="steps")
        start_steps(page)
        (factory / "first").touch()
        for each in (page, other):
            each.node("wait", "cell 5 of").wait_for()
        (factory / "second").touch()
        for each in (page, other):
            each.node("use", "succeeded").wait_for()


def test_a_run_of_the_terminal_appears(page: LabPage, factory: Path) -> None:
    """In the panel and in the line, without anything being done in the page."""
    page.execute("aifactory:open-line", pipeline="steps")
    with subprocess.Popen(
        [*COMMAND, "run", "steps", "--fresh"], cwd=factory, stdout=subprocess.DEVNULL
    ) as process:
        page.node("wait", "cell 4 of").wait_for()
        page.panel.get_by_text(re.compile(r"^wait .*: cell 4 of")).wait_for()
        for name in ("first", "second"):
            (factory / name).touch()
        page.node("use", "succeeded").wait_for()

        assert process.wait() == 0


def test_a_table_becomes_a_pipeline_of_the_columns_that_are_chosen(page: LabPage) -> None:
    """They are listed with their types; a wrong one is told at its field, and who leaves comes back to where they were."""
    page.execute("aifactory:open-line", pipeline="shop", line="build")
    page.node("ingest").focus()
    dialog = page.ask("aifactory:new-pipeline-from-table")
    dialog.get_by_label("Table", exact=True).fill("pipelines/shop/data/orders.parquet")
    columns = dialog.get_by_role("region", name=re.compile("columns$"))
    columns.wait_for()
    told = columns.inner_text()
    listed = dialog.get_by_label("Column to predict").evaluate("input => input.list.options.length")
    dialog.get_by_label("Column to predict").fill("price")
    dialog.get_by_label("Segment").fill("chanel")
    page.page.keyboard.press("Enter")
    dialog.get_by_text("Did you mean 'channel'").wait_for()
    wrong = dialog.locator("[aria-invalid=true]").evaluate_all("all => all.map(each => each.value)")
    dialog.get_by_label("Segment").press("Escape")
    dialog.wait_for(state="detached")
    page.page.wait_for_function("document.activeElement?.getAttribute('data-id') === 'ingest'")

    assert re.search(r"price\s+Float64", told) and listed == told.count("\n")
    assert wrong == ["chanel"]


def test_what_is_hidden_asks_nothing_of_the_server(page: LabPage, factory: Path) -> None:
    """A run goes on, but neither the panel with its stages nor the line is in sight."""
    page.panel.get_by_role("button", name=re.compile("steps")).first.click()
    page.panel.get_by_role("region", name=re.compile("stages of steps")).first.wait_for()
    start_steps(page)
    page.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    page.execute("launcher:create")
    page.page.locator(".jp-Launcher:visible").wait_for()
    page.page.wait_for_load_state("networkidle")
    asked = list[str]()
    page.page.on("request", lambda request: asked.append(request.url))
    for name in ("first", "second"):
        (factory / name).touch()
    page.page.locator(".Toastify__toast").filter(has_text="steps: succeeded").wait_for()
    lines = [url for url in asked if "aifactory/api" in url and "/line" in url]
    page.execute("aifactory:open-line", pipeline="steps")
    page.node("use", "succeeded").wait_for()

    assert lines == []


def roll_out(factory: Path, policy: PolicyName = "canary") -> None:
    """Let version 1 of trade be on its way, if it is not."""
    settings = load_settings(factory)
    ledger, store = Ledger(settings.ledger_url), Store(settings.store_folder, "trade")
    if ledger.rollout("trade") is None:
        wanted = DeploymentPolicy(policy=policy)
        begin(store, ledger, "trade", 1, wanted, "ada", "Step by step.")


@pytest.mark.parametrize("theme", THEMES)
def test_no_view_shuts_anybody_out(lab: Lab, factory: Path, browser: "Browser", theme: str) -> None:
    """axe-core finds nothing in the nodes of ours: panel, lines, replay, fan-out, inspector, form, registry, model card and questions."""
    found: dict[str, list[str]] = {}
    roll_out(factory)
    with lab.page(browser, theme, theme) as page:
        page.panel.get_by_role("button", name=re.compile("steps")).first.click()
        page.panel.get_by_role("region", name=re.compile("stages of steps")).first.wait_for()
        start_steps(page)
        page.node("make", "succeeded").focus()
        found["line"] = page.violations()
        page.execute("aifactory:open-line", pipeline="flight_delay")
        page.node("ingest").wait_for()
        found["line at rest"] = page.violations()
        page.execute("aifactory:open-line", pipeline="past", line="build", run="fan-out")
        folded = page.view.get_by_role("button", name=re.compile("200 branches:"))
        folded.wait_for()
        found["fan-out"] = page.violations()
        folded.click()
        page.view.get_by_role("button", name=re.compile("region=r002")).wait_for()
        found["fan-out unfolded"] = page.violations()
        page.execute("aifactory:open-line", pipeline="past@replay", line="operate")
        page.view.get_by_role("toolbar", name="Windows").wait_for()
        found["replay"] = page.violations()
        page.execute("aifactory:run-form", pipeline="flight_delay")
        page.view.get_by_label("The command of this form").wait_for()
        found["form"] = page.violations()
        page.execute("aifactory:registry", product="trade")
        page.view.get_by_role("table", name="The guards now").wait_for()
        found["registry"] = page.violations()
        page.execute("aifactory:model-card", product="trade", version=2)
        page.page.frame_locator("iframe:visible").get_by_role("heading").first.wait_for()
        found["card"] = page.violations()
        page.execute("aifactory:registry", product="trade")
        page.view.get_by_role("button", name="Promote version 1…").click()
        reason = page.page.get_by_role("dialog").get_by_role("textbox")
        reason.wait_for()
        found["question"] = page.violations(".jp-aifactory-dialog")
        reason.press("Escape")
        for command, field in (
            ("aifactory:new-pipeline", "Blueprint"),
            ("aifactory:new-stage", "Stage"),
            ("aifactory:new-pipeline-from-table", "Table"),
        ):
            dialog = page.ask(command)
            dialog.get_by_label(field, exact=True).wait_for()
            if field == "Table":
                dialog.get_by_label(field, exact=True).fill("pipelines/shop/data/orders.parquet")
                dialog.get_by_role("region", name=re.compile("columns$")).wait_for()
            found[command] = page.violations(".jp-aifactory-dialog")
            dialog.get_by_label(field, exact=True).press("Escape")
            dialog.wait_for(state="detached")

    html = lab.server.get("models/trade/card", version=2)["html"]
    found["page"] = page_violations(browser, html, "light" if theme == "light" else "dark")

    assert not any(found.values()), found
