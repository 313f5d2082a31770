"""The few operations worth hand-tuning."""
