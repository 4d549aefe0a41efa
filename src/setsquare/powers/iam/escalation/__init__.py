"""Which grants let a principal gain more than it was given: known paths, judged on the whole principal."""
