"""Signatures of executed notebooks."""

import json
import sqlite3
import sys
from pathlib import Path

import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import reads_json

from aifactory_nb.signature import SLOW, Signer, finish_signing

NOTEBOOK = json.dumps({"cells": [], "metadata": {"a": 1}, "nbformat": 4, "nbformat_minor": 5})


def is_signed(text: str) -> bool:
    """Whether JupyterLab would trust it."""
    notary = NotebookNotary()
    try:
        return notary.check_signature(reads_json(text))
    finally:
        notary.store.close()


def test_a_notebook_is_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When one has waited for it; another notebook is not."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    signer = Signer()
    signer.sign(NOTEBOOK)
    signer.finish()

    assert is_signed(NOTEBOOK)
    assert not is_signed(NOTEBOOK.replace("1", "2"))


def test_a_list_of_signatures_that_cannot_be_written_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notebook is there, without a signature."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))

    def locked(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(NotebookNotary, "sign", locked)
    signer = Signer()
    signer.sign(NOTEBOOK)
    signer.finish()

    assert not is_signed(NOTEBOOK)


def test_the_import_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept out while it was imported can be imported by others."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    signer = Signer()
    signer.sign(NOTEBOOK)
    signer.finish()
    finish_signing()

    assert sys.modules.get(SLOW, "not there") is not None
