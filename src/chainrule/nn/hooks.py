"""Functions that are called when a module runs, forward or backward: PyTorch's names and arguments."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.autodiff import Tensor, differentiable
from chainrule.autodiff.tree import leaves, replaced

if TYPE_CHECKING:
    from chainrule.nn.module import Module


class Hooks:
    """The hooks of one module."""

    def __init__(self) -> None:
        self.before: list[Callable] = []
        self.after: list[Callable] = []
        self.backward: list[Callable] = []

    def __deepcopy__(self, memo: dict) -> "Hooks":
        copied = Hooks()
        copied.before, copied.after, copied.backward = [*self.before], [*self.after], [*self.backward]
        return copied

    def run(self, module: "Module", args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call the module's forward among its hooks."""
        for hook in self.before:
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        passage = _Passage(module, self.backward) if self.backward else None
        if passage is not None:
            args = passage.enter(args)
        result = module.forward(*args, **kwargs)
        if passage is not None:
            result = passage.leave(result)
        for hook in self.after:
            changed = hook(module, args, result)
            if changed is not None:
                result = changed
        return result


class Hooked:
    """Something that has hooks: every module."""

    _hooks: Hooks | None = None

    @property
    def has_hooks(self) -> bool:
        """Whether somebody wants to see its calls."""
        hooks = self._hooks
        return hooks is not None and bool(hooks.before or hooks.after or hooks.backward)

    def register_forward_pre_hook(self, hook: Callable) -> Callable[[], None]:
        """Have a function called before each `forward`.

        Parameters
        ----------
        hook : callable
            ``hook(module, args)`` with the arguments by position; may return others.

        Returns
        -------
        callable
            Removes the hook.
        """
        return _add(self._own_hooks().before, hook)

    def register_forward_hook(self, hook: Callable) -> Callable[[], None]:
        """Have a function called after each `forward`.

        Parameters
        ----------
        hook : callable
            ``hook(module, args, result)``; may return another result.

        Returns
        -------
        callable
            Removes the hook.
        """
        return _add(self._own_hooks().after, hook)

    def register_full_backward_hook(self, hook: Callable) -> Callable[[], None]:
        """Have a function called when a backward pass has gone through the module.

        Parameters
        ----------
        hook : callable
            ``hook(module, grad_input, grad_output)``: tuples of the gradients by those arguments and results that are
            on the tape. May return other gradients by the arguments.

        Returns
        -------
        callable
            Removes the hook.
        """
        return _add(self._own_hooks().backward, hook)

    def _own_hooks(self) -> Hooks:
        hooks = self._hooks or Hooks()
        object.__setattr__(self, "_hooks", hooks)
        return hooks


def _add(hooks: list[Callable], hook: Callable) -> Callable[[], None]:
    hooks.append(hook)
    return lambda: hooks.remove(hook)


@differentiable
def _passed(*values, shown):
    """The same values; their gradients go through `shown`."""
    return tuple(values), shown


class _Passage:
    """One call of a module, whose gradients are shown to hooks as they leave it at the bottom."""

    def __init__(self, module: "Module", hooks: list[Callable]):
        self._module, self._hooks = module, [*hooks]
        self._at_result: tuple = ()
        self._goes_on = False

    def enter(self, args: tuple) -> tuple:
        """The arguments, marked so that their gradients are seen."""
        args, places = _marked(args, self._leaving)
        self._goes_on = bool(places)
        return args

    def leave(self, result: Any) -> Any:
        """The result, marked so that its gradients are seen."""
        return _marked(result, self._arriving)[0]

    def _arriving(self, grads: tuple) -> tuple:
        self._at_result = grads
        if not self._goes_on:  # nothing below wants a gradient
            self._leaving(())
        return grads

    def _leaving(self, grads: tuple) -> tuple:
        for hook in self._hooks:
            changed = hook(self._module, grads, self._at_result)
            if changed is not None:
                grads = changed if isinstance(changed, tuple) else (changed,)
        return grads


def _marked(tree: Any, shown: Callable) -> tuple[Any, list[int]]:
    """`tree` with those of its tensors that get gradients marked, and their places."""
    values = leaves(tree)
    places = [i for i, x in enumerate(values) if isinstance(x, Tensor) and x.node is not None]
    if places:
        for place, x in zip(places, _passed(*(values[i] for i in places), shown=shown)):
            values[place] = x
        tree = replaced(tree, iter(values))
    return tree, places
