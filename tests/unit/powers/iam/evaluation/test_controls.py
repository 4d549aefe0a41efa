"""What AWS documents of the layers around a request: VPC endpoints, S3's Block Public Access, organisations, sessions and tags; every row of `cases/controls.json` is one request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from setsquare.powers.iam.evaluation.answer import Answer
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, PublicAccessBlock, Request
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

CASES = Path(__file__).with_name("cases") / "controls.json"
LEAST = 70
ACCOUNT = "111122223333"
NAMES = {
    "ROLE": f"arn:aws:iam::{ACCOUNT}:role/app",
    "SESSION": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session-1",
    "USER": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "FEDERATED": f"arn:aws:sts::{ACCOUNT}:federated-user/alice",
    "ROOT": f"arn:aws:iam::{ACCOUNT}:root",
}


def policy(statements: list[dict[str, Any]]) -> Policy:
    written = [{"Effect": "Allow", "Resource": "*", **each} for each in statements]
    found, problems = read_policy(scan(RelPath("p.json"), json.dumps({"Version": "2012-10-17", "Statement": written}).encode()))
    assert found is not None, problems
    return found


def rows() -> Iterator[Any]:
    for group in json.loads(CASES.read_text()):
        for index, case in enumerate(group["cases"]):
            yield pytest.param(group["page"], case, id=f"{group['page'].rpartition(', ')[2][:50]}-{index}")


def named(case: dict[str, Any], layer: str) -> NamedPolicy | None:
    return NamedPolicy(layer, policy(case[layer])) if case.get(layer) else None


# req: iam-autopilot/2.2, iam-autopilot/2.3
@pytest.mark.parametrize(("page", "case"), list(rows()))
def test_a_documented_case(page: str, case: dict[str, Any]) -> None:
    principal = case.get("principal", "ROLE")
    request = Request(
        action=case.get("action", "s3:GetObject"),
        resource=case.get("resource_arn", "arn:aws:s3:::b/k"),
        principal=NAMES.get(principal, principal),
        context={key: tuple(values) for key, values in case.get("context", {}).items()},
        is_context_complete=not case.get("partial", False),
    )
    identity, session = named(case, "identity"), named(case, "session")
    layers = Layers(
        identity=(identity,) if identity else (),
        boundary=named(case, "boundary"),
        session=(session,) if session else None,
        resource=named(case, "resource"),
        resource_control=tuple((NamedPolicy("rcp", policy(level)),) for level in case["rcp"]) if "rcp" in case else None,
        is_same_account=not case.get("cross", False),
        endpoint=named(case, "endpoint"),
        public_access=PublicAccessBlock(**dict.fromkeys(case["block"], True)) if "block" in case else None,
    )
    found = evaluate(request, layers)
    assert ("explicit" if found.is_explicit else found.answer.value) == case["answer"], f"{page}: {case['name']}"
    assert list(found.unknown_keys) == case.get("keys", []), case["name"]
    assert all(step.reason for step in found.steps), "every step says why"


def test_there_are_many() -> None:
    assert len(list(rows())) >= LEAST


def test_what_is_not_given_changes_nothing() -> None:
    request = Request(action="s3:GetObject", resource="arn:aws:s3:::b/k", principal="anonymous")
    layers = Layers(resource=NamedPolicy("bucket", policy([{"Principal": "*", "Action": "s3:GetObject"}])))
    found = evaluate(request, layers)
    assert found.answer is Answer.ALLOW
    assert {step.layer for step in found.steps} == {"resource", ""}


def test_the_answer_names_what_shut_the_caller_out() -> None:
    public = NamedPolicy("bucket", policy([{"Principal": "*", "Action": "s3:GetObject"}]))
    request = Request(action="s3:GetObject", resource="arn:aws:s3:::b/k", principal="anonymous")
    found = evaluate(request, Layers(resource=public, public_access=PublicAccessBlock(restrict_public_buckets=True)))
    assert "RestrictPublicBuckets" in found.steps[-1].reason
    endpoint = NamedPolicy("endpoint", policy([{"Principal": "*", "Action": "s3:ListBucket"}]))
    found = evaluate(request, Layers(resource=public, endpoint=endpoint))
    assert "the policy of the VPC endpoint does not allow" in found.steps[-1].reason
