"""What a recorded change of IAM does to the principals of an account.

Source: AWS, IAM API Reference; CloudTrail User Guide, "CloudTrail record contents".
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

GIVING_KEYS: Mapping[str, str] = {"CreateAccessKey": "iam-002", "CreateLoginProfile": "iam-004", "UpdateLoginProfile": "iam-006"}
"""Events that give somebody the credentials of a user, with the path that they walk."""
DOCUMENTS = frozenset({"PutRolePolicy", "PutUserPolicy", "PutGroupPolicy", "CreatePolicy", "CreatePolicyVersion"})
ATTACHING = frozenset({"AttachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy"})
DETACHING = frozenset(
    {"DetachRolePolicy", "DetachUserPolicy", "DetachGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "DeleteGroupPolicy"}
)
BOUNDARIES = frozenset(
    {"DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"}
)
OTHERS = frozenset({"SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "CreateRole", "AddUserToGroup"})
CHANGES = DOCUMENTS | ATTACHING | DETACHING | BOUNDARIES | OTHERS | frozenset(GIVING_KEYS)
"""Every event that can change what a principal may do."""
_MOST_NESTED = 4


class Change(Struct, frozen=True, kw_only=True):
    """A change of IAM that took effect. `principal` is the name of the role, user or group that it is about, empty for managed policies; `kind` is `role`, `user`, `group` or empty.

    `policy` names the policy, by ARN where it is managed; `document` is what it says now, `None` where the event does not hold it or `problem` says why it cannot be read.
    """

    event: str
    actor: str
    at: str
    principal: str = ""
    kind: str = ""
    policy: str = ""
    version: str = ""
    group: str = ""
    document: Policy | None = None
    is_default: bool = True
    boundary: str = ""
    problem: str = ""


class _Identity(Struct):
    arn: str | None = None
    userName: str | None = None  # noqa: N815  (CloudTrail's own names, here and below)
    principalId: str | None = None  # noqa: N815
    sessionContext: msgspec.Raw = msgspec.Raw(b"")  # noqa: N815


class _Issuer(Struct):
    arn: str | None = None


class _Session(Struct):
    sessionIssuer: _Issuer | None = None  # noqa: N815


class _Asked(Struct):
    roleName: str = ""  # noqa: N815
    userName: str = ""  # noqa: N815
    groupName: str = ""  # noqa: N815
    policyName: str = ""  # noqa: N815
    policyArn: str = ""  # noqa: N815
    versionId: str = ""  # noqa: N815
    policyDocument: msgspec.Raw = msgspec.Raw(b"")  # noqa: N815
    assumeRolePolicyDocument: msgspec.Raw = msgspec.Raw(b"")  # noqa: N815
    permissionsBoundary: str = ""  # noqa: N815
    setAsDefault: bool = False  # noqa: N815


class _Made(Struct):
    arn: str = ""
    versionId: str = ""  # noqa: N815


class _Owner(Struct):
    userName: str = ""  # noqa: N815


class _Answer(Struct):
    accessKey: _Owner | None = None  # noqa: N815
    loginProfile: _Owner | None = None  # noqa: N815
    policy: _Made | None = None
    policyVersion: _Made | None = None  # noqa: N815


class _Many(Struct):
    Records: list[msgspec.Raw] | None = None
    Events: list[msgspec.Raw] | None = None


class _Event(Struct):
    eventName: str = ""  # noqa: N815
    eventSource: str = ""  # noqa: N815
    eventTime: str = ""  # noqa: N815
    errorCode: str | None = None  # noqa: N815
    userIdentity: _Identity | None = None  # noqa: N815
    requestParameters: msgspec.Raw = msgspec.Raw(b"null")  # noqa: N815
    responseElements: msgspec.Raw = msgspec.Raw(b"null")  # noqa: N815
    detail: msgspec.Raw = msgspec.Raw(b"")
    CloudTrailEvent: str = ""


@functools.cache
def _decoder() -> msgspec.json.Decoder[_Event]:
    return msgspec.json.Decoder(_Event)


def change_of(raw: bytes | str) -> Change | None:
    """Read one event, bare or in an envelope of EventBridge or LookupEvents; `None` where it changes nothing of IAM, failed, or is no event.

    >>> change_of(
    ...     '{"eventSource": "iam.amazonaws.com", "eventName": "DeleteRolePermissionsBoundary", "requestParameters": {"roleName": "ci"}}'
    ... ).principal
    'ci'
    >>> change_of('{"eventSource": "iam.amazonaws.com", "eventName": "GetRole"}') is None
    True
    """
    event = _event(raw)
    if event is None or event.eventSource != "iam.amazonaws.com" or event.eventName not in CHANGES or event.errorCode:
        return None
    try:
        asked = msgspec.json.decode(event.requestParameters, type=_Asked | None) or _Asked()
        made = msgspec.json.decode(event.responseElements, type=_Answer | None) or _Answer()
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Change(
            event=event.eventName, actor=_actor(event), at=event.eventTime, problem="its parameters are not as AWS documents them"
        )
    is_trust = event.eventName in {"UpdateAssumeRolePolicy", "CreateRole"}
    trust = bytes(asked.assumeRolePolicyDocument)
    document, problem = _document(trust if is_trust and trust else bytes(asked.policyDocument))
    user = asked.userName or _user_of(event, made)
    version = asked.versionId or (made.policyVersion.versionId if made.policyVersion else "")
    return Change(
        event=event.eventName,
        actor=_actor(event),
        at=event.eventTime,
        principal=asked.roleName or user or asked.groupName,
        kind="role" if asked.roleName else "user" if user else "group" if asked.groupName else "",
        policy=asked.policyArn or (made.policy.arn if made.policy else "") or asked.policyName,
        version=version,
        group=asked.groupName if asked.userName else "",
        document=document,
        is_default=event.eventName != "CreatePolicyVersion" or asked.setAsDefault,
        boundary=asked.permissionsBoundary,
        problem=problem,
    )


def records_in(raw: bytes) -> Iterator[bytes]:
    r"""Give the records of a file or stream: a file of CloudTrail, a list, an answer of LookupEvents, one event, or one event a line.

    >>> list(records_in(b'{"Records": [{"eventName": "A"}]}')), list(records_in(b'{"eventName": "A"}\n\n{"eventName": "B"}\n'))
    ([b'{"eventName": "A"}'], [b'{"eventName": "A"}', b'{"eventName": "B"}'])
    """
    try:
        whole = msgspec.json.decode(raw, type=list[msgspec.Raw] | _Many)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        yield from (line.strip() for line in raw.splitlines() if line.strip())
        return
    if isinstance(whole, list):
        yield from map(bytes, whole)
        return
    listed = whole.Records or whole.Events
    yield from map(bytes, listed) if listed is not None else (raw.strip(),)


def is_trail(raw: bytes) -> bool:
    """Tell whether bytes are events of CloudTrail rather than policies.

    >>> is_trail(b'{"eventSource": "iam.amazonaws.com", "eventName": "X"}'), is_trail(b'{"Statement": []}')
    (True, False)
    """
    return (b'"eventSource"' in raw and b'"eventName"' in raw) or b'"CloudTrailEvent"' in raw


def _event(raw: bytes | str) -> _Event | None:
    for _ in range(_MOST_NESTED):
        try:
            event = _decoder().decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return None
        if event.eventName:
            return event
        raw = event.CloudTrailEvent or bytes(event.detail)
        if not raw:
            return None
    return None


def _user_of(event: _Event, made: _Answer) -> str:
    """Name whose credentials were given where the request does not: the answer says it, else they are the caller's own."""
    if event.eventName not in GIVING_KEYS:
        return ""
    answered = next((owner.userName for owner in (made.accessKey, made.loginProfile) if owner and owner.userName), "")
    return answered or (event.userIdentity.userName if event.userIdentity and event.userIdentity.userName else "")


def _actor(event: _Event) -> str:
    """Name who did it: the role of a session, else the user."""
    identity = event.userIdentity
    if identity is None:
        return ""
    try:
        session = msgspec.json.decode(identity.sessionContext, type=_Session) if bytes(identity.sessionContext) else None
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        session = None
    issuer = session.sessionIssuer.arn if session and session.sessionIssuer else None
    return issuer or identity.arn or identity.userName or identity.principalId or ""


def _document(raw: bytes) -> tuple[Policy | None, str]:
    """Read a policy of an event, which holds it as text, URL-encoded or not, or as an object."""
    if raw in {b"", b"null"}:
        return None, ""
    text = msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else raw.decode("utf-8", "replace")
    if not text.lstrip().startswith("{"):
        text = unquote(text)
    policy, problems = read_policy(scan(RelPath("event"), text.encode("utf-8", "surrogatepass")))
    fatal = [problem.reason for problem in problems if problem.is_fatal]
    if policy is None or fatal:
        return None, f"its policy cannot be read: {fatal[0] if fatal else 'it is empty'}"
    return policy, ""
