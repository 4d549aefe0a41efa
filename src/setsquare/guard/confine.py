"""Says what the sandbox must mask, and which changes of a step went further than was permitted.

Source: safety.md § 3.1, AT05, AT20, AT39; settings.md § 10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from setsquare.guard.capability import Capability, Permission
from setsquare.guard.context_scope import folder_decision, is_readable
from setsquare.guard.file_access import covers
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.patterns import Place
from setsquare.guard.permitting import file_decisions, strict
from setsquare.guard.protected import Protection, is_migration, is_secret, protection, protection_by

_READ_ONLY = (
    ".git",
    ".kiro",
    ".setsquare",
    ".specify",
    "openspec",
    ".github",
    ".gitlab",
    ".circleci",
    ".husky",
    ".vscode",
    ".idea",
    ".claude",
    ".cursor",
    ".venv",
    "venv",
)
_NEVER_CREATED = (
    *(
        ".git",
        ".kiro",
        ".setsquare",
        ".vscode",
        ".idea",
        ".mcp.json",
        "mcp.json",
        "AGENTS.md",
        "CLAUDE.md",
        "GEMINI.md",
        ".cursorrules",
        ".windsurfrules",
    ),
    *(
        ".cursor",
        ".windsurf",
        ".claude",
        ".gemini",
        ".amazonq",
        ".github",
        ".gitlab-ci.yml",
        ".circleci",
        ".husky",
        ".devcontainer",
        ".envrc",
        ".env",
    ),
    *(
        ".npmrc",
        ".gitattributes",
        ".gitmodules",
        ".venv",
        ".pre-commit-config.yaml",
        "sitecustomize.py",
        "usercustomize.py",
        "CODEOWNERS",
        ".kiroignore",
    ),
)


class Masks(Struct, frozen=True):
    """Paths relative to the workspace: those that a command may only read, and those that it may neither read nor create."""

    read_only: tuple[str, ...]
    hidden: tuple[str, ...]


def protected_prefixes(present: Iterable[str] = (), approved: tuple[str, ...] = ()) -> Masks:
    """List what the sandbox masks; `present` are the workspace's files, `approved` the paths that a person permitted in this run.

    A secret is hidden wherever it stands. A protected file or folder is read-only where it exists and cannot be created where it does not.
    Without `present` everything that could be created counts as absent.

    >>> masks = protected_prefixes(("AGENTS.md", "a/.env", "src/a.py", ".git/HEAD"))
    >>> (
    ...     "AGENTS.md" in masks.read_only,
    ...     "a/.env" in masks.hidden,
    ...     ".vscode" in masks.hidden,
    ...     ".git" in masks.read_only,
    ...     ".git" in masks.hidden,
    ... )
    (True, True, True, True, False)
    """
    files = tuple(present)
    tops = {path.partition("/")[0] for path in files}
    secrets = {path for path in files if is_secret(path)}
    guarded = {path for path in files if path not in secrets and (protection(path) is not Protection.NONE or is_tool_folder(path))}
    read_only = {name for name in _READ_ONLY if name in tops} | {path for path in guarded if path.partition("/")[0] not in _READ_ONLY}
    hidden = secrets | {name for name in _NEVER_CREATED if name not in tops}
    return Masks(tuple(sorted(_unapproved(read_only, approved))), tuple(sorted(_unapproved(hidden, approved))))


def is_tool_folder(path: str) -> bool:
    """Tell whether a path is a folder of tools that people and the verification run; git ignores it, so no checkpoint could put it back.

    >>> is_tool_folder("api/.venv"), is_tool_folder("api/.venv/bin/python")
    (True, False)
    """
    return path.rpartition("/")[2] in {".venv", "venv"}


def _unapproved(paths: Iterable[str], approved: tuple[str, ...]) -> Iterable[str]:
    """Leave out what a person permitted, and the folders above it that no agent is denied."""
    for path in paths:
        is_permitted = any(each == path or (each.startswith(f"{path}/") and protection(path) is not Protection.DENIED) for each in approved)
        if not is_permitted or protection(path) is Protection.DENIED:
            yield path


def violations(changes: Iterable[str], capability: Capability, approved: tuple[str, ...] = ()) -> tuple[str, ...]:
    """List the changed paths that the agent was not permitted to change; `approved` are those that a person permitted in this run.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> task = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), writable=("src/**",))
    >>> violations(("src/a.py", "lib/b.py", "Makefile", ".git/config"), task, approved=("Makefile", ".git/config"))
    ('lib/b.py', '.git/config')
    """
    return tuple(path for path in changes if _is_violation(path, capability, approved))


def _is_violation(path: str, capability: Capability, approved: tuple[str, ...]) -> bool:
    """Tell whether one change went too far."""
    place = normalised(path)
    if isinstance(place, BadPath):
        return path not in approved
    protected = protection_by(place, capability.protected)
    if protected is Protection.DENIED or _is_frozen(place, capability):
        return True
    rules = file_decisions(capability, place, is_writing=True) if capability.permissions else ()
    if rules and rules[0].permission is Permission.DENY:
        return True
    if path in approved:
        return False
    is_asking = bool(strict(rules)) or (capability.is_shared and is_migration(place))
    return is_asking or protected is not Protection.NONE or not covers(capability, place)


def _is_frozen(place: str, capability: Capability) -> bool:
    """Tell whether a freeze holds a path."""
    return bool(capability.frozen) and capability.frozen_globs.found(Place.of(place, capability.root)) is not None


def task_masks(present: Iterable[str], capability: Capability) -> Masks:
    """List what the sandbox masks for one task beside what it always masks: what rules deny, what is frozen, migrations that others share.

    What lies beyond the task's context is hidden, too; folders of installed tools are not, because programs need them to run.

    A folder stands for all of its files where each of them is masked.

    >>> from setsquare.guard.capability import Mode, PermissionRule
    >>> from setsquare.workspace.settings import AgentSettings
    >>> rule = PermissionRule(capability="fs_read", effect=Permission.DENY, match=("data/**",))
    >>> task = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), permissions=(rule,))
    >>> task_masks(("data/a.csv", "data/b/c.csv", "db/migrations/1.sql", "db/x.sql"), task)
    Masks(read_only=('db/migrations',), hidden=('data',))
    """
    files = tuple(present)

    def is_hidden(path: str) -> bool:
        return is_unread(path, capability) or (not is_readable(capability, path) and not is_tool_folder(path))

    def is_kept(path: str) -> bool:
        is_shared = capability.is_shared and is_migration(path)
        return is_shared or _is_frozen(path, capability) or _is_denied(path, capability, is_writing=True)

    def is_closed(folder: str) -> bool:
        return not capability.context or folder_decision(capability, folder) is not None

    hidden = _masked(files, is_hidden, is_closed)
    unhidden = tuple(path for path in files if not any(path == mask or path.startswith(f"{mask}/") for mask in hidden)) if hidden else files
    return Masks(_masked(unhidden, is_kept), hidden)


def is_unread(path: str, capability: Capability) -> bool:
    """Tell whether a rule keeps a file from being read.

    >>> from setsquare.guard.capability import Mode, PermissionRule
    >>> from setsquare.workspace.settings import AgentSettings
    >>> rule = PermissionRule(capability="filesystem", effect=Permission.DENY, match=("data",))
    >>> is_unread("data/a.csv", Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), permissions=(rule,)))
    True
    """
    return _is_denied(path, capability, is_writing=False)


def _is_denied(path: str, capability: Capability, *, is_writing: bool) -> bool:
    """Tell whether a rule denies a file."""
    rules = file_decisions(capability, path, is_writing=is_writing) if capability.permissions else ()
    return bool(rules) and rules[0].permission is Permission.DENY


def _masked(
    files: tuple[str, ...], is_chosen: Callable[[str], bool], is_closed: Callable[[str], bool] = lambda _folder: True
) -> tuple[str, ...]:
    """List the chosen files; a closed folder stands for them where all that it holds, and whatever may come to it, is chosen."""
    chosen = {path for path in files if is_chosen(path)}
    if not chosen:
        return ()
    spared = {folder for path in files if path not in chosen for folder in _folders(path)}
    candidates = {folder for path in chosen for folder in _folders(path)} - spared
    wholes = {folder for folder in candidates if is_chosen(f"{folder}/new") and is_chosen(f"{folder}/new/new") and is_closed(folder)}
    return tuple(sorted({next((folder for folder in _folders(path) if folder in wholes), path) for path in chosen}))


def _folders(path: str) -> tuple[str, ...]:
    """List the folders above a file, the outermost first."""
    steps = path.split("/")
    return tuple("/".join(steps[:count]) for count in range(1, len(steps)))


def exceeds_limit(changes: Iterable[str], capability: Capability) -> bool:
    """Tell whether a task changed more files than `maxFileEditsPerTask`, however it did it.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> capability = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(max_file_edits_per_task=2))
    >>> exceeds_limit(["a", "b", "a"], capability), exceeds_limit(["a", "b", "c"], capability)
    (False, True)
    """
    return len(set(changes)) > capability.agent.max_file_edits_per_task
