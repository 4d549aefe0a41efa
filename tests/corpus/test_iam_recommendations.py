"""Every policy that AWS manages as the grant of a role, and every principal of the corpus's trails: nothing widened, nothing that was used lost."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from setsquare.adapters import iam_tables
from setsquare.adapters.trail_folder import FolderTrail
from setsquare.adapters.usage_store import open_usage_store
from setsquare.journeys.iam_usage import gathered, usages
from setsquare.powers.iam.evaluation.answer import Answer
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import Effect, Policy, Statement
from setsquare.powers.iam.policy.expanding import expanded
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.powers.iam.recommendation.granting import grants_of
from setsquare.powers.iam.recommendation.model import AttachedPolicy, Grant, PolicyKind, Recommendation, Verdict
from setsquare.powers.iam.recommendation.proving import granted_after
from setsquare.powers.iam.recommendation.recommending import Options, recommend
from setsquare.powers.iam.usage.model import Coverage, Outcome, Principal, Usage, Use, Window
from setsquare.powers.iam.usage.packing import merged
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

pytestmark = pytest.mark.corpus

IS_SOAK = bool(os.environ.get("SETSQUARE_SOAK"))
EVERY = 1 if IS_SOAK else 6
"""Every so many of the 1,641 policies are tried; all of them in `make soak`."""
ARN = "arn:aws:iam::111122223333:role/app"
EVER = Window("2000-01-01", "2099-12-31")
ALL = Policy(version="2012-10-17", statements=(Statement(effect=Effect.ALLOW, actions=("*",), resources=("*",)),))
ALL_BUT_IAM = Policy(version="2012-10-17", statements=(Statement(effect=Effect.ALLOW, not_actions=("iam:*",), resources=("*",)),))
WINDOW = Window("2026-08-02", "2026-10-30")
DAYS = tuple([(date(2026, 8, 2) + timedelta(number)).isoformat() for number in range(90)])


@pytest.fixture(scope="module")
def managed(corpus: Path) -> Mapping[str, Policy]:
    """The policies of AWS by name."""
    path = corpus / "iam" / "managed_policies" / "aws_managed_policies.json.gz"
    found: dict[str, Policy] = {}
    for name, entry in sorted(json.loads(gzip.decompress(path.read_bytes())).items()):
        policy, problems = read_policy(scan(RelPath(f"{name}.json"), json.dumps(entry["document"]).encode()))
        assert policy is not None, (name, problems)
        found[name] = policy
    assert len(found) == 1641
    return found


def made_usage(policy: Policy, chance: random.Random, share: float) -> Usage:
    """Use a part of what a policy grants, by calls of the actions' own names."""
    universe = iam_tables.universe()
    granted = {action for statement in policy.statements if statement.effect is Effect.ALLOW for action in expanded(statement, universe)}
    uses = []
    for action in sorted(granted):
        service, _, event = action.partition(":")
        if "*" in action or chance.random() > share:
            continue
        uses.append(
            Use(
                principal=Principal("role", ARN, "AROA1"),
                source=f"{service}.amazonaws.com",
                event=event,
                resource="*",
                outcome=chance.choice((Outcome.USED, Outcome.USED, Outcome.DENIED)),
                day="2026-10-01",
                count=chance.randint(1, 99),
                first="2026-10-01T00:00:00Z",
                last="2026-10-01T00:00:00Z",
            )
        )
    coverage = Coverage(days=DAYS, data_sources=("s3", "dynamodb", "lambda") if chance.random() < 0.5 else ())
    return Usage(principal=Principal("role", ARN, "AROA1"), window=WINDOW, uses=tuple(uses), coverage=coverage)


def beyond(old: tuple[NamedPolicy, ...], new: tuple[NamedPolicy, ...], chance: random.Random) -> Iterator[str]:
    """Ask the evaluator, which knows nothing of how the policies were made, for requests that only the new ones allow."""
    universe = iam_tables.universe()
    words = [word for each in new for statement in each.policy.statements for word in statement.resources or ()]
    for action in chance.sample(universe.names, 40) + [
        name for each in new for statement in each.policy.statements for name in (statement.actions or ())[:5]
    ]:
        for resource in {"*", *chance.sample(words, min(3, len(words)))}:
            request = Request(action=action, resource=resource, principal=ARN)
            if (
                evaluate(request, Layers(identity=new)).answer is Answer.ALLOW
                and evaluate(request, Layers(identity=old)).answer is not Answer.ALLOW
            ):
                yield f"{action} on {resource}"


def is_of_size(refusal: str) -> bool:
    return "characters in the smallest form found" in refusal


