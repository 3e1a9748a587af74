"""Which options of a test command are followed by a value of their own. Pure."""

from __future__ import annotations

from typing import Final

TAKES_VALUE: Final = frozenset(
    """-c -k -m -n -o -p -W -r --rootdir --confcutdir --ignore --ignore-glob --deselect --basetemp --maxfail --tb
    --color --junitxml --junit-prefix --cov --cov-config --cov-report --durations --import-mode --capture
    --override-ini --log-level --dist --numprocesses --timeout --verbosity --ds --settings --parallel""".split()  # noqa: SIM905  # a list takes 30 lines
)
"""Those of pytest and its usual plugins, and of Django's runner."""
