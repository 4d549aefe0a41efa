"""Decides Allow, Ask or Deny for an action.

Main types: `Action`, `Capability`, `PermissionRule`, `Decision`, `Permission`, `Mode`, `Script`, `GlobSet`, `decided()`, `compile_capability()`, `bounded()`.
Not here: how a permitted action is performed (agent tools, adapters), who is asked (journeys).
"""
