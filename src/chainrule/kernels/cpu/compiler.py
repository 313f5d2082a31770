"""Compile CPU kernels with Numba at first use, and keep the machine code in the user's cache folder.

A kernel says its types, so it is compiled once and ahead of its first call if wanted (`warmup`). Input
arrays are declared read-only, which accepts writable ones too; inputs that are strided or misaligned are
copied by the caller, so no kernel is compiled twice for the way its inputs lie.

Numba's own cache looks at one file only. Here the folder's name holds a hash of all kernel sources, of the
versions and of the processor, so an edit to a helper or to the generator is noticed.
"""

import contextlib
import functools
import hashlib
import importlib
import inspect
import logging
import os
import pkgutil
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from chainrule.folders import user_cache

_log = logging.getLogger("chainrule")
_KEPT_SECONDS = 30 * 24 * 3600  # compiled kernels of other versions


class Kernel:
    """A function that Numba compiles when it is first called; made by `kernel`."""

    def __init__(
        self, function: Callable[..., Any], signature: Any, name: str, options: dict[str, Any], file: str | None = None
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.signature = signature
        self.name = name
        self._options = options
        self._file = file or inspect.getfile(function)

    def __call__(self, *arguments: Any) -> Any:
        return self.compiled(*arguments)

    @functools.cached_property
    def compiled(self) -> Callable[..., Any]:
        """Numba's dispatcher, compiled for the one signature or loaded from the cache."""
        dispatcher = self._dispatcher()
        _use_own_cache(dispatcher, self.name, self._file)
        dispatcher.compile(self.signature)
        dispatcher.disable_compile()
        return dispatcher

    @property
    def takes_slice(self) -> bool:
        """Whether its last two arguments are where a slice begins and ends, the last one being called `stop`."""
        code = self.function.__code__
        return code.co_varnames[: code.co_argcount][-1:] == ("stop",)

    def linkable(self) -> Any:
        """Numba's result of a compilation that goes into another kernel's code."""
        dispatcher = self._dispatcher()
        dispatcher.compile(self.signature)
        (result,) = dispatcher.overloads.values()
        return result

    def _dispatcher(self) -> Any:
        import numba

        return numba.njit(nogil=True, error_model="numpy", **self._options)(self.function)


def kernel(
    signature: str, *, name: str | None = None, fastmath: bool | set[str] = False
) -> Callable[[Callable[..., Any]], Kernel]:
    """Mark a function as a kernel: compiled at first use, without the GIL, division by zero as in NumPy.

    Parameters
    ----------
    signature : str
        Numba's, such as ``"void(Array(float32, 2, 'C', True), float32[:, ::1], int64, int64)"``, where the
        ``True`` says read-only.
    name : str, optional
        What tells it from the other kernels of its module; the function's own by default. A function made inside
        another one, which may be made again with other values around it, has to be given one.
    fastmath : bool or set of str
        LLVM's fast-math flags. ``True`` assumes that there is no NaN or infinity; ``{"reassoc", "contract"}``
        lets sums vectorise and keeps NaN.

    Returns
    -------
    callable
        The decorator.

    Raises
    ------
    TypeError
        If a function with values around it has no name of its own: the cache would confuse it with its siblings.
    """

    def decorate(function: Callable[..., Any]) -> Kernel:
        if function.__closure__ and name is None:
            raise TypeError(f"kernel expected name= for {function.__qualname__}, which has values around it: give one")
        return Kernel(function, signature, name or function.__name__, {"fastmath": fastmath})

    return decorate


class Inlined:
    """A function that kernels call and LLVM inlines; made by `inlined`. Numba is imported when a kernel needs it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    @functools.cached_property
    def _dispatcher(self) -> Any:
        import numba

        return numba.njit(error_model="numpy", fastmath={"contract"})(self.function)

    @property
    def _numba_type_(self) -> Any:
        """What Numba asks for when it compiles a kernel in which this name occurs."""
        return self._dispatcher._numba_type_


def inlined(function: Callable[..., Any]) -> Any:
    """Mark a function for use inside kernels: typed where it is called, NaN and infinity kept."""
    return Inlined(function)


def warmup() -> int:
    """Compile every CPU kernel that is not in the cache yet, and return how many kernels there are."""
    package = importlib.import_module("chainrule.kernels.cpu")
    modules = [importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    kernels = [k for module in modules for k in kernels_of(module)]
    sharing = importlib.import_module(f"{package.__name__}.sharing")
    for each in kernels:
        each.compiled  # noqa: B018 - the property compiles
        if each.takes_slice:
            sharing.shared(each).compiled  # noqa: B018
    return len(kernels)


def kernels_of(module: ModuleType) -> list[Kernel]:
    """Return the kernels that a module defines, alone or in tuples."""
    found: list[Kernel] = []
    for value in vars(module).values():
        group = value if isinstance(value, tuple) else (value,)
        found += [k for k in group if isinstance(k, Kernel) and k.__module__ == module.__name__]
    return found


def _use_own_cache(dispatcher: Any, name: str, file: str) -> None:
    """Give the dispatcher a cache in our folder; if this Numba's cache is built otherwise, its standard one."""
    try:
        from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
    except ImportError:
        dispatcher.enable_caching()
        return

    class Locator(_CacheLocator):
        _py_file = file

        def get_cache_path(self) -> str:
            return str(cache_folder())

        def get_source_stamp(self) -> str:
            return hashlib.sha256(Path(file).read_bytes()).hexdigest()  # for kernels from elsewhere

        def get_disambiguator(self) -> str:
            return name

        @classmethod
        def from_function(cls, function: Callable[..., Any], file: str) -> "Locator":
            return cls()

    class Implementation(CompileResultCacheImpl):
        _locator_classes = [Locator]  # noqa: RUF012 - Numba's attribute

    class Cache(FunctionCache):
        _impl_class = Implementation

        def _index_key(self, signature: Any, codegen: Any) -> tuple:
            """Leave out what the folder's name says already: Numba would pickle closures, never twice the same."""
            return (str(signature), codegen.magic_tuple())

        def load_overload(self, signature: Any, target: Any) -> Any:
            found = super().load_overload(signature, target)
            if found is None:
                _announce()
            return found

    dispatcher._cache = Cache(dispatcher.py_func)


@functools.cache
def _announce() -> None:
    """Say once a process why the first call takes a while (a warning, so that it shows without set-up)."""
    _log.warning("chainrule: compiling CPU kernels, once; they are kept in %s", cache_folder())


@functools.cache
def cache_folder() -> Path:
    """Return the folder for compiled kernels: the user's cache, or a temporary one if that is read-only."""
    try:
        folder = user_cache() / f"kernels-{_fingerprint()}"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # which also marks it as used
            _remove_unused(folder)
            return folder
    except (OSError, RuntimeError):  # read-only, or a user without a home
        return _temporary_folder()


def _remove_unused(folder: Path) -> None:
    """Remove the folders of other versions that nothing has been started from for a month."""
    oldest = time.time() - _KEPT_SECONDS
    for other in folder.parent.glob("kernels-*"):
        with contextlib.suppress(OSError):  # another process was faster
            if other != folder and other.stat().st_mtime < oldest:
                shutil.rmtree(other)


def _temporary_folder() -> Path:
    """Return a folder that only this user can write to: what lies in the cache is executed."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"chainrule-{user}-{_fingerprint()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o077):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="chainrule-"))


@functools.cache
def _fingerprint() -> str:
    return fingerprint_of(Path(__file__).parent)


def fingerprint_of(sources: Path) -> str:
    """Hash everything that machine code depends on: sources, versions, the processor."""
    import llvmlite
    import llvmlite.binding
    import numba

    digest = hashlib.sha256()
    for source in sorted(sources.rglob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    processor = (llvmlite.binding.get_host_cpu_name(), llvmlite.binding.get_host_cpu_features().flatten())
    versions = (platform.python_version(), numba.__version__, llvmlite.__version__, platform.machine())
    digest.update("\n".join((*versions, *processor)).encode())
    return digest.hexdigest()[:16]
