"""Tells what a change of requirements breaks: which design sections, properties, tasks, code and tests, each with the reason.

What stood before is taken as reviewed: its links are pinned to the criteria that they meant then, so that a renumbering never leads astray.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from setsquare.spec.affected import CriterionChange, Known, SpecImpact
from setsquare.spec.change_class import ChangeClass, Difference, difference
from setsquare.spec.code_links import code_trace
from setsquare.spec.code_notes import CodeNote
from setsquare.spec.identity import Identity, SpecIdentity, identify
from setsquare.spec.link import TraceLink
from setsquare.spec.link_state import LinkState, StatedLink, states
from setsquare.spec.lock import lock_path
from setsquare.spec.lock_file import encode_lock
from setsquare.spec.pinning import pinned
from setsquare.spec.reach import Reach, reached
from setsquare.spec.relock import locked
from setsquare.spec.rematch import Change, Pairing, rematch
from setsquare.spec.trace import trace
from setsquare.text.plain import scan
from setsquare.workspace.artefact import Artefact, ArtefactKind
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


# req: spec-engine/4.1
def impact(before: Workspace, after: Workspace, known: Known | None = None) -> tuple[SpecImpact, ...]:
    """Compare two states of a workspace; specs without a changed criterion are left out.

    >>> impact(Workspace(), Workspace())
    ()
    """
    known = known or Known()
    identity = identity_since(before, after)
    graph = trace(after)
    stated = states(identity, graph).links
    known_specs = {spec.path for spec in before.specs}
    code = _code(before, after, identity, known.notes)
    found = []
    for item in identity.specs:
        if item.lock is None:
            continue
        changes = tuple(_changes(item))
        if changes:
            own = meant([link for link in stated if link.home == item.spec.path])
            reach = Reach(graph=graph, item=item, links=own, code=code, known=known, is_new=item.spec.path not in known_specs)
            found.append(reached(reach, changes))
    return tuple(found)


def meant(links: list[StatedLink]) -> list[StatedLink]:
    """Leave out what a written id names by accident: the criterion that it meant is gone, and another one has its number now.

    >>> meant([])
    []
    """
    gone = {(link.link.spec, link.link.kind, link.link.source, link.written) for link in links if link.state is LinkState.ORPHANED}
    return [link for link in links if link.pin or (link.link.spec, link.link.kind, link.link.source, link.written) not in gone]


def identity_since(before: Workspace, after: Workspace) -> Identity:
    """Give the new workspace's specs their identity as the old one had it, every link of then pinned to what it meant.

    >>> identity_since(Workspace(), Workspace()).is_empty
    True
    """
    bare = replace(after, artefacts=tuple(file for file in after.artefacts if not _is_lock(file)))
    old = Identity(tuple(_fresh(spec) for spec in before.specs))
    then = states(old, trace(before)).links
    locks = []
    for item in old.specs:
        if item.lock is not None and item.lock.criteria:
            lock = pinned(item.lock, [link for link in then if link.home == item.spec.path])
            path = lock_path(item.spec)
            locks.append(Artefact(path=path, kind=ArtefactKind.TEAM_STATE, document=scan(path, encode_lock(lock))))
    known = {lock_path(spec) for spec in before.specs}
    for spec in after.specs:
        if lock_path(spec) not in known and spec.requirements:
            path = lock_path(spec)
            empty = locked(replace(spec, requirements=None))
            locks.append(Artefact(path=path, kind=ArtefactKind.TEAM_STATE, document=scan(path, encode_lock(empty))))
    return identify(replace(bare, artefacts=(*bare.artefacts, *locks)))


def _is_lock(file: Artefact) -> bool:
    return file.path.startswith(".setsquare/trace/")


def _fresh(spec: Spec) -> SpecIdentity:
    """Lock a spec as it stands, as if somebody had just reviewed it."""
    lock = locked(spec)
    return SpecIdentity(spec=spec, lock=lock, pairings=rematch(lock, spec.requirements.criteria if spec.requirements else ()))


def _changes(item: SpecIdentity) -> Iterator[CriterionChange]:
    """List what changed in one spec, in the document's order, what is gone last."""
    for pairing in item.pairings:
        if pairing.change is Change.SAME or (pairing.new is not None and not pairing.new.demands):
            continue
        was = pairing.old.id if pairing.old else ""
        now = pairing.new.id if pairing.new else was
        yield CriterionChange(
            uid=pairing.uid,
            id=now,
            was="" if was == now else was,
            difference=_difference(pairing),
            before=pairing.old.text if pairing.old else "",
            after=pairing.new.text if pairing.new else "",
            partners=pairing.partners,
        )


def _difference(pairing: Pairing) -> Difference:
    match pairing.change:
        case Change.ADDED:
            return Difference(ChangeClass.ADDED)
        case Change.REMOVED:
            return Difference(ChangeClass.REMOVED)
        case Change.SPLIT:
            return Difference(ChangeClass.SPLIT)
        case Change.MERGED:
            return Difference(ChangeClass.MERGE)
        case _:
            pass
    found = difference(pairing.old.text, pairing.new.text) if pairing.old and pairing.new else Difference(ChangeClass.MOVED)
    if found.kind is ChangeClass.COSMETIC and pairing.change in (Change.MOVED, Change.RENUMBERED):
        where = f"to {pairing.spec}" if pairing.spec and pairing.new is None else f"from {pairing.spec}" if pairing.spec else ""
        return Difference(ChangeClass.MOVED, where)
    return found


def _code(before: Workspace, after: Workspace, identity: Identity, notes: Iterable[CodeNote]) -> Mapping[str, tuple[TraceLink, ...]]:
    """Sort the links of code and tests by the criterion that they mean: as they were meant before, else as they are now."""
    held = tuple(notes)
    names: dict[str, str] = {spec.name: spec.path for spec in after.specs}
    now: Mapping[tuple[str, str], Pairing] = identity.now
    old: dict[tuple[str, str], str] = {
        (item.spec.path, pairing.old.id): pairing.uid for item in identity.specs for pairing in item.pairings if pairing.old
    }
    found: dict[str, list[TraceLink]] = {}
    seen: set[tuple[str, int]] = set()
    for link in code_trace(held, before).links:
        uid = old.get((names.get(link.target_spec, ""), link.target))
        if uid is not None:
            seen.add((link.path, link.line))
            found.setdefault(uid, []).append(link)
    for link in code_trace(held, after).links:
        pairing = now.get((names.get(link.target_spec, ""), link.target))
        if pairing is not None and (link.path, link.line) not in seen:
            found.setdefault(pairing.uid, []).append(link)
    return {uid: tuple(links) for uid, links in found.items()}
