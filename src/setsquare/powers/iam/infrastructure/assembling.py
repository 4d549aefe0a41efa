"""Puts a policy together from the places that its statements stand in: what its words mean is decided by the one reading of policies, whatever the language.

Source: Terraform AWS provider, data source `aws_iam_policy_document`: documents are joined in their order, and a statement takes the place of an earlier one of its Sid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import (
    Field,
    ListNode,
    Located,
    Loose,
    MapNode,
    Node,
    Part,
    Place,
    TextNode,
    Unread,
    rendered,
    statement_nodes,
    walked,
)
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

Layer: TypeAlias = Part | Loose
_FIRM = ("Effect", "Condition", "Principal", "NotPrincipal")


class _Standing(Struct, frozen=True):
    """A statement, the number of its part, and where it stands there."""

    node: MapNode
    part: int
    at: int


def located(place: Place, root: MapNode) -> Located | Unread:
    """Read a policy that stands in one place."""
    optional = frozenset(at for at, node in enumerate(statement_nodes(root)) if isinstance(node, MapNode) and node.is_optional)
    return assembled(place, root, (Part(path=place.path, root=root, dialect=place.dialect, optional=optional),))


def assembled(place: Place, head: MapNode, layers: Sequence[Layer], span: Span | None = None) -> Located | Unread:
    """Join layers to a policy; `head` is the document that joins them, `span` its place in the file where that is not its own."""
    parts = tuple([each for each in layers if isinstance(each, Part)])
    standing: list[_Standing] = []
    loose: list[Loose] = []
    for number, part in enumerate(parts):
        _lay(standing, loose, part, number)
    loose += [each for each in layers if isinstance(each, Loose)]
    if not standing and loose:
        return _unread(place, loose[0].start, loose[0].reason, loose[0].path)
    value: Node = ListNode(head.span, tuple([each.node for each in standing]))
    known = [each for each in head.fields if each.key != "Statement"]
    root = MapNode(head.span, (*known, Field("Statement", head.span, value, head.span)))
    policy, problems = read_policy(scan(RelPath("policy.json"), rendered(root).encode()))
    if policy is None:
        return _unread(place, (span or head.span).start, problems[0].reason if problems else "it is no policy", place.path)
    own = head.value("Statement")
    is_single = len(parts) == 1 and isinstance(own, MapNode)
    source = SourcePolicy(
        path=place.path,
        form=place.form,
        policy=replace(_placed(policy, standing, parts), is_single=is_single),
        span=span or head.span,
        owner=place.owner,
        name=place.name,
        address=place.address,
        is_trust=place.is_trust,
        is_boundary=place.is_boundary,
        unresolved=tuple(dict.fromkeys(node.value for node in walked(root) if isinstance(node, TextNode) and node.is_open)),
    )
    homes = tuple([(each.part, each.at) for each in standing])
    return Located(source=source, root=root, parts=parts, homes=homes, loose=tuple(loose), unit=place.unit)


def _lay(standing: list[_Standing], loose: list[Loose], part: Part, number: int) -> None:
    """Lay a part upon those before it: a statement with a Sid takes the place of the one that has it already."""
    sids = {_sid(each.node): place for place, each in enumerate(standing) if _sid(each.node)} if number else {}
    for at, node in enumerate(part.statements):
        if at in part.elsewhere:
            continue
        vague = _vague(part, node)
        if vague is not None:
            loose.append(vague)
        elif isinstance(node, MapNode):
            place = sids.get(_sid(node))
            if place is None:
                standing.append(_Standing(node, number, at))
            else:
                standing[place] = _Standing(node, number, at)


def _vague(part: Part, node: Node) -> Loose | None:
    """Tell of a statement that only the engine knows: all of it, or its effect, conditions or principals."""
    start = part.inscribed.places[node.span.start] if part.inscribed else node.span.start
    if not isinstance(node, MapNode):
        shown = node.value if isinstance(node, TextNode) else "this"
        return Loose(
            path=part.path, start=start, reason=f"what {shown[:80]} stands for is known to the engine alone", is_one=not _is_spread(node)
        )
    for field in node.fields:
        if field.key in _FIRM and isinstance(field.value, TextNode) and field.value.is_whole:
            reason = f"what {field.value.value[:80]} stands for is known to the engine alone"
            return Loose(path=part.path, start=start, reason=reason, like=node, is_one=True)
    return None


def _is_spread(node: Node) -> bool:
    return isinstance(node, TextNode) and node.value.endswith("...}")


def _sid(node: MapNode) -> str:
    value = node.value("Sid")
    return value.value if isinstance(value, TextNode) else ""


def _unread(place: Place, start: int, reason: str, path: RelPath) -> Unread:
    return Unread(path=path, start=start, reason=reason, address=place.address, owner=place.owner)


def _placed(policy: Policy, standing: Sequence[_Standing], parts: Sequence[Part]) -> Policy:
    """Give the statements their places in the file."""
    spans = _spans(standing, parts)
    return replace(policy, statements=tuple([replace(each, span=span) for each, span in zip(policy.statements, spans, strict=True)]))


def _spans(standing: Sequence[_Standing], parts: Sequence[Part]) -> Iterator[Span]:
    for each in standing:
        inscribed = parts[each.part].inscribed
        yield inscribed.span(each.node.span) if inscribed else each.node.span
