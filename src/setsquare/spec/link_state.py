"""Tells for each written link whether it still leads to what it led to when somebody last looked at it.

A pin on a criterion remembers the source, the reference as written and the meaning of the criterion then. The written id is only a position;
what a link means is the pin's criterion.

Source: the link states of the EARS engine's reference, section 4.3.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.change_class import difference
from setsquare.spec.identity import Identity, SpecIdentity, identify
from setsquare.spec.link import Citation, LinkKind, TraceLink
from setsquare.spec.lock import Lock, LockedCriterion, Pin
from setsquare.spec.lock_file import spelled
from setsquare.spec.rematch import Change, Pairing, rematch
from setsquare.spec.sources import SourceKey, digests, followed
from setsquare.spec.target_names import TargetNames, is_group
from setsquare.spec.trace import TraceGraph, trace
from setsquare.text.paths import RelPath, base_name
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Reference, Spec, TaskState


class LinkState(enum.Enum):
    """What a link is worth; all but the first and the last need a person or a renumbering."""

    COVERED = "covered"
    SUSPECT = "suspect"
    PREDATED = "predated"
    ORPHANED = "orphaned"
    AMBIGUOUS = "ambiguous"
    UNWANTED = "unwanted"
    SHIFTED = "shifted"
    UNPINNED = "unpinned"


class StatedLink(Struct, frozen=True, kw_only=True):
    """One link with its state.

    `link.target` is the id that is written, or was when it was pinned; `uid` is the criterion that is meant and `id` its display id now, empty
    when it is gone, with the spec in front when it stands in another one. `home` is the folder of the spec that holds the criterion. `was` and
    `now` are its texts at the pin and now. `source` is the source's name at the pin. `is_source_changed` says that the source's own text is another than then.
    """

    link: TraceLink
    state: LinkState
    uid: str
    id: str
    home: RelPath
    written: str
    source: str = ""
    pin: Pin | None = None
    reference: Reference | None = None
    change: Change = Change.SAME
    meaning: str = ""
    was: str = ""
    now: str = ""
    partners: tuple[str, ...] = ()
    source_digest: str = ""
    is_source_changed: bool = False


class Shift(Struct, frozen=True, kw_only=True):
    """A written reference that names another criterion than when it was pinned; `new` is what must stand there, empty where a person must write it.

    `taken` is what would stand there, where the same source still writes that for a criterion that is gone: the two could not be told apart.
    """

    spec: str
    kind: LinkKind
    source: str
    reference: Reference
    new: str
    links: tuple[StatedLink, ...] = ()
    taken: str = ""


class LinkStates(Struct, frozen=True, kw_only=True):
    """All links of a workspace that lead to a spec with a lock; `sources` are the pins' sources that are still there."""

    links: tuple[StatedLink, ...] = ()
    shifts: tuple[Shift, ...] = ()


class NeedsRevision(Struct, frozen=True, kw_only=True):
    """A done task whose criteria changed their meaning since: its box stays ticked, its work must be looked at."""

    task: str
    criteria: tuple[str, ...]
    change: Change


class _Held(Struct, frozen=True):
    """One pin with its criterion and the spec whose lock holds it."""

    pin: Pin
    criterion: LockedCriterion
    home: SpecIdentity


class _Source(Struct, frozen=True):
    """Everything that one source names, and named."""

    key: SourceKey
    citations: tuple[Citation, ...]
    held: tuple[_Held, ...]
    digest: str = ""
    is_changed: bool = False


def link_states(workspace: Workspace, spec: Spec, lock: Lock | None = None, links: Iterable[Citation] = ()) -> tuple[StatedLink, ...]:
    """State the links that lead to one spec's criteria: those of the workspace's documents and `links`, such as code's citations.

    Without a `lock` the one in the workspace counts.

    >>> from setsquare.text.paths import RelPath
    >>> link_states(Workspace(), Spec(name="bell", path=RelPath("bell"), root=RelPath("")))
    ()
    """
    identity = identify(workspace)
    if lock is not None:
        own = SpecIdentity(spec=spec, lock=lock, pairings=rematch(lock, spec.requirements.criteria if spec.requirements else ()))
        identity = Identity(tuple(own if item.spec.path == spec.path else item for item in identity.specs))
    return tuple(link for link in states(identity, trace(workspace), links).links if link.home == spec.path)


def suspects(workspace: Workspace, links: Iterable[Citation] = ()) -> tuple[StatedLink, ...]:
    """List the links of a workspace whose criterion means something else than when they were pinned.

    >>> suspects(Workspace())
    ()
    """
    identity = identify(workspace)
    if identity.is_empty:
        return ()
    return tuple(link for link in states(identity, trace(workspace), links).links if link.state is LinkState.SUSPECT)


