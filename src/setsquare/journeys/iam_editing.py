"""Writes a recommendation into infrastructure code, as far as its policies stand there and can be edited in place."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from setsquare.powers.iam.infrastructure.detaching import detached
from setsquare.powers.iam.infrastructure.editing import CannotEdit, edited
from setsquare.powers.iam.infrastructure.finding import NotFound, source_of
from setsquare.powers.iam.infrastructure.holding import other_holders
from setsquare.powers.iam.infrastructure.nodes import Found, Located
from setsquare.powers.iam.infrastructure.reading import ENDINGS, found_in
from setsquare.powers.iam.infrastructure.remembering import Known
from setsquare.powers.iam.infrastructure.removing import is_unnamed, removed
from setsquare.powers.iam.infrastructure.replacing import replaced
from setsquare.powers.iam.infrastructure.reproving import Key, key_of
from setsquare.powers.iam.infrastructure.splitting import shared_out
from setsquare.powers.iam.infrastructure.synthesised import written_by
from setsquare.powers.iam.infrastructure.terraform_detaching import Meant
from setsquare.powers.iam.proposal.body import Placed
from setsquare.powers.iam.proposal.diff_names import quoted_path
from setsquare.powers.iam.proposal.lines import with_lines
from setsquare.powers.iam.recommendation.model import AttachedPolicy, NarrowedPolicy, PolicyKind, Recommendation
from setsquare.powers.iam.recommendation.quotas import LIMIT_ATTACHED
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange


class Change(Struct, frozen=True, kw_only=True):
    """What changes: whole files, those that go, the policies that were edited with their places, and why others are left.

    `told` is what a person should know of what changes; `settled` are policies that the code has narrowed already and that wait to be applied.
    """

    contents: Mapping[RelPath, bytes]
    placed: tuple[Placed, ...]
    left: tuple[str, ...]
    removed: tuple[RelPath, ...] = ()
    told: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing changes."""
        return not self.contents and not self.removed


class _Code(Struct, frozen=True):
    """The sources as they are after the edits so far, with what they say; `made` are the files that programs write, and who writes each.

    `known` remembers what single files say.
    """

    files: Mapping[RelPath, bytes]
    found: Found
    made: Mapping[RelPath, tuple[bytes, str]]
    known: Known


class _Words:
    """What is said of the policies so far, with the lines of the code as it stands after the last edit."""

    __slots__ = ("left", "settled", "told")

    def __init__(self) -> None:
        self.left: list[str] = []
        self.told: list[str] = []
        self.settled: list[str] = []

    def follow(self, old: Mapping[RelPath, bytes], new: Mapping[RelPath, bytes]) -> None:
        """Name the lines of edited files as they are now."""
        for words in (self.left, self.told, self.settled):
            words[:] = [with_lines(each, old, new) for each in words]


def changed(files: Mapping[RelPath, bytes], recommendation: Recommendation) -> Change:
    """Edit every policy that can be edited; a policy that stays as it was takes nothing away from the safety of the others."""
    made = {path: (raw, by) for path, raw in files.items() if (by := written_by(path, raw))}
    now = {path: raw for path, raw in files.items() if path not in made}
    done_with: list[tuple[NarrowedPolicy, _Done]] = []
    words = _Words()
    wanted = [each for each in recommendation.policies if each.is_changed]
    known = Known()
    found = found_in(now, known=known) if wanted else Found()
    for narrowed in wanted:
        name = narrowed.before.name
        done = _in_text(_done(_Code(now, found, made, known), recommendation, narrowed))
        match done:
            case _Settled():
                words.settled.append(f"{name}: {done.reason}")
            case str():
                words.left.append(f"{name}: {done}")
            case _Done():
                words.left += [f"{name}: {note}" for note in done.notes]
                words.told += [f"{name}: {note}" for note in done.told]
                words.follow(now, done.contents)
                now |= done.contents
                found = found_in(now, known=known) if done.found is None else done.found
                done_with.append((narrowed, done))
    gone = tuple(sorted({path for _, done in done_with for path in done.unnamed if path in files}))
    contents = {path: raw for path, raw in now.items() if raw != files.get(path) and path not in gone}
    # Lines are those of the code as it is proposed, so they are counted when all is done.
    lines = {key_of(each): _place(now, each) for each in found.located}
    placed = [Placed(narrowed=narrowed, place=(lines.get(done.key, "") if done.key else "") + done.place) for narrowed, done in done_with]
    return Change(
        contents=contents,
        placed=tuple(placed),
        left=tuple(words.left),
        removed=gone,
        told=tuple(words.told),
        settled=tuple(words.settled),
    )


