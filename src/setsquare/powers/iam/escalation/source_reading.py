"""Reads the policies of code as far as they can be known, and names every place that cannot: what is granted there is claimed neither way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.escalation.code import Code
from setsquare.powers.iam.escalation.code_reading import code_in
from setsquare.powers.iam.escalation.loose_documents import loose_documents
from setsquare.powers.iam.escalation.template_reading import templates_in
from setsquare.powers.iam.escalation.terraform_completing import completed
from setsquare.powers.iam.escalation.terraform_others import other_policies
from setsquare.powers.iam.escalation.terraform_pairs import paired
from setsquare.powers.iam.escalation.terraform_values import CodeValues
from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import Found, Unread
from setsquare.powers.iam.infrastructure.reading import LIMIT_BYTES, found_in, is_code
from setsquare.powers.iam.infrastructure.terraform import modules_of, scopes_of
from setsquare.text.paths import RelPath, base_name


class Sources(Struct, frozen=True):
    """The policies of some files, what else the code says of principals, and what could not be read, in words."""

    policies: tuple[SourcePolicy, ...] = ()
    unread: tuple[str, ...] = ()
    code: Code = Code()


def sources_in(files: Mapping[RelPath, bytes]) -> Sources:
    r"""Read all policies of some files.

    >>> text = b'locals { a = ["iam:*"] }\nresource "aws_iam_policy" "x" {\n policy = jsonencode({Statement=[{Effect="Allow",Action=local.a,Resource="*"}]})\n}'
    >>> sources_in({RelPath("a.tf"): text}).policies[0].policy.statements[0].actions
    ('iam:*',)
    """
    templates = templates_in(files, LIMIT_BYTES)
    read = found_in(files, has_all_code=True)
    found = Found(
        tuple([each for each in read.located if each.source.path not in templates]),
        tuple([each for each in read.unread if each.path not in templates]),
    )
    code = {path: raw for path, raw in files.items() if is_code(path) and len(raw) <= LIMIT_BYTES}
    modules, _ = modules_of(code)
    scopes = tuple(scopes_of(modules))
    values = CodeValues(modules, scopes, files)
    known = completed(found, values, modules)
    others = other_policies(scopes, values)
    taken = {*templates, *(part.path for each in read.located for part in each.parts), *(each.source.path for each in read.located)}
    taken |= {each.path for each in read.unread}
    loose = tuple(loose_documents(files, taken))
    unread = (
        *(each for each in loose if isinstance(each, Unread)),
        *_replacing(code),
        *known.unread,
        *others.unread,
        *(each for read in templates.values() for each in read.unread),
    )
    policies = (
        *(each for each in loose if isinstance(each, SourcePolicy)),
        *known.policies,
        *others.policies,
        *(each for read in templates.values() for each in read.policies),
    )
    about = paired(code_in(files), values, scopes)
    return Sources(tuple(sorted(policies, key=_place)), tuple(dict.fromkeys(map(_said, unread))), about)


def _replacing(code: Mapping[RelPath, bytes]) -> Iterator[Unread]:
    """Name the files whose blocks take the place of others: which of both hold is not followed."""
    for path in sorted(code):
        base = base_name(path).partition(".")[0]
        if base == "override" or base.endswith("_override"):
            yield Unread(path=path, start=0, reason="it overrides blocks of other files, which is not followed")
        elif ".tofu" in path and RelPath(path.replace(".tofu", ".tf")) in code:
            yield Unread(path=path, start=0, reason="OpenTofu reads it in the place of the file with .tf, which is not followed")


def _place(each: SourcePolicy) -> tuple[str, int, str, str]:
    return each.path, each.span.start, each.owner, each.address


def _said(each: Unread) -> str:
    return f"{each.path} ({each.address}): {each.reason}" if each.address else f"{each.path}: {each.reason}"