def needs_revision(spec: Spec, stated: Iterable[StatedLink], keys: Sequence[str]) -> tuple[NeedsRevision, ...]:
    """List a spec's done tasks that implement a criterion which changed since; `keys` are the tasks' keys by index.

    A criterion that only demands less, as SHALL became MAY, voids no work.

    >>> from setsquare.text.paths import RelPath
    >>> needs_revision(Spec(name="bell", path=RelPath("bell"), root=RelPath("")), (), ())
    ()
    """
    done = {keys[task.index] for task in (spec.tasks.tasks if spec.tasks else ()) if task.state is TaskState.DONE}
    found: dict[str, list[StatedLink]] = {}
    for link in stated:
        is_own = link.link.kind is LinkKind.IMPLEMENTS and link.link.spec == spec.name
        if is_own and link.state is LinkState.SUSPECT and link.link.source in done and not difference(link.was, link.now).is_weaker:
            found.setdefault(link.link.source, []).append(link)
    return tuple(
        NeedsRevision(task=task, criteria=tuple(dict.fromkeys(link.id for link in found[task])), change=found[task][0].change)
        for task in keys
        if task in found
    )


# req: spec-engine/2.2
def states(
    identity: Identity, graph: TraceGraph, code: Iterable[Citation] = (), *, is_open_only: bool = False, may_be_rewritten: bool = False
) -> LinkStates:
    """State every link that leads to a spec with a lock; with `is_open_only` those that are covered or were never pinned are left out.

    A source that names all that is left of what it named, and a new criterion besides, shifted where one of its criteria is gone: what it
    says is as before, only the numbers moved. With `may_be_rewritten` somebody may have brought it up to the new criteria since.

    >>> from setsquare.spec.trace import TraceGraph
    >>> states(Identity(), TraceGraph()).links
    ()
    """
    if identity.is_empty:
        return LinkStates()
    stating = _Stating(identity, is_open_only=is_open_only, may_be_rewritten=may_be_rewritten)
    links: list[StatedLink] = []
    shifts: list[Shift] = []
    for source in _sources(identity, graph, code):
        for stated, shift in stating.source(source):
            links += stated
            shifts += [shift] if shift else []
    return LinkStates(links=tuple(links), shifts=tuple(shifts))


def told_apart(found: LinkStates) -> LinkStates:
    """Leave those shifts to a person whose new id the same source writes already for a criterion that is gone, or that stays as it is written.

    A pin knows a reference by its source and its spelling. Were `1.2` made `1.1` beside a `1.1` whose criterion is gone, nobody could
    tell afterwards which of the two was meant by which.

    >>> told_apart(LinkStates()).shifts
    ()
    """
    standing: dict[tuple[LinkKind, RelPath, str], set[str]] = {}
    for link in found.links:
        if link.state is LinkState.ORPHANED:
            standing.setdefault((link.link.kind, link.link.path, link.link.source), set()).add(_bare(link.written))
    shifts = list(found.shifts)
    is_settled = False
    while not is_settled:
        is_settled = True
        for index, shift in enumerate(shifts):
            key = (shift.kind, shift.reference.path, shift.source)
            taken = standing.setdefault(key, set())
            if shift.new and _bare(spelled(shift.new)) in taken:
                shift = shifts[index] = replace(shift, new="", taken=shift.new)  # noqa: PLW2901  (the shift as it is from now on)
            own = _bare(spelled(shift.reference.written))
            if not shift.new and own not in taken:
                taken.add(own)
                is_settled = False
    return LinkStates(links=found.links, shifts=tuple(shifts))


def _bare(written: str) -> str:
    """Give a reference without the spec in front of it."""
    return written.rpartition("/")[2]


class LockedWorkspace(Struct, frozen=True, dict=True):
    """A workspace's criteria by identity with the links of its documents, computed when they are first asked for; code is not read."""

    identity: Identity
    graph: TraceGraph

    @cached_property
    def open_links(self) -> LinkStates:
        """State the links that need a look."""
        return told_apart(states(self.identity, self.graph, is_open_only=True))


def now_called(identity: Identity, spec: Spec, name: str) -> str:
    """Give the id that a criterion has now which had another one before; empty where no criterion, or more than one, had it.

    >>> from setsquare.text.paths import RelPath
    >>> now_called(Identity(), Spec(name="bell", path=RelPath("bell"), root=RelPath("")), "1.2")
    ''
    """
    item = identity.by_path.get(spec.path)
    if item is None or not item.is_usable:
        return ""
    found = set()
    for pairing in item.pairings:
        place = identity.places.get(pairing.uid)
        if pairing.old is None or place is None or name not in (pairing.old.id, *pairing.old.previously):
            continue
        now = place[1].new.id if place[1].new else ""
        found.add(now if place[0] is item else f"{place[0].spec.name}/{now}")
    return found.pop() if len(found) == 1 else ""


