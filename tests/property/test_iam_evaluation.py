"""What must hold of every evaluation: denials only take, allowances only give, and what is not known narrows."""

from __future__ import annotations

import itertools
import os

import msgspec
import pytest
from bench.iam_cases import Case, cases
from bench.iam_engines import layers_of, policy_from, request_of
from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.powers.iam.evaluation.answer import Answer
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Condition, Effect, Policy, Principals, Statement
from setsquare.powers.iam.policy.expanding import expanded
from setsquare.powers.iam.policy.patterns import action_matches, arn_matches, covers, covers_action, overlaps, overlaps_action
from setsquare.powers.iam.policy.printing import printed
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.powers.iam.universe import AccessLevel, ActionFacts, Universe
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

EXAMPLES = 600 if os.environ.get("SETSQUARE_SOAK") else 60
"""Drawing whole organisations costs more than evaluating them: the made cases below are many, and `make soak` draws more."""
MADE = 400

ROLE = "arn:aws:iam::111122223333:role/app"
SESSION = "arn:aws:sts::111122223333:assumed-role/app/s"
USER = "arn:aws:iam::111122223333:user/alice"
KEYS = (
    "aws:requestedregion",
    "aws:principaltag/team",
    "aws:tagkeys",
    "aws:sourceip",
    "aws:currenttime",
    "aws:securetransport",
    "s3:max-keys",
    "aws:sourcearn",
)
VALUES = st.sampled_from(["a", "ab", "true", "false", "5", "10", "2024-01-01T00:00:00Z", "203.0.113.7", "arn:aws:s3:::b", "x*"])
WANTED = VALUES | st.sampled_from(
    ["a*", "*", "?b", "203.0.113.0/24", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'ab'}", "arn:aws:s3:::*", "${*}"]
)
OPERATORS = st.sampled_from(
    [
        f"{quantifier}{name}{suffix}"
        for quantifier in ("", "ForAllValues:", "ForAnyValue:")
        for name in (
            "StringEquals",
            "StringNotLike",
            "StringLike",
            "NumericLessThan",
            "DateGreaterThan",
            "Bool",
            "NotIpAddress",
            "IpAddress",
            "ArnLike",
            "ArnNotEquals",
            "Odd",
        )
        for suffix in ("", "IfExists")
    ]
    + ["Null"]
)
ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "S3:GET*", "s3:*", "*", "ec2:*", "s3:?etObject", "*:GetObject"])
RESOURCES = st.sampled_from(
    ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::${aws:PrincipalTag/team}/k", "arn:aws:s3:::c", "arn:*:k", "arn:aws:s3*b/k"]
)
NAMED = st.sampled_from(["*", ROLE, SESSION, USER, "111122223333", "444455556666", "AROAEXAMPLE"])


def texts(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, min_size=1, max_size=3).map(tuple)


CONDITIONS = st.lists(
    st.builds(Condition, OPERATORS, st.sampled_from(KEYS), texts(WANTED)),
    max_size=3,
    unique_by=lambda each: (each.operator.lower(), each.key),
).map(tuple)


@st.composite
def statements(draw: st.DrawFn, effect: Effect | None = None, *, has_principals: bool = False) -> Statement:
    is_action, is_resource = draw(st.booleans()) or draw(st.booleans()), draw(st.booleans()) or draw(st.booleans())
    actions, resources = draw(texts(ACTIONS)), draw(texts(RESOURCES))
    chosen = effect or draw(st.sampled_from(Effect))
    names = (Principals("AWS", draw(texts(NAMED))),) if has_principals else None
    is_named = chosen is Effect.ALLOW or draw(st.booleans())
    return Statement(
        effect=chosen,
        actions=actions if is_action else None,
        not_actions=None if is_action else actions,
        resources=resources if is_resource else None,
        not_resources=None if is_resource else resources,
        principals=names if is_named else None,
        not_principals=None if is_named else names,
        conditions=draw(CONDITIONS),
    )


def policies(*, has_principals: bool = False) -> st.SearchStrategy[NamedPolicy]:
    listed = st.lists(statements(has_principals=has_principals), max_size=3).map(tuple)
    return st.builds(
        lambda found, version: NamedPolicy("p", Policy(statements=found, version=version)), listed, st.sampled_from([CURRENT_VERSION, ""])
    )


