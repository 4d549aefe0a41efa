"""Writes a recommendation into infrastructure code, as far as its policies stand there and can be edited in place."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.editing import CannotEdit, edited
from setsquare.powers.iam.infrastructure.finding import NotFound, source_of
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.proposal.body import Placed
from setsquare.powers.iam.recommendation.model import NarrowedPolicy, PolicyKind, Recommendation
from setsquare.text.paths import RelPath


class Change(Struct, frozen=True, kw_only=True):
    """What changes: whole files, the policies that were edited with their places, and why others are left."""

    contents: Mapping[RelPath, bytes]
    placed: tuple[Placed, ...]
    left: tuple[str, ...]


def changed(files: Mapping[RelPath, bytes], recommendation: Recommendation) -> Change:
    """Edit every policy that can be edited; a policy that stays as it was takes nothing away from the safety of the others."""
    now = dict(files)
    placed: list[Placed] = []
    left: list[str] = []
    for narrowed in recommendation.policies:
        if not narrowed.is_changed:
            continue
        after = _one(narrowed)
        if isinstance(after, str):
            left.append(f"{narrowed.before.name}: {after}")
            continue
        done = _edited(now, recommendation.role, narrowed, after)
        if isinstance(done, str):
            left.append(f"{narrowed.before.name}: {done}")
        else:
            placed.append(done)
    contents = {path: raw for path, raw in now.items() if raw != files[path]}
    return Change(contents=contents, placed=tuple(placed), left=tuple(left))


def _one(narrowed: NarrowedPolicy) -> Policy | str:
    """Give the one policy that takes the place of a policy; else say in words what a person must do."""
    if narrowed.before.kind is PolicyKind.AWS_MANAGED:
        return "it belongs to AWS and cannot be edited; `setsquare iam recommend --output` writes what can take its place"
    if narrowed.is_copy:
        return f"it is attached {narrowed.before.attachments} times, so others would change too; give the role its own"
    if narrowed.after is None:
        return "nothing of it is needed; detach it, and remove it from the code by hand"
    if len(narrowed.after) != 1:
        return f"it would become {len(narrowed.after)} policies; `setsquare iam recommend --output` writes them"
    return narrowed.after[0]


def _edited(now: dict[RelPath, bytes], role: str, narrowed: NarrowedPolicy, after: Policy) -> Placed | str:
    """Edit one policy where it stands; why not, in words."""
    before = narrowed.before
    source = source_of(found_in(now), role, before.name, before.policy)
    if isinstance(source, NotFound):
        return source.reason + (f" ({'; '.join(source.places)})" if source.places else "")
    plan = edited(now, source.source, before.policy, after)
    if isinstance(plan, CannotEdit):
        return f"{plan.path}:{plan.line}: {plan.reason}"
    for change in plan.changes:
        now[change.path] = change.applied(now[change.path])
    path, start = source.source.path, source.source.span.start
    line = now[path].count(b"\n", 0, start) + 1
    address = f" ({source.source.address})" if source.source.address else ""
    return Placed(narrowed=narrowed, place=f"{path}:{line}{address}")


def diff_of(files: Mapping[RelPath, bytes], contents: Mapping[RelPath, bytes]) -> str:
    """Write what changes as a unified diff."""
    return "".join(line for path in sorted(contents) for line in _diff(path, files[path], contents[path]))


def _diff(path: RelPath, old: bytes, new: bytes) -> Iterator[str]:
    one, other = (raw.decode("utf-8", "replace").splitlines(keepends=True) for raw in (old, new))
    for line in difflib.unified_diff(one, other, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def digest_of(role: str, files: Mapping[RelPath, bytes], contents: Mapping[RelPath, bytes]) -> str:
    """Name a change by what it makes of which files: the same digest is the same proposal."""
    named = hashlib.sha256(role.encode("utf-8", "surrogatepass"))
    for path in sorted(contents):
        for raw in (path.encode("utf-8", "surrogateescape"), files[path], contents[path]):
            named.update(hashlib.sha256(raw).digest())
    return named.hexdigest()
