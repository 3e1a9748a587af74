"""How Go finds what was compiled before: in a cache of the run's own, whose entries are links to the environment's.

Since Go 1.20 its library is compiled on every machine, which takes half a minute that no run has. A test can write to
its run's cache, and never to what the next run is built from. https://pkg.go.dev/cmd/go#hdr-Build_and_test_caching
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from runner.environment_compiled import GO_CACHE

NAME: Final = "gocache"
TRIMMED: Final = "trim.txt"
"""When old entries were thrown away last, in seconds since 1970: Go does so once a day."""


def linked_go_cache(environment: Path | None, folder: Path) -> Mapping[str, str]:
    """The variable that names the cache made in the folder; none where the environment holds nothing for it."""
    compiled = environment / GO_CACHE if environment else None
    if compiled is None or not compiled.is_dir():
        return {}
    cache = folder / NAME
    cache.mkdir(exist_ok=True)
    for part in compiled.iterdir():
        if part.is_dir():
            (cache / part.name).mkdir(exist_ok=True)
            for entry in part.iterdir():
                link = cache / part.name / entry.name
                if not link.is_symlink():
                    link.symlink_to(entry)
    (cache / TRIMMED).write_text(f"{time.time():.0f}\n", encoding="ascii")
    return {"GOCACHE": str(cache)}
