"""What each signal of the file ranking gives, and what weights real issues ask for.

    python -m bench.localise_signals --data INSTANCES.jsonl --gold GOLD.jsonl --mirrors DIR [--keep FILE]
        [--aside FILE --aside-gold FILE --aside-keep FILE] [--without]

Every case is surveyed once (`--keep` keeps that for a next run); all else is arithmetic. Weights are fitted as a
multinomial logistic choice of the fix's file among the candidates, to past fixes as well where `--aside` names some.
"Held out" fits on one half of the cases and counts on the other (three random halvings, both ways), or on all groups of
repositories but one. The loss is the mean of minus the log of what the fix's file is given, where it is a candidate: it
moves before the shares do. `--without` leaves out each signal in turn. Only cases with one file in their fix are taken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

import numpy as np

from bench.localise_cases import Case, add_fit_arguments, read_aside, read_cases
from bench.localise_fit import Choices, groups_of, head, line
from bench.localise_kept import Kept, kept
from runner.localise.weights import LAST_WEIGHTS

SHARPNESS: Final = 4.0
SHRINK: Final = 0.15


def main() -> int:
    """Survey the cases and print how the weights do, and what each signal gives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_fit_arguments(parser)
    args = parser.parse_args()
    cases = [case for case in read_cases(args) if len(case.files) == 1]
    aside = [case for case in read_aside(args) if len(case.files) == 1]
    known = [*kept(cases, args.keep), *kept(aside, args.aside_keep, is_aside=True)]
    names = list(LAST_WEIGHTS)
    shipped = np.array([LAST_WEIGHTS[name] for name in names])
    choices = _choices(cases, aside, known, names)
    everything = choices.fitted()
    print(head())
    print(line("as shipped, which have seen all", choices.score(shipped)))
    print(line("fitted on all cases", choices.score(everything)))
    print(line("held out: the other half", choices.halves()))
    print(line("held out: other repositories", choices.other_groups()))
    for number, name in enumerate(names if args.without else ()):
        others = _choices(cases, aside, known, names[:number] + names[number + 1 :])
        print(line(f"without {name}: as shipped", others.score(np.delete(shipped, number))))
        print(line(f"without {name}: held out, other repositories", others.other_groups()), flush=True)
    print("\nfitted: " + ", ".join(f'"{name}": {weight:.2f}' for name, weight in zip(names, everything, strict=True)))
    return 0


def _choices(cases: Sequence[Case], aside: Sequence[Case], known: Sequence[Kept], names: Sequence[str]) -> Choices:
    """The fix's file and the other candidates of each case."""
    both = list(zip([*cases, *aside], known, strict=True))
    paths = [sorted(one.files, key=lambda path: path != case.files[0]) for case, one in both]
    return Choices(
        [
            np.array([[one.files[path].get(name, 0.0) for name in names] for path in some])
            for some, (_, one) in zip(paths, both, strict=True)
        ],
        [int(case.files[0] in one.files) for case, one in both],
        groups_of(cases, aside),
        free=np.zeros(len(names), dtype=bool),
        sharpness=SHARPNESS,
        shrink=SHRINK,
        aside=len(aside),
    )


if __name__ == "__main__":
    sys.exit(main())
