"""Reads `powers.awsIamAutopilot` of a settings file fail-closed and lists everything that is wrong with it at once.

Source: settings.md § 2.1, § 2.6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from setsquare.powers.iam.settings import LOOKBACK_DAYS, MOST_DAYS, POWER, PR_ONLY, Judged, Need, PowerSettings, Reason
from setsquare.powers.iam.settings_keys import KEYS, hides_scope, nearest_key
from setsquare.powers.iam.settings_places import Fault, Missing, Places, PowerObject
from setsquare.powers.iam.settings_roles import excluded_patterns, target_patterns
from setsquare.powers.iam.settings_values import (
    account_problem,
    channel_problem,
    is_open,
    log_group_problem,
    region_problem,
    repository_problem,
)
from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonBoolean, JsonMember, JsonNumber, JsonObject, JsonString
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

_SLIP = 0.92
_GROUP, _NAME = POWER.split(".")


def absent(path: RelPath) -> Judged:
    """Judge settings that do not exist: the Power is off.

    >>> [reason.code for reason in absent(RelPath(".kiro/settings.json")).reasons]
    ['off']
    """
    problem = "the file does not exist, so the Power is off"
    reason = Reason(code="off", path=path, line=0, key=f"{POWER}.enabled", value="", problem=problem, mend=_example())
    return Judged(settings=PowerSettings(path=path), reasons=(reason,))


def unreadable(path: RelPath, why: str) -> Judged:
    """Judge settings that exist and cannot be read at all.

    >>> unreadable(RelPath("s.json"), "a symbolic link leads to it").reasons[0].code
    'broken-file'
    """
    reason = Reason(code="broken-file", path=path, line=1, key=POWER, value="", problem=why, mend="Make it a plain file that can be read.")
    return Judged(settings=PowerSettings(path=path), reasons=(reason,), is_declared=True)


# req: iam-autopilot/1.1, iam-autopilot/1.2, iam-autopilot/1.4, iam-autopilot/1.6
def judge(document: Document) -> Judged:
    r"""Judge the settings of one file.

    >>> from setsquare.text.json_document import scan
    >>> raw = b'{"powers": {"awsIamAutopilot": {"enabled": true,\n"Mode": "pr-only", "targetRoles": ["*"]}}}'
    >>> for reason in judge(scan(RelPath(".kiro/settings.json"), raw)).refusals():
    ...     print(reason.line, reason.key, reason.value, reason.code)
    2 powers.awsIamAutopilot.Mode "pr-only" key
    2 powers.awsIamAutopilot.targetRoles[0] "*" target-roles
    """
    tree = json_document.read(document, expects_object=True)
    places = Places(document, tree)
    broken = places.broken()
    top = _object_named(places, tree.members, _GROUP, "")
    power = _object_named(places, top.value.members, _NAME, f"{_GROUP}.") if top and isinstance(top.value, JsonObject) else None
    settings, is_enabled = PowerSettings(path=document.path), False
    if power is not None and isinstance(power.value, JsonObject):
        settings, is_enabled = _read(PowerObject(places, power, power.value))
    elif not places.reasons and not broken:
        fault = Fault("the Power is not named in the file, so it is off", _example())
        places.add("off", f"{POWER}.enabled", Missing(top.key_span if top else Span(0, 0)), fault)
    reasons = sorted({*broken, *places.reasons}, key=lambda reason: (reason.span, reason.key, reason.problem))
    is_declared = power is not None or _NAME.lower().encode() in places.raw.lower()
    return Judged(settings=settings, reasons=tuple(reasons), is_declared=is_declared, is_enabled=is_enabled)


def _object_named(places: Places, members: Sequence[JsonMember], name: str, prefix: str) -> JsonMember | None:
    """Find a member that holds an object, and report those whose names are nearly its name; where it is missing one of them is read on, so that all is said at once."""
    found = next((member for member in members if member.key == name), None)
    instead: JsonMember | None = None
    for member in members:
        # Beside the right name only a slip of the pen counts: a team may have a Power of its own with a longer name.
        is_near = nearest_key(member.key, (name,), least=_SLIP) if found else nearest_key(member.key, (name,))
        is_meant = is_near and (name != _GROUP or _holds_power(member))
        if is_meant:
            mend = f'Write "{name}".' if found is None else f'Remove it, or move what it says into "{name}".'
            fault = Fault(f'the key is not spelt "{name}"; keys are read letter by letter', mend)
            places.add("key", f"{prefix}{member.key}", Missing(member.key_span, member.value), fault)
            instead = instead or member
    if found is not None and not isinstance(found.value, JsonObject):
        places.add("type", f"{prefix}{name}", found.value, Fault("it must be an object", _example()))
    return found or instead


def _holds_power(member: JsonMember) -> bool:
    """Tell whether an object that may be a misspelt `powers` holds the Power, however it is spelt."""
    return isinstance(member.value, JsonObject) and any(
        each.key == _NAME or nearest_key(each.key, (_NAME,)) for each in member.value.members
    )


def _read(power: PowerObject) -> tuple[PowerSettings, bool]:
    """Read the object: what it says, and whether it is switched on."""
    _unknown(power)
    is_enabled = _enabled(power)
    _mode(power)
    targets, excluded = target_patterns(power), excluded_patterns(power)
    alerts = _boolean(power, "alertOnEscalation", absent=True)
    alerting = Need.ALERTING if alerts else None
    settings = PowerSettings(
        path=power.places.path,
        line=power.places.line(power.member.key_span),
        lines={member.key: power.places.line(member.value.span) for member in power.value.members},
        target_roles=tuple(pattern for pattern, _ in targets),
        target_lines=tuple(line for _, line in targets),
        exclude_roles=tuple(pattern for pattern, _ in excluded),
        exclude_lines=tuple(line for _, line in excluded),
        lookback_days=_days(power),
        alerts_on_escalation=alerts,
        region=_text(power, _Wanted("awsRegion", region_problem, Need.FETCHING, '"us-east-1"')),
        account_id=_text(power, _Wanted("awsAccountId", account_problem, Need.FETCHING, '"${AWS_ACCOUNT_ID}"')),
        log_group=_text(power, _Wanted("cloudtrailLogGroup", log_group_problem, Need.LOG_GROUP, '"${CLOUDTRAIL_LOG_GROUP}"')),
        pr_repository=_text(power, _Wanted("prRepository", repository_problem, Need.PROPOSING, '"org/infrastructure"')),
        alert_channel=_text(power, _Wanted("escalationAlertChannel", channel_problem, alerting, '"#security-alerts"')),
    )
    return settings, is_enabled


def _unknown(power: PowerObject) -> None:
    """Report keys that nobody reads: what is nearly a key, or may mean to hold a role back, refuses; the rest is only told."""
    for member in power.value.members:
        meant = nearest_key(member.key, KEYS)
        at = Missing(member.key_span, member.value)
        if meant:
            power.add(
                "key",
                member.key,
                at,
                Fault(f'the key is not spelt "{meant}", which is therefore not set; keys are read letter by letter', f'Write "{meant}".'),
            )
        elif member.key not in KEYS and hides_scope(member.key):
            mend = 'Roles are chosen by "targetRoles" and held back by "excludeRoles"; remove this key.'
            power.add("key", member.key, at, Fault("nobody reads this key, and it seems to say what the Power may do", mend))
        elif member.key not in KEYS:
            power.add("unknown-key", member.key, at, Fault("nobody reads this key", "Remove it."), Need.NOTHING)


def _enabled(power: PowerObject) -> bool:
    value = power.get("enabled")
    mend = 'Write "enabled": true once mode and targetRoles are as they should be.'
    if value is None:
        if not power.is_misspelt("enabled"):
            power.add("off", "enabled", power.missing, Fault("it is absent, so the Power is off", mend))
        return False
    if not isinstance(value, JsonBoolean):
        power.add("type", "enabled", value, Fault("it must be true or false", mend))
        return False
    if not value.value:
        power.add("off", "enabled", value, Fault("the Power is off", mend))
    return value.value


def _mode(power: PowerObject) -> None:
    value = power.get("mode")
    mend = f'Write "mode": "{PR_ONLY}": changes are proposed in a pull request and never applied.'
    if value is None:
        if not power.is_misspelt("mode"):
            power.add("mode", "mode", power.missing, Fault("it is missing", mend))
    elif not isinstance(value, JsonString):
        power.add("mode", "mode", value, Fault("it must be a string", mend))
    elif value.value != PR_ONLY:
        is_cased = value.value.strip().lower() == PR_ONLY
        problem = "it is read letter by letter, and this is spelt otherwise" if is_cased else "there is no such mode"
        power.add("mode", "mode", value, Fault(problem, mend))


def _boolean(power: PowerObject, key: str, *, absent: bool) -> bool:
    value = power.get(key)
    if value is None or isinstance(value, JsonBoolean):
        return absent if value is None else value.value
    power.add("type", key, value, Fault("it must be true or false", f'Write "{key}": true.'))
    return absent


def _days(power: PowerObject) -> int:
    value = power.get("lookbackDays")
    if value is None:
        return LOOKBACK_DAYS
    days = value.integer if isinstance(value, JsonNumber) else None
    if days is None or not 1 <= days <= MOST_DAYS:
        fault = Fault(f"it must be a whole number from 1 to {MOST_DAYS}", f'Write "lookbackDays": {LOOKBACK_DAYS}.')
        power.add("lookback", "lookbackDays", value, fault)
        return LOOKBACK_DAYS
    if days < LOOKBACK_DAYS:
        problem = f"a window below {LOOKBACK_DAYS} days misses what is done once a quarter"
        power.add("lookback", "lookbackDays", value, Fault(problem, f'Write "lookbackDays": {LOOKBACK_DAYS} or more.'), Need.NOTHING)
    return days


class _Wanted(Struct, frozen=True):
    """A key that holds a text: what is wrong with one, what cannot be done without it (`None`: nothing), what it looks like."""

    key: str
    problem: Callable[[str], str]
    need: Need | None
    example: str


def _text(power: PowerObject, wanted: _Wanted) -> str:
    """Read a text; where it is missing, what needs it cannot be done, and all else can."""
    value = power.get(wanted.key)
    mend = f'Write "{wanted.key}": {wanted.example}.'
    if value is None:
        if wanted.need is not None and not power.is_misspelt(wanted.key):
            power.add("missing", wanted.key, power.missing, Fault(f"it is missing, and {wanted.need.value} needs it", mend), wanted.need)
        return ""
    if not isinstance(value, JsonString):
        power.add("type", wanted.key, value, Fault("it must be a string", mend))
        return ""
    problem = "" if is_open(value.value) else wanted.problem(value.value)
    if problem:
        power.add("value", wanted.key, value, Fault(problem, mend))
    return value.value


def _example() -> str:
    return f'Write "{_GROUP}": {{"{_NAME}": {{"enabled": true, "mode": "{PR_ONLY}", "targetRoles": ["ecs-*"]}}}}.'