LAYERS = st.builds(
    Layers,
    identity=st.lists(policies(), max_size=2).map(tuple),
    boundary=st.none() | policies(),
    service_control=st.none() | st.lists(st.lists(policies(), max_size=2).map(tuple), max_size=2).map(tuple),
    resource_control=st.none() | st.lists(st.lists(policies(has_principals=True), max_size=1).map(tuple), max_size=1).map(tuple),
    session=st.none() | st.lists(policies(), max_size=1).map(tuple),
    resource=st.none() | policies(has_principals=True),
    is_same_account=st.booleans(),
    is_delegating=st.booleans(),
)
CONTEXTS = st.dictionaries(st.sampled_from(KEYS), st.lists(VALUES, min_size=1, max_size=2).map(tuple), max_size=len(KEYS))
REQUESTS = st.builds(
    Request,
    action=st.sampled_from(["s3:GetObject", "s3:PutObject", "S3:getobject"]),
    resource=st.sampled_from(["arn:aws:s3:::b/k", "arn:aws:s3:::ab/k", "*", ""]),
    principal=st.sampled_from([ROLE, SESSION, USER, "", "ec2.amazonaws.com", "anonymous"]),
    context=CONTEXTS,
    absent=st.frozensets(st.sampled_from(KEYS)),
    is_context_complete=st.booleans(),
)
PLACES = ("identity", "boundary", "service_control", "resource_control", "session", "resource")


def with_statement(layers: Layers, place: str, statement: Statement) -> Layers | None:
    """Add a statement to the policies of one layer; `None` where the layer does not apply or holds no policy."""

    def more(named: NamedPolicy) -> NamedPolicy:
        return NamedPolicy(named.name, msgspec.structs.replace(named.policy, statements=(*named.policy.statements, statement)))

    found = getattr(layers, place)
    if not found:
        return None
    if isinstance(found, NamedPolicy):
        return msgspec.structs.replace(layers, **{place: more(found)})
    if place.endswith("control"):
        if not found[0]:
            return None
        return msgspec.structs.replace(layers, **{place: ((more(found[0][0]), *found[0][1:]), *found[1:])})
    return msgspec.structs.replace(layers, **{place: (more(found[0]), *found[1:])})


@given(REQUESTS, LAYERS, st.data())
@settings(max_examples=EXAMPLES)
def test_a_denial_more_never_allows_more(request: Request, layers: Layers, data: st.DataObject) -> None:
    before = evaluate(request, layers).answer
    for place in PLACES:
        statement = data.draw(statements(Effect.DENY, has_principals=place in {"resource", "resource_control"}))
        changed = with_statement(layers, place, statement)
        if changed is None:
            continue
        after = evaluate(request, changed).answer
        assert before is not Answer.DENY or after is Answer.DENY
        assert before is not Answer.UNKNOWN or after is not Answer.ALLOW


@given(REQUESTS, LAYERS, st.data())
@settings(max_examples=EXAMPLES)
def test_an_allowance_more_never_denies_more(request: Request, layers: Layers, data: st.DataObject) -> None:
    before = evaluate(request, layers).answer
    for place in PLACES:
        statement = data.draw(statements(Effect.ALLOW, has_principals=place in {"resource", "resource_control"}))
        changed = with_statement(layers, place, statement)
        if changed is None:
            continue
        after = evaluate(request, changed).answer
        assert before is not Answer.ALLOW or after is Answer.ALLOW
        assert before is not Answer.UNKNOWN or after is not Answer.DENY


@given(REQUESTS.filter(lambda request: not request.is_context_complete), LAYERS, CONTEXTS)
@settings(max_examples=2 * EXAMPLES)
def test_what_becomes_known_contradicts_nothing(request: Request, layers: Layers, more: dict[str, tuple[str, ...]]) -> None:
    """Some unknown keys get values, then all others are said to be absent."""
    before = evaluate(request, layers)
    known = {key: values for key, values in more.items() if key not in request.context and key not in request.absent}
    fuller = msgspec.structs.replace(request, context={**request.context, **known})
    complete = msgspec.structs.replace(fuller, is_context_complete=True)
    for each in (fuller, complete):
        after = evaluate(each, layers)
        assert before.answer is Answer.UNKNOWN or after.answer is before.answer
    if before.answer is Answer.UNKNOWN and not set(before.unknown_keys) & known.keys():
        assert evaluate(fuller, layers).answer is Answer.UNKNOWN, "a key that is not named decides nothing by itself"


@pytest.mark.parametrize("part", range(4))
def test_made_cases_keep_the_same(part: int) -> None:
    """The same three properties on cases that are made around their requests, so that most statements apply."""
    made = cases(MADE, seed=part)
    for case, other in itertools.pairwise(made):
        assert_monotone(case, other)
        assert_narrowing(case)


def assert_monotone(case: Case, other: Case) -> None:
    request, layers = request_of(case), layers_of(case)
    before = evaluate(request, layers).answer
    for document in other.identity[:1]:
        for statement in policy_from(document).statements:
            for effect, worse in ((Effect.DENY, Answer.ALLOW), (Effect.ALLOW, Answer.DENY)):
                changed = with_statement(layers, "identity", msgspec.structs.replace(statement, effect=effect))
                after = before if changed is None else evaluate(request, changed).answer
                assert after is before or after is not worse, (case.number, statement)


