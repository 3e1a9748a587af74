"""Whether changed files can be read by their language at all, before anything is tested. Pure."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping


def syntax_faults(changed: Mapping[str, str | None]) -> tuple[str, ...]:
    """One line per changed Python file that does not parse; other languages are left to their own tests."""
    faults = []
    for path, text in changed.items():
        if text is None or not path.endswith(".py"):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an odd escape in the repository is not this edit's fault
                ast.parse(text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 0
            quoted = text.split("\n")[line - 1].strip() if 0 < line <= text.count("\n") + 1 else ""
            faults.append(f"{path}:{line}: {getattr(error, 'msg', error)}: `{quoted}`")
    return tuple(faults)
