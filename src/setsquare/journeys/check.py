"""Judges what stands below some paths, and mends what can be mended."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Refused, StorageFailed, Unreadable
from setsquare.journeys.check_scope import MendedFiles, Scope, Standing, is_at
from setsquare.journeys.judged import Judged, key_of, recalled, remember
from setsquare.journeys.unread_records import unread_records
from setsquare.ports.cache import Cache, NoCache
from setsquare.ports.files import Files, Snapshot
from setsquare.ports.history import History
from setsquare.rules.baseline import BASELINE_PATH, Baseline, entries_of, read_baseline, written
from setsquare.rules.config import CONFIG_PATH, Config
from setsquare.rules.finding import Finding, Severity
from setsquare.text.paths import RelPath, parent
from setsquare.text.plan import FileChange, Plan, creation, replacement
from setsquare.text.span import Span
from setsquare.workspace.layout import feature_folder
from setsquare.workspace.sources import SOURCES_PATH

_ROOTS = (".kiro", "openspec")


class CheckRequest(Struct, frozen=True, kw_only=True):
    """What to judge and how.

    `paths` are files or folders, all when none is given. `selected` rules are the only ones when it is not `None`; `ignored` never run; both
    hold codes, families and names. `is_trial` plans fixes and writes nothing. `since` names the commit to compare with. `baseline` is the
    file of known findings: `None` for the one that the settings name, empty for none. `writes_baseline` takes all findings as known.
    """

    paths: tuple[str, ...] = ()
    selected: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()
    is_fixing: bool = False
    is_unsafe: bool = False
    is_trial: bool = False
    since: str = ""
    baseline: str | None = None
    writes_baseline: bool = False


class World(Struct, frozen=True, kw_only=True):
    """What a check works with; `history` is needed only to compare with a commit."""

    files: Files
    history: History | None = None
    cache: Cache = NoCache()


class CheckOutcome(Struct, frozen=True, kw_only=True):
    """What was judged and found.

    `files` are all that was read, as they stand after `applied`, the plan of the fixes that were made (or planned, in a trial); `paths` are
    the judged ones among them, `before` the changed ones as they were. `refused` are findings whose safe fix would have changed a meaning.
    """

    files: Mapping[RelPath, bytes]
    paths: tuple[RelPath, ...]
    standing: Standing
    judged: Judged
    refused: tuple[Finding, ...] = ()
    applied: Plan = Plan("check --fix")
    before: Mapping[RelPath, bytes] = {}
    is_trial: bool = False
    skipped: tuple[tuple[RelPath, str], ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """List what stands."""
        return self.standing.findings

    def name(self, code: str) -> str:
        """Give a rule's name; its code where nothing of the rule was found."""
        return self.judged.names.get(code, code)

    def count(self, severity: Severity) -> int:
        """Count the findings of one severity."""
        return sum(finding.severity is severity for finding in self.findings)


# req: check/1.1
def check(world: World, request: CheckRequest) -> CheckOutcome:
    """Judge files by the rules that are selected; with fixes, until no more applies, and report what remains.

    Raises:
        Unreadable: a path does not exist.
        Refused: a baseline of another version would be overwritten.
        Usage: `since` names no commit.
        GitFailed: there is no repository or no commit, or nothing in common with `since`.
        StalePlan: a file changed while it was being mended; nothing was written.
        StorageFailed: a file could not be written.
    """
    wanted = tuple(_normal(path) for path in request.paths)
    snapshot = _snapshot(world.files, wanted)
    judged = _judged(world, request, snapshot.files)
    scope = _scope(world, request, wanted, judged)
    files, plan = snapshot.files, Plan("check --fix")
    refused: tuple[Finding, ...] = ()
    if request.is_fixing:
        mended = _mended(files, judged, scope, request)
        files, plan, judged, refused = mended.files, mended.plan, mended.judged, mended.refused
    standing = scope.standing(judged, files)
    if request.writes_baseline:
        plan = Plan("check --write-baseline", _baseline_changes(world.files, scope, standing, files))
        standing = replace(standing, findings=(), known=(*standing.findings, *standing.known), stale=())
    names, unread = _unread(request, snapshot.skipped, wanted)
    if unread:
        # Neither a baseline nor a comparison with a commit speaks of what was never read.
        standing = replace(standing, findings=(*unread, *standing.findings))
        judged = replace(judged, names={**judged.names, **names})
    if plan.changes and not request.is_trial:
        world.files.apply(plan)
    return CheckOutcome(
        files=files,
        paths=tuple(path for path in files if is_at(path, wanted)),
        standing=standing,
        refused=refused,
        applied=plan,
        before={change.path: snapshot.files[change.path] for change in plan.changes if change.path in snapshot.files},
        is_trial=request.is_trial,
        judged=judged,
        skipped=snapshot.skipped,
    )


