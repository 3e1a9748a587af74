import pytest

from larder.names import normalise, singular


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("eggs", "egg"),
        ("tomatoes", "tomato"),
        ("berries", "berry"),
        ("peaches", "peach"),
        ("couscous", "couscous"),
        ("bay leaves", "bay leaf"),
        ("swiss", "swiss"),
        ("peas", "pea"),
    ],
)
def test_singular(word, one):
    assert singular(word) == one


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Plain Flour", "flour"),
        ("Onions, finely chopped", "onion"),
        ("of milk", "milk"),
        ("butter (soft)", "butter"),
        ("courgettes", "zucchini"),
        ("  ", ""),
    ],
)
def test_normalise(name, key):
    assert normalise(name) == key
