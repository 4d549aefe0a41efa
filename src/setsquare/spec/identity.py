"""Knows for every criterion of a workspace which one of its locks it is, also where it moved from one spec to another."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.anchor import unanchored
from setsquare.spec.approval import spec_key
from setsquare.spec.lock import Lock, lock_path
from setsquare.spec.lock_file import is_writable, read_lock, spelled
from setsquare.spec.matching import Matching
from setsquare.spec.rematch import Change, Pairing, current_meaning, rematch
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Criterion, Spec

FOLDER: Final = ".setsquare/trace/"


class SpecIdentity(Struct, frozen=True, kw_only=True):
    """One spec with its lock (`None`: it has none) and what became of its criteria; no pairing where the lock cannot be used.

    `is_shared` says that another spec has the same lock file, so that neither may be written.
    """

    spec: Spec
    lock: Lock | None = None
    pairings: tuple[Pairing, ...] = ()
    is_shared: bool = False

    @property
    def is_usable(self) -> bool:
        """Tell whether there is a lock that was read whole."""
        return self.lock is not None and is_writable(self.lock) and not self.is_shared


class Identity(Struct, frozen=True, dict=True):
    """Every spec of a workspace with its lock, in the workspace's order."""

    specs: tuple[SpecIdentity, ...] = ()

    @cached_property
    def by_path(self) -> dict[str, SpecIdentity]:
        """Index the specs by folder."""
        return {item.spec.path: item for item in self.specs}

    @cached_property
    def now(self) -> dict[tuple[str, str], Pairing]:
        """Index the criteria of the documents by their spec's folder and their id."""
        return {(item.spec.path, pairing.new.id): pairing for item in self.specs for pairing in item.pairings if pairing.new}

    @cached_property
    def places(self) -> dict[str, tuple[SpecIdentity, Pairing]]:
        """Index the criteria that stand in a document by uid; the first bearer counts where two branches left two."""
        found: dict[str, tuple[SpecIdentity, Pairing]] = {}
        for item in self.specs:
            for pairing in item.pairings:
                if pairing.new is not None:
                    found.setdefault(pairing.uid, (item, pairing))
        return found

    @property
    def is_empty(self) -> bool:
        """Tell whether no spec has a lock."""
        return all(item.lock is None for item in self.specs)


def identify(workspace: Workspace) -> Identity:
    """Read every lock of a workspace and find its criteria again; costs nothing where there is no lock.

    >>> identify(Workspace()).is_empty
    True
    """
    if not any(path.startswith(FOLDER) for path in workspace.by_path):
        return Identity(tuple(SpecIdentity(spec=spec) for spec in workspace.specs))
    files = Counter(lock_path(spec).casefold() for spec in workspace.specs)
    return Identity(
        _with_moves([_identified(workspace, spec, is_shared=files[lock_path(spec).casefold()] > 1) for spec in workspace.specs])
    )


def criteria_of(spec: Spec) -> tuple[Criterion, ...]:
    """List a spec's criteria in file order.

    >>> from setsquare.text.paths import RelPath
    >>> criteria_of(Spec(name="bell", path=RelPath("bell"), root=RelPath("")))
    ()
    """
    return spec.requirements.criteria if spec.requirements else ()


def _identified(workspace: Workspace, spec: Spec, *, is_shared: bool) -> SpecIdentity:
    """Read one spec's lock."""
    artefact = workspace.by_path.get(lock_path(spec))
    if artefact is None:
        return SpecIdentity(spec=spec, is_shared=is_shared)
    lock = read_lock(artefact.document.render(), spec_key(spec))
    if not is_writable(lock) or is_shared:
        return SpecIdentity(spec=spec, lock=lock, is_shared=is_shared)
    return SpecIdentity(spec=spec, lock=lock, pairings=rematch(lock, criteria_of(spec)))


def _with_moves(items: list[SpecIdentity]) -> tuple[SpecIdentity, ...]:
    """Find the criteria that one spec lost in the specs that have new ones; in a spec without a lock only the same text counts."""
    gone = [(at, pairing) for at, item in enumerate(items) for pairing in item.pairings if pairing.change is Change.REMOVED]
    if not gone:
        return tuple(items)
    come: list[tuple[int, str, Criterion]] = []
    loose: list[tuple[int, str, Criterion]] = []
    for at, item in enumerate(items):
        if item.is_usable:
            come += [(at, item.uid, item.new) for item in item.pairings if item.change is Change.ADDED and item.new and item.old is None]
        elif item.lock is None and not item.is_shared:
            loose += [(at, "", criterion) for criterion in criteria_of(item.spec)]
    old = [pairing.old.text if pairing.old else "" for _, pairing in gone]
    new = [spelled(unanchored(criterion.text)) for _, _, criterion in come]
    matching = Matching(old, new, ids=[pairing.uid for _, pairing in gone], new_ids=[f"{at}" for at, _, _ in come], alive=len(old))
    matching.by_key(old, new)
    by_uid = {pairing.uid: pairing.meaning for item in items for pairing in item.pairings}
    matching.by_key([pairing.meaning for _, pairing in gone], [by_uid[uid] for _, uid, _ in come])
    matching.by_similarity(has_places=False)
    found = {index: come[new] for index, new in enumerate(matching.new_of) if new is not None}
    free = {spelled(unanchored(entry[2].text)): entry for entry in reversed(loose)}
    for index in matching.left_old():
        entry = free.pop(old[index], None)
        if entry is not None:
            found[index] = entry
    for index, entry in found.items():
        _move(items, gone[index], entry)
    return tuple(items)


def _move(items: list[SpecIdentity], gone: tuple[int, Pairing], come: tuple[int, str, Criterion]) -> None:
    """Write one move into both specs."""
    source, lost = gone
    target, uid, criterion = come
    if source == target or lost.old is None:
        return
    text = spelled(unanchored(criterion.text))
    digest = lost.meaning if text == lost.old.text else current_meaning(lost.old, text)
    there = Pairing(uid=lost.uid, change=Change.MOVED, old=lost.old, new=criterion, meaning=digest, spec=items[source].spec.name)
    others = items[target].pairings
    pairings = tuple(there if pairing.uid == uid else pairing for pairing in others) if uid else (*others, there)
    items[target] = replace(items[target], pairings=pairings)
    left = replace(lost, change=Change.MOVED, spec=items[target].spec.name)
    items[source] = replace(items[source], pairings=tuple(left if pairing is lost else pairing for pairing in items[source].pairings))
