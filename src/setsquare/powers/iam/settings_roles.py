"""Reads `targetRoles` and `excludeRoles`, and judges single roles by them.

Source: settings.md § 2.6, "role matching".
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.powers.iam.role_names import RolePattern, is_role_name, reach
from setsquare.powers.iam.settings import POWER, PowerSettings, Reason
from setsquare.powers.iam.settings_places import Fault, PowerObject
from setsquare.text.json_tree import JsonArray, JsonString, JsonValue

RESERVED_PATHS = ("/aws-service-role/", "/aws-reserved/")
"""How paths of roles begin that belong to AWS's services, and to its single sign-on."""
RESERVED = ("awsreservedsso_", "awsservicerolefor")
"""How names of roles begin, in lower case, that AWS keeps for itself."""

_MOST_PATTERNS = 200
_CODES = {"targetRoles": "target-roles", "excludeRoles": "exclude-roles"}
_CHOOSE = 'Name the roles that are meant, such as "targetRoles": ["ecs-*", "lambda-*"].'


def target_patterns(power: PowerObject) -> tuple[tuple[str, int], ...]:
    """Read the patterns of the roles that may be analysed, with their lines; whatever may mean all roles is a reason."""
    value = power.get("targetRoles")
    if value is None:
        if not power.is_misspelt("targetRoles"):
            fault = Fault("it is missing, and no list never means all roles", _CHOOSE)
            power.add("target-roles", "targetRoles", power.missing, fault)
        return ()
    found = _patterns(power, "targetRoles", value, _CHOOSE)
    if isinstance(value, JsonArray) and not value.items:
        power.add("target-roles", "targetRoles", value, Fault("it is empty, and no list never means all roles", _CHOOSE))
    wide = tuple((index, item) for index, item in found if reach((item.value,)).is_too_wide)
    for index, item in wide:
        power.add("target-roles", f"targetRoles[{index}]", item, Fault(f"it matches {_width((item.value,))}", _CHOOSE))
    together = tuple(item.value for _, item in found)
    if not wide and reach(together).is_too_wide:
        power.add("target-roles", "targetRoles", value, Fault(f"the patterns together match {_width(together)}", _CHOOSE))
    return tuple((item.value, power.places.line(item.span)) for _, item in found)


def excluded_patterns(power: PowerObject) -> tuple[tuple[str, int], ...]:
    """Read the patterns of the roles that are held back, with their lines."""
    value = power.get("excludeRoles")
    if value is None:
        return ()
    mend = 'Write "excludeRoles": ["ecs-admin-*"], patterns over the names of roles.'
    return tuple((item.value, power.places.line(item.span)) for _, item in _patterns(power, "excludeRoles", value, mend))


def _width(patterns: tuple[str, ...]) -> str:
    """Say how much patterns match."""
    reached = reach(patterns)
    return "every role" if reached.is_all else f"{int(min(100 * reached.share, 99))} of 100 possible names, so it chooses no roles"


def _patterns(power: PowerObject, key: str, value: JsonValue, mend: str) -> tuple[tuple[int, JsonString], ...]:
    """Read a list of patterns with their positions; what is no pattern is a reason and left out."""
    code = _CODES[key]
    if isinstance(value, JsonString) and reach((value.value,)).is_too_wide:
        power.add(code, key, value, Fault(f"it must be a list of strings, and it matches {_width((value.value,))}", mend))
        return ()
    if not isinstance(value, JsonArray):
        power.add(code, key, value, Fault("it must be a list of strings", mend))
        return ()
    if len(value.items) > _MOST_PATTERNS:
        power.add(code, key, value, Fault(f"it holds more than {_MOST_PATTERNS} patterns", mend))
        return ()
    good: list[tuple[int, JsonString]] = []
    for index, item in enumerate(value.items):
        problem = _problem(item.value) if isinstance(item, JsonString) else "it must be a string"
        if problem:
            power.add(code, f"{key}[{index}]", item, Fault(problem, mend))
        elif isinstance(item, JsonString):
            good.append((index, item))
    return tuple(good)


def _problem(pattern: str) -> str:
    """Say what is wrong with one pattern."""
    if not pattern.strip():
        return "it is empty"
    if "${" in pattern:
        return "variables are not expanded in patterns of roles"
    read = RolePattern(pattern)
    if read.problem:
        return f"it is no pattern: {read.problem}"
    if read.matches_nothing:
        return "it can match no role: patterns are held against the name alone, which has letters, digits and + = , . @ - _, no path and no ARN"
    return ""


# req: iam-autopilot/1.3
def role_reasons(settings: PowerSettings, name: str, path: str = "/", *, knows_targets: bool = True) -> tuple[Reason, ...]:
    """List why a role may not be analysed; empty when it may. Exclusion is looked at first and wins; `knows_targets` is false where the list cannot be followed.

    >>> from setsquare.text.paths import RelPath
    >>> settings = PowerSettings(
    ...     path=RelPath("s.json"), target_roles=("ecs-*",), exclude_roles=("ECS-ADMIN*",), target_lines=(3,), exclude_lines=(4,)
    ... )
    >>> [[reason.code for reason in role_reasons(settings, name)] for name in ("ecs-api", "ecs-admin", "my-ecs-x", "AWSReservedSSO_x")]
    [[], ['excluded'], ['not-targeted'], ['reserved', 'not-targeted']]
    """
    role = _Where("ROLE", name, 0)
    if not is_role_name(name):
        problem = "this can be no role's name: it has 1 to 64 letters, digits and + = , . @ - _"
        return (_reason(settings, "role-name", role, Fault(problem, "Give the name of a role, without path.")),)
    found: list[Reason] = []
    if path.lower().startswith(RESERVED_PATHS) or name.lower().startswith(RESERVED):
        fault = Fault("the role belongs to AWS", "Roles that AWS keeps for itself are never touched; choose another.")
        found.append(_reason(settings, "reserved", role, fault))
    for index, (pattern, line) in enumerate(zip(settings.exclude_roles, settings.exclude_lines, strict=True)):
        if RolePattern(pattern).matches(name, folds_case=True):
            mend = "Choose another role; take the pattern out only if the role may be proposed for change."
            where = _Where(f"{POWER}.excludeRoles[{index}]", pattern, line)
            found.append(_reason(settings, "excluded", where, Fault(f"it holds the role {name} back, and exclusion wins", mend)))
    if knows_targets and not any(RolePattern(pattern).matches(name) for pattern in settings.target_roles):
        problem = f"no pattern matches the role {name}; patterns cover the whole name, and case counts"
        where = _Where(f"{POWER}.targetRoles", ", ".join(settings.target_roles), (*settings.target_lines, settings.line)[0])
        found.append(
            _reason(settings, "not-targeted", where, Fault(problem, "Choose a role that one matches, or add a pattern for this one."))
        )
    return tuple(found)


class _Where(Struct, frozen=True):
    """What of the settings speaks of a role: the key, its value, its line."""

    key: str
    value: str
    line: int


def _reason(settings: PowerSettings, code: str, where: _Where, fault: Fault) -> Reason:
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in where.value[:200])
    return Reason(code=code, path=settings.path, line=where.line, key=where.key, value=f'"{shown}"', problem=fault.problem, mend=fault.mend)
