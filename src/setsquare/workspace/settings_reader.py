"""Decodes `.kiro/settings.json` fail-closed: a wrong value becomes the most restrictive one and is reported with its span.

Source: the settings page of the tutorial's dialect (the columns for absent and invalid values).
"""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonObject
from setsquare.text.span import Span
from setsquare.workspace.governance_reader import STRICTEST, read_governance
from setsquare.workspace.host_names import is_host
from setsquare.workspace.models_reader import read_profiles, read_routing
from setsquare.workspace.settings import AgentSettings, Autonomy, BudgetAction, BudgetWindow, SessionAllow, Settings, VerifySettings
from setsquare.workspace.settings_section import Complaints, Section

_STRICTEST_AGENT = AgentSettings(
    max_file_edits_per_task=0,
    requires_approval_for_new_files=True,
    max_self_corrections=0,
    denies_all_commands=True,
    asks_for_all_writes=True,
    limit_minutes_per_task=1,
    session_allow=SessionAllow.NONE,
)
_STRICTEST_WINDOW = BudgetWindow(input_tokens=0, output_tokens=0, alert_threshold=0.5, action=BudgetAction.PAUSE)
_STRICTEST = "the most restrictive values apply"


def read_settings(document: Document) -> Settings:
    """Read one settings file; a syntax error or a duplicate key rejects the whole file, which then permits nothing.

    >>> from setsquare.text.paths import RelPath
    >>> raw = b'{"agent": {"autonomyLevel": "Balanced", "requireApprovalForNewFiles": "no"}}'
    >>> settings = read_settings(json_document.scan(RelPath(".kiro/settings.json"), raw))
    >>> settings.agent.autonomy.value, settings.agent.requires_approval_for_new_files
    ('balanced', True)
    >>> settings.problems[0].reason
    'agent.requireApprovalForNewFiles must be true or false; read as true'
    """
    tree = json_document.read(document, expects_object=True)
    complaints = Complaints(document.path)
    for problem in tree.problems:
        complaints.add(problem.span, problem.reason, is_warning=problem.is_warning)
    if not isinstance(tree.root, JsonObject) or not tree.is_sound or not _is_utf8(document):
        if isinstance(tree.root, JsonObject) and tree.is_sound:
            complaints.add(_first_byte_that_is_no_text(document), "a comment holds bytes that are not UTF-8")
        complaints.add(Span(0, 0), f"the whole file is rejected; {_STRICTEST}")
        return Settings(
            path=document.path,
            agent=replace(_STRICTEST_AGENT, broken=_broken(document, complaints)),
            daily=_STRICTEST_WINDOW,
            monthly=_STRICTEST_WINDOW,
            governance=STRICTEST,
            problems=tuple(complaints.found),
        )
    top = Section("", tree.root, complaints)
    models = top.section("models", "no model is used")
    daily, monthly = _budget(top)
    return Settings(
        path=document.path,
        agent=_agent(top),
        models=read_profiles(models) if models else (),
        routing=read_routing(models) if models else (),
        verify=_verify(top),
        daily=daily,
        monthly=monthly,
        budget_zone=_zone(top),
        governance=read_governance(top),
        problems=tuple(complaints.found),
    )


def _broken(document: Document, complaints: Complaints) -> str:
    """Say in one sentence without its end where a file stops being JSON, and how."""
    first = next(problem for problem in complaints.found if not problem.is_warning)
    line = document.render()[: first.span.start].count(b"\n") + 1
    return f"`{document.path}` cannot be read as JSON (line {line}: {first.reason})"


def _first_byte_that_is_no_text(document: Document) -> Span:
    """Find the first byte that is not UTF-8."""
    try:
        document.render().decode("utf-8")
    except UnicodeDecodeError as error:
        return Span(error.start, error.end)
    return Span(0, 0)


def _is_utf8(document: Document) -> bool:
    """Tell whether every byte is text, comments included."""
    return _first_byte_that_is_no_text(document) == Span(0, 0)


