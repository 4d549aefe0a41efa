"""Reads what Python tests prove, from their syntax tree: nothing is run and nothing imported.

An assertion that cannot be reached, whose failure is swallowed, or that holds whatever the code does, proves nothing. An assertion in a helper of the
same file counts for the test that calls it.

Source: safety.md AT42; pytest's rules of collection; unittest's assert methods.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from setsquare.guard.proof import Assertion, FileProofs, Proof, fingerprint
from setsquare.guard.proof_python_asserts import assertions_in, calls_in, mocks_in, perhaps
from setsquare.guard.proof_python_names import (
    Function,
    imports,
    is_fixture,
    is_standard,
    made_global,
    never_runs,
    plain,
    prepares,
    row_marks,
    shadows,
    silences,
    taken_away,
)
from setsquare.guard.proof_python_reach import name_of, reachable, reached, truth

_SKIPS = frozenset(
    {"skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure", "skip_if", "skipTest", "SkipTest", "importorskip"}
)
_HOOKS = frozenset({"load_tests", "pytest_collection_modifyitems", "pytest_ignore_collect", "pytest_collect_file", "pytest_runtest_setup"})
_HOOKS_MORE = frozenset(
    {
        *("pytest_runtest_makereport", "pytest_runtest_call", "pytest_pyfunc_call", "pytest_sessionfinish", "pytest_runtest_protocol"),
        *(
            "pytest_runtestloop",
            "pytest_collection",
            "pytest_pycollect_makemodule",
            "pytest_pycollect_makeitem",
            "pytest_collect_directory",
        ),
        *("pytest_collection_finish", "pytest_cmdline_main", "pytest_report_teststatus", "pytest_itemcollected"),
    }
)
_SETTINGS = frozenset({"collect_ignore", "collect_ignore_glob", "__test__", "pytestmark"})
_SET_UPS = frozenset({"setUp", "setUpClass", "setup_method", "setup_class", "asyncSetUp"})
_DEPTH = 3


def python_proofs(text: str, deselected: frozenset[str] = frozenset()) -> FileProofs | None:
    r"""Read a file; `None` where it is no Python. `deselected` are marks that the verification leaves out.

    >>> found = python_proofs("def test_a():\n    assert f(1) == 2\n")
    >>> list(found.tests), found.tests["test_a"].strengths
    (['test_a'], (<Strength.EXACT: 3>,))
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _Reader(plain(tree), deselected).read()