def _normal(path: str) -> str:
    """Write a path without dots and slashes at its ends; the whole workspace is empty."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _snapshot(files: Files, wanted: tuple[str, ...]) -> Snapshot:
    """Read what must be known to judge the wanted paths, in the order of paths.

    Raises:
        Unreadable: a path does not exist.
    """
    for path in wanted:
        if path and not files.exists(RelPath(path)):
            raise Unreadable(f"There is no file or folder `{path}`.", "Check the spelling; paths are relative to the current folder.")
    below = tuple(dict.fromkeys(_tree_of(path) for path in wanted))
    if below:
        # What holds for all paths: the settings of rules, and the names of the sources that references may lead to.
        common = (path for path in (CONFIG_PATH, SOURCES_PATH) if not any(is_at(path, (at,)) for at in below) and files.exists(path))
        below = (*below, *common)
    found = files.snapshot(below)
    return replace(found, files=dict(sorted(found.files.items())))


def _tree_of(path: str) -> str:
    """Widen a path inside a tool's tree to the whole tree: a spec's references lead to its other files and to other specs.

    A change of OpenSpec is judged against the capabilities that it touches.
    """
    parts = path.split("/")
    root = next((root for root in _ROOTS if root in parts), None)
    if root is not None:
        return "/".join(parts[: parts.index(root) + 1])
    feature = feature_folder(f"{path}/spec.md")
    return path if feature is None else parent(feature)


def _judged(world: World, request: CheckRequest, files: Mapping[RelPath, bytes]) -> Judged:
    """Judge files, or recall what was said of the very same ones."""
    key = ""
    if identity := world.cache.identity:
        selected = ("*",) if request.selected is None else ("=", *request.selected)
        key = key_of(identity, files, (*selected, "-", *request.ignored))
        if (known := recalled(world.cache, key)) is not None:
            return known
    from setsquare.journeys.judging import judge_files  # noqa: PLC0415  (start-up: a recalled judgement needs no rule)

    judged = judge_files(files, request.selected, request.ignored)
    if key:
        remember(world.cache, key, judged)
    return judged


def _unread(
    request: CheckRequest, skipped: tuple[tuple[RelPath, str], ...], wanted: tuple[str, ...]
) -> tuple[dict[str, str], list[Finding]]:
    """Find what stands in the place of a record and was left out, as the rule that speaks of such records; give the rules' names too."""
    records = [record for record in unread_records(skipped) if is_at(record.path, wanted)]
    if not records:
        return {}, []
    from setsquare.rules.registry import RULES  # noqa: PLC0415  (start-up: hardly ever needed)
    from setsquare.rules.selection import selection  # noqa: PLC0415

    asked = selection(Config(), request.selected, request.ignored)
    rules = {rule.code: rule for rule in RULES if asked.has(rule)}
    found = [
        Finding(
            code=record.code,
            severity=rules[record.code].severity,
            path=record.path,
            span=Span(0, 0),
            message=f"this is left out ({record.reason}), and what rests on it is wrong without it",
            hint=record.mend,
        )
        for record in records
        if record.code in rules
    ]
    return {finding.code: rules[finding.code].name for finding in found}, found


def _mended(files: Mapping[RelPath, bytes], judged: Judged, scope: Scope, request: CheckRequest) -> MendedFiles:
    """Apply fixes in memory."""
    from setsquare.journeys.judging import judge_files  # noqa: PLC0415  (start-up)
    from setsquare.journeys.mending import mend  # noqa: PLC0415

    return mend(files, judged, scope, lambda now: judge_files(now, request.selected, request.ignored), is_unsafe=request.is_unsafe)


def _scope(world: World, request: CheckRequest, wanted: tuple[str, ...], judged: Judged) -> Scope:
    """Say which findings are asked for.

    Raises:
        Unreadable: the baseline that was named does not exist or cannot be read.
        Usage: `since` names no commit.
        GitFailed: there is no repository or no commit, or nothing in common with `since`.
    """
    place = RelPath(judged.baseline if request.baseline is None else request.baseline)
    if request.writes_baseline and not place:
        place = BASELINE_PATH
    raw = _baseline(world.files, place) if place else None
    if raw is None and request.baseline and not request.writes_baseline:
        raise Unreadable(f"There is no baseline `{place}`.", "Write it with `setsquare check --write-baseline`.")
    old = None
    if request.since and world.history is not None:
        old = world.history.tree(world.history.base(request.since))
    return Scope(
        wanted=wanted,
        place=place,
        baseline=read_baseline(place, raw) if raw is not None else Baseline(),
        is_whole=request.selected is None and not request.ignored,
        old=old,
    )


def _baseline(files: Files, place: RelPath) -> bytes | None:
    """Read the baseline; `None` where it does not exist.

    Raises:
        Unreadable: it is a folder, too long a name, or may not be read.
    """
    try:
        return files.read(place)
    except StorageFailed as failure:
        hint = f"Name a file below `[baseline]` in {CONFIG_PATH}, or with `--baseline`."
        raise Unreadable(f"The baseline `{place}` cannot be read: {failure.message}", hint) from failure


def _baseline_changes(files: Files, scope: Scope, standing: Standing, contents: Mapping[RelPath, bytes]) -> tuple[FileChange, ...]:
    """Plan the baseline that knows all findings; what it says of files that were not judged stays.

    Raises:
        Refused: the file is no baseline that this version can read.
    """
    old = files.read(scope.place)
    if old is not None and old.strip() and not scope.baseline.entries and scope.baseline.problems:
        raise Refused(f"`{scope.place}` is no baseline of this version; it was left as it is.", "Name another file, or remove it first.")
    kept = (entry for entry in scope.baseline.entries if not is_at(entry.path, scope.wanted))
    findings = tuple(finding for finding in (*standing.findings, *standing.known) if finding.path != scope.place)
    new = written((*kept, *entries_of(findings, contents)))
    if old is None:
        return (creation(scope.place, new),)
    return () if old == new else (replacement(scope.place, old, new),)
