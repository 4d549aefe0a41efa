"""Reads the assertions of a Python test: what each demands, and which of them can fail at all.

Source: safety.md AT42; unittest's assert methods, pytest's `raises` and `approx`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from setsquare.guard.proof import Assertion, Strength
from setsquare.guard.proof_python_reach import SWALLOWED, is_always, name_of, reached, truth

_EXACT = frozenset(
    {
        *("Equal", "DictEqual", "ListEqual", "TupleEqual", "SetEqual", "SequenceEqual", "MultiLineEqual", "CountEqual", "AlmostEqual"),
        *("Raises", "RaisesRegex", "Warns", "WarnsRegex", "NoLogs", "Logs", "JSONEqual", "HTMLEqual", "QuerySetEqual", "NumQueries"),
        *("Redirects", "TemplateUsed", "Is"),
    }
)
_PRESENT = frozenset({"True", "IsNotNone", "NotEqual", "IsNot"})
_LOOSE = (
    "False",
    "IsNone",
    "In",
    "NotIn",
    "IsInstance",
    "NotIsInstance",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "Regex",
    "NotRegex",
    "NotAlmostEqual",
)
ASSERT_METHODS = frozenset(f"assert{name}" for name in (*_EXACT, *_PRESENT, *_LOOSE))
"""The assert methods of unittest and of the frameworks that extend it."""
_CALLED = frozenset({"assert_called_once_with", "assert_called_with", "assert_has_calls", "assert_any_call", "assert_not_called"})
_TOLERANCE = frozenset({"delta", "abs", "rel", "rel_tol", "abs_tol", "rtol", "atol", "msec", "tolerance", "eps", "epsilon"})
_MASK = "_"


def assertions_in(node: ast.FunctionDef | ast.AsyncFunctionDef, locals_: frozenset[str]) -> Iterator[Assertion]:
    """List what a function asserts in its own reachable statements; one that is not reached in every run demands little."""
    for statement, is_sure in reached(node.body):
        for made in _asserted_by(statement, locals_):
            yield made if is_sure else perhaps(made)


def perhaps(made: Assertion) -> Assertion:
    """Weaken an assertion to one that may not be reached.

    >>> perhaps(Assertion(text="f() == 1", subject="f()", strength=Strength.EXACT)).strength
    <Strength.PRESENT: 1>
    """
    return replace(made, strength=min(made.strength, Strength.PRESENT))


def _asserted_by(statement: ast.stmt, locals_: frozenset[str]) -> Iterator[Assertion]:
    """List what one statement asserts, without the statements below it."""
    if isinstance(statement, ast.Assert):
        yield _asserted(statement.test, locals_)
    elif isinstance(statement, ast.Expr | ast.Return | ast.Assign):
        value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        if isinstance(value, ast.Call) and (made := _called(value, locals_)):
            yield made
    elif isinstance(statement, ast.With | ast.AsyncWith):
        for item in statement.items:
            if isinstance(item.context_expr, ast.Call) and (made := _called(item.context_expr, locals_)):
                yield made


def _masked(node: ast.AST, locals_: frozenset[str]) -> str:
    """Write code with local names masked."""
    if not any(isinstance(part, ast.Name) and part.id in locals_ for part in ast.walk(node)):
        return ast.unparse(node)
    copy = ast.parse(ast.unparse(node), mode="eval").body
    for part in ast.walk(copy):
        if isinstance(part, ast.Name) and part.id in locals_:
            part.id = _MASK
    return ast.unparse(copy)


def _made(
    node: ast.AST,
    subject: ast.expr | None,
    strength: Strength,
    locals_: frozenset[str],
    others: tuple[ast.expr, ...] = (),
    slack: float | None = None,
) -> Assertion:
    values = tuple(repr(part.value) for other in others for part in ast.walk(other) if isinstance(part, ast.Constant))
    # What is masked away says nothing about code that a test could call.
    return Assertion(
        text=_masked(node, locals_),
        subject=_masked(subject, locals_) if subject is not None else "",
        strength=strength,
        expected=",".join(values),
        slack=slack if slack is not None else _slack(node),
    )


def _asserted(test: ast.expr, locals_: frozenset[str]) -> Assertion:
    """Read the condition of an `assert`."""
    sure = truth(test)
    if sure is True:
        return _made(test, None, Strength.NOTHING, locals_)
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _comparison(test, left, op, right, locals_)
        case ast.Compare():
            return _made(test, test.left, Strength.BOUNDED, locals_, tuple(test.comparators))
        case ast.BoolOp(op=ast.And()):
            strongest = max((_asserted(side, locals_) for side in test.values), key=lambda one: one.strength)
            return _made(test, test, strongest.strength, locals_, (test,))
        case ast.BoolOp(op=ast.Or()):
            return _made(test, test, Strength.PRESENT, locals_, (test,))
        case ast.UnaryOp(op=ast.Not()):
            return _made(test, test.operand, Strength.BOUNDED, locals_)
        case ast.Call() if name_of(test.func) in {"isinstance", "issubclass", "all", "callable"}:
            return _made(test, test, Strength.BOUNDED, locals_)
        case ast.Call() if name_of(test.func).rpartition(".")[2] in {"isclose", "allclose", "array_equal", "equals"}:
            return _made(test, test.args[0] if test.args else None, Strength.EXACT, locals_, tuple(test.args[1:]))
        case _:
            return _made(test, test, Strength.PRESENT, locals_)


def _comparison(test: ast.expr, left: ast.expr, op: ast.cmpop, right: ast.expr, locals_: frozenset[str]) -> Assertion:
    """Read a comparison of two sides; the constant one is what is expected."""
    subject, other = (right, left) if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant) else (left, right)
    if isinstance(op, ast.Eq | ast.Is):
        is_flag = isinstance(other, ast.Constant) and other.value is True
        return _made(test, subject, Strength.PRESENT if is_flag else _told_by(subject, other), locals_, (other,))
    if isinstance(op, ast.IsNot | ast.NotEq):
        return _made(test, subject, Strength.PRESENT, locals_, (other,))
    return _made(test, subject, Strength.BOUNDED, locals_, (other,), _bound(op, other, is_swapped=subject is right))


def _told_by(subject: ast.expr, other: ast.expr) -> Strength:
    """Say how much it demands that two sides are equal: little when one is made of the other, or holds whatever the code gives."""
    match subject:
        case ast.BoolOp() if any(isinstance(side, ast.Constant) for side in subject.values):
            return Strength.PRESENT
        case ast.IfExp() if isinstance(subject.body, ast.Constant) or isinstance(subject.orelse, ast.Constant):
            return Strength.PRESENT
    if any(
        isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult) and 0 in (_number(part.left), _number(part.right))
        for part in ast.walk(subject)
    ):
        return Strength.PRESENT
    return Strength.BOUNDED if calls_in(subject) & calls_in(other) else Strength.EXACT


def _bound(op: ast.cmpop, other: ast.expr, *, is_swapped: bool) -> float | None:
    """Give the bound of a comparison so that a larger one is weaker."""
    value = _number(other)
    if value is None:
        return None
    is_upper = isinstance(op, ast.Lt | ast.LtE) != is_swapped
    return (
        value
        if is_upper and isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        else -value
        if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        else None
    )


def _number(node: ast.expr | None) -> float | None:
    """Read a number that is written out."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    return None


