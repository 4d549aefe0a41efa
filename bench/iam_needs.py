"""Reads from the service models of `botocore` what an operation needs beside the action of its own name.

Two facts stand there: sentences of an operation's documentation that name a permission, and requests that carry tags, which AWS authorises by the service's tagging action.
A sentence that says what a call needs for certain gives a call without an action of its own its actions; all else only keeps permissions, it never calls one unused.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

_MARKUP = re.compile(r"<[^>]+>")
_SENTENCE = re.compile(r"(?<=[.!])\s+")
_ABOUT = re.compile(r"permission|IAM policy|policy statement|IAM action|authoriz", re.IGNORECASE)
_ACTION = re.compile(r"(?<![\w:-])([a-z0-9-]{2,30}):([A-Z][A-Za-z]{2,60})\b")
# Sentences about somebody else's permissions, about what is not needed, and about what a resource's policy may say.
_OTHER = re.compile(
    r"not against|isn't authorized|without requiring|without granting|service principal|service-linked|recorder|Valid groupings|apply to the action|not authorized|AccessDenied"
    r"|prevent|den(?:y|ies)|typical|key policy|trust|don't have permission|won[’']t work|role (?:that|must|you assigned|to access)|execution role|grant it permission",
    re.IGNORECASE,
)
# Sentences that say what every call needs.
_SURE = re.compile(
    r"requires? (?:permissions? )?(?:for |to perform )?(?:the )?[a-z0-9-]+:\w+"
    r"|required permissions?:\s+[a-z0-9-]+:\w+"
    r"|uses? [a-z0-9-]+:\w+ in the Action element"
    r"|include the permission [a-z0-9-]+:\w+"
    r"|IAM action associated with this API is"
    r"|derived from the [a-z0-9-]+:\w+ action"
    r"|must have (?:the )?(?:permission to perform the )?[a-z0-9-]+:\w+",
    re.IGNORECASE,
)
_UNSURE = re.compile(r"\b(?:if|when|also|one of|to add tags|in addition|depending)\b", re.IGNORECASE)

_TAGS = frozenset({"tags", "taglist", "tagspecification", "tagspecifications", "tagging", "resourcetags", "tagset"})
_NO_MAKING = re.compile(r"^(?:Tag|Untag|AddTags|RemoveTags|CreateTags|DeleteTags|CreateOrUpdateTags|Get|List|Describe|Search|Delete)")
_GENERAL = re.compile(r"^(?:tagresources?|addtags|addtagsto\w+|createtags|createorupdatetags|changetagsforresource|tagdeliverystream)$")
_MADE = re.compile(r"^[A-Z][a-z]+(?P<what>[A-Z]\w*)$")


class Needs(NamedTuple):
    """The actions that a call needs for certain, and those that it may need."""

    sure: frozenset[str]
    maybe: frozenset[str]


def needs_of(models: Iterable[tuple[str, dict[str, Any]]], prefixes: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Needs]:
    """Give, by `prefix:operation` in lower case, what the models say that an operation needs; `names` are the documented actions by lower-case name."""
    services = {name.partition(":")[0] for name in names}
    found: dict[str, Needs] = {}
    for _client, model in models:
        about = model["metadata"]
        labels = {about["endpointPrefix"].lower(), (about.get("signingName") or about["endpointPrefix"]).lower()}
        for prefix in sorted({prefixes.get(label, label) for label in labels} & services):
            for operation, shape in model["operations"].items():
                key = f"{prefix}:{operation}".lower()
                told = documented_needs(prefix, operation, shape.get("documentation", ""), names)
                tagged = frozenset(_tagging(prefix, operation, shape, model["shapes"], names))
                before = found.get(key, Needs(frozenset(), frozenset()))
                found[key] = Needs(before.sure | told.sure, before.maybe | told.maybe | tagged)
    return {key: needs for key, needs in sorted(found.items()) if needs.sure or needs.maybe}


def documented_needs(prefix: str, operation: str, text: str, names: Mapping[str, str]) -> Needs:
    """Read what an operation's documentation says that its caller needs.

    >>> known = {"sqs:deletemessage": "sqs:DeleteMessage", "kms:decrypt": "kms:Decrypt"}
    >>> told = "<p>This operation requires permission for the <code>sqs:DeleteMessage</code> action. If it is encrypted, you also need kms:Decrypt permission.</p>"
    >>> documented_needs("sqs", "DeleteMessageBatch", told, known)
    Needs(sure=frozenset({'sqs:DeleteMessage'}), maybe=frozenset({'kms:Decrypt'}))
    >>> documented_needs("sqs", "X", "It is not authorized against sqs:DeleteMessage, but needs permission.", known).maybe
    frozenset()
    """
    sure: set[str] = set()
    maybe: set[str] = set()
    own = f"{prefix}:{operation}".lower()
    for sentence in _SENTENCE.split(html.unescape(_MARKUP.sub("", text))):
        if not _ABOUT.search(sentence) or _OTHER.search(sentence):
            continue
        named = {f"{service}:{action}".lower() for service, action in _ACTION.findall(sentence)}
        actions = {names[name] for name in named if name in names}
        is_sure = bool(_SURE.search(sentence)) and not _UNSURE.search(sentence) and own not in named
        (sure if is_sure else maybe).update(actions)
    return Needs(frozenset(sure), frozenset(maybe - sure))


def _tagging(prefix: str, operation: str, about: Mapping[str, Any], shapes: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """Give the actions by which AWS authorises the tags of a request that can carry some."""
    shape = about.get("input", {}).get("shape")
    members = shapes[shape].get("members", {}) if shape else {}
    if _NO_MAKING.match(operation) or not any(member.lower() in _TAGS for member in members):
        return
    made = _MADE.match(operation)
    special = f"tag{made['what']}".lower() if made else ""
    for name, written in names.items():
        service, _, action = name.partition(":")
        if service == prefix and (action == special or _GENERAL.match(action)):
            yield written
