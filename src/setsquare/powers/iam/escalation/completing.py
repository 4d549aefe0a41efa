"""Completes an account's details: where these attach a policy of AWS without its document, what is known of it is put beside the other policies.

Source: AWS, IAM API Reference, "GetAccountAuthorizationDetails": `--filter` leaves documents of AWS's policies out.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from setsquare.powers.iam.escalation.aws_policies import AwsPolicies, aws_name
from setsquare.powers.iam.policy.document import Effect, Policy, Statement
from setsquare.powers.iam.policy.printing import printed
from setsquare.powers.iam.recommendation.grant_shapes import child, items, text
from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonArray, JsonObject, JsonValue
from setsquare.text.lazy_pattern import LazyPattern

_DETAILS = ("RoleDetailList", "UserDetailList", "GroupDetailList")
_VERSION = "known"
_ATTACHED = LazyPattern(r'"(?:PolicyArn|PermissionsBoundaryArn)"\s*:\s*"(?P<arn>arn:[\w-]+:iam::aws:policy/[^"]*)"')
_ENTRY = LazyPattern(r'"Arn"\s*:\s*"(?P<arn>arn:[\w-]+:iam::aws:policy/[^"]*)"')
_NOTHING = Statement(effect=Effect.ALLOW, actions=("none:Nothing",), resources=("*",))


def completed(document: Document, aws: AwsPolicies) -> Document:
    r"""Give the details with the documents that are known; the lines stay where they are. What is no account's details stays as it is.

    >>> from setsquare.text.json_document import scan
    >>> from setsquare.text.paths import RelPath
    >>> arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    >>> raw = f'{{"RoleDetailList": [{{"AttachedManagedPolicies": [{{"PolicyArn": "{arn}"}}]}}]}}'.encode()
    >>> known = AwsPolicies(dated="2026-01-01", named=lambda name: Policy(statements=()))
    >>> completed(scan(RelPath("a.json"), raw), known).render().startswith(b'{"Policies":[{"Arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"')
    True
    """
    if not _may_lack(document.render()):
        return document
    root = json_document.read(document).root
    pages = tuple(_pages(root)) if root is not None else ()
    missing = _missing(pages)
    entries = [_entry(arn, policy) for arn in missing if (policy := aws.of_arn(arn)) is not None]
    if not entries:
        return document
    at, before, after = _gap(pages)
    raw = document.render()
    return json_document.scan(document.path, raw[:at] + before + b",".join(entries) + after + raw[at:])


def _may_lack(raw: bytes) -> bool:
    """Tell, without reading the whole tree, whether a policy of AWS is attached that has no entry."""
    text = raw.decode("latin-1")
    if "DetailList" not in text:
        return False
    entries = {found["arn"] for found in _ENTRY.finditer(text)}
    return "\\/" in text or any(found["arn"] not in entries for found in _ATTACHED.finditer(text))


def _pages(root: JsonValue) -> Iterator[JsonObject]:
    listed = root.items if isinstance(root, JsonArray) else (root,)
    for each in listed:
        if isinstance(each, JsonObject) and any(each.member(key) is not None for key in _DETAILS):
            yield each


def _missing(pages: tuple[JsonObject, ...]) -> tuple[str, ...]:
    """List the policies of AWS that are attached, or are boundaries, and have no entry."""
    wanted: dict[str, None] = {}
    known: set[str] = set()
    for page in pages:
        known |= {text(each, "Arn") for each in items(child(page, "Policies")) if isinstance(each, JsonObject)}
        for key in _DETAILS:
            for holder in items(child(page, key)):
                wanted |= dict.fromkeys(_attached(holder)) if isinstance(holder, JsonObject) else {}
    return tuple(arn for arn in wanted if arn not in known and aws_name(arn))


def _attached(holder: JsonObject) -> Iterator[str]:
    for each in (*items(child(holder, "AttachedManagedPolicies")), *items(child(holder, "AttachedPolicies"))):
        if isinstance(each, JsonObject):
            yield text(each, "PolicyArn")
    boundary = child(holder, "PermissionsBoundary")
    if isinstance(boundary, JsonObject):
        yield text(boundary, "PermissionsBoundaryArn")


def _entry(arn: str, policy: Policy) -> bytes:
    # A document without statements is none for AWS: one that grants nothing that exists stands for those that no path needs.
    policy = policy if policy.statements else Policy(statements=(_NOTHING,), version=policy.version)
    version = {"VersionId": _VERSION, "IsDefaultVersion": True, "Document": msgspec.Raw(printed(policy, 0).replace("\n", " ").encode())}
    return msgspec.json.encode({"Arn": arn, "PolicyName": aws_name(arn), "DefaultVersionId": _VERSION, "PolicyVersionList": [version]})


def _gap(pages: tuple[JsonObject, ...]) -> tuple[int, bytes, bytes]:
    """Give where entries may be put, and what goes before and after them."""
    for page in pages:
        listed = child(page, "Policies")
        if isinstance(listed, JsonArray):
            return listed.span.start + 1, b"", b"," if listed.items else b""
    first = pages[0]
    return first.span.start + 1, b'"Policies":[', b"]," if first.members else b"]"
