"""`setsquare iam role`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.iam_readiness import NotReady
from setsquare.journeys.iam_wanted import Wanted
from setsquare.powers.iam.settings_roles import role_reasons
from setsquare.surfaces.cli.iam_options import ready_here
from setsquare.surfaces.cli.iam_refusing import ReasonResult, reasons_shown, refused
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint
from setsquare.wire.iam import settings_here


class Options(Struct, frozen=True, kw_only=True):
    """Which service."""

    service: str
    output_format: str


class PlaceResult(Struct, frozen=True, kw_only=True):
    """Where a file names the service's role; `names` are the words by which it calls the service, `unresolved` is what stands there instead of a role's name."""

    file: str
    line: int
    address: str
    kind: str
    names: tuple[str, ...]
    role: str
    unresolved: str


class Result(Struct, frozen=True, kw_only=True):
    """The role of a service. `answer` is `certain`, `ambiguous` where several roles may be meant, or `unresolved` where no file holds the name.

    `role` is empty unless it is certain; `candidates` are all that may be meant. `reasons` say why the role may not be analysed here, empty when it may.
    """

    schema: str = "setsquare/iam-role/1"
    service: str
    answer: str
    role: str
    candidates: tuple[str, ...]
    places: tuple[PlaceResult, ...]
    reasons: tuple[ReasonResult, ...]


@made("role", Options, (click.argument("service"),))
def command(options: Options) -> Output:
    """Find the role that SERVICE runs as, in files of this repository.

    Read are task definitions of ECS and Batch, Terraform, CloudFormation with SAM and CDK's output, serverless.yml and Kubernetes manifests (IRSA, EKS Pod Identity, Helm values,
    eksctl): ECS, Lambda, Step Functions, Batch, EC2 by instance profile and launch template, App Runner, EKS, Glue, CodeBuild. Where several roles may be meant, or the name
    stands in no file, it says so and ends with 1.
    """
    ready = ready_here(Wanted(trail="-", policies="-"))
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    from setsquare.journeys.iam_services import answer_for  # noqa: PLC0415  (start-up: a refusal needs none of it)

    answer = answer_for(settings_here(), options.service)
    role = answer.roles[0] if answer.kind == "certain" else ""
    result = Result(
        service=options.service,
        answer=answer.kind,
        role=role,
        candidates=answer.roles,
        places=tuple(
            PlaceResult(
                file=each.path,
                line=each.line,
                address=each.address,
                kind=each.kind,
                names=each.names,
                role=each.role,
                unresolved=each.unresolved,
            )
            for each in answer.found
        ),
        reasons=reasons_shown(role_reasons(ready.settings, role)) if role else (),
    )
    return Output(result=result, text=_text(result), exit_code=0 if role else 1)


def _text(result: Result) -> str:
    heads = {
        "certain": paint(plain(result.role), "bold"),
        "ambiguous": f"Several roles may be meant by the service {plain(result.service)}:",
        "unresolved": f"No file holds the name of the role that the service {plain(result.service)} runs as:",
    }
    lines = [heads[result.answer]]
    for place in result.places:
        what = f"{place.kind} {', '.join(place.names)}" + (f" ({place.address})" if place.address else "")
        role = "" if result.role else f": {place.role or place.unresolved}"
        lines.append(f"  {plain(place.file)}:{place.line}  {plain(what + role)}")
    if not result.role:
        lines += ["", "Next: setsquare iam analyze ROLE, with the role's name as the account has it"]
    elif result.reasons:
        lines += ["", "It may not be analysed here:"]
        lines += [
            f"  {plain(reason.file)}:{reason.line}: {plain(reason.key)}: {plain(reason.problem)}. {plain(reason.mend)}"
            for reason in result.reasons
        ]
    else:
        lines += ["", f"Next: setsquare iam analyze {plain(result.role)}"]
    return "\n".join(lines)
