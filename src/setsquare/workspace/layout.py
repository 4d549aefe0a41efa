"""Decides from paths alone which files a workspace consists of, what each is for, and where the roots are.

Source: the on-disk contract of Kiro, the OpenSpec and Spec Kit trees, and the instruction files of other agents.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, base_name, joined, parent
from setsquare.workspace.artefact import ArtefactKind, Root, RootKind

NEVER_ENTERED = frozenset(
    {
        *(".git", ".hg", ".svn", ".jj"),
        *("node_modules", "bower_components", ".pnpm-store"),
        *(".venv", "venv", "site-packages", "__pycache__", ".tox", ".nox", ".eggs"),
        *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache"),
        *(".gradle", ".terraform", ".next", ".nuxt", ".svelte-kit", ".turbo", ".parcel-cache", ".direnv"),
    }
)
"""Names of folders that hold installed or generated files. Inside a root only `.git` and its like are left out."""

_REPOSITORIES = frozenset({".git", ".hg", ".svn", ".jj"})
# A folder of a strong name is a root whatever stands around it; `openspec` and `specs` are also words, so a strong name wins over them.
_STRONG_ROOTS = {".kiro": RootKind.KIRO, ".specify": RootKind.SPECKIT, ".setsquare": None}
_WEAK_ROOTS = {"openspec": RootKind.OPENSPEC, "specs": RootKind.SPECKIT}
_FEATURE = LazyPattern(r"\d{3,}-")
_OPENSPEC_MEMBERS = frozenset({"specs", "changes", "schemas", "config.yaml", "config.yml", "project.md", "AGENTS.md"})

_SOURCES = ".setsquare/sources.toml"
_SPEC_FILES = {
    "requirements.md": ArtefactKind.REQUIREMENTS,
    "bugfix.md": ArtefactKind.BUGFIX,
    "design.md": ArtefactKind.DESIGN,
    "tasks.md": ArtefactKind.TASKS,
}
_KIRO_FOLDERS = {
    "steering": ArtefactKind.STEERING,
    "hooks": ArtefactKind.HOOK,
    "agents": ArtefactKind.AGENT,
    "skills": ArtefactKind.SKILL,
    "prompts": ArtefactKind.PROMPT,
    "powers": ArtefactKind.POWER,
}
_KIRO_FILES = {
    "settings.json": ArtefactKind.SETTINGS,
    "mcp.json": ArtefactKind.MCP,
    "settings/mcp.json": ArtefactKind.MCP,
    "settings/permissions.yaml": ArtefactKind.PERMISSIONS,
    "permissions.yaml": ArtefactKind.PERMISSIONS,
    "settings/permissions.yml": ArtefactKind.PERMISSIONS,
    "permissions.yml": ArtefactKind.PERMISSIONS,
    "settings/managed-settings.json": ArtefactKind.PERMISSIONS,
    "task-log.md": ArtefactKind.TASK_LOG,
}
_FILES_ANYWHERE = {
    **dict.fromkeys(("AGENTS.md", "CLAUDE.md", "GEMINI.md", "QWEN.md", "CLINE.md"), ArtefactKind.INSTRUCTIONS),
    **dict.fromkeys(("CODEBUDDY.md", "COSTRICT.md", "QODER.md", "IFLOW.md"), ArtefactKind.INSTRUCTIONS),
    **dict.fromkeys((".cursorrules", ".windsurfrules", ".clinerules", ".roorules"), ArtefactKind.INSTRUCTIONS),
    "CODEOWNERS": ArtefactKind.CODEOWNERS,
    ".kiroignore": ArtefactKind.IGNORE,
    "mcp.json": ArtefactKind.MCP,
    ".mcp.json": ArtefactKind.MCP,
    "SKILL.md": ArtefactKind.SKILL,
    "POWER.md": ArtefactKind.POWER,
    "plugin.json": ArtefactKind.POWER,
}
_TOOL_FOLDERS = frozenset(
    {
        *(".agent", ".agents", ".amazonq", ".augment", ".bob", ".claude", ".cline", ".clinerules"),
        *(".codeartsdoer", ".codeassistant", ".codebuddy", ".codex", ".commandcode", ".continue", ".cospec", ".crush"),
        *(".cursor", ".devin", ".factory", ".forge", ".gemini", ".github", ".hermes", ".iflow"),
        *(".junie", ".kilo", ".kilocode", ".kimi-code", ".lingma", ".minimax", ".omp", ".opencode"),
        *(".pi", ".qoder", ".qwen", ".roo", ".rovodev", ".trae", ".vibe", ".vscode"),
        *(".windsurf", ".zcode"),
    }
)
_TOOL_CONTENT = {
    **dict.fromkeys(("rules", "instructions", "steering", "guidelines", "chatmodes"), ArtefactKind.INSTRUCTIONS),
    **dict.fromkeys(("commands", "command", "prompts", "workflows"), ArtefactKind.PROMPT),
    "agents": ArtefactKind.AGENT,
    "skills": ArtefactKind.SKILL,
    "hooks": ArtefactKind.HOOK,
}
_INSTRUCTION_FOLDERS = frozenset({".clinerules", ".junie"})
_GITHUB_FILES = {
    ".github/copilot-instructions.md": ArtefactKind.INSTRUCTIONS,
    ".github/workflows/copilot-setup-steps.yml": ArtefactKind.INSTRUCTIONS,
}
_POWER_PARTS = {
    "steering": ArtefactKind.POWER,
    "skills": ArtefactKind.SKILL,
    "hooks": ArtefactKind.HOOK,
    "dev.kiro": ArtefactKind.POWER,
}
_SKILL_PARTS = frozenset({"scripts", "references", "assets"})


class Packages(Struct, frozen=True, kw_only=True):
    """Folders whose marker file (`POWER.md` or `plugin.json`; `SKILL.md`) makes the files beside it part of the workspace."""

    powers: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()


NO_PACKAGES = Packages()


def inside(names: Sequence[str], members: Callable[[int], Collection[str]] | None = None) -> RelPath:
    """Say where in a root a folder lies, given the names of the folders that lead to it: the path from the outermost root on, else nothing.

    `members` lists what the folder at an index holds, for where an everyday name (`openspec`, `specs`) is no proof; without it the name is enough.

    >>> inside(("home", "repo", ".kiro", "specs", "x")), inside(("home", "repo"))
    ('.kiro/specs/x', '')
    >>> inside(("specs", "my-app"), lambda at: ("my-app",)), inside(("specs", "001-pay"), lambda at: ("001-pay",))
    ('', 'specs/001-pay')
    """
    strong = next((index for index, name in enumerate(names) if name in _STRONG_ROOTS), None)
    if strong is not None:
        return joined(*names[strong:])
    for index, name in enumerate(names):
        if name in _WEAK_ROOTS and (members is None or _is_evident(name, members(index))):
            return joined(*names[index:])
    return RelPath("")


def is_strong(name: str) -> bool:
    """Tell whether a folder of this name is a root whatever stands around it.

    >>> is_strong(".kiro"), is_strong("specs")
    (True, False)
    """
    return name in _STRONG_ROOTS


def local(path: str, within: str) -> RelPath:
    """Write a path that starts at the outermost root relative to the folder `within`; what lies above that folder becomes the folder itself.

    >>> local(".kiro/specs/x/tasks.md", ".kiro/specs"), local(".kiro", ".kiro/specs"), local("a/b", "")
    ('x/tasks.md', '', 'a/b')
    """
    if not within:
        return RelPath(path)
    return RelPath(path[len(within) + 1 :] if path.startswith(f"{within}/") else "")


def packages(paths: Iterable[str]) -> Packages:
    """Find the folders of Powers and skills.

    >>> sorted(packages(["aws/POWER.md", "aws/steering/a.md", "skills/x/SKILL.md"]).powers)
    ['aws']
    """
    powers, skills = set[str](), set[str]()
    for path in paths:
        name = base_name(path)
        if name in ("POWER.md", "plugin.json"):
            powers.add(parent(path))
        elif name == "SKILL.md":
            skills.add(parent(path))
    return Packages(powers=frozenset(powers), skills=frozenset(skills))


# req: workspace/1.2
def selects(path: str, beside: Packages = NO_PACKAGES) -> bool:
    """Tell whether a workspace consists of this file, given the Powers and skills that are known.

    >>> selects("services/pay/.kiro/specs/Phase 1/x/notes.txt"), selects("src/main.py"), selects("docs/AGENTS.md")
    (True, False, True)
    """
    parts = path.split("/")
    return _root_at(parts) is not None or _kind_outside(parts, beside) is not None


def selection(paths: Iterable[RelPath]) -> tuple[RelPath, ...]:
    """Keep the paths that a workspace consists of, sorted.

    >>> selection([RelPath("aws/steering/a.md"), RelPath("lib/steering/b.md"), RelPath("aws/POWER.md")])
    ('aws/POWER.md', 'aws/steering/a.md')
    """
    known = tuple(paths)
    beside = packages(known)
    return tuple(sorted(path for path in known if selects(path, beside)))


def enters(folder: str) -> bool:
    """Tell whether the files below a folder can be part of a workspace.

    >>> enters("node_modules"), enters(".kiro/skills/x/node_modules"), enters(".kiro/.git")
    (False, True, False)
    """
    parts = folder.split("/")
    if parts[-1] in _REPOSITORIES:
        return False
    return parts[-1] not in NEVER_ENTERED or _root_at(parts) is not None


def is_repository(name: str) -> bool:
    """Tell whether a folder's name says that it holds a version control's own files.

    >>> is_repository(".git"), is_repository("node_modules")
    (True, False)
    """
    return name in _REPOSITORIES


def classify(path: str, beside: Packages = NO_PACKAGES) -> ArtefactKind:
    """Say what a file is for.

    >>> classify(".kiro/specs/login/tasks.md").value, classify("sub/CLAUDE.md").value, classify("openspec/project.md").value
    ('tasks', 'instructions', 'openspec')
    """
    parts = path.split("/")
    at = _root_at(parts)
    root = parts[at] if at is not None else ""
    if at is not None and root in _STRONG_ROOTS:
        if root == ".kiro":
            return _kind_in_kiro(parts[at + 1 :])
        if root == ".specify":
            return ArtefactKind.SPECKIT
        return ArtefactKind.SOURCES if path == _SOURCES else ArtefactKind.TEAM_STATE
    outside = _kind_outside(parts, beside)
    if outside is not None or at is None:
        return outside or ArtefactKind.UNKNOWN
    if root == "openspec":
        return ArtefactKind.OPENSPEC
    return ArtefactKind.SPECKIT if _FEATURE.match(parts[at + 1]) else ArtefactKind.UNKNOWN


def roots(paths: Iterable[str]) -> tuple[Root, ...]:
    """List the roots that hold the files, sorted; `openspec` and `specs` folders count when they hold what their tool writes.

    >>> [(root.path, root.kind.value) for root in roots(["a/.kiro/steering/x.md", "specs/001-pay/spec.md", "test/specs/run.rb"])]
    [('a/.kiro', 'kiro'), ('specs', 'speckit')]
    """
    found = set[tuple[str, RootKind]]()
    for path in paths:
        parts = path.split("/")
        at = _root_at(parts)
        if at is None:
            continue
        name, below = parts[at], parts[at + 1 :]
        kind = _STRONG_ROOTS.get(name) or (_WEAK_ROOTS.get(name) if _is_evidence(name, below) else None)
        if kind is not None:
            found.add(("/".join(parts[: at + 1]), kind))
    return tuple(Root(RelPath(path), kind) for path, kind in sorted(found, key=lambda root: root[0]))


def spec_root(path: str) -> RelPath | None:
    """Name the `.kiro` folder whose `specs` folder holds the file; `None` for every other file.

    >>> spec_root("a/.kiro/specs/login/tasks.md"), spec_root(".kiro/settings/templates/specs/tasks.md")
    ('a/.kiro', None)
    """
    parts = path.split("/")
    at = _root_at(parts)
    if at is None or parts[at] != ".kiro" or len(parts) < at + 3 or parts[at + 1] != "specs":
        return None
    return joined(*parts[: at + 1])


def openspec_root(path: str) -> RelPath | None:
    """Name the `openspec` folder that a file of an OpenSpec tree lies in; `None` for every other file.

    >>> openspec_root("a/openspec/specs/login/spec.md"), openspec_root("openspec/notes.md"), openspec_root(".kiro/openspec/specs/a/spec.md")
    ('a/openspec', None, None)
    """
    if "openspec/" not in path:
        return None
    parts = path.split("/")
    at = _root_at(parts)
    if at is None or parts[at] != "openspec" or not _is_evidence("openspec", parts[at + 1 :]):
        return None
    return joined(*parts[: at + 1])


def feature_folder(path: str) -> RelPath | None:
    """Name the folder of the Spec Kit feature that a file belongs to, whether the feature has a `spec.md` or not; `None` for every other file.

    Source: the templates of github/spec-kit 1.0.2: `specs/NNN-name`, or a time stamp in place of the number.

    >>> (
    ...     feature_folder("a/specs/001-pay/contracts/api.yaml"),
    ...     feature_folder("specs/notes.md"),
    ...     feature_folder("openspec/specs/001-pay/spec.md"),
    ... )
    ('a/specs/001-pay', None, None)
    """
    if "specs/" not in path:
        return None
    parts = path.split("/")
    at = _root_at(parts)
    if at is None or parts[at] != "specs" or len(parts) < at + 3 or _FEATURE.match(parts[at + 1]) is None:
        return None
    return joined(*parts[: at + 2])


def _root_at(parts: Sequence[str]) -> int | None:
    """Find the folder that makes a path part of a root: the outermost strong name, else the outermost weak one."""
    weak: int | None = None
    for index, part in enumerate(parts[:-1]):
        if part in _STRONG_ROOTS:
            return index
        if weak is None and part in _WEAK_ROOTS:
            weak = index
    return weak


def _is_evident(name: str, members: Collection[str]) -> bool:
    """Tell whether what a folder with an everyday name holds shows that it is a tool's root."""
    if name == "openspec":
        return not _OPENSPEC_MEMBERS.isdisjoint(members)
    return any(_FEATURE.match(member) for member in members)


