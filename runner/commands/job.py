"""Which job a command's arguments describe."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runner.adapters.environment import given_environment
from runner.compose import Job, configuration, prepare
from runner.models import Limits
from runner.settings import Settings


def job_of(args: argparse.Namespace, settings: Settings, *, commit: str, out: Path, limits: Limits) -> Job:
    """The job that the arguments describe; without --env the environment is prepared first, which is said.

    Raises EnvironmentMissing with what to configure, and BadInput.
    """
    if args.env is not None:
        environment = given_environment(args.env, configuration(args.repo, commit))
    else:
        sys.stderr.write("preparing the repository's environment (cached; --env DIR gives one) ...\n")
        environment = prepare(settings, args.repo, commit)
        sys.stderr.writelines(f"note: {note}\n" for note in environment.notes)
    return Job(
        repository=args.repo,
        out=out,
        environment=environment.folder,
        test_command=args.test or environment.config.test,
        hooks=environment.config.hooks,
        limits=limits,
        seed=getattr(args, "seed", 0),
        notes=environment.notes,
    )
