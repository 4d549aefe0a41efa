"""Reads out of request parameters what the mapping needs beyond the event's name.

Source: AWS, CloudTrail User Guide, examples of records; the services' pages on CloudTrail.
"""

from __future__ import annotations

import re

from setsquare.powers.iam.usage.detail import Detail, written

_ROLE = re.compile(rb'"(arn:[a-z0-9-]{1,32}:iam::\d{12}:role/[\w+=,.@/-]{1,600})"')
_STATEMENT = re.compile(rb'"[Ss]tatement"\s*:\s*"\s*([A-Za-z]{4,8})')
_ITEM = re.compile(rb'"([Pp]ut|[Uu]pdate|[Dd]elete|[Cc]onditionCheck|[Gg]et)"\s*:\s*\{')
_NAMED = re.compile(rb'"roleName"\s*:\s*"([\w+=,.@-]{1,64})"')
CHANGING = frozenset({"CreateRole", "DeleteRole"})
"""Calls of IAM that make a role or delete it. Source: AWS, IAM API Reference."""
_S3_FLAGS = (
    (b'"versionId"', "version"),
    (b"x-amz-acl", "acl"),
    (b"x-amz-grant-", "acl"),
    (b'"x-amz-tagging"', "tagging"),
    (b"x-amz-object-lock-mode", "retention"),
    (b"x-amz-object-lock-retain", "retention"),
    (b"x-amz-object-lock-legal-hold", "legal-hold"),
)
MOST_ROLES = 8
"""More roles than this in one request are not told apart."""


def detail_in(request: bytes, source: str, event: str, *, is_reading: bool) -> str:
    """Give what the request parameters of an event say, as `detail.written` writes it; mostly nothing.

    >>> detail_in(b'{"bucketName":"b","key":"k","versionId":"7"}', "s3.amazonaws.com", "GetObject", is_reading=True)
    'flags=version'
    >>> detail_in(b'{"statement":"select * from t"}', "dynamodb.amazonaws.com", "ExecuteStatement", is_reading=False)
    'verbs=SELECT'
    >>> detail_in(b'{"role":"arn:aws:iam::123456789012:role/app"}', "lambda.amazonaws.com", "CreateFunction20150331", is_reading=False)
    'roles=arn:aws:iam::123456789012:role/app'
    >>> detail_in(b'{"roleName":"app"}', "iam.amazonaws.com", "CreateRole", is_reading=False)
    'name=app'
    """
    if source == "s3.amazonaws.com":
        if b"ersionId" not in request and b"x-amz-" not in request:
            return ""
        flags = tuple(dict.fromkeys(flag for word, flag in _S3_FLAGS if word in request))
        return written(Detail(flags=flags))
    if source == "dynamodb.amazonaws.com":
        return _verbs(request, event)
    if event in CHANGING and source == "iam.amazonaws.com":
        found = _NAMED.search(request)
        return written(Detail(name=found[1].decode("ascii", "replace"))) if found else ""
    if is_reading or (b":role/" not in request and b"nstanceProfile" not in request and b"agSpecification" not in request):
        return ""
    roles = tuple(dict.fromkeys(match[1].decode("ascii", "replace") for match in _ROLE.finditer(request)))
    names = tuple(name for name in roles if "," not in name)[:MOST_ROLES]
    flags = tuple(flag for word, flag in ((b"nstanceProfile", "profile"), (b"agSpecification", "tags")) if word in request)
    return written(Detail(flags=flags, roles=names)) if source not in ("sts.amazonaws.com", "iam.amazonaws.com") else ""


def _verbs(request: bytes, event: str) -> str:
    if event.startswith("Transact"):
        found = _ITEM.findall(request)
    elif event.endswith(("Statement", "Transaction")):
        found = _STATEMENT.findall(request)
    else:
        return ""
    return written(Detail(verbs=tuple(sorted({verb.decode("ascii").upper() for verb in found}))))
