"""Recorded changes are read whatever they lie in, and followed to whom they touch."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from setsquare.adapters.iam_managed import aws_policies
from setsquare.powers.iam.escalation.applying import State, applied
from setsquare.powers.iam.escalation.changes import Change, change_of, records_in
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.policy.document import Policy

DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}})


def event(name: str, **parameters: Any) -> dict[str, Any]:
    return {"eventSource": "iam.amazonaws.com", "eventName": name, "requestParameters": parameters}


def read(made: dict[str, Any]) -> Change:
    change = change_of(json.dumps(made))
    assert change is not None
    return change


PUT = event("PutRolePolicy", roleName="ci", policyName="p", policyDocument=DOCUMENT)


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(PUT),
        json.dumps({"detail": PUT}),
        json.dumps({"CloudTrailEvent": json.dumps(PUT)}),
        json.dumps({"Records": [PUT]}),
        json.dumps([PUT]),
        json.dumps({"Events": [{"CloudTrailEvent": json.dumps(PUT)}]}),
        f"{json.dumps({'eventName': 'x'})}\n\n{json.dumps({'detail': PUT})}\n",
    ],
)
def test_a_change_is_found_in_each_envelope(raw: str) -> None:
    found = [change for record in records_in(raw.encode()) if (change := change_of(record)) is not None]
    assert [(change.event, change.principal, change.policy) for change in found] == [("PutRolePolicy", "ci", "p")]


@pytest.mark.parametrize(
    "raw", ["", "null", "[]", "{", "[[[[", '{"detail": 3}', json.dumps({**PUT, "errorCode": "AccessDenied"}),
            json.dumps({**PUT, "eventSource": "s3.amazonaws.com"}), json.dumps(event("GetRole", roleName="ci")), "[" * 5000]
)  # fmt: skip
def test_what_changes_nothing_is_passed_over(raw: str) -> None:
    assert [change for record in records_in(raw.encode()) if (change := change_of(record)) is not None] == []


def test_a_document_is_read_as_text_as_object_and_url_encoded() -> None:
    texts: list[Any] = [DOCUMENT, quote(DOCUMENT), json.loads(DOCUMENT)]
    for text in texts:
        change = read(event("PutUserPolicy", userName="ada", policyName="p", policyDocument=text))
        assert change.document is not None
        assert change.document.statements[0].actions == ("iam:*",)


def test_parameters_and_documents_that_cannot_be_read_are_named() -> None:
    assert read({**PUT, "requestParameters": {"roleName": 3}}).problem
    broken = read(event("PutRolePolicy", roleName="ci", policyName="p", policyDocument="{"))
    assert broken.problem.startswith("its policy cannot be read")
    assert applied(State(), broken).unknown == broken.problem


def test_a_policy_of_a_group_is_its_users() -> None:
    ada = Principal(name="ada", arn="arn:aws:iam::123456789012:user/ada", groups=("ops",))
    step = applied(State(principals=(ada,)), read(event("PutGroupPolicy", groupName="ops", policyName="p", policyDocument=DOCUMENT)))
    assert step.touched == ("ada",)
    assert [policy.name for policy in step.state.principals[0].layers.identity] == ["group ops: p"]


def test_a_user_who_joins_a_group_has_its_policies() -> None:
    state = State(groups={"ops": (NamedPolicy("p", Policy(statements=())),)})
    step = applied(state, read(event("AddUserToGroup", userName="ada", groupName="ops")))
    assert [policy.name for policy in step.state.principals[0].layers.identity] == ["group ops: p"]
    assert applied(State(), read(event("AddUserToGroup", userName="ada", groupName="ops"))).unknown


def test_what_is_detached_is_gone_and_a_version_that_is_no_default_changes_nothing() -> None:
    held = Principal(name="ci", layers=Layers(identity=(NamedPolicy("team", Policy(statements=())),)))
    arn = "arn:aws:iam::123456789012:policy/team"
    gone = applied(State(principals=(held,)), read(event("DetachRolePolicy", roleName="ci", policyArn=arn)))
    assert gone.state.principals[0].layers.identity == ()
    later = applied(State(principals=(held,)), read(event("CreatePolicyVersion", policyArn=arn, policyDocument=DOCUMENT)))
    assert (later.touched, later.state.principals) == ((), (held,))
    chosen = read({**event("SetDefaultPolicyVersion", policyArn=arn, versionId="v9")})
    assert applied(later.state, chosen).unknown


def test_a_policy_of_aws_is_known_by_its_name_where_it_is_attached_and_as_a_boundary() -> None:
    arn = "arn:aws:iam::aws:policy/IAMFullAccess"
    known = State(principals=(Principal(name="ci", arn="arn:aws:iam::111122223333:role/ci"),), aws=aws_policies())
    step = applied(known, read(event("AttachRolePolicy", roleName="ci", policyArn=arn)))
    assert (step.unknown, step.touched) == ("", ("ci",))
    assert step.state.principals[0].layers.identity[0].policy.statements
    bound = applied(step.state, read(event("PutRolePermissionsBoundary", roleName="ci", permissionsBoundary=arn)))
    assert bound.unknown == ""
    assert bound.state.principals[0].layers.boundary is not None
    new = applied(known, read(event("AttachRolePolicy", roleName="ci", policyArn="arn:aws:iam::aws:policy/BrandNewAccess")))
    assert "AWS's policy BrandNewAccess" in new.unknown
    silent = applied(known, read(event("AttachRolePolicy", roleName="ci", policyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")))
    assert silent.unknown == ""


@pytest.mark.parametrize(
    ("event", "said", "user"),
    [
        ("CreateAccessKey", {"requestParameters": None, "responseElements": {"accessKey": {"userName": "bob", "status": "Active"}}}, "bob"),
        ("CreateLoginProfile", {"responseElements": {"loginProfile": {"userName": "bob"}}}, "bob"),
        ("CreateAccessKey", {"userIdentity": {"type": "IAMUser", "userName": "ada"}, "requestParameters": None}, "ada"),
        ("CreateAccessKey", {"requestParameters": {"userName": "eve"}, "responseElements": {"accessKey": {"userName": "bob"}}}, "eve"),
        ("CreateAccessKey", {"requestParameters": None, "responseElements": None}, ""),
        ("CreatePolicy", {"userIdentity": {"type": "IAMUser", "userName": "ada"}, "requestParameters": {"policyName": "p"}}, ""),
    ],
)
def test_whose_key_it_is_may_stand_in_the_answer_alone(event: str, said: dict[str, object], user: str) -> None:
    change = change_of(json.dumps({"eventSource": "iam.amazonaws.com", "eventName": event, **said}))
    assert change is not None
    assert (change.principal, change.kind) == (user, "user" if user else "")
