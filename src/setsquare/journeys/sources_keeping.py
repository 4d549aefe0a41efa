"""Says how the specs of other checkouts stand."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from setsquare.journeys.keeping import Kept, kept_in
from setsquare.journeys.sourcing import Sources
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.sources import mounted, unmounted


# req: openspec-interop/7.2
def kept_elsewhere(sources: Sources) -> Iterator[Kept]:
    """Say of every spec of every source what its own checkout knows; names and paths begin with the source's id."""
    for item in sources.items:
        if not item.is_read:
            continue
        chosen = {spec.path for spec in item.workspace.specs}
        for kept in kept_in(load(item.snapshot.files, item.snapshot.skipped)):
            if (path := mounted(item.id, kept.path)) in chosen:
                yield replace(kept, spec=f"{item.id}:{kept.spec}", path=RelPath(unmounted(path)))
