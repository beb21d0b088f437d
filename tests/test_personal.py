"""Personal data and sensitive attributes."""

import polars as pl
import pytest

from aifactory_nb.personal import masked, personal_findings, sensitive_findings, words_of


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("contact", [f"a{i}@b.de" for i in range(60)], "e-mail"),
        ("x", [f"10.0.0.{i}" for i in range(60)], "IP addresses"),
        ("x", [f"DE89 3704 0044 0532 01{i}" for i in range(10, 70)], "IBAN"),
        ("x", [f"+49 351 46{i}00" for i in range(60)], "phone"),
        ("x", [f"123-45-67{i}" for i in range(10, 70)], "social security"),
        ("LastName", [f"Miller {i}" for i in range(60)], "names of people"),
        ("street", [f"Elm {i}" for i in range(60)], "addresses"),
        ("birth_date", [f"19{i}-01-01" for i in range(10, 70)], "birth dates"),
    ],
)
def test_personal_data_is_found_by_value_or_by_name(
    name: str, values: list[str], what: str
) -> None:
    """Each kind is found, and its example is masked."""
    (found,) = personal_findings(pl.DataFrame({name: values}))

    assert what in found.found
    assert "•" in found.found
    assert values[0] not in found.found


def test_a_column_that_only_says_whether_is_harmless() -> None:
    """Two values identify nobody."""
    frame = pl.DataFrame({"telephone": ["A191", "A192"] * 50, "tenure": range(100)})

    assert not list(personal_findings(frame))


def test_sensitive_attributes_are_told_and_kept() -> None:
    """They are needed to look for unfair decisions."""
    frame = pl.DataFrame({"personal_status_sex": ["a"], "age": [1], "usage": [2]})

    assert [(each.column, each.effect) for each in sensitive_findings(frame)] == [
        ("personal_status_sex", "kept"),
        ("age", "kept"),
    ]


def test_names_are_taken_apart() -> None:
    """Humps, blanks and underscores separate words."""
    assert words_of("customerEmail_2 Home") == ["customer", "email", "2", "home"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("name", ["Ann Lee", "Bob Ray", "Cy Dee"] * 100),
        ("tel", [491711234567, 491711234568, 491711234569] * 100),
        ("comment", ["ok"] * 95 + ["call bob@example.org now"] * 5),
        ("card", ["4111 1111 1111 1111"] * 60),
    ],
)
def test_few_different_values_can_be_personal(name: str, values: list[object]) -> None:
    """By a sure name, or by addresses within some of the texts."""
    (found,) = personal_findings(pl.DataFrame({name: values}))

    assert str(values[-1]) not in found.found


def test_values_that_look_personal_are_masked() -> None:
    """Others are shown as they are."""
    assert masked("ann@example.org") == "a••@•••••••.•••"
    assert masked("Ann Lee", "surname") == "A•• •••"
    assert masked("2024-01-01") == "2024-01-01"
