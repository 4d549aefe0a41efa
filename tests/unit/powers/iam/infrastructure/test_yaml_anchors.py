"""What an alias of YAML repeats is edited nowhere: the edit would be one of every place that the alias stands in."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.yaml_anchors import repeated
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath

STACK = """Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-api
      Policies:
        - PolicyName: base
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: A
                Effect: Allow
                Action: &acts [s3:GetObject, s3:PutObject]
                Resource: "arn:aws:s3:::logs/*"
              - Sid: B
                Effect: Allow
                Action: [sqs:SendMessage, sqs:PurgeQueue]
                Resource: "*"
"""
CUSTOM = "  C:\n    Type: Custom::Check\n    Properties:\n      Actions: *acts\n"


@pytest.fixture
def less(shares: tuple[Policy, Policy]) -> tuple[Policy, ...]:
    return (Policy(version=shares[0].version, statements=(*shares[0].statements, *shares[1].statements)),)


def test_an_anchor_that_nothing_repeats_is_edited(propose: Any, less: tuple[Policy, ...]) -> None:
    change = propose({"s.yaml": STACK}, "inline", less)
    assert change.contents[RelPath("s.yaml")].decode() == STACK.replace(", s3:PutObject", "")


@pytest.mark.parametrize(
    ("old", "new", "more"),
    [
        ("", "", CUSTOM),
        ("&acts [", "[", CUSTOM.replace("*acts", "*policy").replace("Actions", "Document")),
        ("&acts [", "[", "  C:\n    Type: Custom::Check\n    Properties:\n      <<: *policy\n"),
        ("&acts [s3:GetObject, s3:PutObject]", "[&one s3:GetObject, &acts s3:PutObject]", CUSTOM),
    ],
)
def test_one_that_an_alias_repeats_stays(propose: Any, less: tuple[Policy, ...], old: str, new: str, more: str) -> None:
    text = STACK.replace(old, new, 1) if old else STACK
    if "*policy" in more:
        text = text.replace("PolicyDocument:\n", "PolicyDocument: &policy\n")
    change = propose({"s.yaml": text + more}, "inline", less)
    assert change.contents == {}
    assert "repeats what stands there" in change.left[0]


def test_another_statement_is_edited_all_the_same(propose: Any, shares: tuple[Policy, Policy]) -> None:
    one, two = shares[0].statements[0], shares[1].statements[0]
    less = Policy(version=shares[0].version, statements=(one, replace(two, index=1, actions=("sqs:SendMessage",))))
    change = propose({"s.yaml": STACK + CUSTOM}, "inline", (less,))
    assert change.contents[RelPath("s.yaml")].decode() == (STACK + CUSTOM).replace(", sqs:PurgeQueue", "")
    assert "s.yaml:11 stays as it is: the alias *acts in line 22" in change.left[0]


def test_a_list_of_arns_that_others_repeat_loses_nothing(propose: Any) -> None:
    arns = "      ManagedPolicyArns: {}\n"
    role = "  {}:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: {}\n"
    text = "Resources:\n" + role.format("R", "ecs-api") + arns.format("&arns [arn:aws:iam::aws:policy/ReadOnlyAccess]")
    assert propose({"s.yaml": text}, "aws-managed", None).contents
    change = propose({"s.yaml": text + role.format("W", "web") + arns.format("*arns")}, "aws-managed", None)
    assert change.contents == {}
    assert "repeats what stands there" in change.left[0]


def test_places_are_bytes_and_a_name_given_anew_is_the_later_node() -> None:
    raw = "é: &x [1]\nb: &x [2]\nc: *x\nd: *x\n".encode()
    assert [(raw[each.span.start : each.span.end], each.line) for each in repeated(raw)] == [(b"&x [2]", 3)]
    assert repeated(b"\xef\xbb\xbf" + raw)[0].span.start == repeated(raw)[0].span.start + 3
    assert repeated(b"a: *unknown\n") == repeated(b"a: & b: *\n") == ()
