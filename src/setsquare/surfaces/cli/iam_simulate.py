"""`setsquare iam simulate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.iam_readiness import NotReady
from setsquare.journeys.iam_wanted import Wanted
from setsquare.surfaces.cli.iam_options import is_silent_here, ready_here
from setsquare.surfaces.cli.iam_refusing import refused
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, table

if TYPE_CHECKING:
    from setsquare.powers.iam.evaluation.request import PublicAccessBlock

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
COLOURS = {"allow": "green", "deny": "red", "unknown": "yellow"}


class Options(Struct, frozen=True, kw_only=True):
    """The request and the policies that meet it."""

    action: str
    resource: str
    policies: str
    role: str
    principal: str
    context: tuple[str, ...]
    absent: tuple[str, ...]
    guess: bool
    boundary: str
    service_control: tuple[str, ...]
    resource_control: tuple[str, ...]
    session: str
    resource_policy: str
    endpoint_policy: str
    public_access: tuple[str, ...]
    other_account: bool
    expect: str | None
    output_format: str


class StepResult(Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `statement` is its index, -1 for a whole policy; `answer` is null where it does not apply."""

    layer: str
    policy: str
    statement: int
    answer: str | None
    reason: str


class Result(Struct, frozen=True, kw_only=True):
    """The answer to a request. `explicit` tells a denial by a Deny statement; `unknown_keys` are condition keys that would decide."""

    schema: str = "setsquare/iam-simulate/1"
    action: str
    resource: str
    role: str
    answer: str
    explicit: bool
    unknown_keys: tuple[str, ...]
    steps: tuple[StepResult, ...]


PARAMS = (
    click.argument("action"),
    click.option("--resource", default="*", show_default=True, metavar="ARN", help="The resource that is asked for."),
    click.option("--policies", required=True, metavar="FILE", help="What the principal is granted, as JSON; - is standard input."),
    click.option("--role", default="", metavar="NAME", help="Whose policies of the file are meant, where it has those of several roles."),
    click.option(
        "--principal",
        default="",
        metavar="ARN",
        help="Who asks; gives aws:PrincipalArn, PrincipalAccount, PrincipalType and username, too.",
    ),
    click.option("--context", multiple=True, metavar="KEY=VALUE", help="A condition key of the request; give a key again for more values."),
    click.option("--absent", multiple=True, metavar="KEY", help="With --unknown-context: a key that the request does not have."),
    click.option(
        "--unknown-context", "guess", is_flag=True, help="Keys that are not given may have any value; without it they are absent."
    ),
    click.option("--boundary", default="", metavar="FILE", help="The permissions boundary; that of the role where --policies has one."),
    click.option(
        "--scp", "service_control", multiple=True, metavar="FILE", help="A service control policy; one level each, the root's first."
    ),
    click.option("--rcp", "resource_control", multiple=True, metavar="FILE", help="A resource control policy of the resource's account."),
    click.option("--session-policy", "session", default="", metavar="FILE", help="The policy of the session."),
    click.option(
        "--resource-policy", default="", metavar="FILE", help="The resource's own policy; a KMS key's and a role's trust must allow, too."
    ),
    click.option("--endpoint-policy", default="", metavar="FILE", help="The policy of the VPC endpoint that the request goes through."),
    click.option(
        "--block-public-access",
        "public_access",
        multiple=True,
        type=click.Choice([*_BLOCKS, "all"], case_sensitive=False),
        help="What blocks public access to the S3 bucket, at any level.",
    ),
    click.option("--other-account", is_flag=True, help="The resource lies in another account than the principal."),
    click.option("--expect", type=click.Choice(["allow", "deny", "unknown"]), default=None, help="End with 1 when the answer is another."),
)


@made("simulate", Options, PARAMS)
def command(options: Options) -> Output:
    """Hold a request for ACTION against policies, and show which statement decided.

    The answer is allow, deny, or unknown where something that was not given would decide. Nothing is asked of AWS. A policy in a file can be tried without settings;
    settings that name the Power are judged first, and --role asks for a role that they let it look at.
    """
    if options.role or not is_silent_here():
        ready = ready_here(Wanted(role=options.role, trail="-", policies=options.policies))
        if isinstance(ready, NotReady):
            return refused(ready, options.output_format)
    result = _result(options)
    is_other = options.expect is not None and result.answer != options.expect
    return Output(result=result, text=_text(result), exit_code=1 if is_other else 0)


def _result(options: Options) -> Result:
    """Read the files and evaluate."""
    from setsquare.journeys.iam_simulating import Files, Question, simulated  # noqa: PLC0415  (start-up: a refusal needs none of it)
    from setsquare.wire.iam import named_file  # noqa: PLC0415

    question = Question(
        action=options.action,
        resource=options.resource,
        role=options.role,
        principal=options.principal,
        context=_pairs(options.context),
        absent=options.absent,
        is_context_complete=not options.guess,
        is_same_account=not options.other_account,
        public_access=_public_access(options.public_access),
    )
    files = Files(
        policies=options.policies,
        boundary=options.boundary,
        service_control=options.service_control,
        resource_control=options.resource_control,
        session=options.session,
        resource=options.resource_policy,
        endpoint=options.endpoint_policy,
    )
    role, found = simulated(named_file, question, files)
    return Result(
        action=options.action,
        resource=options.resource,
        role=role,
        answer=found.answer.value,
        explicit=found.is_explicit,
        unknown_keys=found.unknown_keys,
        steps=tuple(
            StepResult(
                layer=step.layer,
                policy=step.policy,
                statement=step.statement,
                answer=step.answer.value if step.answer else None,
                reason=step.reason,
            )
            for step in found.steps
        ),
    )


def _public_access(named: tuple[str, ...]) -> PublicAccessBlock | None:
    """Read which settings are on; nothing where none was given."""
    from setsquare.powers.iam.evaluation.request import PublicAccessBlock  # noqa: PLC0415  (start-up: a refusal needs none of it)

    if not named:
        return None
    acls, ignored, policies, restricted = (name in named or "all" in named for name in _BLOCKS)
    return PublicAccessBlock(
        block_public_acls=acls, ignore_public_acls=ignored, block_public_policy=policies, restrict_public_buckets=restricted
    )


def _pairs(written: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Split what stands as KEY=VALUE."""
    pairs = []
    for text in written:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise Usage(f"--context {text} is not written as KEY=VALUE.", "Such as --context aws:SourceIp=10.0.0.1.")
        pairs.append((key.strip(), value))
    return tuple(pairs)


def _text(result: Result) -> str:
    """Show the answer and the way to it."""
    head = f"{paint(result.answer, 'bold', COLOURS[result.answer])}  {plain(result.action)} on {plain(result.resource)}"
    lines = [head + ("  (by a Deny statement)" if result.explicit else "")]
    if result.unknown_keys:
        lines.append(f"  would be decided by: {plain(', '.join(result.unknown_keys))}")
    rows = [
        (
            paint(step.answer, COLOURS[step.answer]) if step.answer else "–",
            step.layer,
            plain(f"{step.policy}#{step.statement}" if step.statement >= 0 else step.policy),
            plain(step.reason),
        )
        for step in result.steps
    ]
    return "\n".join([*lines, table(rows)])
