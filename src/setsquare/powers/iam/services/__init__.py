"""Which role a service runs as, read from task definitions, infrastructure code and Kubernetes manifests."""
