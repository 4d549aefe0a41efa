"""Made requests with made policies, for comparing engines that evaluate IAM policies: the same seed gives the same cases.

Every case is plain JSON, so that an engine in another language reads the same thing. Parts are drawn around the request, so that about half of the statements apply.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

Json: TypeAlias = str | int | bool | Sequence["Json"] | Mapping[str, "Json"] | None

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
_ORG = "o-a1b2c3d4e5"


class Case(Struct, frozen=True, kw_only=True):
    """One request with all policies that meet it. `context` maps keys to their values; policies are JSON documents."""

    number: int
    action: str
    resource: str
    resource_account: str
    principal: str
    context: dict[str, list[str]]
    identity: list[Json]
    boundary: Json = None
    service_control: list[list[Json]] | None = None
    resource_control: list[list[Json]] | None = None
    session: Json = None
    resource_policy: Json = None
    is_delegating: bool = True

    @property
    def is_same_account(self) -> bool:
        """Tell whether principal and resource share an account."""
        return self.resource_account == ACCOUNT


_TARGETS = (
    ("s3:GetObject", "arn:aws:s3:::data/logs/2024-01-01T10:00/a.txt"),
    ("s3:PutObject", "arn:aws:s3:::data/home/alice/a.txt"),
    ("s3:ListBucket", "arn:aws:s3:::data"),
    ("s3:ListAllMyBuckets", "*"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:{account}:alice-queue"),
    ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:{account}:table/Orders"),
    ("ec2:StartInstances", "arn:aws:ec2:us-east-1:{account}:instance/i-0abc"),
    ("ec2:DescribeInstances", "*"),
    ("iam:PassRole", "arn:aws:iam::{account}:role/service/Worker"),
    ("logs:PutLogEvents", "arn:aws:logs:us-east-1:{account}:log-group:app:log-stream:one"),
    ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:{account}:function:resize"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("sts:AssumeRole", "arn:aws:iam::{account}:role/Auditor"),
)
_CONTROLLED = ("s3:", "sqs:", "kms:", "sts:")
"""Services that know resource control policies."""
_NOT_DELEGATING = ("kms:Decrypt", "sts:AssumeRole")
_PRINCIPALS = (
    f"arn:aws:iam::{ACCOUNT}:user/alice",
    f"arn:aws:iam::{ACCOUNT}:role/app",
    f"arn:aws:iam::{ACCOUNT}:role/team/builder",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session-1",
)
_STRINGS: dict[str, tuple[str, ...]] = {
    "aws:username": ("alice", "bob", "Alice"),
    "aws:userid": ("AIDAEXAMPLEALICE", "AROAEXAMPLEAPP:session-1"),
    "aws:PrincipalTag/team": ("logs", "home", "Logs"),
    "aws:ResourceTag/env": ("prod", "test"),
    "aws:RequestedRegion": ("us-east-1", "eu-west-1", "eu-central-1"),
    "aws:PrincipalOrgID": (_ORG, "o-other00000"),
    "aws:SourceVpce": ("vpce-1a2b3c4d", "vpce-5e6f7a8b"),
    "s3:prefix": ("", "home/", "home/alice/", "logs/2024"),
}
_LISTS: dict[str, tuple[str, ...]] = {
    "aws:TagKeys": ("env", "team", "cost", "Env"),
    "aws:PrincipalOrgPaths": (f"{_ORG}/r-ab12/ou-1/", f"{_ORG}/r-ab12/ou-2/ou-3/", "o-other00000/r-cd34/"),
}
_NUMBERS: dict[str, tuple[str, ...]] = {
    "s3:max-keys": ("1", "10", "10.0", "9.5", "100"),
    "aws:MultiFactorAuthAge": ("0", "3599", "3600", "7200"),
}
_DATES: dict[str, tuple[str, ...]] = {
    "aws:CurrentTime": ("2024-01-01T00:00:00Z", "2024-06-01T12:00:00Z", "2023-12-31T23:59:59Z", "2024-01-01T02:00:00+02:00"),
    "aws:TokenIssueTime": ("2024-01-01T00:00:00Z", "2023-06-01T00:00:00Z"),
    "aws:EpochTime": ("1704067200", "1704067199", "1717243200"),
}
_BOOLS: dict[str, tuple[str, ...]] = {
    "aws:SecureTransport": ("true", "false"),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:ViaAWSService": ("true", "false"),
}
_ADDRESSES: dict[str, tuple[str, ...]] = {
    "aws:SourceIp": ("203.0.113.10", "198.51.100.7", "2001:db8::1"),
    "aws:VpcSourceIp": ("10.0.0.5", "10.1.0.5"),
}
_NETWORKS = ("203.0.113.0/24", "203.0.113.10/32", "203.0.113.10", "0.0.0.0/0", "10.0.0.0/16", "2001:db8::/32", "198.51.100.0/25", "::/0")
_ARNS: dict[str, tuple[str, ...]] = {
    "aws:SourceArn": (
        "arn:aws:sns:us-east-1:111122223333:topic",
        "arn:aws:s3:::data",
        "arn:aws:lambda:us-east-1:111122223333:function:resize",
    ),
    "aws:PrincipalArn": (f"arn:aws:iam::{ACCOUNT}:role/app", f"arn:aws:iam::{ACCOUNT}:user/alice"),
}
_BINARY: dict[str, tuple[str, ...]] = {"example:Digest": ("QmluYXJ5VmFsdWVJbkJhc2U2NA==", "AAECAw==")}
_ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_STRING_OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
)
_FAMILIES: tuple[tuple[dict[str, tuple[str, ...]], tuple[str, ...]], ...] = (
    (_STRINGS, _STRING_OPERATORS),
    (_STRINGS, _STRING_OPERATORS),
    (_LISTS, _STRING_OPERATORS),
    (_NUMBERS, tuple(f"Numeric{order}" for order in _ORDERS)),
    (_DATES, tuple(f"Date{order}" for order in _ORDERS)),
    (_BOOLS, ("Bool",)),
    (_ADDRESSES, ("IpAddress", "NotIpAddress")),
    (_ARNS, ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike")),
    (_BINARY, ("BinaryEquals",)),
)
_VARIABLES = (
    "${aws:username}",
    "${AWS:UserName}",
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/team, 'logs'}",
    "${aws:userid}",
    "${*}",
    "${$}",
)


def role_of(principal: str) -> str:
    """Give the role of a session; a user or role is itself.

    >>> role_of("arn:aws:sts::111122223333:assumed-role/app/session-1")
    'arn:aws:iam::111122223333:role/app'
    """
    return principal.replace(":sts:", ":iam:").replace("assumed-role/", "role/").removesuffix("/session-1")


class _Maker:
    """Draws the parts of one case."""

    def __init__(self, number: int, seed: int) -> None:
        self.draw = random.Random(f"{seed}/{number}")  # noqa: S311  (made cases, nothing secret)
        self.number = number
        self.action, target = self.draw.choice(_TARGETS)
        self.is_same_account = self.action == "iam:PassRole" or self.draw.random() < 0.8
        self.account = ACCOUNT if self.is_same_account else OTHER_ACCOUNT
        self.resource = target.replace("{account}", self.account)
        self.principal = self.draw.choice(_PRINCIPALS)
        self.context = self.make_context()

    def chance(self, share: float) -> bool:
        """Throw a loaded coin."""
        return self.draw.random() < share

    def make_context(self) -> dict[str, list[str]]:
        """Give about two thirds of the keys a value; those that AWS always sets are there, and agree with the principal."""
        found = {
            key: [self.draw.choice(values)]
            for keys, _ in _FAMILIES
            for key, values in keys.items()
            if keys is not _LISTS and self.chance(0.65)
        }
        for key, values in _LISTS.items():
            if self.chance(0.65):
                found[key] = self.draw.sample(values, self.draw.randint(1, 3))
        for key in ("aws:CurrentTime", "aws:EpochTime", "aws:SecureTransport"):
            found.setdefault(key, [self.draw.choice({**_DATES, **_BOOLS}[key])])
        is_user = ":user/" in self.principal
        found.pop("aws:username", None)
        if is_user:
            found["aws:username"] = ["alice"]
        found["aws:userid"] = ["AIDAEXAMPLEALICE" if is_user else "AROAEXAMPLEAPP:session-1"]
        found["aws:PrincipalArn"] = [role_of(self.principal)]
        found["aws:PrincipalAccount"] = [ACCOUNT]
        return found

    def action_pattern(self) -> str:
        """Give a pattern that is near the action."""
        service, _, name = self.action.partition(":")
        return self.draw.choice(
            [
                self.action,
                self.action,
                self.action.upper(),
                f"{service}:*",
                f"{service}:{name[: self.draw.randint(1, len(name))]}*",
                f"{service}:*{name[self.draw.randint(0, len(name) - 1) :]}",
                f"{service}:{name[:2]}?{name[3:]}",
                "*",
                self.draw.choice(_TARGETS)[0],
                f"{service}:Other*",
            ]
        )

    def resource_pattern(self) -> str:
        """Give a pattern that is near the resource."""
        text = self.resource
        if text == "*":
            return self.draw.choice(["*", "*", "arn:aws:s3:::data"])
        cut = self.draw.randint(12, len(text))
        parts = text.split(":", 5)
        middle = len(parts[5]) // 2
        starred = [":".join([*parts[:each], "*", *parts[each + 1 :]]) for each in (3, 4, 5)]
        with_variable = (
            text.replace("alice", "${aws:username}")
            .replace("logs/", "${aws:PrincipalTag/team, 'logs'}/")
            .replace("home/", "${aws:PrincipalTag/team}/")
        )
        return self.draw.choice(
            [
                "*",
                "*",
                text,
                text,
                f"{text[:cut]}*",
                *starred,
                f"{text[: -len(parts[5])]}{parts[5][:middle]}*{parts[5][middle + 1 :]}",
                f"{text[:-1]}?",
                text.swapcase().replace("ARN:AWS", "arn:aws") if self.chance(0.3) else text,
                with_variable,
                with_variable,
                self.draw.choice(_TARGETS)[1].replace("{account}", self.account),
            ]
        )

    def listed(self, patterns: list[str]) -> Json:
        """Write one as a string now and then."""
        return patterns[0] if len(patterns) == 1 and self.chance(0.5) else list(patterns)

    def condition(self) -> tuple[str, str, Json]:
        """Draw an operator, a key and values."""
        keys, operators = self.draw.choice(_FAMILIES)
        key = self.draw.choice(list(keys))
        if self.chance(0.1):
            return "Null", key, self.draw.choice(["true", "false"])
        operator = self.draw.choice(operators)
        values = [self.value(key, keys, operator) for _ in range(self.draw.choice([1, 1, 2, 3]))]
        if keys is _LISTS:
            operator = self.draw.choice(["ForAllValues:", "ForAnyValue:"]) + operator
        if self.chance(0.2):
            operator += "IfExists"
        return operator, key.upper() if self.chance(0.05) else key, self.listed(values)

    def value(self, key: str, keys: dict[str, tuple[str, ...]], operator: str) -> str:
        """Draw a value for the policy's side of a comparison."""
        if keys is _ADDRESSES:
            return self.draw.choice(_NETWORKS)
        if keys is _DATES:
            return self.draw.choice([each for values in _DATES.values() for each in values])
        known = self.context.get(key)
        text = self.draw.choice(known) if known and self.chance(0.5) else self.draw.choice(keys[key])
        if keys is _ARNS and self.chance(0.5):
            parts = text.split(":", 5)
            return self.draw.choice(
                [":".join([*parts[:5], "*"]), ":".join([*parts[:3], "*", "*", parts[5]]), f"{text[:-2]}*", f"{text[:-1]}?"]
            )
        if operator.startswith("String"):
            if self.chance(0.15):
                return self.draw.choice(_VARIABLES)
            if "Like" in operator and self.chance(0.6):
                cut = self.draw.randint(0, len(text))
                return self.draw.choice([f"{text[:cut]}*", f"*{text[cut:]}", f"{text[:cut]}?{text[cut + 1 :]}", "*"])
        return text

    def statement(self, effect: str, *, principal: bool = False) -> Json:
        """Draw a statement."""
        found: dict[str, Json] = {"Effect": effect}
        if principal:
            named = self.named()
            is_negated = effect == "Deny" and isinstance(named, Mapping) and "*" not in named.values() and self.chance(0.1)
            found["NotPrincipal" if is_negated else "Principal"] = named
        actions = self.listed([self.action_pattern() for _ in range(self.draw.randint(1, 3))])
        found["NotAction" if self.chance(0.1) else "Action"] = actions
        if self.action != "sts:AssumeRole" or not principal:
            resources = self.listed([self.resource_pattern() for _ in range(self.draw.randint(1, 2))])
            found["NotResource" if self.chance(0.1) else "Resource"] = resources
        conditions: dict[str, dict[str, Json]] = {}
        for _ in range(self.draw.choice([0, 0, 0, 1, 1, 2, 3])):
            operator, key, value = self.condition()
            under = conditions.setdefault(operator, {})
            if key.lower() not in {each.lower() for each in under}:
                under[key] = value
        if conditions:
            found["Condition"] = conditions
        return found

    def named(self) -> Json:
        """Draw a principal element near the principal."""
        role = role_of(self.principal)
        account = f"arn:aws:iam::{ACCOUNT}:root"
        near = [self.principal, role, account, ACCOUNT, f"arn:aws:iam::{OTHER_ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:user/bob", "*"]
        if self.chance(0.15):
            return "*"
        if self.chance(0.05):
            return {"Service": "ec2.amazonaws.com"}
        return {"AWS": self.listed(self.draw.sample(near[:-1], self.draw.choice([1, 1, 2, 3])) if self.chance(0.9) else ["*"])}

    def policy(self, *, deny: float = 0.25, principal: bool = False, count: int = 3) -> Json:
        """Draw a policy."""
        statements = [
            self.statement("Deny" if self.chance(deny) else "Allow", principal=principal) for _ in range(self.draw.randint(1, count))
        ]
        version: dict[str, Json] = {} if self.chance(0.05) else {"Version": "2012-10-17"}
        return {**version, "Statement": statements}

    def wide(self) -> Json:
        """Draw a policy that often allows all, as the upper levels of an organisation do."""
        if self.chance(0.6):
            return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        return self.policy(deny=0.4)

    def denial(self) -> Json:
        """Draw a resource control policy: it names everyone, and denies actions of its service."""
        statement = self.statement("Deny")
        assert isinstance(statement, dict)
        service, _, name = self.action.partition(":")
        action = self.draw.choice([self.action, f"{service}:*", f"{service}:{name[:4]}*", f"{service}:Other*"])
        rest = {key: value for key, value in statement.items() if key not in {"Action", "NotAction"}}
        return {"Version": "2012-10-17", "Statement": [{**rest, "Action": action, "Principal": "*"}]}

    def case(self) -> Case:
        """Draw the whole case."""
        has_resource = not self.is_same_account or self.action in _NOT_DELEGATING or self.chance(0.35)
        if self.resource == "*" or self.action == "iam:PassRole":
            has_resource = False
        levels = [[self.wide() for _ in range(self.draw.randint(1, 2))] for _ in range(self.draw.randint(1, 2))]
        return Case(
            number=self.number,
            action=self.action,
            resource=self.resource,
            resource_account=self.account if has_resource else ACCOUNT,
            principal=self.principal,
            context=self.context,
            identity=[self.policy() for _ in range(self.draw.choice([0, 1, 1, 1, 2]))],
            boundary=self.policy(deny=0.15) if self.chance(0.2) else None,
            service_control=levels if self.chance(0.2) else None,
            resource_control=[[self.denial()]] if self.action.startswith(_CONTROLLED) and self.chance(0.15) else None,
            session=self.policy(deny=0.15) if ":user/" not in self.principal and self.chance(0.15) else None,
            resource_policy=self.policy(principal=True) if has_resource else None,
            is_delegating=self.action not in _NOT_DELEGATING,
        )


def cases(count: int, seed: int) -> list[Case]:
    """Make cases.

    >>> cases(1, 7) == cases(1, 7), len(cases(3, 7))
    (True, 3)
    """
    return [_Maker(number, seed).case() for number in range(count)]
