"""IAM Autopilot: what a role uses, what it is granted, the least that it needs, and which grants let it escalate.

Nothing here can change an account: there is no type for such a change.
"""
