"""Gives what a Python test module renames its plain name again, and tells what its own helpers do to a test that uses them.

An alias for `AssertionError`, a class whose objects equal everything, and a context manager that hides failures read as what they stand for.

Source: safety.md AT42; the Python language reference, § 4.2 (binding of names).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping

from setsquare.guard.proof_python_reach import SWALLOWED, equals_everything, name_of, reachable, swallows, truth

Function = ast.FunctionDef | ast.AsyncFunctionDef

_FROM = frozenset({"contextlib", "unittest", "unittest.mock", "pytest"})
_SET_UPS = frozenset({"setUp", "setUpClass", "setup_method", "setup_class", "asyncSetUp", "setUpModule", "setup_module", "setup_function"})


def plain(tree: ast.Module) -> ast.Module:
    r"""Write aliases as what they stand for; the tree itself is changed.

    >>> ast.unparse(plain(ast.parse("from contextlib import suppress as s\nE = AssertionError\nwith s(E): pass"))).splitlines()[2]
    'with suppress(AssertionError):'
    """
    aliases = dict(_aliases(tree))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    equal = {node.name for node in classes if equals_everything(node)}
    hiding = {node.name for node in classes if _exits_quietly(node)} | {
        node.name for node in tree.body if isinstance(node, Function) and _yields_quietly(node)
    }
    if aliases or equal or hiding:
        _Plain(aliases, equal, hiding).visit(tree)
    return tree


class _Plain(ast.NodeTransformer):
    """Replaces names where they are read."""

    def __init__(self, aliases: Mapping[str, str], equal: set[str], hiding: set[str]) -> None:
        self._aliases, self._equal, self._hiding = aliases, equal, hiding

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Write an alias as what it stands for."""
        if isinstance(node.ctx, ast.Load) and node.id in self._aliases:
            return ast.Name(self._aliases[node.id], ast.Load())
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Write a new object that equals everything, or that hides failures, as the known one."""
        if isinstance(node.func, ast.Name) and node.func.id in self._equal:
            return ast.Name("ANY", ast.Load())
        if isinstance(node.func, ast.Name) and node.func.id in self._hiding:
            return ast.Call(ast.Name("suppress", ast.Load()), [ast.Name("AssertionError", ast.Load())], [])
        return self.generic_visit(node)


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """List other names for what catches or hides failures."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in _FROM:
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            last = name_of(node.value).rpartition(".")[2]
            if last in SWALLOWED:
                yield node.targets[0].id, last


def _exits_quietly(node: ast.ClassDef) -> bool:
    """Tell whether a class is a context that hides what is raised in it."""
    ends = (part.body[-1] for part in node.body if isinstance(part, Function) and part.name in {"__exit__", "__aexit__"})
    return any(isinstance(end, ast.Return) and end.value is not None and truth(end.value) is True for end in ends)


def _yields_quietly(node: Function) -> bool:
    """Tell whether a generator is a context that hides what is raised in it."""
    tries = (part for part in ast.walk(node) if isinstance(part, ast.Try) and any(map(swallows, part.handlers)))
    return any(isinstance(part, ast.Yield) for one in tries for statement in one.body for part in ast.walk(statement))


def is_standard(module: str) -> bool:
    """Tell whether a module belongs to Python.

    >>> is_standard("unittest.mock"), is_standard("src.calc")
    (True, False)
    """
    return module.partition(".")[0] in sys.stdlib_module_names


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """List the names that a module binds by `from … import`, with where they come from.

    >>> list(imports(ast.parse("from src.calc import add as plus")))
    [('plus', 'src.calc')]
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, "." * node.level + (node.module or "")) for alias in node.names)


def shadows(node: Function) -> frozenset[str]:
    r"""Name the functions that a test calls by a name to which it gives something else itself.

    >>> sorted(shadows(ast.parse("def t(sub=max):\n    add = lambda a, b: 3\n    total = add(1, 2) + sub(1, 2)").body[0]))
    ['add', 'sub']
    """
    called = {part.func.id for part in ast.walk(node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}
    own = {argument.arg for argument, _ in _defaults(node.args)}
    own |= {part.name for statement in node.body for part in ast.walk(statement) if isinstance(part, Function)}
    for part in ast.walk(node):
        if isinstance(part, ast.Assign):
            own |= {target.id for target in part.targets if isinstance(target, ast.Name) and not _keeps(target.id, part.value)}
    return frozenset(own & called)


def _keeps(name: str, value: ast.expr) -> bool:
    """Tell whether a value is, or calls, something of that very name."""
    return any(name_of(part).rpartition(".")[2] == name for part in ast.walk(value))


def _defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    """Pair the parameters that have defaults with them."""
    given = [*arguments.posonlyargs, *arguments.args]
    yield from zip(given[len(given) - len(arguments.defaults) :], arguments.defaults, strict=True)
    yield from ((one, value) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value is not None)


def prepares(node: Function) -> bool:
    """Tell whether a function runs before tests that do not ask for it: a set-up, or a fixture for all.

    >>> prepares(ast.parse("def setUp(self): pass").body[0]), prepares(ast.parse("def help(): pass").body[0])
    (True, False)
    """
    return node.name in _SET_UPS or any(
        is_fixture(mark) and any(keyword.arg == "autouse" and truth(keyword.value) is not False for keyword in mark.keywords)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call)
    )


def is_fixture(mark: ast.expr) -> bool:
    """Tell whether a decorator makes a fixture.

    >>> is_fixture(ast.parse("pytest.fixture(scope='module')", mode="eval").body)
    True
    """
    return name_of(mark.func if isinstance(mark, ast.Call) else mark).rpartition(".")[2] == "fixture"


def row_marks(row: ast.expr) -> tuple[ast.expr, ...]:
    """List the marks of one row of parameters.

    >>> len(row_marks(ast.parse("pytest.param(1, marks=pytest.mark.skip)", mode="eval").body)) > 0
    True
    """
    given = row.keywords if isinstance(row, ast.Call) else ()
    return tuple(part for keyword in given if keyword.arg == "marks" for part in ast.walk(keyword.value) if isinstance(part, ast.expr))


def made_global(node: Function) -> frozenset[str]:
    """Name the module's names that a function replaces."""
    told = {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}
    stored = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return frozenset(told & stored)


