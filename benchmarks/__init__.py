"""Side-by-side timings of chainrule and PyTorch; `python -m benchmarks.run` runs them all."""
