"""Names every fact that the platform can record, and the conversation values that those facts carry.

Main types: `Event` (closed union), `Entry`, `Message`, `ToolCall`, `Reply`, `Usage`.
Not here: where a journal lies (adapters), and what follows from a fact (agent).
"""
