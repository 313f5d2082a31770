"""Numba kernels for NumPy arrays."""
