"""The least that a role needs: its own statements, narrowed to what it used and what nobody can judge."""
