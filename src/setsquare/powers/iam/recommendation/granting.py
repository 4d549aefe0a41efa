"""Reads what roles are granted from a JSON file: an account's details, answers of the AWS CLI, or bare policies.

Source: AWS, IAM API Reference, "GetAccountAuthorizationDetails", "GetRolePolicy" and "GetPolicyVersion".
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.evaluation.request import NamedPolicy
from setsquare.powers.iam.policy.document import PolicyProblem
from setsquare.powers.iam.recommendation.grant_policies import PolicyReader, fault_code, kind_of
from setsquare.powers.iam.recommendation.grant_shapes import (
    child,
    holds,
    is_encoded,
    is_map,
    is_policy,
    is_role,
    items,
    last_name,
    text,
    utc_day,
)
from setsquare.powers.iam.recommendation.managed_policies import ManagedPolicies
from setsquare.powers.iam.recommendation.model import AttachedPolicy, Grant
from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonObject, JsonString, JsonValue

_DETAILS = frozenset({"RoleDetailList", "Policies", "UserDetailList", "GroupDetailList"})


class GrantsRead(Struct, frozen=True):
    """The grants of a file, sorted by role, and what is wrong with it.

    `unread` are the roles of which some policy is missing or cannot be read: nothing may be claimed of them, and they are not among the grants.
    """

    grants: tuple[Grant, ...]
    problems: tuple[PolicyProblem, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Tell whether the whole file could be read."""
        return not any(problem.is_fatal for problem in self.problems)

    def grant(self, role: str) -> Grant | None:
        """Give what a role is granted; `None` where the file does not say, or not all."""
        return next((grant for grant in self.grants if grant.role == role), None)


def grants_of(document: Document, role: str = "") -> GrantsRead:
    r"""Read grants. A policy that names no role belongs to `role`, the one that was asked for.

    Accepted: account authorization details (one page or a list of pages), `{"Roles": [...]}`, one role's details, a policy document, the
    AWS CLI's answers around one (`PolicyDocument`, `PolicyVersion`), each of these URL-encoded in a string, a map of role names to
    any of these, and a list of any of these.

    >>> from setsquare.text.json_document import scan
    >>> from setsquare.text.paths import RelPath
    >>> raw = b'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    >>> read = grants_of(scan(RelPath("policy.json"), raw), "ecs-app")
    >>> [(grant.role, grant.policies[0].name) for grant in read.grants], read.problems
    ([('ecs-app', 'policy.json')], ())
    >>> [problem.code for problem in grants_of(scan(RelPath("p.json"), b"{"), "ecs-app").problems]
    ['broken-json']
    """
    tree = json_document.read(document)
    broken = tuple(
        [
            PolicyProblem(fault_code(problem.reason), problem.reason, document.place(problem.span.start).line)
            for problem in tree.problems
            if not problem.is_warning
        ]
    )
    if broken or tree.root is None:
        return GrantsRead((), broken)
    collection = _Collection(document, role)
    collection.take(tree.root)
    return collection.result()


class _Pending(Struct, frozen=True):
    """A role whose managed policies are still to be looked up: name and ARN, with the line that names them."""

    grant: Grant
    attached: tuple[tuple[str, str, int], ...] = ()
    boundary: str = ""
    line: int = 0


