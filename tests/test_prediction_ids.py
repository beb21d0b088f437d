"""Ids of predictions: who has given them, and which nobody has."""

import threading

import polars as pl
import pytest

from aifactory_nb.delta import DeltaFolder
from aifactory_nb.journal import Journal
from aifactory_nb.object_store import LocalStore
from aifactory_nb.prediction_ids import FORM, MOST_DOUBTFUL, PredictionIds


@pytest.fixture
def home(tmp_path):
    return tmp_path / "journals"


@pytest.fixture
def make(tmp_path, home):
    """Journals of one table."""
    place = DeltaFolder(LocalStore(tmp_path), "served", "served")
    made = []

    def journal() -> Journal:
        made.append(Journal(home, place, {"prediction_id": pl.String}))
        return made[-1]

    yield journal
    for each in made:
        if each.folder.exists():
            each.close()


def test_no_id_is_given_twice(make):
    """Also where several threads ask at once."""
    ids = PredictionIds(make())
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: [found.extend(ids.new(3)) for _ in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == len(found) == 2400
    assert all(FORM.fullmatch(each) for each in found)


def test_ids_of_journals_at_work_and_of_those_before_are_known(make, home):
    """Another worker's, and one of a service that has ended and left nothing but its rows."""
    before, beside, ids = make(), make(), PredictionIds(make())
    before.append(b'{"prediction_id": "x"}\n')
    before.close()
    assert not (home / before.name).exists()

    ids.take_note([f"{before.name}-1", f"{beside.name}-1", *ids.new(1)])
    ids.look_into()
    ids.take_note([f"{before.name}-2"])

    assert ids.unknown == 0


def test_ids_that_nobody_has_given_are_counted(make):
    """A journal that there never was is looked for in time, a number that is too large is known at once."""
    ids = PredictionIds(make())
    ids.new(5)
    ids.take_note([f"{ids.journal.name}-6", "0123456789ab-1", "0123456789ab-2"])
    assert ids.unknown == 1

    ids.look_into()
    ids.look_into()

    assert ids.unknown == 3


def test_names_that_are_made_up_do_not_fill_the_memory(make):
    """Beyond some of them the rest is not looked for."""
    ids = PredictionIds(make())
    ids.take_note(f"{number:012x}-1" for number in range(2 * MOST_DOUBTFUL))
    assert ids.unknown == MOST_DOUBTFUL

    ids.look_into()

    assert ids.unknown == 2 * MOST_DOUBTFUL
