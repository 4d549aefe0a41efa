"""Random grants and random uses: what was used stays allowed, nothing is granted anew, and a recommendation recommends nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.adapters import iam_tables
from setsquare.powers.iam.containment import widening
from setsquare.powers.iam.evaluation.answer import Answer
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import Condition, Effect, Policy, Statement
from setsquare.powers.iam.policy.patterns import action_matches
from setsquare.powers.iam.recommendation.compressing import Leave, compressed, widened
from setsquare.powers.iam.recommendation.model import AttachedPolicy, Grant, PolicyKind, Recommendation, Verdict
from setsquare.powers.iam.recommendation.proving import granted_after
from setsquare.powers.iam.recommendation.recommending import Options, recommend
from setsquare.powers.iam.universe import AccessLevel, ActionFacts, ResourceType, Universe
from setsquare.powers.iam.usage.mapping import ActionTables
from setsquare.powers.iam.usage.model import Coverage, Outcome, Principal, Usage, Use, Window

ARN = "arn:aws:iam::111122223333:role/app"
NAMES = (
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:PutObject",
    "s3:ListBucket",
    "sqs:GetQueueUrl",
    "sqs:SendMessage",
    "sqs:SendMessageBatch",
    "iam:PassRole",
    "kms:Decrypt",
)
OBJECTS = ("arn:aws:s3:::a/x/1", "arn:aws:s3:::a/x/2", "arn:aws:s3:::a/y", "arn:aws:s3:::b/x/1", "arn:aws:s3:::a/*", "arn:aws:s3:::a")
RESOURCES = (*OBJECTS, "arn:aws:sqs:eu-west-1:111122223333:q", "*")
TYPES = {
    "s3": {
        "object": ResourceType("object", "arn:${Partition}:s3:::${BucketName}/${ObjectName}"),
        "bucket": ResourceType("bucket", "arn:${Partition}:s3:::${BucketName}"),
    }
}
UNIVERSE = Universe(
    version="test",
    dated="2026-10-27",
    actions={
        name.lower(): ActionFacts(
            name=name, level=AccessLevel.WRITE, resource_types=("bucket",) if "Bucket" in name else ("object",) if "Object" in name else ()
        )
        for name in NAMES
    },
    resource_types=TYPES,
)
TABLES = ActionTables(
    prefixes={},
    operations={},
    forward={"s3:getobject": ("kms:Decrypt",)},
    data_events=frozenset({"s3:getobject", "s3:putobject"}),
    never_logged={"iam:passrole": "it is no call"},
    versions={},
)
DAYS = tuple([(date(2026, 8, 2) + timedelta(number)).isoformat() for number in range(90)])
KEYS = ("aws:RequestedRegion", "aws:SourceVpc")
VALUES = ("eu-west-1", "us-east-1", "vpc-1")
EVENTS = (
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:PutObject",
    "s3:ListBucket",
    "sqs:GetQueueUrl",
    "sqs:SendMessage",
    "sqs:Unheard",
    "new:Thing",
    "iam:PassRole",
)

words = st.sampled_from(("*", "s3:*", "S3:get*", "s3:*Object", "s3:?etObject", "sqs:*", "sqs:Send*", "new:*", "old:Thing", *NAMES))
places = st.sampled_from(
    (*RESOURCES, "arn:aws:s3:::*", "arn:aws:s3:::a*", "arn:aws:s3:::a/x/*", "arn:aws:s3:::${aws:username}/*", "arn:aws:sqs:*:*:*")
)
conditions = st.builds(
    Condition,
    st.sampled_from(("StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAnyValue:StringEquals", "Unheard")),
    st.sampled_from(KEYS),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=2, unique=True).map(tuple),
)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    actions = draw(st.lists(words, min_size=1, max_size=4).map(tuple))
    resources = draw(st.lists(places, min_size=1, max_size=3).map(tuple))
    is_all_but, is_all_but_place = draw(st.integers(0, 5)) == 0, draw(st.integers(0, 5)) == 0
    return Statement(
        effect=Effect.DENY if draw(st.integers(0, 4)) == 0 else Effect.ALLOW,
        actions=None if is_all_but else actions,
        not_actions=actions if is_all_but else None,
        resources=None if is_all_but_place else resources,
        not_resources=resources if is_all_but_place else None,
        conditions=draw(st.lists(conditions, max_size=1).map(tuple)),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    made = draw(st.lists(statements(), min_size=1, max_size=4))
    numbered = tuple([msgspec.structs.replace(each, index=at) for at, each in enumerate(made)])
    return Policy(statements=numbered, version=draw(st.sampled_from(("2012-10-17", "2012-10-17", "2008-10-17", ""))))


grants = st.builds(
    lambda made, kinds: Grant(
        role="app",
        arn=ARN,
        unique_id="AROA1",
        created="2025-01-01",
        policies=tuple([AttachedPolicy(name=f"p{at}", kind=kinds[at % len(kinds)], policy=each) for at, each in enumerate(made)]),
    ),
    st.lists(policies(), min_size=1, max_size=3),
    st.lists(st.sampled_from(list(PolicyKind)), min_size=1, max_size=3),
)
uses = st.builds(
    lambda call, resource, outcome, count: Use(
        principal=Principal("role", ARN, "AROA1"),
        source=call.partition(":")[0] + ".amazonaws.com",
        event=call.partition(":")[2],
        resource=resource,
        outcome=outcome,
        day="2026-10-01",
        count=count,
        first="2026-10-01T00:00:00Z",
        last="2026-10-01T00:00:00Z",
    ),
    st.sampled_from(EVENTS),
    st.sampled_from(RESOURCES),
    st.sampled_from((Outcome.USED, Outcome.USED, Outcome.DENIED)),
    st.integers(1, 9),
)
usages = st.builds(
    lambda found, data: Usage(
        principal=Principal("role", ARN, "AROA1"),
        window=Window("2026-08-02", "2026-10-30"),
        uses=tuple(found),
        coverage=Coverage(days=DAYS, data_sources=data),
    ),
    st.lists(uses, max_size=6),
    st.sampled_from(((), ("s3", "sqs"))),
)
options = st.builds(Options, narrow_resources=st.booleans(), allow_wider=st.booleans())


def recommended(grant: Grant, usage: Usage, chosen: Options) -> Recommendation:
    return recommend(grant, usage, UNIVERSE, TABLES, today="2026-10-31", options=chosen)


def layers(grant: Grant) -> Layers:
    return Layers(identity=tuple([NamedPolicy(each.name, each.policy) for each in grant.policies]))


def contexts() -> Iterator[dict[str, tuple[str, ...]]]:
    yield {}
    for first in VALUES[:2]:
        yield {"aws:requestedregion": (first,), "aws:username": ("a",)}
        yield {"aws:requestedregion": (first,), "aws:sourcevpc": ("vpc-1",)}


def requests(actions: tuple[str, ...], resources: tuple[str, ...]) -> Iterator[Request]:
    for action in actions:
        for resource in resources:
            for context in contexts():
                yield Request(action=action, resource=resource, principal=ARN, context=context)


def renewed(grant: Grant, recommendation: Recommendation) -> Grant:
    """Give the role as it would be once the recommendation is followed."""
    made = [
        AttachedPolicy(
            name=name,
            kind=PolicyKind.MANAGED if narrowed.is_copy else narrowed.before.kind,
            policy=policy,
        )
        for narrowed in recommendation.policies
        for name, policy in zip(narrowed.names, narrowed.after or (), strict=False)
    ]
    return msgspec.structs.replace(grant, policies=tuple(made))


# req: iam-autopilot/4.1, iam-autopilot/4.4, iam-autopilot/4.7
@given(grants, usages, options)
@settings(max_examples=150)
def test_a_recommendation_is_sound_narrower_and_final(grant: Grant, usage: Usage, chosen: Options) -> None:
    found = recommended(grant, usage, chosen)
    assert found.refusals == ()
    assert msgspec.json.encode(found) == msgspec.json.encode(recommended(grant, usage, chosen))

    before, after = layers(grant), Layers(identity=granted_after(found.policies))
    for request in requests((*NAMES, "new:Thing", "old:Thing", "sqs:Unheard"), RESOURCES):
        if evaluate(request, after).answer is Answer.ALLOW:
            assert evaluate(request, before).answer is Answer.ALLOW, request

    for use in usage.uses:
        if use.outcome is not Outcome.USED:
            continue
        # An event that names no resource may have been on any.
        places = RESOURCES if use.resource == "*" else (use.resource,)
        for request in requests((f"{use.source.partition('.')[0]}:{use.event}",), places):
            if evaluate(request, before).answer is Answer.ALLOW:
                assert evaluate(request, after).answer is Answer.ALLOW, request

    again = renewed(grant, found)
    second = recommended(again, usage, chosen)
    assert second.refusals == ()
    assert not any(narrowed.is_changed for narrowed in second.policies)


@given(grants, usages)
@settings(max_examples=100)
def test_what_nobody_can_judge_stays_allowed(grant: Grant, usage: Usage) -> None:
    found = recommended(grant, usage, Options())
    before, after = layers(grant), Layers(identity=granted_after(found.policies))
    kept = tuple([verdict.action for verdict in found.verdicts if verdict.verdict is not Verdict.UNUSED and "*" not in verdict.action])
    for request in requests(kept, RESOURCES):
        if evaluate(request, before).answer is Answer.ALLOW:
            assert evaluate(request, after).answer is Answer.ALLOW, request


@st.composite
def changed(draw: st.DrawFn, policy: Policy) -> Policy:
    """Change some elements of some statements: often a narrowing, often one that only looks like it."""
    made = []
    for statement in policy.statements:
        other = draw(statements())
        taken = [name for name in ("effect", "conditions") if draw(st.integers(0, 3)) == 0]
        for pair in (("actions", "not_actions"), ("resources", "not_resources")):
            taken += pair if draw(st.integers(0, 2)) == 0 else ()
        made.append(msgspec.structs.replace(statement, **{name: getattr(other, name) for name in taken}))
    return msgspec.structs.replace(policy, statements=tuple(made))


@given(st.data())
@settings(max_examples=400)
def test_an_empty_comparison_is_a_proof(data: st.DataObject) -> None:
    first = data.draw(policies())
    second = data.draw(changed(first))
    old, new = (NamedPolicy("old", first),), (NamedPolicy("new", second),)
    found = widening(old, new, UNIVERSE)
    if found:
        return
    for request in requests(NAMES, RESOURCES):
        if evaluate(request, Layers(identity=new)).answer is Answer.ALLOW:
            assert evaluate(request, Layers(identity=old)).answer is Answer.ALLOW, request


@given(policies(), st.data())
@settings(max_examples=150)
def test_a_part_of_a_policy_is_always_proven(policy: Policy, data: st.DataObject) -> None:
    """Leaving out Allow statements, or words of one, can always be shown to be no widening."""
    kept = []
    for statement in policy.statements:
        if statement.effect is Effect.DENY:
            kept.append(statement)
        elif data.draw(st.booleans()):
            actions = statement.actions
            some = actions and tuple(data.draw(st.lists(st.sampled_from(actions), min_size=1, max_size=3)))
            kept.append(msgspec.structs.replace(statement, actions=some))
    part = msgspec.structs.replace(policy, statements=tuple(kept))
    assert widening((NamedPolicy("p", policy),), (NamedPolicy("p", part),), UNIVERSE) == ()


@given(st.data())
@settings(max_examples=40)
def test_compressed_words_match_the_set_among_all_of_aws(data: st.DataObject) -> None:
    universe = iam_tables.universe()
    service = data.draw(st.sampled_from(("s3", "ec2", "iam", "sqs", "dynamodb", "lambda", "kms", "rds")))
    known = [name for name in universe.names if name.startswith(f"{service}:")]
    wanted = data.draw(st.sets(st.sampled_from(known), min_size=1, max_size=60))
    origin = Statement(effect=Effect.ALLOW, actions=(f"{service}:*",), resources=("*",))
    words = compressed(sorted(wanted), (origin,), universe)
    assert {name for name in known if any(action_matches(word, name) for word in words)} == wanted
    assert sum(map(len, words)) <= sum(map(len, wanted))
    wide = widened(sorted(wanted), (origin,), universe, Leave(price=2))
    matched = {name for name in known if any(action_matches(word, name) for word in wide.words)}
    assert matched == wanted | {name.lower() for name in wide.added}
    assert not any(universe.actions[name].level is AccessLevel.PERMISSIONS for name in matched - wanted)
