"""What kind of file a path is, and why some kinds come last. Pure."""

from __future__ import annotations

import re
from typing import Final

LANGUAGES: Final = {
    "py": "python", "pyi": "python", "js": "javascript", "jsx": "javascript", "mjs": "javascript", "cjs": "javascript",
    "ts": "typescript", "mts": "typescript", "cts": "typescript", "tsx": "tsx", "go": "go", "java": "java",
    "rs": "rust", "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "cxx": "cpp", "hpp": "cpp", "hh": "cpp",
    "rb": "ruby", "php": "php",
}  # fmt: skip
OTHER_CODE_SUFFIXES: Final = """
pyx pxd cs kt kts scala swift m mm lua pl pm r jl ex exs erl hs ml clj sh bash zsh ps1 sql vue svelte dart f90
zig html css scss less j2 jinja tmpl toml cfg ini yml yaml json xml gradle cmake make mk
"""
OTHER_CODE: Final = frozenset(OTHER_CODE_SUFFIXES.split())
DOCUMENT_SUFFIXES: Final = "md rst txt adoc tex org rtf csv tsv log po pot svg ipynb lock sum"
DOCUMENTS: Final = frozenset(DOCUMENT_SUFFIXES.split())

TEST: Final = re.compile(
    r"(^|/)(tests?|testing|specs?|__tests__|fixtures)/|(^|/)(test_[^/]*|conftest)\.py$|[_.\-](test|spec|tests)\.\w+$"
)
VENDORED: Final = re.compile(
    r"(^|/)(vendor|vendored|_vendor|third_party|third-party|node_modules|extern|externals|bower_components)/"
)
GENERATED: Final = re.compile(
    r"(^|/)(generated|gen|dist|build)/|[._](pb2|pb|generated|g|designer)\.\w+$|_pb2(_grpc)?\.py$"
)
MINIFIED: Final = re.compile(r"[.\-]min\.(js|css)$|\.bundle\.js$|\.map$")
ASIDE: Final = re.compile(
    r"(^|/)(docs?|examples?|samples?|benchmarks?|bench|tutorials?|scripts|tools)/|(^|/)(setup|release)\.py$"
)

PENALTIES: Final = (
    (MINIFIED, 0.1, "minified"),
    (VENDORED, 0.3, "vendored"),
    (GENERATED, 0.4, "generated"),
    (TEST, 0.3, "a test"),
    (ASIDE, 0.6, "beside the product"),
)


def suffix_of(path: str) -> str:
    """The lower-case ending after the last dot of the file's name, or ""."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def language_of(path: str) -> str:
    """The grammar that reads the file, or ""."""
    return LANGUAGES.get(suffix_of(path), "")


def is_scanned(path: str) -> bool:
    """Whether the file's content is searched; documents and unknown kinds are ranked by their path alone."""
    suffix = suffix_of(path)
    return suffix in LANGUAGES or suffix in OTHER_CODE


def penalty_of(path: str) -> tuple[float, str]:
    """The factor (0.0-1.0) on the file's score and its reason; the sternest rule holds, (1.0, "") if none does."""
    if suffix_of(path) in DOCUMENTS:
        return 0.3, "a document"
    return next(((factor, why) for pattern, factor, why in PENALTIES if pattern.search(path)), (1.0, ""))
