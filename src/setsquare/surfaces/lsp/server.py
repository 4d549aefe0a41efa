"""Speaks the Language Server Protocol over standard input and output."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator, Sequence
from typing import Any, BinaryIO, Final

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from setsquare._version import __version__
from setsquare.surfaces.lsp.answers import register_answers
from setsquare.surfaces.lsp.hub import Hub, Voice
from setsquare.surfaces.lsp.renames import register_edits

WATCHED: Final = (
    "**/{.kiro,.setsquare,openspec,.specify}/**",
    "**/*.{md,toml,json,py,ts,tsx,js,jsx,mjs,java,kt,kts,scala,go,rs,rb,php,cs,fs,swift,c,cc,cpp,h,hpp,m,sh,sql,ex,exs,hs,lua,dart,vue,svelte}",
)
"""What is watched for changes from outside where the editor can do so."""


class Protocol(LanguageServerProtocol):
    """The protocol without the library's own copies of documents: it splits lines where editors do not."""

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Generator[Any, Any, None]:
        """Hand on to the hub alone."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        """Hand on to the hub alone."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Generator[Any, Any, None]:
        """Hand on to the hub alone."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None

    @property
    def is_shut_down(self) -> bool:
        """Tell whether the editor asked for the end before it ended the server."""
        return bool(self._shutdown)


def serve(arguments: Sequence[str]) -> int:
    """Serve one editor until it leaves; 0 when it asked for the end first, 1 when it vanished."""
    del arguments
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="setsquare lsp: %(levelname)s: %(message)s", force=True)
    if not os.environ.get("SETSQUARE_TRACEBACK"):
        for handler in logging.getLogger().handlers:
            handler.addFilter(_in_one_line)
    server = build()
    try:
        server.start_io(sys.stdin.buffer, _own_output())
    except MemoryError:
        logging.getLogger("setsquare.lsp").error("a message was announced that is larger than memory")  # noqa: TRY400  (one line says it)
        return 1
    protocol = server.protocol
    return 0 if isinstance(protocol, Protocol) and protocol.is_shut_down else 1


def _own_output() -> BinaryIO:
    """Keep standard output for the protocol alone: whatever else writes there reaches standard error."""
    kept = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return kept


def build() -> LanguageServer:
    """Make a server with everything that it answers."""
    server = LanguageServer("setsquare", __version__, protocol_cls=Protocol)

    def refresh() -> None:
        """Ask the editor to ask for lenses again, where it can."""
        workspace = server.client_capabilities.workspace
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            server.workspace_code_lens_refresh(None)

    def say(message: str) -> None:
        server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))

    hub = Hub(Voice(server.text_document_publish_diagnostics, say, refresh))
    _register_life(server, hub)
    _register_documents(server, hub)
    register_answers(server, hub)
    register_edits(server, hub)
    return server


def _register_life(server: LanguageServer, hub: Hub) -> None:
    """Follow the editor's folders from the start to the end."""

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        """Judge what is open, and ask to be told of changes from outside."""
        del params
        workspace = server.protocol.workspace
        hub.encoding = str(getattr(workspace.position_encoding, "value", workspace.position_encoding) or "utf-16")
        named = [folder.uri for folder in workspace.folders.values()]
        hub.open_folders(named or ([workspace.root_uri] if workspace.root_uri else []))
        own = server.client_capabilities.workspace
        if own and own.did_change_watched_files and own.did_change_watched_files.dynamic_registration:
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("setsquare-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            server.client_register_capability(types.RegistrationParams([registration]))

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        """Open and close folders."""
        hub.open_folders([folder.uri for folder in params.event.added], [folder.uri for folder in params.event.removed])

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        """Take changes from outside."""
        hub.touched(params.changes)


def _register_documents(server: LanguageServer, hub: Hub) -> None:
    """Follow open documents."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        """Take a document."""
        hub.opened(params.text_document.uri, params.text_document.text, params.text_document.version)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        """Take changes."""
        hub.changed(params.text_document.uri, params.text_document.version, params.content_changes)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        """Judge at once."""
        hub.desk_of(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        """Let a buffer go."""
        hub.closed(params.text_document.uri)


def _in_one_line(record: logging.LogRecord) -> bool:
    """Say what went wrong without the way there: the library logs a message that is no JSON with its whole traceback."""
    said = record.getMessage().partition("\n")[0][:200]
    if record.exc_info and record.exc_info[1] is not None:
        said = f"{said}: {type(record.exc_info[1]).__name__}: {str(record.exc_info[1])[:200]}"
    record.msg, record.args, record.exc_info, record.exc_text = said, (), None, None
    return True
