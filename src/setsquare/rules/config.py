"""Holds what a team has set for the rules."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from setsquare.guard.globs import GlobSet, compiled
from setsquare.rules.finding import Severity
from setsquare.spec.template import Template
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

CONFIG_PATH = RelPath(".setsquare/check.toml")
"""Where a team's settings for the rules stand, from the workspace's folder."""

Value = bool | int | str | tuple[str, ...]
"""The value of a rule's option."""


class RuleSetting(Struct, frozen=True, kw_only=True):
    """What is set for one rule: whether it is on (`None`: as it ships), another severity, options by name."""

    code: str
    is_on: bool | None = None
    severity: Severity | None = None
    options: tuple[tuple[str, Value], ...] = ()

    def over(self, other: RuleSetting | None) -> RuleSetting:
        """Lay this setting over another one of the same rule; what this one leaves open stays.

        >>> RuleSetting(code="X1", is_on=True).over(RuleSetting(code="X1", options=(("words", 9),))).options
        (('words', 9),)
        """
        if other is None:
            return self
        return RuleSetting(
            code=self.code,
            is_on=other.is_on if self.is_on is None else self.is_on,
            severity=self.severity or other.severity,
            options=tuple({**dict(other.options), **dict(self.options)}.items()),
        )


class Override(Struct, frozen=True, kw_only=True, dict=True):
    """Settings for the files that some globs name."""

    paths: tuple[str, ...]
    rules: tuple[RuleSetting, ...] = ()

    @cached_property
    def _globs(self) -> GlobSet:
        return compiled(self.paths)

    def matches(self, path: str) -> bool:
        """Tell whether the override is for a file.

        >>> Override(paths=("legacy/**",)).matches("legacy/a.md")
        True
        """
        return self._globs.matches(path)


class ConfigProblem(Struct, frozen=True, kw_only=True):
    """Something in a file of the rules' settings that cannot be followed."""

    path: RelPath
    span: Span
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


class Config(Struct, frozen=True, kw_only=True):
    """The settings of all rules; a rule that is not named is as it ships. `select` and `ignore` hold codes, families and names."""

    rules: tuple[RuleSetting, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    overrides: tuple[Override, ...] = ()
    templates: tuple[Template, ...] = ()
    baseline: str = ""

    def setting(self, code: str) -> RuleSetting | None:
        """Find what is set for a rule.

        >>> Config().setting("EARS002") is None
        True
        """
        return next((setting for setting in self.rules if setting.code == code), None)

    def at(self, path: str) -> Config:
        """Give the settings for one file: those of all files with the overrides for it on top, the last one uppermost.

        >>> Config(overrides=(Override(paths=("a/**",), rules=(RuleSetting(code="X1", is_on=False),)),)).at("a/b").setting("X1").is_on
        False
        """
        return self.with_rules(setting for override in self.overrides if override.matches(path) for setting in override.rules)

    def with_rules(self, upper: Iterable[RuleSetting]) -> Config:
        """Lay settings over those of the rules.

        >>> Config().with_rules([]) == Config()
        True
        """
        merged = {setting.code: setting for setting in self.rules}
        changed = False
        for setting in upper:
            merged[setting.code] = setting.over(merged.get(setting.code))
            changed = True
        return replace(self, rules=tuple(merged.values())) if changed else self

    def number(self, code: str, name: str, default: int) -> int:
        """Give a rule's whole-number option.

        >>> Config().number("ATOM003", "words", 40)
        40
        """
        value = self._option(code, name)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def choice(self, code: str, name: str, default: str) -> str:
        """Give a rule's text option.

        >>> Config().choice("EARS002", "modal", "shall")
        'shall'
        """
        value = self._option(code, name)
        return value if isinstance(value, str) else default

    def switch(self, code: str, name: str, *, default: bool) -> bool:
        """Give a rule's option that is on or off.

        >>> Config().switch("TERM002", "strict", default=False)
        False
        """
        value = self._option(code, name)
        return value if isinstance(value, bool) else default

    def names(self, code: str, name: str) -> tuple[str, ...]:
        """Give a rule's list option; empty when it is not set.

        >>> Config().names("TERM003", "known")
        ()
        """
        value = self._option(code, name)
        return value if isinstance(value, tuple) else ()

    def _option(self, code: str, name: str) -> Value | None:
        found = self.setting(code)
        return dict(found.options).get(name) if found else None
