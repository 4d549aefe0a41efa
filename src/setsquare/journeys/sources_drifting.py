"""Says where code and spec have gone apart in other checkouts too, each judged by its own locks, settings and history."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from setsquare.errors import Usage
from setsquare.journeys.app import App
from setsquare.journeys.drifting import Drifts, DriftWish, drifts
from setsquare.journeys.sourcing import Source, Sources, combined
from setsquare.spec.drift import Drift
from setsquare.text.paths import RelPath
from setsquare.workspace.sources import mounted
from setsquare.workspace.spec import Spec


# req: openspec-interop/7.2
def drifts_together(app: App, wish: DriftWish, sources: Sources) -> Drifts:
    """Look at the workspace and at every source that can be read; a spec is named with its source's id in front.

    `wish.since` speaks of the workspace's history, `wish.reports` of its tests: a source is compared with its own last approvals.

    Raises:
        Usage: a named spec does not exist.
    """
    workspace = combined(sources)
    asked, elsewhere = _told_apart(wish.specs, sources)
    parts = []
    if asked or not elsewhere:
        parts.append(drifts(app, replace(wish, specs=asked)))
    for item in sources.items:
        names = elsewhere.get(item.id, ())
        if item.is_read and item.place is not None and (names or not wish.specs):
            parts.append(_in_source(app, wish, sources, item, names))
    found = sorted((drift for part in parts for drift in part.found), key=lambda drift: drift.severity.rank)
    missing: dict[str, int] = {}
    for part in parts:
        for extra, count in part.missing.items():
            missing[extra] = missing.get(extra, 0) + count
    return Drifts(
        workspace=workspace,
        specs=tuple(spec for part in parts for spec in part.specs),
        found=tuple(found),
        unlocked=tuple(spec for part in parts for spec in part.unlocked),
        unrecorded=sum(part.unrecorded for part in parts),
        missing=missing,
        moved=sum(part.moved for part in parts),
    )


def _told_apart(names: tuple[str, ...], sources: Sources) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Tell the workspace's own specs from those of sources, which begin with an id.

    Raises:
        Usage: the source of one was not read.
    """
    known = {item.id: item for item in sources.items}
    own: list[str] = []
    elsewhere: dict[str, tuple[str, ...]] = {}
    for name in names:
        source, sign, rest = name.partition(":")
        if not sign or source not in known:
            own.append(name)
            continue
        if not known[source].is_read:
            raise Usage(f"`{name}` is of a source that was not read: {known[source].reason}.", "See `setsquare sources`.")
        elsewhere[source] = (*elsewhere.get(source, ()), rest)
    return tuple(own), elsewhere


def _in_source(app: App, wish: DriftWish, sources: Sources, item: Source, names: tuple[str, ...]) -> Drifts:
    """Look at one source as a workspace of its own; specs that its globs leave out are left out."""
    place = item.place
    chosen = names or tuple(spec.path.removeprefix(f"{item.id}:/") for spec in item.workspace.specs if not spec.is_archived)
    if place is None or not chosen:
        return Drifts(workspace=item.workspace, specs=(), found=())
    there = replace(
        app,
        folder=place.folder,
        files=sources.places.files(place),
        git=sources.places.git(place),
        history=sources.places.history(place),
        results=None,
    )
    found = drifts(there, replace(wish, specs=chosen, since="", reports=()))
    by_path = {spec.path: spec for spec in item.workspace.specs}
    return replace(
        found,
        specs=tuple(_specs(item, by_path, found.specs)),
        unlocked=tuple(_specs(item, by_path, found.unlocked)),
        found=tuple(_moved(item, drift) for drift in found.found),
    )


def _specs(item: Source, by_path: dict[RelPath, Spec], specs: Iterable[Spec]) -> list[Spec]:
    """Give specs as they stand in the combined workspace."""
    return [by_path[path] for spec in specs if (path := mounted(item.id, spec.path)) in by_path]


def _moved(item: Source, drift: Drift) -> Drift:
    """Write a finding's paths under the source's mount."""
    return replace(drift, home=mounted(item.id, drift.home), path=mounted(item.id, drift.path) if drift.path else drift.path)
