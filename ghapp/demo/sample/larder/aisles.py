"""Where in the shop an ingredient stands, so that a list can be walked through."""

AISLES = (
    (
        "vegetables",
        ("onion", "carrot", "potato", "tomato", "zucchini", "eggplant", "salad", "leek"),
    ),
    ("fruit", ("apple", "lemon", "banana", "berry", "orange", "pear")),
    ("dairy", ("milk", "butter", "cream", "cheese", "yoghurt", "egg")),
    ("baking", ("flour", "sugar", "yeast", "baking powder", "vanilla", "cocoa")),
    ("dry goods", ("rice", "pasta", "lentil", "bean", "oat", "couscous")),
    ("spices", ("salt", "pepper", "cinnamon", "nutmeg", "paprika", "cumin")),
)
OTHER = "other"


def aisle_of(name: str) -> str:
    """The aisle of an ingredient; a name is matched by its last word first, then by any."""
    words = name.split()
    for probe in [words[-1:], words]:
        for aisle, members in AISLES:
            if any(word in members for word in probe):
                return aisle
    return next((aisle for aisle, members in AISLES if name in members), OTHER)


def walk_order(name: str) -> "tuple[int, str]":
    """A key that sorts ingredients the way one walks through the shop."""
    order = [aisle for aisle, _ in AISLES] + [OTHER]
    return order.index(aisle_of(name)), name
