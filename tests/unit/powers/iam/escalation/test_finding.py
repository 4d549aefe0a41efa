"""Every known path is found whichever policies grant it, and is silent as soon as one needed action is not granted."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from setsquare.adapters.iam_paths import escalation_paths
from setsquare.powers.iam.escalation.finding import ADMINISTRATOR
from setsquare.powers.iam.escalation.model import Escalation, EscalationPath

Find = Callable[..., dict[str, Escalation]]
PATHS = escalation_paths()
EACH = pytest.mark.parametrize("path", PATHS, ids=[path.id for path in PATHS])
ROLE = "arn:aws:iam::123456789012:role/ci"


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


def test_all_sixty_five_paths_of_the_source_are_known() -> None:
    ids = [path.id for path in PATHS]
    assert len([each for each in ids if not each.startswith("setsquare-")]) == 65
    assert len(set(ids)) == len(ids)


# req: iam-autopilot/5.1
@EACH
def test_a_path_is_found_whole(found: Find, path: EscalationPath) -> None:
    escalation = found([allow(*path.actions)])[path.id]
    assert escalation.certainty in {"certain", "possible"}
    assert len(escalation.grants) == len(path.actions)


# req: iam-autopilot/5.1
@EACH
def test_a_path_is_found_over_several_policies(found: Find, path: EscalationPath) -> None:
    escalation = found(*([allow(action)] for action in path.actions))[path.id]
    assert [grant.rpartition(": ")[2] for grant in escalation.grants] == [f"p{index}#0" for index in range(len(path.actions))]


@EACH
def test_a_path_is_found_behind_wildcards_and_other_cases(found: Find, path: EscalationPath) -> None:
    wild = [f"{action[:-3].upper()}*" for action in path.actions]
    asked = [action.replace("e", "?", 1).replace("C", "*", 1) for action in path.actions]
    assert path.id in found([allow(*wild)])
    assert path.id in found([allow(*asked)])


@EACH
def test_a_path_is_found_behind_not_action_and_not_resource(found: Find, path: EscalationPath) -> None:
    others = {"Effect": "Allow", "NotAction": ["s3:*", "dynamodb:*"], "NotResource": ["arn:aws:s3:::secret/*"]}
    assert path.id in found([others])
    assert path.id not in found([{"Effect": "Allow", "NotAction": [path.actions[-1].lower()], "Resource": "*"}])


# req: iam-autopilot/5.2
@EACH
def test_a_path_is_silent_without_any_one_of_its_actions(found: Find, path: EscalationPath) -> None:
    for missing in path.actions:
        rest = [action for action in path.actions if action != missing]
        assert path.id not in found([allow("s3:GetObject", *rest)])


# req: iam-autopilot/5.2
@EACH
def test_a_path_is_silent_where_an_action_is_denied(found: Find, path: EscalationPath) -> None:
    for denied in path.actions:
        assert path.id not in found([allow("*")], [deny(denied)])
        assert path.id not in found([allow(*path.actions), deny(f"{denied[:-1]}?")])
        assert path.id not in found([allow(*path.actions), {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:sqs:::x"}])


@EACH
def test_a_path_is_silent_outside_the_boundary_and_the_organisation(found: Find, path: EscalationPath) -> None:
    for missing in path.actions:
        limit = [{"Effect": "Allow", "NotAction": missing, "Resource": "*"}]
        assert path.id not in found([allow("*")], boundary=limit)
        assert path.id not in found([allow("*")], control=limit)
    assert path.id in found([allow("*")], boundary=[allow("*")], control=[allow(*path.actions)])


# req: iam-autopilot/5.3
@EACH
def test_a_path_under_a_condition_is_conditional(found: Find, path: EscalationPath) -> None:
    source = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    escalation = found([allow(*path.actions[:-1], "s3:GetObject")], [allow(path.actions[-1], Condition=source)])[path.id]
    assert escalation.certainty == "conditional"
    assert escalation.conditions == (f"{path.actions[-1]}: IpAddress aws:SourceIp 10.0.0.0/8",)
    unless = found([allow(*path.actions), deny(path.actions[0], Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})])[path.id]
    assert unless.certainty == "conditional"
    assert unless.conditions == (f"{path.actions[0]}: denied where Bool aws:MultiFactorAuthPresent false",)


def test_a_second_grant_without_the_condition_makes_it_certain(found: Find) -> None:
    guarded = allow("iam:CreatePolicyVersion", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    assert found([guarded], [allow("iam:Create*")])["iam-001"].certainty == "certain"


def test_the_actions_of_several_paths_give_all_of_them(found: Find) -> None:
    for first, second in itertools.islice(itertools.combinations(PATHS, 2), 0, None, 37):
        ids = found([allow(*first.actions)], [allow(*second.actions)])
        assert {first.id, second.id} <= set(ids)


# req: iam-autopilot/5.3
def test_a_role_that_may_be_passed_to_another_service_alone_opens_no_path(found: Find) -> None:
    def passing(service: str, operator: str = "StringEquals") -> dict[str, Escalation]:
        grant = allow("iam:PassRole", Condition={operator: {"iam:PassedToService": service}})
        return found([grant, allow("lambda:CreateFunction", "lambda:InvokeFunction")])

    assert passing("lambda.amazonaws.com")["lambda-001"].certainty == "conditional"
    assert passing("*.amazonaws.com", "StringLike")["lambda-001"].certainty == "conditional"
    assert "lambda-001" not in passing("ec2.amazonaws.com")
    assert "lambda-001" not in passing("lambda.amazonaws.com", "StringNotEquals")


def test_resources_that_the_action_cannot_meet_grant_nothing(found: Find) -> None:
    assert "iam-001" not in found([allow("iam:CreatePolicyVersion", Resource="arn:aws:s3:::bucket/*")])
    assert "iam-001" in found([allow("iam:CreatePolicyVersion", Resource="arn:aws:iam::123456789012:policy/team/*")])
    # An action that takes no resource is granted by `*` alone.
    assert "glue-001" not in found([allow("iam:PassRole"), allow("glue:CreateDevEndpoint", Resource="arn:aws:glue:*:*:job/x")])


def test_actions_that_must_meet_one_resource_do(found: Find) -> None:
    def roles(one: str, other: str) -> dict[str, Escalation]:
        return found([allow("iam:AttachRolePolicy", Resource=f"{ROLE}-{one}"), allow("sts:AssumeRole", Resource=f"{ROLE}-{other}")])

    assert "iam-014" in roles("a", "*")
    assert "iam-014" not in roles("a", "b")


def test_a_deny_of_some_resources_leaves_the_others(found: Find) -> None:
    partly = found([allow("iam:CreatePolicyVersion"), deny("iam:*", Resource="arn:aws:iam::123456789012:policy/protected")])
    assert partly["iam-001"].certainty == "certain"
    assert "iam-001" not in found([allow("iam:CreatePolicyVersion"), deny("iam:*", Resource="arn:aws:iam::*:policy/*")])


def test_a_role_that_can_change_only_others_does_not_escalate_itself_for_certain(found: Find) -> None:
    assert found([allow("iam:PutRolePolicy")], arn=ROLE)["iam-005"].certainty == "certain"
    other = found([allow("iam:PutRolePolicy", Resource=f"{ROLE}-other")], arn=ROLE)["iam-005"]
    assert (other.certainty, other.notes) == ("possible", ("iam:PutRolePolicy does not reach the role itself, only others",))
    assert found([allow("iam:PutUserPolicy")], arn=ROLE)["iam-007"].certainty == "possible"


def test_self_escalation_weighs_more_than_passing_a_role_and_that_more_than_existing_resources(found: Find) -> None:
    paths = found([allow("*")])
    assert paths[ADMINISTRATOR].severity > paths["iam-001"].severity > paths["lambda-001"].severity > paths["lambda-003"].severity
    assert next(iter(paths)) == ADMINISTRATOR


def test_an_administrator_is_one_who_may_do_everything(found: Find) -> None:
    assert ADMINISTRATOR in found([allow("*:*")])
    assert ADMINISTRATOR in found([{"Effect": "Allow", "Action": "*", "Resource": "*"}], [deny("organizations:*")])
    assert ADMINISTRATOR not in found([allow("*")], [deny("iam:*")])
    assert ADMINISTRATOR not in found([allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})])
    assert ADMINISTRATOR not in found([allow("*")], boundary=[allow("s3:*")])


def test_a_principal_that_can_take_its_own_boundary_away_is_told(found: Find) -> None:
    bound = found([allow("s3:*", "iam:DeleteRolePermissionsBoundary")], boundary=[allow("s3:*", "iam:Delete*")], arn=ROLE)
    assert bound["setsquare-iam-002"].certainty == "certain"
    assert found([allow("iam:DeleteRolePermissionsBoundary")], arn=ROLE)["setsquare-iam-002"].certainty == "possible"
    assert "setsquare-iam-002" not in found([allow("*")], boundary=[allow("s3:*")], arn=ROLE)


def test_the_partition_of_the_principal_is_that_of_its_resources(found: Find) -> None:
    china = "arn:aws-cn:iam::123456789012:role/ci"
    assert found([allow("iam:PutRolePolicy", Resource="arn:aws-cn:iam::123456789012:role/*")], arn=china)["iam-005"].certainty == "certain"
    assert "iam-005" not in found([allow("iam:PutRolePolicy", Resource="arn:aws:iam::123456789012:role/*")], arn=china)
    assert "iam-005" in found([allow("iam:PutRolePolicy", Resource="arn:aws-cn:iam::*:role/*")])