def _is_evidence(root: str, below: Sequence[str]) -> bool:
    """Tell whether a file shows that a folder with an everyday name is a tool's root."""
    if root == "openspec":
        return below[0] in _OPENSPEC_MEMBERS
    return len(below) == 2 and below[1] == "spec.md" and _FEATURE.match(below[0]) is not None


def _kind_in_kiro(below: Sequence[str]) -> ArtefactKind:
    """Classify a file by its path below `.kiro`."""
    if kind := _KIRO_FILES.get("/".join(below)):
        return kind
    if below[0] == "specs" and len(below) > 1:
        if below[-1] in (".config.kiro", "spec.json"):
            return ArtefactKind.SPEC_CONFIG
        return _SPEC_FILES.get(below[-1], ArtefactKind.SPEC_EXTRA) if len(below) > 2 else ArtefactKind.SPEC_EXTRA
    if len(below) > 1 and (kind := _KIRO_FOLDERS.get(below[0])):
        return kind
    return _FILES_ANYWHERE.get(below[-1], ArtefactKind.UNKNOWN)


def _kind_outside(parts: Sequence[str], beside: Packages) -> ArtefactKind | None:
    """Classify a file that stands in no root; `None` when a workspace has no use for it."""
    name = parts[-1]
    for index, part in enumerate(parts[:-1]):
        if part in _TOOL_FOLDERS and (kind := _kind_of_tool_file(parts[index:])):
            return kind
    if name in _FILES_ANYWHERE:
        return _FILES_ANYWHERE[name]
    if name.endswith(".mdc"):
        return ArtefactKind.INSTRUCTIONS
    return _kind_in_package(parts, beside) if beside.powers or beside.skills else None


