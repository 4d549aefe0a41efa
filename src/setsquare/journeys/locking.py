"""Brings locks up to their documents, clears links, and waives criteria; a lock that cannot be read whole is never written over."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.code_reading import remembering
from setsquare.journeys.opening import named_spec
from setsquare.journeys.scanning import scanned, written_in_code
from setsquare.spec.approval import Approval, spec_key
from setsquare.spec.code_links import code_trace
from setsquare.spec.drift_pins import with_lost
from setsquare.spec.identity import Identity, SpecIdentity, identify
from setsquare.spec.link import Citation, LinkKind
from setsquare.spec.link_state import LinkState, LinkStates, StatedLink, states
from setsquare.spec.lock import Lock, Waiver, lock_path
from setsquare.spec.lock_file import encode_lock
from setsquare.spec.pinning import Clearing, cleared, pinned
from setsquare.spec.relock import approved, locked, relocked, waived
from setsquare.spec.rematch import Change, Pairing, rematch
from setsquare.spec.stage import Stage
from setsquare.spec.trace import TraceGraph, trace
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, replacement
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


class LockUpdate(Struct, frozen=True, kw_only=True):
    """What writing one spec's lock changes: `old` are its bytes, `None` where it has none yet; `pairings` are the criteria that are not as they were.

    `pins` counts the links that get a pin.
    """

    spec: Spec
    path: RelPath
    old: bytes | None
    new: bytes
    pairings: tuple[Pairing, ...] = ()
    pins: int = 0

    @property
    def is_stale(self) -> bool:
        """Tell whether the lock differs from what it should be."""
        return self.old != self.new

    @property
    def change(self) -> FileChange:
        """Give the change of the file."""
        return creation(self.path, self.new) if self.old is None else replacement(self.path, self.old, self.new)


class Linked(Struct, frozen=True, kw_only=True):
    """A workspace's criteria by identity, with the state of every link to them, code's included."""

    workspace: Workspace
    identity: Identity
    graph: TraceGraph
    code: tuple[Citation, ...]
    states: LinkStates


def linked(app: App, workspace: Workspace, fresh: Collection[str] = ()) -> Linked:
    """State every link; the specs of the folders `fresh` count as locked although they have no lock yet."""
    identity = _with_fresh(identify(workspace), fresh)
    if identity.is_empty:
        return Linked(workspace=workspace, identity=identity, graph=TraceGraph(), code=(), states=LinkStates())
    graph = trace(workspace)
    code = written_in_code(app, code_trace(scanned(app).notes, workspace).links, identity)
    stated = remembering(app, states(identity, graph, code))
    return Linked(workspace=workspace, identity=identity, graph=graph, code=code, states=stated)


def lock_updates(app: App, workspace: Workspace, specs: Iterable[Spec], approval: Approval | None = None) -> tuple[LockUpdate, ...]:
    """Say what writing the locks of some specs changes; where a criterion moved, its other spec's lock is among them.

    Raises:
        Refused: a lock cannot be read whole, or two specs have one lock file.
    """
    wanted = {spec.path for spec in specs}
    found = linked(app, workspace, wanted)
    return _updates(found, wanted, approval, found.states.links)


def lock_changes(app: App, workspace: Workspace, spec: Spec, approval: Approval | None = None) -> tuple[FileChange, ...]:
    """Plan the write of a spec's lock, so that it can be part of a larger plan; an approval of requirements is noted on every criterion.

    Raises:
        Refused: the lock cannot be read whole; the message says where and how to mend it.
    """
    return tuple(update.change for update in lock_updates(app, workspace, (spec,), approval) if update.is_stale)


def repinned(app: App, workspace: Workspace, spec: Spec, task: str, clearing: Clearing) -> tuple[FileChange, ...]:
    """Plan that a finished task's links are pinned to the criteria as they are now; nothing where the spec has no lock.

    Raises:
        Refused: a lock cannot be read whole.
    """
    found = linked(app, workspace)
    chosen = [
        link
        for link in found.states.links
        if link.link.kind is LinkKind.IMPLEMENTS and link.link.spec == spec.name and link.link.source == task and _is_clearable(link)
    ]
    return tuple(update.change for update in _cleared(found, chosen, clearing) if update.is_stale)


def clear_links(app: App, workspace: Workspace, chosen: Collection[StatedLink], clearing: Clearing) -> tuple[LockUpdate, ...]:
    """Pin links to their criteria as they are, with who says so and why; write the locks.

    Raises:
        Refused: a lock cannot be read whole.
    """
    updates = _cleared(linked(app, workspace), chosen, clearing)
    write(app, updates, "Clear links")
    return updates


def waive(app: App, workspace: Workspace, name: str, waiver: Waiver) -> LockUpdate:
    """Record that a criterion (`login/1.2`, or `1.2` where the workspace has one spec) needs no task or test.

    Raises:
        Usage: there is no such criterion.
        Refused: the lock cannot be read whole.
    """
    spec_name, _, number = name.rpartition("/")
    if not spec_name and len(workspace.specs) != 1:
        raise Usage(f"`{name}` names no spec.", "Write the criterion with its spec, such as `login/1.2`.")
    spec = named_spec(workspace, spec_name) if spec_name else workspace.specs[0]
    found = linked(app, workspace, {spec.path})
    pairing = found.identity.now.get((spec.path, number))
    item = found.identity.by_path[spec.path]
    if item.lock is not None:
        _require(item)
    if pairing is None:
        raise Usage(f"`{spec.name}` has no criterion {number}.", "List them: `setsquare trace matrix " + spec.name + "`.")
    updates = _updates(found, {spec.path}, None, found.states.links)
    own = next(update for update in updates if update.spec.path == spec.path)
    lock = waived(_lock(item, found.states.links, found.states.links), pairing.uid, waiver)
    done = tuple(replace(update, new=encode_lock(lock)) if update is own else update for update in updates)
    write(app, done, f"Waive {name}")
    return next(update for update in done if update.spec.path == spec.path)


def require_whole(found: Linked, homes: Collection[str] = ()) -> None:
    """Stop where the lock of one of the specs of some folders (of any, where none is named) cannot be read whole: its links have no state.

    Raises:
        Refused: the message says where and how to mend it.
    """
    for item in found.identity.specs:
        if item.lock is not None and (not homes or item.spec.path in homes):
            _require(item)


def write(app: App, updates: Iterable[LockUpdate], title: str, others: tuple[FileChange, ...] = ()) -> None:
    """Write locks and other changes, all or none."""
    changes = (*others, *(update.change for update in updates if update.is_stale))
    if changes:
        app.files.apply(Plan(title, changes))


def updates_after(found: Linked, specs: Collection[str]) -> tuple[LockUpdate, ...]:
    """Say what writing the locks of the specs of some folders changes, from links that were stated already.

    Raises:
        Refused: a lock cannot be read whole.
    """
    return _updates(found, specs, None, found.states.links)


def _with_fresh(identity: Identity, fresh: Collection[str]) -> Identity:
    """Count specs without a lock as locked from now on."""
    if not fresh:
        return identity
    items = []
    for item in identity.specs:
        if item.lock is None and not item.is_shared and item.spec.path in fresh and item.spec.requirements:
            lock = Lock(spec=spec_key(item.spec))
            moved = {pairing.new.id: pairing for pairing in item.pairings if pairing.new}
            pairings = tuple(
                moved.get(pairing.new.id, pairing) for pairing in rematch(lock, item.spec.requirements.criteria) if pairing.new
            )
            items.append(replace(item, lock=lock, pairings=pairings))
        else:
            items.append(item)
    return Identity(tuple(items))


def _updates(found: Linked, wanted: Collection[str], approval: Approval | None, links: Iterable[StatedLink]) -> tuple[LockUpdate, ...]:
    """Work out the locks of the wanted specs, and of those that a criterion moved to or from."""
    names = {item.spec.name: item.spec.path for item in found.identity.specs}
    touched: set[str] = set(wanted)
    for item in found.identity.specs:
        for pairing in item.pairings:
            other = names.get(pairing.spec, "") if pairing.change is Change.MOVED and pairing.spec else ""
            if other and (item.spec.path in wanted or other in wanted):
                touched |= {item.spec.path, other}
    stated = tuple(links)
    updates = []
    for item in found.identity.specs:
        if item.spec.path not in touched:
            continue
        if item.lock is None and item.spec.requirements is None:
            continue
        _require(item)
        lock = _lock(item, stated, found.states.links)
        if approval is not None and approval.stage is Stage.REQUIREMENTS and item.spec.path in wanted:
            lock = approved(lock, approval.at, approval.by)
        artefact = found.workspace.by_path.get(lock_path(item.spec))
        pins = sum(len(criterion.pins) for criterion in lock.criteria) - sum(
            len(criterion.pins) for criterion in (item.lock.criteria if item.lock else ())
        )
        updates.append(
            LockUpdate(
                spec=item.spec,
                path=lock_path(item.spec),
                old=artefact.document.render() if artefact else None,
                new=encode_lock(lock),
                pairings=tuple(pairing for pairing in item.pairings if pairing.change is not Change.SAME),
                pins=max(pins, 0),
            )
        )
    return tuple(updates)


def _lock(item: SpecIdentity, links: Iterable[StatedLink], stated: Iterable[StatedLink]) -> Lock:
    """Work out one spec's lock: the criteria as they are, with a pin for every link; `stated` are the links before any was cleared."""
    lock = relocked(item) if item.lock is not None or item.pairings else locked(item.spec)
    return with_lost(lock, pinned(lock, (link for link in links if link.home in ("", item.spec.path))), stated)


def _cleared(found: Linked, chosen: Collection[StatedLink], clearing: Clearing) -> tuple[LockUpdate, ...]:
    """Work out the locks after links were cleared; what a let-go link leads to now is pinned by the next write."""
    links = cleared(found.states.links, chosen, clearing)
    return _updates(found, {link.home for link in chosen}, None, links)


def _is_clearable(link: StatedLink) -> bool:
    return link.state in (LinkState.SUSPECT, LinkState.PREDATED, LinkState.UNPINNED, LinkState.COVERED)


def _require(item: SpecIdentity) -> None:
    """Stop where a lock must not be written.

    Raises:
        Refused: it has problems, is of a newer version, or belongs to two specs.
    """
    path = lock_path(item.spec)
    if item.is_shared:
        raise Refused(
            f"{path} would hold the locks of two specs.", "Rename one of the two specs; `setsquare check --select TRC006` names them."
        )
    if item.lock is not None and not item.is_usable:
        problem = item.lock.problems[0]
        raise Refused(f"{path}:{problem.line}: {problem.reason}; nothing was written.", f"Mend it: {problem.mend}.")
