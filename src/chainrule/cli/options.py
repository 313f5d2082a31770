"""Options made from settings, so that every hyper-parameter has a name on the command line."""

from __future__ import annotations

from typing import Any

import click

from chainrule.training.settings import Rule, Settings, setting_rules

__all__ = ["GroupedCommand", "SettingOption", "setting_options"]


class SettingOption(click.Option):
    """An option for one setting; it is None unless the user gave it.

    Parameters
    ----------
    rule : Rule
        The setting.
    """

    def __init__(self, rule: Rule) -> None:
        name = rule.name.replace("_", "-")
        flag = f"--{name}/--no-{name}" if rule.kind is bool else f"--{name}"
        kind: Any = click.Choice(rule.choices) if rule.choices else rule.kind
        super().__init__(
            [flag, rule.name],
            type=None if rule.kind is bool else kind,
            default=None,
            help=rule.help + _default(rule),
            metavar=None if rule.choices or rule.kind is bool else _METAVARS[rule.kind],
        )
        self.group = rule.group


_METAVARS = {int: "N", float: "X", str: "TEXT"}


def _default(rule: Rule) -> str:
    if rule.default is None:
        return ""
    return f"  [default: {rule.default:g}]" if rule.kind is float else f"  [default: {rule.default}]"


def setting_options(kind: type[Settings]) -> list[click.Parameter]:
    """Make one option a setting.

    Parameters
    ----------
    kind : type
        The settings.

    Returns
    -------
    list of click.Parameter
        The options, in the order of the settings.
    """
    return [SettingOption(rule) for rule in setting_rules(kind).values()]


class GroupedCommand(click.Command):
    """A command whose help lists the options of settings under their headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options.

        Parameters
        ----------
        ctx : click.Context
            Click's context.
        formatter : click.HelpFormatter
            Collects the text.
        """
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                heading = parameter.group if isinstance(parameter, SettingOption) else "Options"
                sections.setdefault(heading, []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)
