"""The few operations worth hand-tuning."""
# provisional by the lead until K2 replaces this file
from chainrule.backend import namespace


def select(*arrays):
    return namespace(*arrays)
