"""What names stand for in Terraform's code: locals, variables with their defaults and recorded values, outputs, documents, loops, files.

Source: Terraform language, "References to Named Values", "Input Variables", "Variable Definitions (.tfvars) Files".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from setsquare.powers.iam.escalation.terraform_documents import documents_of
from setsquare.powers.iam.escalation.terraform_variables import Variables
from setsquare.powers.iam.expressions.decoding import decoded
from setsquare.powers.iam.expressions.evaluating import Evaluation, values_of
from setsquare.powers.iam.expressions.json_terms import parsed_json
from setsquare.powers.iam.expressions.parsing import parsed, parsed_template
from setsquare.powers.iam.expressions.terms import At, Attr, Splat, Step, Term
from setsquare.powers.iam.expressions.values import Choices, Fields, Open, Value, distinct, hole, items_of, text_of
from setsquare.powers.iam.infrastructure.hcl import Expression
from setsquare.powers.iam.infrastructure.nodes import TextNode
from setsquare.powers.iam.infrastructure.reading import LIMIT_BYTES
from setsquare.powers.iam.infrastructure.terraform_module import Home, Module, Scope, Turn
from setsquare.text.paths import RelPath, path_from
from setsquare.text.span import Span

_REFERRED = frozenset({"name", "id", "arn", "unique_id"})
"""What the engine gives to a block; a reference to it is followed as a reference."""
_READING = frozenset({"file", "templatefile", "jsondecode", "yamldecode", "filebase64"})


class CodeValues:
    """The values of expressions in the modules of some code."""

    def __init__(self, modules: Mapping[str, Module], scopes: Iterable[Scope], files: Mapping[RelPath, bytes]) -> None:
        """Take the modules, each as its callers use it, and all files."""
        self._files = files
        self._modules = modules
        self.instances: dict[str, list[Scope]] = {}
        self.variables = Variables(files)
        self._terms: dict[tuple[RelPath, Span], Term] = {}
        for scope in scopes:
            self.instances.setdefault(scope.prefix, []).append(scope)

    def scope(self, prefix: str, folder: str) -> Scope | None:
        """Give a module as a caller uses it."""
        found = self.instances.get(prefix, [])
        return next((each for each in found if each.module.folder == folder), None)

    def at(self, scope: Scope, path: RelPath, span: Span, home: Home | None = None) -> Choices:
        """Give the values of the expression in a place; `home` is the block that it stands in."""
        return values_of(self.term(path, span), self.evaluation(scope, home))

    def term(self, path: RelPath, span: Span) -> Term:
        """Parse what stands in a place, once."""
        known = self._terms.get((path, span))
        if known is None:
            text = self.text(path, span)
            known = self._terms[path, span] = parsed_json(text) if path.endswith(".json") else parsed(text)
        return known

    def text(self, path: RelPath, span: Span) -> str:
        """Give what stands in a place."""
        return self._files.get(path, b"")[span.start : span.end].decode("utf-8", "replace")

    def evaluation(self, scope: Scope, home: Home | None = None, like: Evaluation | None = None) -> Evaluation:
        """Give where the names of a scope are looked up; `like` is where the question came from."""

        def known(root: str, steps: tuple[Step, ...], where: Evaluation) -> tuple[Choices, int] | None:
            return self._known(scope, home, root, steps, where)

        def read(name: str, arguments: tuple[Value, ...]) -> Choices | None:
            return self._read(scope, name, arguments)

        made = Evaluation(known=known, read=read)
        return made if like is None else replace(made, depth=like.depth + 1, spent=like.spent)

    def written(self, scope: Scope, path: RelPath, value: Expression | None, where: Evaluation, home: Home | None = None) -> Choices:
        """Give the values of an expression that was read; nothing where there is none."""
        if value is None:
            return ()
        inside = self.evaluation(scope, home, where)
        if not len(value.span) and isinstance(value, TextNode):
            return values_of(parsed_template(value.value), inside)
        return values_of(self.term(path, value.span), inside)

    def _known(self, scope: Scope, home: Home | None, root: str, steps: tuple[Step, ...], where: Evaluation) -> tuple[Choices, int] | None:
        names = [step.name if isinstance(step, Attr) else "" for step in steps[:4]]
        first = names[0] if names else ""
        found: Choices | None = None
        taken = 1
        match root:
            case "local" if first in scope.module.locals:
                local = scope.module.locals[first]
                found = self.written(scope, local.path, local.value, where)
            case "var" if first:
                found = _variable(self, scope, first, where)
            case "each" if first in {"key", "value"}:
                found = _each(self, scope, home, first, where)
            case "path" if first in {"module", "root", "cwd"}:
                found = (".",)
            case "module" if first:
                found, taken = _output(self, scope, first, steps, where)
            case "data" if len(names) > 1:
                found, taken = _attribute(self, scope, scope.module.data.get((names[0], names[1])), steps[2:], where)
                taken += 2
            case _ if "_" in root and first:
                found, taken = _attribute(self, scope, scope.module.resources.get((root, first)), steps[1:], where)
                taken += 1
            case _:
                pass
        return (found, taken) if found else None

    def _read(self, scope: Scope, name: str, arguments: tuple[Value, ...]) -> Choices | None:
        """Give what functions give that read files or texts."""
        if name not in _READING or not arguments:
            return None
        shown = f"{name}({self._shown(arguments[0])})"
        if name in {"jsondecode", "yamldecode"}:
            found = decoded(arguments[0])
            if found is None and name == "yamldecode" and isinstance(arguments[0], str):
                found = _yaml(arguments[0])
            return (hole(shown) if found is None else found,)
        raw = self._file(scope, arguments[0])
        if raw is None or name == "filebase64":
            return (hole(shown),)
        text = raw.decode("utf-8", "replace")
        if name == "file":
            return (text,)
        given = arguments[1] if len(arguments) > 1 else Fields()
        names = dict(given.fields) if isinstance(given, Fields) else {}
        return values_of(parsed_template(text), Evaluation(known=lambda *_: None, read=lambda *_: None, bound=names))

    @staticmethod
    def _shown(value: Value) -> str:
        found = text_of(value)
        return f'"{found.text if isinstance(found, Open) else found}"'[:80] if found is not None else "…"

    def _file(self, scope: Scope, named: Value) -> bytes | None:
        """Find a file that the code names, from its own folder or from one that called it."""
        if not isinstance(named, str):
            return None
        folders: list[str] = []
        at: Scope | None = scope
        while at is not None:
            folders.append(at.module.folder)
            at = at.outer
        for folder in (*folders, ""):
            path = path_from(folder, named)
            raw = self._files.get(path) if path else None
            if raw is not None and len(raw) <= LIMIT_BYTES:
                return raw
        return None


def _variable(code: CodeValues, scope: Scope, name: str, where: Evaluation) -> Choices | None:
    """Give what a caller sets, else what is recorded, else the default."""
    if scope.call is not None and scope.outer is not None:
        given = scope.call.block.value(name)
        if given is not None:
            return code.written(scope.outer, scope.call.path, given, where, scope.call)
    found: list[Value] = []
    for path, span in code.variables.recorded(name) if scope.call is None else ():
        found += values_of(code.term(path, span), where.deeper())
    default = code.variables.default(scope.module.folder, name)
    if default is not None:
        found += values_of(code.term(*default), where.deeper())
    return distinct(found, f"var.{name}") if found else None


def _each(code: CodeValues, scope: Scope, home: Home | None, what: str, where: Evaluation) -> Choices | None:
    """Give the key or value of a turn; where the turns are not listed, those of all."""
    if scope.turn is not None:
        return _of_turn(code, scope, scope.turn, what, where)
    loop = home.block.value("for_each") if home else None
    if loop is None or home is None:
        return None
    found: list[Value] = []
    for value in code.written(scope, home.path, loop, where):
        if isinstance(value, Fields) and what == "key":
            found += [key if "${" not in key else Open(key) for key, _ in value.fields]
        else:
            found += [hole("each")] if isinstance(value, Open) else items_of(value)
    return distinct(found, f"each.{what}") if found else None


def _of_turn(code: CodeValues, scope: Scope, turn: Turn, what: str, where: Evaluation) -> Choices | None:
    if what == "key" and turn.value is not None and "${" not in turn.key:
        return (turn.key,)
    bare = replace(scope, turn=None)
    return code.written(bare, scope.turn_path, turn.value, where)


def _output(code: CodeValues, scope: Scope, label: str, steps: tuple[Step, ...], where: Evaluation) -> tuple[Choices | None, int]:
    """Give an output of a module whose code is at hand, over all of its turns that may be meant."""
    has_index = len(steps) > 2 and isinstance(steps[1], (At, Splat))
    at = 2 if has_index else 1
    step = steps[at] if len(steps) > at else None
    if not isinstance(step, Attr):
        return None, 0
    start = f"{scope.prefix}module.{label}"
    found: list[Value] = []
    for prefix, scopes in code.instances.items():
        rest = prefix[len(start) :] if prefix.startswith(start) else ""
        if rest == "." or (rest.startswith("[") and rest.endswith("].") and rest.count("module.") == 0):
            for inner in scopes:
                output = inner.module.outputs.get(step.name)
                if output is not None:
                    found += code.written(inner, output.path, output.value, where)
    values = distinct(found, f"module.{label}.{step.name}") if found else None
    if values and has_index and isinstance(steps[1], Splat):
        values = (values,)
    return values, at + 1


def _attribute(code: CodeValues, scope: Scope, home: Home | None, steps: tuple[Step, ...], where: Evaluation) -> tuple[Choices | None, int]:
    """Give an argument of a block, or the document that a data source gives."""
    has_index = bool(steps) and isinstance(steps[0], (At, Splat))
    step = steps[has_index] if len(steps) > has_index else None
    if home is None or not isinstance(step, Attr):
        return None, 0
    taken = 1 + has_index
    values: Choices | None = None
    if home.block.type == "data" and home.block.labels[0] == "aws_iam_policy_document":
        if step.name in {"json", "minified_json"}:
            values = documents_of(code, scope, home, where)
    elif step.name == "output" and home.block.labels[0] == "terraform_data":
        values = code.written(scope, home.path, home.block.value("input"), where, home)
    elif step.name not in _REFERRED:
        values = code.written(scope, home.path, home.block.value(step.name), where, home)
    if values and has_index and isinstance(steps[0], Splat):
        values = (values,)
    return values, taken


def _yaml(text: str) -> Value | None:
    from setsquare.powers.iam.escalation.template_values import value_of  # noqa: PLC0415  (YAML is loaded where it is needed)

    return value_of(text)
