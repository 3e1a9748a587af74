"""The pantry as JSON text and back."""

import json
from datetime import date
from typing import Any, Dict

from .errors import LarderError
from .lots import Lot
from .pantry import Pantry
from .quantities import Quantity

FORMAT = 1


def dump(pantry: Pantry) -> str:
    """The pantry as JSON, always in the same order."""
    lots = [
        {
            "name": name,
            "amount": lot.quantity.amount,
            "dimension": lot.quantity.dimension,
            "best_before": lot.best_before.isoformat() if lot.best_before else None,
            "price": lot.price,
        }
        for name, lot in pantry
    ]
    return json.dumps({"format": FORMAT, "lots": lots}, indent=2, sort_keys=True)


def load(text: str) -> Pantry:
    """The pantry that `dump` wrote. Raises LarderError for anything else."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise LarderError(f"not JSON: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise LarderError("not a larder file, or of another version")
    pantry = Pantry()
    for entry in content.get("lots", []):
        pantry.add(entry["name"], _lot(entry))
    return pantry


def _lot(entry: Dict[str, Any]) -> Lot:
    best_before = entry.get("best_before")
    return Lot(
        Quantity(float(entry["amount"]), entry["dimension"]),
        date.fromisoformat(best_before) if best_before else None,
        entry.get("price"),
    )
