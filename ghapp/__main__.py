"""The command line `greenloop`: which words are the runner's and which need the GitHub side."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final

import runner.__main__

OF_THE_RUNNER: Final = {
    "fix": "repair a defect of a local repository and prove it",
    "localise": "where in a repository a task points",
    "verify": "what can be said about a change, with evidence",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in OF_THE_RUNNER:
        return runner.__main__.main(words)
    # The GitHub side takes longer to load than `localise` takes to answer.
    run_command: Callable[[Sequence[str], Mapping[str, str], Mapping[str, str]], int]
    run_command = import_module("ghapp.cli").run_command
    return run_command(words, dict(os.environ), OF_THE_RUNNER)


if __name__ == "__main__":
    sys.exit(main())
