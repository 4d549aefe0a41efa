"""Finds the policies of infrastructure code: policy files, CloudFormation templates, Terraform modules. Files are bounded and read as data."""

from __future__ import annotations

from collections.abc import Mapping

from setsquare.powers.iam.infrastructure.cloudformation import template_policies
from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import Found, Located, Unread
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node, policy_files
from setsquare.powers.iam.infrastructure.remembering import Known
from setsquare.powers.iam.infrastructure.terraform import terraform_policies
from setsquare.powers.iam.infrastructure.yaml_nodes import yaml_node
from setsquare.text.paths import RelPath

LIMIT_BYTES = 5_000_000
"""The largest file that is read; no template may be larger than 1 MB, no policy than 10 kB."""
ENDINGS = (".json", ".tf", ".yaml", ".yml", ".template", ".tpl", ".tftpl", ".tmpl")
"""How the names of files end that may hold policies."""
_FILLED_IN = (".tpl", ".tftpl", ".tmpl")


FETCHED = (*ENDINGS, ".tofu")
"""Endings of the files that an edit must know of; some are never edited, and may name what is."""
_CODE = (".tf", ".tofu", ".tf.json", ".tofu.json")


def is_code(path: str) -> bool:
    """Tell whether a file is Terraform's or OpenTofu's, in either syntax.

    >>> is_code("a/main.tf.json"), is_code("a/x.json")
    (True, False)
    """
    return path.endswith(_CODE)


def policies_in(files: Mapping[RelPath, bytes]) -> tuple[SourcePolicy, ...]:
    """List the policies of some files, by path; one that hangs on several roles is given for each of them.

    >>> policies_in({RelPath("a.json"): b'{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'})[0].policy.statements[
    ...     0
    ... ].actions
    ('s3:*',)
    """
    return tuple([each.source for each in found_in(files).located])


def found_in(files: Mapping[RelPath, bytes], *, has_all_code: bool = False, known: Known | None = None) -> Found:
    """List the policies of some files with what they were read from, and what could not be read.

    With `has_all_code` also those of code in JSON and of OpenTofu's own files, which are judged but never edited.
    `known` is what was read of files before.
    """
    known = known or Known()
    found: list[Located] = []
    unread: list[Unread] = []
    code: dict[RelPath, bytes] = {}
    for path, raw in sorted(files.items()):
        if (path.endswith(ENDINGS) or is_code(path)) and len(raw) > LIMIT_BYTES:
            unread.append(Unread(path=path, start=0, reason=f"it is larger than {LIMIT_BYTES // 1_000_000} MB"))
        elif path.endswith(".tf") or (has_all_code and is_code(path)):
            code[path] = raw
        elif path.endswith(ENDINGS) and not path.endswith(_FILLED_IN):
            part = known.file(path, raw, _file)
            found += part.located
            unread += part.unread
    terraform = terraform_policies(code, files, known)
    unread += terraform.unread
    # A file that modules hand to roles is the policy of each of these, not one of its own.
    handed = list(terraform.located)
    named = {part.path for each in handed for part in each.parts}
    for each in found:
        if each.source.path in named:
            continue
        if not each.source.owner and any(_mentions(raw, each.source.path) for raw in code.values()):
            reason = "Terraform code names the file in a way that cannot be followed, so it may be anybody's policy"
            unread.append(Unread(path=each.source.path, start=each.source.span.start, reason=reason))
        else:
            handed.append(each)
    found = handed
    return Found(tuple(sorted(found, key=_place)), tuple(sorted(unread, key=lambda each: (each.path, each.start))))


def _mentions(raw: bytes, path: RelPath) -> bool:
    """Tell whether code writes a file's name at the end of a quoted text."""
    name = path.rpartition("/")[2].encode("utf-8", "surrogateescape")
    return any(mark + name + b'"' in raw for mark in (b'"', b"/"))


def _place(each: Located) -> tuple[str, int, str, str]:
    return each.source.path, each.source.span.start, each.source.owner, each.source.address


def _file(path: RelPath, raw: bytes) -> Found:
    """Read a file by itself."""
    seems_json = raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if path.endswith(".json") or seems_json:
        if not any(word in raw for word in (b"Statement", b"AWS::")):
            return Found()
        node = json_node(raw, Reading(has_functions=b'"Resources"' in raw))
        template = None if isinstance(node, Broken) else template_policies(path, node, is_yaml=False)
        return template if template is not None else policy_files(path, raw)
    if b"AWS::" not in raw:
        return Found()
    found = yaml_node(raw)
    if isinstance(found, Broken):
        return Found((), (Unread(path=path, start=found.start, reason=found.reason),)) if b"AWS::IAM" in raw else Found()
    return template_policies(path, found, is_yaml=True) or Found()
