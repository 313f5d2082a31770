"""Against PyTorch."""
