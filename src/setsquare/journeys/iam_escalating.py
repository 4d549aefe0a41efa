"""Judges which ways to more rights principals have, and which of them a change adds. Local files need no settings, no trust and no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import StorageFailed, Unreadable, Usage
from setsquare.ports.files import Files
from setsquare.powers.iam.escalation.account import principals_of
from setsquare.powers.iam.escalation.applying import State
from setsquare.powers.iam.escalation.aws_policies import AwsPolicies
from setsquare.powers.iam.escalation.baseline import ACCEPTED, Accepted, Baseline, accepted_of, read_baseline, with_accepted
from setsquare.powers.iam.escalation.changes import is_trail
from setsquare.powers.iam.escalation.comparing import beyond
from setsquare.powers.iam.escalation.finding import ADMINISTRATOR
from setsquare.powers.iam.escalation.graph import account_escalations, code_escalations
from setsquare.powers.iam.escalation.model import Escalation, EscalationPath
from setsquare.powers.iam.escalation.placing import held_by, places_of
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.escalation.source_reading import sources_in
from setsquare.powers.iam.escalation.sourced import sourced
from setsquare.powers.iam.escalation.trusting import trust_widened
from setsquare.powers.iam.escalation.unread import accepted_unread, fresh, mark_of
from setsquare.powers.iam.infrastructure.reading import ENDINGS, is_code
from setsquare.powers.iam.universe import Universe
from setsquare.text.json_document import scan
from setsquare.text.patching import FilePatch, is_diff, patches_in
from setsquare.text.paths import RelPath, base_name
from setsquare.text.plan import Plan, creation, replacement

_MOST_FILES = 20_000
_TEMPLATE_WORDS = (b'"Resources"', b'"AWS::')
_NO_CODE = ("node_modules/", ".terraform/", "package-lock.json")
_POWERFUL = 4


class EscalationWorld(Struct, frozen=True, kw_only=True):
    """What judging needs. `files` are the workspace's; `named` reads a file that a person named, `folder` the wanted files of a folder, `None` where it is none.

    `revision` reads the wanted files of a revision of the repository; `person` names who is at the keyboard, `record` tells the audit log of what was accepted, before it is.
    `aws` gives what AWS's own policies grant.
    """

    files: Files
    named: Callable[[str], bytes]
    folder: Callable[[str, Callable[[str], bool]], Mapping[RelPath, bytes] | None]
    revision: Callable[[str, Callable[[str], bool]], Mapping[RelPath, bytes]]
    universe: Callable[[], Universe]
    paths: Callable[[], tuple[EscalationPath, ...]]
    today: Callable[[], str]
    person: Callable[[], str]
    record: Callable[[Accepted], None]
    aws: Callable[[], AwsPolicies] = AwsPolicies


class Side(Struct, frozen=True, kw_only=True):
    """The principals of one side of a comparison. `unread` says what could not be read, so that nothing is claimed of it.

    Of code, `meeting` holds the principals as they may assume one another, and `unknown` says which attached policies nobody knows;
    `marks` tell of some of both what they were read from.
    """

    principals: tuple[Principal, ...] = ()
    is_account: bool = False
    unread: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    meeting: Mapping[str, Principal] = {}
    marks: Mapping[str, str] = {}

    @property
    def unclaimed(self) -> tuple[str, ...]:
        """List all of which nothing is claimed."""
        return (*self.unread, *self.unknown)


class _Asked(Struct, frozen=True, kw_only=True):
    """Both sides, the name of the first, and what was accepted before the change; `told_late` are acceptances that the change itself brings."""

    old: Side
    new: Side
    before: str
    baseline: Baseline
    told_late: int = 0


class Judged(Struct, frozen=True, kw_only=True):
    """What a principal has; `new` is what it did not have before and nobody accepted, `accepted` what somebody did."""

    principal: Principal
    escalations: tuple[Escalation, ...]
    new: tuple[Escalation, ...]
    accepted: tuple[Escalation, ...]
    places: Mapping[str, str] = {}

    def place(self, each: Escalation) -> str:
        """Say where an escalation comes from, `FILE:LINE`: the policy or the attachment that the principal did not have, else where the principal is read."""
        return self.places.get(each.key, self.principal.place)

    @property
    def is_administrator(self) -> bool:
        """Tell whether it may do everything, by itself."""
        return any(each.path == ADMINISTRATOR and not each.via for each in self.escalations)


class Escalating(Struct, frozen=True, kw_only=True):
    """What was found. `before` names what was compared with, empty where nothing was; `added` are the escalations that were accepted just now.

    `unread_left` is what of `unread` nobody accepted, `unread_new` what of that could be read before or has changed.
    """

    target: str
    before: str
    principals: tuple[Judged, ...]
    unread: tuple[str, ...]
    problems: tuple[str, ...] = ()
    paths: int = 0
    added: tuple[Accepted, ...] = ()
    unread_new: tuple[str, ...] = ()
    unread_left: tuple[str, ...] = ()

    @property
    def new(self) -> tuple[Escalation, ...]:
        """List what is new, over all principals."""
        return tuple(each for judged in self.principals for each in judged.new)


# req: iam-autopilot/5.5
def escalating(world: EscalationWorld, target: str, before: str = "", accepting: str = "") -> Escalating:
    """Judge a policy, an account, a folder, a diff or a range of revisions; with `accepting`, what is new is accepted for that reason.

    Raises:
        Usage: the target is nothing of that kind.
        Unreadable: a file cannot be read, or a diff does not fit the files.
        AuditUnavailable: an acceptance could not be recorded, and so was not made.
    """
    asked = _asked(world, target, before)
    judged = judged_between(asked.old, asked.new, asked.baseline, world.paths(), world.universe())
    problems = [f"{ACCEPTED}: {problem}" for problem in asked.baseline.problems]
    if asked.told_late:
        problems.append(f"{ACCEPTED}: the change accepts {asked.told_late} itself; what is not accepted before it is reported")
    found = Escalating(
        target=target,
        before=asked.before,
        principals=judged,
        unread=(*asked.new.unread, *(each for each in asked.new.unknown if each not in asked.old.unknown)),
        unread_left=fresh(asked.new.unclaimed, (), asked.new.marks, {}, asked.baseline),
        unread_new=fresh(asked.new.unclaimed, asked.old.unclaimed, asked.new.marks, asked.old.marks, asked.baseline),
        problems=tuple(problems),
        paths=len(world.paths()),
    )
    return _accepted(world, found, accepting, asked.new.marks) if accepting and (found.new or found.unread_new) else found


def judged_between(old: Side, new: Side, baseline: Baseline, paths: tuple[EscalationPath, ...], universe: Universe) -> tuple[Judged, ...]:
    """Judge every principal before and after; those of which nothing is worth a word are left out."""
    before, after = _escalations(old, paths, universe), _escalations(new, paths, universe)
    known = {each.name: each for each in old.principals}
    held_before = held_by(old.principals)
    judged: list[Judged] = []
    for principal in new.principals:
        found = after.get(principal.name, ())
        is_powerful = any(each.severity >= _POWERFUL for each in found)
        widened = trust_widened(known.get(principal.name), principal, is_powerful=is_powerful) if principal.trust else ()
        fresh_ones = beyond(found, before.get(principal.name, ())) + widened
        accepted = tuple(each for each in (*found, *widened) if baseline.accepts(each))
        if found or widened:
            judged.append(
                Judged(
                    principal=principal,
                    escalations=(*found, *widened),
                    new=tuple(each for each in fresh_ones if each not in accepted),
                    accepted=accepted,
                    places=places_of(fresh_ones, known.get(principal.name), principal, held_before),
                )
            )
    return tuple(judged)


def policies_wanted(path: str) -> bool:
    """Tell whether a file may hold policies.

    >>> policies_wanted("iam/main.tf"), policies_wanted("node_modules/a/package.json")
    (True, False)
    """
    return (path.endswith((*ENDINGS, ".tfvars", ".hcl", ".cfn")) or is_code(path)) and not any(part in path for part in _NO_CODE)


def side_of_files(files: Mapping[RelPath, bytes], aws: AwsPolicies) -> Side:
    """Read the principals of infrastructure code."""
    found = sources_in(files)
    made = sourced(found.policies, files, found.code, aws)
    marks = {text: mark for text in (*found.unread, *made.unknown) if (mark := mark_of(text, files))}
    return Side(principals=made.principals, unread=found.unread, unknown=made.unknown, meeting=made.meeting, marks=marks)


def _asked(world: EscalationWorld, target: str, before: str) -> _Asked:
    """Read both sides."""
    folder = world.folder(target, policies_wanted) if target != "-" else None
    if folder is None and ".." in target and not _is_path(target):
        return _range(world, target)
    if folder is not None:
        return _Asked(old=_before(world, before), new=side_of_files(folder, world.aws()), before=before, baseline=baseline_at(world.files))
    raw = world.named(target)
    if is_trail(raw):
        raise Usage(f"`{target}` holds events of CloudTrail.", "`setsquare iam watch --events` judges the changes that they record.")
    if is_diff(raw):
        if before:
            raise Usage("A diff says itself what was before.", "Leave --before out.")
        return _patched(world, raw, target)
    new = _named(target, raw, world.aws())
    return _Asked(old=_as_named(_before(world, before), new), new=new, before=before, baseline=baseline_at(world.files))


def _is_path(target: str) -> bool:
    return target.startswith((".", "/")) or "/../" in target


def _range(world: EscalationWorld, target: str) -> _Asked:
    old, _, new = target.partition("..")
    if new.startswith("."):
        raise Usage(f"`{target}` has three dots.", "Write OLD..NEW, such as main..HEAD.")
    first, second = (dict(world.revision(each or "HEAD", _wanted_of_revision)) for each in (old, new))
    return _between(first, second, old or "HEAD", (), world.aws())


def _wanted_of_revision(path: str) -> bool:
    return path == ACCEPTED or policies_wanted(path)


def _between(old: dict[RelPath, bytes], new: dict[RelPath, bytes], shown: str, unread: tuple[str, ...], aws: AwsPolicies) -> _Asked:
    """Compare two states of a repository; what the change itself accepts was accepted by nobody before it."""
    known, brought = read_baseline(old.pop(ACCEPTED, None)), read_baseline(new.pop(ACCEPTED, None))
    side = side_of_files(new, aws)
    return _Asked(
        old=side_of_files(old, aws),
        new=replace(side, unread=(*unread, *side.unread)),
        before=shown,
        baseline=known,
        told_late=len(set(brought.accepted) - set(known.accepted)),
    )


def _before(world: EscalationWorld, before: str) -> Side:
    if not before:
        return Side()
    folder = world.folder(before, policies_wanted)
    return side_of_files(folder, world.aws()) if folder is not None else _named(before, world.named(before), world.aws())


def _as_named(old: Side, new: Side) -> Side:
    """Let one bare policy stand for the other: files of one policy before and after may have any names."""
    if len(old.principals) == len(new.principals) == 1 and old.principals[0].is_policy and new.principals[0].is_policy:
        return replace(old, principals=(replace(old.principals[0], name=new.principals[0].name),))
    return old


def _named(path: str, raw: bytes, aws: AwsPolicies) -> Side:
    """Read one file: a policy, an account's details, or infrastructure code."""
    name = RelPath(base_name(path) if path != "-" else "input.json")
    is_template = all(word in raw for word in _TEMPLATE_WORDS)
    if not name.endswith(".json") and path != "-" and name.endswith(ENDINGS):
        is_template = True
    if is_template:
        side = side_of_files({name: raw}, aws)
        return side if side.principals or side.unread or side.unknown else Side(unread=(f"{path}: it holds no policy",))
    read = principals_of(scan(name, raw), name.rpartition(".")[0] or name, aws)
    problems = tuple(f"{path}:{problem.line}: {problem.reason.removeprefix(f'{name}: ')}" for problem in read.problems if problem.is_fatal)
    if not read.principals and problems:
        raise Unreadable(
            f"`{path}` cannot be followed, so nothing is claimed from it: {'; '.join(problems[:5])}.",
            "Name a policy, or an account's details.",
        )
    return Side(principals=read.principals, is_account=read.is_account, unread=problems)


