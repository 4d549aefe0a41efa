"""Every form in which a file may hold grants, and what is wrong with files."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from setsquare.powers.iam.recommendation.granting import GrantsRead, grants_of
from setsquare.powers.iam.recommendation.model import Grant, PolicyKind
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}]}
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
ENCODED = quote(json.dumps(POLICY))
OWN = "arn:aws:iam::111122223333:policy/team/own"
OF_AWS = "arn:aws:iam::aws:policy/service-role/Of"


def read(value: object, role: str = "ecs-app") -> GrantsRead:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return grants_of(scan(RelPath("folder/grants.json"), raw), role)


def only(value: object, role: str = "ecs-app") -> Grant:
    found = read(value, role)
    assert found.problems == ()
    assert len(found.grants) == 1
    return found.grants[0]


def actions(grant: Grant) -> list[tuple[str, ...] | None]:
    return [statement.actions for policy in grant.policies for statement in policy.policy.statements]


def managed(arn: str, document: object, **more: object) -> dict[str, object]:
    versions = [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Statement": []}},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": document},
    ]
    return {"PolicyName": arn.rpartition("/")[2], "Arn": arn, "DefaultVersionId": "v2", "PolicyVersionList": versions, **more}


def details(**more: object) -> dict[str, object]:
    role = {
        "Path": "/team/",
        "RoleName": "ecs-app",
        "RoleId": "AROAEXAMPLE",
        "Arn": "arn:aws:iam::111122223333:role/team/ecs-app",
        "CreateDate": "2025-03-04T05:06:07+00:00",
        "AssumeRolePolicyDocument": TRUST,
        "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": ENCODED}],
        "AttachedManagedPolicies": [{"PolicyName": "own", "PolicyArn": OWN}, {"PolicyName": "Of", "PolicyArn": OF_AWS}],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": OWN},
    }
    return {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [role | more],
        "Policies": [managed(OWN, POLICY, AttachmentCount=3), managed(OF_AWS, ENCODED, AttachmentCount=90)],
        "IsTruncated": False,
    }


def test_account_details_give_all_of_a_role() -> None:
    grant = only(details())
    assert (grant.role, grant.path, grant.unique_id, grant.created) == ("ecs-app", "/team/", "AROAEXAMPLE", "2025-03-04")
    assert grant.arn == "arn:aws:iam::111122223333:role/team/ecs-app"
    assert [(each.name, each.kind, each.arn, each.attachments) for each in grant.policies] == [
        ("inline", PolicyKind.INLINE, "", 1),
        ("own", PolicyKind.MANAGED, OWN, 3),
        ("Of", PolicyKind.AWS_MANAGED, OF_AWS, 90),
    ]
    assert actions(grant) == [("s3:GetObject",)] * 3
    assert grant.trust is not None
    assert grant.boundary is not None
    assert grant.boundary.name == OWN


def test_only_the_default_version_counts() -> None:
    page = details()
    page["Policies"] = [managed(OWN, POLICY), managed(OF_AWS, POLICY)]
    assert actions(only(page)) == [("s3:GetObject",)] * 3


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(POLICY, id="a policy document"),
        pytest.param({"PolicyDocument": POLICY}, id="an answer"),
        pytest.param({"PolicyDocument": ENCODED, "PolicyName": "x"}, id="an answer with an encoded document"),
        pytest.param({"PolicyVersion": {"Document": POLICY, "VersionId": "v3", "IsDefaultVersion": True}}, id="get-policy-version"),
        pytest.param({"PolicyVersion": {"Document": ENCODED, "VersionId": "v3"}}, id="get-policy-version, encoded"),
        pytest.param({"RoleName": "ecs-app", "PolicyName": "x", "PolicyDocument": POLICY}, id="get-role-policy"),
        pytest.param(ENCODED, id="an encoded document alone"),
        pytest.param(json.dumps(POLICY), id="a document as text"),
        pytest.param([POLICY], id="a list"),
        pytest.param([{"PolicyDocument": POLICY}], id="a list of answers"),
        pytest.param({"ecs-app": POLICY}, id="a role to its policy"),
        pytest.param({"ecs-app": [POLICY]}, id="a role to its policies"),
        pytest.param({"ecs-app": [ENCODED]}, id="a role to encoded policies"),
        pytest.param({"ecs-app": {"x": POLICY}}, id="a role to policies by name"),
        pytest.param({"ecs-app": {"x": ENCODED}}, id="a role to encoded policies by name"),
        pytest.param({"ecs-app": {"RolePolicyList": [{"PolicyName": "x", "PolicyDocument": POLICY}]}}, id="a role to its details"),
        pytest.param({"Roles": [{"RoleName": "ecs-app", "RolePolicyList": [{"PolicyName": "x", "PolicyDocument": POLICY}]}]}, id="roles"),
        pytest.param(
            {"RoleName": "ecs-app", "RoleId": "A", "RolePolicyList": [{"PolicyName": "x", "PolicyDocument": POLICY}]}, id="a role"
        ),
    ],
)
def test_each_form_gives_the_same_grant(value: object) -> None:
    grant = only(value)
    assert grant.role == "ecs-app"
    assert actions(grant) == [("s3:GetObject",)]


def test_an_answer_goes_to_the_role_that_it_names() -> None:
    assert only({"RoleName": "other", "PolicyName": "x", "PolicyDocument": POLICY}).role == "other"


def test_policies_of_a_map_keep_their_names_and_roles() -> None:
    found = read({"b": {"first": POLICY, "second": POLICY}, "a": [POLICY, POLICY]})
    assert [(grant.role, [policy.name for policy in grant.policies]) for grant in found.grants] == [
        ("a", ["grants.json", "grants.json-2"]),
        ("b", ["first", "second"]),
    ]


def test_a_role_without_policies_is_a_grant() -> None:
    assert [(grant.role, grant.policies) for grant in read({"ecs-app": []}).grants] == [("ecs-app", ())]
    assert [(grant.role, grant.policies) for grant in read({"ecs-app": {}}).grants] == [("ecs-app", ())]


def test_pages_add_up() -> None:
    first, second = details(), details(RoleName="other")
    second["Policies"] = []
    assert [grant.role for grant in read([first, second]).grants] == ["ecs-app", "other"]


def problems(value: object, role: str = "ecs-app") -> list[tuple[str, int, bool]]:
    return [(problem.code, problem.line, problem.is_fatal) for problem in read(value, role).problems]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"{", ("broken-json", 1, True)),
        (b'{\n"Statement": [],\n"Statement": []}', ("duplicate-key", 3, True)),
        (b'{"a":\n{"Statement": [{"Effect": "Allow",\n"Effect": "Deny"}]}}', ("duplicate-key", 3, True)),
        (b'\n{"what": "ever"}', ("unknown-shape", 2, True)),
        (b"[\n12]", ("unknown-shape", 2, True)),
        (b'\n"AdministratorAccess"', ("unknown-shape", 2, True)),
        (b'{"PolicyVersion":\n{"VersionId": "v1"}}', ("unknown-shape", 2, True)),
        (b'\n{"PolicyDocument": "%7B%22Statement%22"}', ("broken-json", 2, True)),
        (b'\n"%7B%22Statement%22%3A%5B%5D%2C%22Statement%22%3A%5B%5D%7D"', ("duplicate-key", 2, True)),
        (b'{"Policy": {"PolicyName": "x", "Arn": "arn:aws:iam::1:policy/x"}}', ("unknown-shape", 1, True)),
        (b"[]", ("no-grants", 1, True)),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(raw: bytes, expected: tuple[str, int, bool]) -> None:
    found = read(raw)
    assert expected in [(problem.code, problem.line, problem.is_fatal) for problem in found.problems]
    assert not found.is_sound
    assert found.grants == ()


def test_a_policy_without_a_role_needs_one_that_was_asked_for() -> None:
    assert problems(POLICY, "") == [("unknown-role", 1, True)]


def test_a_missing_managed_policy_leaves_its_role_alone_out() -> None:
    page = details()
    page["Policies"] = [managed(OWN, POLICY)]
    page["RoleDetailList"].append({"RoleName": "fine", "RolePolicyList": []})  # type: ignore[attr-defined]
    found = read(page)
    assert [grant.role for grant in found.grants] == ["fine"]
    assert found.unread == ("ecs-app",)
    assert [problem.code for problem in found.problems] == ["incomplete-grants"]
    assert OF_AWS in found.problems[0].reason


def test_a_broken_inline_policy_leaves_its_role_out() -> None:
    found = read(details(RolePolicyList=[{"PolicyName": "x", "PolicyDocument": {"Statement": {"Effect": "Allow", "Acton": "*"}}}]))
    assert found.grants == ()
    assert found.unread == ("ecs-app",)
    assert not found.is_sound


def test_a_missing_boundary_is_told_and_no_fault() -> None:
    page = details(PermissionsBoundary={"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/else"})
    found = read(page)
    assert [(problem.code, problem.is_fatal) for problem in found.problems] == [("boundary-missing", False)]
    assert found.grants[0].boundary is None


def test_the_same_role_twice_is_no_grant() -> None:
    found = read([details(), details()])
    assert found.grants == ()
    assert [problem.code for problem in found.problems] == ["duplicate-role"]


def test_a_cut_off_page_is_told() -> None:
    assert problems(details() | {"IsTruncated": True, "Marker": "m"}) == [("truncated", 1, False)]
    assert problems(details() | {"NextToken": "eyJ"}) == [("truncated", 1, False)]


@pytest.mark.parametrize("key", ["UserName", "GroupName"])
def test_the_policy_of_a_user_or_a_group_is_none_of_the_role(key: str) -> None:
    found = read({key: "ecs-app", "PolicyName": "x", "PolicyDocument": POLICY})
    assert found.grants == ()
    assert [problem.code for problem in found.problems] == ["not-a-role"]


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"[{}]"])
def test_an_empty_answer_is_no_role_without_rights(raw: bytes) -> None:
    found = read(raw)
    assert (found.grants, [problem.code for problem in found.problems]) == ((), ["no-grants"])


def test_two_versions_in_force_are_none() -> None:
    page = details()
    twice = managed(OWN, POLICY)
    twice["PolicyVersionList"] = [{"VersionId": f"v{at}", "IsDefaultVersion": True, "Document": POLICY} for at in (1, 2)]
    del twice["DefaultVersionId"]
    page["Policies"] = [twice, managed(OF_AWS, POLICY)]
    found = read(page)
    assert found.grants == ()
    assert "incomplete-grants" in [problem.code for problem in found.problems]


@pytest.mark.parametrize("statements", [POLICY["Statement"] * 1501, [{"Effect": "Allow", "Action": "s3:*", "Resource": "x" * 1_000_001}]])  # type: ignore[operator]
def test_what_aws_would_not_store_is_not_judged(statements: object) -> None:
    found = read({"Version": "2012-10-17", "Statement": statements})
    assert (found.grants, [problem.code for problem in found.problems]) == ((), ["too-large"])


def test_roles_of_two_accounts_may_have_one_name() -> None:
    other = "arn:aws:iam::999988887777:role/ecs-app"
    found = read([details(), details(Arn=other)])
    assert (found.problems, sorted(grant.arn for grant in found.grants)[1]) == ((), other)
    assert len({grant.role for grant in found.grants}) == 1
    assert read([details(), details(Arn="")]).grants == ()
    assert [problem.code for problem in read([details(Arn=""), details()]).problems] == ["duplicate-role"]


@pytest.mark.parametrize(("more", "shared"), [({}, ""), ({"PermissionsBoundaryUsageCount": 0}, ""), ({"PermissionsBoundaryUsageCount": 2}, "is the permissions boundary of 2"), ({"AttachmentCount": 3, "PermissionsBoundaryUsageCount": 1}, "is attached 3 times and is the permissions boundary of 1"), ({"PermissionsBoundaryUsageCount": "x"}, "is the permissions boundary of 2")])  # fmt: skip
def test_whose_boundary_a_policy_is_counts(more: dict[str, object], shared: str) -> None:
    value = details(AttachedManagedPolicies=[{"PolicyName": "own", "PolicyArn": OWN}], PermissionsBoundary={})
    found = only({**value, "Policies": [managed(OWN, POLICY, **more)]})
    assert found.policies[-1].shared == shared