def _sources(identity: Identity, graph: TraceGraph, code: Iterable[Citation]) -> Iterator[_Source]:
    """Group what is written and what is pinned by source, following tasks that got another number."""
    written: dict[SourceKey, list[Citation]] = {}
    digest_of: dict[SourceKey, str] = {}
    for traced in graph.specs:
        if not traced.citations:
            continue
        digest_of |= digests(traced.spec, traced.keys)
        for citation in traced.citations:
            written.setdefault(SourceKey(traced.spec.path, citation.kind, citation.source), []).append(citation)
    paths: dict[str, str] = {}
    for item in identity.specs:
        for name in (item.spec.name, base_name(item.spec.name)):
            paths.setdefault(name.casefold(), item.spec.path)
    for citation in code:
        key = SourceKey(paths.get(citation.spec.casefold(), ""), citation.kind, citation.source)
        written.setdefault(key, []).append(citation)
    held: dict[SourceKey, list[_Held]] = {}
    for item in identity.specs:
        for criterion in item.lock.criteria if item.lock and item.is_usable else ():
            for pin in criterion.pins:
                at = paths.get(pin.spec.casefold(), "") if pin.spec else item.spec.path
                held.setdefault(SourceKey(at, pin.kind, pin.source), []).append(_Held(pin, criterion, item))
    pinned = {key: pins[0].pin.source_digest for key, pins in held.items()}
    now_of = followed(pinned, {key: digest_of.get(key, "") for key in written})
    then_of = {now: then for then, now in now_of.items()}
    for key, citations in written.items():
        then = then_of.get(key)
        pins = tuple(held[then]) if then else ()
        digest = digest_of.get(key, "")
        is_changed = bool(then and pinned[then] and digest and pinned[then] != digest)
        yield _Source(key, tuple(citations), pins, digest, is_changed)


