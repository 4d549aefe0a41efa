"""Tells apart the shapes in which files of policies come."""

from __future__ import annotations

from datetime import UTC, datetime

from setsquare.text.json_tree import JsonArray, JsonObject, JsonString, JsonValue

WRAPPERS = ("PolicyDocument", "PolicyVersion", "Document", "policyDocument", "document")
"""Keys under which answers hold a policy document, or an answer that does."""
_ROLE_KEYS = frozenset({"RolePolicyList", "AttachedManagedPolicies", "AttachedPolicies", "AssumeRolePolicyDocument", "RoleId"})
_ANSWER_KEYS = frozenset({"Policy", "PolicyName", "PolicyNames"})


def child(value: JsonObject, key: str) -> JsonValue | None:
    """Give the value of a key; `None` where there is none."""
    member = value.member(key)
    return None if member is None else member.value


def text(value: JsonObject, key: str) -> str:
    """Give the string of a key, empty where there is none."""
    found = child(value, key)
    return found.value if isinstance(found, JsonString) else ""


def utc_day(written: str) -> str:
    """Give the day of a time in UTC, as trails name days; empty for what is no time.

    >>> utc_day("2026-01-02T23:30:00-05:00"), utc_day("2026-01-02T08:00:00Z"), utc_day("2026-01-02"), utc_day("yesterday")
    ('2026-01-03', '2026-01-02', '2026-01-02', '')
    """
    try:
        at = datetime.fromisoformat(written)
        return (at.astimezone(UTC) if at.tzinfo else at).date().isoformat()
    except (ValueError, OverflowError):
        return ""


def items(value: JsonValue | None) -> tuple[JsonValue, ...]:
    """Give what a list holds, nothing where it is no list."""
    return value.items if isinstance(value, JsonArray) else ()


def holds(value: JsonObject, keys: frozenset[str]) -> bool:
    """Tell whether an object has one of the keys."""
    return any(member.key in keys for member in value.members)


def is_document(value: JsonObject) -> bool:
    """Tell whether an object means to be a policy document."""
    return value.member("Statement") is not None or value.member("Version") is not None


def is_policy(value: JsonObject) -> bool:
    """Tell whether an object is a policy document or an answer that holds one."""
    return is_document(value) or any(child(value, key) is not None for key in WRAPPERS)


def is_role(value: JsonObject) -> bool:
    """Tell whether an object is a role's details, or an answer that holds them."""
    inner = child(value, "Role")
    return holds(value, _ROLE_KEYS) or (isinstance(inner, JsonObject) and holds(inner, _ROLE_KEYS))


def is_map(value: JsonObject) -> bool:
    """Tell whether an object maps names to policies: every value could hold one, and no key is one of AWS's answers."""
    if is_policy(value) or not value.members or holds(value, _ANSWER_KEYS):
        return False
    return all(
        isinstance(member.value, JsonObject | JsonArray) or (isinstance(member.value, JsonString) and is_encoded(member.value.value))
        for member in value.members
    )


def is_encoded(written: str) -> bool:
    """Tell whether a string may hold a policy, URL-encoded or as JSON.

    >>> is_encoded("%7B%22Version%22"), is_encoded("ReadOnlyAccess")
    (True, False)
    """
    return written.lstrip()[:1] in ("%", "{")


def last_name(path: str) -> str:
    """Give the last part of an ARN or a path.

    >>> last_name("arn:aws:iam::aws:policy/service-role/AWSLambdaRole")
    'AWSLambdaRole'
    """
    return path.rpartition("/")[2]
