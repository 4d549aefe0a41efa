"""Says what would be decided about an action, by which rule from which file, and what else was to say; nothing is run and nothing trusted."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Usage
from setsquare.guard.action import Action, EditText, Facts, Read, Shell, Write
from setsquare.guard.capability import Capability, Decision, Mode, Permission
from setsquare.guard.commands import Judged, Refusal, judged_by
from setsquare.guard.decide import command_parts, considered, decided
from setsquare.guard.lists import BUILT_IN_FORBIDDEN
from setsquare.guard.patterns import command_text
from setsquare.guard.permission_reader import PermissionFile
from setsquare.guard.permitting import command_decisions, file_decisions
from setsquare.guard.verdicts import allow, deny
from setsquare.journeys.app import Reading
from setsquare.journeys.errand import Errand, errand_capability
from setsquare.journeys.permitted import permitted
from setsquare.journeys.run_bench import real_path
from setsquare.journeys.run_selection import named_tasks, selected, task_name
from setsquare.journeys.session_granting import granted_for_run, with_session
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import Autonomy, Settings
from setsquare.workspace.spec import Spec, Task

_SETTING_OF = (
    ("allowed-command", "agent.allowedCommands"),
    ("all-commands-denied", "agent.forbiddenCommands"),
    ("class:", "agent.autonomyLevel"),
    ("autonomy:", "agent.autonomyLevel"),
    ("large-rewrite", "agent.autonomyLevel"),
    ("write", "agent.autonomyLevel"),
    ("new-file", "agent.requireApprovalForNewFiles"),
    ("max-file-edits", "agent.maxFileEditsPerTask"),
    ("all-writes-ask", "agent.protectedPaths"),
    ("verification-command", "verify.command"),
)


class Wanted(Struct, frozen=True, kw_only=True):
    """Under what a person wants to know: the spec and task, if any, mode, environment, and a level, which only ever lowers that of the settings.

    `session` are rules as a run would be given them, such as `allow npm *`.
    """

    spec: str = ""
    task: str = ""
    mode: Mode = Mode.SUPERVISED
    autonomy: Autonomy | None = None
    environment: str = ""
    session: tuple[str, ...] = ()


class Ruled(Struct, frozen=True, kw_only=True):
    """One rule that had something to say, and the place that it stands in."""

    permission: str
    rule: str
    reason: str
    source: str


class ReadCommand(Struct, frozen=True, kw_only=True):
    """One simple command as it was read out of the shell text: its class, why, what it writes, and why it is doubtful, if it is."""

    command: str
    kind: str
    why: str
    writes: tuple[str, ...] = ()
    wrappers: tuple[str, ...] = ()
    doubt: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """A capability with where its parts come from: `settings` and `tasks` are files, `task` the task's name, `files` the permission files."""

    capability: Capability
    settings: str
    spec: str = ""
    task: str = ""
    tasks: str = ""
    files: tuple[PermissionFile, ...] = ()


class Explanation(Struct, frozen=True, kw_only=True):
    """What would be decided, all other rules that matched, strictest first, and how a command was read."""

    standing: Standing
    decision: Ruled
    others: tuple[Ruled, ...]
    commands: tuple[ReadCommand, ...] = ()


# req: agent-runtime/1.3
def explain(world: Reading, folder: str, wanted: Wanted, action: Action) -> Explanation:
    """Explain the decision about an action under what stands in the workspace and on this machine now.

    Raises:
        Usage: the spec or the task does not exist.
        StorageFailed: the workspace or a record in it cannot be read.
    """
    standing = standing_of(world, folder, wanted)
    capability = standing.capability
    facts = _facts(world, folder, action)
    final = decided(capability, action, facts)
    weaker, commands = _also(capability, action, facts)
    every = dict.fromkeys((*considered(capability, action, facts), *weaker)) if final.rule != "guard-failed" else {}
    others = sorted((each for each in every if each != final), key=lambda each: -tuple(Permission).index(each.permission))
    return Explanation(
        standing=standing,
        decision=ruled(final, standing),
        others=tuple(ruled(each, standing) for each in others),
        commands=tuple(_command(each) for each in commands),
    )


