"""Writes the beginnings of property tests: one for each criterion whose shape can be decided on any input."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from setsquare.spec.property_shape import Shape
from setsquare.spec.statement import Statement
from setsquare.workspace.spec import Criterion

_WIDTH: Final = 100
_HEAD: Final = '''\
"""Properties of the spec {spec}.

Begun by `setsquare properties {spec} --write`, yours from then on: bind each function below to your code. What is not bound yet is skipped, and a
skipped test verifies nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

EXAMPLES = 100
SEED = 20_000


def unbound(what: str) -> Any:
    """Skip a property whose parts are not bound to code yet."""
    pytest.skip(f"not bound yet: {{what}}")


def prove(
    request: pytest.FixtureRequest,
    inputs: st.SearchStrategy[Any],
    applies: Callable[[Any], bool],
    act: Callable[[Any], Any],
    holds: Callable[[Any, Any], bool],
) -> None:
    """Try a property on many inputs.

    It counts only if the condition applied in nine draws of ten (else it is vacuous: aim the inputs better) and if its denial fails
    (else it could not have noticed anything).
    """
    drawn = met = 0

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None)
    @given(inputs)
    def run(value: Any) -> None:
        nonlocal drawn, met
        drawn += 1
        if applies(value):
            met += 1
            assert holds(value, act(value))

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, report_multiple_bugs=False)
    @given(inputs)
    def denied(value: Any) -> None:
        if applies(value):
            assert not holds(value, act(value))

    run()
    for name, value in (("setsquare.seed", SEED), ("setsquare.examples", drawn), ("setsquare.guard_met", met)):
        request.node.user_properties.append((name, value))
    assert met >= 0.9 * drawn, f"vacuous: the condition applied in {{met}} of {{drawn}} draws"
    with pytest.raises(AssertionError):
        denied()
'''


class Skeleton(Struct, frozen=True, kw_only=True):
    """One property to be written: `name` is that of its test function, `text` its Python."""

    criterion: str
    shape: Shape
    name: str
    text: str


def skeleton(spec: str, criterion: Criterion, statement: Statement, shape: Shape) -> Skeleton:
    """Write the beginning of one property.

    >>> from setsquare.spec.ears import parse
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.text.span import Span
    >>> one = Criterion(
    ...     id="1.2", text="IF it is empty, THEN THE X SHALL reject it", path=RelPath("r.md"), line=1, span=Span(0, 0), text_span=Span(0, 0)
    ... )
    >>> skeleton("login", one, parse(one.text), Shape.ERROR_PATH).name
    'test_1_2_error_path'
    """
    key = re.sub(r"\W+", "_", criterion.id).strip("_")
    name = f"test_{key}_{shape.value.replace('-', '_')}"
    condition = "; ".join(f"{clause.keyword} {clause.text}" for clause in statement.clauses) or "always"
    demanded = f"{statement.subject} {statement.modal}{' NOT' if statement.is_negative else ''} {statement.response}"
    applies = "return True" if not statement.clauses else f'return unbound("applies_{key}")'
    lines = [
        f"def inputs_{key}() -> st.SearchStrategy[Any]:",
        f'    """Make inputs {_aim(condition)}."""',
        f'    return unbound("inputs_{key}")',
        "",
        "",
        f"def applies_{key}(value: Any) -> bool:",
        f"    {_quoted(condition)}",
        f"    {applies}",
        "",
        "",
        f"def act_{key}(value: Any) -> Any:",
        f'    """{_ACTS[shape]}"""',
        f'    return unbound("act_{key}")',
        "",
        "",
        f"def holds_{key}(value: Any, outcome: Any) -> bool:",
        f"    {_quoted(demanded)}",
        f"    {_HOLDS[shape].format(key=key)}",
        "",
        "",
        f"def {name}(request: pytest.FixtureRequest) -> None:",
        *textwrap.indent(_docstring(criterion.text, f"{spec}/{criterion.id}"), "    ").splitlines(),
        f"    prove(request, inputs_{key}(), applies_{key}, act_{key}, holds_{key})",
    ]
    return Skeleton(criterion=criterion.id, shape=shape, name=name, text="\n".join(lines) + "\n")


_ACTS: Final = {
    Shape.ROUND_TRIP: "Go there and back: give what comes back.",
    Shape.IDEMPOTENCE: "Do it once and do it twice: give both results as a pair.",
    Shape.ERROR_PATH: "Do what must fail: give the error, or what the caller sees.",
    Shape.BOUND: "Do it: give the number that is bounded.",
    Shape.INVARIANT: "Do it: give what must hold the invariant.",
}
_HOLDS: Final = {
    Shape.ROUND_TRIP: "return bool(outcome == value)",
    Shape.IDEMPOTENCE: "return bool(outcome[0] == outcome[1])",
    Shape.ERROR_PATH: 'return bool(unbound("holds_{key}"))',
    Shape.BOUND: 'return bool(unbound("holds_{key}"))',
    Shape.INVARIANT: 'return bool(unbound("holds_{key}"))',
}


def module(spec: str, skeletons: Iterable[Skeleton], existing: str = "") -> str:
    """Write a test file, or what is missing at the end of an existing one; what stands in it is never changed.

    >>> module("login", ()).splitlines()[0]
    '\"\"\"Properties of the spec login.'
    """
    missing = [item.text for item in skeletons if not re.search(rf"\bdef {re.escape(item.name)}\b", existing)]
    if existing and not missing:
        return existing
    head = existing or _HEAD.format(spec=spec)
    return "\n\n".join([head.rstrip("\n") + "\n", *missing]) if missing else head


def _aim(condition: str) -> str:
    return "of every kind" if condition == "always" else "of which nearly all meet the condition"


def _quoted(text: str) -> str:
    """Write text as a one-line docstring; its quotes and backslashes cannot end it."""
    flat = " ".join(text.split())
    return json.dumps(flat if len(flat) <= _WIDTH else flat[: _WIDTH - 1] + "…", ensure_ascii=False)


def _docstring(text: str, reference: str) -> str:
    safe = " ".join(text.split()).replace("\\", "\\\\").replace('"', "'")
    wrapped = "\n".join(textwrap.wrap(safe, _WIDTH, break_long_words=False)) or "(empty)"
    return f'"""{wrapped}\n\nValidates: {reference}\n"""'
