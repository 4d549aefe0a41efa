"""Answers with edits, which the editor applies, and runs the commands of lenses, which only say something."""

from __future__ import annotations

from typing import Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from setsquare.journeys.renaming import CannotRename, Renaming, renamed
from setsquare.rules.page import page
from setsquare.rules.registry import RULES
from setsquare.surfaces.lsp.actions import KINDS, code_actions, edit_of
from setsquare.surfaces.lsp.desk import Desk
from setsquare.surfaces.lsp.hover import status_of
from setsquare.surfaces.lsp.hub import Hub
from setsquare.surfaces.lsp.lenses import EXPLAIN_CRITERION, START_TASK, command_for
from setsquare.surfaces.lsp.pointing import Pointed, criterion_of, pointed
from setsquare.text.paths import RelPath, quoted

EXPLAIN_RULE: Final = "setsquare.explainRule"
_REQUEST_FAILED: Final = -32803


def register_edits(server: LanguageServer, hub: Hub) -> None:
    """Register rename, code actions and commands."""
    _register_renames(server, hub)
    _register_commands(server, hub)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[str(getattr(kind, "value", kind)) for kind in KINDS])
    )
    def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        """List what can be done about findings."""
        place = hub.desk_of(params.text_document.uri)
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only] if params.context.only else None
        return code_actions(*place, params.range, only) if place else []


def _register_renames(server: LanguageServer, hub: Hub) -> None:
    """Register the rename of a criterion."""

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepared(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        """Say what would be renamed; nothing where there is no name."""
        place = await hub.scanned_desk_of(params.text_document.uri)
        if place is None:
            return None
        at, asked = _asked(*place, params.position)
        if at is None or asked is None or asked.written is None:
            return None
        return types.PrepareRenamePlaceholder(place[0].lines(place[1]).exact(at.span), asked.name)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        """Rename a criterion with every reference to it."""
        place = await hub.scanned_desk_of(params.text_document.uri)
        if place is None:
            return None
        _, asked = _asked(*place, params.position)
        if asked is None:
            raise JsonRpcException("There is no criterion here, or more than one.", _REQUEST_FAILED)
        if not place[0].living.has_code:
            raise JsonRpcException("The source files are still being scanned; try again in a moment.", _REQUEST_FAILED)
        found = renamed(asked, params.new_name.strip())
        if isinstance(found, CannotRename):
            raise JsonRpcException(found.reason, _REQUEST_FAILED)
        return edit_of(place[0], found.edits)


def _asked(desk: Desk, path: RelPath, position: types.Position) -> tuple[Pointed | None, Renaming | None]:
    """Find the criterion that stands at a position or is named there."""
    at = pointed(desk, path, desk.lines(path).offset(position))
    if at is None or len(at.criteria) != 1:
        return at, None
    named = at.criteria[0]
    return at, Renaming(living=desk.living, raw=desk.raw, spec=named.spec, criterion=named.criterion)


def _register_commands(server: LanguageServer, hub: Hub) -> None:
    """Register what lenses and actions call; nothing here runs or writes anything."""

    def said(text: str) -> str:
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
        return text

    @server.command(START_TASK)
    def start_task(spec: str, task: str) -> str:
        """Give the shell command that executes a task."""
        return said(command_for(spec, task))

    @server.command(EXPLAIN_CRITERION)
    def explain_criterion(folder: str, spec: str, number: str) -> str:
        """Say why a criterion is no further."""
        desk = hub.desks.get(folder)
        own = desk.living.workspace.spec(spec) if desk else None
        named = criterion_of(desk.living.workspace, own, own.name, number) if desk and own else None
        status = status_of(desk.living, named) if desk and named else None
        if named is None or status is None:
            return said(f"There is no criterion {number} in {spec} any more.")
        reason = f": {status.reason}" if status.reason else ""
        return said(
            f"{named.spec.name}/{number} is {status.state.value}{reason} (setsquare trace explain {quoted(f'{named.spec.name}/{number}')})"
        )

    @server.command(EXPLAIN_RULE)
    def explain_rule(code: str) -> str:
        """Give a rule's page as Markdown."""
        rule = next((rule for rule in RULES if rule.code == code), None)
        if rule is None:
            return said(f"There is no rule {code}.")
        said(f"{rule.code} {rule.name}: {rule.summary} (setsquare check --explain {rule.code})")
        return page(rule)
