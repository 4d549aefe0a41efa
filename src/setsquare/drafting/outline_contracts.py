"""Finds what the requirements fix literally: endpoints, status codes, commands, exit codes, fields."""

from __future__ import annotations

import re

from setsquare.drafting.picture import Contract, ContractKind
from setsquare.workspace.spec import Criterion

_ENDPOINT = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+`?(/[\w{}:/.?=&*-]*)|`?((?<![\w./~])/(?:api|v\d)/[\w{}:/.*-]+)")
_STATUS = re.compile(
    r"(?i)\b(?:HTTP|status(?:\s+code)?|code)\s+`?([1-5]\d\d)\b|\b([1-5]\d\d)\s+(?:status|response|error|Unauthorized|Forbidden|Not Found|Bad Request|Created|OK|Conflict)\b"
)
_EXIT = re.compile(r"(?i)\bexit(?:s|ing)?\s+(?:code|status|with(?:\s+(?:code|status|a\s+non-zero\s+(?:code|status)))?)\s+`?(\d{1,3})\b")
_CODE = re.compile(r"`([^`\n]{2,60})`")
_COMMAND = re.compile(r"^(?:\$\s*)?(?:--?[a-z][\w-]*(?:[= ].*)?|[a-z][\w-]*(?: [\w<>\[\]./=*:-]+)+)$")
_FIELD = re.compile(r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$")
_SNAKE = re.compile(r"(?<![\w./$@:-])([a-z][a-z0-9]*(?:_[a-zA-Z0-9]+)+)(?![\w(/.]*[/(])")
_FLAG = re.compile(r"(?<![\w`-])(--[a-z][\w-]+)")


def contracts(criteria: tuple[Criterion, ...]) -> tuple[Contract, ...]:
    """List literal contracts in order of first appearance, each with the criteria that name it.

    >>> contracts(())
    ()
    """
    found: dict[tuple[ContractKind, str], list[str]] = {}
    for criterion in criteria:
        for kind, written in literals(criterion.text):
            ids = found.setdefault((kind, written), [])
            if criterion.id not in ids:
                ids.append(criterion.id)
    commands = [written for kind, written in found if kind is ContractKind.COMMAND]
    return tuple(
        Contract(kind=kind, written=written, criteria=tuple(ids))
        for (kind, written), ids in found.items()
        if not (kind is ContractKind.COMMAND and any(other.startswith(f"{written} ") for other in commands))
    )


def literals(text: str) -> tuple[tuple[ContractKind, str], ...]:
    """Read the literal contracts of one sentence.

    >>> [written for _, written in literals("POST /orders SHALL answer with HTTP 201, else exit with code 2")]
    ['POST /orders', '201', '2']
    """
    found: list[tuple[ContractKind, str]] = []
    for match in _ENDPOINT.finditer(text):
        written = f"{match[1]} {match[2]}" if match[1] else match[3]
        found.append((ContractKind.ENDPOINT, written.rstrip(".:?")))
    found += [(ContractKind.STATUS, match[1] or match[2]) for match in _STATUS.finditer(text)]
    found += [(ContractKind.EXIT_CODE, match[1]) for match in _EXIT.finditer(text)]
    codes = _CODE.findall(text)
    found += [(ContractKind.COMMAND, code) for code in codes if _COMMAND.match(code)]
    found += [(ContractKind.FIELD, code) for code in codes if _FIELD.match(code)]
    found += [(ContractKind.FIELD, word) for word in _SNAKE.findall(_CODE.sub(" ", text))]
    found += [(ContractKind.COMMAND, flag) for flag in _FLAG.findall(_CODE.sub(" ", text))]
    return tuple(dict.fromkeys(found))