class _Reader:
    """Reads one module."""

    def __init__(self, tree: ast.Module, deselected: frozenset[str]) -> None:
        self._tree = tree
        self._off = _SKIPS | deselected
        self._helpers = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
        self._switches: Counter[str] = Counter()
        self._fixed: frozenset[str] = frozenset()

    def read(self) -> FileProofs:
        """Read all tests, then what switches them off."""
        body = self._tree.body
        whole = self._stopped(body)
        loose = [node for node in body if not isinstance(node, Function | ast.ClassDef)]
        imported = _imported(self._tree)
        own = {node.name for node in body if isinstance(node, Function | ast.ClassDef) and not _passes_on(node, imported)}
        own |= {name for node in loose for name in _assigned(node) if not _passes_on(node, imported)}
        before = [node for node in ast.walk(self._tree) if isinstance(node, Function) and prepares(node)]
        self._fixed = mocks_in((*loose, *before)) | own
        self._fixed |= frozenset(name for node in before for name in made_global(node))
        tests = {}
        for name, node, around in _collected(body, "", (), whole):
            tests[name] = self._proof(name, node, around)
        for gone in taken_away(body):
            for name in [name for name in tests if name == gone or name.startswith(f"{gone}.")]:
                del tests[name]
        return FileProofs(tests=tests, switches=dict(self._switches), imports=dict(imports(self._tree)))

    def _stopped(self, body: list[ast.stmt]) -> str:
        """Say what keeps the whole module from running, and count its switches."""
        found = ""
        for node in body:
            if isinstance(node, Function) and node.name in _HOOKS | _HOOKS_MORE:
                self._switches[node.name] += 1
            if isinstance(node, Function) and (off := self._prepared_off(node)):
                self._switches[off] += 1
            for name in _assigned(node):
                if name in _SETTINGS and isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    off = self._switched_off(name, node.value)
                    if off and name == "pytestmark":
                        found = off
                    # Marks count for each test of the file.
                    self._switches[name] += bool(off) and name != "pytestmark"
            called = node.value if isinstance(node, ast.Expr) else node.exc if isinstance(node, ast.Raise) else None
            if called is not None and (off := self._off_name(called)):
                found = off
        return found

    def _prepared_off(self, node: Function) -> str:
        """Say what a module's set-up, or a fixture, keeps from running: one for all tests in any case, another where it does so in every run."""
        if prepares(node):
            off = self._skipped(node)
        elif any(map(is_fixture, node.decorator_list)):
            off = next((off for one, is_sure in reached(node.body) if is_sure and (off := self._statement_skip(one))), "")
        else:
            off = ""
        return f"{node.name}: {off}" if off else ""

    def _switched_off(self, name: str, value: ast.expr) -> str:
        """Say what a module's or class's setting turns off."""
        if name == "__test__":
            return "__test__ = False" if isinstance(value, ast.Constant) and not value.value else ""
        if name == "pytestmark":
            marks = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            return next((off for mark in marks if (off := self._off_name(mark))), "")
        return name

    def _proof(self, name: str, node: Function, around: tuple[ast.ClassDef | str, ...]) -> Proof:
        """Read one test."""
        locals_ = _locals(node)
        # Bodies compare without name and documentation.
        code = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        skipped = next((off for one in around if (off := one if isinstance(one, str) else self._class_off(one))), "") or self._skipped(node)
        skipped = skipped or never_runs(node, around)
        parameters = [[row for row in rows if not any(map(self._off_name, row_marks(row)))] for rows in _parameters(node)]
        return Proof(
            name=name,
            body=fingerprint("\n".join(ast.dump(part) for part in (node.args, *code))),
            assertions=tuple(self._assertions(node, locals_, _DEPTH)),
            cases=max(1, sum(len(rows) for rows in parameters)) + _loops(node),
            literals=frozenset(part for row in (*(row for rows in parameters for row in rows), *_looped(node)) for part in _constants(row)),
            skipped=skipped,
            mocks=mocks_in([node]) | self._fixed | shadows(node),
            calls=calls_in(node),
            effort=_effort(node),
        )

    def _assertions(self, node: Function, locals_: frozenset[str], depth: int) -> Iterator[Assertion]:
        """List what a function asserts, helpers that it calls included."""
        yield from assertions_in(node, locals_)
        if depth:
            for called, is_sure in reached(node.body):
                for call in (part for part in _expressions(called) if isinstance(part, ast.Call)):
                    helper = self._helpers.get(name_of(call.func).rpartition(".")[2])
                    if helper is not None and helper is not node and not helper.name.startswith("test"):
                        made = self._assertions(helper, _locals(helper), depth - 1)
                        yield from made if is_sure else map(perhaps, made)

    def _skipped(self, node: Function) -> str:
        """Say what keeps one test from running: a decorator, or a call before its first assertion is reached."""
        for mark in node.decorator_list:
            if off := self._off_name(mark):
                return off
        return next((off for statement in reachable(node.body) if (off := self._statement_skip(statement))), "")

    def _statement_skip(self, statement: ast.stmt) -> str:
        """Say what a statement skips."""
        value = statement.value if isinstance(statement, ast.Expr) else statement.exc if isinstance(statement, ast.Raise) else None
        return self._off_name(value) if value is not None else ""

    def _class_off(self, node: ast.ClassDef) -> str:
        """Say what keeps a class's tests from running."""
        for mark in node.decorator_list:
            if off := self._off_name(mark):
                return off
        return next((off for statement in node.body if (off := self._statement_off(statement))), "")

    def _statement_off(self, statement: ast.stmt) -> str:
        """Say what one statement of a class keeps from running: a setting, or a set-up that skips."""
        if isinstance(statement, Function):
            return self._skipped(statement) if statement.name in _SET_UPS else ""
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        names = _SETTINGS & set(_assigned(statement)) if value is not None else ()
        return next((off for name in names if value is not None and (off := self._switched_off(name, value))), "")

    def _off_name(self, mark: ast.expr) -> str:
        """Name what a decorator or call switches off; a condition that is false for sure switches off nothing."""
        call = mark if isinstance(mark, ast.Call) else None
        name = name_of(mark if call is None else call.func)
        last = name.rpartition(".")[2]
        helper = self._helpers.get(name) if name else None
        if helper is not None and not any(map(is_fixture, helper.decorator_list)):
            made = [helper] if call is None else [node for node in helper.body if isinstance(node, Function)]
            if any(map(silences, made)):
                return f"@{name}"
        if last not in self._off and not name.endswith("pytest.exit"):
            return ""
        given = call.args[0] if call is not None and call.args else None
        if last in {"skipif", "skipIf", "xfail"} and isinstance(given, ast.Constant) and not given.value:
            return ""
        return f"{name}({ast.unparse(given) if given is not None else ''})" if call is not None else name


