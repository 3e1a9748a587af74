"""Words are counted in arrays exactly as one would count them by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.localise.lexemes import MOST_COUNTED, hashes_of, read_lexemes
from runner.localise.words import parts

ALPHABET = "abzABZ059_ .(\n\t\u00e9-"
CONTENTS = st.lists(st.text(ALPHABET, max_size=60), max_size=6)


def counted_by_hand(text: str) -> Counter[str]:
    """Parts of at least two letters, and identifiers of several parts."""
    found: Counter[str] = Counter()
    for run in "".join(c if c.isascii() and (c.isalnum() or c == "_") else " " for c in text).split():
        # More than one underscore parts two identifiers.
        for identifier in run.replace("__", " ").split():
            words = parts(identifier)
            found.update(word for word in words if len(word) > 1 and not word.isdigit())
            found.update(["_".join(words)] if len(words) > 1 else [])
    return found


@given(CONTENTS)
def test_words_are_counted_as_by_hand(texts: list[str]) -> None:
    """Humps, capitals, digits and underscores part words; compounds count as a whole as well."""
    lexemes = read_lexemes([text.encode() for text in texts])
    for number, text in enumerate(texts):
        start, end = lexemes.cuts[number], lexemes.cuts[number + 1]
        found = dict(zip(lexemes.hashes[start:end].tolist(), lexemes.counts[start:end].tolist(), strict=True))
        expected = counted_by_hand(text)
        assert found == dict(zip(hashes_of(list(expected)).tolist(), expected.values(), strict=True))


@given(CONTENTS)
def test_a_content_is_read_alike_in_any_company(texts: list[str]) -> None:
    """What stands in one file never changes what is found in another."""
    together = read_lexemes([text.encode() for text in texts])
    for number, text in enumerate(texts):
        alone = read_lexemes([text.encode()])
        part = slice(together.cuts[number], together.cuts[number + 1])
        assert together.hashes[part].tolist() == alone.hashes.tolist()
        assert together.counts[part].tolist() == alone.counts.tolist()
        assert together.lengths[number] == alone.lengths[0]


@pytest.mark.parametrize("length", [2, 7, 8, 9, 15, 16, 17, 33, 200])
def test_words_of_any_length_are_told_apart(length: int) -> None:
    """The last letter counts in the longest word, and its prefix is another word."""
    word = "a" * length
    others = [word[:-1] + "b", word + "a", "b" + word[1:]]
    assert len(set(hashes_of([word, *others]).tolist())) == 4
    assert read_lexemes([word.encode()]).hashes.tolist() == hashes_of([word]).tolist()


def test_one_compound_is_known_in_every_spelling() -> None:
    """`HTTP_server`, `httpServer` and `HTTPServer` are the compound `http_server`; `server_http` is another."""
    for spelling in (b"http_server", b"HTTP_SERVER", b"httpServer", b"HTTPServer", b"_http_server_"):
        assert hashes_of(["http_server"])[0] in read_lexemes([spelling]).hashes
    assert hashes_of(["http_server"])[0] not in read_lexemes([b"server_http http server"]).hashes


def test_counts_are_bounded_and_lengths_are_not() -> None:
    """A count takes one byte."""
    lexemes = read_lexemes([b"word " * 1000, b"", b"1 2 x"])
    assert lexemes.counts.tolist() == [MOST_COUNTED]
    assert lexemes.lengths.tolist() == [1000, 0, 3]


def test_nothing_is_no_fault() -> None:
    """No contents, no words."""
    assert read_lexemes([]).cuts.tolist() == [0]
    assert hashes_of([]).tolist() == []
