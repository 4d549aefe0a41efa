"""Resolves the other checkouts that a workspace declares or a person gives, and reads each of them once."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterable
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import GitFailed, StorageFailed, Unreadable, Usage
from setsquare.guard.globs import compiled
from setsquare.ports.files import Snapshot
from setsquare.ports.source_places import Absent, NotThere, SourcePlace, SourcePlaces
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import Declarations, DeclaredSource, is_source_id, mount_of, mounted
from setsquare.workspace.spec import Spec


class Origin(enum.Enum):
    """Who says that there is a source: the workspace's file, the person's command line, or an OpenSpec reference to a registered store."""

    DECLARED = "declared"
    GIVEN = "given"
    STORE = "openspec-store"


class SourceState(enum.Enum):
    """What became of a source; the first three are read."""

    FOUND = "found"
    NO_CHECKOUT = "not-a-checkout"
    NO_SPEC = "no-spec"
    MISSING = "missing"
    DUPLICATE = "duplicate"
    OUTSIDE = "outside"


READ = frozenset({SourceState.FOUND, SourceState.NO_CHECKOUT, SourceState.NO_SPEC})


class Wanted(Struct, frozen=True, kw_only=True):
    """A source that is asked for; `problem` says why there is no place to look at, where that is known already."""

    id: str
    path: str
    origin: Origin
    remote: str = ""
    specs: tuple[str, ...] = ()
    problem: str = ""


class Source(Struct, frozen=True, kw_only=True):
    """A source as it was resolved.

    `reason` says why it is not read, or what is odd with it. `workspace` has mounted paths, and the names of its specs begin with the
    source's id. `commit` is the checkout's HEAD, `is_dirty` tells that files which were read differ from it, and `digest` names the bytes that
    were read.
    """

    wanted: Wanted
    state: SourceState
    reason: str = ""
    place: SourcePlace | None = None
    snapshot: Snapshot = Snapshot({})
    workspace: Workspace = Workspace()
    commit: str = ""
    is_dirty: bool = False
    digest: str = ""

    @property
    def id(self) -> str:
        """Give the source's id."""
        return self.wanted.id

    @property
    def is_read(self) -> bool:
        """Tell whether its files were read."""
        return self.state in READ


class Sources(Struct, frozen=True, kw_only=True):
    """All sources of a workspace, sorted by id, and where to look for their files."""

    own: Workspace
    items: tuple[Source, ...]
    places: SourcePlaces

    @property
    def unread(self) -> tuple[Source, ...]:
        """List the sources that could not be read."""
        return tuple(item for item in self.items if not item.is_read)


def wanted_sources(declared: Declarations, given: Iterable[tuple[str, str]], stores: Iterable[Wanted] = ()) -> tuple[Wanted, ...]:
    """Put together what is asked for: what the person gives wins over a declaration, and a declaration over a store of the same id.

    Raises:
        Usage: an id that was given is none, or was given twice.

    >>> read = Declarations(sources=(DeclaredSource(id="pay", path="../pay"),))
    >>> [(item.id, item.path, item.origin.value) for item in wanted_sources(read, [("pay", "/tmp/pay")])]
    [('pay', '/tmp/pay', 'given')]
    """
    found = {item.id: item for item in stores}
    for source in declared.sources:
        found[source.id] = Wanted(id=source.id, path=source.path, origin=Origin.DECLARED, remote=source.remote, specs=source.specs)
    seen: set[str] = set()
    for name, path in given:
        if not is_source_id(name):
            raise Usage(f"`{name}` is no id of a source.", "Use 2 to 40 small letters, digits and hyphens: --source pay=../payments")
        if name in seen or name == declared.name:
            raise Usage(
                f"`{name}` names {'this workspace' if name == declared.name else 'another source given'} already.", "Give it another id."
            )
        seen.add(name)
        old = found.get(name)
        specs, remote = (old.specs, old.remote) if old else ((), "")
        found[name] = Wanted(id=name, path=path, origin=Origin.GIVEN, remote=remote, specs=specs)
    return tuple(found[name] for name in sorted(found))


