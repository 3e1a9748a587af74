"""The ports of localising, put together by themselves: nothing that only a whole run needs is loaded or started."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from runner.adapters.git_work_tree import open_repository
from runner.adapters.scan_pool import ScanPool
from runner.phases.map import Reading
from runner.settings import Settings
from runner.slice_cache import SqliteSliceCache

SLICES: Final = "slices.sqlite"
"""The slice cache in the state folder."""


@contextmanager
def open_reading(settings: Settings, repository: Path) -> Iterator[Reading]:
    """The ports that localising needs; nothing is started and nobody is asked. Raises BadInput."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with open_scratch() as scratch, SqliteSliceCache(settings.state_dir / SLICES) as cache:
        pool = ScanPool(cores=os.cpu_count() or 1)
        yield Reading(open_repository(repository, scratch), cache, time.monotonic, pool)


@contextmanager
def open_scratch() -> Iterator[Path]:
    """A folder for what must be written on the way, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="greenloop-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
