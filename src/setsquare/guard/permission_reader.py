"""Reads a `permissions.yaml`, or the administrator's JSON, fail-closed: a file that is not understood makes everything ask.

Source: Kiro's on-disk format, section 9; Kiro's enterprise policy language (rules with `id`, `version: "0.1"`).
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from msgspec import Struct

from setsquare.guard.capability import REACHING, READING, RUNNING, WRITING, Permission, PermissionRule, Scope
from setsquare.guard.written_tree import Listing, Mapped, Scalar, Unread, Written, read_written

CAPABILITIES = READING | WRITING | RUNNING | REACHING | frozenset({
    "web_search", "mcp", "subagent", "skill", "power", "diagnostics", "context", "model_use", "apikey_create",
})  # fmt: skip
"""Every name that a rule may have."""

_RULE_KEYS = frozenset({"capability", "effect", "match", "exclude", "id", "name", "title", "description", "reason", "comment", "message"})
_TOP_KEYS = frozenset({"rules", "permissions", "version", "metadata", "settings", "$schema"})
_POLICY_VERSION = "0.1"
_META = frozenset({"builtin", "all"})
"""Names that stand for several tools and name none."""
_VERSIONS = frozenset({"0.1", "1", "1.0"})
_TIGHTENING = frozenset({Scope.ADMINISTRATOR, Scope.REPOSITORY, Scope.AGENT})


_HOLDERS = MappingProxyType({Scope.ADMINISTRATOR: "the administrator's file", Scope.AGENT: "an agent profile"})


class PermissionProblem(Struct, frozen=True, kw_only=True):
    """Something wrong with a permission file: `line` from 1, 0 for the whole file. `is_refused_allow` marks an `allow` where none may stand."""

    path: str
    line: int
    reason: str
    is_refused_allow: bool = False

    @property
    def shown(self) -> str:
        """Write the problem on one line, with its place.

        >>> PermissionProblem(path="p.yaml", line=2, reason="no").shown
        'p.yaml:2: no'
        """
        return f"{self.path}{f':{self.line}' if self.line else ''}: {self.reason}"


class PermissionFile(Struct, frozen=True, kw_only=True):
    """The rules of one file and what is wrong with it. A broken file holds one rule: everything asks."""

    path: str
    scope: Scope
    rules: tuple[PermissionRule, ...] = ()
    problems: tuple[PermissionProblem, ...] = ()


class _Wrong(Exception):
    """A value that makes the whole file unusable."""

    def __init__(self, line: int, reason: str) -> None:
        """Take the line, from 1, and the reason."""
        super().__init__(reason)
        self.line = line
        self.reason = reason


def read_permissions(raw: bytes, path: str, scope: Scope, *, home: str = "") -> PermissionFile:
    r"""Read one file; `path` is how a person names it, `home` their home folder, for which `~/` stands in patterns.

    >>> raw = b"rules:\n  - {capability: shell, effect: allow, match: ['npm *'], exclude: ['npm publish*']}\n"
    >>> file = read_permissions(raw, "~/.kiro/settings/permissions.yaml", Scope.USER)
    >>> file.rules[0].match, file.rules[0].source
    (('npm *',), '~/.kiro/settings/permissions.yaml:2')
    >>> broken = read_permissions(b"rules: [{capability: shell}]", "p.yaml", Scope.USER)
    >>> broken.rules[0].capability, broken.rules[0].effect.value, broken.problems[0].reason
    ('all', 'ask', 'the rule has no `effect` (allow, ask or deny)')
    """
    try:
        top = read_written(raw, is_json=path.endswith(".json"))
        if isinstance(top, Unread):
            raise _Wrong(top.line, top.reason)  # noqa: TRY301  (one place turns what is wrong into a value)
        return _read(top, path, scope, home)
    except _Wrong as wrong:
        return unusable(path, scope, wrong.reason, wrong.line)


def read_agent_permissions(raw: bytes, path: str) -> PermissionFile:
    r"""Read the `permissions` of an agent profile's front matter; they only ask and deny, and what is not understood makes everything ask.

    >>> file = read_agent_permissions(b"\nname: x\npermissions:\n  rules:\n    - {capability: shell, effect: deny}\n", ".kiro/agents/x.md")
    >>> file.rules[0].effect.value, file.rules[0].source
    ('deny', '.kiro/agents/x.md:5')
    """
    top = read_written(raw, is_json=False)
    if isinstance(top, Unread):
        return unusable(path, Scope.AGENT, top.reason, top.line)
    held = top.member("permissions") if isinstance(top, Mapped) else None
    if held is None:
        return PermissionFile(path=path, scope=Scope.AGENT)
    beside = next((key for key, _, _ in held.members if key != "rules"), "") if isinstance(held, Mapped) else ""
    if beside:
        return unusable(path, Scope.AGENT, f"`permissions.{beside[:40]}` has no meaning here; write `rules`", held.line)
    try:
        return _read(Mapped(held.line, (("permissions", held.line, held),)), path, Scope.AGENT, "")
    except _Wrong as wrong:
        return unusable(path, Scope.AGENT, wrong.reason, wrong.line)


def unusable(path: str, scope: Scope, reason: str, line: int = 0) -> PermissionFile:
    """Stand for a file that could not be read: everything asks.

    >>> unusable("p.yaml", Scope.USER, "it is a folder").rules[0].source
    'p.yaml (not usable)'
    """
    problem = PermissionProblem(path=path, line=line, reason=reason)
    rule = PermissionRule(capability="all", effect=Permission.ASK, scope=scope, source=f"{path} (not usable)")
    return PermissionFile(path=path, scope=scope, rules=(rule,), problems=(problem,))


# req: agent-runtime/1.2
def _read(top: Written, path: str, scope: Scope, home: str) -> PermissionFile:
    """Read the top of a file."""
    rules: list[PermissionRule] = []
    problems: list[PermissionProblem] = []
    named: list[PermissionRule] = []
    is_closing = scope is Scope.ADMINISTRATOR and _is_policy(top)
    for item in _items(top, path, problems):
        rule, warning = _rule(item, path, scope, home)
        if warning:
            problems.append(PermissionProblem(path=path, line=item.line, reason=warning))
        elif rule is not None and rule.effect is Permission.ALLOW and scope in _TIGHTENING:
            who = _HOLDERS.get(scope, "a file inside the repository")
            beyond = " but that the rest is denied" if is_closing else ""
            reason = f"{who} can only ask or deny; this `allow` of {rule.capability} has no effect{beyond}"
            named.append(rule)
            problems.append(PermissionProblem(path=path, line=item.line, reason=reason, is_refused_allow=True))
        elif rule is not None:
            rules.append(rule)
            named += [rule] if rule.effect is Permission.ASK else []
    closing = _closing(named) if is_closing else ()
    return PermissionFile(path=path, scope=scope, rules=(*rules, *closing), problems=tuple(problems))


def _is_policy(top: Written) -> bool:
    """Tell whether a file is written in the enterprise policy language."""
    version = top.member("version") if isinstance(top, Mapped) else None
    return isinstance(version, Scalar) and version.text == _POLICY_VERSION


# req: agent-runtime/1.8
def _closing(named: list[PermissionRule]) -> tuple[PermissionRule, ...]:
    """Deny every use of a tool that the rules which allow or ask for it do not cover: in a policy, naming a tool closes the rest of it."""
    made: list[PermissionRule] = []
    for capability in dict.fromkeys(rule.capability for rule in named if rule.capability not in _META):
        own = [rule for rule in named if rule.capability == capability]
        source = f"{own[0].source} (what this policy does not cover)"
        if all(rule.match for rule in own):
            covered = tuple(pattern for rule in own for pattern in rule.match)
            made.append(
                PermissionRule(capability=capability, effect=Permission.DENY, exclude=covered, scope=Scope.ADMINISTRATOR, source=source)
            )
        spared = tuple(pattern for rule in own for pattern in rule.exclude)
        if spared:
            made.append(
                PermissionRule(capability=capability, effect=Permission.DENY, match=spared, scope=Scope.ADMINISTRATOR, source=source)
            )
    return tuple(made)


def _items(top: Written, path: str, problems: list[PermissionProblem]) -> Iterator[Written]:
    """List the rules of a file; keys that nobody knows are reported."""
    if isinstance(top, Scalar) and not top.text:
        return
    if not isinstance(top, Mapped):
        raise _Wrong(top.line, "the file must hold `rules:` with a list")
    for key, line, value in top.members:
        if key not in _TOP_KEYS and (key.casefold() in _TOP_KEYS or _may_be_rules(value)):
            raise _Wrong(line, f"`{key[:60]}` is no key of a permission file and may hold rules; the key is `rules`")
        if key not in _TOP_KEYS:
            problems.append(
                PermissionProblem(path=path, line=line, reason=f"`{key[:60]}` is no key of a permission file; it has no effect")
            )
    version = top.member("version")
    if version is not None and not (isinstance(version, Scalar) and version.text in _VERSIONS):
        raise _Wrong(version.line, f"the version is none that Setsquare knows ({', '.join(sorted(_VERSIONS))})")
    holder = top.member("permissions")
    listed = top.member("rules")
    if holder is not None:
        if listed is not None:
            raise _Wrong(holder.line, "`rules` and `permissions` both hold rules; keep one")
        listed = holder.member("rules") if isinstance(holder, Mapped) else holder
    if listed is None or (isinstance(listed, Scalar) and listed.text in ("", "null", "~")):
        return
    if not isinstance(listed, Listing):
        raise _Wrong(listed.line, "`rules` must be a list")
    yield from listed.items


def _may_be_rules(value: Written) -> bool:
    """Tell whether a value is a list of mappings, as rules are."""
    return isinstance(value, Listing) and any(isinstance(item, Mapped) for item in value.items)


def _rule(item: Written, path: str, scope: Scope, home: str) -> tuple[PermissionRule | None, str]:
    """Read one rule; a text instead of it says why it has no effect."""
    if not isinstance(item, Mapped):
        raise _Wrong(item.line, "a rule must be a mapping with `capability` and `effect`")
    unknown = next((key for key, _, _ in item.members if key not in _RULE_KEYS), "")
    if unknown:
        raise _Wrong(item.line, f"`{unknown[:60]}` is no key of a rule (capability, effect, match, exclude)")
    capability, effect = _text(item, "capability"), _text(item, "effect").lower()
    if effect not in {each.value for each in Permission}:
        raise _Wrong(item.line, "the rule has no `effect` (allow, ask or deny)")
    if not capability:
        raise _Wrong(item.line, "the rule has no `capability`")
    permission = Permission(effect)
    if capability not in CAPABILITIES:
        if permission is Permission.ALLOW:
            return None, f"`{capability[:60]}` is no capability that Setsquare knows; this rule allows nothing"
        raise _Wrong(item.line, f"`{capability[:60]}` is no capability that Setsquare knows, so what the rule denies cannot be told")
    match, exclude = _patterns(item, "match"), _patterns(item, "exclude")
    if match == () and permission is Permission.ALLOW:
        return None, "`match` is empty, so this rule allows nothing; leave the key out to mean everything"
    negated = next((each for each in match or () if each.startswith("!")), "")
    if negated and permission is not Permission.ALLOW:
        raise _Wrong(item.line, f"`{negated[:60]}` negates, which no pattern does, so what the rule denies cannot be told; use `exclude`")
    rule = PermissionRule(
        capability=capability,
        effect=permission,
        match=_at_home(match or (), home),
        exclude=_at_home(exclude or (), home),
        scope=scope,
        source=f"{path}:{item.line}",
    )
    return rule, ""


def _text(item: Mapped, key: str) -> str:
    """Read one scalar; empty when it is absent.

    Raises:
        _Wrong: it is a list or a mapping.
    """
    value = item.member(key)
    if value is None:
        return ""
    if not isinstance(value, Scalar):
        raise _Wrong(value.line, f"`{key}` must be one word")
    return value.text.strip()


def _patterns(item: Mapped, key: str) -> tuple[str, ...] | None:
    """Read a list of patterns, or one pattern; `None` when the key is absent.

    Raises:
        _Wrong: something in it is no text, or is blank.
    """
    value = item.member(key)
    if value is None:
        return None
    items = value.items if isinstance(value, Listing) else (value,)
    texts = tuple(each.text for each in items if isinstance(each, Scalar) and each.text.strip())
    if len(texts) != len(items):
        raise _Wrong(value.line, f"`{key}` must be a list of patterns that are not empty")
    return texts


def _at_home(patterns: tuple[str, ...], home: str) -> tuple[str, ...]:
    """Write `~/` as the home folder."""
    return tuple(f"{home.rstrip('/')}{each[1:]}" if home and each.startswith("~/") else each for each in patterns)
