"""What a JSON value is, and how a request body is read field by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ghapp.localhub.errors import FieldFault, Unprocessable

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = "Mapping[str, Json]"


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object sent by a client; reading a field of the wrong type raises Unprocessable."""

    fields: JsonObject
    resource: str

    @classmethod
    def of(cls, value: Json, resource: str) -> Body:
        """The object in a request; nothing at all counts as an empty object."""
        if value is None:
            return cls({}, resource)
        if not isinstance(value, Mapping):
            raise Unprocessable("Invalid request.\n\nThe request body must be a JSON object.")
        return cls(value, resource)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str) -> str:
        """A string that must be there and not be empty."""
        value = self.text_or_none(name)
        if not value:
            raise self.fault(name, "missing_field")
        return value

    def text_or_none(self, name: str) -> str | None:
        """A string, or None where it is absent or null."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            raise self.fault(name, "invalid")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean, or its default."""
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise self.fault(name, "invalid")
        return value

    def choice(self, name: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        """One of the allowed words."""
        value = self.fields.get(name, default)
        if not isinstance(value, str) or value not in allowed:
            raise self.fault(name, "invalid")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; absent counts as empty."""
        return as_texts(self.fields.get(name), self.fault(name, "invalid"))

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; absent counts as empty."""
        values = self.fields.get(name) or ()
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise self.fault(name, "invalid")
        found = tuple(value for value in values if isinstance(value, int))
        if len(found) != len(values):
            raise self.fault(name, "invalid")
        return found

    def child(self, name: str) -> Body | None:
        """A nested object, or None where it is absent or null."""
        value = self.fields.get(name)
        return None if value is None else Body.of(value, self.resource)

    def fault(self, name: str, code: str) -> Unprocessable:
        """GitHub's validation error about one field."""
        return Unprocessable("Validation Failed", (FieldFault(self.resource, name, code),))


def as_texts(value: Json, fault: Unprocessable) -> tuple[str, ...]:
    """A JSON list of strings as a tuple; raises `fault` for anything else."""
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise fault
    found = tuple(item for item in value if isinstance(item, str))
    if len(found) != len(value):
        raise fault
    return found
