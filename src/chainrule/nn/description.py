"""What `print(model)` shows: the tree of modules with shapes and counts."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.nn.module import Module

_MOST_SHAPES = 4


def tree(module: "Module") -> str:
    """One line a module, indented by depth; settings in parentheses, shapes and counts behind ``#``."""
    children = list(module.named_children())
    if not children:
        return module.title() + _comment(module, leaf=True)
    lines = [f"{module.title().removesuffix(')')}{_comment(module, leaf=False)}"]
    for name, child in children:
        lines += f"({name}): {tree(child)}".splitlines()
    return "\n  ".join(lines) + "\n)"


def _comment(module: "Module", *, leaf: bool) -> str:
    count, trainable = module.num_parameters(), module.num_parameters(only_trainable=True)
    if not count:
        return ""
    shapes = [f"{name} {parameter.shape}" for name, parameter in module.named_parameters(recurse=False)]
    if len(shapes) > _MOST_SHAPES:
        shapes = [*shapes[:_MOST_SHAPES], "..."]
    frozen = "" if trainable == count else " (frozen)" if not trainable else f" ({trainable:,} trainable)"
    total = f"{count:,} parameters{frozen}"
    return f"  # {', '.join(shapes)}: {total}" if shapes else f"  # {total}"
