"""CloudTrail records as far as they are needed; everything else is skipped while decoding.

Source: AWS, CloudTrail User Guide, "CloudTrail record contents for management, data, and network activity events".
"""

from __future__ import annotations

import functools

import msgspec
from msgspec import Raw, Struct


class Context(Struct, gc=False):
    """The session of temporary credentials; `sessionIssuer` stays as it was written, for its bytes name the issuer."""

    sessionIssuer: Raw = Raw(b"")  # noqa: N815  (CloudTrail's own names, here and below)


class Issuer(Struct, gc=False):
    """Whose permissions a session has."""

    type: str | None = None
    arn: str | None = None
    principalId: str | None = None  # noqa: N815
    accountId: str | None = None  # noqa: N815
    userName: str | None = None  # noqa: N815


class OnBehalfOf(Struct, gc=False):
    """The user of IAM Identity Center for whom a session acts."""

    userId: str | None = None  # noqa: N815
    identityStoreArn: str | None = None  # noqa: N815


class Identity(Struct, gc=False):
    """Who acted."""

    type: str | None = None
    arn: str | None = None
    principalId: str | None = None  # noqa: N815
    accountId: str | None = None  # noqa: N815
    userName: str | None = None  # noqa: N815
    invokedBy: str | None = None  # noqa: N815
    sessionContext: Context | None = None  # noqa: N815
    onBehalfOf: OnBehalfOf | None = None  # noqa: N815


class Resource(Struct, gc=False):
    """A resource that an event names. Lists of S3 objects have a prefix instead of an ARN: which of its objects were meant is not told."""

    ARN: str | None = None


class Record(Struct, gc=False):
    """One event."""

    userIdentity: Identity | None = None  # noqa: N815
    eventTime: str = ""  # noqa: N815
    eventSource: str = ""  # noqa: N815
    eventName: str = ""  # noqa: N815
    awsRegion: str = ""  # noqa: N815
    errorCode: str | None = None  # noqa: N815
    readOnly: bool | None = None  # noqa: N815
    managementEvent: bool | None = None  # noqa: N815
    eventCategory: str | None = None  # noqa: N815
    requestParameters: Raw = Raw(b"")  # noqa: N815
    resources: list[Resource] | None = None
    eventID: str = ""  # noqa: N815


class Log(Struct, gc=False):
    """A file as CloudTrail delivers it."""

    Records: list[Record]


@functools.cache
def log_decoder() -> msgspec.json.Decoder[Log]:
    """Give the decoder of whole files."""
    return msgspec.json.Decoder(Log)


@functools.cache
def record_decoder() -> msgspec.json.Decoder[Record]:
    """Give the decoder of one record."""
    return msgspec.json.Decoder(Record)


@functools.cache
def issuer_decoder() -> msgspec.json.Decoder[Issuer]:
    """Give the decoder of a session's issuer."""
    return msgspec.json.Decoder(Issuer)
