"""The tools of the IAM Power: the same judgement of the settings as on the command line, over local files alone."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from setsquare.journeys.looking import Named, Question
from setsquare.powers.iam.settings import MOST_DAYS
from setsquare.surfaces.mcp.asking import Tool
from setsquare.surfaces.mcp.lines import JSON, flag, operands, option, options
from setsquare.surfaces.mcp.page import USUAL, Limit, Offset

_Role = Annotated[str, Meta(min_length=1, description="The role's name or ARN; it must be in the scope of the settings.")]
_Trail = Annotated[
    str, Meta(description="A file or folder with CloudTrail events, in the workspace or a folder that the server was started with.")
]
_Policies = Annotated[str, Meta(description="A JSON file with what the role is granted, such as the account's authorization details.")]
_Days = Annotated[
    Annotated[int, Meta(ge=1, le=MOST_DAYS)] | None, Meta(description="Days of usage that are looked at; by default those of the settings.")
]
_Until = Annotated[str, Meta(description="The last day that is looked at, YYYY-MM-DD; by default the last day of the trail.")]
_File = Annotated[str, Meta(description="A JSON file with one policy.")]


def _window(days: int | None, until: str) -> tuple[str, ...]:
    return (*option("--days", days), *option("--until", until))


def _from_files(trail: str, policies: str) -> tuple[tuple[str, ...], tuple[Named, ...]]:
    """Write both files as options; both are required, so that nothing is ever asked of an account."""
    return (f"--trail={trail}", f"--policies={policies}"), (Named(path=trail, is_trail=True), Named(path=policies))


class AnalyzeArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which role, from which files."""

    role: _Role
    trail: _Trail
    policies: _Policies
    days: _Days = None
    until: _Until = ""
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare iam analyze`."""
        files, named = _from_files(self.trail, self.policies)
        return Question(arguments=("iam", "analyze", JSON, *files, *_window(self.days, self.until), *operands(self.role)), named=named)


class ExplainArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which action of which role, from which files."""

    role: _Role
    action: Annotated[str, Meta(min_length=1, description="An action, such as s3:GetObject.")]
    trail: _Trail
    policies: _Policies
    days: _Days = None
    until: _Until = ""
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare iam explain`."""
        files, named = _from_files(self.trail, self.policies)
        chosen = (*files, *_window(self.days, self.until), *operands(self.role, self.action))
        return Question(arguments=("iam", "explain", JSON, *chosen), named=named)


class RecommendArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which role, from which files, and how far to go."""

    role: _Role
    trail: _Trail
    policies: _Policies
    days: _Days = None
    until: _Until = ""
    narrow_resources: Annotated[bool, Meta(description="Also name the resources of actions whose every use names its resource.")] = False
    allow_wider: Annotated[
        bool, Meta(description="Where nothing else fits AWS's quotas, also keep unused actions that shorter words match.")
    ] = False
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare iam recommend`."""
        files, named = _from_files(self.trail, self.policies)
        wishes = (*flag("--narrow-resources", is_set=self.narrow_resources), *flag("--allow-wider", is_set=self.allow_wider))
        chosen = (*files, *_window(self.days, self.until), *wishes, *operands(self.role))
        return Question(arguments=("iam", "recommend", JSON, *chosen), named=named)


class CoverageArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which trail, over which days."""

    trail: _Trail
    days: _Days = None
    until: _Until = ""
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare iam coverage`."""
        arguments = ("iam", "coverage", JSON, f"--trail={self.trail}", *_window(self.days, self.until))
        return Question(arguments=arguments, named=(Named(path=self.trail, is_trail=True),))


class SimulateArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request, and the policies that meet it."""

    action: Annotated[str, Meta(min_length=1, description="The action of the request, such as s3:GetObject.")]
    policies: _Policies
    resource: Annotated[str, Meta(description="The ARN of the resource that is asked for; * when it is left out.")] = ""
    role: Annotated[str, Meta(description="Whose policies of the file are meant, where it has those of several roles.")] = ""
    principal: Annotated[str, Meta(description="The ARN of who asks.")] = ""
    context: Annotated[tuple[str, ...], Meta(description="Condition keys of the request, each as KEY=VALUE.")] = ()
    absent: Annotated[tuple[str, ...], Meta(description="With unknown_context: keys that the request does not have.")] = ()
    unknown_context: Annotated[bool, Meta(description="Keys that are not given may have any value; else they are absent.")] = False
    boundary: _File = ""
    service_control: Annotated[
        tuple[str, ...], Meta(description="Files with service control policies, one level each, the root's first.")
    ] = ()
    session_policy: _File = ""
    resource_policy: _File = ""
    other_account: Annotated[bool, Meta(description="The resource lies in another account than the principal.")] = False
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare iam simulate`."""
        files = (
            f"--policies={self.policies}",
            *option("--boundary", self.boundary),
            *options("--scp", self.service_control),
            *option("--session-policy", self.session_policy),
            *option("--resource-policy", self.resource_policy),
        )
        who = (*option("--resource", self.resource), *option("--role", self.role), *option("--principal", self.principal))
        keys = (*options("--context", self.context), *options("--absent", self.absent))
        ways = (*flag("--unknown-context", is_set=self.unknown_context), *flag("--other-account", is_set=self.other_account))
        named = (self.policies, *self.service_control, *filter(None, (self.boundary, self.session_policy, self.resource_policy)))
        arguments = ("iam", "simulate", JSON, *files, *who, *keys, *ways, *operands(self.action))
        return Question(arguments=arguments, named=tuple(Named(path=path) for path in named))


class EscalationsArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to look, and what was there before."""

    target: Annotated[
        str,
        Meta(
            min_length=1,
            description="A policy or an account's authorization details (JSON), a folder of infrastructure code, a diff, or OLD..NEW.",
        ),
    ]
    before: Annotated[str, Meta(description="What was there before: a file or folder like the target.")] = ""
    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare iam escalations`."""
        named = tuple(Named(path=path) for path in (self.target, self.before) if path)
        return Question(arguments=("iam", "escalations", JSON, *option("--before", self.before), *operands(self.target)), named=named)


class StatusArguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but the page."""

    offset: Offset = 0
    limit: Limit = USUAL

    def question(self) -> Question:
        """Ask `setsquare iam status`, without asking AWS who the credentials are."""
        return Question(arguments=("iam", "status", JSON, "--offline"))


