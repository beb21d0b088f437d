"""Redaction: the forms of a value, and the texts of a notebook."""

import json
from base64 import b64encode, urlsafe_b64encode
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory_nb.redact import Redactor, redact_notebook, redact_outputs, value_forms

VALUES = st.text(st.characters(codec="utf-8"), min_size=4, max_size=40).filter(
    lambda text: text.strip() == text
)


@pytest.mark.parametrize(
    "form",
    [
        str,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        repr,
        quote,
        quote_plus,
        lambda value: quote(value, safe=""),
        escape,
    ],
)
@settings(max_examples=40, deadline=None)
@given(value=VALUES)
def test_each_form_is_taken_out(form, value: str) -> None:
    """What a program makes of a value to write it is found, wherever it stands."""
    written = f"before {form(value)} after"
    redacted = Redactor({"KEY": value})(written)

    assert "[secret KEY]" in redacted


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@settings(max_examples=40, deadline=None)
@given(
    value=VALUES.filter(lambda text: len(text.encode()) >= 6),
    before=st.binary(max_size=5),
    after=st.binary(max_size=5),
)
def test_base64_is_found_whatever_stands_around_the_value(
    encode, value: str, before: bytes, after: bytes
) -> None:
    """`Authorization: Basic` is the base64 of user and password."""
    written = encode(before + value.encode() + after).decode()

    assert "[secret KEY]" in Redactor({"KEY": value})(written)


def test_the_longer_of_two_values_is_found_first() -> None:
    """Else a part of it would be left."""
    redact = Redactor({"SHORT": "abcd", "LONG": "abcdefgh"})

    assert redact("abcdefgh abcd") == "[secret LONG] [secret SHORT]"


def test_lines_of_a_private_key_are_found_alone() -> None:
    """A program may print it line by line, indented."""
    redact = Redactor({"PEM": "-----BEGIN-----\nMIIEvQIBADANBgkq\nab\n-----END-----\n"})

    assert redact("  1: MIIEvQIBADANBgkq") == "  1: [secret PEM]"
    assert "ab" not in value_forms("-----BEGIN-----\nMIIEvQIBADANBgkq\nab\n")


def test_a_value_cut_by_pieces_of_a_stream_is_found() -> None:
    """Also when the other stream comes between."""
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "my sec"},
        {"output_type": "stream", "name": "stderr", "text": "warning"},
        {"output_type": "stream", "name": "stdout", "text": "retword!"},
    ]
    redacted = redact_outputs(outputs, Redactor({"KEY": "secretword"}))

    assert [output["text"] for output in redacted] == ["my [secret KEY]!", "warning", ""]


def test_all_parts_of_a_notebook_are_looked_at() -> None:
    """Code, outputs, keys of JSON, and metadata; the rest is as it was."""
    cell = {
        "cell_type": "code",
        "source": "token = 'secretword'",
        "metadata": {"papermill": {"exception": "secretword"}},
        "outputs": [
            {"output_type": "display_data", "data": {"application/json": {"secretword": 1}}},
            {"output_type": "error", "traceback": ["a", "secretword"]},
        ],
    }
    notebook = {"cells": [cell], "metadata": {"p": {"token": "secretword"}}, "nbformat": 4}
    redacted = redact_notebook(notebook, Redactor({"KEY": "secretword"}))

    assert "secretword" not in json.dumps(redacted)
    assert json.dumps(redacted).count("[secret KEY]") == 5
    assert redacted["nbformat"] == 4


def test_without_values_nothing_is_changed() -> None:
    """And it says so, for whoever would have to copy a notebook."""
    assert not Redactor({})
    assert Redactor({})("as it is") == "as it is"
