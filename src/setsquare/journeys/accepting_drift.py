"""Records that a person read drifted code against its criterion and found it right."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.locking import Linked, LockUpdate, linked, updates_after, write
from setsquare.journeys.opening import named_as, named_spec, opened
from setsquare.journeys.recording import happened, record_change
from setsquare.spec.approval import spec_key
from setsquare.spec.drift import Lost, keys_of, lost_of
from setsquare.spec.drift_pins import IN_FILES, PinKey, without
from setsquare.spec.link_state import LinkState, StatedLink
from setsquare.spec.lock import lock_path
from setsquare.spec.lock_file import encode_lock, read_lock
from setsquare.spec.pinning import Clearing, cleared
from setsquare.spec.spec_history import Kind
from setsquare.workspace.spec import Spec

_PENDING = (LinkState.SHIFTED, LinkState.ORPHANED, LinkState.AMBIGUOUS)


class Accepted(Struct, frozen=True, kw_only=True):
    """What was accepted: files whose links are pinned as they are now, files whose pins were let go, and who says so."""

    spec: str
    criteria: tuple[str, ...]
    pinned: tuple[str, ...]
    dropped: tuple[str, ...]
    clearing: Clearing
    paths: tuple[str, ...]


def accept(app: App, criterion: str, path: str, reason: str) -> Accepted:
    """Pin the code that is linked to one criterion (`login/1.2`) as it is, only that in the file `path` when it is given.

    Raises:
        Usage: there is no such criterion, or no code is linked to it.
        Refused: the spec has no lock, or one that cannot be read whole, or a reference must be renumbered first.
    """
    workspace = opened(app)
    name, _, number = criterion.rpartition("/")
    if not name:
        raise Usage(f"`{criterion}` names no spec.", "Write the criterion with its spec, such as `login/1.2`.")
    spec = named_spec(workspace, name)
    found = linked(app, workspace)
    _require_lock(found, spec)
    pairing = found.identity.now.get((spec.path, number))
    if pairing is None:
        raise Usage(f"`{spec.name}` has no criterion {number}.", f"List them: `setsquare trace matrix {spec.name}`.")

    def is_wanted(uid: str, source: str) -> bool:
        return uid == pairing.uid and path in ("", source)

    return _accepted(app, found, spec, is_wanted, reason)


def accept_all(app: App, name: str, reason: str) -> Accepted:
    """Pin all code that is linked to a spec as it is.

    Raises:
        Usage: there is no such spec, or no code is linked to it.
        Refused: as for `accept`.
    """
    workspace = opened(app)
    spec = named_spec(workspace, name)
    found = linked(app, workspace)
    _require_lock(found, spec)
    own = {pairing.uid for pairing in found.identity.by_path[spec.path].pairings if pairing.new}
    return _accepted(app, found, spec, lambda uid, _source: uid in own, reason)


def _accepted(app: App, found: Linked, spec: Spec, is_wanted: Callable[[str, str], bool], reason: str) -> Accepted:
    """Pin links, let lost pins go, and write both with a line of history."""
    wanted = [link for link in found.states.links if link.link.kind in IN_FILES and is_wanted(link.uid, link.link.source)]
    pending = [link for link in wanted if link.state in _PENDING]
    if pending:
        link = pending[0]
        raise Refused(
            f"{link.link.path}:{link.link.line} names another criterion than when it was pinned ({link.state.value}).",
            "Mend that first: `setsquare trace suspect` lists it, `setsquare trace renumber --write` rewrites it.",
        )
    lost = tuple(item for item in lost_of(found.identity, found.states.links) if is_wanted(item.criterion.uid, item.pin.source))
    if not wanted and not lost:
        raise Usage("No code is linked there, and none was.", "List what is linked: `setsquare trace matrix " + spec.name + "`.")
    clearing = Clearing(by=app.git.user(), at=app.clock.now(), reason=reason, commit=app.git.head())
    updates = _written(found, spec, wanted, lost, clearing)
    criteria = tuple(dict.fromkeys((*(link.id for link in wanted), *(item.criterion.id for item in lost))))
    detail = f"drift of {', '.join(criteria)}: {reason}"
    write(app, updates, f"Accept drift of {spec.name}", (record_change(found.workspace, spec, happened(app, Kind.ACCEPTED, detail)),))
    return Accepted(
        spec=named_as(found.workspace, spec),
        criteria=criteria,
        pinned=tuple(dict.fromkeys(link.link.path for link in wanted)),
        dropped=tuple(dict.fromkeys(item.pin.source for item in lost)),
        clearing=clearing,
        paths=tuple(update.path for update in updates if update.is_stale),
    )


def _written(found: Linked, spec: Spec, wanted: list[StatedLink], lost: tuple[Lost, ...], clearing: Clearing) -> tuple[LockUpdate, ...]:
    """Work out the locks."""
    links = cleared(found.states.links, wanted, clearing)
    after = replace(found, states=replace(found.states, links=links))
    return tuple(_dropping(update, keys_of(lost)) for update in updates_after(after, {spec.path}))


def _dropping(update: LockUpdate, keys: frozenset[PinKey]) -> LockUpdate:
    if not keys:
        return update
    lock = read_lock(update.new, spec_key(update.spec))
    return replace(update, new=encode_lock(without(lock, keys)))


def _require_lock(found: Linked, spec: Spec) -> None:
    """Stop where nothing is pinned yet.

    Raises:
        Refused: the spec has no lock.
    """
    item = found.identity.by_path[spec.path]
    if item.lock is None:
        raise Refused(f"{lock_path(spec)} does not exist yet: nothing is pinned.", f"Write it first: `setsquare trace lock {spec.name}`.")
