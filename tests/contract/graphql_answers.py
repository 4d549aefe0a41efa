"""Answers GraphQL as a schema says: every field, argument and variable of a question must be in it, and every answer must be of its types.

What a test does not say is null where the schema permits that, and else the emptiest value of the type.

Source: GraphQL specification, October 2021, § 2 (language), § 5 (validation), § 6 (execution), as far as clients need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_TOKEN = re.compile(r'\s*(?:,|#[^\n]*)*\s*("""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"|\.\.\.|-?\d+(?:\.\d+)?|[_A-Za-z]\w*|[{}()\[\]:$!=@|&])')
_SCALARS: Mapping[str, type] = {
    "Int": int,
    "Float": float,
    "String": str,
    "Boolean": bool,
    "ID": str,
    "URI": str,
    "DateTime": str,
    "HTML": str,
}
_EMPTY: Mapping[str, Any] = {"Int": 0, "Float": 0.0, "Boolean": False}


class Wrong(Exception):
    """A question or an answer that the schema does not permit."""


class Variable(NamedTuple):
    name: str


class Word(NamedTuple):
    """A value of an enumeration."""

    name: str


class Pick(NamedTuple):
    """A field with its name in the answer, or, without one, a fragment on a type."""

    name: str
    shown: str
    arguments: dict[str, Any]
    picks: tuple[Any, ...]
    on: str = ""
    fragment: str = ""
    is_skipped_by: tuple[tuple[str, Any], ...] = ()


class Operation(NamedTuple):
    kind: str
    variables: dict[str, tuple[Any, Any]]
    picks: tuple[Pick, ...]


class Parser:
    """Reads a document: operations and fragments."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        while match := _TOKEN.match(text, at):
            self.tokens.append(match[1])
            at = match.end()
        if text[at:].strip(" \t\r\n,"):
            msg = f"not GraphQL: {text[at : at + 40]!r}"
            raise Wrong(msg)
        self.at = 0
        self.operations: list[Operation] = []
        self.fragments: dict[str, tuple[str, tuple[Pick, ...]]] = {}
        while self.at < len(self.tokens):
            self._definition()

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        found = self.peek()
        if not found or (wanted and found != wanted):
            msg = f"{wanted or 'something'} is expected, and {found or 'the end'} is there"
            raise Wrong(msg)
        self.at += 1
        return found

    def _definition(self) -> None:
        if self.peek() == "fragment":
            self.take()
            name = self.take()
            self.take("on")
            self.fragments[name] = (self.take(), self._picks())
            return
        kind = self.take() if self.peek() != "{" else "query"
        if self.peek() not in {"{", "("}:
            self.take()
        variables: dict[str, tuple[Any, Any]] = {}
        if self.peek() == "(":
            self.take()
            while self.peek() != ")":
                self.take("$")
                name = self.take()
                self.take(":")
                kind_of = self._type()
                variables[name] = (kind_of, self._default())
            self.take(")")
        self.operations.append(Operation(kind, variables, self._picks()))

    def _default(self) -> Any:
        if self.peek() != "=":
            return None
        self.take()
        return self._value()

    def _type(self) -> Any:
        if self.peek() == "[":
            self.take()
            found: Any = ("LIST", self._type())
            self.take("]")
        else:
            found = self.take()
        if self.peek() == "!":
            self.take()
            return ("NON_NULL", found)
        return found

    def _picks(self) -> tuple[Pick, ...]:
        self.take("{")
        found: list[Pick] = []
        while self.peek() != "}":
            found.append(self._pick())
        self.take("}")
        return tuple(found)

    def _pick(self) -> Pick:
        if self.peek() == "...":
            self.take()
            if self.peek() in {"on", "{", "@"}:
                on = ""
                if self.peek() == "on":
                    self.take()
                    on = self.take()
                return Pick("", "", {}, self._picks(), on=on, is_skipped_by=self._directives())
            return Pick("", "", {}, (), fragment=self.take(), is_skipped_by=self._directives())
        name = shown = self.take()
        if self.peek() == ":":
            self.take()
            name = self.take()
        arguments = self._arguments()
        directives = self._directives()
        return Pick(name, shown, arguments, self._picks() if self.peek() == "{" else (), is_skipped_by=directives)

    def _directives(self) -> tuple[tuple[str, Any], ...]:
        found = []
        while self.peek() == "@":
            self.take()
            name = self.take()
            found.append((name, self._arguments().get("if")))
        return tuple(found)

    def _arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.peek() == "(":
            self.take()
            while self.peek() != ")":
                name = self.take()
                self.take(":")
                found[name] = self._value()
            self.take(")")
        return found

    def _value(self) -> Any:
        token = self.take()
        if token == "$":
            return Variable(self.take())
        if token == "[":
            items = []
            while self.peek() != "]":
                items.append(self._value())
            self.take("]")
            return items
        if token == "{":
            fields = {}
            while self.peek() != "}":
                name = self.take()
                self.take(":")
                fields[name] = self._value()
            self.take("}")
            return fields
        if token.startswith('"'):
            return token[3:-3] if token.startswith('"""') else bytes(token[1:-1], "utf-8").decode("unicode_escape")
        if re.fullmatch(r"-?\d+(\.\d+)?", token):
            return float(token) if "." in token else int(token)
        return {"true": True, "false": False, "null": None}.get(token, Word(token))


