"""Writes made cases in other words that mean the same by AWS's documentation.

Where two engines differ on a case and agree on its rewriting, the difference is the reading of what was rewritten, and the documentation says which reading is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from bench.iam_cases import ACCOUNT, Case, Json, role_of
from bench.iam_engines import request_of
from setsquare.powers.iam.evaluation.conditions import condition_holds
from setsquare.powers.iam.evaluation.truth import MAYBE, NO
from setsquare.powers.iam.evaluation.variables import resolved
from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.document import Condition
from setsquare.powers.iam.policy.glob import compiled, in_segments
from setsquare.powers.iam.policy.patterns import arn_matches

_EPOCH = re.compile(r"\d{5,}\Z")
_HALVES = {"0.0.0.0/0": ["0.0.0.0/1", "128.0.0.0/1"], "::/0": ["::/1", "8000::/1"]}


def _policies(case: Case, change: Callable[[Mapping[str, Json]], Json]) -> Case:
    """Change every policy of a case."""

    def each(document: Json) -> Json:
        return change(document) if isinstance(document, Mapping) else document

    def levels(found: list[list[Json]] | None) -> list[list[Json]] | None:
        return None if found is None else [[each(document) for document in level] for level in found]

    return msgspec.structs.replace(
        case,
        identity=[each(document) for document in case.identity],
        boundary=each(case.boundary),
        service_control=levels(case.service_control),
        resource_control=levels(case.resource_control),
        session=each(case.session),
        resource_policy=each(case.resource_policy),
    )


def _conditions(document: Mapping[str, Json], change: Callable[[str, str, list[str]], list[str]]) -> Json:
    """Change the values under every operator of a policy."""
    statements = document["Statement"]
    assert isinstance(statements, list)
    found: list[Json] = []
    for statement in statements:
        conditions = statement.get("Condition", {})
        changed = {
            operator: {key: change(operator, key, [value] if isinstance(value, str) else value) for key, value in under.items()}
            for operator, under in conditions.items()
        }
        found.append({**statement, "Condition": changed} if changed else statement)
    return {**document, "Statement": found}


def halved(case: Case) -> Case:
    """Write the network of all addresses as its two halves."""

    def change(operator: str, _key: str, values: list[str]) -> list[str]:
        return [half for value in values for half in _HALVES.get(value, [value])] if "IpAddress" in operator else values

    return _policies(case, lambda document: _conditions(document, change))


def _iso(text: str) -> str:
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if _EPOCH.match(text) else text


def dated(case: Case) -> Case:
    """Write seconds since 1970 as dates."""

    def change(operator: str, _key: str, values: list[str]) -> list[str]:
        return [_iso(value) for value in values] if operator.startswith("Date") else values

    context = {key: [_iso(value) for value in values] if key == "aws:EpochTime" else values for key, values in case.context.items()}
    return _policies(msgspec.structs.replace(case, context=context), lambda document: _conditions(document, change))


def without_variables(case: Case) -> Case:
    """Write `${...}` in policies without a version as text that no request holds: it is text there."""

    def change(document: Mapping[str, Json]) -> Json:
        if "Version" in document:
            return document
        changed: Json = msgspec.json.decode(re.sub(r"\$\{[^}]*\}", "no-request-holds-this", msgspec.json.encode(document).decode()))
        return changed

    return _policies(case, change)


def unlimited_session(case: Case) -> Case:
    """Let the session policy allow all and keep what it denies: it does not limit what a resource's policy grants to the session itself."""
    if not isinstance(case.session, Mapping):
        return case
    statements = case.session["Statement"]
    assert isinstance(statements, list)
    denies = [statement for statement in statements if statement["Effect"] == "Deny"]
    return msgspec.structs.replace(
        case, session={**case.session, "Statement": [*denies, {"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )


def is_variable(pattern: str) -> bool:
    """Tell whether a pattern holds a variable."""
    return "${" in pattern


def has_wild_type(pattern: str) -> bool:
    """Tell whether a pattern has a wildcard in the type of the resource, with more behind it."""
    resource = pattern.split(":", 5)[-1]
    return re.match(r"[^/:]*[*?][^/:]*[/:]", resource) is not None


def has_other_case(pattern: str) -> bool:
    """Tell whether a made pattern has the letters of its resource in another case."""
    return ":".join(pattern.split(":")[2:3]).isupper() or pattern.startswith("arn:aws:S3")


def spelt_out(case: Case, wanted: Callable[[str], bool] = lambda _: True) -> Case:
    """Write every pattern of a resource as the resource when it matches, and as another when it does not; variables count as their values.

    The expansion is this project's own, so this rewriting shows only that nothing but the matching of patterns is in question.
    """

    def change(document: Mapping[str, Json]) -> Json:
        has_variables = document.get("Version") == "2012-10-17"
        statements = document["Statement"]
        assert isinstance(statements, list)
        found: list[Json] = []
        for statement in statements:
            changed = dict(statement)
            for element in ("Resource", "NotResource"):
                if element in changed:
                    patterns = [changed[element]] if isinstance(changed[element], str) else changed[element]
                    changed[element] = [_spelt(pattern, case, has_variables) if wanted(pattern) else pattern for pattern in patterns]
            found.append(changed)
        return {**document, "Statement": found}

    return _policies(case, change)


def _spelt(pattern: str, case: Case, has_variables: bool) -> str:
    """Give the resource itself for a pattern that matches it, and a resource of the same kind that is not asked for where it does not."""
    if pattern == "*":
        return pattern
    if has_variables and "${" in pattern:
        resolution = resolved(pattern, View(request_of(case)))
        if resolution.atoms is None:
            return pattern
        matches = compiled(in_segments(resolution.atoms)).matches(case.resource)
    else:
        matches = arn_matches(pattern, case.resource)
    return case.resource if matches else f"{case.resource}-other" if case.resource != "*" else "arn:aws:s3:::other"


def without_vacuous(case: Case) -> Case:
    """Leave out `ForAnyValue:…IfExists` on keys that the request lacks: `IfExists` makes it true."""
    lacking = {key.lower() for key in case.context}

    def change(document: Mapping[str, Json]) -> Json:
        statements = document["Statement"]
        assert isinstance(statements, list)
        found: list[Json] = []
        for statement in statements:
            conditions = {
                operator: {
                    key: value
                    for key, value in under.items()
                    if not (operator.startswith("ForAnyValue:") and operator.endswith("IfExists") and key.lower() not in lacking)
                }
                for operator, under in statement.get("Condition", {}).items()
            }
            kept = {operator: under for operator, under in conditions.items() if under}
            found.append(
                {**{name: value for name, value in statement.items() if name != "Condition"}, **({"Condition": kept} if kept else {})}
            )
        return {**document, "Statement": found}

    return _policies(case, change)


_FALSE = {"true": "false", "false": "true"}


def decided(case: Case, wanted: Callable[[str, list[str]], bool]) -> Case:
    """Write the conditions that are wanted as what they come to: nothing where they hold, one that fails for certain where they do not."""
    view = View(request_of(case))
    (transport,) = case.context["aws:SecureTransport"]

    def change(document: Mapping[str, Json]) -> Json:
        has_variables = document.get("Version") == "2012-10-17"
        statements = document["Statement"]
        assert isinstance(statements, list)
        return {**document, "Statement": [_decided(each, view, wanted, has_variables, _FALSE[transport]) for each in statements]}

    return _policies(case, change)


def _decided(statement: dict[str, Json], view: View, wanted: Callable[[str, list[str]], bool], has_variables: bool, false: str) -> Json:
    kept: dict[str, dict[str, Json]] = {}
    conditions = statement.get("Condition", {})
    assert isinstance(conditions, dict)
    for operator, under in conditions.items():
        for key, value in under.items():
            values = [value] if isinstance(value, str) else value
            truth = condition_holds(Condition(operator, key, tuple(values)), view, has_variables=has_variables).truth
            if truth is MAYBE or not wanted(operator, values):
                kept.setdefault(operator, {})[key] = value
            elif truth is NO:
                kept["Bool"] = {**kept.get("Bool", {}), "aws:SecureTransport": false}
    rest = {name: value for name, value in statement.items() if name != "Condition"}
    return {**rest, "Condition": kept} if kept else rest


def of_one_family(case: Case) -> Case:
    """Write networks of the other family than the address of the request as one of its own that does not hold it."""
    addresses = {key.lower(): values[0] for key, values in case.context.items()}

    def change(operator: str, key: str, values: list[str]) -> list[str]:
        if "IpAddress" not in operator or key.lower() not in addresses:
            return values
        is_six = ":" in addresses[key.lower()]
        return [value if (":" in value) == is_six else ("2001:db9::/32" if is_six else "192.0.2.0/24") for value in values]

    return _policies(case, lambda document: _conditions(document, change))


def _renamed(case: Case, old: list[str], new: str) -> Case:
    """Write some principals of the resource's policy as another."""
    if not isinstance(case.resource_policy, Mapping):
        return case
    statements = case.resource_policy["Statement"]
    assert isinstance(statements, list)
    found: list[Json] = []
    for statement in statements:
        named = statement.get("Principal")
        values = ["*"] if named == "*" else named.get("AWS", []) if isinstance(named, Mapping) else []
        values = [values] if isinstance(values, str) else values
        is_changed = statement["Effect"] == "Allow" or new == role_of(case.principal)
        changed = (
            {**statement, "Principal": {"AWS": [new if value in old else value for value in values]}}
            if values and is_changed
            else statement
        )
        found.append(changed)
    return msgspec.structs.replace(case, resource_policy={**case.resource_policy, "Statement": found})


def another_role(case: Case) -> Case:
    """Write the caller's role, where the resource's policy allows it, as another: a boundary or session policy that does not allow limits what a role's ARN grants."""
    if case.boundary is None and case.session is None:
        return case
    return _renamed(case, [role_of(case.principal)], f"arn:aws:iam::{ACCOUNT}:role/other") if ":user/" not in case.principal else case


def everyone_named(case: Case) -> Case:
    """Write `*`, and the session, as the user or role that calls."""
    return _renamed(case, ["*", case.principal], role_of(case.principal))


def bounded(case: Case) -> Case:
    """Write `NotPrincipal` with Deny as everyone where the caller has a permissions boundary."""
    if case.boundary is None or not isinstance(case.resource_policy, Mapping):
        return case
    statements = case.resource_policy["Statement"]
    assert isinstance(statements, list)
    found: list[Json] = []
    for statement in statements:
        rest = {name: value for name, value in statement.items() if name != "NotPrincipal"}
        found.append({**rest, "Principal": "*"} if "NotPrincipal" in statement and statement["Effect"] == "Deny" else statement)
    return msgspec.structs.replace(case, resource_policy={**case.resource_policy, "Statement": found})
