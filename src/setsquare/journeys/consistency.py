"""Checks by logic whether criteria contradict each other, as far as a vocabulary reaches."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import Refused
from setsquare.journeys.app import App
from setsquare.ports.solver import Solver
from setsquare.spec.ears import parse
from setsquare.spec.formal.checking import consistency
from setsquare.spec.formal.proposing import proposal
from setsquare.spec.formal.verdict import Consistency
from setsquare.spec.formal.vocabulary import FILE_NAME, Problem, Vocabulary, read_vocabulary
from setsquare.spec.statement import Statement
from setsquare.spec.trace import demanding
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import Plan, creation
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Criterion, Spec


class Checked(Struct, frozen=True, kw_only=True):
    """One spec's result; `vocabulary` is the path of its file where there is one, `problems` what of it cannot be used."""

    spec: Spec
    found: Consistency
    vocabulary: RelPath | None
    problems: tuple[Problem, ...] = ()


def checked(workspace: Workspace, spec: Spec, solver: Solver, steps: int = 1) -> Checked:
    """Check one spec; `steps` is how far K7 looks ahead, from 1 to 5.

    Raises:
        SolverFailed: the solver is not installed.
    """
    path = joined(spec.path, FILE_NAME)
    artefact = workspace.by_path.get(path)
    vocabulary = read_vocabulary(decode(artefact.document.render())) if artefact else Vocabulary()
    return Checked(
        spec=spec,
        found=consistency(_criteria(spec), vocabulary, solver.evaluate, steps),
        vocabulary=path if artefact else None,
        problems=vocabulary.problems,
    )


def proposed(app: App, spec: Spec, *, is_writing: bool) -> tuple[RelPath, str]:
    """Write the beginning of a spec's vocabulary, and save it where asked.

    Raises:
        Refused: the spec has a vocabulary; it belongs to its writer.
    """
    path, text = joined(spec.path, FILE_NAME), proposal(_criteria(spec))
    if is_writing:
        if app.files.exists(path):
            raise Refused(
                f"{path} exists; it belongs to its writer and was not changed.", "Read the proposal without `--write`, and take from it."
            )
        app.files.apply(Plan("Propose a vocabulary", (creation(path, encode(text)),)))
    return path, text


def _criteria(spec: Spec) -> tuple[tuple[Criterion, Statement], ...]:
    return tuple((criterion, parse(criterion.text)) for criterion in demanding(spec))
