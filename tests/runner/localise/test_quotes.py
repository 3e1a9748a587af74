"""A text that the task quotes is found by its words, then looked at."""

from __future__ import annotations

from runner.localise.index import read_index
from runner.localise.query import read_query
from runner.localise.quotes import MOST_LOOKED_AT, files_quoting
from runner.testing import FakeRepository, FakeSliceCache, SerialScan


def quoting(text: str, files: dict[str, bytes]) -> tuple[str, ...]:
    """The files in which a quoted text stands."""
    repository = FakeRepository(files)
    index = read_index(repository.entries("base"), repository.read, FakeSliceCache(), SerialScan())
    return files_quoting(read_query(text), index, repository.read)


def test_a_quoted_text_stands_where_all_its_words_do_and_as_it_is() -> None:
    """Two texts are told apart, and the same words in another order are another text."""
    files = {
        "wheel.py": b"raise ValueError('the wheel is broken')\n",
        "order.py": b"# broken is the wheel\n",
        "rim.py": b"print('no rim was found')\n",
        "other.py": b"the = wheel\n",
    }
    text = 'Title\n\nIt says "the wheel is broken", then "no rim was found" and "the 12 34 56".'
    assert quoting(text, files) == ("rim.py", "wheel.py")
    assert quoting("Title\n\nNothing is quoted.", files) == ()


def test_what_stands_in_too_many_files_points_at_none() -> None:
    """A licence's line is in all of them; another text beside it is still found."""
    files = {f"{number}.py": b"# all rights are reserved\n" for number in range(MOST_LOOKED_AT + 1)}
    text = 'Title\n\n"all rights are reserved" and "the wheel is broken"'
    assert quoting(text, {**files, "wheel.py": b"'the wheel is broken'\n"}) == ("wheel.py",)
