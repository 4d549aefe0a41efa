"""Reads the rules' settings, `.setsquare/check.toml`; what cannot be followed is a problem with its place, never an exception."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from setsquare.guard.globs import compiled
from setsquare.rules.config import Config, ConfigProblem, Override, RuleSetting, Value
from setsquare.rules.rule import Option, Rule
from setsquare.rules.similar import nearest
from setsquare.rules.toml_places import TomlPlaces
from setsquare.rules.toml_values import Toml, TomlValues, Where
from setsquare.spec.template import Template
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.toml_table import toml_table

LIMIT_BYTES: Final = 1 << 20
"""The longest file of settings that is read."""

_TOP: Final = ("select", "ignore", "fail-on", "rules", "overrides", "ears", "baseline")
_TEMPLATE: Final = ("keyword", "pattern", "then")
_PATTERNS: Final = ("event", "state", "unwanted", "optional")
_LINE: Final = LazyPattern(r"\(at line (\d+), column \d+\)")


class ReadConfig(Struct, frozen=True):
    """What a file of settings says, and what of it cannot be followed."""

    config: Config
    problems: tuple[ConfigProblem, ...] = ()


# req: spec-engine/7.1
def read_config(path: RelPath, raw: bytes, rules: Iterable[Rule]) -> ReadConfig:
    r"""Read settings for the given rules; a key that is wrong is left out, the others count.

    >>> read = read_config(RelPath(".setsquare/check.toml"), b'ignore = ["NOPE001"]\nfail-on = "error"\n', [])
    >>> read.config.fail_on.value, [problem.message for problem in read.problems]
    ('error', ['there is no rule or family "NOPE001"'])
    """
    places = TomlPlaces(raw)
    if len(raw) > LIMIT_BYTES:
        return ReadConfig(Config(), (_whole(path, places, 1, f"the file is longer than {LIMIT_BYTES >> 20} MiB; it was not read"),))
    try:
        table = toml_table(raw.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return ReadConfig(Config(), (_whole(path, places, line, f"byte 0x{raw[error.start]:02x} is not UTF-8; no setting was read"),))
    except ValueError as error:
        found = _LINE.search(str(error))
        reason = _LINE.sub("", str(error)).strip()
        line = int(found[1]) if found else raw.count(b"\n") + 1
        return ReadConfig(Config(), (_whole(path, places, line, f"this is no valid TOML: {reason}; no setting was read"),))
    values = TomlValues(path, places)
    config = _Reader(values, tuple(rules)).config(table)
    return ReadConfig(config, tuple(values.problems))


def _whole(path: RelPath, places: TomlPlaces, line: int, message: str) -> ConfigProblem:
    return ConfigProblem(path=path, span=places.line(line), message=message, hint="correct the file; until then every rule is as it ships")


class _Reader:
    """One file being read for a set of rules."""

    def __init__(self, values: TomlValues, rules: tuple[Rule, ...]) -> None:
        self._toml = values
        self._names = {name.upper(): rule for rule in rules for name in (rule.code, rule.name)}
        self._families = {rule.family: tuple(other for other in rules if other.family == rule.family) for rule in rules}

    def config(self, table: Mapping[str, Toml]) -> Config:
        """Read the whole file."""
        self._toml.unknown(table, _TOP, ())
        return Config(
            select=self._chosen(table, "select"),
            ignore=self._chosen(table, "ignore"),
            fail_on=self._toml.level(table, ("fail-on",)),
            rules=self._rules(self._toml.table(table, ("rules",)), ("rules",)),
            overrides=tuple(self._overrides(table.get("overrides", []))),
            templates=tuple(self._templates(self._toml.table(table, ("ears",)))),
            baseline=self._baseline(self._toml.table(table, ("baseline",))),
        )

    def _chosen(self, table: Mapping[str, Toml], key: str) -> tuple[str, ...]:
        """Read a list of rules and families."""
        found = []
        for name in self._toml.texts(table.get(key, []), (key,)):
            if name.upper() in self._names or name.upper() in self._families:
                found.append(name.upper())
            else:
                self._no_rule((key,), name)
        return tuple(found)

    def _no_rule(self, where: Where, name: str) -> None:
        near = nearest(name, (*self._names, *self._families))
        meant = near.lower() if "-" in near else near
        self._toml.wrong(
            where,
            f'there is no rule or family "{name}"',
            f"did you mean `{meant}`?" if meant else "`setsquare check --explain` shows a rule by its code",
        )

    def _rules(self, table: Mapping[str, Toml], where: Where) -> tuple[RuleSetting, ...]:
        """Read the tables of rules; what is said of one rule stands above what is said of its family."""
        found: dict[str, RuleSetting] = {}
        for key in sorted(table, key=lambda name: name.upper() not in self._families):
            own = (*where, key)
            value = table[key]
            if not isinstance(value, dict):
                self._toml.wrong(own, f'"{".".join(own)}" is no table', f'write `{key} = {{ severity = "…" }}`')
            elif (family := self._families.get(key.upper())) and key.upper() not in self._names:
                self._toml.unknown(value, ("severity",), own)
                found |= {rule.code: self._setting(rule, {"severity": value.get("severity")}, own) for rule in family}
            elif rule := self._names.get(key.upper()):
                self._toml.unknown(value, ("severity", *(option.name for option in rule.options)), own)
                found[rule.code] = self._setting(rule, value, own).over(found.get(rule.code))
            else:
                self._no_rule(own, key)
        return tuple(found.values())

    def _setting(self, rule: Rule, table: Mapping[str, Toml], where: Where) -> RuleSetting:
        severity = self._toml.level(table, (*where, "severity"), ("off",))
        is_off = table.get("severity") == "off"
        options = tuple(self._options(rule.options, table, where))
        return RuleSetting(code=rule.code, is_on=False if is_off else True if severity else None, severity=severity, options=options)

    def _options(self, options: tuple[Option, ...], table: Mapping[str, Toml], where: Where) -> Iterator[tuple[str, Value]]:
        for option in options:
            if option.name in table:
                value = _fitting(option.default, table[option.name])
                if value is None:
                    self._toml.wrong(
                        (*where, option.name), f'"{".".join((*where, option.name))}" is no {_kind(option.default)}', option.meaning
                    )
                else:
                    yield option.name, value

    def _overrides(self, value: Toml) -> Iterator[Override]:
        if not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
            self._toml.wrong(("overrides",), '"overrides" is no list of tables', "write `[[overrides]]` on a line of its own")
            return
        for index, table in enumerate(value):
            where = ("overrides", str(index))
            self._toml.unknown(table, ("paths", "rules"), where)
            paths = self._toml.texts(table.get("paths", []), (*where, "paths"))
            broken = compiled(paths).broken
            if not paths:
                self._toml.wrong(where, "an override names no paths", 'write `paths = ["…"]` below it')
            if broken:
                self._toml.wrong((*where, "paths"), f'the glob "{broken[0]}" has too many alternatives', "write it as several globs")
            yield Override(paths=paths, rules=self._rules(self._toml.table(table, (*where, "rules")), (*where, "rules")))

    def _templates(self, table: Mapping[str, Toml]) -> Iterator[Template]:
        self._toml.unknown(table, ("templates",), ("ears",))
        for name, value in self._toml.table(table, ("ears", "templates")).items():
            where = ("ears", "templates", name)
            if not isinstance(value, dict):
                self._toml.wrong(where, f'"{".".join(where)}" is no table', f"write `[ears.templates.{name}]` on a line of its own")
                continue
            self._toml.unknown(value, _TEMPLATE, where)
            keyword, pattern, then = (self._toml.text(value, (*where, key)).strip() for key in _TEMPLATE)
            if not keyword:
                self._toml.wrong(where, f'the template "{name}" has no keyword', 'write `keyword = "…"`: the words that begin the sentence')
            elif pattern not in _PATTERNS:
                near = nearest(pattern, _PATTERNS)
                hint = f"did you mean `{near}`?" if near else f"one of {', '.join(_PATTERNS)}"
                self._toml.wrong((*where, "pattern"), f'the template "{name}" has no pattern', hint)
            else:
                yield Template(name=name, keyword=keyword, pattern=pattern, then=then)

    def _baseline(self, table: Mapping[str, Toml]) -> str:
        self._toml.unknown(table, ("file",), ("baseline",))
        name = self._toml.text(table, ("baseline", "file"))
        if name.startswith("/") or ".." in name.split("/") or "\0" in name:
            self._toml.wrong(
                ("baseline", "file"), f'the baseline "{name}" lies outside of the workspace', "name a file below the workspace's folder"
            )
            return ""
        return "/".join(part for part in name.split("/") if part not in ("", "."))


def _fitting(default: Value, value: Toml) -> Value | None:
    """Take a value that has the kind of a default; `None` for any other."""
    if isinstance(default, tuple):
        return tuple(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
    if isinstance(default, bool) or isinstance(value, bool):
        return value if isinstance(default, bool) and isinstance(value, bool) else None
    if isinstance(default, int):
        return value if isinstance(value, int) and value >= 0 else None
    return value if isinstance(value, str) else None


def _kind(default: Value) -> str:
    match default:
        case bool():
            return "`true` or `false`"
        case int():
            return "whole number from 0"
        case str():
            return "text"
        case _:
            return "list of texts"
