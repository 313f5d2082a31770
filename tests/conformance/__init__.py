"""One harness for every operation: each contributes inputs and a plain NumPy reference (see `cases/`)."""