# req: openspec-interop/7.2, openspec-interop/7.3
def resolved(own: Workspace, wanted: Iterable[Wanted], places: SourcePlaces, is_trusted: Callable[[], bool]) -> Sources:
    """Look at each source; what cannot be read is named, and the others go on. `is_trusted` is asked only where a declaration leads outside.

    A source's own declarations are not followed: what it reads is for its own readers to say.
    """
    items: list[Source] = []
    taken: list[Source] = []
    trust: list[bool] = []

    def trusts() -> bool:
        if not trust:
            trust.append(is_trusted())
        return trust[0]

    for item in wanted:
        source = _resolved(own, item, places, tuple(taken), trusts)
        items.append(source)
        if source.is_read:
            taken.append(source)
    return Sources(own=own, items=tuple(items), places=places)


def _resolved(own: Workspace, wanted: Wanted, places: SourcePlaces, taken: tuple[Source, ...], is_trusted: Callable[[], bool]) -> Source:
    """Resolve one source."""
    if wanted.problem:
        return Source(wanted=wanted, state=SourceState.MISSING, reason=wanted.problem)
    if wanted.origin is Origin.DECLARED and places.is_outside(wanted.path) and not is_trusted():
        reason = "it lies outside of the workspace, and nobody trusts the workspace as it is: `setsquare trust`, or give it with --source"
        return Source(wanted=wanted, state=SourceState.OUTSIDE, reason=reason)
    place = places.declared(wanted.path) if wanted.origin is Origin.DECLARED else places.given(wanted.path)
    if isinstance(place, Absent):
        return _absent(wanted, place)
    if repeated := _repeated(own, place, taken):
        return Source(wanted=wanted, state=SourceState.DUPLICATE, reason=repeated, place=place)
    if not place.is_top and not place.has_marks:
        return Source(wanted=wanted, state=SourceState.NO_SPEC, reason="no top of a checkout, and no folder of specs stands in it")
    try:
        return _read(wanted, place, places)
    except (Unreadable, StorageFailed) as failure:
        return Source(wanted=wanted, state=SourceState.MISSING, reason=failure.message, place=place)


def _absent(wanted: Wanted, absent: Absent) -> Source:
    """Say why there is no folder."""
    match absent.why:
        case NotThere.MISSING:
            return Source(wanted=wanted, state=SourceState.MISSING, reason=absent.detail or "there is no such folder")
        case NotThere.CLOSED:
            return Source(wanted=wanted, state=SourceState.MISSING, reason=f"it may not be read: {absent.detail}")
        case NotThere.LINKED:
            reason = f"the symbolic link {absent.detail} leads to it, and links are not followed: name the real folder"
            return Source(wanted=wanted, state=SourceState.OUTSIDE, reason=reason)
        case _:
            assert_never(absent.why)


def _repeated(own: Workspace, place: SourcePlace, taken: tuple[Source, ...]) -> str:
    """Say what reads this folder already; empty when nothing does."""
    if place.holds_workspace:
        return "it is this workspace, or lies around it"
    if not place.is_outside:
        if own_root := next((root.path for root in own.roots if root.path.startswith(f"{place.below}/")), None):
            return f"{own_root} is part of this workspace already"
        if not place.is_top and not place.has_marks:
            return "its files are part of this workspace already"
    for other in taken:
        if other.place is None:
            continue
        folders = other.place.folder.rstrip("/") + "/", place.folder.rstrip("/") + "/"
        if other.place.identity == place.identity or folders[0].startswith(folders[1]) or folders[1].startswith(folders[0]):
            return f"`{other.id}` reads the same files"
    return ""


