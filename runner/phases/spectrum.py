"""Whether there is time to see what failing and passing tests execute, and what comes of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from runner.errors import EngineFailure, MissingTool
from runner.localise.spectrum import suspicion
from runner.models import Localisation, Overlay
from runner.ports import Coverage
from runner.proof import Cells, Line, TestOutcome
from runner.verify.matrix import Bench
from runner.verify.test_paths import is_test_path

SHARE: Final = 0.2
"""The part of the seconds left that tracing may take."""
MOST_S: Final = 16.0
LEAST_S: Final = 2.0
"""Less is not enough to start the tests' process."""
TRIED_FILES: Final = 1
"""Of how many files tests are tried of which nobody knows whether they pass: to load one takes its time."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """How suspicious lines are (line -> 0.0-1.0), and what kept it from more.

    `is_cut`: the failing tests may execute more than that; `compared`: what they compared (id -> both sides); `near`:
    the functions that they entered from their last line (first line -> calls below it).
    """

    suspicion: Mapping[Line, float] = field(default_factory=dict)
    note: str = ""
    is_cut: bool = False
    compared: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    near: Mapping[Line, int] = field(default_factory=dict)


def spectrum_of(
    found: Localisation,
    base: Cells,
    tree: Overlay,
    bench: Bench,
    coverage: Coverage,
    *,
    paths: Iterable[str],
    near: Sequence[str] = (),
) -> Spectrum:
    """What failing tests execute of these paths and passing ones do not; nothing where all candidates are shown.

    Where no test is known to pass those of the `near` test files are tried.
    """
    if not any(run.failing for run in base.reproducing[:1]) or _is_all_shown(found):
        return Spectrum()
    timeout_s = min(MOST_S, SHARE * bench.seconds_left())
    if timeout_s < LEAST_S:
        return Spectrum(note=f"what the tests execute was not traced: {timeout_s:.1f} s are too few for it")
    passing = _passing(base) or near[:TRIED_FILES]
    bench.checkout.switch(tree)
    try:
        spectra = coverage.spectra(
            bench.checkout.root, base.reproducing[0], passing, _traced(paths), timeout_s=timeout_s
        )
    except (EngineFailure, MissingTool) as failure:
        return Spectrum(note=f"what the tests execute was not traced: {failure}")
    if not any(spectra.failing):
        note = "the failing tests execute none of the repository's own files in their process"
        return Spectrum(note=note, compared=spectra.compared)
    note = "what the failing tests execute was traced in part: the time was over" if spectra.is_cut else ""
    scores = suspicion(spectra.failing, spectra.passing)
    return Spectrum(scores, note, spectra.is_cut, spectra.compared, spectra.near)


def _passing(base: Cells) -> list[str]:
    return [id_ for run in (base.reproducing[0], *base.existing) for id_ in run.ids(TestOutcome.PASSED)]


def _traced(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if path.endswith(".py") and not is_test_path(path)]


def _is_all_shown(found: Localisation) -> bool:
    """Whether each candidate stands whole in one of the spans that are shown."""
    return all(
        any(span.path == slice_.path and span.start <= slice_.start and slice_.end <= span.end for span in found.shown)
        for slice_ in found.slices
    )
