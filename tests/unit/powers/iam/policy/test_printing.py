"""What is printed reads back as the same policy, and as what its author wrote."""

from __future__ import annotations

import json

import msgspec

from setsquare.powers.iam.policy.document import CURRENT_VERSION, Condition, Effect, Policy, Principals, Statement
from setsquare.powers.iam.policy.printing import characters, printed
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

WRITTEN = {
    "Version": "2012-10-17",
    "Id": "x",
    "Statement": [
        {
            "Sid": "A",
            "Effect": "Allow",
            "Principal": {"AWS": "111122223333", "Service": ["ec2.amazonaws.com"]},
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::ä"],
            "Condition": {
                "Bool": {"aws:SecureTransport": True},
                "StringLike": {"a:b": ["x"], "a:c": "y"},
                "NumericEquals": {"a:d": [1, 2]},
            },
        },
        {"Effect": "Deny", "NotPrincipal": "*", "NotAction": ["a:B", "c:D"], "NotResource": "*"},
    ],
}


def read(text: str) -> Policy:
    policy, problems = read_policy(scan(RelPath("p.json"), text.encode()))
    assert policy is not None, problems
    return msgspec.structs.replace(policy, statements=tuple(msgspec.structs.replace(each, span=Span(0, 0)) for each in policy.statements))


def test_a_policy_prints_as_it_was_written() -> None:
    policy = read(json.dumps(WRITTEN))
    assert json.loads(printed(policy)) == WRITTEN
    assert read(printed(policy)) == policy
    assert read(printed(policy, indent=0)) == policy


def test_one_statement_without_a_list_stays_one() -> None:
    text = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    assert json.loads(printed(read(text))) == json.loads(text)


def test_a_made_policy_prints_with_lists() -> None:
    statement = Statement(
        effect=Effect.ALLOW,
        actions=("s3:Get*",),
        resources=("*",),
        principals=(Principals("AWS", ("1",)),),
        conditions=(Condition("Bool", "aws:SecureTransport", ("true",)),),
    )
    value = json.loads(printed(Policy(version=CURRENT_VERSION, statements=(statement,))))
    assert value["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["1"]},
            "Action": ["s3:Get*"],
            "Resource": ["*"],
            "Condition": {"Bool": {"aws:SecureTransport": ["true"]}},
        }
    ]


def test_an_element_that_became_longer_is_a_list() -> None:
    policy = read('{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}')
    longer = msgspec.structs.replace(policy.statements[0], actions=("a:B", "c:D"))
    assert json.loads(printed(msgspec.structs.replace(policy, statements=(longer,))))["Statement"][0]["Action"] == ["a:B", "c:D"]


def test_the_size_counts_no_white_space_between_elements() -> None:
    policy = read(json.dumps(WRITTEN))
    assert characters(policy) == len(json.dumps(WRITTEN, separators=(",", ":"), ensure_ascii=False))


def test_the_same_value_gives_the_same_bytes() -> None:
    assert printed(read(json.dumps(WRITTEN))) == printed(read(json.dumps(WRITTEN, indent=2)))
