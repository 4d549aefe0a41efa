"""Finds policies in files that are neither a policy, a template nor Terraform's: objects of Kubernetes, Serverless Framework, playbooks, inputs of command lines; names apps of the CDK."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from setsquare.powers.iam.escalation.document_search import documents_in
from setsquare.powers.iam.escalation.template_values import values_in
from setsquare.powers.iam.escalation.valued_policies import valued_policy
from setsquare.powers.iam.expressions.decoding import decoded
from setsquare.powers.iam.expressions.values import Value
from setsquare.powers.iam.infrastructure.model import Form, SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import Unread
from setsquare.powers.iam.infrastructure.reading import LIMIT_BYTES, is_code
from setsquare.text.paths import RelPath, base_name
from setsquare.text.span import Span

CDK = "it is an app of the CDK: what it makes is seen in what `cdk synth` writes, not in its code"
_ENDINGS = (".json", ".yaml", ".yml")
_RECORDS = (b'"eventSource"', b'DetailList"', b'"planned_values"', b'"$schema"')
_SYNTHESISED = (b"aws:cdk:path", b"AWS::CDK::Metadata")


def loose_documents(files: Mapping[RelPath, bytes], known: Collection[RelPath]) -> Iterator[SourcePolicy | Unread]:
    r"""Give the policies of such files; those that are `known` were read already.

    >>> raw = b'x:\n- {Effect: Allow, Action: "iam:*", Resource: "*"}\n'
    >>> [each.policy.statements[0].actions for each in loose_documents({RelPath("a.yaml"): raw}, ())]
    [('iam:*',)]
    """
    synthesised = any(any(word in raw for word in _SYNTHESISED) for path, raw in files.items() if path.endswith(".json"))
    for path, raw in sorted(files.items()):
        if base_name(path) == "cdk.json" and not synthesised:
            yield Unread(path=path, start=0, reason=CDK)
        elif path.endswith(_ENDINGS) and path not in known and not is_code(path) and len(raw) <= LIMIT_BYTES and _seems(raw):
            yield from _of_file(path, raw)


def _seems(raw: bytes) -> bool:
    return b"Effect" in raw and b"Action" in raw and not any(word in raw for word in _RECORDS)


def _of_file(path: RelPath, raw: bytes) -> Iterator[SourcePolicy | Unread]:
    text = raw.decode("utf-8", "replace")
    values: tuple[Value, ...] | None
    if path.endswith(".json"):
        found = decoded(text)
        values = None if found is None else (found,)
    else:
        values = values_in(raw)
    if values is None:
        yield Unread(path=path, start=0, reason="it seems to hold policies, and cannot be read")
        return
    for number, document in enumerate(dict.fromkeys(each for value in values for each in documents_in(value))):
        valued = valued_policy((document,))
        if valued.policy is not None and valued.policy.statements:
            form = Form.JSON if path.endswith(".json") else Form.CLOUDFORMATION_YAML
            yield SourcePolicy(path=path, form=form, policy=valued.policy, span=Span(0, len(raw)), name=f"policy {number + 1} in {path}")
        for reason in valued.unknown:
            yield Unread(path=path, start=0, reason=reason)