class _Stating:
    """States sources one after the other."""

    def __init__(self, identity: Identity, *, is_open_only: bool, may_be_rewritten: bool) -> None:
        """Take what is known of the criteria."""
        self._may_be_rewritten = may_be_rewritten
        self._identity = identity
        self._is_open_only = is_open_only
        self._names = TargetNames(identity)

    def source(self, source: _Source) -> Iterator[tuple[list[StatedLink], Shift | None]]:
        """State what one source names."""
        resolved = [self._resolved(source, citation) for citation in source.citations]
        by_written: dict[str, list[_Held]] = {}
        for held in source.held:
            by_written.setdefault(held.pin.written, []).append(held)
        is_settled = self._is_settled(source, resolved, by_written)
        for citation, targets in zip(source.citations, resolved, strict=True):
            expected = by_written.get(spelled(citation.reference.written), [])
            wrong = [] if is_settled else self._wrong(citation, targets, expected)
            yield self._stated(source, citation, targets, expected, wrong)

    def _resolved(self, source: _Source, citation: Citation) -> dict[str, Pairing]:
        """Give the criteria that a citation leads to now, by uid; those of specs without a lock are left out."""
        found: dict[str, Pairing] = {}
        for name, target in citation.targets:
            path = self._names.path_of(name, source.key.spec)
            pairing = self._identity.now.get((path, target))
            if pairing is not None and self._identity.by_path[path].is_usable:
                found[pairing.uid] = pairing
        return found

    def _is_settled(self, source: _Source, resolved: Sequence[dict[str, Pairing]], by_written: dict[str, list[_Held]]) -> bool:
        """Tell whether a source as a whole still names all that it named and nothing else that was there before."""
        pinned = {held.criterion.uid for held in source.held}
        reached = {uid for targets in resolved for uid in targets}
        if any(uid in self._identity.places and uid not in reached for uid in pinned):
            return False
        is_gone = not self._may_be_rewritten and any(uid not in self._identity.places for uid in pinned)
        for citation, targets in zip(source.citations, resolved, strict=True):
            is_pinned = spelled(citation.reference.written) in by_written
            if (
                is_pinned
                and not is_group(citation.reference)
                and any(is_gone or _is_older(targets[uid]) for uid in targets if uid not in pinned)
            ):
                return False
        return True

    def _wrong(self, citation: Citation, targets: dict[str, Pairing], expected: Sequence[_Held]) -> list[str]:
        """List the uids by which a pinned citation differs from its pins: those it lost, and others that it gained."""
        wanted = {held.criterion.uid for held in expected}
        lost = [uid for uid in sorted(wanted) if uid in self._identity.places and uid not in targets]
        if lost or not wanted or is_group(citation.reference):
            return lost
        gained = [uid for uid, pairing in targets.items() if uid not in wanted and _is_older(pairing)]
        return gained if wanted & targets.keys() else []

    def _stated(
        self, source: _Source, citation: Citation, targets: dict[str, Pairing], expected: Sequence[_Held], wrong: Sequence[str]
    ) -> tuple[list[StatedLink], Shift | None]:
        """State one citation."""
        pin_of = {held.criterion.uid: held for held in (*source.held, *expected)}
        orphans = [
            self._link(source, citation, held, None, LinkState.ORPHANED)
            for held in expected
            if held.criterion.uid not in self._identity.places
        ]
        if not wrong:
            # A single id whose criterion is gone names another one by chance: that link is nobody's until a person says so.
            is_chance = bool(orphans) and not is_group(citation.reference)
            led = (
                self._led(source, citation, pairing, pin_of.get(uid)) for uid, pairing in targets.items() if uid in pin_of or not is_chance
            )
            return [*(link for link in led if link is not None), *orphans], None
        stated: list[StatedLink] = []
        for held in expected:
            place = self._identity.places.get(held.criterion.uid)
            if place is None:
                continue
            is_wrong = held.criterion.uid in wrong
            link = (
                self._link(source, citation, held, place[1], LinkState.SHIFTED) if is_wrong else self._led(source, citation, place[1], held)
            )
            stated += [link] if link else []
        wanted = {held.criterion.uid for held in expected}
        stated += [self._link(source, citation, pin_of.get(uid), targets[uid], LinkState.SHIFTED) for uid in wrong if uid not in wanted]
        alive = [uid for uid in dict.fromkeys(held.criterion.uid for held in expected) if uid in self._identity.places]
        new = self._names.written(citation.reference, alive, source.key.spec) if not citation.is_ambiguous else ""
        shift = Shift(
            spec=source.key.spec, kind=citation.kind, source=citation.source, reference=citation.reference, new=new, links=tuple(stated)
        )
        return [*stated, *orphans], shift

    def _led(self, source: _Source, citation: Citation, pairing: Pairing, held: _Held | None) -> StatedLink | None:
        """State a link that leads where it did; `None` where nobody asked for what is right."""
        if citation.is_ambiguous:
            state = LinkState.AMBIGUOUS
        elif held is None:
            state = LinkState.UNPINNED
        elif held.pin.target_meaning == pairing.meaning:
            state = LinkState.COVERED
        else:
            known = {held.criterion.meaning, *(revision.meaning for revision in held.criterion.revisions)}
            state = LinkState.SUSPECT if held.pin.target_meaning in known else LinkState.PREDATED
        if state in (LinkState.COVERED, LinkState.UNPINNED) and pairing.new and not pairing.new.demands and citation.kind in _OBLIGING:
            state = LinkState.UNWANTED
        if self._is_open_only and state in FINE:
            return None
        return self._link(source, citation, held, pairing, state)

    def _link(self, source: _Source, citation: Citation, held: _Held | None, pairing: Pairing | None, state: LinkState) -> StatedLink:
        """Write one stated link."""
        uid = pairing.uid if pairing else held.criterion.uid if held else ""
        place = self._identity.places.get(uid)
        home = place[0] if place else held.home if held else None
        new = pairing.new if pairing else None
        name = self._names.shown(uid, source.key.spec) if new else ""
        written = citation.reference.written
        return StatedLink(
            link=TraceLink(
                kind=citation.kind,
                spec=citation.spec,
                source=citation.source,
                target=new.id if new and state is not LinkState.SHIFTED else held.criterion.id if held else written,
                target_spec=home.spec.name if home else "",
                path=citation.reference.path,
                line=citation.reference.line,
            ),
            state=state,
            uid=uid,
            id=name,
            home=home.spec.path if home else RelPath(""),
            written=spelled(written),
            source=held.pin.source if held else citation.source,
            pin=held.pin if held else None,
            reference=citation.reference,
            change=pairing.change if pairing else Change.REMOVED,
            meaning=pairing.meaning if pairing else "",
            was=_text_at(held) if held else "",
            now=new.text if new else "",
            partners=pairing.partners if pairing else (),
            source_digest=source.digest,
            is_source_changed=source.is_changed,
        )


FINE = (LinkState.COVERED, LinkState.UNPINNED)
"""The states that ask nothing of a person."""
_OBLIGING = (LinkKind.IMPLEMENTS, LinkKind.VALIDATES, LinkKind.VERIFIES)


def _is_older(pairing: Pairing) -> bool:
    """Tell whether a criterion stood in a lock before: a new one may join what is named, an older one was not meant."""
    return pairing.old is not None and not pairing.old.is_removed


def _text_at(held: _Held) -> str:
    """Give the text of a criterion when it was pinned, as far as the lock knows it."""
    if held.pin.target_meaning == held.criterion.meaning:
        return held.criterion.text
    found = (revision.text for revision in held.criterion.revisions if revision.meaning == held.pin.target_meaning)
    return next(found, held.criterion.text)
