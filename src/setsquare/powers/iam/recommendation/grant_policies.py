"""Reads the policies of a file, bare or inside an answer of AWS, as objects or as text."""

from __future__ import annotations

from urllib.parse import unquote

from msgspec.structs import replace

from setsquare.powers.iam.policy.document import Policy, PolicyProblem
from setsquare.powers.iam.policy.reading import policy_of
from setsquare.powers.iam.recommendation.grant_shapes import WRAPPERS, child, is_document, last_name, text
from setsquare.powers.iam.recommendation.model import AttachedPolicy, PolicyKind
from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonArray, JsonObject, JsonString, JsonValue

LIMIT_STATEMENTS = 1500
"""Statements of one policy: 10,240 characters hold fewer, and the longest policy of AWS has 162. So many are judged in a few seconds."""
LIMIT_BYTES = 1_000_000
"""Bytes of one policy, white space included: the longest of AWS has 152,297 characters."""


class PolicyReader:
    """Reads policies of one file and collects what is wrong with them."""

    def __init__(self, document: Document) -> None:
        """Take the file."""
        self.document = document
        self.problems: list[PolicyProblem] = []

    @property
    def faults(self) -> int:
        """Count the fatal problems so far."""
        return sum(1 for problem in self.problems if problem.is_fatal)

    def line(self, value: JsonValue) -> int:
        """Give the line on which a value begins."""
        return self.document.line(value.span.start)

    def report(self, code: str, reason: str, line: int, *, fatal: bool = True) -> None:
        """Note a problem."""
        self.problems.append(PolicyProblem(code, reason, line, fatal))

    def attached(self, value: JsonValue, name: str) -> AttachedPolicy | None:
        """Read one policy, bare or inside an answer; `name` where the answer has none."""
        arn, is_managed = "", False
        inner, line = value, self.line(value)
        while isinstance(inner, JsonObject) and not is_document(inner):
            name = text(inner, "PolicyName") or name
            arn = text(inner, "PolicyArn") or text(inner, "Arn") or arn
            # Only managed policies have versions.
            is_managed = is_managed or inner.member("PolicyVersion") is not None
            wrapped = next((found for key in WRAPPERS if (found := child(inner, key)) is not None), None)
            if wrapped is None:
                self.report("unknown-shape", "an object is neither a policy (no Statement) nor an answer that holds one", self.line(inner))
                return None
            inner = wrapped
        policy = self.policy(inner, line)
        if policy is None:
            return None
        kind = PolicyKind.MANAGED if is_managed and not arn else kind_of(arn)
        return AttachedPolicy(name=name or last_name(arn) or last_name(self.document.path), kind=kind, policy=policy, arn=arn)

    def policy(self, value: JsonValue | None, line: int) -> Policy | None:
        """Read a policy document, an object or its text, URL-encoded or not."""
        match value:
            case JsonObject():
                statements = child(value, "Statement")
                if value.span.end - value.span.start > LIMIT_BYTES or (
                    isinstance(statements, JsonArray) and len(statements.items) > LIMIT_STATEMENTS
                ):
                    reason = f"a policy has more than {LIMIT_STATEMENTS} statements or {LIMIT_BYTES:,} bytes, which AWS would not store"
                    self.report("too-large", reason, line)
                    return None
                policy, problems = policy_of(value, self.document)
                self.problems += problems
                return policy
            case JsonString(value=written):
                return self._encoded(written, self.line(value))
            case _:
                self.report("unknown-shape", "a policy document is missing, or neither an object nor a string", line)
                return None

    def _encoded(self, written: str, line: int) -> Policy | None:
        decoded = unquote(written) if written.lstrip()[:1] == "%" else written
        inner = json_document.scan(self.document.path, decoded.encode("utf-8", "surrogateescape"))
        tree = json_document.read(inner)
        faults = [problem for problem in tree.problems if not problem.is_warning]
        for problem in faults:
            self.report(fault_code(problem.reason), f"the policy inside the string: {problem.reason}", line)
        if not faults and not isinstance(tree.root, JsonObject):
            self.report("unknown-shape", "the string holds no policy document", line)
        if faults or not isinstance(tree.root, JsonObject):
            return None
        policy, problems = policy_of(tree.root, inner)
        # Lines inside the decoded text are lines of no file: the string's own line is what a reader can find.
        self.problems += [replace(problem, line=line) for problem in problems]
        return policy


def fault_code(reason: str) -> str:
    """Give the code of a fault of JSON.

    >>> fault_code('duplicate key "a"'), fault_code("the file ends inside an object or array")
    ('duplicate-key', 'broken-json')
    """
    return "duplicate-key" if reason.startswith("duplicate key") else "broken-json"


def kind_of(arn: str) -> PolicyKind:
    """Tell whose policy an ARN names; the account of AWS's own is `aws` in every partition.

    >>> kind_of("arn:aws-cn:iam::aws:policy/ReadOnlyAccess"), kind_of("")
    (<PolicyKind.AWS_MANAGED: 'aws-managed'>, <PolicyKind.INLINE: 'inline'>)
    """
    if not arn:
        return PolicyKind.INLINE
    return PolicyKind.AWS_MANAGED if arn.split(":")[4:5] == ["aws"] else PolicyKind.MANAGED
