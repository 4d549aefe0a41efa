"""Reads a spec's `vocab.toml`: what the words of its criteria mean. People own the file; nothing here ever writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from msgspec import Struct

from setsquare.spec.fingerprint import canonical
from setsquare.spec.formal.formula import Formula, NoFormula, Sort, Variable, conjunction, formula, number, symbol
from setsquare.text.toml_table import toml_table

FILE_NAME: Final = "vocab.toml"
_KEYS: Final = frozenset({"variables", "atoms", "facts", "total", "deadlines"})


class Fact(Struct, frozen=True):
    """Something that always holds, by name."""

    name: str
    formula: Formula


class Deadline(Struct, frozen=True):
    """A criterion's bound that other criteria's bounds must fit into one after the other."""

    whole: str
    parts: tuple[str, ...]


class Problem(Struct, frozen=True):
    """An entry that cannot be used: `where` names its key."""

    where: str
    reason: str


class Vocabulary(Struct, frozen=True, kw_only=True):
    """Declared variables by name, meanings of phrases by canonical text, facts, variables whose cases must be complete, and deadlines."""

    variables: Mapping[str, Variable] = {}
    atoms: Mapping[str, Formula] = {}
    facts: tuple[Fact, ...] = ()
    total: tuple[tuple[str, ...], ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_vocabulary(text: str) -> Vocabulary:
    r"""Read a vocabulary; what cannot be used is a problem, never an exception.

    >>> found = read_vocabulary('[variables.mb]\ntype = "real"\n[atoms]\n"the upload is small" = "mb <= 10"')
    >>> found.atoms["upload is small"].smt, found.problems
    ('(<= |mb| 10.0)', ())
    """
    try:
        tree = toml_table(text)
    except ValueError as error:
        return Vocabulary(problems=(Problem("", f"the file is no TOML: {error}"),))
    problems = [
        Problem(key, "there is no such part; known are atoms, deadlines, facts, total, variables") for key in tree if key not in _KEYS
    ]
    variables: dict[str, Variable] = {}
    for name, value in _entries(tree, "variables", problems):
        made = _variable(name, value)
        if isinstance(made, Variable):
            variables[name] = made
        else:
            problems.append(Problem(f"variables.{name}", made))
    atoms = {canonical(text): read for text, read in _formulas(tree, "atoms", variables, problems)}
    facts = tuple(Fact(name, read) for name, read in _formulas(tree, "facts", variables, problems))
    return Vocabulary(
        variables=variables,
        atoms=atoms,
        facts=facts,
        total=_totals(tree.get("total", []), variables, problems),
        deadlines=tuple(_deadlines(tree.get("deadlines", []), problems)),
        problems=tuple(problems),
    )


def domain(vocabulary: Vocabulary) -> tuple[Fact, ...]:
    r"""Give everything that always holds: the facts, and the limits of numbers and enumerations.

    >>> domain(read_vocabulary('[variables.mb]\ntype = "real"\nmin = 0'))[0].formula.smt
    '(>= |mb| 0.0)'
    """
    return (*vocabulary.facts, *(Fact("", limits) for variable in vocabulary.variables.values() if (limits := _limits(variable)).names))


def _limits(variable: Variable) -> Formula:
    name = symbol(variable.name)
    own = frozenset({variable.name})
    parts = []
    if variable.sort is Sort.ENUM:
        options = " ".join(f"(= {name} {number(Fraction(index))})" for index in range(len(variable.values)))
        parts.append(Formula(f"(or {options})" if len(variable.values) > 1 else options, own, f"{variable.name} is one of its values"))
    if variable.sort is Sort.INT:
        parts.append(Formula(f"(is_int {name})", own, f"{variable.name} is whole"))
    if variable.least is not None:
        parts.append(Formula(f"(>= {name} {number(variable.least)})", own, f"{variable.name} >= {variable.least}"))
    if variable.most is not None:
        parts.append(Formula(f"(<= {name} {number(variable.most)})", own, f"{variable.name} <= {variable.most}"))
    return conjunction(tuple(parts))


def _variable(name: str, value: object) -> Variable | str:
    """Read one variable, or say what is wrong with it."""
    if not isinstance(value, dict):
        return 'a table is needed, such as { type = "real" }'
    if not name.isidentifier():
        return "a name has letters, digits and `_` only"
    kinds = {sort.value: sort for sort in Sort}
    sort = kinds.get(str(value.get("type", "")))
    if sort is None:
        return "type must be bool, real, int or enum"
    values = value.get("values", [])
    if sort is Sort.ENUM and not (
        isinstance(values, list) and values and all(isinstance(item, str) and item.isidentifier() for item in values)
    ):
        return "an enum needs `values`, a list of names"
    phrases = value.get("phrases", [])
    return Variable(
        name=name,
        sort=sort,
        values=tuple(map(str, values)) if sort is Sort.ENUM else (),
        unit=str(value.get("unit", "")),
        least=_limit(value.get("min")),
        most=_limit(value.get("max")),
        phrases=tuple(map(str, phrases)) if isinstance(phrases, list) else (),
        is_input=value.get("input") is True,
    )


def _limit(value: object) -> Fraction | None:
    return Fraction(str(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _entries(tree: Mapping[str, object], key: str, problems: list[Problem]) -> Iterator[tuple[str, object]]:
    found = tree.get(key, {})
    if isinstance(found, dict):
        yield from found.items()
    else:
        problems.append(Problem(key, "a table is needed"))


def _formulas(
    tree: Mapping[str, object], key: str, variables: Mapping[str, Variable], problems: list[Problem]
) -> Iterator[tuple[str, Formula]]:
    for name, value in _entries(tree, key, problems):
        read = formula(value, variables) if isinstance(value, str) else NoFormula("a formula in quotes is needed")
        if isinstance(read, Formula):
            yield name, read
        else:
            problems.append(Problem(f"{key}.{name}", read.reason))


def _totals(value: object, variables: Mapping[str, Variable], problems: list[Problem]) -> tuple[tuple[str, ...], ...]:
    groups = value if isinstance(value, list) else [value]
    found = []
    for group in groups:
        names = tuple(map(str, group)) if isinstance(group, list) else (str(group),)
        missing = [name for name in names if name not in variables]
        if missing:
            problems.append(Problem("total", f"there is no variable `{missing[0]}`"))
        else:
            found.append(names)
    return tuple(found)


def _deadlines(value: object, problems: list[Problem]) -> Iterator[Deadline]:
    for item in value if isinstance(value, list) else [value]:
        parts = item.get("parts") if isinstance(item, dict) else None
        if isinstance(item, dict) and isinstance(item.get("whole"), str) and isinstance(parts, list):
            yield Deadline(str(item["whole"]), tuple(map(str, parts)))
        else:
            problems.append(Problem("deadlines", 'each needs whole = "1.4" and parts = ["1.1", "1.2"]'))
