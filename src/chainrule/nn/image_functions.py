"""Functions of images under PyTorch's names, which say the number of axes; `chainrule.nn.functional` has them too."""

import functools
from collections.abc import Callable
from typing import Any

from chainrule import ops
from chainrule.ops.windows import check_images


def _for_images(name: str, axes: int, operation: Callable) -> Callable:
    """An operation on images of any number of axes, as one for this number."""

    @functools.wraps(operation)
    def function(x: Any, *args: Any, **kwargs: Any) -> Any:
        check_images(name, x, axes)
        return operation(x, *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    return function


max_pool1d = _for_images("max_pool1d", 1, ops.max_pool)
max_pool2d = _for_images("max_pool2d", 2, ops.max_pool)
max_pool3d = _for_images("max_pool3d", 3, ops.max_pool)
avg_pool1d = _for_images("avg_pool1d", 1, ops.avg_pool)
avg_pool2d = _for_images("avg_pool2d", 2, ops.avg_pool)
avg_pool3d = _for_images("avg_pool3d", 3, ops.avg_pool)
adaptive_avg_pool1d = _for_images("adaptive_avg_pool1d", 1, ops.adaptive_avg_pool)
adaptive_avg_pool2d = _for_images("adaptive_avg_pool2d", 2, ops.adaptive_avg_pool)
adaptive_avg_pool3d = _for_images("adaptive_avg_pool3d", 3, ops.adaptive_avg_pool)
adaptive_max_pool1d = _for_images("adaptive_max_pool1d", 1, ops.adaptive_max_pool)
adaptive_max_pool2d = _for_images("adaptive_max_pool2d", 2, ops.adaptive_max_pool)
adaptive_max_pool3d = _for_images("adaptive_max_pool3d", 3, ops.adaptive_max_pool)
