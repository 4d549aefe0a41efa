"""From a use to the IAM actions that it needed, layer by layer.

Source: AWS, Service Authorization Reference; the tables' own sources are named in `ActionTables.versions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from setsquare.powers.iam.universe import Universe
from setsquare.powers.iam.usage.detail import read
from setsquare.powers.iam.usage.mapping import ActionTables, MappedAction
from setsquare.powers.iam.usage.model import Use

# Lambda and CloudFront write the version of their API behind the name: `CreateFunction20150331v2`, `GetDistribution2020_05_31`.
_DATED = re.compile(r"(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_LABEL = re.compile(r"[a-z0-9][a-z0-9.-]{0,127}")
_HOSTS = (".amazonaws.com.cn", ".amazonaws.com", ".aws.internal", ".aws.amazon.com")

# Signing in at the console is no action of IAM.
_WITHOUT_ACTIONS = frozenset({"signin", "console"})

_PARTIQL = {
    "SELECT": "PartiQLSelect",
    "EXISTS": "PartiQLSelect",
    "INSERT": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE": "PartiQLDelete",
}
_ITEMS = {"CONDITIONCHECK": "ConditionCheckItem", "PUT": "PutItem", "UPDATE": "UpdateItem", "DELETE": "DeleteItem", "GET": "GetItem"}
# What a flag of a request asks of S3, by the call's own action.
_S3_FLAGS = {
    ("version", "getobject"): "GetObjectVersion",
    ("version", "headobject"): "GetObjectVersion",
    ("version", "copyobject"): "GetObjectVersion",
    ("version", "uploadpartcopy"): "GetObjectVersion",
    ("version", "deleteobject"): "DeleteObjectVersion",
    ("version", "getobjectacl"): "GetObjectVersionAcl",
    ("version", "putobjectacl"): "PutObjectVersionAcl",
    ("version", "getobjecttagging"): "GetObjectVersionTagging",
    ("version", "putobjecttagging"): "PutObjectVersionTagging",
    ("version", "deleteobjecttagging"): "DeleteObjectVersionTagging",
    ("acl", ""): "PutObjectAcl",
    ("tagging", ""): "PutObjectTagging",
    ("retention", ""): "PutObjectRetention",
    ("legal-hold", ""): "PutObjectLegalHold",
}
_VERBS = {"get": "GET", "head": "GET", "list": "GET", "export": "GET", "create": "POST", "generate": "POST", "test": "POST"}
_MORE_VERBS = {
    "delete": "DELETE",
    "flush": "DELETE",
    "untag": "DELETE",
    "reset": "DELETE",
    "update": "PATCH",
    "put": "PUT",
    "import": "POST",
    "reimport": "PUT",
}


class _Call(Struct, frozen=True):
    """A call's service prefix, its name without a date, its key in the tables, and whether the source's name differs from the prefix."""

    prefix: str
    event: str
    is_renamed: bool

    @property
    def key(self) -> str:
        """Give the call's key in the tables."""
        return f"{self.prefix}:{self.event}".lower()


def actions_of(use: Use, tables: ActionTables, universe: Universe) -> tuple[MappedAction, ...]:
    """Give the actions that a use needed or may have needed, sorted; none where the call needs none or has a name that can be no call's.

    A name that no table has is given as it stands, in the layer `unknown`: it is kept, and never a reason to call an action unused.
    """
    call = _call(use, tables, universe)
    if call is None:
        return ()
    found: dict[str, MappedAction] = {}
    for action in (*_special(call, use), *_direct(call, tables, universe), *_beside(call, tables, use)):
        name = action.action.lower()
        facts = universe.actions.get(name)
        known = action if facts is None else MappedAction(facts.name, action.layer, action.is_required)
        before = found.get(name)
        if before is None or (known.is_required and not before.is_required):
            found[name] = known
    return tuple(sorted(found.values()))


