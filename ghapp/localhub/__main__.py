"""The hub as a process of its own: seeded, announced with one line of JSON, ended by a signal."""

from __future__ import annotations

import argparse
import ctypes
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ghapp.localhub.errors import HubError
from ghapp.localhub.seed import Seeded, fill
from ghapp.localhub.server import LocalHub

# https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
PR_SET_PDEATHSIG: Final = 1


def end_with_parent() -> None:
    """Asks Linux to end this process when its parent ends; elsewhere it does nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT. Exit status 2 when the seed is wrong."""
    parser = argparse.ArgumentParser(prog="python -m ghapp.localhub", description="A GitHub on 127.0.0.1.")
    parser.add_argument("--state", type=Path, required=True, help="folder for the repositories")
    parser.add_argument("--seed", type=Path, help="JSON file with users, apps, repositories, installations")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    options = parser.parse_args(argv)
    end_with_parent()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        with LocalHub.start(options.state, port=options.port) as hub:
            seeded = fill(hub, options.seed) if options.seed else Seeded({}, ())
            ready = {
                "url": hub.url,
                "api_url": hub.api_url,
                "apps": dict(seeded.apps),
                "installations": list(seeded.installations),
            }
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
            ended.wait()
    except (HubError, OSError) as error:
        sys.stderr.write(f"localhub: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