def _agent(top: Section) -> AgentSettings:
    """Read `agent`."""
    section = top.section("agent", _STRICTEST)
    if section is None:
        broken = f"`agent` in `{top.complaints.path}` is no object"
        return AgentSettings() if top.member("agent") is None else replace(_STRICTEST_AGENT, broken=broken)
    allowed = section.strings("allowedCommands", "no command runs without approval")
    forbidden = section.strings("forbiddenCommands", "every command is denied")
    protected = section.strings("protectedPaths", "every write asks")
    levels = tuple(level.value for level in Autonomy)
    return AgentSettings(
        autonomy=Autonomy(section.choice("autonomyLevel", levels, absent="cautious", invalid="cautious")),
        allowed_commands=allowed or (),
        forbidden_commands=forbidden or (),
        max_file_edits_per_task=section.integer("maxFileEditsPerTask", absent=20, invalid=0),
        requires_approval_for_new_files=section.boolean("requireApprovalForNewFiles", absent=False, invalid=True),
        max_self_corrections=section.integer("maxSelfCorrections", absent=3, invalid=0),
        protected_paths=protected or (),
        denies_all_commands=forbidden is None,
        asks_for_all_writes=protected is None,
        allowed_hosts=_hosts(section),
        path_autonomy=_path_autonomy(section),
        limit_minutes_per_task=section.integer("maxMinutesPerTask", absent=60, invalid=1, least=1),
        session_allow=SessionAllow(
            section.choice("sessionAllow", tuple(each.value for each in SessionAllow), absent="any", invalid="none")
        ),
        repository_is_public=section.boolean("repositoryIsPublic", absent=False, invalid=False),
    )


def _hosts(section: Section) -> tuple[str, ...]:
    """Read the hosts that commands may reach; one that is no host name closes all."""
    written = section.strings("allowedHosts", "no host is reachable") or ()
    hosts = tuple(host.strip().lower() for host in written)
    if not all(map(is_host, hosts)):
        section.wrong(
            "allowedHosts", 'a list of host names, each whole (pypi.org) or "*." before a name (*.example.com)', "no host is reachable"
        )
        return ()
    return tuple(dict.fromkeys(hosts))


def _path_autonomy(section: Section) -> tuple[tuple[str, Autonomy], ...]:
    """Read which paths have a level of their own; a broken value makes everything cautious."""
    paths = section.section("pathAutonomy", "everything is cautious")
    if paths is None:
        return () if section.member("pathAutonomy") is None else (("**", Autonomy.CAUTIOUS),)
    levels = tuple(level.value for level in Autonomy)
    return tuple(
        (member.key or "**", Autonomy(paths.choice(member.key, levels, absent="cautious", invalid="cautious")))
        for member in paths.value.members
    )


def _verify(top: Section) -> VerifySettings:
    """Read `verify`; without a usable command nothing counts as verified."""
    section = top.section("verify", "no command verifies a task")
    if section is None:
        return VerifySettings()
    return VerifySettings(command=section.text("command") or "", limit_s=section.integer("timeoutSeconds", absent=600, invalid=1, least=1))


def _budget(top: Section) -> tuple[BudgetWindow, BudgetWindow]:
    """Read the daily and the monthly budget."""
    section = top.section("budget", _STRICTEST)
    if section is None:
        window = BudgetWindow() if top.member("budget") is None else _STRICTEST_WINDOW
        return window, window
    return _window(section, "daily"), _window(section, "monthly")


def _zone(top: Section) -> str:
    """Read the time zone in which a day and a month begin; one that nobody knows is UTC."""
    member = top.member("budget")
    if member is None or not isinstance(member.value, JsonObject):
        return "UTC"
    section = Section("budget", member.value, top.complaints)
    name = section.text("timeZone") or "UTC"
    if name == "UTC":
        return name
    from zoneinfo import ZoneInfo  # noqa: PLC0415  (start-up: only a workspace with a zone of its own needs it)

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        section.wrong("timeZone", 'the name of a time zone, such as "Europe/Berlin"', "read as UTC")
        return "UTC"
    return name


def _window(budget: Section, key: str) -> BudgetWindow:
    """Read one window."""
    section = budget.section(key, _STRICTEST)
    if section is None:
        return BudgetWindow() if budget.member(key) is None else _STRICTEST_WINDOW
    actions = tuple(action.value for action in BudgetAction)
    return BudgetWindow(
        input_tokens=_tokens(section, "inputTokens"),
        output_tokens=_tokens(section, "outputTokens"),
        alert_threshold=section.number("alertThreshold", absent=0.8, invalid=0.5, most=1, allows_zero=False),
        action=BudgetAction(section.choice("action", actions, absent="notify", invalid="pause")),
    )


def _tokens(section: Section, key: str) -> int | None:
    """Read a limit in tokens; an absent one is no limit."""
    return None if section.member(key) is None else section.integer(key, absent=0, invalid=0)