def _kind_of_tool_file(parts: Sequence[str]) -> ArtefactKind | None:
    """Classify a file below another agent's folder, such as `.claude` or `.github`; `parts` starts with that folder."""
    tool, name = parts[0], parts[-1]
    if tool == ".github" and (len(parts) < 3 or parts[1] == "workflows"):
        return _GITHUB_FILES.get("/".join(parts))
    for part in parts[1:-1]:
        if kind := _TOOL_CONTENT.get(part):
            return kind
    if tool in _INSTRUCTION_FOLDERS and name not in ("mcp.json", ".mcp.json"):
        return ArtefactKind.INSTRUCTIONS
    return None


def _kind_in_package(parts: Sequence[str], beside: Packages) -> ArtefactKind | None:
    """Classify a file that belongs to a Power or a skill because of the marker file of a folder above it."""
    for index in range(len(parts) - 1):
        folder, below = "/".join(parts[:index]), parts[index:]
        if folder in beside.powers and (kind := _POWER_PARTS.get(below[0])):
            return kind
        is_own_folder = index > 1 and parts[index - 2] == "skills"
        if folder in beside.skills and (is_own_folder or below[0] in _SKILL_PARTS):
            return ArtefactKind.SKILL
    folder = "/".join(parts[:-1])
    if folder in beside.skills and len(parts) > 2 and parts[-3] == "skills":
        return ArtefactKind.SKILL
    return None
