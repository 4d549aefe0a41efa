"""An edit of code says what was meant, touches no byte outside of the policy's own text, and done twice does nothing."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.editing import CannotEdit, Edited, edited
from setsquare.powers.iam.infrastructure.finding import NotFound, source_of
from setsquare.powers.iam.infrastructure.quoted import inscribed, outer_edits
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Effect, Policy, Statement
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span, apply_edits

_ACTIONS = tuple(
    f"{service}:{verb}{noun}" for service in ("s3", "sqs", "dynamodb") for verb in ("Get", "Put", "Delete") for noun in ("Item", "Queue")
)
_RESOURCES = ("*", "arn:aws:s3:::logs/*", "arn:aws:sqs:eu-west-1:123456789012:é", "arn:aws:s3:::${aws:username}/x")
_NOISE = (
    "",
    "# s3:GetItem\n",
    '// } { [ "\n',
    '/* a\n * "b" */\n\n',
    'locals {\n  a = "s3:PutItem"\n}\n\n',
    'output "x" {\n  value = "é${local.a}"\n}\n',
)


@st.composite
def _policies(draw: st.DrawFn) -> Policy:
    statements = []
    for index in range(draw(st.integers(1, 4))):
        actions = draw(st.lists(st.sampled_from(_ACTIONS), min_size=1, max_size=5, unique=True))
        resources = draw(st.lists(st.sampled_from(_RESOURCES), min_size=1, max_size=2, unique=True))
        effect = draw(st.sampled_from((Effect.ALLOW, Effect.ALLOW, Effect.DENY)))
        statements.append(Statement(effect=effect, sid=f"S{index}", index=index, actions=tuple(actions), resources=tuple(resources)))
    return Policy(version=CURRENT_VERSION, statements=tuple(statements))


@st.composite
def _narrower(draw: st.DrawFn, policy: Policy) -> Policy:
    kept = []
    for statement in policy.statements:
        left = [each for each in statement.actions or () if draw(st.booleans())]
        if statement.effect is Effect.DENY:
            kept.append(statement)
        elif left:
            kept.append(replace(statement, actions=tuple(left)))
    return replace(policy, statements=tuple(kept) or policy.statements[:1])


def _json(policy: Policy, indent: int | None) -> str:
    statements = [
        {"Sid": each.sid, "Effect": each.effect.value, "Action": list(each.actions or ()), "Resource": list(each.resources or ())}
        for each in policy.statements
    ]
    return json.dumps({"Version": policy.version, "Statement": statements}, indent=indent, ensure_ascii=False)


def _blocks(policy: Policy) -> str:
    made = "".join(
        f'  statement {{\n    sid       = "{each.sid}"\n    effect    = "{each.effect.value}"\n'
        f"    actions   = {json.dumps(each.actions)}\n    resources = {json.dumps(each.resources, ensure_ascii=False).replace('${', '&{')}\n  }}\n\n"
        for each in policy.statements
    )
    return f'data "aws_iam_policy_document" "d" {{\n{made}}}\n'


def _written(policy: Policy, form: str, indent: int | None) -> tuple[str, str]:
    """Write a policy as an expression of Terraform, and what must stand beside it."""
    text = _json(policy, indent).replace("${", "$${")
    match form:
        case "heredoc":
            return f"<<-EOF\n{text}\n  EOF", ""
        case "quoted":
            return json.dumps(text, ensure_ascii=False), ""
        case "jsonencode":
            return f"jsonencode({text})", ""
        case "document":
            return "data.aws_iam_policy_document.d.json", _blocks(policy)
        case _:
            return (
                "jsonencode({ Statement = local.s })",
                f"locals {{\n  s = {json.dumps(json.loads(text)['Statement'], indent=indent, ensure_ascii=False)}\n}}\n",
            )


_FORMS = st.sampled_from(("heredoc", "quoted", "jsonencode", "document", "local"))


@given(
    data=st.data(),
    policy=_policies(),
    form=_FORMS,
    indent=st.sampled_from((None, 2)),
    noise=st.tuples(st.sampled_from(_NOISE), st.sampled_from(_NOISE)),
)
def test_an_edit_says_what_was_meant_and_stays_in_the_policys_own_text(
    data: st.DataObject, policy: Policy, form: str, indent: int | None, noise: tuple[str, str]
) -> None:
    expression, beside = _written(policy, form, indent)
    block = f'resource "aws_iam_role_policy" "x" {{\n  name   = "base" # s3:\n  role   = "ecs-api"\n  policy = {expression}\n}}\n'
    files = {RelPath("main.tf"): f"{noise[0]}{block}{noise[1]}{beside}".encode(), RelPath("b.json"): _json(policy, None).encode()}
    after = data.draw(_narrower(policy))
    found = found_in(files)
    located = source_of(found, "ecs-api", "base", policy)
    assert not isinstance(located, NotFound), located

    plan = edited(files, located.source, policy, after, found)

    assert isinstance(plan, Edited), plan
    assert plan.notes == ()
    parts = [part.span for part in located.parts]
    for change in plan.changes:
        assert change.path == "main.tf"
        for edit in change.edits:
            assert any(part.start <= edit.span.start and edit.span.end <= part.end for part in parts), edit
    now = {**files, **{change.path: change.applied(files[change.path]) for change in plan.changes}}
    again = source_of(found_in(now), "ecs-api", "base", after)
    assert not isinstance(again, NotFound), again
    assert _meaning(again.source.policy) == _meaning(after)
    repeated = edited(now, again.source, after, after)
    assert isinstance(repeated, Edited)
    assert repeated.changes == ()


def _meaning(policy: Policy) -> list[tuple[str, str, frozenset[str], frozenset[str]]]:
    return [(each.sid, each.effect.value, frozenset(each.actions or ()), frozenset(each.resources or ())) for each in policy.statements]


@given(policy=_policies(), broken=st.binary(max_size=6), at=st.integers(0, 400), form=_FORMS)
def test_broken_code_is_never_half_edited(policy: Policy, broken: bytes, at: int, form: str) -> None:
    expression, beside = _written(policy, form, 2)
    raw = f'resource "aws_iam_role_policy" "x" {{\n  name   = "base"\n  role   = "ecs-api"\n  policy = {expression}\n}}\n{beside}'.encode()
    raw = raw[:at] + broken + raw[at:]
    files = {RelPath("main.tf"): raw}
    found = found_in(files)
    located = source_of(found, "ecs-api", "base", policy)
    if isinstance(located, NotFound):
        return
    first = policy.statements[0]
    after = replace(policy, statements=(replace(first, actions=(first.actions or ())[:1]), *policy.statements[1:]))
    plan = edited(files, located.source, policy, after, found)
    if not isinstance(plan, CannotEdit):
        now = {change.path: change.applied(files[change.path]) for change in plan.changes}
        assert not isinstance(source_of(found_in({**files, **now}), "ecs-api", "base", after), NotFound)


@given(text=st.text(alphabet='ab"\\\n\té${}%', max_size=30), cut=st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_edits_of_a_quoted_text_are_edits_of_the_text(text: str, cut: tuple[int, int]) -> None:
    # What begins an expression is doubled, as Terraform has it.
    inner = text.replace("${", "$${").replace("%{", "%%{")
    raw = b"x = " + json.dumps(inner, ensure_ascii=False).encode()
    found, _ = inscribed(raw, Span(4, len(raw)), ())
    assert found.text == inner.encode()
    letters = found.text.decode()
    start, end = sorted(min(each, len(letters)) for each in cut)
    edit = Edit(Span(len(letters[:start].encode()), len(letters[:end].encode())), b'"n"')
    changed = apply_edits(raw, outer_edits(found, [edit]))
    assert json.loads(changed[4:]) == apply_edits(found.text, [edit]).decode()
    assert inscribed(changed, Span(4, len(changed)), ())[0].text == apply_edits(found.text, [edit])
