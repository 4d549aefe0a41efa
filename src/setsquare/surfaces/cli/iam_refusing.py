"""Shows why the IAM Power refuses, alike in every command of the group."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.iam_readiness import NotReady
from setsquare.powers.iam.settings import Need, Reason
from setsquare.surfaces.cli.iam_words import plain
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.streams import write_error
from setsquare.text.counted import counted

EXIT_CODE = 3


class ReasonResult(Struct, frozen=True, kw_only=True):
    """One reason. `file` and `line` say where to mend it (line 0: the file does not exist, or the command line is meant); `value` is as written."""

    code: str
    file: str
    line: int
    key: str
    value: str
    problem: str
    mend: str


class ErrorPart(Struct, frozen=True):
    """The refusal in the form that every failed command has."""

    code: str
    message: str
    hint: str


class Result(Struct, frozen=True, kw_only=True):
    """A refusal with every reason that was found; nothing was read but the settings, and nothing was opened."""

    schema: str = "setsquare/iam-refusal/1"
    error: ErrorPart
    reasons: tuple[ReasonResult, ...]


def reasons_shown(reasons: tuple[Reason, ...]) -> tuple[ReasonResult, ...]:
    """Shape reasons for programs."""
    return tuple(
        ReasonResult(
            code=reason.code,
            file=reason.path,
            line=reason.line,
            key=reason.key,
            value=reason.value,
            problem=reason.problem,
            mend=reason.mend,
        )
        for reason in reasons
    )


def refused(found: NotReady, output_format: str) -> Output:
    """Show a refusal: as a document on standard output, or as text on standard error."""
    message = f"The IAM Power refuses to work here, for {counted(len(found.reasons), 'reason')}."
    hint = "Mend each of them, then run it again."
    if all(reason.need in {Need.FETCHING, Need.LOG_GROUP} for reason in found.reasons):
        hint = "Mend each of them; or name local files, which need none of it: --trail PATH --policies FILE."
    error = ErrorPart("refused", message, hint)
    if output_format != "json":
        lines = [f"setsquare: {message}", *(f"  {plain(reason.sentence)}" for reason in found.reasons), f"  {hint}", ""]
        write_error("\n".join(lines))
    return Output(result=Result(error=error, reasons=reasons_shown(found.reasons)), text="", exit_code=EXIT_CODE)
