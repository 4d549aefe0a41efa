"""A policy reads whole or not at all, and what is wrong has a code and a line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.powers.iam.policy.document import Condition, Effect, Policy, PolicyProblem, Principals
from setsquare.powers.iam.policy.reading import policy_of, read_policy
from setsquare.text.json_document import read, scan
from setsquare.text.json_tree import JsonObject
from setsquare.text.paths import RelPath


def reading(text: str) -> tuple[Policy | None, tuple[PolicyProblem, ...]]:
    return read_policy(scan(RelPath("p.json"), text.encode()))


def of(statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


GOOD = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def test_everything_that_a_statement_may_hold() -> None:
    policy, problems = reading(
        """{"Version": "2012-10-17", "Id": "x", "Statement": [
  {"Sid": "One", "Effect": "Deny", "Principal": {"AWS": ["1", "2"], "Service": "ec2.amazonaws.com"}, "NotAction": ["s3:*"], "NotResource": "arn:aws:s3:::b",
   "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:max-keys": [1, "2"]}}},
  {"Effect": "Allow", "NotPrincipal": "*", "Action": "*"}]}"""
    )
    assert problems == ()
    assert policy is not None
    first, second = policy.statements
    assert (policy.version, policy.id, first.sid, first.effect, first.index, second.index) == ("2012-10-17", "x", "One", Effect.DENY, 0, 1)
    assert first.principals == (Principals("AWS", ("1", "2")), Principals("Service", ("ec2.amazonaws.com",)))
    assert (first.not_actions, first.actions, first.not_resources, first.resources) == (("s3:*",), None, ("arn:aws:s3:::b",), None)
    assert first.conditions == (
        Condition("Bool", "aws:SecureTransport", ("false",), is_bare=True, is_scalar=True),
        Condition("NumericLessThan", "s3:max-keys", ("1", "2")),
    )
    assert second.not_principals == (Principals("*", ("*",)),)
    assert first.scalars == ("Principal.Service", "NotResource")


def test_a_statement_has_its_span() -> None:
    text = of([GOOD])
    policy, _ = reading(text)
    assert policy is not None
    span = policy.statements[0].span
    assert json.loads(text[span.start : span.end]) == GOOD


FATAL = [
    ("not json", "{", "not-json"),
    ("no object", "[]", "wrong-type"),
    ("nothing", "", "not-json"),
    ("no statement", "{}", "missing"),
    ("no statements", of([]), "empty"),
    ("a statement that is none", of(["x"]), "wrong-type"),
    ("unknown version", f'{{"Version": "2012-10-18", "Statement": [{json.dumps(GOOD)}]}}', "unknown-version"),
    ("version of the wrong type", f'{{"Version": 2012, "Statement": [{json.dumps(GOOD)}]}}', "wrong-type"),
    ("unknown element of the policy", f'{{"Statment": [], "Statement": [{json.dumps(GOOD)}]}}', "unknown-element"),
    ("unknown element of a statement", of({**GOOD, "Actions": "x"}), "unknown-element"),
    ("element in another case", of({"effect": "Allow", "Action": "*", "Resource": "*"}), "unknown-element"),
    ("no effect", of({"Action": "*", "Resource": "*"}), "missing"),
    ("effect in another case", of({**GOOD, "Effect": "allow"}), "unknown-effect"),
    ("effect of the wrong type", of({**GOOD, "Effect": True}), "unknown-effect"),
    ("no action", of({"Effect": "Allow", "Resource": "*"}), "missing"),
    ("both actions", of({**GOOD, "NotAction": "*"}), "both"),
    ("both resources", of({**GOOD, "NotResource": "*"}), "both"),
    ("both principals", of({**GOOD, "Principal": "*", "NotPrincipal": "*"}), "both"),
    ("no resource and no principal", of({"Effect": "Allow", "Action": "*"}), "missing"),
    ("empty actions", of({**GOOD, "Action": []}), "empty"),
    ("empty action", of({**GOOD, "Action": ""}), "empty"),
    ("action of the wrong type", of({**GOOD, "Action": {"a": 1}}), "wrong-type"),
    ("action that is null", of({**GOOD, "Action": None}), "wrong-type"),
    ("one action of the wrong type", of({**GOOD, "Action": ["s3:*", 5]}), "wrong-type"),
    ("resource of the wrong type", of({**GOOD, "Resource": 5}), "wrong-type"),
    ("sid of the wrong type", of({**GOOD, "Sid": 5}), "wrong-type"),
    ("principal that is a name", of({**GOOD, "Principal": "alice"}), "wrong-type"),
    ("principal that is a list", of({**GOOD, "Principal": ["*"]}), "wrong-type"),
    ("unknown kind of principal", of({**GOOD, "Principal": {"Group": "x"}}), "unknown-element"),
    ("principal that names nobody", of({**GOOD, "Principal": {}}), "empty"),
    ("condition of the wrong type", of({**GOOD, "Condition": []}), "wrong-type"),
    ("operator of the wrong type", of({**GOOD, "Condition": {"Bool": "true"}}), "wrong-type"),
    ("value of the wrong type", of({**GOOD, "Condition": {"Bool": {"a:b": {}}}}), "wrong-type"),
    ("value that is null", of({**GOOD, "Condition": {"Bool": {"a:b": None}}}), "wrong-type"),
    ("duplicate element", '{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}', "duplicate-key"),
    ("duplicate statement", f'{{"Statement": [{json.dumps(GOOD)}], "Statement": [{json.dumps(GOOD)}]}}', "duplicate-key"),
    (
        "duplicate operator",
        '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}, "bool": {}}}}',
        "duplicate-key",
    ),
    ("duplicate condition key", of({**GOOD, "Condition": {"Bool": {"aws:x": "1", "AWS:X": "2"}}}), "duplicate-key"),
    ("duplicate kind", '{"Statement": {"Effect": "Allow", "Action": "*", "Principal": {"AWS": "1", "AWS": "2"}}}', "duplicate-key"),
    ("deep", '{"Statement": ' + "[" * 5_000, "not-json"),
    ("a lone surrogate", '{"Statement": {"Effect": "Allow", "Action": "\\ud800", "Resource": "*"}}', "not-json"),
]


# req: iam-autopilot/2.1
@pytest.mark.parametrize(("text", "code"), [pytest.param(text, code, id=name) for name, text, code in FATAL])
def test_what_aws_refuses_is_refused(text: str, code: str) -> None:
    policy, problems = reading(text)
    assert policy is None
    assert code in {problem.code for problem in problems if problem.is_fatal}
    assert all(problem.line >= 1 and problem.reason for problem in problems)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f'{{"Statement": [{json.dumps(GOOD)},]}}', "not-json"),
        (f'// why\n{{"Statement": [{json.dumps(GOOD)}]}}', "comment"),
        (of({**GOOD, "Condition": {"StringEquals": {"a:b": []}}}), "empty"),
    ],
)
def test_what_leaves_the_meaning_clear_is_said_and_read(text: str, code: str) -> None:
    policy, problems = reading(text)
    assert policy is not None
    assert [(problem.code, problem.is_fatal) for problem in problems] == [(code, False)]


def test_problems_stand_on_their_lines() -> None:
    _, problems = reading('{\n "Statement": [{\n  "Effect": "allow",\n  "Action": "*",\n  "Resource": []\n }]\n}')
    assert [(problem.code, problem.line) for problem in problems] == [("unknown-effect", 3), ("empty", 5)]


def test_a_policy_inside_another_document() -> None:
    document = scan(
        RelPath("role.json"), b'{"Role": 1,\n"PolicyDocument": {"Statement": [{"Effect": "Allow",\n"Action": "s3:*", "Resource": "*"}]}}'
    )
    value = read(document).members[1].value
    assert isinstance(value, JsonObject)
    policy, problems = policy_of(value, document)
    assert problems == ()
    assert policy is not None
    assert policy.statements[0].actions == ("s3:*",)


def test_a_stranger_s_words_are_shown_escaped() -> None:
    _, problems = reading(of({**GOOD, "\u001b[31mred\n": "x" * 500}))
    assert all(character.isprintable() for problem in problems for character in problem.reason)
    assert all(len(problem.reason) < 300 for problem in problems)


def test_a_long_document_reads() -> None:
    actions = [f"s3:GetObject{number}" for number in range(10_000)]
    policy, problems = reading(of([{**GOOD, "Action": actions}]))
    assert problems == ()
    assert policy is not None
    assert policy.statements[0].actions == tuple(actions)
    _, many = reading(of([{"Effect": 1}] * 5_000))
    assert len(many) == 15_000
