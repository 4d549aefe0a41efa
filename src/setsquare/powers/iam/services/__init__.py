"""Which role a service runs as, read from task definitions and infrastructure code."""