class _Settled(Struct, frozen=True):
    """Why nothing is left to do for a policy in the code."""

    reason: str


class _Done(Struct, frozen=True):
    """What became of one policy: files as they are now, the key of where it stands with what follows it, and what a person should know.

    `notes` say what stays, `told` what changes; `unnamed` are files that nothing names any more, `found` what the files say now, if it was read.
    """

    contents: Mapping[RelPath, bytes]
    place: str = ""
    notes: tuple[str, ...] = ()
    key: Key | None = None
    told: tuple[str, ...] = ()
    unnamed: tuple[RelPath, ...] = ()
    found: Found | None = None


def _in_text(done: _Done | _Settled | str) -> _Done | _Settled | str:
    """Refuse an edit of a file that is no UTF-8, which no engine takes and no diff shows."""
    for path, raw in done.contents.items() if isinstance(done, _Done) else ():
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            return f"{path}: it is not UTF-8 (byte {error.start}), so it is not edited"
    return done


def _done(code: _Code, recommendation: Recommendation, narrowed: NarrowedPolicy) -> _Done | _Settled | str:
    """Edit one policy where it stands; why not, in words."""
    now, found, before, role = code.files, code.found, narrowed.before, recommendation.role
    if narrowed.is_copy or before.kind is PolicyKind.AWS_MANAGED:
        return _detached(now, role, narrowed) if narrowed.after is None else _replaced(code, role, narrowed)
    located = source_of(found, role, before.name, before.policy)
    if isinstance(located, NotFound):
        return _elsewhere(code, role, narrowed, located)
    meant = Meant(role, before.arn, before.name)
    if before.kind is PolicyKind.MANAGED and (others := other_holders(now, found, located.unit, meant, code.known)):
        who = ", ".join(others[:5])
        if narrowed.after is None:
            gone = _detached(now, role, narrowed, f"only detached, since it is also there for {who}")
            return f"{gone}; it is also there for {who}" if isinstance(gone, str) else gone
        return f"its text also holds for {who}, which would change too"
    if narrowed.after is None:
        return _removed(code, located, before)
    if len(narrowed.after) > 1:
        return _shared_out(now, found, located, recommendation, narrowed)
    plan = edited(now, located.source, before.policy, narrowed.after[0], found, code.known)
    if isinstance(plan, CannotEdit):
        return f"{plan.path}:{plan.line}: {plan.reason}"
    return _Done(_applied(now, plan.changes), notes=plan.notes, key=key_of(located), told=_for_others(located), found=plan.found)


def _for_others(located: Located) -> tuple[str, ...]:
    """Say whom else a text is for whose role's name is put together: one code for several stages, or one template for several stacks."""
    owner = located.source.owner
    if "${" not in owner:
        return ()
    return (f"the code calls the role {owner}; wherever it is applied with other values, the roles there change too",)


def _elsewhere(code: _Code, role: str, narrowed: NarrowedPolicy, missing: NotFound) -> _Settled | str:
    """Say of a policy that no source has whether it is narrowed already, or stands in what a program writes."""
    before, shares = narrowed.before, narrowed.after or ()
    there = [source_of(code.found, role, before.name, each) for each in shares]
    # A file that says the same by chance, under another name, is not the policy.
    places = [
        _place(code.files, each) for each in there if isinstance(each, Located) and (each.source.owner or each.source.name == before.name)
    ]
    if places and len(places) == len(there):
        return _Settled(f"the code has the narrower policy already ({', '.join(dict.fromkeys(places))}); apply it")
    for path, (raw, by) in code.made.items():
        if path.endswith(ENDINGS) and isinstance(source_of(found_in({path: raw}), role, before.name, before.policy), Located):
            return f"it stands in {path}, which {by}, so an edit would be undone by the next run; change the source of that file"
    return missing.reason + (f" ({'; '.join(missing.places)})" if missing.places else "")


