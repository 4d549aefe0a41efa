"""Finds policies in the blocks of Terraform that the reading of policies passes by: permission sets, inline policies made in loops, stacks of CloudFormation, modules from elsewhere.

Source: Terraform AWS provider, `aws_ssoadmin_permission_set_inline_policy`, `aws_cloudformation_stack`; Terraform AWSCC provider, `awscc_iam_role`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from setsquare.powers.iam.escalation.document_search import documents_in
from setsquare.powers.iam.escalation.template_reading import policies_of_template
from setsquare.powers.iam.escalation.terraform_completing import Completed
from setsquare.powers.iam.escalation.terraform_documents import expanded
from setsquare.powers.iam.escalation.terraform_values import CodeValues
from setsquare.powers.iam.escalation.valued_policies import valued_policy
from setsquare.powers.iam.expressions.evaluating import values_of
from setsquare.powers.iam.expressions.values import NOTHING, Choices, Encoded, Fields, Open, Value, items_of
from setsquare.powers.iam.infrastructure.hcl import Attribute
from setsquare.powers.iam.infrastructure.model import Form, SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import Unread
from setsquare.powers.iam.infrastructure.terraform_attachments import ATTACHED, owner_of
from setsquare.powers.iam.infrastructure.terraform_module import Home, Scope, text_of, turned
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

_OWN_CODE = ("./", "../")
_READ = frozenset({"aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy", "aws_iam_policy", "aws_iam_role", *ATTACHED})
_SET_POLICY = "aws_ssoadmin_permission_set_inline_policy"
_STACKS = frozenset({"aws_cloudformation_stack", "aws_cloudformation_stack_set"})
_MEANT = LazyPattern(r"polic|statement|permission", 2)
_NAMES = LazyPattern(r"name|path|description|boundary|arn|tags|_url\Z|prefix|count|create|enable|attach", 2)
_ATTACHING = LazyPattern(r"attach_\w*polic(?:y|ies)\w*\Z")
_FOLLOWED = LazyPattern(r"\$\{(?:aws_iam_policy\.|data\.aws_iam_policy_document\.)")
_SAID = LazyPattern(r"\baws iam (?:put|attach|create|update|set|add)-[\w-]+")
_RUNNING = frozenset({"null_resource", "terraform_data"})
_MOST_DEPTH = 12
_EMPTY = Encoded(Fields((("Statement", ()),)))


class _At(Struct, frozen=True):
    """A place: the block, its scope and its address."""

    scope: Scope
    home: Home
    address: str


def other_policies(scopes: Iterable[Scope], values: CodeValues) -> Completed:
    """Find the policies of such blocks, and name what of them is not known."""
    policies: list[SourcePolicy] = []
    unread: list[Unread] = []
    for scope in scopes:
        for (type_, name), home in scope.module.resources.items():
            for turn in turned(scope, home):
                key = f'["{turn.turn.key}"]' if turn.turn and turn is not scope else ""
                for each in _of_block(values, _At(turn, home, f"{scope.prefix}{type_}.{name}{key}")):
                    (policies if isinstance(each, SourcePolicy) else unread).append(each)  # type: ignore[arg-type]
        for label, home in scope.module.calls.items():
            source = text_of(scope, home.block.value("source"))
            if not source.startswith(_OWN_CODE):
                for each in _of_module(values, _At(scope, home, f"{scope.prefix}module.{label}"), source):
                    (policies if isinstance(each, SourcePolicy) else unread).append(each)  # type: ignore[arg-type]
    return Completed(tuple(policies), tuple(dict.fromkeys(unread)))


def _of_block(values: CodeValues, at: _At) -> Iterator[SourcePolicy | Unread]:
    type_ = at.home.block.labels[0]
    if type_ == "aws_iam_role":
        yield from _looped(values, at)
    elif type_ == _SET_POLICY:
        attribute = _attribute(at.home, "inline_policy")
        if attribute is not None:
            yield from _made(at, values.at(at.scope, at.home.path, attribute.value.span, at.home), attribute.value.span, at.address)
    elif type_ in _STACKS:
        yield from _stack(values, at)
    elif type_ not in _READ:
        for attribute in at.home.block.attributes:
            choices = values.at(at.scope, at.home.path, attribute.value.span, at.home)
            yield from _within(at, choices, attribute.value.span)
    if type_ in _RUNNING or any(inner.type == "provisioner" for inner in at.home.block.blocks):
        yield from _run(values, at)


def _looped(values: CodeValues, at: _At) -> Iterator[SourcePolicy | Unread]:
    """Read the inline policies that a loop makes in a role."""
    block = at.home.block
    if not any(inner.type == "dynamic" and inner.labels == ("inline_policy",) for inner in block.blocks):
        return
    owner = owner_of({}, at.scope, None, at.home)
    where = values.evaluation(at.scope, at.home)
    for piece in expanded(values, at.home.path, block, "inline_policy", where):
        policy = piece.block.value("policy")
        if policy is not None and piece.where is not where:
            choices = values_of(values.term(at.home.path, policy.span), piece.where.deeper())
            yield from _made(at, choices, policy.span, owner)


def _stack(values: CodeValues, at: _At) -> Iterator[SourcePolicy | Unread]:
    """Read the template that a stack is made of."""
    attribute = _attribute(at.home, "template_body")
    if attribute is None:
        yield _unread(at, "its template is not in the code")
        return
    for value in values.at(at.scope, at.home.path, attribute.value.span, at.home):
        text = _template_text(value)
        if text is None:
            yield _unread(at, "its template is known to the engine alone")
            continue
        name = RelPath("stack.json" if text.lstrip().startswith("{") else "stack.yaml")
        found = policies_of_template(name, text.encode())
        if found is None:
            yield _unread(at, "its template cannot be read")
            continue
        for source in found.policies:
            yield SourcePolicy(
                path=at.home.path,
                form=source.form,
                policy=source.policy,
                span=attribute.value.span,
                owner=source.owner,
                name=source.name,
                address=f"{at.address}.{source.address}",
                is_trust=source.is_trust,
                is_boundary=source.is_boundary,
            )
        for rest in found.unread:
            yield _unread(at, f"{rest.address}: {rest.reason}" if rest.address else rest.reason)


def _template_text(value: Value) -> str | None:
    from setsquare.powers.iam.expressions.values import text_of as shown  # noqa: PLC0415  (two functions of one name)

    found = shown(value)
    if isinstance(found, Open):
        return None if found.is_whole else found.text
    return found


def _run(values: CodeValues, at: _At) -> Iterator[Unread]:
    """Name commands that change IAM beside the code."""
    raw = values.text(at.home.path, at.home.block.span)
    found = _SAID.search(raw)
    if found:
        yield _unread(at, f"it runs `{found[0]}`, whose effect the code does not say")


def _of_module(values: CodeValues, at: _At, source: str) -> Iterator[SourcePolicy | Unread]:
    """Read what is handed to a module whose code is elsewhere."""
    version = text_of(at.scope, at.home.block.value("version"))
    yield _unread(at, f"what {source[:120]}{f' {version}' if version else ''} makes is not in the code")
    for attribute in at.home.block.attributes:
        if attribute.name in {"source", "version", "providers", "depends_on", "count", "for_each"}:
            continue
        choices = values.at(at.scope, at.home.path, attribute.value.span, at.home)
        yield from _within(at, choices, attribute.value.span)
        if _ATTACHING.match(attribute.name) and choices not in ((False,), ((),), (NOTHING,)):
            yield _unread(at, f"{attribute.name} lets it attach a policy that is not in the code")
        elif _MEANT.search(attribute.name) and not _NAMES.search(attribute.name):
            for word in sorted({each.text for choice in choices for each in _open_in(choice, 0) if not _FOLLOWED.match(each.text)}):
                yield _unread(at, f"{attribute.name} holds {word[:160]}, which is known to the engine alone")


def _open_in(value: Value, depth: int) -> Iterator[Open]:
    """Give what is open in a value besides resources."""
    if isinstance(value, Open):
        if value.is_whole:
            yield value
    elif isinstance(value, Fields):
        for key, each in value.fields if depth < _MOST_DEPTH else ():
            if key.lower() not in {"resource", "resources", "notresource", "not_resources", "condition", "conditions", "sid"}:
                yield from _open_in(each, depth + 1)
    elif isinstance(value, (tuple, Encoded)) and depth < _MOST_DEPTH:
        for each in items_of(value.value if isinstance(value, Encoded) else value):
            yield from _open_in(each, depth + 1)


def _within(at: _At, choices: Choices, span: Span) -> Iterator[SourcePolicy | Unread]:
    """Find documents and statements anywhere in a value."""
    documents: list[Value] = []
    for choice in choices:
        statements = [statement for each in dict.fromkeys(documents_in(choice)) for statement in _statements(each)]
        documents.append(Encoded(Fields((("Statement", tuple(statements)),))))
    if any(document != _EMPTY for document in documents):
        yield from _made(at, tuple(dict.fromkeys(documents)), span, "")


def _statements(document: Value) -> tuple[Value, ...]:
    inner = document.value if isinstance(document, Encoded) else document
    listed = inner.get("Statement") if isinstance(inner, Fields) else None
    return () if listed is None else items_of(listed) if isinstance(listed, tuple) else (listed,)


def _made(at: _At, choices: Choices, span: Span, owner: str) -> Iterator[SourcePolicy | Unread]:
    valued = valued_policy(choices)
    if valued.policy is not None and valued.policy.statements:
        yield SourcePolicy(
            path=at.home.path,
            form=Form.TERRAFORM_JSONENCODE,
            policy=valued.policy,
            span=span,
            owner=owner,
            name=at.address if not owner else "",
            address=at.address,
        )
    for reason in valued.unknown:
        yield _unread(at, reason)


def _attribute(home: Home, name: str) -> Attribute | None:
    return next((each for each in home.block.attributes if each.name == name), None)


def _unread(at: _At, reason: str) -> Unread:
    return Unread(path=at.home.path, start=at.home.block.span.start, reason=reason, address=at.address)
