"""Compares a spec's requirements as a document was made from them with those of now, as far as rewriting that document needs it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from setsquare.spec.affected import AffectedKind, CriterionChange, Effect, SpecImpact
from setsquare.spec.change_class import HARMLESS, ChangeClass
from setsquare.spec.identity import SpecIdentity
from setsquare.spec.impact import identity_since, impact, meant
from setsquare.spec.link import LinkKind
from setsquare.spec.link_state import StatedLink, states
from setsquare.spec.rematch import Change
from setsquare.spec.renumber import renumbering
from setsquare.spec.stage import Stage
from setsquare.spec.trace import task_keys, trace
from setsquare.text.document import Document
from setsquare.text.paths import RelPath, joined
from setsquare.text.span import Edit
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec, Task

_FAMILIES: Final = (Change.SPLIT, Change.MERGED)


class Comparison(Struct, frozen=True, kw_only=True, dict=True):
    """One spec then and now. `links` are those of its documents by what they mean, `renumbered` the edits of references that only shifted.

    `old_document` is the document as it was when the requirements were as they were.
    """

    workspace: Workspace
    stage: Stage
    before: Spec
    now: Spec
    found: SpecImpact
    item: SpecIdentity
    links: tuple[StatedLink, ...] = ()
    renumbered: tuple[Edit, ...] = ()
    old_document: Document | None = None

    @property
    def path(self) -> RelPath:
        """Name the document that is brought up to the requirements."""
        return joined(self.now.path, f"{self.stage.value}.md")

    @property
    def document(self) -> Document:
        """Give that document as it is."""
        return self.workspace.by_path[self.path].document

    @cached_property
    def semantic(self) -> tuple[CriterionChange, ...]:
        """List the changes after which something must be looked at."""
        return tuple(change for change in self.found.changes if change.kind not in HARMLESS)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Name the tasks by index."""
        return task_keys(self.now.tasks.tasks if self.now.tasks else ())

    @cached_property
    def effects(self) -> Mapping[str, tuple[Effect, tuple[str, ...]]]:
        """Say what the changes mean for each task, with the ids of the criteria, by the task's key.

        Who names a new criterion was written after the change: it says nothing of a task.
        """
        new = set(self.new_ids) - {change.id for change in self.semantic if change.before}
        found: dict[str, tuple[Effect, tuple[str, ...]]] = {}
        for item in self.found.affected:
            ids = tuple(name for name in item.criteria if name not in new)
            if item.kind is AffectedKind.TASK and ids:
                found[item.name] = item.effect, ids
        return found

    @cached_property
    def tasks(self) -> Mapping[str, Task]:
        """Index the tasks by key."""
        return dict(zip(self.keys, self.now.tasks.tasks, strict=True)) if self.now.tasks else {}

    @cached_property
    def heirs(self) -> Mapping[str, tuple[str, ...]]:
        """Say for each old id which ids stand for it now: none where the criterion is gone, several where it was split."""
        now = {pairing.uid: pairing.new.id for pairing in self.item.pairings if pairing.new}
        found: dict[str, tuple[str, ...]] = {}
        for pairing in self.item.pairings:
            if pairing.old is not None and not pairing.old.is_removed:
                family = pairing.partners if pairing.change in _FAMILIES else ()
                found[pairing.old.id] = tuple(dict.fromkeys(now[uid] for uid in (pairing.uid, *family) if uid in now))
        return found

    @cached_property
    def same(self) -> Mapping[str, str]:
        """Say under which id the very criterion of an old id stands now; empty where it is gone."""
        return {
            pairing.old.id: pairing.new.id if pairing.new else ""
            for pairing in self.item.pairings
            if pairing.old and not pairing.old.is_removed
        }

    @cached_property
    def new_ids(self) -> tuple[str, ...]:
        """List the criteria that were not there before, parts of a split one included."""
        return tuple(change.id for change in self.found.changes if not change.before and change.after)

    def named(self, key: str) -> tuple[str, ...]:
        """List the ids that the criteria which a task implements have now, as they follow each other in the requirements."""
        own = self.implemented(key)
        return tuple(pairing.new.id for pairing in self.item.pairings if pairing.new and pairing.uid in own)

    def implemented(self, key: str) -> frozenset[str]:
        """Name the criteria that a task implements."""
        return frozenset(link.uid for link in self.links if link.link.kind is LinkKind.IMPLEMENTS and link.link.source == key)

    def changed(self, text: str) -> str:
        """Say what became of the criteria with these ids, as a mark says it.

        `text` is a criterion's id now; the answer is such as `1.2 (threshold)`.
        """
        kind = next((change.kind.value for change in self.semantic if change.id == text and change.kind is not ChangeClass.ADDED), "")
        return f"{text} ({kind})" if kind else text


def compared(before: Workspace, now: Workspace, path: RelPath, stage: Stage) -> Comparison | None:
    """Compare one spec, by its folder, in two states of a workspace; `None` where no criterion changed.

    >>> compared(Workspace(), Workspace(), RelPath("a"), Stage.TASKS) is None
    True
    """
    found = next((item for item in impact(before, now) if item.spec.path == path), None)
    old = next((spec for spec in before.specs if spec.path == path), None)
    if found is None or old is None:
        return None
    identity = identity_since(before, now)
    stated = states(identity, trace(now), may_be_rewritten=True)
    document = joined(path, f"{stage.value}.md")
    links = meant([link for link in stated.links if link.home == path and link.link.path == document])
    return Comparison(
        workspace=now,
        stage=stage,
        before=old,
        now=found.spec,
        found=found,
        item=identity.by_path[path],
        links=tuple(links),
        renumbered=renumbering(stated.shifts).get(document, ()),
        old_document=before.by_path[document].document if document in before.by_path else None,
    )
