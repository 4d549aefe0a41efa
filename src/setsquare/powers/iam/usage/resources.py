"""Which resources an event shows, and whether an ARN is a resource of an action.

Nothing is guessed: an ARN is taken where the event writes one, never made of a name.
"""

from __future__ import annotations

import functools
import re

from setsquare.powers.iam.universe import Universe

_ARN = re.compile(rb'"(arn:[a-z0-9-]{1,32}:[a-z0-9-]{1,63}:[^"\\\s]{1,1600})"')
_BUCKET = re.compile(rb'"bucketName"\s*:\s*"([A-Za-z0-9._-]{3,255})"')
_KEY = re.compile(rb'"key"\s*:\s*"([^"\\]{1,1024})"')
# An access point's alias stands where a bucket's name does, and is none.
_ALIASES = (b"-s3alias", b"--ol-s3")
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def named_in(request: bytes, source: str, region: str = "us-east-1") -> tuple[str, ...]:
    """Give the ARNs of the event's own service that its request parameters hold, in order, each once; for S3 those of bucket and key.

    >>> named_in(b'{"topicArn":"arn:aws:sns:us-east-1:123456789012:t","x":"arn:aws:iam::123456789012:role/r"}', "sns.amazonaws.com")
    ('arn:aws:sns:us-east-1:123456789012:t',)
    >>> named_in(b'{"bucketName":"b","key":"c"}', "s3.amazonaws.com"), named_in(b'{"bucketName":"bbb","key":"c/d"}', "s3.amazonaws.com")
    ((), ('arn:aws:s3:::bbb/c/d',))
    """
    if source == "s3.amazonaws.com":
        bucket, key = _BUCKET.search(request), _KEY.search(request)
        if bucket is None or bucket[1].endswith(_ALIASES):
            return ()
        arn = f"arn:{_partition(region)}:s3:::{bucket[1].decode('ascii')}"
        return (f"{arn}/{key[1].decode('utf-8', 'replace')}" if key else arn,)
    label = source.partition(".")[0].encode("utf-8", "replace")
    found = (match[1] for match in _ARN.finditer(request))
    return tuple(dict.fromkeys(arn.decode("utf-8", "replace") for arn in found if arn.split(b":", 3)[2] == label))


def scope_of(arn: str) -> str:
    """Give the bucket, table or function that an ARN, or a policy's pattern of ARNs, lies in: that is what a selector of data events chooses; others are their own.

    >>> scope_of("arn:aws:s3:::app/in/1.csv"), scope_of("arn:aws:lambda:eu-west-1:123456789012:function:f:live")
    ('arn:aws:s3:::app', 'arn:aws:lambda:eu-west-1:123456789012:function:f')
    >>> scope_of("arn:aws:dynamodb:eu-west-1:123456789012:table/t/index/i"), scope_of("arn:aws:sqs:eu-west-1:123456789012:q")
    ('arn:aws:dynamodb:eu-west-1:123456789012:table/t', 'arn:aws:sqs:eu-west-1:123456789012:q')
    """
    parts = arn.split(":")
    if len(parts) < 6:
        return arn
    match parts[2]:
        case "s3":
            parts = [*parts[:5], ":".join(parts[5:]).partition("/")[0]]
        case "dynamodb":
            parts = [*parts[:5], "/".join(":".join(parts[5:]).split("/")[:2])]
        case "lambda":
            parts = parts[:7]
        case _:
            pass
    return ":".join(parts)


def is_resource_of(arn: str, action: str, universe: Universe) -> bool:
    """Tell whether an ARN can be a resource of an action: an event lists an object and its bucket, and the action is about one of them.

    True where the action, or a template of its resource types, is not known.
    """
    facts = universe.actions.get(action.lower())
    if facts is None or not facts.resource_types or not arn.startswith("arn:"):
        return True
    types = universe.resource_types.get(action.partition(":")[0].lower(), {})
    templates = [types[name].arn for name in facts.resource_types if name in types]
    return not templates or any(_pattern(template).fullmatch(arn) is not None for template in templates)


def _partition(region: str) -> str:
    for start, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"), ("us-isob-", "aws-iso-b")):
        if region.startswith(start):
            return name
    return "aws"


@functools.lru_cache(maxsize=4096)
def _pattern(template: str) -> re.Pattern[str]:
    """Make an expression of an ARN template: a variable in the last part may hold everything, in the others no colon."""
    head, *rest = template.split(":", 5) if template.count(":") >= 5 else [template]
    parts = [head, *rest]
    made = []
    for at, part in enumerate(parts):
        is_last = at == len(parts) - 1
        # A bucket's name has no slash, an object's key has: where a part is a single name, nothing may follow it.
        words = _VARIABLE.split(part)
        hole = "[^:]*" if not is_last else ("[^/]+" if len(words) == 2 and words == ["", ""] else ".+")
        made.append(hole.join(re.escape(word) for word in words))
    return re.compile(":".join(made))
