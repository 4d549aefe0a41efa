"""Reads the principals of an account from its authorization details: roles, and users with the policies of their groups.

Source: AWS, IAM API Reference, "GetAccountAuthorizationDetails".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.escalation.applying import State
from setsquare.powers.iam.escalation.aws_policies import AwsPolicies
from setsquare.powers.iam.escalation.completing import completed
from setsquare.powers.iam.escalation.principal import Principal, principal_of
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.policy.document import Policy, PolicyProblem
from setsquare.powers.iam.recommendation.grant_policies import PolicyReader
from setsquare.powers.iam.recommendation.grant_shapes import child, items, last_name, text
from setsquare.powers.iam.recommendation.granting import grants_of
from setsquare.powers.iam.recommendation.managed_policies import ManagedPolicies
from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonArray, JsonObject, JsonString, JsonValue

_ACCOUNT_KEYS = ("RoleDetailList", "UserDetailList", "GroupDetailList")


class PrincipalsRead(Struct, frozen=True):
    """The principals of a file; `is_account` when it holds an account's details, so that what one gains through another can be told.

    Principals of which a policy is missing or cannot be read are left out, each with a problem. `versions` and `groups` are what changes of the account refer to.
    """

    principals: tuple[Principal, ...]
    problems: tuple[PolicyProblem, ...] = ()
    is_account: bool = False
    versions: Mapping[str, Mapping[str, Policy]] = {}
    groups: Mapping[str, tuple[NamedPolicy, ...]] = {}

    @property
    def state(self) -> State:
        """Give it as what changes are applied to."""
        return State(principals=self.principals, versions=self.versions, groups=self.groups, is_account=self.is_account)


def principals_of(document: Document, name: str, aws: AwsPolicies | None = None) -> PrincipalsRead:
    r"""Read the principals of a JSON file; a policy that names no role is judged under `name`.

    `aws` says what AWS's own policies grant, for accounts that attach them without their documents.

    >>> from setsquare.text.json_document import scan
    >>> from setsquare.text.paths import RelPath
    >>> raw = b'{"UserDetailList": [{"UserName": "ada", "UserPolicyList": [], "GroupList": []}]}'
    >>> read = principals_of(scan(RelPath("account.json"), raw), "account")
    >>> [principal.name for principal in read.principals], read.is_account
    (['ada'], True)
    """
    document = completed(document, aws) if aws is not None else document
    tree = json_document.read(document)
    pages = tuple(_pages(tree.root)) if tree.root is not None else ()
    granted = grants_of(document, name)
    is_account = any(page.member(key) is not None for page in pages for key in _ACCOUNT_KEYS)
    roles = tuple([principal_of(grant) for grant in granted.grants])
    if not is_account:
        return PrincipalsRead(
            tuple([_as_policy(role) if not role.arn and role.trust is None else role for role in roles]), granted.problems
        )
    people = _People(document, pages)
    principals = (*roles, *people.users())
    problems = granted.problems if roles else tuple(problem for problem in granted.problems if problem.code != "no-grants")
    users = people.problems
    return PrincipalsRead(principals, (*problems, *users), is_account=True, versions=people.versions(), groups=people.groups())


def _as_policy(role: Principal) -> Principal:
    return Principal(name=role.name, layers=role.layers, is_policy=True)


def _pages(root: JsonValue) -> Iterator[JsonObject]:
    match root:
        case JsonObject():
            yield root
        case JsonArray(items=each):
            yield from (item for item in each if isinstance(item, JsonObject))
        case _:
            return


class _People:
    """Users and groups of an account's pages. Their policies are read apart from the roles', whose reading reports what is wrong with managed ones."""

    def __init__(self, document: Document, pages: tuple[JsonObject, ...]) -> None:
        self._reader = PolicyReader(document)
        self._managed = ManagedPolicies(PolicyReader(document))
        self._pages = pages
        for page in pages:
            for item in items(child(page, "Policies")):
                self._managed.take(item)
        self._groups = {text(group, "GroupName"): group for group in self._all("GroupDetailList")}

    @property
    def problems(self) -> tuple[PolicyProblem, ...]:
        """Give what was wrong."""
        return tuple(self._reader.problems)

    def users(self) -> tuple[Principal, ...]:
        """Give the users that can be judged."""
        return tuple([user for value in self._all("UserDetailList") if (user := self._user(value)) is not None])

    def groups(self) -> dict[str, tuple[NamedPolicy, ...]]:
        """Give the policies of each group."""
        return {name: tuple(self._policies(group, name, "GroupPolicyList", "")) for name, group in self._groups.items()}

    def versions(self) -> dict[str, dict[str, Policy]]:
        """Give the versions of each managed policy, the default one also under the empty name."""
        silent = PolicyReader(self._reader.document)
        found: dict[str, dict[str, Policy]] = {}
        for page in self._pages:
            for item in items(child(page, "Policies")):
                if not isinstance(item, JsonObject) or not (arn := text(item, "Arn")):
                    continue
                held = found.setdefault(arn, {})
                for version in items(child(item, "PolicyVersionList")):
                    policy = silent.policy(child(version, "Document"), 0) if isinstance(version, JsonObject) else None
                    if policy is not None and isinstance(version, JsonObject):
                        held[text(version, "VersionId")] = policy
                known = self._managed.found.get(arn)
                if known is not None and known.policy is not None:
                    held[""] = known.policy
        return found

    def _all(self, key: str) -> Iterator[JsonObject]:
        for page in self._pages:
            yield from (item for item in items(child(page, key)) if isinstance(item, JsonObject))

    def _user(self, value: JsonObject) -> Principal | None:
        name = text(value, "UserName")
        before = self._reader.faults
        groups = tuple([item.value for item in items(child(value, "GroupList")) if isinstance(item, JsonString)])
        policies = [*self._policies(value, name, "UserPolicyList", "")]
        for group in groups:
            found = self._groups.get(group)
            if found is None:
                self._reader.report(
                    "incomplete-grants", f"the user {name} is in the group {group}, which is not in the file", self._reader.line(value)
                )
            else:
                policies += self._policies(found, name, "GroupPolicyList", f"group {group}: ")
        boundary = self._boundary(value, name)
        if not name or self._reader.faults > before:
            return None
        return Principal(name=name, arn=text(value, "Arn"), layers=Layers(identity=tuple(policies), boundary=boundary), groups=groups)

    def _policies(self, value: JsonObject, user: str, key: str, prefix: str) -> Iterator[NamedPolicy]:
        for item in items(child(value, key)):
            made = self._reader.attached(item, "")
            if made is not None:
                yield NamedPolicy(f"{prefix}{made.name}", made.policy)
        for item in items(child(value, "AttachedManagedPolicies")):
            arn = text(item, "PolicyArn") if isinstance(item, JsonObject) else ""
            managed = self._managed.found.get(arn)
            if managed is None or managed.policy is None:
                reason = f"the user {user} has the policy {arn} attached, whose document is not in the file"
                self._reader.report("incomplete-grants", reason, self._reader.line(item))
            else:
                yield NamedPolicy(f"{prefix}{managed.name or last_name(arn)}", managed.policy)

    def _boundary(self, value: JsonObject, user: str) -> NamedPolicy | None:
        holder = child(value, "PermissionsBoundary")
        arn = text(holder, "PermissionsBoundaryArn") if isinstance(holder, JsonObject) else ""
        managed = self._managed.found.get(arn)
        if arn and (managed is None or managed.policy is None):
            reason = f"the permissions boundary {arn} of the user {user} is not in the file: it is judged as if there were none"
            self._reader.report("boundary-missing", reason, self._reader.line(value), fatal=False)
        return NamedPolicy(arn, managed.policy) if managed is not None and managed.policy is not None else None
