"""Reads which statements of a Python function are reached when it runs, and which of their failures are seen.

Source: safety.md AT42; the Python language reference, § 8 (compound statements).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

SWALLOWED = frozenset({"AssertionError", "Exception", "BaseException", "failureException"})
"""What a failed assertion is caught as, without the module."""

_ALWAYS = frozenset({"ANY", "mock.ANY", "unittest.mock.ANY"})
_EMPTY = frozenset({"list", "tuple", "set", "dict", "frozenset", "iter"})
_INVERTING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})
_ENDING = ast.Return | ast.Raise | ast.Continue | ast.Break
_APART = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


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


def is_always(node: ast.AST) -> bool:
    """Tell what is equal to everything.

    >>> is_always(ast.parse("mock.ANY", mode="eval").body)
    True
    """
    return name_of(node) in _ALWAYS


def equals_everything(node: ast.ClassDef) -> bool:
    r"""Tell whether a class's objects are equal to whatever they are compared with.

    >>> equals_everything(ast.parse("class A:\n    def __eq__(self, other): return True").body[0])
    True
    """
    return any(
        isinstance(part, ast.FunctionDef)
        and part.name == "__eq__"
        and isinstance(part.body[-1], ast.Return)
        and part.body[-1].value is not None
        and truth(part.body[-1].value) is True
        for part in node.body
    )


def reachable(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    r"""List the statements that can be reached and whose failure is seen.

    >>> [type(one).__name__ for one in reachable(ast.parse("x = 1\nif 0:\n    y = 1\nwhile a:\n    b()").body)]
    ['Assign', 'If', 'While', 'Expr']
    """
    return (node for node, _ in reached(body))


def reached(body: Iterable[ast.stmt], *, is_sure: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    r"""List the same, each with whether it is reached in every run: not below a condition, and not after one that may end the function.

    >>> [is_sure for _, is_sure in reached(ast.parse("a()\nif x:\n    return\nb()").body)]
    [True, True, False, False]
    """
    for node in body:
        yield node, is_sure
        if isinstance(node, _ENDING):
            return
        yield from _below(node, is_sure=is_sure)
        if isinstance(node, ast.If) and any(_always_ends(branch) for branch, sure in _branches(node) if sure):
            return
        is_sure = is_sure and not _may_end(node)


def _below(node: ast.stmt, *, is_sure: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """List what is reached below one statement."""
    match node:
        case ast.If() | ast.While():
            for branch, sure in _branches(node):
                yield from reached(branch, is_sure=is_sure and sure)
        case ast.For() | ast.AsyncFor():
            yield from reached(() if _is_empty(node.iter) else node.body, is_sure=is_sure)
            yield from reached(node.orelse, is_sure=is_sure)
        case ast.With() | ast.AsyncWith():
            is_hidden = any(_inverts(item.context_expr) for item in node.items)
            yield from reached(() if is_hidden else node.body, is_sure=is_sure)
        case ast.Try():
            is_hidden = any(map(swallows, node.handlers)) or any(
                isinstance(part, ast.Return | ast.Continue | ast.Break) for part in _own(node.finalbody)
            )
            yield from reached(() if is_hidden else node.body, is_sure=is_sure)
            yield from reached((*node.orelse, *node.finalbody), is_sure=is_sure)
            for handler in node.handlers:
                yield from reached(handler.body, is_sure=False)
        case ast.Match():
            for case in node.cases:
                yield from reached(case.body, is_sure=False)
        case _:
            pass


def _branches(node: ast.If | ast.While) -> Iterator[tuple[list[ast.stmt], bool]]:
    """List the branches that may be taken, and whether one is for sure."""
    known = truth(node.test)
    if known is not False:
        yield node.body, known is True
    if known is not True:
        yield node.orelse, known is False


def _always_ends(body: Iterable[ast.stmt]) -> bool:
    """Tell whether nothing after a branch that is taken for sure is reached."""
    return any(isinstance(node, _ENDING) for node in body)


def _may_end(node: ast.stmt) -> bool:
    """Tell whether what follows a statement may be passed over without a failure."""
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return any(isinstance(part, ast.Return) for part in _own(node.body))
    return not isinstance(node, _APART) and any(isinstance(part, ast.Return | ast.Continue | ast.Break) for part in _own([node]))


def _own(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Walk statements, without the functions and classes in them."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _APART):
            pending += ast.iter_child_nodes(node)


def _is_empty(node: ast.expr) -> bool:
    """Tell whether a loop has nothing to go over."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
        return truth(node) is False
    if not isinstance(node, ast.Call) or node.keywords:
        return False
    first = node.args[0] if len(node.args) == 1 else None
    if name_of(node.func) == "range":
        return isinstance(first, ast.Constant) and first.value == 0
    return name_of(node.func) in _EMPTY and (not node.args or (first is not None and _is_empty(first)))


def _inverts(call: ast.expr) -> bool:
    """Tell a context in which a failed assertion passes: `suppress` and `raises` of what it raises."""
    if not isinstance(call, ast.Call) or name_of(call.func).rpartition(".")[2] not in _INVERTING:
        return False
    kinds = (part for one in call.args for part in ast.walk(one))
    return any(name_of(kind).rpartition(".")[2] in SWALLOWED for kind in kinds)


def swallows(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes a failed assertion in and says nothing."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    takes = not kinds or any(name_of(kind).rpartition(".")[2] in SWALLOWED for kind in kinds)
    told = (part for statement in handler.body for part in ast.walk(statement))
    says = any(
        isinstance(part, ast.Raise | ast.Assert)
        or (isinstance(part, ast.Call) and name_of(part.func).rpartition(".")[2] in {"fail", "skipTest"})
        for part in told
    )
    return takes and not says


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
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.Name(id="__debug__"):
            return True
        case ast.Call(func=ast.Name(id="len"), args=[ast.List() | ast.Tuple() | ast.Set() | ast.Dict() as given]):
            return truth(given)
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
    if isinstance(left, ast.NamedExpr) and isinstance(op, ast.Eq | ast.Is) and name_of(left.target) == name_of(right):
        return True
    if isinstance(op, ast.Eq | ast.Is) and (is_always(left) or is_always(right)):
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
