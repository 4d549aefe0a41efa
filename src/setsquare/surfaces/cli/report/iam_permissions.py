"""Shows the permissions of a role: all of them as rows where these can be read, else what weighs as rows and everything by service, folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from setsquare.surfaces.cli.iam_escalation_results import EscalationResult
from setsquare.surfaces.cli.iam_results import PermissionResult, RoleResult
from setsquare.surfaces.cli.iam_text import LEVELS, by_weight
from setsquare.surfaces.cli.report.iam_cells import access, code, escaped, grants, grid

MOST_ROWS = 200
"""More permissions than these are not read row by row."""
_MOST_OF_A_KIND = 50

# Reads that give secrets, credentials or contents rather than facts about resources. Source: AWS, Service Authorization Reference, descriptions of the actions.
_SENSITIVE = (
    "secretsmanager:getsecretvalue",
    "secretsmanager:batchgetsecretvalue",
    "ssm:getparameter*",
    "kms:decrypt",
    "ec2:getpassworddata",
    "ec2:getconsole*",
    "ec2:describeinstanceattribute",
    "lambda:getfunction",
    "s3:getobject",
    "s3:getobjectversion",
    "dynamodb:getitem",
    "dynamodb:batchgetitem",
    "dynamodb:query",
    "dynamodb:scan",
    "dynamodb:partiqlselect",
    "sqs:receivemessage",
    "kinesis:getrecords",
    "logs:getlogevents",
    "logs:filterlogevents",
    "logs:getqueryresults",
    "logs:unmask",
    "athena:getqueryresults",
    "rds-data:executestatement",
    "redshift:getclustercredentials*",
    "redshift-serverless:getcredentials",
    "ecr:getauthorizationtoken",
    "codeartifact:getauthorizationtoken",
    "codecommit:gitpull",
    "sts:getfederationtoken",
    "cognito-identity:getcredentialsforidentity",
    "iam:getaccountauthorizationdetails",
    "sso:getrolecredentials",
    "apigateway:get",
    "acm:exportcertificate",
    "cloudformation:gettemplate",
)
_OF_IDENTITIES = ("iam:", "sts:", "sso:", "organizations:")
_MANAGING, _WRITING = "Permissions management", "Write"
_ESCALATES = "a part of a way to more rights"
_KINDS = (_ESCALATES, "manages permissions", "gives secrets or contents", "changes identities or accounts")
_EVIDENCE = ("Confidence", "Granted by", "Evidence")


def unused(role: RoleResult) -> str:
    """Show what is granted and was never used."""
    return of_unused([each for each in role.permissions if each.verdict == "unused"], role.escalations)


def of_unused(permissions: Iterable[PermissionResult], escalations: Iterable[EscalationResult]) -> str:
    """Show permissions that were never used; those that are a part of an escalation weigh most."""
    rows = by_weight(permissions)
    if not rows:
        return ""
    head = f"Granted but never used ({len(rows):,})"
    if len(rows) <= MOST_ROWS:
        cells = ((code(each.action), access(each), *_evidence(each)) for each in rows)
        return grid(head, ("Permission", "Level", *_EVIDENCE), cells)
    return f"<h2>{escaped(head)}</h2>{_levels(rows)}{_weighty(rows, escalations)}{_services(rows)}"


def kept(role: RoleResult) -> str:
    """Show what is kept although no use was seen, and why."""
    return of_kept(each for each in role.permissions if each.verdict == "unjudged")


def of_kept(permissions: Iterable[PermissionResult]) -> str:
    """Show permissions that are kept: what weighs first among few, by the reason among many."""
    rows = by_weight(permissions)
    if not rows:
        return ""
    head = f"<h2>Kept, cannot be judged ({len(rows):,})</h2>"
    if len(rows) <= MOST_ROWS:
        cells = ((code(each.action), access(each), escaped(each.layer), grants(each), escaped(each.reason)) for each in rows)
        made = grid("", ("Permission", "Level", "Class", "Granted by", "Why it is kept"), cells)
        return f"{head}<details><summary>Show them with their reasons</summary>{made}</details>"
    reasons: dict[str, list[PermissionResult]] = {}
    for each in rows:
        reasons.setdefault(each.reason, []).append(each)
    folded = "".join(
        f"<details><summary>{escaped(reason)} <b>({len(found):,})</b></summary>{_compact(found)}</details>"
        for reason, found in sorted(reasons.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    )
    return f"{head}{_levels(rows)}<p class='soft'>By the reason:</p>{folded}"


def kind_of(each: PermissionResult, escalating: frozenset[str]) -> str:
    """Say why a permission weighs; empty for one that does not more than others.

    >>> row = dict(verdict="unused", count=0, denied=0, last_used="", resources=(), grants=(), confidence="high", layer="", reason="")
    >>> named = (
    ...     ("s3:GetObject", "Read"),
    ...     ("s3:ListBucket", "List"),
    ...     ("s3:PutBucketPolicy", "Permissions management"),
    ...     ("iam:CreateUser", "Write"),
    ... )
    >>> [kind_of(PermissionResult(action=action, level=level, **row), frozenset()) for action, level in named]
    ['gives secrets or contents', '', 'manages permissions', 'changes identities or accounts']
    """
    name = each.action.lower()
    if name in escalating:
        return _KINDS[0]
    if each.level == _MANAGING:
        return _KINDS[1]
    if any(fnmatchcase(name, pattern) for pattern in _SENSITIVE):
        return _KINDS[2]
    return _KINDS[3] if each.level == _WRITING and name.startswith(_OF_IDENTITIES) else ""


def _weighty(rows: Sequence[PermissionResult], escalations: Iterable[EscalationResult]) -> str:
    """Show what weighs, so many of each kind."""
    escalating = frozenset(word.partition(" on ")[0].lower() for each in escalations for word in each.resources)
    kinds: dict[str, list[PermissionResult]] = {kind: [] for kind in _KINDS}
    for each in rows:
        kind = kind_of(each, escalating)
        if kind:
            kinds[kind].append(each)
    chosen = [(kind, each) for kind, found in kinds.items() for each in found[: len(found) if kind == _ESCALATES else _MOST_OF_A_KIND]]
    if not chosen:
        return ""
    # What all rows share is said once, above them.
    evidence = list(zip(*(_evidence(each) for _kind, each in chosen), strict=True))
    shared = [len(set(column)) == 1 for column in evidence]
    names = [name for name, is_shared in zip(_EVIDENCE, shared, strict=True) if not is_shared]
    columns = [column for column, is_shared in zip(evidence, shared, strict=True) if not is_shared]
    said = "; ".join(f"{name}: {column[0]}" for name, column, is_shared in zip(_EVIDENCE, evidence, shared, strict=True) if is_shared)
    cells = [
        (code(each.action), access(each), escaped(kind), *(column[index] for column in columns))
        for index, (kind, each) in enumerate(chosen)
    ]
    more = [
        f"{len(found) - _MOST_OF_A_KIND:,} more ({kind})"
        for kind, found in kinds.items()
        if kind != _ESCALATES and len(found) > _MOST_OF_A_KIND
    ]
    note = f"<p class='soft'>{escaped('; '.join(more))} stand below.</p>" if more else ""
    table = grid("", ("Permission", "Level", "Why it weighs", *names), cells)
    return f"<h3>What weighs most</h3>{f'<p class=soft>{said}</p>' if said else ''}{table}{note}"


def _services(rows: Sequence[PermissionResult]) -> str:
    """Fold the permissions of each service."""
    services: dict[str, list[PermissionResult]] = {}
    for each in rows:
        services.setdefault(each.action.partition(":")[0], []).append(each)
    folded = "".join(
        f"<details><summary>{code(name)} <b>{len(found):,}</b>: <span class='soft'>{escaped(_by_level(found))}</span></summary>{_groups(found)}</details>"
        for name, found in sorted(services.items())
    )
    return f"<h3>All of them, by service ({len(services):,})</h3>{folded}"


def _groups(rows: Sequence[PermissionResult]) -> str:
    """List names under the evidence that they share."""
    groups: dict[tuple[str, tuple[str, ...], str], list[PermissionResult]] = {}
    for each in rows:
        groups.setdefault((each.confidence, each.grants[:4], each.reason), []).append(each)
    return "".join(
        f"<p class='soft'>{escaped(confidence)} confidence; by {', '.join(map(code, given))}; {escaped(reason)}</p>{_names(found)}"
        for (confidence, given, reason), found in groups.items()
    )


def _names(rows: Sequence[PermissionResult]) -> str:
    """List names of one service, by their level."""
    levels: dict[str, list[str]] = {}
    for each in rows:
        levels.setdefault(each.level, []).append(each.action.partition(":")[2])
    return "".join(
        f"<p><b>{escaped(name or 'Not documented')}</b> <code>{escaped(', '.join(found))}</code></p>"
        for name, found in sorted(levels.items(), key=lambda pair: LEVELS.index(pair[0]))
    )


def _compact(rows: Sequence[PermissionResult]) -> str:
    """List names of several services, a line for each."""
    services: dict[str, list[str]] = {}
    for each in rows:
        prefix, _, name = each.action.partition(":")
        services.setdefault(prefix, []).append(name)
    return "".join(f"<p>{code(prefix)} <code>{escaped(', '.join(names))}</code></p>" for prefix, names in sorted(services.items()))


def _levels(rows: Sequence[PermissionResult]) -> str:
    return f"<p class='lead'>{escaped(_by_level(rows))}</p>"


def _by_level(rows: Sequence[PermissionResult]) -> str:
    return ", ".join(_counts(rows))


def _counts(rows: Sequence[PermissionResult]) -> Iterator[str]:
    for name in LEVELS:
        many = sum(1 for each in rows if each.level == name)
        if many:
            yield f"{many:,} {name.lower() or 'not documented'}"


def _evidence(each: PermissionResult) -> tuple[str, str, str]:
    return escaped(each.confidence), grants(each), escaped(each.reason)
