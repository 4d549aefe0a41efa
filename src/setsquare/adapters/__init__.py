"""Implements the ports: one class per file.

Main types: `DiskFiles`, `GitCommand`, `ShadowCheckpoints`, `Bubblewrap`, `Landlock`, `OpenAiChat`, `AnthropicMessages`, `Scripted`, `FileJournals`.
Not here: any decision.
"""