class Schema:
    """A schema as introspection gives it."""

    def __init__(self, introspected: Mapping[str, Any]) -> None:
        described = introspected["__schema"]
        self.types: dict[str, Any] = {each["name"]: each for each in described["types"]}
        self._roots = {"query": described["queryType"]["name"], "mutation": described["mutationType"]["name"]}

    def answer(self, asked: Mapping[str, Any], roots: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request, `query` and `variables`, out of nested values; a callable is given the arguments. What is wrong is said as GraphQL says it."""
        try:
            return {"data": self._operated(asked, roots)}
        except Wrong as wrong:
            return {"data": None, "errors": [{"message": str(wrong)}]}

    def _operated(self, asked: Mapping[str, Any], roots: Mapping[str, Any]) -> dict[str, Any]:
        parsed = Parser(asked["query"])
        (operation,) = parsed.operations
        given = asked.get("variables") or {}
        variables = {}
        for name, (kind, default) in operation.variables.items():
            value = given.get(name, default)
            self._taken(value, kind, f"${name}")
            variables[name] = value
        if unknown := set(given) - set(operation.variables):
            msg = f"no variable is called {sorted(unknown)}"
            raise Wrong(msg)
        return _Answering(self, parsed.fragments, variables).of(self._roots[operation.kind], operation.picks, roots)

    def _taken(self, value: Any, kind: Any, where: str) -> None:
        """See that a value may be given where a type is asked for."""
        if isinstance(kind, tuple):
            shape, inner = kind
            if shape == "NON_NULL" and value is None:
                msg = f"{where} must be given"
                raise Wrong(msg)
            for each in value if shape == "LIST" and isinstance(value, list) else [value] if value is not None else []:
                self._taken(each, inner, where)
            return
        if value is None:
            return
        found = self.types.get(kind)
        if found is None:
            msg = f"there is no type {kind}"
            raise Wrong(msg)
        if found["kind"] == "ENUM":
            name = value.name if isinstance(value, Word) else value
            if name not in {each["name"] for each in found["enumValues"]}:
                msg = f"{where}: {name!r} is no {kind}"
                raise Wrong(msg)
        elif found["kind"] == "INPUT_OBJECT":
            fields = {each["name"]: each for each in found["inputFields"]}
            self.arguments(value, fields, where)
        elif kind in _SCALARS and (type(value) is not _SCALARS[kind] and not (kind in {"ID", "Float"} and type(value) is int)):
            msg = f"{where}: {value!r} is no {kind}"
            raise Wrong(msg)

    def arguments(self, given: Mapping[str, Any], known: Mapping[str, Any], where: str) -> None:
        """See that arguments, or the fields of an input, are those that the schema knows."""
        for name in set(given) - set(known):
            msg = f"{where} takes no {name}"
            raise Wrong(msg)
        for name, each in known.items():
            if name in given or each["defaultValue"] is None:
                self._taken(given.get(name), _kind(each["type"]), f"{where}.{name}")


class _Answering:
    """Answers one operation."""

    def __init__(self, schema: Schema, fragments: Mapping[str, tuple[str, tuple[Pick, ...]]], variables: Mapping[str, Any]) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables

    def of(self, name: str, picks: Iterable[Pick], held: Mapping[str, Any]) -> dict[str, Any]:
        """Answer for an object of a type."""
        found: dict[str, Any] = {}
        described = self.schema.types[name]
        fields = {each["name"]: each for each in described["fields"] or ()}
        for pick in picks:
            if any(bool(self.filled(value)) is (kind == "skip") for kind, value in pick.is_skipped_by):
                continue
            if not pick.name:
                on, inner = self.fragments[pick.fragment] if pick.fragment else (pick.on or name, pick.picks)
                if self.applies(on, name):
                    found.update(self.of(name, inner, held))
                continue
            if pick.name == "__typename":
                found[pick.shown] = name
                continue
            if pick.name == "__type":
                kind = self.schema.types.get(self.filled(pick.arguments["name"]))
                found[pick.shown] = kind and self.of("__Type", pick.picks, kind)
                continue
            if pick.name not in fields:
                msg = f"{name} has no field {pick.name}"
                raise Wrong(msg)
            arguments = {key: self.filled(value) for key, value in pick.arguments.items()}
            self.schema.arguments(arguments, {each["name"]: each for each in fields[pick.name]["args"]}, f"{name}.{pick.name}")
            value = held.get(pick.name)
            value = value(arguments) if callable(value) else value
            found[pick.shown] = self.value(value, _kind(fields[pick.name]["type"]), pick, f"{name}.{pick.name}")
        return found

    def applies(self, on: str, name: str) -> bool:
        """Tell whether a fragment on a type counts for an object."""
        found = self.schema.types.get(on)
        if found is None:
            msg = f"there is no type {on}"
            raise Wrong(msg)
        return on == name or any(each["name"] == name for each in found["possibleTypes"] or ())

    def filled(self, value: Any) -> Any:
        """Put variables into a value."""
        if isinstance(value, Variable):
            if value.name not in self.variables:
                msg = f"nothing says what ${value.name} is"
                raise Wrong(msg)
            return self.variables[value.name]
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if isinstance(value, dict):
            return {key: self.filled(each) for key, each in value.items()}
        return value

    def value(self, value: Any, kind: Any, pick: Pick, where: str) -> Any:
        """See that a value is of its type, and answer what of it was picked."""
        if isinstance(kind, tuple):
            shape, inner = kind
            if shape == "NON_NULL":
                return self.value(self.emptiest(inner) if value is None else value, inner, pick, where)
            if value is None:
                return None
            return [self.value(each, inner, pick, where) for each in value]
        described = self.schema.types[kind]
        if value is None:
            return None
        if described["kind"] in {"OBJECT", "INTERFACE", "UNION"}:
            if not pick.picks:
                msg = f"{where}: nothing of it is picked"
                raise Wrong(msg)
            return self.of(value.get("__typename", kind), pick.picks, value)
        if pick.picks:
            msg = f"{where}: {kind} has no fields"
            raise Wrong(msg)
        self.schema._taken(value, kind, f"the answer {where}")
        return value

    def emptiest(self, kind: Any) -> Any:
        """Give the emptiest value of a type."""
        if isinstance(kind, tuple):
            return []
        described = self.schema.types[kind]
        if described["kind"] == "ENUM":
            return described["enumValues"][0]["name"]
        if described["kind"] in {"INTERFACE", "UNION"}:
            return {"__typename": described["possibleTypes"][0]["name"]}
        return {} if described["kind"] == "OBJECT" else _EMPTY.get(kind, "")


def _kind(described: Mapping[str, Any]) -> Any:
    """Write a type of introspection as the parser writes types."""
    if described["kind"] in {"NON_NULL", "LIST"}:
        return (described["kind"], _kind(described["ofType"]))
    return described["name"]
