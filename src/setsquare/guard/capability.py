"""Holds what one task may do, compiled from the approved spec and the settings, and what was decided about one action."""

from __future__ import annotations

import enum
from functools import cached_property

from msgspec import Struct

from setsquare.guard.globs import GlobSet, compiled
from setsquare.guard.lists import BUILT_IN_FORBIDDEN, Entry, entries_of
from setsquare.guard.patterns import FilePatterns, Place, Screen, TextPatterns, file_patterns, screen_of, text_patterns
from setsquare.guard.protected import Listed, listed
from setsquare.workspace.settings import AgentSettings, Autonomy

CALM_ENVIRONMENTS = frozenset({"test", "development"})
"""Declared environments in which migrations may be written and run; every other one, and an undeclared one, counts as shared."""

_LEVELS = tuple(Autonomy)

READING = frozenset({"fs_read", "filesystem", "builtin", "all"})
WRITING = frozenset({"fs_write", "filesystem", "builtin", "all"})
RUNNING = frozenset({"shell", "builtin", "all"})
REACHING = frozenset({"web_fetch", "sandbox_network", "builtin", "all"})
"""Names of rules that concern an access, the collective ones among them."""


class Mode(enum.Enum):
    """How a run involves a person."""

    INTERACTIVE = "interactive"
    SUPERVISED = "supervised"
    AUTONOMOUS = "autonomous"


