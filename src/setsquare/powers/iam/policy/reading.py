"""Reads a policy from JSON; what is wrong with it is a problem with a line, never a guess.

What AWS would refuse is fatal here as well: a policy that is half understood would be judged wrongly, and the judgement would be believed.
Source: AWS, IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy element reference".
"""

from __future__ import annotations

from bisect import bisect_right

from setsquare.powers.iam.policy.document import (
    CURRENT_VERSION,
    LEGACY_VERSION,
    Condition,
    Effect,
    Policy,
    PolicyProblem,
    Principals,
    Statement,
)
from setsquare.text.document import Document, NodeKind
from setsquare.text.json_document import read
from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonMember, JsonNull, JsonNumber, JsonObject, JsonString, JsonValue
from setsquare.text.span import Span

_POLICY_ELEMENTS = ("Version", "Id", "Statement")
_STATEMENT_ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_DUPLICATE = "duplicate key"


# req: iam-autopilot/2.1
def read_policy(document: Document) -> tuple[Policy | None, tuple[PolicyProblem, ...]]:
    r"""Read a scanned JSON file as one policy. The policy is `None` when a problem is fatal.

    >>> from setsquare.text.json_document import scan
    >>> from setsquare.text.paths import RelPath
    >>> raw = b'{"Statement": {"Effect": "Allow",\n"Action": "s3:*", "NotAction": "s3:Get*", "Resource": "*"}}'
    >>> policy, problems = read_policy(scan(RelPath("p.json"), raw))
    >>> policy, problems[0].reason, problems[0].line
    (None, 'statement 0 has both "Action" and "NotAction"', 2)
    """
    tree = read(document)
    notes = _Notes(document)
    for problem in tree.problems:
        # Duplicate keys are reported by the reading of the policy, which also knows those that differ in case alone.
        if not problem.reason.startswith(_DUPLICATE):
            notes.report("not-json", problem.reason, problem.span, is_fatal=not problem.is_warning)
    for node in document.nodes:
        if node.kind is NodeKind.COMMENT:
            notes.report("comment", "AWS accepts no comments in a policy", node.span, is_fatal=False)
            break
    if tree.root is None:
        return None, notes.sorted()
    if not isinstance(tree.root, JsonObject):
        notes.report("wrong-type", "a policy is an object", tree.root.span)
        return None, notes.sorted()
    return notes.finished(_policy(notes, tree.root))


def policy_of(value: JsonObject, document: Document) -> tuple[Policy | None, tuple[PolicyProblem, ...]]:
    """Read a policy that stands inside a larger document; lines are those of the document, whose own soundness as JSON is the caller's to check.

    >>> from setsquare.text.json_document import scan, read
    >>> from setsquare.text.paths import RelPath
    >>> document = scan(RelPath("p.json"), b'{"PolicyDocument": {"Statement": []}}')
    >>> [problem.code for problem in policy_of(read(document).members[0].value, document)[1]]
    ['empty']
    """
    notes = _Notes(document)
    return notes.finished(_policy(notes, value))


