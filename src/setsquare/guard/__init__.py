"""Decides Allow, Ask or Deny for an action.

Main types: `Action`, `Capability`, `Decision`, `Permission`, `Mode`, `Script`, `GlobSet`, `decide()`, `compile_capability()`.
Not here: how a permitted action is performed (agent tools, adapters), who is asked (journeys).
"""
