"""Kernels for JAX where the reference would compile badly."""