def assert_narrowing(case: Case) -> None:
    """Forget one key after another: what was answered without a key is answered with it."""
    whole, layers = request_of(case), layers_of(case)
    final = evaluate(whole, layers).answer
    left = dict(whole.context)
    everything = {key.lower() for keys in (left, *KEYS_OF_CASES) for key in keys}
    for key in list(left):
        del left[key]
        absent = frozenset(everything - left.keys() - whole.context.keys())
        partial = msgspec.structs.replace(whole, context=dict(left), absent=absent, is_context_complete=False)
        found = evaluate(partial, layers).answer
        assert found in {Answer.UNKNOWN, final}, (case.number, key)


KEYS_OF_CASES = [KEYS, ("aws:username", "aws:userid", "aws:principalarn")]


@given(REQUESTS, LAYERS)
@settings(max_examples=EXAMPLES)
def test_an_evaluation_is_whole(request: Request, layers: Layers) -> None:
    found = evaluate(request, layers)
    assert found == evaluate(request, layers)
    assert not found.is_explicit or found.answer is Answer.DENY
    assert not found.unknown_keys or found.answer is Answer.UNKNOWN
    assert all(step.reason for step in found.steps)


NAMES = ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "ec2:RunInstances", "iam:PassRole", "sqs:SendMessage")
UNIVERSE = Universe(
    version="1",
    dated="2026-01-01",
    actions={name.lower(): ActionFacts(name=name, level=AccessLevel.READ) for name in NAMES},
    resource_types={},
)
PATTERNS = st.text("s3:GetObPa*?i", max_size=8) | st.sampled_from([*NAMES, "*", "s3:*", "S3:GET*"])


@given(st.lists(PATTERNS.filter(bool), min_size=1, max_size=3).map(tuple), st.booleans())
@settings(max_examples=400)
def test_expansion_agrees_with_matching_and_with_evaluation(patterns: tuple[str, ...], is_not: bool) -> None:
    statement = Statement(
        effect=Effect.ALLOW, resources=("*",), actions=None if is_not else patterns, not_actions=patterns if is_not else None
    )
    layers = Layers(identity=(NamedPolicy("p", Policy(statements=(statement,))),))
    found = expanded(statement, UNIVERSE)
    for name in NAMES:
        is_matched = any(action_matches(pattern, name) for pattern in patterns)
        assert (name in found) == (is_matched != is_not)
        assert (evaluate(Request(action=name), layers).answer is Answer.ALLOW) == (name in found)


SHORT = st.text("ab:*?", max_size=6)


@given(SHORT, SHORT, st.text("abz:", max_size=6))
@settings(max_examples=800)
def test_covering_and_overlapping_agree_with_matching(first: str, second: str, text: str) -> None:
    if covers(first, second) and arn_matches(second, text):
        assert arn_matches(first, text)
    if arn_matches(first, text) and arn_matches(second, text):
        assert overlaps(first, second)
    if covers_action(first, second) and action_matches(second, text):
        assert action_matches(first, text)
    if action_matches(first, text) and action_matches(second, text):
        assert overlaps_action(first, second)


@given(policies() | policies(has_principals=True))
@settings(max_examples=EXAMPLES)
def test_what_is_printed_reads_back(named: NamedPolicy) -> None:
    if not named.policy.statements:
        return
    numbered = [msgspec.structs.replace(each, index=index) for index, each in enumerate(named.policy.statements)]
    policy = msgspec.structs.replace(named.policy, statements=tuple(numbered))
    again, problems = read_policy(scan(RelPath("p.json"), printed(policy).encode()))
    assert problems == ()
    assert again is not None
    plain = [msgspec.structs.replace(each, span=Span(0, 0), conditions=grouped(each.conditions)) for each in again.statements]
    assert plain == [msgspec.structs.replace(each, conditions=grouped(each.conditions)) for each in numbered]


def grouped(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """An object of JSON holds each operator once: conditions come back in the order of their operators."""
    return tuple(sorted(conditions, key=lambda each: (each.operator, each.key)))


@given(st.binary(max_size=200) | st.text('{}[]",:StatementEffectAllow*\\u', max_size=80).map(str.encode))
@settings(max_examples=400)
def test_any_bytes_read_to_a_policy_or_to_problems(raw: bytes) -> None:
    policy, problems = read_policy(scan(RelPath("p.json"), raw))
    assert (policy is None) == any(problem.is_fatal for problem in problems)