def _patched(world: EscalationWorld, raw: bytes, target: str) -> _Asked:
    """Read the files of the workspace before and after a diff, whether it was applied already or not."""
    here = _workspace_files(world.files)
    old, new = dict(here), dict(here)
    unread: list[str] = []
    for patch in patches_in(raw):
        names = tuple(name for name in (patch.old_path, patch.new_path) if name)
        if not any(map(_wanted_of_revision, names)):
            continue
        before, after = _ends(here, patch)
        if before is None or after is None:
            unread.append(f"{names[-1]}: the diff does not fit the file as it is here, neither before nor after it")
            continue
        for side, path, text in ((old, patch.old_path, before), (new, patch.new_path, after)):
            for name in names:
                side.pop(RelPath(name), None)
            if path:
                side[RelPath(path)] = text
    if unread and old == new:
        raise Unreadable(
            f"`{target}` fits no file here: {unread[0]}.", "Run it in the repository that the diff was made of, or name OLD..NEW."
        )
    return _between(old, new, f"{target} (before)", tuple(unread), world.aws())


def _ends(here: Mapping[RelPath, bytes], patch: FilePatch) -> tuple[bytes | None, bytes | None]:
    """Give a file's bytes before and after, `None` where the diff does not fit."""
    if patch.is_binary:
        return None, None
    is_new, is_gone = not patch.old_path, not patch.new_path
    old = here.get(RelPath(patch.old_path)) if patch.old_path else b""
    new = here.get(RelPath(patch.new_path)) if patch.new_path else b""
    if is_new:
        return b"", patch.applied(b"")
    if is_gone:
        return patch.reverted(b""), b""
    if old is not None and (after := patch.applied(old)) is not None:
        return old, after
    if new is not None and (before := patch.reverted(new)) is not None:
        return before, new
    return None, None


