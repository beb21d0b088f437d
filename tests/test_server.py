"""The Jupyter server extension: what a page of the factory asks, and what it is told."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from conftest import COMMAND, stage_cells, write_notebook, write_shop
from jupyter_server.auth.identity import User
from lab_server import TOKEN, LabServer

from aifactory_nb.server import URLS, FactoryHandler


def write_line(folder: Path) -> Path:
    """A workspace whose line is a quick stage and one that waits for a file `go`."""
    write_shop(folder)
    make = stage_cells("make", "print('made')", "stage.output('rows', size)")
    write_notebook(folder, "make", make, "size: int = 1  # how many [1..9]", writes=["rows"])
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(folder / 'go')!r}).exists():\n    time.sleep(0.05)"
    use = stage_cells("use", wait, "stage.output('total', stage.has('rows'))")
    write_notebook(folder, "use", use, reads=["rows"], writes=["total"])
    path = folder / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + '\n[lines]\nbuild = ["make", "use"]\n')
    few = "[kernel]\npreload = polars, deltalake, sqlalchemy\n"  # libraries that are loaded in no time
    (folder / "settings.ini").write_text(f"[tracking]\nenabled = false\n{few}")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace in it."""
    folder = tmp_path_factory.mktemp("home")
    write_line(folder / "factory")
    return folder


@pytest.fixture(scope="module")
def shared(home: Path) -> Iterator[LabServer]:
    """A server of the workspace for tests that leave it as it is, or do not mind."""
    server = LabServer(home / "factory", home)
    yield server
    server.close()


@pytest.fixture
def factory(home: Path) -> Iterator[Path]:
    """The workspace; what waits in it ends with the test."""
    yield home / "factory"
    (home / "factory" / "go").touch()


def hold(factory: Path) -> None:
    """Let the stage `use` wait."""
    (factory / "go").unlink(missing_ok=True)


def test_a_page_of_another_site_cannot_change_anything(shared: LabServer) -> None:
    """Who is known by a cookie has to send the word of the page along."""
    browser = build_opener(HTTPCookieProcessor())
    with browser.open(f"{shared.url}login?token={TOKEN.replace(' ', '+')}"):
        pass
    jar = next(each for each in browser.handlers if isinstance(each, HTTPCookieProcessor)).cookiejar
    cookies = "; ".join(f"{each.name}={each.value}" for each in jar)
    word = next(each.value for each in jar if each.name == "_xsrf")
    posts = [path for path, handler in URLS.items() if "post" in vars(handler)]

    assert shared.ask("factory", headers={"Cookie": cookies})[0] == 200
    for path in posts:
        url = path.replace("([^/]+)", "none")
        assert shared.ask(url, {}, {"Cookie": cookies})[0] == 403, path
        told = shared.ask(url, {}, {"Cookie": cookies, "X-XSRFToken": str(word)})
        assert told[0] in (400, 404), (path, told)


@pytest.mark.parametrize(
    ("user", "actor"),
    [
        (User("ada", "Ada Lovelace"), "ada"),
        (User("0f" * 16, "Anonymous Io"), ""),
        (User("a\nb"), ""),
        (User("x" * 300), "x" * 100),
        (None, ""),
    ],
)
def test_who_acts_is_the_user_of_the_server(user: User | None, actor: str) -> None:
    """Unless Jupyter has made the name up, as it does for a token that all share."""
    handler = SimpleNamespace(current_user=user)

    assert FactoryHandler.actor.fget(handler) == actor  # type: ignore[attr-defined]


def test_the_state_of_the_factory(shared: LabServer) -> None:
    """Pipelines, runs, and what was started."""
    state = shared.get("factory")

    assert state["problem"] == ""
    assert [row["name"] for row in state["pipelines"]] == ["shop"]
    assert state["pipelines"][0]["lines"]["build"] == ["make", "use"]
    assert isinstance(state["launches"], list)