# req: iam-autopilot/4.1, iam-autopilot/4.5
def test_no_managed_policy_is_widened(managed: Mapping[str, Policy]) -> None:
    names = sorted(managed)[::EVERY]
    changed = refused = 0
    for name in names:
        chance = random.Random(name)  # noqa: S311  (which calls are made is no secret)
        before = AttachedPolicy(name=name, kind=PolicyKind.AWS_MANAGED, policy=managed[name], arn=f"arn:aws:iam::aws:policy/{name}")
        grant = Grant(role="app", arn=ARN, unique_id="AROA1", created="2025-01-01", policies=(before,))
        usage = made_usage(managed[name], chance, chance.choice((0.02, 0.3, 0.9)))
        options = Options(narrow_resources=chance.random() < 0.3, allow_wider=chance.random() < 0.3)
        found = recommend(grant, usage, iam_tables.universe(), iam_tables.action_tables(), today="2026-10-31", options=options)
        assert all(map(is_of_size, found.refusals)), (name, found.refusals)
        old = (NamedPolicy(name, managed[name]),)
        assert list(beyond(old, granted_after(found.policies), chance)) == [], name
        changed += any(policy.is_changed for policy in found.policies)
        refused += bool(found.refusals)
    assert changed >= len(names) // 2
    assert refused <= len(names) // 20


def lost(grant: Grant, usage: Usage, found: Recommendation) -> Iterator[str]:
    """Replay the calls by their own names, without the product's own mapping."""
    before = Layers(identity=tuple([NamedPolicy(each.name, each.policy) for each in grant.policies]))
    after = Layers(identity=granted_after(found.policies))
    for use in usage.uses:
        request = Request(action=f"{use.source.partition('.')[0]}:{use.event}", resource=use.resource, principal=ARN)
        # Many calls have other names than their actions (`GetFunction20150331v2`): those are the mapping's to know.
        if request.action.lower() not in iam_tables.universe().actions:
            continue
        if (
            use.outcome is Outcome.USED
            and evaluate(request, before).answer is Answer.ALLOW
            and evaluate(request, after).answer is not Answer.ALLOW
        ):
            yield f"{request.action} on {request.resource}"


# req: iam-autopilot/4.4
@pytest.mark.parametrize("trail", ["invictus", "stratus"])
@pytest.mark.parametrize("policy", ["all", "all but IAM", "ReadOnlyAccess", "SecurityAudit"])
def test_every_recorded_call_stays_allowed(corpus: Path, managed: Mapping[str, Policy], trail: str, policy: str) -> None:
    done: dict[Principal, list[Use]] = {}
    for part in FolderTrail(str(corpus / "iam" / "cloudtrail" / trail), workers=1).parts(EVER, lambda _line: None):
        for pack in part.packed:
            done.setdefault(pack.principal, []).extend(merged(pack.principal, [pack.rows], EVER))
    removed = principals = 0
    # A whole account's actions cost seconds for each principal: the busiest are enough, and `make soak` takes all.
    busiest = sorted(done, key=lambda principal: (-len(done[principal]), principal))[: None if IS_SOAK else 2]
    for found in busiest:
        principals += 1
        # What the trail lacks is set aside, so that there is something to remove.
        usage = Usage(principal=found, window=WINDOW, uses=tuple(done[found]), coverage=Coverage(days=DAYS, data_sources=("s3",)))
        document = {"all": ALL, "all but IAM": ALL_BUT_IAM}.get(policy) or managed[policy]
        attached = AttachedPolicy(name=policy, kind=PolicyKind.AWS_MANAGED, policy=document, arn=f"arn:aws:iam::aws:policy/{policy}")
        grant = Grant(role="app", created="2015-01-01", policies=(attached,))
        for narrow in (False, True):
            options = Options(narrow_resources=narrow)
            made = recommend(grant, usage, iam_tables.universe(), iam_tables.action_tables(), today="2026-10-31", options=options)
            assert all(map(is_of_size, made.refusals)), (found, made.refusals)
            assert list(lost(grant, usage, made)) == [], found
            removed += sum(verdict.verdict is Verdict.UNUSED for verdict in made.verdicts)
    assert principals
    assert removed


def test_a_trail_of_some_days_claims_nothing_about_ninety(corpus: Path) -> None:
    raw = {"attacker": [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}]}
    grant = grants_of(scan(RelPath("grants.json"), json.dumps(raw).encode())).grants[0]
    folder = FolderTrail(str(corpus / "iam" / "cloudtrail" / "invictus"), workers=1)
    store = open_usage_store(None)
    for usage in usages(gathered(folder, store, Window("2023-04-12", "2023-07-10"), lambda _line: None)):
        found = recommend(grant, usage, iam_tables.universe(), iam_tables.action_tables(), today="2023-07-11")
        assert not any(verdict.verdict is Verdict.UNUSED for verdict in found.verdicts)
        assert not any(policy.is_changed for policy in found.policies)
    store.close()
