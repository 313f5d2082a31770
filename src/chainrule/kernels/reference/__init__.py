"""Plain array code: the specification of every kernel."""
