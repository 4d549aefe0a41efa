"""What AWS documents, case by case: every row of `cases/` is one request with its answer and the page that it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

CASES = Path(__file__).with_name("cases")
LEAST = 300
ACCOUNT = "111122223333"
NAMES = {
    "ROLE": f"arn:aws:iam::{ACCOUNT}:role/app",
    "SESSION": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session-1",
    "USER": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "FEDERATED": f"arn:aws:sts::{ACCOUNT}:federated-user/alice",
    "ACCOUNT": f"arn:aws:iam::{ACCOUNT}:root",
    "ROOT": f"arn:aws:iam::{ACCOUNT}:root",
    "LINKED": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    "LINKED-SESSION": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAutoScaling/s",
}
KINDS = {"service": "Service", "federated": "Federated", "canonical": "CanonicalUser"}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Policy:
    found, problems = read_policy(
        scan(RelPath("p.json"), json.dumps({**({"Version": version} if version else {}), "Statement": statements}).encode())
    )
    assert found is not None, problems
    return found


def statement(effect: str = "Allow", action: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, **({} if "NotResource" in more else {"Resource": "*"}), **more}


POLICIES = {
    "all": policy(statement()),
    "s3": policy(statement(action="s3:*")),
    "ec2": policy(statement(action="ec2:*")),
    "deny-s3": policy(statement("Deny", "s3:*")),
    "deny-ec2": policy(statement("Deny", "ec2:*")),
    "all-but-s3": policy(statement(), statement("Deny", "s3:*")),
    "deny-everyone-s3": policy(statement("Deny", "s3:*", Principal="*")),
    "deny-everyone-ec2": policy(statement("Deny", "ec2:*", Principal="*")),
    "s3-if-region": policy(statement(action="s3:*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})),
    "s3-if-odd": policy(statement(action="s3:*", Condition={"StringMatches": {"aws:RequestedRegion": "eu-west-1"}})),
    "deny-if-insecure": policy(statement("Deny", "s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})),
    "s3-home": policy(statement(action="s3:*", Resource="arn:aws:s3:::b/${aws:username}/*")),
}


def answer_of(request: Request, layers: Layers) -> str:
    found = evaluate(request, layers)
    assert found.steps
    assert all(step.reason for step in found.steps), "every step says why"
    return "explicit" if found.is_explicit else found.answer.value


def one(found: Policy) -> Layers:
    return Layers(identity=(NamedPolicy("inline:p", found),))


def listed(value: Any) -> tuple[str, ...]:
    return tuple([value] if isinstance(value, str) else value)


def rows(name: str, part: str = "") -> list[Any]:
    return list(_rows(name, part))


def _rows(name: str, part: str) -> Iterator[Any]:
    groups = json.loads((CASES / name).read_text())
    for group in groups[part] if part else groups:
        for index, case in enumerate(group["cases"]):
            yield pytest.param(group, case, id=f"{group['page'].rpartition(', ')[2][:60]}-{index}")


# req: iam-autopilot/2.5
@pytest.mark.parametrize(("group", "case"), rows("operators.json"))
def test_an_operator(group: dict[str, Any], case: list[Any]) -> None:
    operator, values, given, answer = case
    context = {} if given is None else {"example:key": tuple(given)}
    request = Request(action="s3:GetObject", context=context)
    assert answer_of(request, one(policy(statement(Condition={operator: {"Example:Key": values}})))) == answer, group["page"]
    denied = {"allow": "explicit", "deny": "allow", "unknown": "unknown"}[answer]
    assert answer_of(request, one(policy(statement(), statement("Deny", Condition={operator: {"example:key": values}})))) == denied, (
        "in a Deny it does the contrary"
    )


@pytest.mark.parametrize(
    ("element", "group", "case"),
    [
        pytest.param(name, *each.values, id=f"{name}-{each.id}")
        for name in ("actions", "not_actions")
        for each in rows("patterns.json", name)
    ],
)
def test_an_action(element: str, group: dict[str, Any], case: list[str]) -> None:
    pattern, action, answer = case
    words = {"Effect": "Allow", "NotAction" if element == "not_actions" else "Action": pattern, "Resource": "*"}
    assert answer_of(Request(action=action), one(policy(words))) == answer, group["page"]


@pytest.mark.parametrize(
    ("element", "group", "case"),
    [
        pytest.param(name, *each.values, id=f"{name}-{each.id}")
        for name in ("resources", "not_resources")
        for each in rows("patterns.json", name)
    ],
)
def test_a_resource(element: str, group: dict[str, Any], case: list[str]) -> None:
    pattern, resource, answer = case
    words = {"Effect": "Allow", "Action": "*", "NotResource" if element == "not_resources" else "Resource": pattern}
    assert answer_of(Request(action="x:Y", resource=resource), one(policy(words))) == answer, group["page"]


@pytest.mark.parametrize(("group", "case"), rows("variables.json"))
def test_a_variable(group: dict[str, Any], case: list[Any]) -> None:
    text, given, context, answer = case
    element = group["element"]
    known = {key: tuple(values) for key, values in context.items()}
    version = group.get("version", "2012-10-17")
    if element in {"Resource", "NotResource"}:
        found = policy({"Effect": "Allow", "Action": "*", element: text}, version=version)
        request = Request(action="s3:GetObject", resource=given, context=known)
    else:
        found = policy(statement(Condition={element: {"example:key": text}}), version=version)
        request = Request(action="s3:GetObject", context={**known, "example:key": (given,)})
    assert answer_of(request, one(found)) == answer, group["page"]


def resource_policy(found: dict[str, Any] | None, action: str) -> NamedPolicy | None:
    if found is None:
        return None
    ((words, named),) = found.items()
    effect, _, kind = words.partition(" ")
    values = named if named == "*" else {KINDS.get(kind, "AWS"): [NAMES.get(each, each) for each in listed(named)]}
    return NamedPolicy(
        "resource", policy({"Effect": effect, "NotPrincipal" if kind == "not" else "Principal": values, "Action": action, "Resource": "*"})
    )


# req: iam-autopilot/2.2, iam-autopilot/2.3
@pytest.mark.parametrize(("group", "case"), rows("layers.json"))
def test_layers(group: dict[str, Any], case: dict[str, Any]) -> None:
    def named(names: list[str]) -> tuple[NamedPolicy, ...]:
        return tuple([NamedPolicy(name, POLICIES[name]) for name in names])

    def levels(found: list[list[str]] | None) -> tuple[tuple[NamedPolicy, ...], ...] | None:
        return None if found is None else tuple([named(level) for level in found])

    principal = case.get("principal", "ROLE")
    action = case.get("action", "s3:GetObject")
    request = Request(
        action=action,
        resource=case.get("resource_arn", "arn:aws:s3:::b/k"),
        principal=NAMES.get(principal, principal),
        context={key: tuple(values) for key, values in case.get("context", {}).items()},
        absent=frozenset(case.get("absent", ())),
        is_context_complete=not case.get("partial", False),
    )
    layers = Layers(
        identity=named(case.get("identity", [])),
        boundary=named([case["boundary"]])[0] if "boundary" in case else None,
        service_control=levels(case.get("scp")),
        resource_control=levels(case.get("rcp")),
        session=named(case["session"]) if "session" in case else None,
        resource=resource_policy(case.get("resource"), action),
        is_same_account=not case.get("cross", False),
        is_delegating=case.get("delegating", True),
    )
    expected = {"implicit": "deny"}.get(case["answer"], case["answer"])
    assert answer_of(request, layers) == expected, group["page"]
    assert list(evaluate(request, layers).unknown_keys) == case.get("keys", []), case["name"]


def test_there_are_many_and_each_names_its_page() -> None:
    """Each row is one case; none is skipped."""
    found = [*rows("operators.json"), *rows("variables.json"), *rows("layers.json")]
    found += [row for part in ("actions", "not_actions", "resources", "not_resources") for row in rows("patterns.json", part)]
    assert len(found) >= LEAST
    assert all("User Guide" in row.values[0]["page"] for row in found)
