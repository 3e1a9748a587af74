"""When two words for an ingredient mean the same thing."""

import re

_SYNONYMS = {
    "plain flour": "flour",
    "wheat flour": "flour",
    "all-purpose flour": "flour",
    "scallion": "spring onion",
    "aubergine": "eggplant",
    "courgette": "zucchini",
    "icing sugar": "powdered sugar",
    "whole milk": "milk",
}
_UNCOUNTED = {"molasses", "hummus", "couscous", "asparagus", "swiss", "watercress"}
_REMARK = re.compile(r"\(.*?\)|,.*$")


def singular(word: str) -> str:
    """The singular of an English word, well enough for food."""
    if word in _UNCOUNTED or len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("oes", "ches", "shes")):
        return word[:-2]
    if word.endswith("leaves"):
        return word[:-6] + "leaf"
    return word[:-1]


def normalise(name: str) -> str:
    """The key under which an ingredient is kept: lower case, singular, without remarks."""
    words = _REMARK.sub("", name).lower().split()
    if words and words[0] == "of":
        words = words[1:]
    if not words:
        return ""
    words[-1] = singular(words[-1])
    plain = " ".join(words)
    return _SYNONYMS.get(plain, plain)