def _slack(node: ast.AST) -> float | None:
    """Read the tolerance that an assertion allows, wherever it is written in it."""
    found: list[float] = []
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            for keyword in part.keywords:
                value = _number(keyword.value)
                if value is not None and keyword.arg in _TOLERANCE:
                    found.append(value)
                elif value is not None and keyword.arg in {"places", "decimal"}:
                    found.append(10.0**-value)
            if name_of(part.func).rpartition(".")[2] in {"assertAlmostEqual", "round"} and len(part.args) >= 2:
                digits = _number(part.args[-1]) if name_of(part.func) == "round" or len(part.args) > 2 else None
                found += [10.0**-digits] if digits is not None else []
    return max(found) if found else None


def _called(call: ast.Call, locals_: frozenset[str]) -> Assertion | None:
    """Read a call that asserts; `None` for any other."""
    name = name_of(call.func).rpartition(".")[2]
    first = call.args[0] if call.args else None
    if name in {"raises", "warns", "deprecated_call"}:
        strength = Strength.BOUNDED if first is not None and _is_wide(first) else Strength.EXACT
        return _made(call, first, strength, locals_)
    if name in _CALLED or name in {"assert_called", "assert_called_once", "assert_awaited"}:
        return _made(call, call.func, Strength.EXACT if name in _CALLED else Strength.PRESENT, locals_, tuple(call.args))
    if name == "fail":
        return _made(call, None, Strength.PRESENT, locals_)
    plain = name.removeprefix("assert_").removeprefix("assert") if name.startswith("assert") else ""
    if not plain:
        return None
    if name.startswith("assert_") and plain not in {
        "equal",
        "array_equal",
        "allclose",
        "frame_equal",
        "series_equal",
        "almost_equal",
        "array_almost_equal",
    }:
        return _made(call, first, Strength.BOUNDED, locals_, tuple(call.args[1:]))
    return _unittest(call, plain, first, locals_)


