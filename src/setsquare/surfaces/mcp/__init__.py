"""The MCP server: what the command line says of a workspace, for models in other programs; nothing can be changed through it."""
