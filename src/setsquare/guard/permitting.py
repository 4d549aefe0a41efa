"""Holds actions against the rules of all `permissions.yaml` files: deny over ask over allow, whatever the scope.

An `allow` does what an entry of `allowedCommands` does and no more: it lifts what a command's class or a careful level asks, never a safe boundary, a
protected path, a forbidden command or the scope of the task.

Source: Kiro's on-disk format, section 9; safety.md § 7.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.guard.capability import REACHING, Capability, Decision, Permission, PermissionRule, Scope
from setsquare.guard.hosts import host_of, hosts_without
from setsquare.guard.patterns import CommandLine, Place
from setsquare.guard.words import Word

_STRICTNESS = (Permission.DENY, Permission.ASK, Permission.ALLOW)
_OUTSIDE = frozenset({Scope.USER, Scope.WORKSPACE, Scope.MACHINE, Scope.SESSION})


def file_decisions(capability: Capability, path: str, *, is_writing: bool) -> tuple[Decision, ...]:
    """List what the rules say about a file of the workspace, the strictest first.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> rule = PermissionRule(capability="fs_read", effect=Permission.DENY, match=("data/**",), source="p.yaml:2")
    >>> task = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(), permissions=(rule,))
    >>> [decision.rule for decision in file_decisions(task, "data/a.csv", is_writing=False)]
    ['permission: fs_read deny "data/**" (p.yaml:2)']
    """
    if not capability.permissions:
        return ()
    reading, writing, _ = capability.rules_by_access
    return _file_decisions(writing if is_writing else reading, Place.of(path, capability.root))


def strict_file_decisions(capability: Capability, path: str, *, is_writing: bool) -> tuple[Decision, ...]:
    """List what the rules that deny or ask say about a file of the workspace, the strictest first.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> rules = tuple(PermissionRule(capability="fs_read", effect=effect) for effect in (Permission.ALLOW, Permission.ASK))
    >>> task = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(), permissions=rules)
    >>> [decision.permission.value for decision in strict_file_decisions(task, "data/a.csv", is_writing=False)]
    ['ask']
    """
    reading, writing, _ = capability.strict_rules_by_access
    rules = writing if is_writing else reading
    return _file_decisions(rules, Place.of(path, capability.root)) if rules else ()


def _file_decisions(rules: tuple[PermissionRule, ...], place: Place) -> tuple[Decision, ...]:
    """Hold a place against rules."""
    found: list[Decision] = []
    for rule in rules:
        match, exclude = rule.files
        written = match.found(place)
        if written is not None and exclude.found(place) is None:
            found.append(_decision(rule, written))
    return _ordered(found)


def command_decisions(capability: Capability, vectors: tuple[tuple[Word, ...], ...], text: str = "") -> tuple[Decision, ...]:
    """List what the rules say about one simple command, given with the wrappers around it, the strictest first.

    `text` is the whole shell text as written; only patterns with an operator of the shell, of rules that deny or ask, look at it.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> rule = PermissionRule(capability="shell", effect=Permission.ALLOW, match=("npm *",), exclude=("npm publish*",), source="p.yaml:2")
    >>> task = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(), permissions=(rule,))
    >>> of = lambda *texts: command_decisions(task, (tuple(Word(text=text) for text in texts),))
    >>> [decision.permission.value for decision in of("npm", "run", "x")], of("npm", "--silent", "publish")
    (['allow'], ())
    """
    if not capability.permissions:
        return ()
    rules = capability.rules_by_access[2]
    lines = tuple(CommandLine.of(words) for words in vectors) if rules else ()
    if not capability.running_screen.may_cover(lines, text):
        return ()
    found = (_said(rule, lines, text) for rule in rules if rule.screen.may_cover(lines, text))
    return _ordered(decision for decision in found if decision is not None)


def _said(rule: PermissionRule, lines: tuple[CommandLine, ...], text: str) -> Decision | None:
    """Say what one rule says about a command; `None` when it does not concern it."""
    match, exclude = rule.texts
    is_allowing = rule.effect is Permission.ALLOW
    for line in lines:
        if is_allowing and not line.is_literal:
            continue
        written = match.found(line.text, line.argv)
        if written is None or (is_allowing and line.climbs and ".." not in written):
            continue
        if exclude.found(line.text, line.argv) is None:
            return _decision(rule, written)
    written = None if is_allowing else match.found_whole(text)
    return _decision(rule, written) if written is not None and exclude.found(text) is None else None


def _decision(rule: PermissionRule, pattern: str) -> Decision:
    """Say what a rule says, and where it stands."""
    name = f'permission: {rule.capability} {rule.effect.value} "{pattern}" ({rule.source})'
    reason = f"A rule of the scope `{rule.scope.value}` says {rule.effect.value}: {rule.source}."
    return Decision(permission=rule.effect, rule=name, reason=reason, source=rule.source)


# req: agent-runtime/1.1
def _ordered(found: Iterable[Decision]) -> tuple[Decision, ...]:
    """Put the strictest first."""
    return tuple(sorted(found, key=lambda decision: _STRICTNESS.index(decision.permission)))


def strict(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Leave the decisions out that allow.

    >>> strict((Decision(permission=Permission.ALLOW, rule="a", reason=""), Decision(permission=Permission.ASK, rule="b", reason="")))[
    ...     0
    ... ].rule
    'b'
    """
    return tuple(decision for decision in decisions if decision.permission is not Permission.ALLOW)


def lifting(decisions: tuple[Decision, ...]) -> Decision | None:
    """Give the decision that allows, unless a rule is stricter.

    >>> lifting((Decision(permission=Permission.ALLOW, rule="a", reason=""),)).rule
    'a'
    """
    return decisions[0] if decisions and decisions[0].permission is Permission.ALLOW else None


def reachable_hosts(allowed: tuple[str, ...], rules: tuple[PermissionRule, ...]) -> tuple[str, ...]:
    """Compile the hosts that commands may reach: those of the settings and of rules outside of the repository, less what any rule denies or asks.

    An ask counts as a denial here, because nobody can be asked while a command runs.

    >>> rules = (
    ...     PermissionRule(capability="web_fetch", effect=Permission.ALLOW, match=("https://docs.python.org/*", "*")),
    ...     PermissionRule(capability="sandbox_network", effect=Permission.DENY, match=("pypi.org",)),
    ... )
    >>> reachable_hosts(("pypi.org", "files.pythonhosted.org"), rules)
    ('files.pythonhosted.org', 'docs.python.org')
    """
    concerned = tuple(rule for rule in rules if rule.capability in REACHING)
    named = list(allowed)
    for rule in concerned:
        if rule.effect is Permission.ALLOW and rule.scope in _OUTSIDE:
            named += hosts_without((host for host in map(host_of, rule.match) if host), rule.exclude)
    for rule in concerned:
        if rule.effect is not Permission.ALLOW:
            spared = frozenset(map(host_of, rule.exclude))
            closed = hosts_without(named, rule.match or ("*",))
            named = [host for host in named if host in closed or host in spared]
    return tuple(dict.fromkeys(named))
