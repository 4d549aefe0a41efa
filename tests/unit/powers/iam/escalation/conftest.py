"""Principals from policies as people write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.powers.iam.escalation.finding import escalations
from setsquare.powers.iam.escalation.model import Escalation
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

Statements = list[dict[str, Any]]


def named(name: str, statements: Statements) -> NamedPolicy:
    raw = json.dumps({"Version": "2012-10-17", "Statement": statements}).encode()
    policy, problems = read_policy(scan(RelPath(f"{name}.json"), raw))
    assert policy is not None, problems
    return NamedPolicy(name, policy)


@pytest.fixture(scope="session")
def policy() -> Callable[[str, Statements], NamedPolicy]:
    return named


@pytest.fixture(scope="session")
def found() -> Callable[..., dict[str, Escalation]]:
    """Find the paths of a principal with these policies, by id."""

    def find(
        *policies: Statements, boundary: Statements | None = None, control: Statements | None = None, arn: str = ""
    ) -> dict[str, Escalation]:
        layers = Layers(
            identity=tuple(named(f"p{index}", statements) for index, statements in enumerate(policies)),
            boundary=named("b", boundary) if boundary is not None else None,
            service_control=((named("scp", control),),) if control is not None else None,
        )
        principal = Principal(name="ci", arn=arn, layers=layers)
        return {each.path: each for each in escalations(principal, escalation_paths(), universe())}

    return find
