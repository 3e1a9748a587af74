"""How identifiers and prose become the words that a task and its code are compared by. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

STOP_WORDS: Final = """
a about after again all also always an and any are as at be because been before being both but by can cannot
could did do does doesn doing don done down each either else even every few first following for found from
further get gets getting give given go goes got had has have having he help her here hi his how however if in
into is isn it its itself just know last let like line lines look make makes many may maybe me might more most
much must my need needs never new no none nor not now of off ok on once one only or other our out over own
please possible print problem problems really same see seem seems self she should show shows since so some
something sometimes still such sure take than thank thanks that the their them then there these they thing
things think this those though through to too tried try trying two under until up upon us use used user uses
using very via want wanted wants was way we well were what when where whether which while who why will with
within without work working works would wrong yes yet you your actual behavior behaviour bug call class code
current currently def description error errors example expected file github http https import instead issue
lead leads python raise raised raises result return returned returns steps traceback true false type version
www com org
"""
STOP: Final = frozenset(STOP_WORDS.split())
"""Words that say nothing about which code is meant: English glue and what every bug report holds."""

SUFFIXES: Final = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", ""))
ENDINGS: Final = ("", "s", "es", "ed", "ing", "e", "ly")
"""What a stem may end in, for looking words up by all forms that stem to it."""


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The lower-case word without its commonest English ending; short words stay whole."""
    for suffix, instead in SUFFIXES:
        if len(word) > 4 and word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            return word[: -len(suffix)] + instead
    return word


def words_of(term: str) -> frozenset[str]:
    """The words that mean a term in an index: all forms of a stem; a compound as it is, or written as one word."""
    return frozenset((term[1:], term[1:].replace("_", ""))) if term[0] == "=" else forms(term)


def forms(stemmed: str) -> frozenset[str]:
    """The words that stem to `stemmed`, as far as its commonest endings go."""
    candidates = {stemmed + ending for ending in ENDINGS} | {stemmed[:-1] + "ies" if stemmed.endswith("y") else stemmed}
    return frozenset(word for word in candidates if stem(word) == stemmed) | {stemmed}


@lru_cache(maxsize=200_000)
def parts(identifier: str) -> tuple[str, ...]:
    """The lower-case words of an identifier: `HTTPServerError` and `http_server_error` both give three."""
    return tuple(found.lower() for found in PART.findall(identifier))


@lru_cache(maxsize=200_000)
def terms(identifier: str) -> tuple[str, ...]:
    """What an identifier is indexed under: the stems of its words, and "=its_words" when it has several."""
    words = parts(identifier)
    stems = [stem(word) for word in words if len(word) > 1 and word not in STOP and not word.isdigit()]
    if len(words) > 1:
        stems.append("=" + "_".join(words))
    return tuple(dict.fromkeys(stems))
