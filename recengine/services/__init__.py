"""The verbs: import, train, evaluate, recommend, compare. Pages and the command line speak only these."""