def _imported(tree: ast.Module) -> frozenset[str]:
    """Name what a module imports from elsewhere than the standard library."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names if not is_standard(alias.name)}
        elif isinstance(node, ast.ImportFrom) and (node.level or not is_standard(node.module or "")):
            found |= {alias.asname or alias.name for alias in node.names}
    return frozenset(found)


def _passes_on(node: ast.AST, imported: frozenset[str]) -> bool:
    """Tell a wrapper, which calls what is imported, or another name for it, from a stand-in."""
    if isinstance(node, ast.Assign) and name_of(node.value).partition(".")[0] in imported:
        return True
    called = (name_of(part.func).partition(".")[0] for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(name in imported for name in called)


def _collected(
    body: Iterable[ast.stmt], prefix: str, around: tuple[ast.ClassDef | str, ...], whole: str
) -> Iterator[tuple[str, Function, tuple[ast.ClassDef | str, ...]]]:
    """List the tests that a runner would collect; below a condition, both branches."""
    for node in body:
        if isinstance(node, Function) and node.name.lower().startswith("test"):
            yield f"{prefix}{node.name}", node, ((whole,) if whole else ()) + around
        elif isinstance(node, ast.ClassDef) and _is_test_class(node):
            yield from _collected(node.body, f"{prefix}{node.name}.", (*around, node), whole)
        elif isinstance(node, ast.If):
            dead = "if False" if isinstance(node.test, ast.Constant) and not node.test.value else ""
            yield from _collected(node.body, prefix, (*around, dead) if dead else around, whole)
            yield from _collected(node.orelse, prefix, around, whole)
        elif isinstance(node, ast.Try | ast.With):
            yield from _collected(node.body, prefix, around, whole)


def _is_test_class(node: ast.ClassDef) -> bool:
    """Tell whether a runner would look into a class: it is called Test or has a base."""
    if node.bases:
        return not all(name_of(base) == "object" for base in node.bases) or node.name.startswith("Test")
    has_init = any(isinstance(part, Function) and part.name in {"__init__", "__new__"} for part in node.body)
    return node.name.startswith("Test") and not has_init


def _assigned(node: ast.stmt) -> Iterator[str]:
    """Name what a statement assigns to."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []
    for target in targets:
        yield from (name_of(part) for part in (target.elts if isinstance(target, ast.Tuple | ast.List) else (target,)))


def _locals(node: Function) -> frozenset[str]:
    """Name the parameters and variables of a function; what it calls them says nothing."""
    arguments = node.args
    given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    stored = (part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
    return frozenset((*(argument.arg for argument in given if argument.arg not in {"self", "cls"}), *stored))


def _parameters(node: Function) -> Iterator[list[ast.expr]]:
    """Give the rows of each list of parameters that a test is run with."""
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and name_of(mark.func).rpartition(".")[2] in {"parametrize", "data", "expand", "example", "values"}:
            last = name_of(mark.func).rpartition(".")[2]
            rows = mark.args if last in {"data", "example"} else mark.args[1 if last == "parametrize" else 0 :][:1]
            given = rows[0] if len(rows) == 1 and isinstance(rows[0], ast.List | ast.Tuple | ast.Set) and last != "example" else None
            yield given.elts if given is not None else list(rows)


def _loops(node: Function) -> int:
    """Count the rows that a test loops over where they are written out."""
    return len(list(_looped(node)))


def _looped(node: Function) -> Iterator[ast.expr]:
    """List those rows."""
    for part in ast.walk(node):
        if isinstance(part, ast.For) and isinstance(part.iter, ast.List | ast.Tuple | ast.Set):
            yield from part.iter.elts


def _constants(row: ast.AST) -> Iterator[str]:
    """List the constants below a node."""
    return (repr(part.value) for part in ast.walk(row) if isinstance(part, ast.Constant))


def _effort(node: Function) -> int:
    """Read how many examples a property test tries."""
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and name_of(mark.func).rpartition(".")[2] == "settings":
            for keyword in mark.keywords:
                value = keyword.value
                if keyword.arg == "max_examples" and isinstance(value, ast.Constant) and isinstance(value.value, int):
                    return value.value
    return 0


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what stands in one statement, without the statements below it."""
    pending = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]
    while pending:
        one = pending.pop()
        yield one
        pending += [child for child in ast.iter_child_nodes(one) if not isinstance(child, ast.stmt)]


def fails_always(text: str) -> tuple[str, ...]:
    r"""Name the tests of a file that fail whatever the code under test does.

    >>> fails_always("def test_a():\n    assert False\n\ndef test_b():\n    assert f() == 1\n")
    ('test_a',)
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(name for name, node, _ in _collected(tree.body, "", (), "") if any(map(_is_sure_to_fail, _unconditional(node.body))))


def _unconditional(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """List the statements that are reached for sure, up to the first that could end the test."""
    for node in body:
        yield node
        if isinstance(node, ast.With | ast.AsyncWith):
            return
        if any(isinstance(part, ast.Return | ast.Raise) for part in ast.walk(node)):
            return


def _is_sure_to_fail(node: ast.stmt) -> bool:
    """Tell `assert False`, `raise`, and a bare `fail()`."""
    if isinstance(node, ast.Assert):
        return truth(node.test) is False
    if isinstance(node, ast.Raise):
        return not (node.exc is not None and name_of(node.exc.func if isinstance(node.exc, ast.Call) else node.exc).endswith("SkipTest"))
    return (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and name_of(node.value.func) in {"self.fail", "pytest.fail", "fail"}
    )