def _is_wide(kind: ast.expr) -> bool:
    """Tell whether an exception is raised by nearly everything, failed assertions included."""
    return any(name_of(part).rpartition(".")[2] in SWALLOWED for part in ast.walk(kind))


def _is_same(first: ast.expr, other: ast.expr) -> bool:
    """Tell two sides that say nothing of the code: the same twice, or two constants."""
    return (
        ast.dump(first) == ast.dump(other)
        or is_always(first)
        or is_always(other)
        or (isinstance(first, ast.Constant) and isinstance(other, ast.Constant))
    )


def _unittest(call: ast.Call, plain: str, first: ast.expr | None, locals_: frozenset[str]) -> Assertion:
    """Read one of unittest's assert methods."""
    others = tuple(call.args[1:2])
    is_sure = {"True": lambda one: truth(one) is True, "False": lambda one: truth(one) is False}.get(plain)
    if first is not None and is_sure and is_sure(first):
        return _made(call, None, Strength.NOTHING, locals_)
    if plain == "True" and first is not None:
        return _asserted(first, locals_)
    if first is not None and others and plain in _EXACT and plain not in {"Raises", "Warns", "Logs"} and _is_same(first, others[0]):
        return _made(call, None, Strength.NOTHING, locals_)
    if first is not None and plain == "IsNotNone" and truth(first) is True:
        return _made(call, None, Strength.NOTHING, locals_)
    strength = Strength.EXACT if plain in _EXACT or (plain.endswith("qual") and not plain.startswith("Not")) else Strength.BOUNDED
    strength = Strength.PRESENT if plain in _PRESENT else strength
    if strength is Strength.EXACT and first is not None and others and not plain.startswith(("Raises", "Warns")):
        sides = (others[0], first) if isinstance(first, ast.Constant) else (first, others[0])
        strength = _told_by(*sides)
    if plain.startswith(("Raises", "Warns")) and first is not None and _is_wide(first):
        strength = Strength.BOUNDED
    subject, expected = first, others
    if isinstance(first, ast.Constant) and others:
        subject, expected = others[0], (first,)
    bound = None
    if plain in {"Less", "LessEqual", "Greater", "GreaterEqual"} and others:
        value = _number(others[0])
        bound = None if value is None else value if plain.startswith("Less") else -value
    return _made(call, subject, strength, locals_, expected, bound)


def calls_in(node: ast.AST) -> frozenset[str]:
    r"""Name the functions that a test's assertions call, and those whose results it keeps: what is under test.

    >>> sorted(calls_in(ast.parse("got = calc.add(1)\nassert got == sub(2)")))
    ['add', 'sub']
    """
    found = (name_of(part.func).rpartition(".")[2] for part in ast.walk(node) if isinstance(part, ast.Call))
    return frozenset(
        name
        for name in found
        if name
        and not name.startswith("assert")
        and name not in {"len", "isinstance", "sorted", "list", "set", "str", "patch", "object", "setattr"}
    )


def mocks_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    r"""Name what is replaced: by `patch`, `monkeypatch.setattr`, an entry in `sys.modules`, an assigned attribute, or a function of the same name.

    >>> sorted(mocks_in([ast.parse("@patch('src.calc.add')\ndef t(): calc.sub = Mock()")]))
    ['add', 'sub']
    """
    return frozenset(name for node in nodes for part in ast.walk(node) for name in _mocked(part))


def _mocked(part: ast.AST) -> Iterator[str]:
    """Name what one node replaces."""
    if isinstance(part, ast.Call):
        name = name_of(part.func)
        last = name.rpartition(".")[2]
        texts = [one.value for one in part.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if (last == "patch" or last in {"setattr", "setitem"} or name.endswith("patch.object")) and texts:
            yield texts[-1].rpartition(".")[2]
    elif isinstance(part, ast.Assign):
        for target in part.targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id not in {"self", "cls"}:
                yield target.attr
            elif isinstance(target, ast.Subscript) and name_of(target.value) == "sys.modules" and isinstance(target.slice, ast.Constant):
                yield str(target.slice.value).rpartition(".")[2]