def _workspace_files(files: Files) -> dict[RelPath, bytes]:
    read: dict[RelPath, bytes] = {}
    for path in (*files.listing(RelPath(""), _MOST_FILES), ACCEPTED):
        if _wanted_of_revision(path):
            try:
                raw = files.read(path)
            except StorageFailed:
                continue
            if raw is not None:
                read[path] = raw
    return read


def _escalations(side: Side, paths: Iterable[EscalationPath], universe: Universe) -> Mapping[str, tuple[Escalation, ...]]:
    if side.is_account:
        return account_escalations(side.principals, paths, universe)
    return code_escalations(side.principals, side.meeting, paths, universe)


def baseline_at(files: Files) -> Baseline:
    """Read what was accepted in a workspace; a file that cannot be read accepts nothing."""
    try:
        return read_baseline(files.read(ACCEPTED))
    except StorageFailed as failure:
        return Baseline((), (failure.message,))


def _accepted(world: EscalationWorld, found: Escalating, reason: str, marks: Mapping[str, str]) -> Escalating:
    """Write what is new into the file of what is accepted."""
    person, today = world.person(), world.today()
    added = (
        *accepted_of(found.new, reason=reason, by=person, on=today),
        *accepted_unread(found.unread_new, marks, reason=reason, by=person, on=today),
    )
    for each in added:
        world.record(each)
    raw = world.files.read(ACCEPTED)
    text = with_accepted(raw, added)
    world.files.apply(Plan("accept escalation paths", (creation(ACCEPTED, text) if raw is None else replacement(ACCEPTED, raw, text),)))
    kept = tuple(replace(each, new=(), accepted=(*each.accepted, *each.new)) for each in found.principals)
    return replace(found, principals=kept, added=added, unread_new=(), unread_left=())


def state_of_file(named: Callable[[str], bytes], path: str, aws: AwsPolicies | None = None) -> tuple[State, tuple[str, ...]]:
    """Read what an account was from its authorization details, and what of it could not be read; nothing is known where no file is named.

    `aws` says what AWS's own policies grant, which changes attach by name.

    Raises:
        Unreadable: the file cannot be read, or is no account's.
    """
    if not path:
        return State(aws=aws or AwsPolicies()), ()
    read = principals_of(scan(RelPath(base_name(path)), named(path)), "account", aws or AwsPolicies())
    if not read.is_account:
        raise Unreadable(f"`{path}` holds no account's details.", "Save them with `aws iam get-account-authorization-details`.")
    return replace(read.state, aws=aws or AwsPolicies()), tuple(
        f"{path}:{problem.line}: {problem.reason}" for problem in read.problems if problem.is_fatal
    )
