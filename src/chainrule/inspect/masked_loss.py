"""What a masked language model learns by, short enough to be shown in an explanation."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.nn.functional import cross_entropy

if TYPE_CHECKING:
    from chainrule.tasks.pretraining.masked import MaskedBatch


def masked_loss(model: Any, batch: "MaskedBatch") -> Tensor:
    """The mean of -log p(hidden word)."""
    places = np.flatnonzero(batch.chosen)  # counted through all texts
    scores = model(batch.seen, batch.lengths, places=places)  # (M, words)
    return cross_entropy(scores, batch.tokens.ravel()[places])
