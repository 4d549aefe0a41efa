"""Policies of AWS that infrastructure code attaches by name alone and that are ways to more rights by themselves.

Source: AWS, AWS Managed Policy Reference, "AdministratorAccess", "PowerUserAccess" and "IAMFullAccess".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Effect, Policy, Statement
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_ALL = ("*",)
_STATEMENTS: Mapping[str, Statement] = {
    "AdministratorAccess": Statement(effect=Effect.ALLOW, actions=_ALL, resources=_ALL),
    "PowerUserAccess": Statement(effect=Effect.ALLOW, not_actions=("iam:*", "organizations:*", "account:*"), resources=_ALL),
    "IAMFullAccess": Statement(effect=Effect.ALLOW, actions=("iam:*",), resources=_ALL),
}
_ATTACHED = LazyPattern(r":iam::aws:policy/([\w+=,.@-]+)(?![\w+=,.@/-])")
_COMMENTS = ("#", "//")


def attached_by_name(files: Mapping[RelPath, bytes], policies: Iterable[SourcePolicy]) -> Iterator[Principal]:
    """Give a principal for each place that attaches such a policy; what stands inside of a policy attaches nothing.

    >>> found = attached_by_name({RelPath("a.tf"): b'policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"'}, ())
    >>> [(each.name, each.place) for each in found]
    [('attachment of AdministratorAccess in a.tf', 'a.tf:1')]
    """
    spans: dict[RelPath, list[tuple[int, int]]] = {}
    for each in policies:
        spans.setdefault(each.path, []).append((each.span.start, each.span.end))
    for path, raw in sorted(files.items()):
        if b":iam::aws:policy/" not in raw:
            continue
        yield from _in_file(path, raw.decode("latin-1"), spans.get(path, []))


def _in_file(path: RelPath, text: str, spans: list[tuple[int, int]]) -> Iterator[Principal]:
    counts: dict[str, int] = {}
    for match in _ATTACHED.finditer(text):
        name, at = match[1], match.start()
        statement = _STATEMENTS.get(name)
        line_start = text.rfind("\n", 0, at) + 1
        is_comment = text[line_start:at].lstrip().startswith(_COMMENTS)
        if statement is None or is_comment or any(start <= at < end for start, end in spans):
            continue
        counts[name] = counts.get(name, 0) + 1
        shown = f"attachment of {name} in {path}" + (f" ({counts[name]})" if counts[name] > 1 else "")
        policy = NamedPolicy(name, Policy(statements=(statement,), version=CURRENT_VERSION))
        yield Principal(name=shown, layers=Layers(identity=(policy,)), is_policy=True, place=f"{path}:{text.count(chr(10), 0, at) + 1}")
