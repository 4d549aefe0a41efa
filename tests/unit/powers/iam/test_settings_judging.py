"""What the Power says about its settings; the commands' refusals are tested in `tests/e2e/test_iam_refusal.py`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.powers.iam.settings import Judged, Need
from setsquare.powers.iam.settings_judging import absent, judge, unreadable
from setsquare.powers.iam.settings_keys import KEYS, hides_scope, nearest_key
from setsquare.powers.iam.settings_roles import role_reasons
from setsquare.powers.iam.settings_variables import expanded, variables_of
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.settings_keys import KNOWN_KEYS

PATH = RelPath(".kiro/settings.json")
SAFE: dict[str, Any] = {"enabled": True, "mode": "pr-only", "targetRoles": ["ecs-*"]}


def judged(**changed: Any) -> Judged:
    text = json.dumps({"powers": {"awsIamAutopilot": {**SAFE, **changed}}})
    return judge(scan(PATH, text.encode()))


def codes(found: Judged, *needs: Need) -> list[str]:
    return [reason.code for reason in found.refusals(*needs)]


def test_safe_settings_are_read_whole():
    found = judged(excludeRoles=["ecs-x"], lookbackDays=120, awsRegion="eu-west-1", awsAccountId="${A}", alertOnEscalation=False)
    assert codes(found) == []
    assert found.is_enabled
    settings = found.settings
    assert (settings.target_roles, settings.exclude_roles, settings.lookback_days) == (("ecs-*",), ("ecs-x",), 120)
    assert (settings.region, settings.account_id, settings.alerts_on_escalation) == ("eu-west-1", "${A}", False)


def test_comments_and_trailing_commas_are_no_reason():
    raw = b'\xef\xbb\xbf// team\n{"powers": {"awsIamAutopilot": {"enabled": true, "mode": "pr-only", /* x */ "targetRoles": ["ecs-*",],}}}'
    assert codes(judge(scan(PATH, raw))) == []


def test_what_is_missing_blocks_only_what_needs_it():
    found = judged()
    assert codes(found) == []
    assert [reason.key.rpartition(".")[2] for reason in found.refusals(Need.FETCHING)] == ["awsAccountId", "awsRegion"]
    assert [reason.key.rpartition(".")[2] for reason in found.refusals(Need.LOG_GROUP)] == ["cloudtrailLogGroup"]
    assert [reason.key.rpartition(".")[2] for reason in found.refusals(Need.PROPOSING)] == ["prRepository"]
    assert [reason.key.rpartition(".")[2] for reason in found.refusals(Need.ALERTING)] == ["escalationAlertChannel"]
    assert codes(judged(alertOnEscalation=False), Need.ALERTING) == []


def test_a_short_window_warns_and_does_not_refuse():
    found = judged(lookbackDays=89)
    assert codes(found) == []
    assert [reason.code for reason in found.warnings] == ["lookback"]
    assert not judged(lookbackDays=90).warnings


@pytest.mark.parametrize("days", [0, -1, 1.5, "90", None, 3651, 10**20, True])
def test_wrong_windows_refuse(days):
    assert codes(judged(lookbackDays=days)) == ["lookback"]


def test_unknown_keys_warn_unless_they_may_mean_something():
    found = judged(owner="team", **{"$comment": "x"})
    assert codes(found) == []
    assert [reason.code for reason in found.warnings] == ["unknown-key", "unknown-key"]
    for key in ("targetrole", "exclude", "skipRoles", "dryRun_mode", "autoApply", "TARGETROLES", "target_roles", "denyList"):
        assert codes(judged(**{key: []})) == ["key"], key


@given(st.sampled_from([key for key in KEYS if key != "enabled"]), st.integers(0, 30), st.sampled_from("abcXYZ_-"))
def test_one_typing_error_in_a_key_refuses(key, place, char):
    misspelt = key[: place % len(key)] + char + key[place % len(key) + 1 :]
    if misspelt not in KEYS:
        assert nearest_key(misspelt, KEYS) == key or len(key) <= 4


def test_a_second_power_of_a_longer_name_is_no_slip():
    def found(**beside: Any) -> list[str]:
        return codes(judge(scan(PATH, json.dumps({"powers": {"awsIamAutopilot": SAFE, **beside}}).encode())))

    assert found(awsIamAutopilotSandbox={"enabled": True}) == []
    assert found(awsIamAutopliot={"mode": "direct"}) == ["key"]
    assert found(awsIAMautopilot={"mode": "direct"}) == ["key"]


def test_the_known_keys_are_those_of_the_settings_page():
    prefix = "powers.awsIamAutopilot."
    assert {key.removeprefix(prefix) for key in KNOWN_KEYS if key.startswith(prefix)} == set(KEYS)
    assert not any(hides_scope(key) for key in ("owner", "description", "$comment"))


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
)
def test_any_mode_but_the_one_refuses(value):
    assert ("mode" in codes(judged(mode=value))) is (value != "pr-only")


@given(st.binary(max_size=60))
def test_judging_never_raises(raw):
    judge(scan(PATH, raw))
    judge(scan(PATH, b'{"powers": {"awsIamAutopilot": ' + raw + b"}}"))


def test_a_file_that_is_not_there_or_not_readable_refuses():
    assert codes(absent(PATH)) == ["off"]
    assert codes(unreadable(PATH, "permission denied")) == ["broken-file"]


def test_a_role_is_judged_by_name_and_path():
    settings = judged(excludeRoles=["ECS-Admin*", "*-[Xy]"]).settings
    assert role_reasons(settings, "ecs-api") == ()
    assert [reason.code for reason in role_reasons(settings, "ecs-api", "/aws-service-role/ecs.amazonaws.com/")] == ["reserved"]
    assert [reason.code for reason in role_reasons(settings, "ecs-adminer")] == ["excluded"]
    assert [reason.code for reason in role_reasons(settings, "ecs-Y")] == ["excluded"]
    assert [reason.code for reason in role_reasons(settings, "AWSServiceRoleForECS")] == ["reserved", "not-targeted"]
    (reason,) = role_reasons(settings, "ecs-admin")
    assert (reason.line, reason.value, reason.key) == (1, '"ECS-Admin*"', "powers.awsIamAutopilot.excludeRoles[0]")


def test_variables_are_expanded_once_and_judged_then():
    settings = judged(
        awsRegion="$${AWS_REGION}", awsAccountId="${ACCOUNT}", cloudtrailLogGroup="/a/${GROUP}/b", prRepository="${OWNER}/infra"
    ).settings
    assert variables_of(settings) == ("ACCOUNT", "GROUP", "OWNER")
    done = expanded(settings, {"ACCOUNT": "123456789012", "GROUP": "${ACCOUNT}", "OWNER": "org"}.get)
    assert (done.settings.account_id, done.settings.pr_repository) == ("123456789012", "org/infra")
    assert {(reason.key.rpartition(".")[2], reason.problem) for reason in done.reasons} == {
        ("awsRegion", "it is no name of an AWS region"),
        ("cloudtrailLogGroup", "it is no name of a log group"),
    }
    unset = expanded(settings, {"ACCOUNT": "12", "GROUP": ""}.get)
    problems = {reason.key.rpartition(".")[2]: reason.problem for reason in unset.reasons}
    assert problems["awsAccountId"] == "an account is named by 12 digits"
    assert problems["cloudtrailLogGroup"] == "the variable GROUP is unset or empty"
    assert problems["prRepository"] == "the variable OWNER is unset or empty"
    assert (unset.settings.account_id, unset.settings.pr_repository) == ("", "")


def test_a_variable_is_named_where_it_stands():
    text = json.dumps({"powers": {"awsIamAutopilot": {**SAFE, "awsRegion": "eu-west-1", "awsAccountId": "${A}"}}}, indent=2)
    (reason,) = [each for each in expanded(judge(scan(PATH, text.encode())).settings, lambda _name: "").reasons if each.code == "variable"]
    assert (reason.line, reason.value) == (text.split("awsAccountId")[0].count("\n") + 1, '"${A}"')


def test_no_value_of_a_variable_stands_in_a_reason():
    done = expanded(judged(awsAccountId="${ACCOUNT}").settings, {"ACCOUNT": "s3cr3t-value"}.get)
    assert done.reasons
    assert not any("s3cr3t" in reason.sentence for reason in done.reasons)