def unmapped(uses: Iterable[Use], tables: ActionTables, universe: Universe) -> tuple[tuple[str, str], ...]:
    """List the sources and event names for which no table has an action: nothing of such a service can be called unused without a doubt."""
    missing = set()
    for use in {(use.source, use.event): use for use in uses}.values():
        found = actions_of(use, tables, universe)
        if any(action.layer == "unknown" for action in found) or (not found and label_of(use.source) not in _WITHOUT_ACTIONS):
            missing.add((use.source, use.event))
    return tuple(sorted(missing))


def label_of(source: str) -> str:
    """Give the label of an event source.

    >>> label_of("monitoring.amazonaws.com"), label_of("s3.amazonaws.com.cn")
    ('monitoring', 's3')
    """
    for host in _HOSTS:
        if source.endswith(host):
            return source[: -len(host)].lower()
    return source.lower()


def prefix_of(source: str, tables: ActionTables, universe: Universe) -> str:
    """Give the service prefix of an event source; its own label where the tables know no other."""
    label = label_of(source)
    known = tables.prefixes.get(label)
    if known is None and "." in label and label not in universe.resource_types:
        last = label.rpartition(".")[2]
        return last if last in universe.resource_types else label
    return label if known is None else known


def _call(use: Use, tables: ActionTables, universe: Universe) -> _Call | None:
    label = label_of(use.source)
    if label in _WITHOUT_ACTIONS or _LABEL.fullmatch(label) is None or _NAME.fullmatch(use.event) is None:
        return None
    prefix = prefix_of(use.source, tables, universe)
    event = use.event
    if f"{prefix}:{event}".lower() not in universe.actions:
        event = _DATED.sub("", event) or event
    return _Call(prefix, event, prefix != label)


def _direct(call: _Call, tables: ActionTables, universe: Universe) -> tuple[MappedAction, ...]:
    """The operation table, then the action of the same name, then the name as it stands."""
    needed = tables.operations.get(call.key)
    if needed is not None:
        return tuple(MappedAction(action, "operation") for action in needed)
    if call.key in universe.actions:
        return (MappedAction(call.key, "source-name" if call.is_renamed else "same-name"),)
    if call.prefix == "apigateway":
        word = re.match(r"[A-Z]?[a-z]+", call.event)
        verb = (_VERBS | _MORE_VERBS).get(word.group().lower() if word else "")
        if verb is not None:
            return (MappedAction(f"apigateway:{verb}", "special"),)
    if tables.possible.get(call.key):
        return ()
    return (MappedAction(f"{call.prefix}:{call.event}", "unknown", is_required=False),)


def _special(call: _Call, use: Use) -> tuple[MappedAction, ...]:
    """What the request itself tells: a statement's verb, a transaction's items, a version, an access control list, tags, a passed role."""
    detail = read(use.detail)
    names: list[str] = []
    if call.prefix == "dynamodb":
        table = _ITEMS if call.event.startswith("Transact") else _PARTIQL
        names += [table[verb] for verb in detail.verbs if verb in table]
    elif call.prefix == "s3":
        found = (_S3_FLAGS.get((flag, call.event.lower())) or _S3_FLAGS.get((flag, "")) for flag in detail.flags)
        names += [name for name in found if name is not None]
    elif call.prefix == "ec2" and "tags" in detail.flags:
        names.append("CreateTags")
    given = tuple(MappedAction(f"{call.prefix}:{name}", "special") for name in names)
    passes = (detail.roles or "profile" in detail.flags) and call.prefix not in ("sts", "iam")
    return (*given, MappedAction("iam:PassRole", "pass-role")) if passes else given


def _beside(call: _Call, tables: ActionTables, use: Use) -> tuple[MappedAction, ...]:
    """What the call may have needed besides: by the operation table, a passed role, and what the service does with the caller's rights."""
    maybe = [
        MappedAction(action, "pass-role" if action == "iam:PassRole" else "operation", False)
        for action in tables.possible.get(call.key, ())
    ]
    if call.key in tables.passing:
        maybe.append(MappedAction("iam:PassRole", "pass-role", False))
    if not use.via:
        maybe += [MappedAction(action, "forward-access", False) for action in tables.forward.get(call.key, ())]
    return tuple(maybe)
