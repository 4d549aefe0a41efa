"""`setsquare policy show`."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from setsquare.guard.lists import BUILT_IN_FORBIDDEN
from setsquare.journeys.policy_explaining import Standing, standing_of
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.policy_explain import COLOURS, ProblemResult
from setsquare.surfaces.cli.policy_options import UNDER, wanted
from setsquare.surfaces.cli.style import paint, safe, table
from setsquare.text.counted import counted
from setsquare.wire import reading_at, workspace_folder


class Options(Struct, frozen=True, kw_only=True):
    """Which task, and under what."""

    spec: str
    task: str
    mode: str
    autonomy: str | None
    environment: str | None
    allow: tuple[str, ...]
    deny: tuple[str, ...]


class RuleResult(Struct, frozen=True, kw_only=True):
    """One permission rule; an empty `match` covers everything."""

    scope: str
    capability: str
    effect: str
    match: tuple[str, ...]
    exclude: tuple[str, ...]
    source: str


class PathLevel(Struct, frozen=True, kw_only=True):
    """Paths with a level of their own, which is only ever stricter."""

    path: str
    autonomy: str


class Result(Struct, frozen=True, kw_only=True):
    """What a task may do. An empty `writable` means every path that is not protected; `minutes` and `files` are its limits."""

    schema: str = "setsquare/policy-show/1"
    spec: str
    task: str
    mode: str
    autonomy: str
    environment: str
    writable: tuple[str, ...]
    frozen: tuple[str, ...]
    path_autonomy: tuple[PathLevel, ...]
    allowed_commands: tuple[str, ...]
    forbidden_commands: tuple[str, ...]
    verify: str
    hosts: tuple[str, ...]
    minutes: int
    files: int
    rules: tuple[RuleResult, ...]
    problems: tuple[ProblemResult, ...]


@made("show", Options, UNDER)
def show(options: Options) -> Output:
    """Show what a task may do: paths, commands, hosts, time, and the rules of every scope, outermost first."""
    folder = str(Path(workspace_folder()).resolve())
    under = wanted(options)
    result = _result(standing_of(reading_at(folder), folder, under))
    return Output(result=result, text=_text(result))


def _result(standing: Standing) -> Result:
    """Shape a capability for programs."""
    capability = standing.capability
    agent = capability.agent
    return Result(
        spec=standing.spec,
        task=standing.task,
        mode=capability.mode.value,
        autonomy=agent.autonomy.value,
        environment=capability.environment,
        writable=capability.writable,
        frozen=capability.frozen,
        path_autonomy=tuple(PathLevel(path=path, autonomy=level.value) for path, level in agent.path_autonomy),
        allowed_commands=agent.allowed_commands,
        forbidden_commands=(*BUILT_IN_FORBIDDEN, *agent.forbidden_commands) if not agent.denies_all_commands else ("*",),
        verify=capability.verify,
        hosts=capability.hosts,
        minutes=capability.limit_minutes,
        files=agent.max_file_edits_per_task,
        rules=tuple(
            RuleResult(
                scope=rule.scope.value,
                capability=rule.capability,
                effect=rule.effect.value,
                match=rule.match,
                exclude=rule.exclude,
                source=rule.source,
            )
            for rule in capability.permissions
        ),
        problems=tuple(
            ProblemResult(path=problem.path, line=problem.line, reason=problem.reason)
            for file in standing.files
            for problem in file.problems
        ),
    )


def _text(result: Result) -> str:
    """Say what a task may do."""
    what = f"Task {result.task} of {result.spec}" if result.task else "Work that no task bounds"
    levels = [f"{each.path} is {each.autonomy}" for each in result.path_autonomy]
    rows = [
        ("runs", f"{result.mode} mode, {result.autonomy} autonomy" + (f"; {'; '.join(levels)}" if levels else "")),
        ("environment", result.environment or "not declared, so it counts as shared"),
        ("reads", "the workspace without secrets"),
        ("writes", ", ".join(result.writable) or "every path that is not protected"),
        ("frozen", ", ".join(result.frozen) or "nothing"),
        ("commands", f"allowed without asking: {', '.join(result.allowed_commands) or 'none beyond the class table'}"),
        ("", f"never: {', '.join(result.forbidden_commands)}"),
        ("verifies with", result.verify or "nothing yet"),
        ("reaches", ", ".join(result.hosts) or "no host"),
        ("limits", f"{counted(result.minutes, 'minute')}, {counted(result.files, 'file')}"),
    ]
    lines = [paint(safe(what), "bold"), table([(name, safe(text)) for name, text in rows])]
    if result.rules:
        lines += ["", "Rules, outermost scope first; deny over ask over allow:"]
        lines.append(table([_row(rule) for rule in result.rules]))
    lines += [
        f"{paint('!', 'yellow')} {safe(each.path)}{f':{each.line}' if each.line else ''}: {safe(each.reason)}" for each in result.problems
    ]
    return "\n".join(lines)


def _row(rule: RuleResult) -> tuple[str, ...]:
    """Write one rule in columns."""
    but = f" but {', '.join(rule.exclude)}" if rule.exclude else ""
    return (
        paint(rule.effect, COLOURS[rule.effect]),
        rule.capability,
        safe(f"{', '.join(rule.match) or '*'}{but}"),
        rule.scope,
        safe(rule.source),
    )
