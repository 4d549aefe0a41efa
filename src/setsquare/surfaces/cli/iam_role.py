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
    """Where a file names the service's role; `names` are the words by which it calls the service."""

    file: str
    line: int
    address: str
    kind: str
    names: tuple[str, ...]


class Result(Struct, frozen=True, kw_only=True):
    """The role of a service. `reasons` say why it may not be analysed here, empty when it may."""

    schema: str = "setsquare/iam-role/1"
    service: str
    role: str
    places: tuple[PlaceResult, ...]
    reasons: tuple[ReasonResult, ...]


@made("role", Options, (click.argument("service"),))
def command(options: Options) -> Output:
    """Find the role that SERVICE runs as, in ECS task definitions, CloudFormation and Terraform of this repository."""
    ready = ready_here(Wanted(trail="-", policies="-"))
    if isinstance(ready, NotReady):
        return refused(ready, options.output_format)
    from setsquare.journeys.iam_services import role_of_service  # noqa: PLC0415  (start-up: a refusal needs none of it)

    found = role_of_service(settings_here(), options.service)
    result = Result(
        service=options.service,
        role=found[0].role,
        places=tuple(PlaceResult(file=each.path, line=each.line, address=each.address, kind=each.kind, names=each.names) for each in found),
        reasons=reasons_shown(role_reasons(ready.settings, found[0].role)),
    )
    return Output(result=result, text=_text(result))


def _text(result: Result) -> str:
    lines = [paint(plain(result.role), "bold")]
    for place in result.places:
        what = f"{place.kind} {', '.join(place.names)}" + (f" ({place.address})" if place.address else "")
        lines.append(f"  {plain(place.file)}:{place.line}  {plain(what)}")
    if result.reasons:
        lines += ["", "It may not be analysed here:"]
        lines += [
            f"  {plain(reason.file)}:{reason.line}: {plain(reason.key)}: {plain(reason.problem)}. {plain(reason.mend)}"
            for reason in result.reasons
        ]
    else:
        lines += ["", f"Next: setsquare iam analyze {plain(result.role)}"]
    return "\n".join(lines)
