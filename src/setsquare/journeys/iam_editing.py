"""Writes a recommendation into infrastructure code, as far as its policies stand there and can be edited in place."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.detaching import detached
from setsquare.powers.iam.infrastructure.editing import CannotEdit, edited
from setsquare.powers.iam.infrastructure.finding import NotFound, source_of
from setsquare.powers.iam.infrastructure.nodes import Found, Located
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.infrastructure.removing import removed
from setsquare.powers.iam.infrastructure.reproving import Key, key_of
from setsquare.powers.iam.infrastructure.splitting import shared_out
from setsquare.powers.iam.proposal.body import Placed
from setsquare.powers.iam.recommendation.model import AttachedPolicy, NarrowedPolicy, PolicyKind, Recommendation
from setsquare.powers.iam.recommendation.quotas import LIMIT_ATTACHED
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange


class Change(Struct, frozen=True, kw_only=True):
    """What changes: whole files, the policies that were edited with their places, and why others are left."""

    contents: Mapping[RelPath, bytes]
    placed: tuple[Placed, ...]
    left: tuple[str, ...]


def changed(files: Mapping[RelPath, bytes], recommendation: Recommendation) -> Change:
    """Edit every policy that can be edited; a policy that stays as it was takes nothing away from the safety of the others."""
    now = dict(files)
    done_with: list[tuple[NarrowedPolicy, _Done]] = []
    left: list[str] = []
    wanted = [each for each in recommendation.policies if each.is_changed]
    found = found_in(now) if wanted else Found()
    for narrowed in wanted:
        done = _done(now, found, recommendation, narrowed)
        if isinstance(done, str):
            left.append(f"{narrowed.before.name}: {done}")
        else:
            now |= done.contents
            found = found_in(now)
            done_with.append((narrowed, done))
            left += [f"{narrowed.before.name}: {note}" for note in done.notes]
    contents = {path: raw for path, raw in now.items() if raw != files.get(path)}
    # Lines are those of the code as it is proposed, so they are counted when all is done.
    lines = {key_of(each): _place(now, each) for each in found.located}
    placed = [Placed(narrowed=narrowed, place=(lines.get(done.key, "") if done.key else "") + done.place) for narrowed, done in done_with]
    return Change(contents=contents, placed=tuple(placed), left=tuple(left))


class _Done(Struct, frozen=True):
    """What became of one policy: files as they are now, the key of where it stands with what follows it, and what a person should know."""

    contents: Mapping[RelPath, bytes]
    place: str = ""
    notes: tuple[str, ...] = ()
    key: Key | None = None


def _done(now: Mapping[RelPath, bytes], found: Found, recommendation: Recommendation, narrowed: NarrowedPolicy) -> _Done | str:
    """Edit one policy where it stands; why not, in words."""
    before = narrowed.before
    if narrowed.is_copy or before.kind is PolicyKind.AWS_MANAGED:
        return _detached(now, recommendation.role, narrowed) if narrowed.after is None else _copied_by_hand(before)
    located = source_of(found, recommendation.role, before.name, before.policy)
    if isinstance(located, NotFound):
        return located.reason + (f" ({'; '.join(located.places)})" if located.places else "")
    if narrowed.after is None:
        gone = removed(now, found, located, is_managed=before.kind is PolicyKind.MANAGED)
        if isinstance(gone, CannotEdit):
            return f"{gone.path}:{gone.line}: {gone.reason}; {gone.mend}"
        return _Done(_applied(now, gone.changes), f"{_home(located)}, taken away", gone.notes)
    if len(narrowed.after) > 1:
        return _shared_out(now, found, located, recommendation, narrowed)
    plan = edited(now, located.source, before.policy, narrowed.after[0], found)
    if isinstance(plan, CannotEdit):
        return f"{plan.path}:{plan.line}: {plan.reason}"
    return _Done(_applied(now, plan.changes), notes=plan.notes, key=key_of(located))


def _copied_by_hand(before: AttachedPolicy) -> str:
    """Say what a person must do where the original may not be edited."""
    if before.kind is PolicyKind.AWS_MANAGED:
        return "it belongs to AWS and cannot be edited; `setsquare iam recommend --output` writes what can take its place"
    return f"it {before.shared or 'bounds the role itself'}, so others would change too; give the role its own"


def _detached(now: Mapping[RelPath, bytes], role: str, narrowed: NarrowedPolicy) -> _Done | str:
    """Take a policy off the role that itself stays; why not, in words."""
    before = narrowed.before
    done = detached(now, role, before.arn, before.name)
    if isinstance(done, str):
        return f"nothing of it is needed, but {done}; detach it by hand"
    return _Done(_applied(now, done.changes), f"{done.place}, detached", done.notes)


def _shared_out(
    now: Mapping[RelPath, bytes], found: Found, located: Located, recommendation: Recommendation, narrowed: NarrowedPolicy
) -> _Done | str:
    """Write several policies where one stood; why not, in words."""
    shares = narrowed.after or ()
    attached = sum(1 for each in recommendation.policies if each.before.kind is not PolicyKind.INLINE)
    if narrowed.before.kind is PolicyKind.MANAGED and attached + len(shares) - 1 > LIMIT_ATTACHED:
        return f"it would become {len(shares)} policies, and a role may have {LIMIT_ATTACHED} attached"
    done = shared_out(now, found, located, narrowed.before.policy, shares)
    if isinstance(done, CannotEdit):
        return f"{done.path}:{done.line}: {done.reason}"
    others = ", ".join(dict.fromkeys(done.addresses))
    with_others = f" with {others}" if others != located.source.address else ""
    return _Done(done.contents, f", now {len(shares)} policies{with_others}", key=key_of(located))


def _applied(now: Mapping[RelPath, bytes], changes: tuple[FileChange, ...]) -> dict[RelPath, bytes]:
    return {change.path: change.applied(now[change.path]) for change in changes}


def _home(located: Located) -> str:
    """Name the place of a policy that goes: lines above it may go too."""
    source = located.source
    path = located.unit.path if located.unit else source.path
    return f"{path} ({source.address})" if source.address else path


def _place(files: Mapping[RelPath, bytes], located: Located) -> str:
    """Name the place of a policy, by its line and its address."""
    path, start = located.source.path, located.source.span.start
    line = files[path].count(b"\n", 0, start) + 1
    return f"{path}:{line}" + (f" ({located.source.address})" if located.source.address else "")


def diff_of(files: Mapping[RelPath, bytes], contents: Mapping[RelPath, bytes]) -> str:
    """Write what changes as a unified diff."""
    return "".join(line for path in sorted(contents) for line in _diff(path, files.get(path), contents[path]))


def _diff(path: RelPath, old: bytes | None, new: bytes) -> Iterator[str]:
    one, other = ((raw or b"").decode("utf-8", "replace").splitlines(keepends=True) for raw in (old, new))
    for line in difflib.unified_diff(one, other, "/dev/null" if old is None else f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def digest_of(role: str, files: Mapping[RelPath, bytes], contents: Mapping[RelPath, bytes]) -> str:
    """Name a change by what it makes of which files: the same digest is the same proposal."""
    named = hashlib.sha256(role.encode("utf-8", "surrogatepass"))
    for path in sorted(contents):
        for raw in (path.encode("utf-8", "surrogateescape"), files.get(path, b""), contents[path]):
            named.update(hashlib.sha256(raw).digest())
    return named.hexdigest()
