"""Who acted."""

from __future__ import annotations

import json

import msgspec
import pytest

from setsquare.powers.iam.usage.events import Identity
from setsquare.powers.iam.usage.model import Principal
from setsquare.powers.iam.usage.principals import principal_of

ACCOUNT = "123456789012"
ISSUER = {
    "type": "Role",
    "principalId": "AROAEXAMPLE",
    "arn": f"arn:aws:iam::{ACCOUNT}:role/team/app",
    "accountId": ACCOUNT,
    "userName": "app",
}
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/i-1"


def named(identity) -> Principal | None:
    return principal_of(msgspec.json.decode(json.dumps(identity).encode(), type=Identity))


@pytest.mark.parametrize(
    ("identity", "principal"),
    [
        (
            {"type": "AssumedRole", "arn": SESSION, "principalId": "AROAEXAMPLE:i-1", "sessionContext": {"sessionIssuer": ISSUER}},
            Principal("role", f"arn:aws:iam::{ACCOUNT}:role/team/app", "AROAEXAMPLE"),
        ),
        (
            {"type": "AssumedRole", "arn": SESSION, "principalId": "AROAEXAMPLE:i-1", "sessionContext": {"attributes": {}}},
            Principal("role", f"arn:aws:iam::{ACCOUNT}:role/app", "AROAEXAMPLE"),
        ),
        (
            {
                "type": "AssumedRole",
                "sessionContext": {"sessionIssuer": ISSUER},
                "onBehalfOf": {"userId": "u", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"},
            },
            Principal("role", f"arn:aws:iam::{ACCOUNT}:role/team/app", "AROAEXAMPLE"),
        ),
        ({"type": "AssumedRole", "principalId": "AROAEXAMPLE:s"}, Principal("role", "AROAEXAMPLE", "AROAEXAMPLE")),
        (
            {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/eve", "principalId": "AIDAEXAMPLE"},
            Principal("user", f"arn:aws:iam::{ACCOUNT}:user/eve", "AIDAEXAMPLE"),
        ),
        ({"type": "IAMUser", "accountId": ACCOUNT, "userName": "eve"}, Principal("user", f"arn:aws:iam::{ACCOUNT}:user/eve")),
        (
            {
                "type": "FederatedUser",
                "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/x",
                "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/u"}},
            },
            Principal("federated", f"arn:aws:sts::{ACCOUNT}:federated-user/x"),
        ),
        (
            {"type": "WebIdentityUser", "principalId": "accounts.google.com:client:user"},
            Principal("federated", "accounts.google.com:client:user", "accounts.google.com"),
        ),
        ({"type": "SAMLUser", "userName": "saml", "principalId": "q:s"}, Principal("federated", "q:s", "q")),
        (
            {
                "type": "IdentityCenterUser",
                "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"},
            },
            Principal("federated", "arn:aws:identitystore::1:identitystore/d-1/user/u-1"),
        ),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, Principal("service", "ec2.amazonaws.com")),
        ({"accountId": ACCOUNT, "invokedBy": "secretsmanager.amazonaws.com"}, Principal("service", "secretsmanager.amazonaws.com")),
        ({"type": "AWSAccount", "accountId": ACCOUNT, "principalId": "AROAOTHER:s"}, Principal("account", ACCOUNT, "AROAOTHER")),
        (
            {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "principalId": ACCOUNT},
            Principal("root", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT),
        ),
        ({"type": "Unknown", "principalId": "p"}, Principal("unknown", "p")),
        ({"type": "Something New", "arn": "arn:aws:x::1:y"}, Principal("unknown", "arn:aws:x::1:y")),
        ({}, None),
        ({"type": "AssumedRole"}, None),
        ({"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/"}, None),
        ({"type": "AWSService"}, None),
        ({"type": None}, None),
    ],
)
def test_who_acted(identity, principal):
    assert named(identity) == principal


@pytest.mark.parametrize("issuer", [5, "x", [], {"arn": 5}, {"type": "IAMUser", "arn": "arn:aws:iam::1:user/u"}, None, {}])
def test_an_odd_issuer_falls_back_on_the_session(issuer):
    identity = {"type": "AssumedRole", "arn": SESSION, "principalId": "AROAEXAMPLE:i-1", "sessionContext": {"sessionIssuer": issuer}}
    assert named(identity) == Principal("role", f"arn:aws:iam::{ACCOUNT}:role/app", "AROAEXAMPLE")


def test_a_role_made_anew_is_another_principal():
    old = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": ISSUER}}
    new = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": ISSUER | {"principalId": "AROANEWER"}}}
    first, second = named(old), named(new)
    assert first is not None
    assert second is not None
    assert first.arn == second.arn
    assert first != second