def _read(wanted: Wanted, place: SourcePlace, places: SourcePlaces) -> Source:
    """Read a folder.

    Raises:
        Unreadable: it went away meanwhile.
        StorageFailed: it cannot be read.
    """
    snapshot = places.files(place).snapshot()
    workspace = _mounted(wanted, snapshot)
    commit, is_dirty = _revision(place, places, tuple(snapshot.files))
    state, reason = SourceState.FOUND, ""
    if not place.is_checkout:
        state, reason = SourceState.NO_CHECKOUT, "it is no git checkout, so no commit names what was read"
    elif not workspace.specs:
        state, reason = SourceState.NO_SPEC, "no spec is in it" + (" that its globs name" if wanted.specs else "")
    return Source(
        wanted=wanted,
        state=state,
        reason=reason,
        place=place,
        snapshot=snapshot,
        workspace=workspace,
        commit=commit,
        is_dirty=is_dirty,
        digest=_digest(snapshot),
    )


def _revision(place: SourcePlace, places: SourcePlaces, paths: tuple[RelPath, ...]) -> tuple[str, bool]:
    """Name the checkout's commit, and tell whether what was read differs from it."""
    if not place.is_checkout:
        return "", False
    git = places.git(place)
    try:
        commit = git.head()
        return commit, bool(commit and git.dirty(paths))
    except GitFailed:
        return "", False


def _digest(snapshot: Snapshot) -> str:
    """Name the bytes that were read, with their paths."""
    whole = hashlib.sha256()
    for path in sorted(snapshot.files):
        whole.update(path.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(snapshot.files[path]).digest())
    return f"sha256:{whole.hexdigest()}"


def _mounted(wanted: Wanted, snapshot: Snapshot) -> Workspace:
    """Load a source under its mount, its specs named after it; globs choose among them."""
    found = load({mounted(wanted.id, path): raw for path, raw in snapshot.files.items()})
    globs = compiled(wanted.specs) if wanted.specs else None
    specs = tuple(replace(spec, name=f"{wanted.id}:{spec.name}") for spec in found.specs if globs is None or globs.matches(spec.name))
    return replace(found, specs=specs)


def combined(sources: Sources) -> Workspace:
    """Put the workspace and its sources into one value; a folder of the workspace that looks like a source's mount is left out."""
    own, ids = sources.own, {item.id for item in sources.items}
    read = tuple(item.workspace for item in sources.items if item.is_read)
    known = own.declared.sources
    more = tuple(DeclaredSource(id=item.id, path=item.wanted.path) for item in sources.items if item.id not in own.declared.ids)
    return replace(
        own,
        artefacts=(*(file for file in own.artefacts if mount_of(file.path) not in ids), *(file for one in read for file in one.artefacts)),
        roots=(*own.roots, *(root for one in read for root in one.roots)),
        specs=(*(spec for spec in own.specs if mount_of(spec.path) not in ids), *(spec for one in read for spec in one.specs)),
        declared=replace(own.declared, sources=(*known, *more)),
    )


class Namesakes(Struct, frozen=True, kw_only=True):
    """Specs that share a spec's name: those of sources that it hides where the name stands alone, the one that hides it, and equals."""

    shadows: tuple[str, ...] = ()
    shadowed_by: str = ""
    clashes: tuple[str, ...] = ()


def namesakes(workspace: Workspace) -> dict[str, Namesakes]:
    """Say of each spec of a combined workspace, by its folder, which others have its name, in any letter case.

    >>> namesakes(Workspace())
    {}
    """
    bearing: dict[str, list[str]] = {}
    for spec in workspace.specs:
        bearing.setdefault(_plain_name(spec), []).append(spec.path)
    found: dict[str, Namesakes] = {}
    for spec in workspace.specs:
        others = tuple(path for path in bearing[_plain_name(spec)] if path != spec.path)
        own = tuple(path for path in others if not mount_of(path))
        foreign = tuple(path for path in others if mount_of(path))
        if mount_of(spec.path):
            found[spec.path] = Namesakes(shadowed_by=own[0] if own else "", clashes=foreign)
        else:
            found[spec.path] = Namesakes(shadows=foreign, clashes=own)
    return found


def _plain_name(spec: Spec) -> str:
    """Write a spec's name without its source, in small letters."""
    return spec.name.removeprefix(f"{mount_of(spec.path)}:").casefold()
