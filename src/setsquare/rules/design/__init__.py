"""Rules about design that stands in a requirement."""