class _Collection:
    """Collects roles and policies of one file, then joins them."""

    def __init__(self, document: Document, role: str) -> None:
        self.reader = PolicyReader(document)
        self.managed = ManagedPolicies(self.reader)
        self.role = role
        self.roles: list[_Pending] = []
        self.loose: dict[str, list[AttachedPolicy]] = {}
        self.unread: set[str] = set()

    def take(self, value: JsonValue) -> None:
        """Take the top value, or one of a list."""
        match value:
            case JsonArray(items=each):
                for item in each:
                    self.take(item)
            case JsonObject() if holds(value, _DETAILS) and not is_policy(value):
                self._details(value)
            case JsonObject() if isinstance(roles := child(value, "Roles"), JsonArray):
                self._take_roles(roles)
            case JsonObject() if is_role(value):
                self._take_role(value)
            case JsonObject() if is_map(value):
                for member in value.members:
                    self._entries(member.value, member.key)
            case JsonObject(members=()):
                # An empty answer grants nothing to nobody: a fetch that failed leaves one.
                pass
            case _:
                self._entries(value, self.role)

    def result(self) -> GrantsRead:
        """Join roles with the managed policies they name."""
        grants: dict[tuple[str, str], Grant] = {}
        arns: dict[str, set[str]] = {}
        for pending in self.roles:
            grant = self._joined(pending)
            before = arns.setdefault(grant.role, set())
            # Roles of two accounts may have one name; a role without an ARN may be any of them.
            if before and (grant.arn in before or "" in {grant.arn, *before}):
                self.reader.report("duplicate-role", f"the role {grant.role} stands twice in the file", pending.line)
                self.unread.add(grant.role)
            before.add(grant.arn)
            grants[grant.role, grant.arn] = grant
        for role, policies in self.loose.items():
            named = arns.get(role, {""})
            if len(named) > 1:
                self.reader.report("duplicate-role", f"the policies of {role} belong to a role that stands twice in the file", 1)
                self.unread.add(role)
                continue
            key = (role, min(named))
            grant = grants.get(key, Grant(role=role))
            grants[key] = replace(grant, policies=(*grant.policies, *_named_apart(policies, grant.policies)))
        if not grants and not self.unread and not self.reader.problems:
            self.reader.report("no-grants", "the file holds no role and no policy", 1)
        sound = tuple([grants[name] for name in sorted(grants) if name[0] not in self.unread])
        return GrantsRead(sound, tuple(self.reader.problems), tuple(sorted(self.unread)))

    def _details(self, page: JsonObject) -> None:
        """Take one page of account authorization details."""
        cut = child(page, "IsTruncated")
        # `--max-items` of the AWS CLI ends a page with a NextToken of its own.
        is_cut = isinstance(cut, JsonBoolean) and cut.value and child(page, "Marker") is not None
        if is_cut or isinstance(child(page, "NextToken"), JsonString):
            name = "IsTruncated is true" if is_cut else "it has a NextToken"
            reason = f"{name}: this is one page of several, and the others hold roles and policies too"
            self.reader.report("truncated", reason, self.reader.line(page), fatal=False)
        for item in items(child(page, "Policies")):
            self.managed.take(item)
        roles = child(page, "RoleDetailList")
        if isinstance(roles, JsonArray):
            self._take_roles(roles)

    def _take_roles(self, roles: JsonArray) -> None:
        for item in roles.items:
            if isinstance(item, JsonObject):
                self._take_role(item)
            else:
                self.reader.report("unknown-shape", "a list of roles holds something that is not an object", self.reader.line(item))

    def _take_role(self, value: JsonObject, name: str = "") -> None:
        inner = child(value, "Role")
        if isinstance(inner, JsonObject) and value.member("RoleName") is None:
            value = inner
        role, line = text(value, "RoleName") or name or self.role, self.reader.line(value)
        if not role:
            self.reader.report("unknown-role", "an entry names no role, and none was asked for", line)
            return
        with_faults = self.reader.faults
        trust = child(value, "AssumeRolePolicyDocument")
        boundary = child(value, "PermissionsBoundary")
        grant = Grant(
            role=role,
            arn=text(value, "Arn"),
            path=text(value, "Path") or "/",
            unique_id=text(value, "RoleId"),
            created=utc_day(text(value, "CreateDate")),
            policies=tuple(
                [made for item in items(child(value, "RolePolicyList")) if (made := self.reader.attached(item, "")) is not None]
            ),
            trust=None if trust is None else self.reader.policy(trust, line),
        )
        if self.reader.faults > with_faults:
            self.unread.add(role)
        arn = text(boundary, "PermissionsBoundaryArn") if isinstance(boundary, JsonObject) else ""
        self.roles.append(_Pending(grant, self._attachments(value), arn, line))

    def _attachments(self, role: JsonObject) -> tuple[tuple[str, str, int], ...]:
        listed = (*items(child(role, "AttachedManagedPolicies")), *items(child(role, "AttachedPolicies")))
        return tuple(
            [
                (text(item, "PolicyName") or last_name(text(item, "PolicyArn")), text(item, "PolicyArn"), self.reader.line(item))
                for item in listed
                if isinstance(item, JsonObject)
            ]
        )

    def _entries(self, value: JsonValue, role: str) -> None:
        """Take what belongs to one role: a policy, a list of them, or a map of policy names to them."""
        match value:
            case JsonObject(members=()) | JsonArray(items=()) if role:
                self.loose.setdefault(role, [])
            case JsonArray(items=each):
                for item in each:
                    self._entries(item, role)
            case JsonObject() if is_role(value):
                self._take_role(value, role)
            case JsonObject(members=members) if not is_policy(value) and is_map(value):
                for member in members:
                    self._take_policy(member.value, role, member.key)
            case _:
                self._take_policy(value, role, "")

    def _take_policy(self, value: JsonValue, role: str, name: str) -> None:
        """File a policy under the role that it names itself, else under the one it was found at."""
        owner = (text(value, "RoleName") if isinstance(value, JsonObject) else "") or role
        other = next((key for key in ("UserName", "GroupName") if isinstance(value, JsonObject) and value.member(key) is not None), "")
        if other:
            self.reader.report(
                "not-a-role", f"this is the policy of a {other.removesuffix('Name').lower()} and of no role", self.reader.line(value)
            )
            self.unread.add(owner)
            return
        if not owner:
            self.reader.report("unknown-role", "a policy names no role, and none was asked for", self.reader.line(value))
            return
        if isinstance(value, JsonString) and not is_encoded(value.value):
            self.reader.report("unknown-shape", "a string holds no policy document", self.reader.line(value))
            self.unread.add(owner)
            return
        policy = self.reader.attached(value, name)
        if policy is None:
            self.unread.add(owner)
        else:
            self.loose.setdefault(owner, []).append(policy)

    def _joined(self, pending: _Pending) -> Grant:
        """Give a role with its managed policies and boundary; what is missing of them makes it unread."""
        grant = pending.grant
        policies = list(grant.policies)
        for name, arn, line in pending.attached:
            managed = self.managed.found.get(arn)
            if managed is None or managed.policy is None:
                reason = f"the role {grant.role} has the policy {arn or name} attached, whose document is not in the file"
                self.reader.report("incomplete-grants", reason, line)
                self.unread.add(grant.role)
                continue
            policies.append(
                AttachedPolicy(
                    name=managed.name,
                    kind=kind_of(arn),
                    policy=managed.policy,
                    arn=arn,
                    attachments=managed.attachments,
                    bounds=managed.bounds,
                )
            )
        boundary = self.managed.found.get(pending.boundary)
        if pending.boundary and (boundary is None or boundary.policy is None):
            reason = f"the permissions boundary {pending.boundary} of the role {grant.role} is not in the file: it is judged as if there were none"
            self.reader.report("boundary-missing", reason, pending.line, fatal=False)
        named = NamedPolicy(boundary.arn, boundary.policy) if boundary is not None and boundary.policy is not None else None
        return replace(grant, policies=tuple(policies), boundary=named)


def _named_apart(policies: list[AttachedPolicy], taken: tuple[AttachedPolicy, ...]) -> list[AttachedPolicy]:
    """Give policies names that differ: a file may hold several that have none."""
    names = {policy.name for policy in taken}
    apart: list[AttachedPolicy] = []
    for policy in policies:
        name, number = policy.name, 2
        while name in names:
            name, number = f"{policy.name}-{number}", number + 1
        names.add(name)
        apart.append(policy if name == policy.name else replace(policy, name=name))
    return apart
