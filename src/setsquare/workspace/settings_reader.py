"""Decodes `.kiro/settings.json` fail-closed: a wrong value becomes the most restrictive one and is reported with its span.

Source: the tutorial's settings page, section 2 (absent and invalid columns).
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonMember, JsonNumber, JsonObject, JsonString, JsonTree, JsonValue
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.artefact import Malformed
from setsquare.workspace.settings import AgentSettings, Autonomy, ModelProfile, Settings, VerifySettings

LIMIT_COUNT = 1_000_000_000
"""The largest number that any count may have."""

_MOST_RESTRICTIVE = AgentSettings(
    max_file_edits_per_task=0,
    requires_approval_for_new_files=True,
    max_self_corrections=0,
    denies_all_commands=True,
    asks_for_all_writes=True,
)


class _Complaints:
    """Collects what is wrong with one file."""

    __slots__ = ("found", "path")

    def __init__(self, path: RelPath) -> None:
        self.path = path
        self.found: list[Malformed] = []

    def add(self, span: Span, reason: str, *, is_warning: bool = False) -> None:
        """Report one thing."""
        self.found.append(Malformed(self.path, span, reason, is_warning))


class _Section(Struct, frozen=True):
    """One object of the file, read key by key; `name` is its dotted path."""

    name: str
    value: JsonObject
    complaints: _Complaints

    def member(self, key: str) -> JsonMember | None:
        """Find a key."""
        return self.value.member(key)

    def wrong(self, key: str, expected: str, instead: str) -> None:
        """Report a wrong value."""
        member = self.member(key)
        span = member.value.span if member else self.value.span
        self.complaints.add(span, f"{self.name}.{key} must be {expected}; {instead}")

    def integer(self, key: str, absent: int, invalid: int, least: int = 0) -> int:
        """Read a count."""
        member = self.member(key)
        if member is None:
            return absent
        number = member.value.integer if isinstance(member.value, JsonNumber) else None
        if number is None or not least <= number <= LIMIT_COUNT:
            self.wrong(key, f"an integer from {least} to {LIMIT_COUNT}", f"read as {invalid}")
            return invalid
        return number

    def text(self, key: str) -> str | None:
        """Read a string that is not empty; `None` when it is absent or wrong (and reported)."""
        member = self.member(key)
        if member is None:
            return None
        if isinstance(member.value, JsonString) and member.value.value.strip():
            return member.value.value
        self.wrong(key, "a string that is not empty", "the value is not used")
        return None

    def strings(self, key: str, invalid: str) -> tuple[str, ...] | None:
        """Read a list of non-empty strings; `None` when it is wrong, empty when it is absent."""
        member = self.member(key)
        if member is None:
            return ()
        items = member.value.items if isinstance(member.value, JsonArray) else None
        texts = () if items is None else tuple(item.value for item in items if isinstance(item, JsonString) and item.value.strip())
        if items is None or len(texts) != len(items):
            self.wrong(key, "a list of strings that are not empty", invalid)
            return None
        return texts


def read_settings(document: Document) -> Settings:
    """Read one settings file; syntax errors and duplicate keys reject the whole file, which then permits nothing.

    >>> raw = b'{"agent": {"autonomyLevel": "Balanced", "maxFileEditsPerTask": "many"}}'
    >>> settings = read_settings(json_document.scan(RelPath(".kiro/settings.json"), raw))
    >>> settings.agent.autonomy.value, settings.agent.max_file_edits_per_task
    ('balanced', 0)
    >>> settings.problems[0].reason
    'agent.maxFileEditsPerTask must be an integer from 0 to 1000000000; read as 0'
    """
    tree = json_document.read(document, expects_object=True)
    complaints = _Complaints(document.path)
    for problem in tree.problems:
        complaints.add(problem.span, problem.reason, is_warning=problem.is_warning)
    if not tree.is_sound or not _is_utf8(document):
        complaints.add(Span(0, 0), "the whole file is rejected; the most restrictive settings apply")
        return Settings(path=document.path, agent=_MOST_RESTRICTIVE, problems=tuple(complaints.found))
    models = _section(tree, "models", complaints)
    return Settings(
        path=document.path,
        agent=_agent(tree, complaints),
        models=_profiles(models) if models else (),
        routing=_routing(models) if models else (),
        verify=_verify(tree, complaints),
        problems=tuple(complaints.found),
    )


def _is_utf8(document: Document) -> bool:
    """Tell whether every byte is text; a byte that is not escapes as a lone surrogate."""
    try:
        document.render().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _section(tree: JsonTree, key: str, complaints: _Complaints) -> _Section | None:
    """Find a top-level object; `None` when it is absent or no object (and reported)."""
    for member in tree.members:
        if member.key == key:
            if isinstance(member.value, JsonObject):
                return _Section(key, member.value, complaints)
            complaints.add(member.value.span, f"{key} must be an object; the most restrictive values apply")
    return None


def _agent(tree: JsonTree, complaints: _Complaints) -> AgentSettings:
    """Read `agent`."""
    section = _section(tree, "agent", complaints)
    if section is None:
        return _MOST_RESTRICTIVE if any(member.key == "agent" for member in tree.members) else AgentSettings()
    allowed = section.strings("allowedCommands", "no command is allowed without approval")
    forbidden = section.strings("forbiddenCommands", "every command is denied")
    protected = section.strings("protectedPaths", "every write asks")
    return AgentSettings(
        autonomy=_autonomy(section),
        allowed_commands=allowed or (),
        forbidden_commands=forbidden or (),
        max_file_edits_per_task=section.integer("maxFileEditsPerTask", absent=20, invalid=0),
        requires_approval_for_new_files=_approval_for_new_files(section),
        max_self_corrections=section.integer("maxSelfCorrections", absent=3, invalid=0),
        protected_paths=protected or (),
        denies_all_commands=forbidden is None,
        asks_for_all_writes=protected is None,
    )


def _autonomy(section: _Section) -> Autonomy:
    """Read the autonomy level in any letter case."""
    member = section.member("autonomyLevel")
    if member is None:
        return Autonomy.CAUTIOUS
    written = member.value.value.lower() if isinstance(member.value, JsonString) else ""
    for level in Autonomy:
        if written == level.value:
            return level
    section.wrong("autonomyLevel", '"cautious", "balanced" or "full"', "read as cautious")
    return Autonomy.CAUTIOUS


def _approval_for_new_files(section: _Section) -> bool:
    """Read `requireApprovalForNewFiles`."""
    member = section.member("requireApprovalForNewFiles")
    if member is None:
        return False
    if isinstance(member.value, JsonBoolean):
        return member.value.value
    section.wrong("requireApprovalForNewFiles", "true or false", "read as true")
    return True


def _profiles(models: _Section) -> tuple[ModelProfile, ...]:
    """Read every member of `models` except `routing`; a broken profile is left out."""
    profiles = tuple(profile for member in models.value.members if member.key != "routing" if (profile := _profile(models, member)))
    present = {member.key for member in models.value.members}
    for name in ("primary", "fast"):
        if name not in present:
            models.complaints.add(models.value.span, f'models must have a profile "{name}"')
    return profiles


def _profile(models: _Section, member: JsonMember) -> ModelProfile | None:
    """Read one profile; `None` when it cannot be used."""
    name = f"models.{member.key}"
    if not isinstance(member.value, JsonObject):
        models.complaints.add(member.value.span, f"{name} must be an object; the profile is not used")
        return None
    section = _Section(name, member.value, models.complaints)
    provider, model = section.text("provider"), section.text("model")
    for key, value in (("provider", provider), ("model", model)):
        if value is None and section.member(key) is None:
            section.wrong(key, "given", "the profile is not used")
    if provider is None or model is None:
        return None
    is_primary = member.key == "primary"
    return ModelProfile(
        name=member.key,
        provider=provider,
        model=model,
        limit_tokens=section.integer("maxTokens", absent=8192 if is_primary else 4096, invalid=1, least=1),
        temperature=_temperature(section, absent=0.1 if is_primary else 0.2),
        base_url=section.text("baseUrl") or "",
        api_key_variable=section.text("apiKeyVariable") or "",
    )


def _temperature(section: _Section, absent: float) -> float:
    """Read a number from 0 to 2; a wrong one is read as 0, which varies least."""
    member = section.member("temperature")
    if member is None:
        return absent
    if isinstance(member.value, JsonNumber) and 0 <= member.value.number <= 2:
        return member.value.number
    section.wrong("temperature", "a number from 0 to 2", "read as 0")
    return 0.0


def _routing(models: _Section) -> tuple[tuple[str, str], ...]:
    """Read which profile serves which purpose; a profile that does not exist gives way to `primary`."""
    member = models.member("routing")
    if member is None:
        return ()
    if not isinstance(member.value, JsonObject):
        models.wrong("routing", "an object", "every purpose uses its default")
        return ()
    names = {profile.key for profile in models.value.members if profile.key != "routing"}
    return tuple((entry.key, _route(entry.key, entry.value, names, models.complaints)) for entry in member.value.members)


def _route(purpose: str, value: JsonValue, names: set[str], complaints: _Complaints) -> str:
    """Read the profile of one purpose."""
    if isinstance(value, JsonString) and value.value in names:
        return value.value
    complaints.add(value.span, f"models.routing.{purpose} must name a profile of models ({', '.join(sorted(names))}); primary is used")
    return "primary"


def _verify(tree: JsonTree, complaints: _Complaints) -> VerifySettings:
    """Read `verify`; without a usable command nothing counts as verified."""
    section = _section(tree, "verify", complaints)
    if section is None:
        return VerifySettings()
    return VerifySettings(command=section.text("command") or "", limit_s=section.integer("timeoutSeconds", absent=600, invalid=1, least=1))
