"""Masked autoencoding: paint the hidden patches of an image from the few that are seen (K. He et al., 2021)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, no_grad
from chainrule.data.epochs import row_parts
from chainrule.data.images.dataset import Images
from chainrule.data.images.views import ViewedImages, batches_once
from chainrule.models.vit import MaskedAutoencoder, VisionTransformer, cut_patches
from chainrule.nn import functional
from chainrule.random import Generator
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.network import make_body
from chainrule.tasks.image.predictor import network_shape
from chainrule.tasks.pretraining.images import ViewSettings, viewed
from chainrule.tasks.pretraining.view_task import ViewTask
from chainrule.training.objective import Objective, Part
from chainrule.training.settings import other_default, setting

__all__ = ["MAE", "TASK", "Hiding", "MaeSettings", "PatchBatch", "measure"]

_FLAT = 1e-6  # added to the variance of a patch


@dataclass(frozen=True)
class MaeSettings(ViewSettings):
    """Everything that can be set for ``chainrule pretrain mae``."""

    learning_rate: float = other_default(ViewSettings, "learning_rate", 1e-3)
    beta2: float = other_default(ViewSettings, "beta2", 0.95)
    model: str = setting("vit", "Which network; only this one reads patches.", group="Model", choices=("vit",))
    decoder_layers: int = setting(1, "Layers of the decoder, which is left out afterwards.", group="Model", minimum=1)
    hidden_share: float = setting(0.75, "Share of the patches that is hidden.", group="Views", above=0, below=1)
    crop: float = other_default(ViewSettings, "crop", 0.5)


@dataclass(frozen=True, eq=False)
class PatchBatch:
    """Images some of whose patches are hidden.

    Attributes
    ----------
    patches : ndarray of float32, shape (N, V, P)
        Those that are seen.
    seen : ndarray of int64, shape (N, V)
        Their places.
    hidden : ndarray of int64, shape (N, M)
        The places of the others.
    answers : ndarray of float32, shape (N, M, P)
        What the hidden ones show, each with mean 0 and variance 1.
    """

    patches: np.ndarray
    seen: np.ndarray
    hidden: np.ndarray
    answers: np.ndarray

    def __len__(self) -> int:
        return len(self.patches)

    def parts(self, count: int) -> Iterator[Part]:
        """Cut the batch into parts.

        Parameters
        ----------
        count : int
            How many; there are fewer when the batch has fewer rows.

        Yields
        ------
        Part
            The next rows.
        """
        for rows in row_parts(len(self), count):
            part = PatchBatch(self.patches[rows], self.seen[rows], self.hidden[rows], self.answers[rows])
            yield Part(part, rows, len(rows) / len(self))


@dataclass(frozen=True, eq=False)
class Hiding:
    """Takes views of images and hides most of their patches.

    Parameters
    ----------
    viewed : ViewedImages
        The images.
    patch : int
        Height and width of a patch.
    share : float
        How many of the patches are hidden; one at least is, and one is not.
    """

    viewed: ViewedImages
    patch: int
    share: float

    def __call__(self, rows: np.ndarray, keys: np.ndarray, generator: Generator) -> PatchBatch:
        """Make a batch.

        Parameters
        ----------
        rows, keys : ndarray of int, shape (N,)
            Which images, and the numbers by which their random bits are found.
        generator : Generator
            Draws views, and which patches are hidden.

        Returns
        -------
        PatchBatch
            The batch.
        """
        patches = cut_patches(self.viewed.take(rows, keys, generator), self.patch)  # (N, T, P)
        count = patches.shape[1]
        order = np.argsort(generator.words(keys, count), axis=1, kind="stable")
        seen, hidden = np.split(order, [min(max(1, round((1 - self.share) * count)), count - 1)], axis=1)
        chosen, others = (np.take_along_axis(patches, places[..., None], axis=1) for places in (seen, hidden))
        return PatchBatch(chosen, seen, hidden, _standardised(others))


def _standardised(patches: np.ndarray) -> np.ndarray:
    """Each patch with mean 0 and variance 1, which makes much of fine detail; (N, M, P)."""
    centred = patches - patches.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _FLAT)


@dataclass(frozen=True)
class Painting:
    """How well hidden patches were painted.

    Attributes
    ----------
    loss : float
        The mean squared error of a number.
    explained : float
        The share of the variance within patches that was foreseen; 0 for painting each in one colour.
    images : int
        How many images there were.
    """

    loss: float
    explained: float
    images: int


@no_grad()
def painting(model: MaskedAutoencoder, batches: Iterable[PatchBatch]) -> Painting:
    """Let a model paint hidden patches.

    Parameters
    ----------
    model : MaskedAutoencoder
        The model, in evaluation mode.
    batches : iterable of PatchBatch
        The images.

    Returns
    -------
    Painting
        How well it did.
    """
    error, flat, count = 0.0, 0.0, 0
    for batch in batches:
        error += len(batch) * _loss(model, _arrays(batch)).item()
        flat += len(batch) * float((batch.answers**2).mean())
        count += len(batch)
    return Painting(error / count, 1 - error / flat if flat else 0.0, count)


def _arrays(batch: PatchBatch) -> dict[str, np.ndarray]:
    return {"patches": batch.patches, "seen": batch.seen, "hidden": batch.hidden, "answers": batch.answers}


def _loss(model: MaskedAutoencoder, arrays: Mapping[str, Any]) -> Tensor:
    return functional.mse_loss(model(arrays["patches"], arrays["seen"], arrays["hidden"]), arrays["answers"])


def _make_model(settings: MaeSettings, description: Description, generator: Generator) -> MaskedAutoencoder:
    encoder, _ = make_body(settings.model, network_shape(settings, description), generator)
    assert isinstance(encoder, VisionTransformer)
    return MaskedAutoencoder(encoder, settings.decoder_layers, generator=generator)


def measure(model: MaskedAutoencoder, part: Images, settings: MaeSettings, description: Description) -> Painting:
    """Let a model paint hidden patches of some images, the same ones every time.

    Parameters
    ----------
    model : MaskedAutoencoder
        The model, in evaluation mode.
    part : Images
        The images.
    settings : MaeSettings
        What views look like, and how much of them is hidden.
    description : Description
        Of the images that the model learned from.

    Returns
    -------
    Painting
        How well it did.
    """
    draw = _draw(model, viewed(part, settings, description), settings)
    return painting(model, batches_once(len(part), draw, settings.batch_size))


def _draw(model: MaskedAutoencoder, images: ViewedImages, settings: MaeSettings) -> Hiding:
    return Hiding(images, model.encoder.config.patch, settings.hidden_share)


def _objective(dev: Images, settings: MaeSettings, description: Description) -> Objective:
    def score(model: MaskedAutoencoder) -> Mapping[str, float]:
        return {"dev_loss": measure(model, dev, settings, description).loss}

    return Objective(_arrays, _loss, score, len, "images", PatchBatch.parts)


MAE = ViewTask("mae", MaeSettings, _make_model, _draw, _objective)

TASK = MAE.as_task()
