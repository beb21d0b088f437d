"""What is written for cron, systemd and Kubernetes."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from scheduling import schedule_workspace

from aifactory_nb.errors import ParameterError
from aifactory_nb.pipeline import Pipeline, load_pipeline
from aifactory_nb.schedule import Entry
from aifactory_nb.schedule_export import (
    Pod,
    as_cron,
    cron_files,
    kubernetes_files,
    on_calendar,
    systemd_files,
)
from aifactory_nb.settings import Settings

MONTHLY = '[schedule.monthly]\ncron = "0 5 1 * *"\ntimezone = "Europe/Berlin"\ntimeout = "2h"\n'
IMAGE = "registry.example.com/factory:1.0"


def pipeline_of(settings: Settings, text: str = MONTHLY) -> Pipeline:
    """The pipeline `shop` with a schedule."""
    schedule_workspace(settings.workspace, text)
    return load_pipeline(settings.workspace, "shop")


def awkward(settings: Settings) -> Settings:
    """A workspace whose path has to be quoted."""
    return replace(settings, workspace=Path("/srv/it's 100% mine"))


@pytest.mark.parametrize(
    ("every", "cron"),
    [("5m", "*/5 * * * *"), ("1h", "0 */1 * * *"), ("6h", "0 */6 * * *"), ("1d", "0 0 * * *")],
)
def test_intervals_as_cron(every: str, cron: str) -> None:
    """Intervals that fit into an hour or a day have the same times as cron."""
    assert as_cron("a", Entry(every=every)) == cron


def test_an_interval_that_is_no_cron() -> None:
    """An interval that does not fit is refused, with what to do."""
    with pytest.raises(ParameterError, match="'aifactory schedule run'"):
        as_cron("a", Entry(every="7h"))


def test_nothing_to_export(settings: Settings) -> None:
    """A pipeline without a schedule is refused."""
    with pytest.raises(ParameterError, match=r"has no \[schedule.NAME\]"):
        cron_files(settings, pipeline_of(settings, ""))


def test_a_crontab_quotes_paths(settings: Settings) -> None:
    """The shell gets each path whole, and `%` is no line end for cron."""
    (text,) = cron_files(awkward(settings), pipeline_of(settings)).values()
    (line,) = (line for line in text.splitlines() if line.startswith("0 5 1 * * "))

    command = line.removeprefix("0 5 1 * * ").replace(r"\%", "%")
    shown = (
        command.partition("&& ")[2].partition(" >> ")[0].replace("timeout -s", "printf '%s|' -s")
    )
    words = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True).stdout

    assert "%" not in line.replace(r"\%", "") and "CRON_TZ=Europe/Berlin" in text
    assert words.split("|")[7:] == [
        "/srv/it's 100% mine",
        *["schedule", "start", "shop", "monthly"],
        "",
    ]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_units_verify(settings: Settings, tmp_path: Path) -> None:
    """systemd itself finds nothing wrong with the units, whatever the path of the workspace."""
    files = systemd_files(awkward(settings), pipeline_of(settings))
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in files)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Persistent=true" in files["aifactory-shop-monthly.timer"]
    assert "TimeoutStartSec=7200" in files["aifactory-shop-monthly.service"]


@pytest.mark.parametrize(
    ("cron", "calendar"),
    [
        ("0 5 1 * *", ["*-*-01 05:00:00 UTC"]),
        ("*/15 8-9 * 1,7 *", ["*-01,07-* 08,09:00,15,30,45:00 UTC"]),
        ("0 6 * * MON-FRI", ["Mon,Tue,Wed,Thu,Fri *-*-* 06:00:00 UTC"]),
        ("0 6 * * 0,7", ["Sun *-*-* 06:00:00 UTC"]),
        ("0 6 13 * 5", ["*-*-13 06:00:00 UTC", "Fri *-*-* 06:00:00 UTC"]),
    ],
)
def test_cron_as_systemd_writes_it(cron: str, calendar: list[str]) -> None:
    """Each field of cron has its place; day of month or weekday are two lines."""
    assert on_calendar("a", Entry(cron=cron)) == calendar


def test_what_systemd_cannot_write() -> None:
    """The last day of a month is refused for systemd."""
    with pytest.raises(ParameterError, match="'L' and '#'"):
        on_calendar("a", Entry(cron="0 6 L * *"))


def test_a_cron_job(settings: Settings) -> None:
    """Schedule, zone, deadline, timeout, image and secrets are where Kubernetes looks for them."""
    pod = Pod(IMAGE, claim="factory", secrets=("AIFACTORY_LEDGER_URL=aifactory/ledger-url",))
    (text,) = kubernetes_files(pipeline_of(settings), pod).values()

    spec = yaml.safe_load(text)["spec"]
    job = spec["jobTemplate"]["spec"]
    container = job["template"]["spec"]["containers"][0]

    assert (spec["schedule"], spec["timeZone"]) == ("0 5 1 * *", "Europe/Berlin")
    assert (spec["concurrencyPolicy"], spec["startingDeadlineSeconds"]) == ("Forbid", 86_400)
    assert (job["activeDeadlineSeconds"], container["image"]) == (7200, IMAGE)
    assert container["command"][3:] == ["schedule", "start", "shop", "monthly"]
    reference = {"name": "aifactory", "key": "ledger-url"}
    assert container["env"][0]["valueFrom"] == {"secretKeyRef": reference}
    assert container["volumeMounts"] == [{"name": "workspace", "mountPath": "/workspace"}]


@pytest.mark.parametrize("image", ["", "<image>", "REPLACE ME"])
def test_a_cron_job_needs_an_image(settings: Settings, image: str) -> None:
    """A placeholder is no image."""
    with pytest.raises(ParameterError, match="--image"):
        kubernetes_files(pipeline_of(settings), Pod(image))


def test_a_secret_is_named(settings: Settings) -> None:
    """What is no VARIABLE=SECRET/KEY is refused: a value would stand in the manifest."""
    with pytest.raises(ParameterError, match="VARIABLE=SECRET/KEY"):
        kubernetes_files(pipeline_of(settings), Pod(IMAGE, secrets=("A=postgresql://x",)))
