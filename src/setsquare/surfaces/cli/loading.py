"""Imports a command's module only when the command is used; help is printed from this table alone."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import ClassVar

import click
from msgspec import Struct


class Listed(Struct, frozen=True):
    """A command as the help lists it: the module that holds it, the group a person looks under, one line.

    The command is the module's `command`, or what stands behind a colon.
    """

    module: str
    group: str
    line: str


START = "Start"
SPECIFY = "Specify"
JUDGE = "Check and trace"
EXECUTE = "Execute"
INSPECT = "Look back and take back"
BESIDE = "Work with other tools"
POWERS = "Powers"
REFERENCE = "Reference"

COMMANDS: Mapping[str, Listed] = {
    "tour": Listed("tour", START, "Run the whole main job on a sample project: no key, no network, under a minute."),
    "init": Listed("init", START, "Make a working .kiro/ for this repository; never overwrites."),
    "status": Listed("status", START, "Say where every spec stands and what to type next."),
    "trust": Listed("trust", START, "Show what would become active here, and let it run."),
    "doctor": Listed("doctor", START, "Look whether this machine has what is needed; every sandbox is tried."),
    "spec": Listed("spec", SPECIFY, "Make, list, audit, move, split and take back specs."),
    "draft": Listed("draft", SPECIFY, "Draft a design or a task list from approved requirements."),
    "approve": Listed("approve", SPECIFY, "Approve requirements, a design or a task list as they are now."),
    "check": Listed("check", JUDGE, "Judge specs, steering, tool files and settings; --fix mends what is safe."),
    "trace": Listed("trace", JUDGE, "Follow requirements to design, tasks, code and tests."),
    "impact": Listed("impact", JUDGE, "Say what changed requirements break, with the reason."),
    "drift": Listed("drift", JUDGE, "Say where code and spec have gone apart since somebody last looked."),
    "git-hooks": Listed("git_hooks", JUDGE, "Let git warn of broken locks, edited designs and changed requirements."),
    "properties": Listed("properties", JUDGE, "Begin property tests for criteria that can be tested on many inputs."),
    "consistency": Listed("consistency", JUDGE, "Look for contradictions between criteria by logic (extra: formal)."),
    "ears": Listed("ears", JUDGE, "Parse requirement sentences into their parts."),
    "lsp": Listed("lsp", JUDGE, "Serve an editor: findings, links, completion, rename (extra: lsp)."),
    "run": Listed("run", EXECUTE, "Execute approved tasks under guard; verify, tick, commit."),
    "autonomy": Listed("autonomy", EXECUTE, "Say how far a spec is delegated to agents, and restore it."),
    "freeze": Listed("freeze", EXECUTE, "Freeze the workspace for agents, or end the freeze."),
    "stop": Listed("stop", EXECUTE, "Stop a run, a spec or everything from another terminal, within 2 s."),
    "consents": Listed("consents", EXECUTE, "Show and answer the questions of runs that wait elsewhere."),
    "policy": Listed("policy", EXECUTE, "Say what agents may do here, by which rule; try another policy on a run."),
    "keys": Listed("keys", EXECUTE, "Record when keys were changed; no key is read or kept."),
    "budget": Listed("budget", EXECUTE, "Say what may still be spent on models; lift what a budget stopped."),
    "log": Listed("log", INSPECT, "Show runs, or the numbered steps of one."),
    "checkpoints": Listed("checkpoints", INSPECT, "List the checkpoints of a run."),
    "diff": Listed("run_diff", INSPECT, "Show what a run changed, whole or by step."),
    "restore": Listed("restore", INSPECT, "Put files back to a checkpoint of a run; can be undone."),
    "evidence": Listed("evidence", INSPECT, "Show what was seen of each criterion, in a run or a spec."),
    "usage": Listed("usage", INSPECT, "Say what models used and cost, by day, model, run, spec or session."),
    "audit": Listed("audit", INSPECT, "Say who changed what agents may do; prove that the record is whole."),
    "revert": Listed("revert", INSPECT, "Take back what a run wrote; what people wrote since stays."),
    "case": Listed("case", INSPECT, "Cut a failed task out of its run, to play it again elsewhere."),
    "iam": Listed("iam", POWERS, "Hold what AWS roles are granted against what they used; propose the least that is enough."),
    "openspec": Listed("openspec.group", BESIDE, "Work with an openspec/ folder as the command openspec 1.13.2 does."),
    "convert": Listed("convert", BESIDE, "Convert specs from OpenSpec or Spec Kit to Kiro, or back, with a proof."),
    "sources": Listed("sources", BESIDE, "Show what resolved from where; declare other checkouts, which are only read."),
    "mcp": Listed("mcp", BESIDE, "Serve models in other programs: what these commands say, as read-only tools (extra: mcp)."),
    "skills": Listed("skills", BESIDE, "Let other tools use Setsquare: write and update their skills and commands."),
    "migrate": Listed("migrate", BESIDE, "Carry over instruction files and older files of other tools; --undo takes it back."),
    "schema": Listed("schema", REFERENCE, "Print the JSON Schema of a command's output."),
    "completion": Listed("completion", REFERENCE, "Print shell completion for bash, zsh or fish."),
}

SCHEMAS: Mapping[str, str] = {
    "init": "init:Result",
    "status": "status:Result",
    "trust": "trust:Result",
    "doctor": "doctor:Result",
    "spec-new": "spec_new:Result",
    "spec-list": "spec_list:Result",
    "spec-status": "spec_status:Result",
    "spec-history": "spec_history:Result",
    "spec-audit": "spec_audit:Result",
    "spec-move": "spec_move:Result",
    "spec-split": "spec_split:Result",
    "spec-rollback": "spec_rollback:Result",
    "approve-steering": "approve:SteeringResult",
    "approve-verify": "approve:VerifyResult",
    "draft": "draft:Result",
    "approve": "approve:Result",
    "check": "report.json:CheckResult",
    "explain": "check:ExplainResult",
    "trace-status": "trace_status:StatusResult",
    "trace-matrix": "trace_matrix:MatrixResult",
    "trace-explain": "trace_explain:ExplainResult",
    "trace-orphans": "trace_gaps:OrphansResult",
    "trace-gaps": "trace_gaps:GapsResult",
    "trace-lock": "trace_lock:LockResult",
    "trace-suspect": "trace_lock:SuspectResult",
    "trace-clear": "trace_lock:ClearResult",
    "trace-renumber": "trace_lock:RenumberResult",
    "trace-waive": "trace_lock:WaiveResult",
    "trace-record": "trace_record:RecordResult",
    "impact": "impact:Result",
    "drift": "drift:Result",
    "git-hooks-install": "git_hooks:ChangeResult",
    "git-hooks-status": "git_hooks:StatusResult",
    "git-hooks-run": "git_hooks:RunResult",
    "properties": "properties:Result",
    "consistency": "consistency:Result",
    "ears-parse": "ears:Line",
    "run": "run:Result",
    "autonomy": "autonomy:Result",
    "freeze-status": "freeze:Result",
    "stop": "stop:Result",
    "consents": "consents:Result",
    "case-export": "case:ExportResult",
    "case-replay": "case:ReplayResult",
    "policy-explain": "policy_explain:Result",
    "policy-simulate": "policy_simulate:Result",
    "policy-show": "policy_show:Result",
    "budget": "budget:Result",
    "usage": "usage:Result",
    "log": "log:Result",
    "log-runs": "log:RunsResult",
    "checkpoints": "checkpoints:Result",
    "diff": "run_diff:Result",
    "restore": "restore:Result",
    "evidence": "evidence:Result",
    "audit-list": "audit_list:Result",
    "audit-export": "audit_list:ExportResult",
    "audit-explain": "audit_list:ExplainResult",
    "audit-verify": "audit_verify:Result",
    "audit-anchor": "audit_verify:AnchorResult",
    "audit-summary": "audit_summary:Result",
    "keys": "keys:Result",
    "revert": "revert:Result",
    "tour": "tour:Result",
    "convert": "convert:Result",
    "migrate": "migrate:Result",
    "sources": "sources:Result",
    "sources-change": "sources:ChangeResult",
    "skills-change": "skills:ChangeResult",
    "skills-status": "skills_status:StatusResult",
    "iam-analyze": "iam_analyze:Result",
    "iam-explain": "iam_explain:Result",
    "iam-recommend": "iam_recommend:Result",
    "iam-coverage": "iam_coverage:Result",
    "iam-simulate": "iam_simulate:Result",
    "iam-role": "iam_role:Result",
    "iam-pr": "iam_pr:Result",
    "iam-audit": "iam_audit:Result",
    "iam-escalations": "iam_escalations:Result",
    "iam-alerts": "iam_alerts:Result",
    "iam-permissions": "iam_permissions:Result",
    "iam-status": "iam_status:Result",
    "iam-watch": "iam_watch:Result",
    "iam-refusal": "iam_refusing:Result",
    "schema": "schema:Result",
    "completion": "completion:Result",
    "error": "entry:ErrorResult",
}
"""Every JSON output by its schema's name: the module below this package and the type in it."""


