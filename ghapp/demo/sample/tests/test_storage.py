import pytest

from larder import Pantry
from larder.errors import LarderError
from larder.storage import dump, load


def test_round_trip(pantry):
    assert dump(load(dump(pantry))) == dump(pantry)


def test_an_empty_pantry():
    assert list(load(dump(Pantry()))) == []


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2}'])
def test_other_files_are_refused(text):
    with pytest.raises(LarderError):
        load(text)
