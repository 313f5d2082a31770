"""Optimisers, schedules and clipping."""