def result_type(name: str) -> type[Struct]:
    """Import the type of an output.

    Raises:
        KeyError: no output has that name.
    """
    module, _, attribute = SCHEMAS[name].partition(":")
    found = getattr(importlib.import_module(f"setsquare.surfaces.cli.{module}"), attribute)
    if not (isinstance(found, type) and issubclass(found, Struct)):
        message = f"{SCHEMAS[name]} is no Struct"
        raise TypeError(message)
    return found


def loaded(listed: Listed) -> click.Command:
    """Import a command.

    Raises:
        TypeError: its module holds something else under that name.
    """
    module, _, attribute = listed.module.partition(":")
    command = getattr(importlib.import_module(f"setsquare.surfaces.cli.{module}"), attribute or "command")
    if not isinstance(command, click.Command):
        message = f"{listed.module} is no click command"
        raise TypeError(message)
    return command


class LazyGroup(click.Group):
    """A group whose commands are imported by name from `table`; a group below the top has its own."""

    table: ClassVar[Mapping[str, Listed]] = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """List the commands in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        """Import one command."""
        listed = self.table.get(cmd_name)
        return None if listed is None else loaded(listed)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where one is mistyped."""
        if args[0] not in self.table and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415  (start-up: only a misspelled command needs it)

            near = difflib.get_close_matches(args[0], self.table, n=1)
            if near:
                ctx.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's signature)
        """Write the commands under what a person wants."""
        for group in dict.fromkeys(listed.group for listed in self.table.values()):
            with formatter.section(group):
                formatter.write_dl([(name, listed.line) for name, listed in self.table.items() if listed.group == group])
