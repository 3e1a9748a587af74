"""How a blob's exports are kept in the slice cache, so that names are followed without reading files. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from runner.localise.exports import Exports, Source, exports_of
from runner.localise.records import record_key
from runner.models import BlobEntry
from runner.ports import Repository, SliceCache

EXTRACTOR: Final = "exports-1"
"""Rises with every change of what is extracted or how it is packed, so that old records are never found again."""

ExportsOf = Callable[[Iterable[str], Mapping[str, bytes]], Mapping[str, Exports]]
"""The exports of files, by path, in bulk. Contents that are at hand need not be read."""


def exports_reader(entries: Mapping[str, BlobEntry], repository: Repository, cache: SliceCache) -> ExportsOf:
    """What tells the exports of a commit's files (path -> entry); what had to be read is kept in the cache."""

    def exports(paths: Iterable[str], at_hand: Mapping[str, bytes]) -> Mapping[str, Exports]:
        ids = {path: entries[path].blob_id for path in paths}
        keys = {id_: record_key(id_, EXTRACTOR) for id_ in ids.values()}
        kept = cache.get(keys.values())
        known = {id_: found for id_, key in keys.items() if (found := unpack_exports(kept.get(key, b""))) is not None}
        contents = {ids[path]: at_hand[path] for path in ids.keys() & at_hand.keys()}
        missing = keys.keys() - known.keys()
        contents.update(repository.read(sorted(missing - contents.keys())))
        fresh = {id_: exports_of(contents[id_]) for id_ in missing}
        cache.put({keys[id_]: pack_exports(found) for id_, found in fresh.items()})
        return {path: (known | fresh)[id_] for path, id_ in ids.items()}

    return exports


def pack_exports(exports: Exports) -> bytes:
    """The exports as bytes."""
    imported = [[alias, one.level, one.module, one.name] for alias, one in exports.imported.items()]
    stars = [[one.level, one.module] for one in exports.stars]
    return json.dumps([sorted(exports.defined), imported, stars], separators=(",", ":")).encode("ascii")


def unpack_exports(record: bytes) -> Exports | None:
    """The exports, or None for bytes that pack_exports did not make."""
    try:
        defined, imported, stars = json.loads(record)
        return Exports(
            frozenset(map(str, defined)),
            {str(alias): Source(int(level), str(module), str(name)) for alias, level, module, name in imported},
            tuple(Source(int(level), str(module), "") for level, module in stars),
        )
    except (ValueError, TypeError):
        return None
