"""The tools about specs, links and rules, and about what agents may do."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from setsquare.guard.capability import Mode
from setsquare.journeys.looking import Named, Question
from setsquare.spec.spec_history import Status
from setsquare.surfaces.mcp.asking import Tool
from setsquare.surfaces.mcp.lines import JSON, flag, operands, option, options
from setsquare.surfaces.mcp.page import USUAL, Limit, Offset
from setsquare.workspace.settings import Autonomy

_Specs = Annotated[tuple[str, ...], Meta(description="Names of specs, such as login; empty for what the command takes by itself.")]
_Rules = Annotated[tuple[str, ...], Meta(description="Rules or families, such as EARS002 or TSK.")]
_Reference = Annotated[str, Meta(description="A commit, a branch or a tag.")]


class CheckArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is checked, and by which rules."""

    paths: Annotated[tuple[str, ...], Meta(description="Files or folders in the workspace; empty for all of it.")] = ()
    select: _Rules = ()
    ignore: _Rules = ()
    since: Annotated[str, Meta(description="Only findings on lines that changed since the branch left this commit, branch or tag.")] = ""
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare check`."""
        chosen = (*options("--select", self.select), *options("--ignore", self.ignore), *option("--since", self.since))
        named = tuple(Named(path=path) for path in self.paths)
        return Question(arguments=("check", JSON, "--no-cache", *chosen, *operands(*self.paths)), named=named)


class RuleArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rule."""

    rule: Annotated[str, Meta(min_length=1, description="A rule's code or name, such as EARS002, or a family, such as TSK.")]
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare check --explain`."""
        return Question(arguments=("check", JSON, f"--explain={self.rule}"))


class NoArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but the page."""

    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare status`."""
        return Question(arguments=("status", JSON))


class SpecListArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which specs."""

    status: Annotated[tuple[Status, ...], Meta(description="Only specs of these statuses.")] = ()
    owner: Annotated[str, Meta(description="Only specs of this owner.")] = ""
    labels: Annotated[tuple[str, ...], Meta(description="Only specs with all of these labels.")] = ()
    archived: Annotated[bool, Meta(description="List archived specs too.")] = False
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare spec list`."""
        statuses = options("--status", tuple(status.value for status in self.status))
        chosen = (*statuses, *option("--owner", self.owner), *options("--label", self.labels), *flag("--archived", is_set=self.archived))
        return Question(arguments=("spec", "list", JSON, *chosen))


class SpecArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which spec."""

    spec: Annotated[str, Meta(min_length=1, description="A spec's name, such as login.")]
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare spec status`."""
        return Question(arguments=("spec", "status", JSON, *operands(self.spec)))


class CriterionArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which criterion."""

    criterion: Annotated[
        str, Meta(min_length=1, description="A criterion, such as login/1.2; a requirement's number gives all of its criteria.")
    ]
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare trace explain`."""
        return Question(arguments=("trace", "explain", JSON, *operands(self.criterion)))


class MatrixArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which specs."""

    specs: _Specs = ()
    all: Annotated[bool, Meta(description="Every spec that is not archived.")] = False
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare trace matrix`."""
        return Question(arguments=("trace", "matrix", JSON, *flag("--all", is_set=self.all), *operands(*self.specs)))


class TraceStatusArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of the workspace."""

    paths: Annotated[tuple[str, ...], Meta(description="Folders in the workspace; empty for all of it.")] = ()
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare trace status`."""
        named = tuple(Named(path=path) for path in self.paths)
        return Question(arguments=("trace", "status", JSON, *operands(*self.paths)), named=named)


class ImpactArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which specs, since when."""

    specs: _Specs = ()
    since: _Reference = ""
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare impact`."""
        return Question(arguments=("impact", JSON, *option("--since", self.since), *operands(*self.specs)))


class DriftArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which specs, since when."""

    specs: _Specs = ()
    since: _Reference = ""
    age: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="Days after which a spec that nobody looked at is old.")] = None
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare drift`."""
        return Question(arguments=("drift", JSON, *option("--since", self.since), *option("--age", self.age), *operands(*self.specs)))


class PolicyArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which action of an agent, under what."""

    command: Annotated[str, Meta(description="A shell command, judged and not run; give this, `write` or `read`.")] = ""
    write: Annotated[str, Meta(description="The path of a file that an agent would write.")] = ""
    read: Annotated[str, Meta(description="The path of a file that an agent would read.")] = ""
    spec: Annotated[str, Meta(description="The spec whose task bounds the work.")] = ""
    task: Annotated[str, Meta(description="The task's number; the next open one when it is left out.")] = ""
    mode: Annotated[Mode | None, Meta(description="How the run would involve a person.")] = None
    autonomy: Annotated[Autonomy | None, Meta(description="A level below that of the settings.")] = None
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare policy explain`."""
        action = (*option("--write", self.write), *option("--read", self.read))
        place = (*option("--spec", self.spec), *option("--task", self.task))
        level = (*option("--mode", self.mode and self.mode.value), *option("--autonomy", self.autonomy and self.autonomy.value))
        return Question(arguments=("policy", "explain", JSON, *action, *place, *level, *operands(self.command)))


SPEC_TOOLS: Final = (
    Tool(
        name="status",
        title="Where every spec stands",
        line="Say where every spec stands (stage, approvals, tasks, coverage, what is stale) and which command comes next.",
        answers="status",
        arguments=NoArguments,
    ),
    Tool(
        name="check",
        title="Check specs and settings",
        line="Judge requirements, designs, task lists, steering, tool files and settings by the rules; each finding has a place, a reason and a hint.",
        answers="check",
        arguments=CheckArguments,
    ),
    Tool(
        name="explain_rule",
        title="Explain a rule",
        line="Give the page of a rule of `check` in Markdown (what, why, examples, how to mend it), or the list of a family.",
        answers="explain",
        arguments=RuleArguments,
    ),
    Tool(
        name="spec_list",
        title="List specs",
        line="List the specs with state, status, owner, labels and how many tasks are done.",
        answers="spec-list",
        arguments=SpecListArguments,
    ),
    Tool(
        name="spec_status",
        title="Say how a spec stands",
        line="Say of one spec its state, status, owner and dates, and what keeps it from the next state.",
        answers="spec-status",
        arguments=SpecArguments,
    ),
    Tool(
        name="trace_status",
        title="Count what is traced",
        line="Count for every spec how many criteria are planned, implemented and verified, and which references lead nowhere.",
        answers="trace-status",
        arguments=TraceStatusArguments,
    ),
    Tool(
        name="trace_explain",
        title="Explain a criterion",
        line="Tell everything about one acceptance criterion: text, state and why it is no further, tasks, design, code, tests and suspect links.",
        answers="trace-explain",
        arguments=CriterionArguments,
    ),
    Tool(
        name="trace_matrix",
        title="Lay out the trace matrix",
        line="Lay specs out as criterion, design, tasks, code and tests, one row for each criterion.",
        answers="trace-matrix",
        arguments=MatrixArguments,
    ),
    Tool(
        name="impact",
        title="Say what changes break",
        line="Say which design sections, tasks, code and tests the changed requirements reach, each with the reason; by default since the approval.",
        answers="impact",
        arguments=ImpactArguments,
    ),
    Tool(
        name="drift",
        title="Say where code and spec went apart",
        line="Say where code, tests and design have gone apart from the spec since somebody last looked.",
        answers="drift",
        arguments=DriftArguments,
    ),
    Tool(
        name="policy_explain",
        title="Say what an agent may do",
        line="Say whether an agent of this workspace may run a command, or read or write a file, by which rule of which file; nothing is run.",
        answers="policy-explain",
        arguments=PolicyArguments,
    ),
)
"""In the order in which they are listed."""