def standing_of(world: Reading, folder: str, wanted: Wanted) -> Standing:
    """Compile the capability that a person asks about; without a spec, that of work which no plan bounds.

    Raises:
        Usage: the spec or the task does not exist, or a rule for a run is not understood.
        Refused: the settings let nobody allow anything for one run.
        StorageFailed: the workspace or a record in it cannot be read.
    """
    snapshot = world.files.snapshot()
    workspace = load(snapshot.files, snapshot.skipped)
    spec = _spec(workspace, wanted.spec) if wanted.spec else None
    task = _task(spec, wanted.task) if spec is not None else None
    if wanted.task and spec is None:
        raise Usage("A task belongs to a spec.", "Name it: `--spec SPEC`.")
    settings = lowered(_settings(workspace, spec), wanted.autonomy)
    rules = granted_for_run(wanted.session, settings, wanted.mode, world.permissions.home)
    found = with_session(permitted(world, spec.root if spec else ".kiro"), rules)
    errand = Errand(folder=folder, settings=settings, mode=wanted.mode, spec=spec, task=task, environment=wanted.environment)
    is_written = any(each.path == settings.path for each in workspace.settings)
    return Standing(
        capability=errand_capability(world, errand, found),
        settings=settings.path if is_written else "",
        spec=spec.name if spec else "",
        task=task_name(spec.tasks, task) if spec and spec.tasks and task else "",
        tasks=spec.tasks.path if spec and spec.tasks else "",
        files=found.files,
    )


def _spec(workspace: Workspace, name: str) -> Spec:
    """Find a spec by its name or folder."""
    found = [spec for spec in workspace.specs if name.strip("/") in (spec.name, spec.path)]
    if len(found) != 1:
        known = ", ".join(sorted(spec.path for spec in workspace.specs)[:8])
        raise Usage(f"`{name}` names {len(found)} specs.", f"Specs here: {known}." if known else "There are no specs here.")
    return found[0]


def _task(spec: Spec, wanted: str) -> Task | None:
    """Find a task by its name; the next open one when none is named."""
    if spec.tasks is None:
        return None
    if not wanted:
        return next(iter(selected(spec.tasks, "").tasks), None)
    named = named_tasks(spec.tasks)
    if wanted not in named:
        raise Usage(f"There is no task `{wanted}` in {spec.tasks.path}.", f"Tasks: {', '.join(list(named)[:12])}.")
    return named[wanted]


def _settings(workspace: Workspace, spec: Spec | None) -> Settings:
    """Find the settings of a spec's root, or of the workspace."""
    path = joined(spec.root, "settings.json") if spec else RelPath(".kiro/settings.json")
    return next((settings for settings in workspace.settings if settings.path == path), Settings(path=path))


def lowered(settings: Settings, wanted: Autonomy | None) -> Settings:
    """Take the more careful of two levels."""
    levels = tuple(Autonomy)
    if wanted is None or levels.index(wanted) >= levels.index(settings.agent.autonomy):
        return settings
    return replace(settings, agent=replace(settings.agent, autonomy=wanted))


def _facts(world: Reading, folder: str, action: Action) -> Facts:
    """Look at the file that an action concerns."""
    if isinstance(action, Shell):
        return Facts()
    place = action.path.removeprefix(f"{folder.rstrip('/')}/")
    real = real_path(folder, place)
    return Facts(exists=bool(real) and world.files.exists(RelPath(real or "")), real_path=real)


