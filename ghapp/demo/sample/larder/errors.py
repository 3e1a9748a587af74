"""The errors of the library."""


class LarderError(Exception):
    """Base of everything that this library raises on purpose."""


class UnknownUnit(LarderError):
    """A unit that is not in the table."""

    def __init__(self, unit: str) -> None:
        super().__init__(f"unknown unit {unit!r}")
        self.unit = unit


class IncompatibleUnits(LarderError):
    """Two quantities that cannot be added, like grams and millilitres."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"cannot combine {left} with {right}")


class UnreadableLine(LarderError):
    """A line of a recipe or a stock file that makes no sense."""

    def __init__(self, number: int, line: str) -> None:
        super().__init__(f"line {number} cannot be read: {line!r}")
        self.number = number


class OutOfStock(LarderError):
    """More was taken from the pantry than is in it."""

    def __init__(self, name: str, missing: str) -> None:
        super().__init__(f"not enough {name}: {missing} missing")
        self.name = name
