"""IAM policies as values: read with places, printed, matched and compared."""
