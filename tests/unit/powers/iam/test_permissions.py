"""The permissions that the Power needs."""

import pytest

from setsquare.powers.iam.permissions import Account, needed, policy_document
from setsquare.powers.iam.usage.sources import source_of

ACCOUNT = Account(region="eu-west-1", account="123456789012", group="/aws/cloudtrail")
STORE = "12345678-1234-1234-1234-123456789abc"


@pytest.mark.parametrize("trail", ["", "trail", "s3://trails/x", "logs:/x", "lookup", f"lake:{STORE}"])
def test_nothing_but_reading_is_granted_and_each_action_once(trail):
    found = needed(ACCOUNT, source_of(trail))
    actions = [each.action for each in found]
    assert len(set(actions)) == len(actions)
    assert all(action.partition(":")[2].startswith(("Get", "List", "Describe", "Lookup", "Filter", "StartQuery")) for action in actions)
    document = policy_document(found)
    assert sorted(action for statement in document.Statement for action in statement.Action) == sorted(actions)
    assert "*" not in actions


def test_each_trail_needs_its_own_calls_only():
    prefixes = {
        trail: {each.action.partition(":")[0] for each in needed(ACCOUNT, source_of(trail))}
        for trail in ("trail", "s3://trails", "", "lookup", f"lake:{STORE}")
    }
    assert prefixes == {
        "trail": {"iam"},
        "s3://trails": {"iam", "s3", "cloudtrail"},
        "": {"iam", "logs", "cloudtrail"},
        "lookup": {"iam", "cloudtrail"},
        f"lake:{STORE}": {"iam", "cloudtrail"},
    }


def test_resources_are_as_narrow_as_the_settings_allow():
    resources = {each.action: each.resources for each in needed(ACCOUNT, source_of(""))}
    assert resources["logs:StartQuery"] == ("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/cloudtrail:*",)
    assert resources["iam:GetRole"] == ("arn:aws:iam::123456789012:role/*",)
    lake = {each.action: each.resources for each in needed(ACCOUNT, source_of(f"lake:{STORE}"))}
    assert lake["cloudtrail:StartQuery"] == (f"arn:aws:cloudtrail:eu-west-1:123456789012:eventdatastore/{STORE}",)


def test_other_partitions_have_their_own_arns():
    china = Account(region="cn-north-1", account="1", group="g")
    resources = {resource for each in needed(china, source_of("s3://trails")) for resource in each.resources}
    assert all(resource == "*" or resource.startswith("arn:aws-cn:") for resource in resources)
