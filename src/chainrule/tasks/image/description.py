"""What a run says about its images in ``config.json``: all that a prediction needs of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.data.images.dataset import ImageDataset, Statistics
from chainrule.errors import CheckpointError

__all__ = ["Description"]


@dataclass(frozen=True)
class Description:
    """The images that a model was trained on.

    Attributes
    ----------
    classes : tuple of str
        The name of each class.
    shape : tuple of int
        Channels, height and width of an image.
    mirrored : bool
        Whether an image's mirror image shows the same class.
    statistics : Statistics
        Of the training images.
    """

    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    mirrored: bool
    statistics: Statistics

    @classmethod
    def of(cls, data: ImageDataset) -> Description:
        """Describe a data set.

        Parameters
        ----------
        data : ImageDataset
            The data set.

        Returns
        -------
        Description
            Its description.
        """
        return cls(data.classes, data.shape, data.mirrored, Statistics.of(data.split("train")))

    def to_json(self) -> dict[str, Any]:
        """Return the description for a JSON file.

        Returns
        -------
        dict
            What `from_json` takes.
        """
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any], owner: str) -> Description:
        """Read a description.

        Parameters
        ----------
        content : mapping
            The result of `to_json`, perhaps with more entries.
        owner : str
            Which file, for the message.

        Returns
        -------
        Description
            The description.

        Raises
        ------
        CheckpointError
            When something is missing.
        """
        try:
            channels, height, width = content["shape"]
            statistics = {name: tuple(levels) for name, levels in content["statistics"].items()}
            classes = tuple(content["classes"])
            return cls(classes, (channels, height, width), content["mirrored"], Statistics(**statistics))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(f"{owner} is damaged: it does not describe the images ({error})") from None
