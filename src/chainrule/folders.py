"""Where the system keeps what a program can make again."""

import os
import sys
from pathlib import Path


def user_cache() -> Path:
    """Return this program's part of the user's cache folder, by the custom of the system.

    Returns
    -------
    Path
        The folder, which may not exist yet.

    Raises
    ------
    RuntimeError
        If the user has no home, as in some containers.
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "chainrule"
