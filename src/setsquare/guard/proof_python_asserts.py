"""Reads the assertions of a Python test: what each demands, and which of them can fail at all.

Source: safety.md AT42; unittest's assert methods, pytest's `raises` and `approx`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from setsquare.guard.proof import Assertion, Strength

_EXACT = frozenset(
    {
        *("Equal", "DictEqual", "ListEqual", "TupleEqual", "SetEqual", "SequenceEqual", "MultiLineEqual", "CountEqual", "AlmostEqual"),
        *("Raises", "RaisesRegex", "Warns", "WarnsRegex", "NoLogs", "Logs", "JSONEqual", "HTMLEqual", "QuerySetEqual", "NumQueries"),
        *("Redirects", "TemplateUsed", "Is"),
    }
)
_PRESENT = frozenset({"True", "IsNotNone", "NotEqual", "IsNot"})
_CALLED = frozenset({"assert_called_once_with", "assert_called_with", "assert_has_calls", "assert_any_call", "assert_not_called"})
_SWALLOW = frozenset({"AssertionError", "Exception", "BaseException"})
_TOLERANCE = frozenset({"delta", "abs", "rel", "rel_tol", "abs_tol", "rtol", "atol", "msec", "tolerance", "eps", "epsilon"})
_ALWAYS = frozenset({"ANY", "mock.ANY", "unittest.mock.ANY"})
_MASK = "_"
_ENDS = ast.Return | ast.Raise | ast.Continue | ast.Break


def name_of(node: ast.AST) -> str:
    """Write a dotted name; empty for anything else.

    >>> name_of(ast.parse("a.b.c", mode="eval").body)
    'a.b.c'
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed((*parts, node.id))) if isinstance(node, ast.Name) else (".".join(reversed(parts)) if parts else "")


def reachable(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    r"""List the statements that can be reached and whose failure is seen.

    >>> [type(one).__name__ for one in reachable(ast.parse("x = 1\nif 0:\n    y = 1\nwhile a:\n    b()").body)]
    ['Assign', 'If', 'While', 'Expr']
    """
    for node in body:
        yield node
        if isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
            return
        if isinstance(node, ast.If | ast.While):
            sure = truth(node.test)
            yield from reachable(node.body if sure is not False else ())
            yield from reachable(node.orelse if sure is not True else ())
        elif isinstance(node, ast.For | ast.AsyncFor):
            is_empty = isinstance(node.iter, ast.List | ast.Tuple) and not node.iter.elts
            yield from reachable(() if is_empty else node.body)
        elif isinstance(node, ast.With | ast.AsyncWith):
            yield from reachable(() if any(_suppresses(item.context_expr) for item in node.items) else node.body)
        elif isinstance(node, ast.Try):
            yield from reachable(() if any(map(_swallows, node.handlers)) else node.body)
            yield from reachable((*node.orelse, *node.finalbody))
            for handler in node.handlers:
                yield from reachable(handler.body)


def _suppresses(call: ast.expr) -> bool:
    """Tell `contextlib.suppress` of what an assertion raises."""
    is_suppress = isinstance(call, ast.Call) and name_of(call.func).rpartition(".")[2] == "suppress"
    return is_suppress and isinstance(call, ast.Call) and any(name_of(one) in _SWALLOW for one in call.args)


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes a failed assertion in and says nothing."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    takes = not kinds or any(name_of(kind) in _SWALLOW for kind in kinds)
    told = (part for statement in handler.body for part in ast.walk(statement))
    says = any(
        isinstance(part, ast.Raise | ast.Assert)
        or (isinstance(part, ast.Call) and name_of(part.func).rpartition(".")[2] in {"fail", "skipTest"})
        for part in told
    )
    return takes and not says


def assertions_in(node: ast.FunctionDef | ast.AsyncFunctionDef, locals_: frozenset[str]) -> Iterator[Assertion]:
    """List what a function asserts in its own reachable statements."""
    for statement in reachable(node.body):
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


def truth(node: ast.expr) -> bool | None:
    """Tell whether an expression is true or false for sure; `None` where that depends."""
    match node:
        case ast.Constant():
            return bool(node.value)
        case ast.Tuple() | ast.List() | ast.Set():
            return bool(node.elts) if not any(isinstance(part, ast.Starred) for part in node.elts) else None
        case ast.Dict():
            return bool(node.keys)
        case ast.Lambda() | ast.JoinedStr() | ast.GeneratorExp():
            return True
        case ast.UnaryOp(op=ast.Not()):
            inner = truth(node.operand)
            return None if inner is None else not inner
        case ast.BoolOp():
            sides = [truth(side) for side in node.values]
            deciding = isinstance(node.op, ast.Or)
            return deciding if deciding in sides else None if None in sides else not deciding
        case ast.Name(id="TYPE_CHECKING"):
            return False
        case ast.Compare(ops=[op], comparators=[right]):
            return _compared(node.left, op, right)
        case ast.Call() if name_of(node.func) == "isinstance" and len(node.args) == 2 and name_of(node.args[1]) == "object":
            return True
        case ast.Call() if name_of(node.func) == "bool" and len(node.args) == 1:
            return truth(node.args[0])
        case _:
            return None


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool | None:
    """Tell whether a comparison holds for sure."""
    if isinstance(op, ast.Eq | ast.Is | ast.LtE | ast.GtE) and ast.dump(left) == ast.dump(right):
        return True
    if isinstance(op, ast.Eq | ast.Is) and _ALWAYS & {name_of(left), name_of(right)}:
        return True
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        known = {ast.Eq: left.value == right.value, ast.NotEq: left.value != right.value}
        return known.get(type(op))
    is_length = isinstance(left, ast.Call) and name_of(left.func) == "len" and isinstance(right, ast.Constant)
    if (
        is_length
        and isinstance(right, ast.Constant)
        and ((isinstance(op, ast.GtE) and right.value == 0) or (isinstance(op, ast.Gt) and right.value == -1))
    ):
        return True
    fresh = isinstance(right, ast.Call) and name_of(right.func) in {"object", "Mock", "MagicMock"}
    return True if isinstance(op, ast.NotEq | ast.IsNot) and fresh else None


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
    if isinstance(op, ast.Eq):
        is_flag = isinstance(other, ast.Constant) and other.value is True
        return _made(test, subject, Strength.PRESENT if is_flag else Strength.EXACT, locals_, (other,))
    if isinstance(op, ast.Is):
        is_flag = isinstance(other, ast.Constant) and other.value is True
        return _made(test, subject, Strength.PRESENT if is_flag else Strength.EXACT, locals_, (other,))
    if isinstance(op, ast.IsNot | ast.NotEq):
        return _made(test, subject, Strength.PRESENT, locals_, (other,))
    return _made(test, subject, Strength.BOUNDED, locals_, (other,), _bound(op, other, is_swapped=subject is right))


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
        strength = Strength.BOUNDED if first is not None and name_of(first) in {"Exception", "BaseException"} else Strength.EXACT
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


def _is_same(first: ast.expr, other: ast.expr) -> bool:
    """Tell two sides that say nothing of the code: the same twice, or two constants."""
    return ast.dump(first) == ast.dump(other) or (isinstance(first, ast.Constant) and isinstance(other, ast.Constant))


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
    if plain.startswith(("Raises", "Warns")) and first is not None and name_of(first) in {"Exception", "BaseException"}:
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
