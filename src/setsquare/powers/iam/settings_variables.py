"""Expands `${VAR}` in the Power's settings; done only after they were found safe, and only for what reaches out of this machine.

Source: settings.md § 2.7 (one pass, no default, `$${` is a literal `${`, an unset or empty variable is an error of its entry).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.settings import POWER, Need, PowerSettings, Reason
from setsquare.powers.iam.settings_values import account_problem, channel_problem, log_group_problem, region_problem, repository_problem
from setsquare.text.lazy_pattern import LazyPattern

_VARIABLE = LazyPattern(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")
_FIELDS: tuple[tuple[str, str, Need, Callable[[str], str]], ...] = (
    ("awsRegion", "region", Need.FETCHING, region_problem),
    ("awsAccountId", "account_id", Need.FETCHING, account_problem),
    ("cloudtrailLogGroup", "log_group", Need.LOG_GROUP, log_group_problem),
    ("prRepository", "pr_repository", Need.PROPOSING, repository_problem),
    ("escalationAlertChannel", "alert_channel", Need.ALERTING, channel_problem),
)


class Expanded(Struct, frozen=True, kw_only=True):
    """Settings with every variable replaced; `reasons` say which could not be, and for what that matters."""

    settings: PowerSettings
    reasons: tuple[Reason, ...] = ()


def variables_of(settings: PowerSettings) -> tuple[str, ...]:
    """Name the variables that the settings need, sorted.

    >>> from setsquare.text.paths import RelPath
    >>> variables_of(PowerSettings(path=RelPath("s.json"), account_id="${AWS_ACCOUNT_ID}", region="$${x}"))
    ('AWS_ACCOUNT_ID',)
    """
    found = {match[1] for _, field, _, _ in _FIELDS for match in _VARIABLE.finditer(str(getattr(settings, field))) if match[1]}
    return tuple(sorted(found))


def expanded(settings: PowerSettings, value_of: Callable[[str], str | None]) -> Expanded:
    """Replace the variables; `value_of` gives a variable's value, empty where it is unset. A value is never part of a reason.

    >>> from setsquare.text.paths import RelPath
    >>> done = expanded(PowerSettings(path=RelPath("s.json"), account_id="${A}", region="${B}"), {"A": "123456789012"}.get)
    >>> done.settings.account_id, [(reason.key, reason.value, reason.problem) for reason in done.reasons]
    ('123456789012', [('powers.awsIamAutopilot.awsRegion', '"${B}"', 'the variable B is unset or empty')])
    """
    reasons: list[Reason] = []
    values: dict[str, str] = {}
    for key, field, need, problem_of in _FIELDS:
        written = str(getattr(settings, field))
        value, problem = _expand(written, value_of)
        problem = problem or (problem_of(value) if value != written and written else "")
        values[field] = "" if problem else value
        if problem:
            mend = "Set it in the environment of this command, or write the value itself."
            where = f"{POWER}.{key}"
            reasons.append(
                Reason(
                    code="variable",
                    path=settings.path,
                    line=settings.lines.get(key, settings.line),
                    key=where,
                    value=f'"{written}"',
                    problem=problem,
                    mend=mend,
                    need=need,
                )
            )
    done = replace(
        settings,
        region=values["region"],
        account_id=values["account_id"],
        log_group=values["log_group"],
        pr_repository=values["pr_repository"],
        alert_channel=values["alert_channel"],
    )
    return Expanded(settings=done, reasons=tuple(reasons))


def _expand(written: str, value_of: Callable[[str], str | None]) -> tuple[str, str]:
    """Replace the variables of one value in one pass: the value, and what is wrong with it."""
    parts: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(written):
        parts.append(written[end : match.start()])
        end = match.end()
        if match[0] == "$${":
            parts.append("${")
        elif not match[1]:
            return "", "a variable is written as ${NAME}, with letters, digits and _"
        else:
            value = value_of(match[1]) or ""
            if not value:
                return "", f"the variable {match[1]} is unset or empty"
            parts.append(value)
    return "".join((*parts, written[end:])), ""