def test_the_form_and_the_check_of_a_request(shared: LabServer) -> None:
    """What the form says is what is checked; all errors come by field."""
    found = shared.get("pipelines/shop/form", line="build")
    one = shared.get("pipelines/shop/form", stage="make")
    good = shared.post("pipelines/shop/check", {"values": {"make": {"size": 3}}})
    status, bad = shared.ask("pipelines/shop/check", {"values": {"make": {"size": 0}}, "line": 1})
    ranged = shared.ask("pipelines/shop/check", {"values": {"make": {"size": 0}}, "window": "x"})[1]

    assert found["schema"]["properties"]["make"]["properties"]["size"]["maximum"] == 9
    assert one["stages"] == ["make"]
    assert good["command"] == "aifactory run shop --set make.size=3"
    assert (good["notebooks"], good["variants"]) == (2, 1)
    assert "start_run" in good["python"]
    assert status == 400 and bad["errors"] == {"line": "must be text, found 1"}
    assert ranged["errors"].keys() == {"make.size", "window"}
    assert "make.size must be from 1 to 9, found 0" in ranged["message"]


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("pipelines/shpo/form", None, 404, "Did you mean 'shop'"),
        ("pipelines/..%2Fshop/form", None, 404, "No pipeline"),
        ("pipelines/shop/line?line=built", None, 400, "built"),
        ("runs/none", None, 404, "There is no run 'none'"),
        ("runs/none/cancel", {}, 404, "There is no run"),
        ("runs/none/resume", {}, 404, "There is no run"),
        ("launches/none", None, 404, "There is no launch"),
        ("launches/..%2F..%2Fsettings", None, 404, "There is no launch"),
        ("models/shop%2Fregion=west", None, 404, "region=west"),
        ("models/shop/compare?left=1&right=2", None, 404, "no model version 1"),
        ("models/shop/compare?left=1", None, 400, "must be a number"),
        ("models/shop/promote", {"version": 1, "alias": "champion", "reason": "x"}, 404, "version"),
        ("models/shop/promote", {"version": "x", "alias": "champion"}, 400, "version"),
        ("models/shop/promote", b'{"version": 1e400, "alias": "champion"}', 400, "version"),
        ("models/shop/promote", {"version": 1, "alias": "best", "reason": "x"}, 400, "no alias"),
        ("models/shop/rollback", {"reason": "x"}, 404, "no models"),
        ("models/shop/rollout", {"change": "begin"}, 400, "is none"),
        ("models/shop/rollout", {"change": "abort", "reason": "x"}, 409, "has ended meanwhile"),
        ("models/shop/rollout", {"change": "start", "version": 1}, 404, "no model version 1"),
        ("models/shop/card", None, 400, "must be a number"),
        ("models/shop/card?version=1", None, 404, "no model version 1"),
        ("models/shop/card?candidate=..%2F..%2Fsettings.ini", None, 404, "no candidate"),
        ("templates", {"stage": "../train"}, 404, "no template"),
        ("templates", {"stage": 3}, 400, "one line of text"),
        ("notebooks", {"run": "none", "position": 0}, 404, "no notebook"),
        ("pipelines", {"name": "x"}, 400, "a blueprint or a table"),
        (
            "pipelines",
            {"blueprint": "flight_delay", "name": "Bad Name!"},
            400,
            "is no name of a pipeline",
        ),
        ("pipelines", {"blueprint": "../../x"}, 400, "'../../x' is none"),
        ("runs", b"{", 400, "no JSON"),
        ("runs", b"[]", 400, "no JSON object"),
        ("runs", b'{"pipeline": NaN}', 400, "no JSON"),
        ("runs", b'{"pipeline": "' + b"x" * 1_000_001 + b'"}', 413, "larger than"),
        ("runs", {"pipeline": "shop", "live": True}, 400, "goes with a replay"),
    ],
)
def test_what_is_wrong_is_told(
    shared: LabServer, path: str, body: Any, status: int, told: str
) -> None:
    """As JSON with a message: what, found, what to do."""
    found, answer = shared.ask(path, body)

    assert found == status, answer
    assert told in answer["message"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../outside.csv",
        "data/../../x",
        "data//x.csv",
        "data/x\0.csv",
        "/etc/passwd",
        "C:/x.csv",
        "C:x.csv",
        "C:\\x.csv",
        "..\\outside.csv",
        ".hidden/x.csv",
        "link",
        "link/outside.csv",
    ],
)
def test_a_table_lies_below_the_folder_of_the_server(
    shared: LabServer, factory: Path, path: str
) -> None:
    """Whatever way leads out of it is refused."""
    (factory.parent / "outside").mkdir(exist_ok=True)
    (factory.parent / "outside" / "outside.csv").write_text("a,b\n1,2\n")
    link = factory / "link"
    if not link.is_symlink():
        link.symlink_to(factory.parent / "outside")
    status, told = shared.ask("pipelines", {"table": path, "name": "stolen", "target": "a"})
    looked, seen = shared.ask("tables", table=path)

    assert status == 400, told
    assert looked == 400 and "columns" not in seen
    assert not (factory / "pipelines" / "stolen").exists()


