"""Differentiable operations."""
