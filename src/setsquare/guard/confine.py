"""Says what the sandbox must mask, and which changes of a step went further than was permitted.

Source: safety.md § 3.1, AT05, AT20, AT39; settings.md § 10.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.guard.capability import Capability
from setsquare.guard.file_access import in_scope
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.protected import Protection, is_secret, protection

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
    protected = protection(place, capability.agent.protected_paths)
    if protected is Protection.DENIED:
        return True
    if path in approved:
        return False
    return protected is not Protection.NONE or not in_scope(place, capability.writable)


def exceeds_limit(changes: Iterable[str], capability: Capability) -> bool:
    """Tell whether a task changed more files than `maxFileEditsPerTask`, however it did it.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> capability = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(max_file_edits_per_task=2))
    >>> exceeds_limit(["a", "b", "a"], capability), exceeds_limit(["a", "b", "c"], capability)
    (False, True)
    """
    return len(set(changes)) > capability.agent.max_file_edits_per_task