def _removed(code: _Code, located: Located, before: AttachedPolicy) -> _Done | str:
    """Take away a policy of which nothing is needed, with the files that only it was written in; why not, in words."""
    gone = removed(code.files, code.found, located, is_managed=before.kind is PolicyKind.MANAGED, known=code.known)
    if isinstance(gone, CannotEdit):
        return f"{gone.path}:{gone.line}: {gone.reason}; {gone.mend}"
    contents = _applied(code.files, gone.changes)
    unnamed = tuple([part.path for part in located.parts if is_unnamed(code.files, contents, located, part.path)])
    notes = tuple([each for each in gone.notes if not any(each.startswith(f"{path} ") for path in unnamed)])
    return _Done(contents, f"{_home(located)}, taken away", notes, told=_for_others(located), unnamed=unnamed)


def _replaced(code: _Code, role: str, narrowed: NarrowedPolicy) -> _Done | _Settled | str:
    """Put a policy of the role's own in the place of one of AWS's; why not, in words."""
    before, shares = narrowed.before, narrowed.after or ()
    by_hand = "`setsquare iam recommend --output` writes what can take its place"
    if before.kind is not PolicyKind.AWS_MANAGED:
        return f"it {before.shared or 'bounds the role itself'}, so others would change too; give the role its own ({by_hand})"
    if len(shares) != 1 or narrowed.characters > narrowed.limit > 0:
        return f"it belongs to AWS and cannot be edited, and {len(shares)} policies would take its place; {by_hand}"
    name = narrowed.names[0] if narrowed.names else f"{role}-{before.name}"[:128]
    own = source_of(code.found, role, name, shares[0])
    if isinstance(own, Located) and own.source.owner:
        return _Settled(f"the code has {name} in its place already ({_place(code.files, own)}); apply it")
    done = replaced(code.files, code.found, Meant(role, before.arn, before.name), (name, shares[0]), code.known)
    if isinstance(done, str):
        return f"it belongs to AWS and cannot be edited, and {done}; {by_hand}"
    told = f"{name} takes its place with the part that is needed; for a moment while it is applied the role may have neither"
    return _Done(done.contents, f", in place of {before.name}", told=(told,), key=done.key, found=done.found)


def _detached(now: Mapping[RelPath, bytes], role: str, narrowed: NarrowedPolicy, *notes: str) -> _Done | str:
    """Take a policy off the role that itself stays; why not, in words."""
    before = narrowed.before
    done = detached(now, role, before.arn, before.name)
    if isinstance(done, str):
        return f"nothing of it is needed, but {done}; detach it by hand"
    return _Done(_applied(now, done.changes), f"{done.place}, detached", (*done.notes, *notes))


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


def diff_of(files: Mapping[RelPath, bytes], contents: Mapping[RelPath, bytes], removed: Sequence[RelPath] = ()) -> str:
    """Write what changes as a unified diff."""
    after: dict[RelPath, bytes | None] = {**contents, **dict.fromkeys(removed)}
    return "".join(line for path in sorted(after) for line in _diff(path, files.get(path), after[path]))


def _diff(path: RelPath, old: bytes | None, new: bytes | None) -> Iterator[str]:
    # Lines end at LF alone, as git sees them: what else may end a line is part of it.
    one, other = ((raw or b"").decode("utf-8", "replace").split("\n") for raw in (old, new))
    one, other = ([f"{line}\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1]) for lines in (one, other))
    before, after = ("/dev/null" if raw is None else quoted_path(f"{side}/{path}") for side, raw in (("a", old), ("b", new)))
    for line in difflib.unified_diff(one, other, before, after):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def digest_of(role: str, files: Mapping[RelPath, bytes], contents: Mapping[RelPath, bytes], removed: Sequence[RelPath] = ()) -> str:
    """Name a change by what it makes of which files: the same digest is the same proposal."""
    named = hashlib.sha256(role.encode("utf-8", "surrogatepass"))
    for path in sorted(contents):
        for raw in (path.encode("utf-8", "surrogateescape"), files.get(path, b""), contents[path]):
            named.update(hashlib.sha256(raw).digest())
    for path in sorted(removed):
        named.update(hashlib.sha256(b"gone\0" + path.encode("utf-8", "surrogateescape")).digest())
    return named.hexdigest()
