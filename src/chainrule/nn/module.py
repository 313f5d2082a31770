"""`Module`: the base of all layers and models."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self

from chainrule.autodiff import Tensor
from chainrule.autodiff.graph import module_names
from chainrule.backend import is_array
from chainrule.nn import description, state
from chainrule.nn.conversion import converter, replace_value
from chainrule.nn.hooks import Hooked
from chainrule.nn.last_call import LastCall
from chainrule.nn.parameter import Parameter


def _no_forward(self: "Module", *args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(f"{type(self).__name__} has no forward: define forward(self, ...) in its class")


class Module(Hooked):
    """A layer or a model: parameters, buffers and submodules under the names of its attributes.

    A subclass assigns them in ``__init__`` and computes its result in ``forward``; calling the module runs that.
    A `Parameter` is learned; a buffer (`register_buffer`) is saved but not learned; any other attribute is only that.

    Attributes
    ----------
    training : bool
        Whether layers such as `Dropout` behave as in training. Set it with `train` and `eval`.
    frozen : bool
        Whether `train` leaves the module in evaluation mode. Set it with `freeze`.
    """

    training: bool = True
    frozen: bool = False
    forward: Callable[..., Any] = _no_forward
    _name: str = ""  # within the module that runs it
    _last_call: LastCall | None = None
    _buffers: Mapping[str, bool] = MappingProxyType({})  # name -> whether it is saved

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._name:
            last_call = self._last_call
            if last_call is None:
                last_call = LastCall()
                object.__setattr__(self, "_last_call", last_call)
            return last_call.run(self, args, kwargs)
        token = module_names.set((*module_names.get(), self._name))
        try:
            return self.run(args, kwargs)
        finally:
            module_names.reset(token)

    def run(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call `forward` among the hooks: what a call of the module does, inside the path where it stands.

        Parameters
        ----------
        args : tuple
            Arguments by position.
        kwargs : dict
            Arguments by name.

        Returns
        -------
        object
            What `forward` returned.
        """
        return self.forward(*args, **kwargs) if self._hooks is None else self._hooks.run(self, args, kwargs)

    # Its parts

    def __setattr__(self, name: str, value: Any) -> None:
        before = self.__dict__.get(name)
        if isinstance(value, Module):
            value._take_name(name)
        elif isinstance(value, (list, dict)):
            self._refuse_hidden_parts(name, value)
        elif isinstance(before, Tensor) and name in self._buffers and value is not None:
            before.value = _plain(self, name, value)  # the same Tensor, because a compiled step has a hold of it
            return
        elif isinstance(before, Parameter) and not (value is None or isinstance(value, Parameter)):
            raise TypeError(
                f"{type(self).__name__}.{name} is a Parameter and cannot become a {type(value).__name__}: assign a "
                f"Parameter or None, or write numbers into it with {name}.write_(...)"
            )
        object.__setattr__(self, name, value)

    def _take_name(self, name: str) -> None:
        """Learn under which name this module runs."""
        object.__setattr__(self, "_name", name)

    def _refuse_hidden_parts(self, name: str, value: list | dict) -> None:
        parts = value.values() if isinstance(value, dict) else value
        if any(isinstance(part, (Module, Parameter)) for part in parts):
            container = "ModuleDict" if isinstance(value, dict) else "ModuleList"
            raise TypeError(
                f"{type(self).__name__}.{name} is a {type(value).__name__} with modules or parameters, which would not "
                f"be found in it: use nn.{container}, or a tuple to keep them out of this module on purpose"
            )

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a tensor that is part of the module's state but not learned, such as running statistics.

        Assigning to the attribute later changes the numbers and leaves the Tensor the same.

        Parameters
        ----------
        name : str
            The attribute's name.
        tensor : Tensor, Array or None
            Its numbers.
        persistent : bool, default True
            Whether `state_dict` has it.

        Raises
        ------
        ValueError
            If there is an attribute of that name, or the name has a dot in it.
        """
        if "." in name or hasattr(self, name):
            raise ValueError(
                f"{type(self).__name__}.register_buffer expected a new name without dots, but got {name!r}"
            )
        self.__dict__.setdefault("_buffers", {})[name] = persistent
        object.__setattr__(self, name, None if tensor is None else Tensor(_plain(self, name, tensor)))

    def _parts(self) -> Iterator[tuple[str, "Module"]]:
        """The modules directly inside this one, shared ones under each of their names."""
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Module))

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """Go through the modules directly inside this one.

        Yields
        ------
        tuple of str and Module
            Name and module, each module once.
        """
        seen = set()
        for name, child in self._parts():
            if child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator["Module"]:
        """Go through the modules directly inside this one.

        Yields
        ------
        Module
            Each once.
        """
        for _, child in self.named_children():
            yield child

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, "Module"]]:
        """Go through this module and all modules inside it, parents before their children.

        Parameters
        ----------
        prefix : str, optional
            This module's own path.

        Yields
        ------
        tuple of str and Module
            Path and module, each module once, under the first of its paths.
        """
        yield from state.walk(self, prefix, set())

    def modules(self) -> Iterator["Module"]:
        """Go through this module and all modules inside it.

        Yields
        ------
        Module
            Each once, parents before their children.
        """
        for _, module in self.named_modules():
            yield module

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Go through the parameters.

        Parameters
        ----------
        prefix : str, optional
            This module's own path.
        recurse : bool, default True
            Also those of the modules inside.

        Yields
        ------
        tuple of str and Parameter
            Path and parameter, each parameter once, under the first of its paths.
        """
        seen = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, value in vars(module).items():
                if isinstance(value, Parameter) and value not in seen:
                    seen.add(value)
                    yield state.joined(path, name), value

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Go through the parameters, as an optimiser wants them.

        Parameters
        ----------
        recurse : bool, default True
            Also those of the modules inside.

        Yields
        ------
        Parameter
            Each once.
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """Go through the buffers of this module and those inside.

        Parameters
        ----------
        prefix : str, optional
            This module's own path.

        Yields
        ------
        tuple of str and Tensor
            Path and buffer, each once.
        """
        seen = set()
        for path, module in self.named_modules(prefix):
            for name in module._buffers:
                value = vars(module).get(name)
                if value is not None and value not in seen:
                    seen.add(value)
                    yield state.joined(path, name), value

    def buffers(self) -> Iterator[Tensor]:
        """Go through the buffers of this module and those inside.

        Yields
        ------
        Tensor
            Each once.
        """
        for _, buffer in self.named_buffers():
            yield buffer

    def num_parameters(self, only_trainable: bool = False) -> int:
        """Count the numbers that are learned.

        Parameters
        ----------
        only_trainable : bool, default False
            Leave out frozen parameters.

        Returns
        -------
        int
            The elements of all parameters, those of shared ones once.
        """
        return sum(p.size for p in self.parameters() if p.requires_grad or not only_trainable)

    # Its state

    def state_dict(self) -> dict[str, Tensor]:
        """Return parameters and persistent buffers by path.

        Returns
        -------
        dict of str to Tensor
            Constants that share the module's memory, under PyTorch's names; shared ones under each of their names.
        """
        return {path: tensor.detach() for path, tensor in state.entries(self)}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> state.LoadReport:
        """Copy numbers into parameters and buffers.

        Parameters
        ----------
        state_dict : mapping of str to Tensor or Array
            Numbers by path; they take on the dtype and the backend of what they are copied into.
        strict : bool, default True
            Demand that names and shapes fit exactly. Otherwise what fits is loaded.

        Returns
        -------
        LoadReport
            Which names were missing, unexpected or of another shape: nothing if strict.

        Raises
        ------
        ValueError
            If anything does not fit and `strict` is True. Nothing has been changed then.
        """
        return state.load(self, state_dict, strict)

    def state_cells(self) -> list[Tensor]:
        """Return what a compiled step may change.

        Returns
        -------
        list of Tensor
            Parameters, then buffers.
        """
        return [*self.parameters(), *self.buffers()]

    # What can be done with all of it

    def train(self, mode: bool = True) -> Self:
        """Behave as in training; what is frozen goes on as in evaluation.

        Parameters
        ----------
        mode : bool, default True
            False for evaluation.

        Returns
        -------
        Module
            This module.
        """
        for module in self.modules():
            module.training = mode and not module.frozen
        return self

    def eval(self) -> Self:
        """Behave as in evaluation: no dropout.

        Returns
        -------
        Module
            This module.
        """
        return self.train(False)

    def apply(self, function: Callable[["Module"], Any]) -> Self:
        """Call a function with each module inside this one and then with this one, to initialise weights for instance.

        Parameters
        ----------
        function : callable
            Gets a module.

        Returns
        -------
        Module
            This module.
        """
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters.

        Parameters
        ----------
        set_to_none : bool, default True
            False leaves zeros.
        """
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = Tensor(parameter.grad.value * 0)

    def requires_grad_(self, flag: bool = True) -> Self:
        """Freeze all parameters, or thaw them.

        Parameters
        ----------
        flag : bool, default True
            False to freeze.

        Returns
        -------
        Module
            This module.
        """
        for parameter in self.parameters():
            parameter.requires_grad_(flag)
        return self

    def freeze(self, flag: bool = True) -> Self:
        """Let training change nothing in this module, neither parameters nor running statistics, or thaw it.

        What is frozen behaves as in evaluation: batch normalisation goes by what it remembers, dropout drops nothing.

        Parameters
        ----------
        flag : bool, default True
            False to thaw.

        Returns
        -------
        Module
            This module.
        """
        for module in self.modules():
            module.frozen = flag
        return self.requires_grad_(not flag).train(not flag)

    def to(self, target: Any) -> Self:
        """Move parameters and buffers to another array library, or convert them to another precision.

        Make the optimiser afterwards: its state belongs to the arrays it was made with.

        Parameters
        ----------
        target : {"numpy", "jax"} or dtype
            A dtype applies to floating-point arrays.

        Returns
        -------
        Module
            This module.

        Raises
        ------
        ValueError
            If `target` is neither.
        """
        convert = converter(target)
        for tensor in self.state_cells():
            replace_value(tensor, convert)
        return self

    # What it looks like

    def extra_repr(self) -> str:
        """Describe the module's settings, for its `repr` and for error messages.

        Returns
        -------
        str
            What stands in the parentheses after the class's name.
        """
        return ""

    def title(self) -> str:
        """Name the class and the settings.

        Returns
        -------
        str
            Such as ``Linear(128 -> 10)``.
        """
        return f"{type(self).__name__}({self.extra_repr()})"

    def __repr__(self) -> str:
        return description.tree(self)


def module_path() -> str:
    """Return where in the model the program is.

    Returns
    -------
    str
        The path of the running module as in `Module.named_modules`, such as ``encoder.layers.0``; empty outside of
        any, and in the outermost one.
    """
    return ".".join(module_names.get())


def _plain(module: Module, name: str, value: Any) -> Any:
    """The array of a buffer's new value."""
    if isinstance(value, Tensor):
        return value.constant()
    if is_array(value):
        return value
    raise TypeError(f"the buffer {type(module).__name__}.{name} must be a Tensor or an array, but got {value!r}")
