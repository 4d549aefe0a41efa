"""A large file of an account's details is cut down to what is meant, and says the same of it."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from msgspec.structs import replace

from setsquare.journeys.iam_policies import read_grants
from setsquare.powers.iam.policy.printing import printed
from setsquare.powers.iam.recommendation.granting import GrantsRead, grants_of
from setsquare.powers.iam.recommendation.granting_large import LARGE_BYTES, of_role, of_roles
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

ACCOUNT = "123456789012"


def allow(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def role(name: str, **more: Any) -> dict[str, Any]:
    attached = [{"PolicyName": "shared", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/x/shared"}]
    return {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "Path": "/",
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": allow(f"s3:Get{name}")}],
        "AttachedManagedPolicies": attached,
    } | more


def managed(name: str, **more: Any) -> dict[str, Any]:
    versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": allow(f"sqs:{name}")}]
    return {
        "PolicyName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/x/{name}",
        "DefaultVersionId": "v1",
        "PolicyVersionList": versions,
    } | more


def page(*roles: dict[str, Any], **more: Any) -> dict[str, Any]:
    policies = [managed("other"), managed("shared"), managed("border")]
    users = [{"UserName": "u", "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": allow("iam:*")}]}]
    return {"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": list(roles), "Policies": policies} | more


def read(raw: bytes, name: str = "") -> GrantsRead:
    return grants_of(scan(RelPath("account.json"), raw), name)


def said(found: GrantsRead, name: str) -> object:
    """Give all that is said of a role, wherever in the file it stands."""
    grant = found.grant(name)
    policies = [(each.name, each.kind, each.arn, printed(each.policy)) for each in grant.policies] if grant else None
    return grant and (replace(grant, policies=(), trust=None, boundary=None), policies, grant.boundary and printed(grant.boundary.policy))


BOUNDED = {
    "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/x/border"}
}
FILES = {
    "one line": json.dumps(page(role("a"), role("b", **BOUNDED), role("c"))),
    "many lines": json.dumps(page(role("a"), role("b", **BOUNDED), role("c")), indent=4),
    "policies first": json.dumps(dict(reversed(page(role("a"), role("b", **BOUNDED)).items())), indent=1),
    "slashes escaped": json.dumps(page(role("a"), role("b", **BOUNDED))).replace("/", "\\/"),
    "name escaped": json.dumps(page(role("a"), role("b", **BOUNDED))).replace('"b"', '"\\u0062"'),
    "pages": json.dumps(
        [page(role("a"), Policies=[managed("shared"), managed("other")]), page(role("b", **BOUNDED), Policies=[managed("border")])]
    ),
    "pages of lines": json.dumps([page(role("b", **BOUNDED), Policies=[]), page(role("a")), page(Policies=[])], indent=3),
    "the same words before": json.dumps(
        page(role("a"), role("a"), role("b", **BOUNDED), role("b2"), role("b", Arn="arn:aws:iam::9:role/b"))
    ),
}


@pytest.mark.parametrize("form", FILES)
def test_the_same_is_said_of_the_role(form: str) -> None:
    raw = FILES[form].encode()
    cut = of_role(raw, "b", 0)
    assert said(read(cut, "b"), "b") == said(read(raw, "b"), "b") is not None
    assert (b"Geta" in cut, b"sqs:other" in cut, b"iam:*" in cut) == (False, False, False)
    assert cut.count(b"\n") == raw.count(b"\n")
    scoped = of_roles(raw, lambda name, _path: name == "b", 0)
    assert said(read(scoped.raw), "b") == said(read(raw), "b")
    assert ("a", "/") in scoped.others


def test_problems_stand_on_their_lines() -> None:
    broken = role("b")
    broken["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Effect"] = "Perhaps"
    raw = json.dumps(page(role("a"), broken, role("c")), indent=2).encode()
    assert read(of_role(raw, "b", 0), "b").problems == read(raw, "b").problems != ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'{"RoleDetailList": {}}',
        b'{"RoleDetailList": [{"RoleName": "b"}], "RoleDetailList": [{"RoleName": "b"}]}',
        b'{"RoleDetailList": [{"RoleName": "b"}], "Policies": [{"PolicyName": "no arn"}]}',
        b'{"RoleDetailList": [{"RoleName": "a", "Description": "RoleDetailList"}, {"RoleName": "b"}]}',
        b'[{"RoleDetailList": [{"RoleName": "b"}]}, {"RoleDetailList": [{"RoleName": "b"}], "RoleDetailList": [{"RoleName": "b"}]}]',
        b'[{"RoleDetailList": [{"RoleName": "b"}]}, 7]',
        b'[{"RoleDetailList": [{"RoleName": "b"}]}, /* more */ {"RoleDetailList": [{"RoleName": "b"}]}]',
        json.dumps({"b": allow("s3:*")}).encode(),
    ],
)
def test_what_cannot_be_followed_stays_as_it_is(raw: bytes) -> None:
    assert of_role(raw, "b", 0) == raw


def test_comments_between_roles_keep_the_file_whole() -> None:
    raw = json.dumps(page(role("a"), role("b"))).replace('}, {"RoleName": "b"', '}, /* b */ {"RoleName": "b"').encode()
    assert of_role(raw, "b", 0) == raw


def test_a_role_of_two_pages_is_told_twice() -> None:
    raw = json.dumps([page(role("a"), role("b")), page(role("b"))]).encode()
    assert len(read(of_role(raw, "b", 0), "b").problems) == len(read(raw, "b").problems) == 1


def test_where_no_role_of_several_pages_is_meant_some_stay_to_be_named() -> None:
    raw = json.dumps([page(*[role(f"{at}-{number}") for number in range(4)]) for at in "xy"]).encode()
    assert [grant.role for grant in read(of_role(raw, "missing", 0)).grants] == ["x-0", "x-1", "x-2", "x-3", "y-0"]


def test_where_no_role_is_meant_some_stay_to_be_named() -> None:
    raw = json.dumps(page(*[role(f"r{number}") for number in range(20)])).encode()
    assert [grant.role for grant in read(of_role(raw, "missing", 0)).grants] == ["r0", "r1", "r2", "r3", "r4"]
    scoped = of_roles(raw, lambda _name, _path: False, 0)
    assert (len(read(scoped.raw).grants), len(scoped.others)) == (5, 15)


# req: iam-autopilot/4.1
def test_a_hundred_thousand_roles_stay_within_bounds() -> None:
    entry = json.dumps(role("role-NUMBER", Tags=[{"Key": "k", "Value": "v" * 300}]))
    roles = ",".join(entry.replace("NUMBER", str(number)) for number in range(100_000))
    raw = f'{{"RoleDetailList": [{roles}], "Policies": [{json.dumps(managed("shared"))}]}}'.encode()
    del roles
    assert len(raw) > 10 * LARGE_BYTES
    tracemalloc.start()
    try:
        found = read_grants(lambda _path: raw, "account.json", "role-77777")
        assert [(grant.role, len(grant.policies)) for grant in found.grants] == [("role-77777", 2)]
        assert tracemalloc.get_traced_memory()[1] < 60 << 20
    finally:
        tracemalloc.stop()