def silences(node: Function) -> bool:
    r"""Tell whether a decorator keeps the decorated function from running, or hides how it ends.

    >>> silences(ast.parse("def quiet(f):\n    return lambda self: None").body[0])
    True
    >>> silences(ast.parse("def loud(f):\n    def run(self):\n        return f(self)\n    return run").body[0])
    False
    """
    if not node.args.args:
        return False
    name = node.args.args[0].arg
    inner = [part for part in ast.walk(node) if isinstance(part, Function)]
    shown = (statement for function in inner for statement in reachable(function.body) if not isinstance(statement, Function))
    return not any(_passes(statement, name) for statement in shown)


def _passes(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement itself, not those below it, calls, returns or keeps a function."""
    if isinstance(statement, ast.Return | ast.Assign) and isinstance(statement.value, ast.Name) and statement.value.id == name:
        return True
    fields: list[ast.AST] = [part for part in ast.iter_child_nodes(statement) if not isinstance(part, ast.stmt | ast.ExceptHandler)]
    return any(
        isinstance(part, ast.Call) and name in {name_of(part.func), *map(name_of, part.args)} and not name_of(part.func).endswith("wraps")
        for field in fields
        for part in ast.walk(field)
    )


def taken_away(body: Iterable[ast.stmt]) -> Iterator[str]:
    r"""Name tests and classes that are deleted, replaced or switched off after they were written, methods with their class.

    >>> list(taken_away(ast.parse("def test_a(): pass\nclass T: pass\ndel T.test_b\ntest_a.__test__ = False\nT = None").body))
    ['T.test_b', 'test_a', 'T']
    """
    seen: set[str] = set()
    for node in body:
        if isinstance(node, Function | ast.ClassDef):
            seen.add(node.name)
        for target in _gone(node):
            name = target.removesuffix(".__test__")
            if name.partition(".")[0] in seen:
                yield name


def _gone(node: ast.stmt) -> Iterator[str]:
    """Name what a statement deletes or assigns to, by name, by attribute, or through `globals()`."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.Delete):
        targets = [part for target in node.targets for part in (target.elts if isinstance(target, ast.Tuple | ast.List) else (target,))]
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    for target in targets:
        if isinstance(target, ast.Subscript) and _is_namespace(target.value) and isinstance(target.slice, ast.Constant):
            yield str(target.slice.value)
        else:
            yield name_of(target)
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and call.args:
        named = call.args[-1 if len(call.args) < 2 else 1]
        text = str(named.value) if isinstance(named, ast.Constant) else ""
        if name_of(call.func) in {"setattr", "delattr"}:
            yield f"{name_of(call.args[0])}.{text}"
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "pop" and _is_namespace(call.func.value):
            yield str(call.args[0].value) if isinstance(call.args[0], ast.Constant) else ""


def _is_namespace(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) in {"globals", "locals", "vars"}


def never_runs(node: Function, around: Iterable[ast.ClassDef | str]) -> str:
    r"""Say why a runner makes a test's coroutine or generator and never runs it; empty when it does run it.

    >>> never_runs(ast.parse("def test_a():\n    yield 1").body[0], ())
    'yield'
    """
    if any(isinstance(part, ast.Yield | ast.YieldFrom) for part in _outside_functions(node.body)):
        return "yield"
    bases = (name_of(base) for one in around if isinstance(one, ast.ClassDef) for base in one.bases)
    return (
        "async def" if isinstance(node, ast.AsyncFunctionDef) and any(base in {"TestCase", "unittest.TestCase"} for base in bases) else ""
    )


def _outside_functions(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Walk statements, without the functions in them."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda):
            pending += ast.iter_child_nodes(node)
