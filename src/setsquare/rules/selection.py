"""Decides which rules run, where, how severe their findings are, and under which options."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.rules.config import Config, RuleSetting
from setsquare.rules.finding import Finding
from setsquare.rules.rule import Rule

_OWN_FAULTS: Final = "CFG004"
"""The rule on faults of the settings themselves: a `select` that leaves it out would hide its own slips."""


class Selection(Struct, frozen=True, dict=True):
    """The settings of a team and what a person asked for: with `selected` only these run, whatever the settings say; `ignored` never run.

    Both hold codes, families and names in upper case.
    """

    config: Config = Config()
    selected: frozenset[str] | None = None
    ignored: frozenset[str] = frozenset()

    def has(self, rule: Rule) -> bool:
        """Tell whether a rule is on for files that no override names."""
        names = names_of(rule)
        if names & self.ignored:
            return False
        if self.selected is not None:
            return bool(names & self.selected)
        setting = self.config.setting(rule.code)
        if setting is not None and setting.is_on is not None:
            return setting.is_on
        if not names.isdisjoint(self.config.ignore):
            return False
        if self.config.select:
            return rule.code == _OWN_FAULTS or not names.isdisjoint(self.config.select)
        return rule.is_default

    def runs(self, rule: Rule) -> bool:
        """Tell whether a rule is on for any file."""
        return self.has(rule) or (
            self.selected is None
            and not names_of(rule) & self.ignored
            and any(setting.code == rule.code and setting.is_on for override in self.config.overrides for setting in override.rules)
        )

    def variants(self, rule: Rule) -> Iterator[Config]:
        """Give the settings that a rule must run under: those of all files, and one for each set of overrides that changes its options."""
        yield self.config
        if any(setting.code == rule.code and setting.options for override in self.config.overrides for setting in override.rules):
            seen = [self._options(self.config, rule)]
            # Globs may overlap in any way, but files have only so many different settings as there are runs of overrides.
            for config in self._combined:
                if self._options(config, rule) not in seen:
                    seen.append(self._options(config, rule))
                    yield config

    def placed(self, rule: Rule, findings: Iterable[Finding], config: Config) -> Iterator[Finding]:
        """Keep the findings of one run that count at their file, with the severity that is set for it."""
        base, options = self.config.setting(rule.code), self._options(config, rule)
        is_on = self.has(rule)
        for finding in findings:
            here = self._at(finding.path)
            setting = base if here is self.config else here.setting(rule.code)
            if self._options(here, rule) != options or not self._counts(setting, is_on=is_on, is_overridden=here is not self.config):
                continue
            severity = setting.severity if setting else None
            yield replace(finding, severity=severity) if severity and severity is not finding.severity else finding

    def _counts(self, setting: RuleSetting | None, *, is_on: bool, is_overridden: bool) -> bool:
        """Tell whether a rule is on at a file."""
        if not is_overridden or setting is None or setting.is_on is None:
            return is_on
        return setting.is_on and (is_on or self.selected is None)

    @cached_property
    def _places(self) -> dict[str, Config]:
        return {}

    def _at(self, path: str) -> Config:
        """Give the settings for a file, the very same object where no override names it."""
        if not self.config.overrides:
            return self.config
        if path not in self._places:
            self._places[path] = self.config.at(path)
        return self._places[path]

    @cached_property
    def _combined(self) -> tuple[Config, ...]:
        """Give the settings of every single override, and of all overrides from the first to each."""
        found: list[Config] = []
        for end, override in enumerate(self.config.overrides, 1):
            found.append(self.config.with_rules(override.rules))
            found.append(self.config.with_rules(setting for one in self.config.overrides[:end] for setting in one.rules))
        return tuple(found)

    @staticmethod
    def _options(config: Config, rule: Rule) -> RuleSetting | None:
        """Give a rule's options alone."""
        setting = config.setting(rule.code)
        return RuleSetting(code=rule.code, options=tuple(sorted(setting.options))) if setting and setting.options else None


def names_of(rule: Rule) -> frozenset[str]:
    """Give what a rule may be called by: its code, its family and its name in upper case.

    >>> from setsquare.rules.tsk.duplicate import RULE
    >>> "TSK" in names_of(RULE), RULE.code in names_of(RULE)
    (True, True)
    """
    return frozenset((rule.code, rule.family, rule.name.upper()))


def selection(config: Config, selected: Collection[str] | None, ignored: Collection[str] = ()) -> Selection:
    """Build a selection from names in any letter case.

    >>> from setsquare.rules.tsk.duplicate import RULE
    >>> selection(Config(), ["tsk"]).has(RULE), selection(Config(), None, ["tsk"]).has(RULE)
    (True, False)
    """
    wanted = None if selected is None else frozenset(name.upper() for name in selected)
    return Selection(config, wanted, frozenset(name.upper() for name in ignored))
