"""What becomes of each granted action, and of the statements that grant it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from setsquare.powers.iam.policy.document import Condition, Effect, Policy
from setsquare.powers.iam.policy.printing import printed
from setsquare.powers.iam.recommendation.model import Confidence, NarrowedPolicy, PolicyKind, Recommendation, Verdict
from setsquare.powers.iam.recommendation.noting import counted
from setsquare.powers.iam.recommendation.recommending import Options, recommend
from setsquare.powers.iam.usage.model import Gap, Namesake, Outcome, Principal, RoleChange, Window


def only(recommendation: Recommendation) -> NarrowedPolicy:
    assert recommendation.refusals == ()
    (narrowed,) = recommendation.policies
    return narrowed


def after(recommendation: Recommendation) -> Policy:
    narrowed = only(recommendation)
    assert narrowed.after is not None
    (made,) = narrowed.after
    return made


# req: iam-autopilot/4.1, iam-autopilot/4.8
def test_used_actions_stay_and_unused_ones_go(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*", sid="Queues")))
    found = account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl"), account.use("sqs:SendMessage", day="2026-10-09")]))
    made = after(found)
    assert made.statements[0].actions == ("sqs:GetQueueUrl", "sqs:SendMessage")
    assert made.statements[0].sid == "Queues"
    verdicts = {verdict.action: verdict for verdict in found.verdicts}
    assert [(name, each.verdict.value, each.count, each.last_used) for name, each in verdicts.items()] == [
        ("sqs:CreateQueue", "unused", 0, ""),
        ("sqs:DeleteQueue", "unused", 0, ""),
        ("sqs:GetQueueAttributes", "unused", 0, ""),
        ("sqs:GetQueueUrl", "used", 3, "2026-10-01"),
        ("sqs:SendMessage", "used", 3, "2026-10-09"),
    ]
    assert verdicts["sqs:CreateQueue"].grants == ("inline#0",)
    assert verdicts["sqs:CreateQueue"].confidence is Confidence.HIGH
    assert "2026-08-02 to 2026-10-30 (90 days)" in verdicts["sqs:CreateQueue"].reason
    assert counted(found).headline == "2 permissions used, 3 granted but never used"


def test_a_denied_call_is_no_use_and_is_told(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*")))
    found = account.verdicts(granted, account.usage([account.use("sqs:CreateQueue", outcome=Outcome.DENIED, count=7)]))
    assert found["sqs:CreateQueue"].verdict is Verdict.UNUSED
    assert found["sqs:CreateQueue"].denied == 7
    assert found["sqs:CreateQueue"].confidence is Confidence.MEDIUM
    assert "7 denied" in found["sqs:CreateQueue"].reason


# req: iam-autopilot/4.3
def test_what_no_event_shows_is_kept_with_the_reason(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(("iam:*", "new:Thing", "s3:Get*"))))
    found = account.recommend(granted, account.usage(data=()))
    verdicts = {verdict.action: verdict for verdict in found.verdicts}
    assert after(found).statements[0].actions == ("iam:PassRole", "new:Thing", "s3:GetObject", "s3:GetObjectAcl")
    assert "checked when a role is passed" in verdicts["iam:PassRole"].reason
    assert "data event" in verdicts["s3:GetObject"].reason
    assert "not among the actions documented on 2026-10-27" in verdicts["new:thing"].reason
    assert {verdicts[name].verdict for name in ("iam:PassRole", "new:thing", "s3:GetObject")} == {Verdict.UNJUDGED}


def test_data_events_are_judged_with_little_confidence_where_the_trail_holds_them(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("s3:Get*")))
    found = account.verdicts(granted, account.usage([account.use("s3:GetObject", "arn:aws:s3:::b/k")], data=("s3:read",)))
    assert found["s3:GetObjectAcl"].verdict is Verdict.UNUSED
    assert found["s3:GetObjectAcl"].confidence is Confidence.LOW


def test_dependencies_of_used_calls_are_needed(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(("kms:*", "s3:GetObject", "iam:PassRole", "ec2:RunInstances"))))
    used = [account.use("s3:GetObject", "arn:aws:s3:::b/k"), account.use("ec2:RunInstances")]
    found = account.verdicts(granted, account.usage(used))
    assert (found["kms:Decrypt"].verdict, found["kms:Decrypt"].layer) == (Verdict.NEEDED, "forward-access")
    assert (found["iam:PassRole"].verdict, found["iam:PassRole"].layer) == (Verdict.NEEDED, "pass-role")
    assert found["kms:Decrypt"].confidence is Confidence.LOW
    assert found["kms:CreateGrant"].verdict is Verdict.UNUSED


def test_the_action_of_a_calls_own_name_stays_whatever_a_table_says(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("s3:List*"), account.statement("s3:*Bucket")))
    universe, tables = account.universe, replace(account.tables, operations={"s3:createbucket": ("sqs:CreateQueue",)})
    found = recommend(granted, account.usage([account.use("s3:CreateBucket")]), universe, tables, today="2026-10-31")
    verdict = next(each for each in found.verdicts if each.action == "s3:CreateBucket")
    assert (verdict.verdict, verdict.layer, verdict.confidence) == (Verdict.NEEDED, "same-name", Confidence.LOW)


def test_used_actions_that_the_data_does_not_know_stay_granted(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("*")))
    found = account.recommend(granted, account.usage([account.use("brandnew:DoIt"), account.use("sqs:GetQueueUrl")]))
    actions = after(found).statements[0].actions
    assert actions is not None
    assert "brandnew:DoIt" in actions
    assert "sqs:CreateQueue" not in actions


def test_unknown_actions_that_a_statement_names_stay_wherever_they_are_granted(account: Any) -> None:
    named = account.statement(("new:Thing", "newer:*"), "arn:aws:sqs:eu-west-1:111122223333:a")
    granted = account.grant(account.policy(named, account.statement("*"), account.statement(None, not_actions=("iam:*", "kms:*", "s3:*"))))
    made = after(account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl")])))
    assert made.statements[0].actions == ("new:Thing", "newer:*")
    assert all({"new:Thing", "newer:*"} <= set(each.actions or ()) for each in made.statements)


def test_a_call_that_no_table_knows_makes_its_service_doubtful(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(("sqs:*", "ec2:*"))))
    found = account.verdicts(granted, account.usage([account.use("sqs:SomethingNew")]))
    assert found["sqs:CreateQueue"].verdict is Verdict.UNJUDGED
    assert "sqs.amazonaws.com:SomethingNew" in found["sqs:CreateQueue"].reason
    assert found["ec2:RunInstances"].verdict is Verdict.UNUSED


# req: iam-autopilot/4.2
def test_denials_conditions_and_the_rest_of_a_policy_stay(account: Any, condition: Condition) -> None:
    denial = account.statement("sqs:Create*", effect=Effect.DENY, sid="Never")
    granted = account.grant(
        account.policy(
            account.statement("sqs:*", conditions=(condition,)), denial, account.statement("ec2:*", ("arn:aws:ec2:*:*:instance/*",))
        )
    )
    made = after(account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl")])))
    assert [each.actions for each in made.statements] == [("sqs:GetQueueUrl",), ("sqs:Create*",)]
    assert made.statements[0].conditions == (condition,)
    assert (made.statements[1].effect, made.statements[1].sid) == (Effect.DENY, "Never")
    assert made.version == "2012-10-17"


def test_a_policy_of_denials_alone_stays(account: Any) -> None:
    granted = account.grant(
        account.policy(account.statement("*", effect=Effect.DENY)), account.policy(account.statement("sqs:*"), name="other")
    )
    found = account.recommend(granted, account.usage())
    assert not found.policies[0].is_changed
    assert found.policies[1].after is None
    assert found.refusals == ()


def test_not_action_becomes_the_kept_actions(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(None, not_actions=("iam:*", "kms:*", "s3:*"))))
    made = after(account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl"), account.use("ec2:RunInstances")])))
    assert made.statements[0].actions == ("ec2:RunInstances", "sqs:GetQueueUrl")
    assert made.statements[0].not_actions is None


def test_not_action_stays_where_nothing_goes(account: Any) -> None:
    granted = account.grant(
        account.policy(account.statement(None, not_actions=("sqs:*", "ec2:*", "kms:*", "s3:*", "iam:C*", "iam:L*", "iam:Pu*")))
    )
    assert not only(account.recommend(granted, account.usage())).is_changed


def test_not_resource_stays(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*", None, not_resources=("arn:aws:sqs:*:*:secret",))))
    made = after(account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl")]), Options(narrow_resources=True)))
    assert (made.statements[0].actions, made.statements[0].not_resources) == (("sqs:GetQueueUrl",), ("arn:aws:sqs:*:*:secret",))


# req: iam-autopilot/4.9
def test_a_young_role_loses_nothing(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*")), created="2026-08-03")
    found = account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl")]))
    assert not only(found).is_changed
    assert {verdict.verdict for verdict in found.verdicts} == {Verdict.USED, Verdict.UNJUDGED}
    assert any("the role was made on 2026-08-03" in note for note in found.notes)
    assert all("insufficient evidence" in verdict.reason for verdict in found.verdicts if verdict.verdict is Verdict.UNJUDGED)


def test_a_role_made_on_the_windows_first_day_is_old_enough(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*")), created="2026-08-02")
    assert only(account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl")]))).is_changed


@pytest.mark.parametrize("where", ["use", "grant"])
def test_a_role_made_anew_loses_nothing(account: Any, where: str) -> None:
    other = Principal("role", "arn:aws:iam::111122223333:role/app", "AROA2")
    granted = account.grant(account.policy(account.statement("sqs:*")), unique_id="AROA2" if where == "grant" else "AROA1")
    found = account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl", **({"principal": other} if where == "use" else {}))]))
    assert not only(found).is_changed
    assert any("made anew" in note for note in found.notes)


def test_a_role_loses_nothing_while_another_of_its_name_has_calls_in_the_window(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*")))
    used = account.usage([account.use("sqs:GetQueueUrl")])
    found = account.recommend(granted, replace(used, namesakes=(Namesake("AROA2", "2026-09-01", "2026-09-02"),)))
    assert not only(found).is_changed
    assert "no removal: the role was made anew under the same name: the trail also knows it as AROA2, not only as AROA1" in found.notes
    made = RoleChange("app", "111122223333", "2026-09-01T00:00:00Z", is_made=True)
    assert not only(account.recommend(granted, replace(used, changes=(made,)))).is_changed
    assert only(account.recommend(granted, replace(used, changes=(replace(made, at="2024-12-31T00:00:00Z"),)))).is_changed


@pytest.mark.parametrize(("at", "confidence"), [("2026-07-01", Confidence.HIGH), ("", Confidence.MEDIUM)])
def test_the_call_that_made_the_role_tells_its_age_where_the_policies_do_not(account: Any, at: str, confidence: Confidence) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*")), created="")
    changes = (RoleChange("app", "111122223333", f"{at}T00:00:00Z", is_made=True),) if at else ()
    found = account.recommend(granted, replace(account.usage([account.use("sqs:GetQueueUrl")]), changes=changes))
    assert {each.confidence for each in found.verdicts if each.verdict is Verdict.UNUSED and each.layer == "management-event"} == {
        confidence
    }
    assert any("nothing says when the role was made" in note for note in found.notes) is not bool(at)


# req: iam-autopilot/3.8
def test_a_gap_in_the_trail_forbids_removal(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*")))
    gap = Gap(code="days-missing", reason="the trail holds no event of 3 days")
    found = account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl")], gaps=(gap,)))
    assert not only(found).is_changed
    assert "gap in the trail: the trail holds no event of 3 days" in found.notes


def test_a_gap_of_one_service_leaves_the_others(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(("kms:*", "sqs:*"))))
    gap = Gap(code="source-excluded", reason="KMS is left out", scope="kms")
    made = after(account.recommend(granted, account.usage([account.use("sqs:GetQueueUrl")], gaps=(gap,))))
    assert made.statements[0].actions == ("kms:*", "sqs:GetQueueUrl")


def test_a_short_window_lowers_the_confidence(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("sqs:*")))
    found = account.verdicts(granted, account.usage(window=Window("2026-10-20", "2026-10-30")))
    assert found["sqs:CreateQueue"].confidence is Confidence.LOW


@pytest.mark.parametrize(("kind", "attachments"), [(PolicyKind.AWS_MANAGED, 900), (PolicyKind.MANAGED, 2)])
def test_a_policy_that_cannot_be_edited_is_replaced_by_a_copy(account: Any, kind: PolicyKind, attachments: int) -> None:
    shared = account.policy(
        account.statement("sqs:*"), name="Queues", kind=kind, arn="arn:aws:iam::aws:policy/Queues", attachments=attachments
    )
    found = account.recommend(account.grant(shared), account.usage([account.use("sqs:GetQueueUrl")]))
    narrowed = only(found)
    assert (narrowed.is_copy, narrowed.names) == (True, ("app-Queues",))
    assert any("cannot be edited" in note and "app-Queues" in note for note in found.notes)


def test_an_own_managed_policy_is_edited(account: Any) -> None:
    own = account.policy(account.statement("sqs:*"), name="Queues", kind=PolicyKind.MANAGED)
    narrowed = only(account.recommend(account.grant(own), account.usage([account.use("sqs:GetQueueUrl")])))
    assert (narrowed.is_copy, narrowed.names, narrowed.limit) == (False, ("Queues",), 6144)


def test_what_a_resource_policy_grants_is_told_and_not_added(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("ec2:*")))
    found = account.recommend(granted, account.usage([account.use("ec2:RunInstances"), account.use("sqs:SendMessage")]))
    assert "sqs:SendMessage" not in {verdict.action for verdict in found.verdicts}
    assert any("granted by no policy of the role" in note and "sqs:SendMessage" in note for note in found.notes)


# req: iam-autopilot/4.7
def test_the_same_input_gives_the_same_bytes(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(("s3:*", "sqs:*", "ec2:*"))))
    uses = [account.use("sqs:GetQueueUrl"), account.use("ec2:DescribeInstances"), account.use("s3:ListObjectsV2", "arn:aws:s3:::b")]
    first = account.recommend(granted, account.usage(uses))
    second = account.recommend(granted, account.usage(list(reversed(uses))))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    assert printed(after(first)) == printed(after(second))


def test_a_policy_that_loses_nothing_keeps_its_words(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(("SQS:getqueueURL", "ec2:describe*"))))
    uses = [account.use("sqs:GetQueueUrl"), account.use("ec2:DescribeInstances"), account.use("ec2:DescribeSubnets")]
    narrowed = only(account.recommend(granted, account.usage(uses)))
    assert not narrowed.is_changed
    assert narrowed.after == (granted.policies[0].policy,)


def sorts(recommendation: Recommendation) -> dict[str, tuple[str, bool]]:
    return {each.action: (each.verdict.value, each.is_insufficient) for each in recommendation.verdicts}


def test_what_a_better_trail_would_judge_is_told_from_what_no_event_shows(account: Any) -> None:
    granted = account.grant(
        account.policy(account.statement(("ec2:RunInstances", "iam:PassRole", "s3:GetObject", "kms:Nothing", "iam:CreateUser")))
    )
    gaps = (Gap(code="days-missing", reason="a day is missing"),)
    found = account.recommend(granted, account.usage([account.use("iam:CreateUser")], gaps=gaps, data=()))
    assert sorts(found) == {
        "ec2:RunInstances": ("unjudged", True),
        "iam:CreateUser": ("used", False),
        "iam:PassRole": ("unjudged", False),
        "kms:nothing": ("unjudged", False),
        "s3:GetObject": ("unjudged", False),
    }
    assert (counted(found).insufficient, counted(found).unjudged) == (1, 4)
    assert sorts(account.recommend(granted, account.usage(gaps=gaps)))["s3:GetObject"] == ("unjudged", True)


def test_a_doubt_about_the_role_is_insufficient_evidence(account: Any) -> None:
    granted = account.grant(account.policy(account.statement(("ec2:RunInstances", "iam:PassRole"))), created="2026-09-01")
    assert sorts(account.recommend(granted, account.usage())) == {
        "ec2:RunInstances": ("unjudged", True),
        "iam:PassRole": ("unjudged", False),
    }


def test_data_events_of_one_bucket_take_no_right_on_another(account: Any) -> None:
    usage = account.usage(data=())
    seen = replace(usage, coverage=replace(usage.coverage, data_scopes=("s3:read", "s3:read arn:aws:s3:::app")))

    def verdict(*where: str, others: Any = None) -> str:
        statement = account.statement("s3:GetObject", where or None, not_resources=others)
        return sorts(account.recommend(account.grant(account.policy(statement)), seen))["s3:GetObject"][0]

    assert verdict("arn:aws:s3:::app/*") == "unused"
    assert verdict("arn:aws:s3:::app/*", "arn:aws:s3:::b/*") == "unjudged"
    assert verdict("*") == "unjudged"
    assert verdict(others=("arn:aws:s3:::app/*",)) == "unjudged"
    both = account.grant(
        account.policy(account.statement("s3:GetObject", "arn:aws:s3:::app/*")),
        account.policy(account.statement("s3:*", "arn:aws:s3:::b/*"), name="other"),
    )
    assert sorts(account.recommend(both, seen))["s3:GetObject"][0] == "unjudged"


def test_a_statement_of_a_person_lowers_confidence_and_is_said(account: Any) -> None:
    granted = account.grant(account.policy(account.statement("ec2:RunInstances")))
    usage = account.usage()
    (sure,) = account.recommend(granted, usage).verdicts
    stated = account.recommend(granted, replace(usage, coverage=replace(usage.coverage, is_stated=True, stated=("2026-08-03",))))
    (less,) = stated.verdicts
    assert (sure.confidence, less.confidence, less.verdict) == (Confidence.HIGH, Confidence.MEDIUM, Verdict.UNUSED)
    assert any("a person stated that the trail is complete: 1 day" in note for note in stated.notes)
