"""The table of AWS's managed policies gives the same verdict on each as its whole document."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters.iam_managed import aws_policies
from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.powers.iam.escalation.finding import escalations
from setsquare.powers.iam.escalation.model import Escalation
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

pytestmark = pytest.mark.corpus
COUNT = 1_641
PASSING = NamedPolicy(
    "pass",
    read_policy(scan(RelPath("p.json"), b'{"Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}}'))[0]
    or Policy(statements=()),
)


@pytest.fixture(scope="module")
def documents(corpus: Path) -> dict[str, Any]:
    """The documents by name."""
    path = corpus / "iam" / "managed_policies" / "aws_managed_policies.json.gz"
    if not path.is_file():
        pytest.skip("the corpus holds no managed policies")
    return {name: each["document"] for name, each in json.loads(gzip.decompress(path.read_bytes())).items()}


def verdict(policy: Policy, *more: NamedPolicy, boundary: NamedPolicy | None = None) -> tuple[Escalation, ...]:
    layers = Layers(identity=(NamedPolicy("aws", policy), *more), boundary=boundary)
    return escalations(Principal(name="p", layers=layers), escalation_paths(), universe())


def test_alone_and_beside_another_policy_the_table_says_what_the_document_says(documents: dict[str, Any]) -> None:
    assert len(documents) == COUNT
    for number, (name, document) in enumerate(documents.items()):
        whole, _ = read_policy(scan(RelPath("p.json"), json.dumps(document).encode()))
        known = aws_policies().named(name)
        assert whole is not None
        assert known is not None, name
        if not known.statements:
            assert verdict(whole) == (), name
            continue
        assert verdict(known) == verdict(whole), name
        # Beside another policy every fourth is enough: what is joined is the same code for all.
        assert number % 4 or verdict(known, PASSING) == verdict(whole, PASSING), name


def test_as_boundaries_the_table_limits_as_the_document_does(documents: dict[str, Any]) -> None:
    everything, _ = read_policy(scan(RelPath("p.json"), b'{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'))
    assert everything is not None
    for name in sorted(documents)[::20]:
        whole, _ = read_policy(scan(RelPath("p.json"), json.dumps(documents[name]).encode()))
        known = aws_policies().named(name)
        assert whole is not None
        assert known is not None
        assert verdict(everything, boundary=NamedPolicy("b", known)) == verdict(everything, boundary=NamedPolicy("b", whole)), name
