"""The way to a Dask cluster."""

import sys

import pytest
from servers import free_port

from aifactory_nb import cluster
from aifactory_nb.errors import SettingsError


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its address, and what to do."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"

    with pytest.raises(SettingsError, match=f"{address} does not answer: .* Start it"):
        cluster.connect(address)


def test_an_address_that_is_none_is_told() -> None:
    """The text is shown as it was given; no address at all is told as well."""
    with pytest.raises(SettingsError, match="scheduler bench://1 does not answer"):
        cluster.connect("bench://1")
    with pytest.raises(SettingsError, match="Which cluster"):
        cluster.connect("")


def test_without_dask_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask is no part of the plain installation."""
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(SettingsError, match=r"uv sync --extra dask"):
        cluster.connect("tcp://127.0.0.1:8786")
