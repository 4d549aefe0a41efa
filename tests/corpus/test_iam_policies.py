"""Every managed policy of AWS in the corpus reads without a problem and prints back to what its author wrote."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from setsquare.powers.iam.evaluation.answer import Answer
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import Effect, Policy
from setsquare.powers.iam.policy.patterns import covers, covers_action
from setsquare.powers.iam.policy.printing import characters, printed
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

pytestmark = pytest.mark.corpus
COUNT = 1_641


@pytest.fixture(scope="module")
def documents(corpus: Path) -> dict[str, object]:
    """The documents by name."""
    path = corpus / "iam" / "managed_policies" / "aws_managed_policies.json.gz"
    if not path.is_file():
        pytest.skip("the corpus holds no managed policies")
    found = json.loads(gzip.decompress(path.read_bytes()))
    return {name: each["document"] for name, each in found.items()}


@pytest.fixture(scope="module")
def policies(documents: dict[str, object]) -> dict[str, Policy]:
    """The policies by name."""
    found = {}
    for name, document in documents.items():
        policy, problems = read_policy(scan(RelPath("p.json"), json.dumps(document).encode()))
        assert problems == (), name
        assert policy is not None
        found[name] = policy
    return found


def without_spans(policy: Policy) -> Policy:
    return msgspec.structs.replace(policy, statements=tuple(msgspec.structs.replace(each, span=Span(0, 0)) for each in policy.statements))


def test_every_policy_reads_and_prints_back(documents: dict[str, object], policies: dict[str, Policy]) -> None:
    assert len(policies) == COUNT
    for name, policy in policies.items():
        text = printed(policy)
        assert json.loads(text) == documents[name], name
        again, problems = read_policy(scan(RelPath("p.json"), text.encode()))
        assert problems == ()
        assert again is not None
        assert without_spans(again) == without_spans(policy), name
        assert characters(policy) == len(json.dumps(documents[name], separators=(",", ":"), ensure_ascii=False)), name


def test_every_pattern_covers_itself_and_is_covered_by_all(policies: dict[str, Policy]) -> None:
    statements = [statement for policy in policies.values() for statement in policy.statements]
    actions = {action for statement in statements for action in statement.actions or ()}
    resources = {resource for statement in statements for resource in statement.resources or ()}
    assert len(actions) > 8_000
    assert len(resources) > 1_500
    assert all(covers_action("*", action) and covers_action(f"{action}*", action) for action in actions)
    assert all(covers("*", resource) and covers(f"{resource}*", resource) for resource in resources)


def test_each_unconditional_allow_allows_what_it_names(policies: dict[str, Policy]) -> None:
    """A literal action on a literal resource of a statement without conditions is allowed, unless the policy denies somewhere."""
    asked = 0
    for name, policy in policies.items():
        if any(statement.effect is Effect.DENY for statement in policy.statements):
            continue
        for statement in policy.statements:
            for action in (statement.actions or ())[:3]:
                if statement.conditions or "*" in action or not statement.resources or "$" in statement.resources[0]:
                    continue
                request = Request(action=action, resource=statement.resources[0].replace("*", "x"))
                assert evaluate(request, Layers(identity=(NamedPolicy(name, policy),))).answer is Answer.ALLOW, (name, action)
                asked += 1
    assert asked > 5_000
