"""Says in logic what criteria say in words, as far as a vocabulary that people own reaches."""