def _also(capability: Capability, action: Action, facts: Facts) -> tuple[tuple[Decision, ...], tuple[Judged, ...]]:
    """Gather what matches beside what was considered, and how a command was read: what allows without effect, and all that forbids."""
    if isinstance(action, Write | EditText):
        return file_decisions(capability, facts.real_path or action.path, is_writing=True), ()
    if not isinstance(action, Shell):
        return file_decisions(capability, facts.real_path or action.path, is_writing=False), ()
    found = judged_by(action.command, (), capability.allowed_entries, capability.root)
    if isinstance(found, Refusal):
        return (), ()
    said: list[Decision] = []
    for entry in capability.forbidden_entries:
        refusal = judged_by(action.command, (entry,), (), capability.root)
        if isinstance(refusal, Refusal):
            said.append(deny(refusal.rule, refusal.reason))
    for each in found:
        said += command_parts(each, capability, facts, action.command)
        said += command_decisions(capability, each.vectors, action.command)
        if each.allowed:
            said.append(allow(f"allowed-command: {each.allowed}", f"`allowedCommands` holds `{each.allowed}`."))
        for place in each.writes:
            said += file_decisions(capability, place, is_writing=True) if isinstance(place, str) else ()
        for place in each.mentions:
            said += file_decisions(capability, place, is_writing=False) if isinstance(place, str) else ()
    return tuple(said), found


def ruled(decision: Decision, standing: Standing) -> Ruled:
    """Say where a rule stands."""
    return Ruled(
        permission=decision.permission.value,
        rule=decision.rule,
        reason=decision.reason,
        source=decision.source or _source(decision, standing),
    )


def _source(decision: Decision, standing: Standing) -> str:
    """Name the place of a rule that stands in no permission file."""
    settings = standing.settings
    if standing.capability.agent.broken and decision.rule in {"all-commands-denied", "all-writes-ask"}:
        return settings
    if decision.rule.startswith("forbidden-command: "):
        entry = decision.rule.partition(": ")[2]
        return "built in" if entry in BUILT_IN_FORBIDDEN or not settings else f"{settings}: agent.forbiddenCommands"
    if decision.rule.startswith("mode:"):
        return "the mode of the run"
    if decision.rule == "out-of-scope":
        return standing.tasks or "the task's files"
    if decision.rule == "freeze":
        return ".setsquare/freeze.json"
    if decision.rule == "protected-path" and standing.capability.agent.protected_paths:
        return f"built in, or {settings}: agent.protectedPaths"
    if decision.rule.startswith(("autonomy:", "class:", "large-rewrite", "write")) and _is_of_path(decision, standing.capability):
        return f"{settings}: agent.pathAutonomy"
    key = next((key for name, key in _SETTING_OF if decision.rule.startswith(name)), "")
    if not key:
        return "built in"
    return f"{settings}: {key}" if settings else f"built in ({key} is not set)"


def _is_of_path(decision: Decision, capability: Capability) -> bool:
    """Tell whether a path's own level decided, and not the task's."""
    return bool(capability.agent.path_autonomy) and f"`{capability.agent.autonomy.value}`" not in decision.reason


def _command(each: Judged) -> ReadCommand:
    """Shape one simple command."""
    return ReadCommand(
        command=command_text(each.vectors[0]) if each.vectors else each.shown,
        kind=each.kind.value,
        why=each.why,
        writes=tuple(place if isinstance(place, str) else place.reason for place in each.writes),
        wrappers=tuple(command_text(words) for words in each.vectors[1:]),
        doubt=each.doubt,
    )


def asked_action(command: str, write: str, read: str) -> Action:
    """Read what a person asks about.

    Raises:
        Usage: nothing, or more than one thing.

    >>> asked_action("ls", "", ""), asked_action("", "src/a.py", "")
    (Shell(command='ls'), Write(path='src/a.py', content=''))
    """
    named = [text for text in (command, write, read) if text]
    if len(named) != 1:
        raise Usage(
            "Name one thing to explain: a command, --write PATH or --read PATH.",
            'For example `setsquare policy explain "git push --force"`.',
        )
    return Shell(command) if command else Write(write, "") if write else Read(read)
