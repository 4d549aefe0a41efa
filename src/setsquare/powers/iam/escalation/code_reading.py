"""Reads the principals and attachments of infrastructure code: each folder of Terraform as a module, each template by itself."""

from __future__ import annotations

from collections.abc import Mapping

from setsquare.powers.iam.escalation.code import Code, joined
from setsquare.powers.iam.escalation.template_code import template_code
from setsquare.powers.iam.escalation.template_reading import TEMPLATES, given_in
from setsquare.powers.iam.escalation.terraform_code import module_code, passed_to
from setsquare.powers.iam.infrastructure.reading import LIMIT_BYTES, is_code
from setsquare.text.paths import RelPath, parent


def code_in(files: Mapping[RelPath, bytes]) -> Code:
    r"""Read files by what their names end in.

    >>> code_in({RelPath("a/main.tf"): b'resource "aws_iam_role" "x" {\n  name = "ci"\n}'}).owners[0].arn_words
    ('aws_iam_role.x.arn',)
    """
    modules: dict[RelPath, dict[RelPath, bytes]] = {}
    parts: list[Code] = []
    given = given_in(files, LIMIT_BYTES)
    for path, raw in sorted(files.items()):
        if len(raw) > LIMIT_BYTES:
            continue
        if is_code(path):
            modules.setdefault(parent(path), {})[path] = raw
        elif path.endswith(TEMPLATES):
            parts.append(template_code(path, raw, given.get(path, {})))
    passed = passed_to({path: raw for module in modules.values() for path, raw in module.items()})
    parts += [module_code(module, folder, frozenset(passed.get(folder, ()))) for folder, module in modules.items()]
    return joined(parts)
