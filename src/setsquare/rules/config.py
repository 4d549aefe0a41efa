"""Holds what a team has set for the rules."""

from __future__ import annotations

from msgspec import Struct

from setsquare.rules.finding import Severity

Value = bool | int | str | tuple[str, ...]
"""The value of a rule's option."""


class RuleSetting(Struct, frozen=True, kw_only=True):
    """What is set for one rule: whether it is on (`None`: as it ships), another severity, options by name."""

    code: str
    is_on: bool | None = None
    severity: Severity | None = None
    options: tuple[tuple[str, Value], ...] = ()


class Config(Struct, frozen=True, kw_only=True):
    """The settings of all rules; a rule that is not named is as it ships."""

    rules: tuple[RuleSetting, ...] = ()

    def setting(self, code: str) -> RuleSetting | None:
        """Find what is set for a rule.

        >>> Config().setting("EARS002") is None
        True
        """
        return next((setting for setting in self.rules if setting.code == code), None)

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
