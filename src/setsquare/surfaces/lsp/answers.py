"""Answers what an editor asks of a document."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from setsquare.surfaces.lsp.completion import completion
from setsquare.surfaces.lsp.hover import hover
from setsquare.surfaces.lsp.hub import Hub
from setsquare.surfaces.lsp.lenses import code_lenses
from setsquare.surfaces.lsp.navigation import definition, references
from setsquare.surfaces.lsp.symbols import document_symbols, folds, workspace_symbols
from setsquare.surfaces.lsp.tokens import LEGEND, semantic_tokens


def register_answers(server: LanguageServer, hub: Hub) -> None:
    """Register everything that is only looked at."""
    _register_places(server, hub)
    _register_outlines(server, hub)
    _register_pictures(server, hub)


def _register_places(server: LanguageServer, hub: Hub) -> None:
    """Register what is asked of one place in a document."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        """Say what is known of a place."""
        place = await hub.scanned_desk_of(params.text_document.uri)
        return hover(*place, place[0].lines(place[1]).offset(params.position)) if place else None

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def defined(params: types.DefinitionParams) -> list[types.Location]:
        """Lead to what is named."""
        place = await hub.scanned_desk_of(params.text_document.uri)
        return definition(*place, place[0].lines(place[1]).offset(params.position)) if place else []

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def named(params: types.ReferenceParams) -> list[types.Location]:
        """List what names it."""
        place = await hub.scanned_desk_of(params.text_document.uri)
        if place is None:
            return []
        offset = place[0].lines(place[1]).offset(params.position)
        return references(*place, offset, is_declared=params.context.include_declaration)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[" ", ",", "/", ".", ":"]))
    def completed(params: types.CompletionParams) -> types.CompletionList:
        """Offer what fits."""
        place = hub.desk_of(params.text_document.uri)
        if place is None:
            return types.CompletionList(is_incomplete=False, items=[])
        own = server.client_capabilities.text_document
        item = own.completion.completion_item if own and own.completion else None
        return completion(*place, params.position, has_snippets=bool(item and item.snippet_support))


def _register_outlines(server: LanguageServer, hub: Hub) -> None:
    """Register lists of what there is."""

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outlined(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        """Outline a document."""
        place = hub.desk_of(params.text_document.uri)
        return document_symbols(*place) if place else []

    @server.feature(types.WORKSPACE_SYMBOL)
    def searched(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        """Search all documents."""
        return [symbol for desk in hub.desks.values() for symbol in workspace_symbols(desk, params.query)]

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    def folded(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        """List what folds."""
        place = hub.desk_of(params.text_document.uri)
        return folds(*place) if place else []


def _register_pictures(server: LanguageServer, hub: Hub) -> None:
    """Register what is drawn into a document."""

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, LEGEND)
    def coloured(params: types.SemanticTokensParams) -> types.SemanticTokens:
        """Colour a document."""
        place = hub.desk_of(params.text_document.uri)
        return semantic_tokens(*place) if place else types.SemanticTokens([])

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, LEGEND)
    def coloured_within(params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
        """Colour a part of a document."""
        place = hub.desk_of(params.text_document.uri)
        return semantic_tokens(*place, params.range) if place else types.SemanticTokens([])

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))
    async def lensed(params: types.CodeLensParams) -> list[types.CodeLens]:
        """Show how far things are."""
        place = await hub.scanned_desk_of(params.text_document.uri)
        return code_lenses(*place) if place else []