IAM_TOOLS: Final = (
    Tool(
        name="iam_status",
        title="Say how the IAM Power stands",
        line="Say which roles the settings choose, which variables are set and when its roles were reviewed; AWS is not asked.",
        answers="iam-status",
        arguments=StatusArguments,
    ),
    Tool(
        name="iam_analyze",
        title="Hold grants against use",
        line="Say which permissions a role used in a CloudTrail trail and which it was granted and never used, each with its evidence.",
        answers="iam-analyze",
        arguments=AnalyzeArguments,
    ),
    Tool(
        name="iam_explain",
        title="Explain one permission",
        line="Say why one action of a role is kept or called unused: which statement grants it, what was seen of it, what the trail can show.",
        answers="iam-explain",
        arguments=ExplainArguments,
    ),
    Tool(
        name="iam_recommend",
        title="Say what would be enough",
        line="Give the policies that would be enough for a role, as documents and as a diff; nothing is written or applied.",
        answers="iam-recommend",
        arguments=RecommendArguments,
    ),
    Tool(
        name="iam_coverage",
        title="Say what a trail can show",
        line="Say which days, regions and kinds of events a CloudTrail trail holds, what could not be read, and which roles acted.",
        answers="iam-coverage",
        arguments=CoverageArguments,
    ),
    Tool(
        name="iam_simulate",
        title="Try one request",
        line="Hold one request against policies and show which statement decided: allow, deny or unknown.",
        answers="iam-simulate",
        arguments=SimulateArguments,
    ),
    Tool(
        name="iam_escalations",
        title="Find ways to more rights",
        line="Find the ways in which principals can gain rights in policies, accounts or infrastructure code, and which of them are new.",
        answers="iam-escalations",
        arguments=EscalationsArguments,
    ),
)
"""In the order in which they are listed."""