def test_a_run_is_started_and_told_of_until_its_end(shared: LabServer, factory: Path) -> None:
    """The page hears of the launch, of the run and of each stage."""
    (factory / "go").touch()
    with shared.events() as wait_for:
        launch = shared.post("runs", {"pipeline": "shop", "fresh": True})
        wait_for(lambda event: any(row["run"] for row in event["launches"]))
        run = shared.begun(launch)
        wait_for(
            lambda event: any(
                each["run"] == run and each["stage"]["status"] == "succeeded"
                for each in event["stages"]
            )
        )
        end = wait_for(
            lambda event: any(
                (row["run"], row["status"]) == (run, "succeeded") for row in event["runs"]
            )
        )
    told = shared.ended(launch)
    state, detail = shared.get("factory"), shared.get(f"runs/{run}")

    assert launch["command"] == "aifactory run shop --fresh"
    assert (told["status"], told["exit_code"], told["run"]) == ("ended", 0, run)
    assert [row["done"] for row in end["runs"] if row["run"] == run] == [2]
    assert state["runs"][0]["run"] == run
    assert [row["status"] for row in detail["stages"]] == ["succeeded", "succeeded"]
    assert shared.get("pipelines/shop/line", run=run)["run"]["run"] == run


def test_a_run_prefills_the_form_and_gives_a_live_notebook(
    shared: LabServer, factory: Path
) -> None:
    """Its parameters, without its outputs, as a stage of its own."""
    (factory / "go").touch()
    asked = {"pipeline": "shop", "values": {"make": {"size": 7}}, "only": ["make"], "fresh": True}
    run = shared.ended(shared.post("runs", asked))["run"]
    asked = shared.get("pipelines/shop/form", run=run)["asked"]
    paths = [shared.post("notebooks", {"run": run, "position": 0})["path"] for _ in range(2)]
    notebook = json.loads((factory / paths[0]).read_text())
    injected = [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if "injected-parameters" in cell["metadata"]["tags"]
    ]

    assert (asked["values"], asked["stages"]) == ({"make": {"size": 7}}, ["make"])
    assert paths[0] != paths[1]
    assert "size = 7" in injected[0] and "run = ''" in injected[0]
    assert not any(cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code")


def test_a_second_run_of_a_pipeline_has_to_wait(shared: LabServer, factory: Path) -> None:
    """Also one that has not come as far as the ledger; it is cancelled, and taken up again."""
    hold(factory)
    launch = shared.post("runs", {"pipeline": "shop", "fresh": True})
    early = shared.ask("runs", {"pipeline": "shop"})
    run = shared.begun(launch)
    late = shared.ask("runs", {"pipeline": "shop"})
    resumed_early = shared.ask(f"runs/{run}/resume", {})
    with shared.events() as wait_for:
        assert shared.ask(f"runs/{run}/cancel", {}) == (202, {})
        ended = wait_for(lambda event: any(row["run"] == run for row in event["runs"]))
    told = shared.ended(launch)
    again = shared.ask(f"runs/{run}/cancel", {})
    (factory / "go").touch()
    resumed = shared.ended(shared.post(f"runs/{run}/resume", {}))

    assert (early[0], late[0], resumed_early[0], again[0]) == (409, 409, 409, 400)
    assert "is at work" in late[1]["message"]
    assert ended["runs"][-1]["status"] in ("running", "interrupted")
    assert (told["status"], told["exit_code"]) == ("failed", 130)
    assert (resumed["status"], resumed["run"]) == ("ended", run)
    assert shared.get(f"runs/{run}")["run"]["status"] == "succeeded"


def test_a_start_that_fails_tells_why(shared: LabServer, factory: Path) -> None:
    """What the command has said on its way out."""
    settings = factory / "settings.ini"
    before = settings.read_text()
    settings.write_text(f"{before}[executor]\nkernel = odd\n")
    launch = shared.post("runs", {"pipeline": "shop"})
    told = shared.ended(launch)
    settings.write_text(before)

    assert (told["status"], told["run"], told["exit_code"]) == ("failed", None, 3)
    assert told["message"].startswith("[executor] kernel = odd: there is no such Jupyter kernel.")


def test_a_run_of_the_terminal_appears(shared: LabServer, factory: Path, ends: list[Any]) -> None:
    """On all pages that are connected, and it can be cancelled from them."""
    import subprocess

    hold(factory)
    with shared.events() as one, shared.events() as other:
        ends.append(
            subprocess.Popen(
                [*COMMAND, "run", "shop", "--fresh"],
                cwd=factory,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        begun = one(lambda event: bool(event["runs"]))["runs"][0]
        seen = other(lambda event: bool(event["runs"]))["runs"][0]
        shared.post(f"runs/{begun['run']}/cancel", {})
        one(
            lambda event: any(
                (row["run"], row["status"]) == (begun["run"], "interrupted")
                for row in event["runs"]
            )
        )

    assert seen["run"] == begun["run"]
    assert begun["can_cancel"] and not begun["can_resume"]


def test_a_run_outlives_its_server(home: Path, factory: Path, shared: LabServer) -> None:
    """The next server knows what the last one has started, and how it ended."""
    hold(factory)
    first = LabServer(factory, home)
    launch = first.post("runs", {"pipeline": "shop", "fresh": True})
    run = first.begun(launch)
    first.close()
    second = LabServer(factory, home)
    try:
        before = second.get("factory")["launches"][0]
        (factory / "go").touch()
        told = second.ended(launch)
    finally:
        second.close()

    assert (before["launch"], before["status"], before["run"]) == (launch["launch"], "running", run)
    assert (told["status"], told["exit_code"]) == ("ended", 0)


def test_a_process_that_was_killed_is_told_of(shared: LabServer, factory: Path) -> None:
    """Its run is interrupted, and can be taken up again."""
    hold(factory)
    launch = shared.post("runs", {"pipeline": "shop", "fresh": True})
    run = shared.begun(launch)
    file = factory / "store" / ".launches" / f"{launch['launch']}.json"
    with shared.events() as wait_for:
        os.kill(json.loads(file.read_text())["pid"], signal.SIGKILL)
        event = wait_for(
            lambda event: any(
                (row["run"], row["status"]) == (run, "interrupted") for row in event["runs"]
            )
        )
    told = shared.ended(launch)

    assert event["runs"][-1]["can_resume"]
    assert (told["status"], told["exit_code"]) == ("failed", None)
    assert "ended from outside" in told["message"]


def test_templates_and_blueprints_are_made_the_workspaces_own(
    shared: LabServer, factory: Path
) -> None:
    """A template is copied once; a blueprint becomes a pipeline."""
    before = {row["stage"]: row["own"] for row in shared.get("templates")}
    path = shared.post("templates", {"stage": "train"})["path"]
    (factory / path).write_text((factory / path).read_text() + "\n")
    again = shared.post("templates", {"stage": "train"})["path"]
    after = {row["stage"]: row for row in shared.get("templates")}
    launch = shared.post("pipelines", {"blueprint": "flight_delay", "name": "flights"})
    made = shared.ended(launch)

    assert before["make"] and not before["train"]
    assert path == again == "templates/stages/train.ipynb"
    assert after["train"]["own"] and after["train"]["path"] == path
    assert (factory / path).read_text().endswith("\n\n")
    assert [row["name"] for row in shared.get("blueprints")] == ["flight_delay"]
    assert made["status"] == "ended", made
    assert "flights" in [row["name"] for row in shared.get("factory")["pipelines"]]


def test_a_table_becomes_a_pipeline(shared: LabServer, factory: Path) -> None:
    """Its columns are told with their types; what is wrong is told at the field."""
    table = "pipelines/shop/data/orders.parquet"
    columns = shared.get("tables", table=table)["columns"]
    roles = {"time": "placed_att", "key": "order, no", "segment": "chanel"}
    several = shared.ask("pipelines", {"table": table, "target": "price", **roles})[1]
    status, told = shared.ask("pipelines", {"table": table, "name": "orders"})
    wrong = shared.ask("pipelines", {"table": table, "name": "orders", "target": "pric"})[1]
    asked = {"table": table, "name": "orders", "target": "price", "segment": "channel"}
    made = shared.ended(shared.post("pipelines", asked))

    assert {"name": "price", "type": "Float64"} in columns
    assert several["errors"].keys() == {"time", "key", "segment"}
    assert status == 400 and "channel" in told["errors"]["target"]
    assert "Did you mean 'price'" in wrong["errors"]["target"]
    assert made["status"] == "ended", made
    assert (factory / "pipelines" / "orders" / "pipeline.toml").is_file()