class Permission(enum.Enum):
    """What the guard says, from the most to the least permissive."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Scope(enum.Enum):
    """Where a permission rule comes from, outermost first. A rule of the administrator or of the repository can only ask or deny."""

    BUILT_IN = "built in"
    ADMINISTRATOR = "administrator"
    USER = "user"
    WORKSPACE = "workspace"
    MACHINE = "machine"
    REPOSITORY = "repository"
    AGENT = "agent"
    SESSION = "session"


class PermissionRule(Struct, frozen=True, kw_only=True, dict=True):
    """One rule of a `permissions.yaml`: `effect` for what `match` covers and `exclude` does not.

    An empty `match` covers everything. `source` names the file and the line. Where a pattern can be read in two ways, a rule that denies or
    asks has the wider one and a rule that allows the narrower one; for `exclude` it is the other way round.

    Source: Kiro's on-disk format, section 9.
    """

    capability: str
    effect: Permission
    match: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    scope: Scope = Scope.USER
    source: str = ""

    @cached_property
    def files(self) -> tuple[FilePatterns, FilePatterns]:
        """Compile `match` and `exclude` as patterns of files."""
        is_wide = self.effect is not Permission.ALLOW
        return file_patterns(self.match or ("**",), is_wide=is_wide), file_patterns(self.exclude, is_wide=not is_wide)

    @cached_property
    def texts(self) -> tuple[TextPatterns, TextPatterns]:
        """Compile `match` and `exclude` as patterns of commands or names."""
        is_wide = self.effect is not Permission.ALLOW
        return text_patterns(self.match or ("*",), is_wide=is_wide), text_patterns(self.exclude, is_wide=not is_wide)

    @cached_property
    def screen(self) -> Screen:
        """Join what `match` covers as patterns of commands."""
        return screen_of((self.texts[0],))


class Capability(Struct, frozen=True, kw_only=True, dict=True):
    """What a task may do.

    `writable` are globs that it may write, empty when the spec names none (then every path that is not protected counts as in scope).
    `verify` is the verification command, which is always allowed. `root` is the workspace's absolute folder, with which absolute paths are
    read; without it every absolute path lies outside. `hosts` are the names that commands may reach, none by default. `permissions` are the
    rules of all scopes. `environment` is the declared one, empty when nobody declared any. What matches `frozen` is not written by anybody's
    leave. `limit_minutes` bounds the wall time of the task. `tools` are those that an agent profile leaves, all when it is empty. `context` holds
    groups of globs: only what matches one of each group is read.
    """

    task: str
    mode: Mode
    agent: AgentSettings
    writable: tuple[str, ...] = ()
    verify: str = ""
    root: str = ""
    hosts: tuple[str, ...] = ()
    permissions: tuple[PermissionRule, ...] = ()
    environment: str = ""
    frozen: tuple[str, ...] = ()
    limit_minutes: int = 60
    tools: tuple[str, ...] = ()
    context: tuple[tuple[str, ...], ...] = ()

    @property
    def is_shared(self) -> bool:
        """Tell whether the environment may be somebody else's too; an undeclared one may."""
        return self.environment not in CALM_ENVIRONMENTS

    @cached_property
    def rules_by_access(self) -> tuple[tuple[PermissionRule, ...], ...]:
        """Sort the rules: those about reading, writing and running."""
        return tuple(tuple(rule for rule in self.permissions if rule.capability in names) for names in (READING, WRITING, RUNNING))

    @cached_property
    def strict_rules_by_access(self) -> tuple[tuple[PermissionRule, ...], ...]:
        """Sort those that deny or ask in the same way."""
        return tuple(tuple(rule for rule in rules if rule.effect is not Permission.ALLOW) for rules in self.rules_by_access)

    @cached_property
    def running_screen(self) -> Screen:
        """Join what the rules about running cover."""
        return screen_of(tuple(rule.texts[0] for rule in self.rules_by_access[2]))

    @cached_property
    def scope_globs(self) -> GlobSet:
        """Compile `writable`."""
        return compiled(self.writable)

    @cached_property
    def context_globs(self) -> tuple[GlobSet, ...]:
        """Compile `context`."""
        return tuple(compiled(group) for group in self.context)

    @cached_property
    def frozen_globs(self) -> FilePatterns:
        """Compile `frozen`."""
        return file_patterns(self.frozen, is_wide=True)

    @cached_property
    def protected(self) -> Listed:
        """Compile `protectedPaths`."""
        return listed(self.agent.protected_paths)

    @cached_property
    def path_levels(self) -> tuple[tuple[FilePatterns, Autonomy], ...]:
        """Compile `pathAutonomy`."""
        return tuple((file_patterns((glob,), is_wide=True), level) for glob, level in self.agent.path_autonomy)

    @cached_property
    def forbidden_entries(self) -> tuple[Entry, ...]:
        """Read `forbiddenCommands` with what is always forbidden."""
        return entries_of((*BUILT_IN_FORBIDDEN, *self.agent.forbidden_commands))

    @cached_property
    def allowed_entries(self) -> tuple[Entry, ...]:
        """Read `allowedCommands`."""
        return entries_of(self.agent.allowed_commands)

    # req: agent-runtime/2.1
    def level_at(self, places: tuple[str, ...]) -> Autonomy:
        """Give the strictest level among the task's own and those of the places that an action concerns.

        >>> agent = AgentSettings(autonomy=Autonomy.FULL, path_autonomy=(("src/pay/**", Autonomy.CAUTIOUS),))
        >>> task = Capability(task="1", mode=Mode.SUPERVISED, agent=agent)
        >>> task.level_at(("src/a.py",)).value, task.level_at(("src/a.py", "src/pay/b.py")).value
        ('full', 'cautious')
        """
        found = [level for patterns, level in self.path_levels if any(patterns.found(Place.of(place)) for place in places)]
        return strictest_level((self.agent.autonomy, *found))


class Decision(Struct, frozen=True, kw_only=True):
    """The guard's word: `rule` names what decided (`protected-path`, `forbidden-command: rm -rf`, …), `reason` is one sentence for a person.

    `source` is the file that the rule stands in, empty for what is built in or stands in the settings.
    """

    permission: Permission
    rule: str
    reason: str
    source: str = ""


def strictest_level(levels: tuple[Autonomy, ...]) -> Autonomy:
    """Choose the most careful level.

    >>> strictest_level((Autonomy.FULL, Autonomy.BALANCED)).value
    'balanced'
    """
    return min(levels, key=_LEVELS.index)