class _Notes:
    """Collects what is wrong with a document, and reads what all elements share."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[PolicyProblem] = []

    def report(self, code: str, reason: str, span: Span, *, is_fatal: bool = True) -> None:
        """Note a problem at a place."""
        nodes = self.document.nodes
        index = max(bisect_right(nodes, span.start, key=lambda node: node.start) - 1, 0)
        self.problems.append(PolicyProblem(code, reason, nodes[index].line if nodes else 1, is_fatal))

    def sorted(self) -> tuple[PolicyProblem, ...]:
        """Give the problems in the order of the file."""
        return tuple(sorted(self.problems, key=lambda problem: problem.line))

    def finished(self, policy: Policy) -> tuple[Policy | None, tuple[PolicyProblem, ...]]:
        """Give the policy unless something is fatal."""
        return None if any(problem.is_fatal for problem in self.problems) else policy, self.sorted()

    def elements(self, value: JsonObject, known: tuple[str, ...], where: str) -> dict[str, JsonMember]:
        """Give the members by key; unknown and repeated ones are problems."""
        found: dict[str, JsonMember] = {}
        for member in value.members:
            if member.key not in known:
                near = next((name for name in known if name.lower() == member.key.lower()), "")
                hint = f'; the element is spelt "{near}"' if near else f"; known are {', '.join(known)}"
                self.report("unknown-element", f'{where} has an unknown element "{_shown(member.key)}"{hint}', member.key_span)
            elif member.key in found:
                self.report("duplicate-key", f'{where} has "{member.key}" twice', member.key_span)
            else:
                found[member.key] = member
        return found

    def text(self, member: JsonMember | None) -> str:
        """Read an element that is one string, empty where it is absent."""
        if member is None:
            return ""
        if isinstance(member.value, JsonString):
            return member.value.value
        self.report("wrong-type", f'"{member.key}" is not a string', member.value.span)
        return ""

    def words(self, member: JsonMember | None, where: str) -> tuple[str, ...] | None:
        """Read an element that is a string or a list of strings, none of them empty."""
        if member is None:
            return None
        items = member.value.items if isinstance(member.value, JsonArray) else (member.value,)
        if not items:
            self.report("empty", f'"{_shown(member.key)}" of {where} is empty', member.value.span)
        found: list[str] = []
        for item in items:
            if not isinstance(item, JsonString):
                self.report("wrong-type", f'"{_shown(member.key)}" of {where} holds something that is not a string', item.span)
            elif not item.value:
                self.report("empty", f'"{_shown(member.key)}" of {where} holds an empty string', item.span)
            else:
                found.append(item.value)
        return tuple(found)

    def once(self, member: JsonMember, seen: set[str], where: str) -> None:
        """Note a key that comes twice; operators and condition keys have no case."""
        if member.key.lower() in seen:
            self.report("duplicate-key", f'{where} has "{_shown(member.key)}" twice', member.key_span)
        seen.add(member.key.lower())


def _policy(notes: _Notes, value: JsonObject) -> Policy:
    """Read the elements of a policy."""
    elements = notes.elements(value, _POLICY_ELEMENTS, "the policy")
    version = notes.text(elements.get("Version"))
    if version not in {"", LEGACY_VERSION, CURRENT_VERSION}:
        notes.report(
            "unknown-version",
            f'"Version" is "{_shown(version)}"; AWS knows "{CURRENT_VERSION}" and "{LEGACY_VERSION}"',
            elements["Version"].value.span,
        )
    member = elements.get("Statement")
    statements = _statements(notes, member.value) if member else ()
    if member is None:
        notes.report("missing", 'the policy has no "Statement"', value.span)
    is_single = member is not None and isinstance(member.value, JsonObject)
    return Policy(version=version, id=notes.text(elements.get("Id")), statements=statements, is_single=is_single)


def _statements(notes: _Notes, value: JsonValue) -> tuple[Statement, ...]:
    """Read one statement or a list of them."""
    items = value.items if isinstance(value, JsonArray) else (value,)
    if not items:
        notes.report("empty", '"Statement" is empty', value.span)
    found: list[Statement] = []
    for index, item in enumerate(items):
        if isinstance(item, JsonObject):
            found.append(_statement(notes, item, index))
        else:
            notes.report("wrong-type", f"statement {index} is not an object", item.span)
    return tuple(found)


def _statement(notes: _Notes, value: JsonObject, index: int) -> Statement:
    """Read one statement."""
    where = f"statement {index}"
    elements = notes.elements(value, _STATEMENT_ELEMENTS, where)
    for element in ("Action", "Resource", "Principal"):
        both = elements.get(f"Not{element}")
        if both and element in elements:
            notes.report("both", f'{where} has both "{element}" and "Not{element}"', both.key_span)
    if not elements.keys() & {"Action", "NotAction"}:
        notes.report("missing", f'{where} has neither "Action" nor "NotAction"', value.span)
    if not elements.keys() & {"Resource", "NotResource", "Principal", "NotPrincipal"}:
        notes.report("missing", f'{where} has neither "Resource" nor "NotResource", and no principal', value.span)
    return Statement(
        effect=_effect(notes, elements.get("Effect"), value, where),
        index=index,
        sid=notes.text(elements.get("Sid")),
        actions=notes.words(elements.get("Action"), where),
        not_actions=notes.words(elements.get("NotAction"), where),
        resources=notes.words(elements.get("Resource"), where),
        not_resources=notes.words(elements.get("NotResource"), where),
        principals=_principals(notes, elements.get("Principal"), where),
        not_principals=_principals(notes, elements.get("NotPrincipal"), where),
        conditions=_conditions(notes, elements.get("Condition"), where),
        span=value.span,
        scalars=_scalars(value),
    )


def _effect(notes: _Notes, member: JsonMember | None, statement: JsonObject, where: str) -> Effect:
    """Read the effect; it is case-sensitive."""
    if member is None:
        notes.report("missing", f'{where} has no "Effect"', statement.span)
        return Effect.DENY
    written = member.value.value if isinstance(member.value, JsonString) else None
    for effect in Effect:
        if effect.value == written:
            return effect
    said = f'"{_shown(written)}"' if isinstance(written, str) else "not a string"
    notes.report("unknown-effect", f'"Effect" of {where} is {said}; it is "Allow" or "Deny"', member.value.span)
    return Effect.DENY


def _principals(notes: _Notes, member: JsonMember | None, where: str) -> tuple[Principals, ...] | None:
    """Read `*` or an object from kinds to principals."""
    if member is None:
        return None
    if isinstance(member.value, JsonString) and member.value.value == "*":
        return (Principals("*", ("*",)),)
    if not isinstance(member.value, JsonObject):
        notes.report("wrong-type", f'"{member.key}" of {where} is neither "*" nor an object', member.value.span)
        return ()
    kinds = notes.elements(member.value, _KINDS, f'"{member.key}" of {where}')
    if not kinds:
        notes.report("empty", f'"{member.key}" of {where} names nobody', member.value.span)
    return tuple([Principals(kind, notes.words(named, where) or ()) for kind, named in kinds.items()])


def _conditions(notes: _Notes, member: JsonMember | None, where: str) -> tuple[Condition, ...]:
    """Read operators, keys and values."""
    if member is None:
        return ()
    if not isinstance(member.value, JsonObject):
        notes.report("wrong-type", f'"Condition" of {where} is not an object', member.value.span)
        return ()
    found: list[Condition] = []
    operators: set[str] = set()
    for operator in member.value.members:
        notes.once(operator, operators, f'"Condition" of {where}')
        if not isinstance(operator.value, JsonObject):
            notes.report("wrong-type", f'"{_shown(operator.key)}" of {where} is not an object', operator.value.span)
            continue
        keys: set[str] = set()
        for key in operator.value.members:
            notes.once(key, keys, f'"{_shown(operator.key)}" of {where}')
            found.append(_condition(notes, operator.key, key, where))
    return tuple(found)


def _condition(notes: _Notes, operator: str, member: JsonMember, where: str) -> Condition:
    """Read the values under one key; numbers and booleans are read as AWS reads them, as their text."""
    items = member.value.items if isinstance(member.value, JsonArray) else (member.value,)
    if not items:
        notes.report(
            "empty", f'"{_shown(member.key)}" under "{_shown(operator)}" of {where} has no value', member.value.span, is_fatal=False
        )
    found: list[str] = []
    for item in items:
        match item:
            case JsonString():
                found.append(item.value)
            case JsonNumber():
                found.append(item.written)
            case JsonBoolean():
                found.append("true" if item.value else "false")
            case JsonNull() | JsonArray() | JsonObject():
                notes.report(
                    "wrong-type",
                    f'a value of "{_shown(member.key)}" under "{_shown(operator)}" of {where} is no string, number or boolean',
                    item.span,
                )
    is_bare = bool(items) and all(isinstance(item, JsonNumber | JsonBoolean) for item in items)
    is_scalar = not isinstance(member.value, JsonArray)
    return Condition(operator, member.key, tuple(found), is_bare, is_scalar)


def _scalars(value: JsonObject) -> tuple[str, ...]:
    """Name the elements that were written as one string where a list may stand; kinds of principals as `Principal.AWS`."""
    found: list[str] = []
    for member in value.members:
        if isinstance(member.value, JsonObject) and member.key.endswith("Principal"):
            found += [f"{member.key}.{kind.key}" for kind in member.value.members if isinstance(kind.value, JsonString)]
        elif isinstance(member.value, JsonString) and member.key in {"Action", "NotAction", "Resource", "NotResource"}:
            found.append(member.key)
    return tuple(found)


def _shown(text: str) -> str:
    """Show what a stranger wrote in a message, short and printable."""
    escaped = ascii(text[:60])[1:-1]
    return f"{escaped}…" if len(text) > 60 else escaped
