"""Judges the settings of the Power before anything else happens: every reason why it must not work, with file, line, key, value and the mend.

Nothing outside of the file is looked at: no trust, no extra, no variable of the environment, no credential, no network.

Source: settings.md § 2.6 (keys, exact spelling of the mode, matching of roles), § 2.1 (one reading of a file, or none).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.text.span import Span

POWER = "powers.awsIamAutopilot"
"""Where the settings stand."""
PR_ONLY = "pr-only"
"""The only mode: changes are proposed, never applied."""
LOOKBACK_DAYS = 90
"""Days of usage that are looked at where nothing else is said; a shorter window is warned of."""
MOST_DAYS = 3_650
"""The longest window, in days."""


class Need(enum.Enum):
    """What a reason stands in the way of: everything, fetching from AWS, the log group that is the trail where no other is named, pull requests, or alerts. A warning stands in no way."""

    ANALYSING = "analysing"
    FETCHING = "fetching"
    LOG_GROUP = "reading the trail of the settings"
    PROPOSING = "proposing"
    ALERTING = "alerting"
    NOTHING = "warning"


class Reason(Struct, frozen=True, kw_only=True):
    """One thing that is wrong. `line` counts from 1, 0 where there is no file; `value` is as written, shortened, empty where nothing is written.

    `code` is a short stable name: `mode`, `target-roles`, `off`, `broken-file` …
    """

    code: str
    path: RelPath
    line: int
    key: str
    value: str
    problem: str
    mend: str
    need: Need = Need.ANALYSING
    span: Span = Span(0, 0)

    @property
    def place(self) -> str:
        """Write file and line as editors take them."""
        return f"{self.path}:{self.line}" if self.line else self.path

    @property
    def sentence(self) -> str:
        """Say it in one line: what stands where, what is wrong with it, how to mend it."""
        written = f" is {self.value}" if self.value else ""
        return f"{self.place}: {self.key}{written}: {self.problem}. {self.mend}"


class PowerSettings(Struct, frozen=True, kw_only=True):
    """Settings that are safe to work with; words are as written, `${VAR}` not expanded. What is absent is empty.

    `target_lines` and `exclude_lines` are the lines of the patterns, one for each; `lines` those of the other keys that are there.
    """

    path: RelPath
    line: int = 0
    lines: Mapping[str, int] = {}
    target_roles: tuple[str, ...] = ()
    exclude_roles: tuple[str, ...] = ()
    target_lines: tuple[int, ...] = ()
    exclude_lines: tuple[int, ...] = ()
    lookback_days: int = LOOKBACK_DAYS
    region: str = ""
    account_id: str = ""
    log_group: str = ""
    pr_repository: str = ""
    alerts_on_escalation: bool = True
    alert_channel: str = ""


class Judged(Struct, frozen=True, kw_only=True):
    """What the settings come to. `settings` holds what could be read; it may be used only where `refusals(Need.ANALYSING)` is empty.

    `is_declared` tells whether the file names the Power at all, `is_enabled` whether it is switched on.
    """

    settings: PowerSettings
    reasons: tuple[Reason, ...] = ()
    is_declared: bool = False
    is_enabled: bool = False

    def refusals(self, *needs: Need) -> tuple[Reason, ...]:
        """List what stands in the way of an undertaking, in the file's order; what stands in the way of analysing stands in the way of everything."""
        return tuple(reason for reason in self.reasons if reason.need in {Need.ANALYSING, *needs})

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """List what is worth knowing and stands in no way."""
        return tuple(reason for reason in self.reasons if reason.need is Need.NOTHING)
