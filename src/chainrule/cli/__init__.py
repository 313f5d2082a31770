"""The chainrule command."""
