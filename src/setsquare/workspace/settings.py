"""Reads `.kiro/settings.json`: what a team permits agents, which models exist, what they may spend."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.workspace.artefact import Malformed

FAST_PURPOSES = frozenset({"interactiveChat", "hookActions", "codeExplanation", "documentationUpdate"})
"""What the `fast` profile serves unless `models.routing` says otherwise; `primary` serves the rest."""


class Autonomy(enum.Enum):
    """How far an agent goes before it stops, from the most to the least careful."""

    CAUTIOUS = "cautious"
    BALANCED = "balanced"
    FULL = "full"


class SessionAllow(enum.Enum):
    """Where a person may allow something for one run on the command line: in every mode, in those in which they are asked, or nowhere."""

    ANY = "any"
    ATTENDED = "attended"
    NONE = "none"


class AgentSettings(Struct, frozen=True, kw_only=True):
    """The `agent` object; every default is the value of an absent key.

    `path_autonomy` pairs a glob with a level that is only ever stricter; `allowed_hosts` are names that commands may reach.
    `repository_is_public` says that nothing in the repository is private. `broken` names the file and the line where the whole file cannot be read,
    and what is wrong there.
    """

    autonomy: Autonomy = Autonomy.CAUTIOUS
    allowed_commands: tuple[str, ...] = ()
    forbidden_commands: tuple[str, ...] = ()
    max_file_edits_per_task: int = 20
    requires_approval_for_new_files: bool = False
    max_self_corrections: int = 3
    protected_paths: tuple[str, ...] = ()
    denies_all_commands: bool = False
    asks_for_all_writes: bool = False
    repository_is_public: bool = False
    allowed_hosts: tuple[str, ...] = ()
    path_autonomy: tuple[tuple[str, Autonomy], ...] = ()
    limit_minutes_per_task: int = 60
    broken: str = ""
    session_allow: SessionAllow = SessionAllow.ANY


class Price(Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens; a cache price of `None` means that cached tokens cost what input costs."""

    input_usd: float
    output_usd: float
    cache_read_usd: float | None = None
    cache_write_usd: float | None = None


class ModelProfile(Struct, frozen=True, kw_only=True):
    """One entry of `models`: which provider and model, output limit in tokens, temperature from 0 to 2, server address if not the usual.

    `limit_s` bounds one whole answer. `fallback` names the profile that stands in while the provider is down, empty for none.
    `context_tokens` is the model's window, `max_concurrent` bounds the calls in flight to its host; a `is_pinned` model must answer itself.
    """

    name: str
    provider: str
    model: str
    limit_tokens: int = 4096
    temperature: float = 0.2
    base_url: str = ""
    api_key_variable: str = ""
    limit_s: int = 600
    fallback: str = ""
    price: Price | None = None
    context_tokens: int = 100_000
    max_concurrent: int = 4
    is_pinned: bool = False


class VerifySettings(Struct, frozen=True, kw_only=True):
    """The `verify` object (ours): the command that decides whether a task is done, and its time limit in seconds."""

    command: str = ""
    limit_s: int = 600


class BudgetAction(enum.Enum):
    """What happens when a budget is used up, from the least to the most restrictive."""

    NOTIFY = "notify"
    RESTRICT = "restrict"
    PAUSE = "pause"


class BudgetWindow(Struct, frozen=True, kw_only=True):
    """The limits of one calendar window, in tokens; `None` is no limit. `alert_threshold` is a fraction, 0 < x <= 1."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    alert_threshold: float = 0.8
    action: BudgetAction = BudgetAction.NOTIFY


class Governance(Struct, frozen=True, kw_only=True):
    """Who signs what off; every default is the value of an absent key.

    `requirements_role` and `design_role` are the roles that must approve, empty where anybody may. `steering_roles` must each sign every steering
    file off. With `requires_peer` the requirements are approved by somebody else than their last author; where `design_role` is demanded
    that always holds for the design. `is_append_only` flags edits to approved design sections. With
    `archives_valid` only a valid OpenSpec change is archived, with `archives_approved` only one that is approved as it is. `roles` maps a role to the people who hold it
    (`Name <mail>`, a mail or a name). `age_limit_days` is the age from which a spec without task activity counts as old, `sprawl_limit` the number
    of specs without task activity from which there are too many.
    """

    requirements_role: str = ""
    design_role: str = ""
    steering_roles: tuple[str, ...] = ()
    requires_peer: bool = False
    is_append_only: bool = False
    archives_valid: bool = False
    archives_approved: bool = False
    roles: tuple[tuple[str, tuple[str, ...]], ...] = ()
    age_limit_days: int = 30
    sprawl_limit: int = 20


class Settings(Struct, frozen=True, kw_only=True):
    """One settings file, decoded fail-closed: a key with a wrong value has its most restrictive one and stands in `problems`."""

    path: RelPath
    agent: AgentSettings = AgentSettings()
    models: tuple[ModelProfile, ...] = ()
    routing: tuple[tuple[str, str], ...] = ()
    verify: VerifySettings = VerifySettings()
    daily: BudgetWindow = BudgetWindow()
    monthly: BudgetWindow = BudgetWindow()
    budget_zone: str = "UTC"
    governance: Governance = Governance()
    problems: tuple[Malformed, ...] = ()

    def profile(self, purpose: str) -> ModelProfile | None:
        """Find the model profile for a purpose; `None` when no usable model is named for it."""
        wanted = dict(self.routing).get(purpose, "fast" if purpose in FAST_PURPOSES else "primary")
        named = {profile.name: profile for profile in self.models}
        return named.get(wanted) or named.get("primary")
