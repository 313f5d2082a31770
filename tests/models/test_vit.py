"""Vision Transformers and masked autoencoders."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.models import MaskedAutoencoder, VisionTransformer, VisionTransformerConfig
from chainrule.models.vit import cut_patches

IMAGES = np.random.default_rng(0).standard_normal((3, 2, 8, 12)).astype(np.float32)
SHAPE = VisionTransformerConfig(2, 5, (8, 12), 4, 2, width=16, heads=2)


def test_patches_are_cut_row_by_row():
    patches = cut_patches(IMAGES, 4)
    assert patches.shape == (3, 6, 32)
    for place in range(6):
        top, left = 4 * (place // 3), 4 * (place % 3)
        piece = IMAGES[:, :, top : top + 4, left : left + 4].transpose(0, 2, 3, 1)
        np.testing.assert_array_equal(patches[:, place], piece.reshape(3, 32))
    with pytest.raises(ValueError, match="expected multiples of 5 as height and width, but got 8 and 12"):
        cut_patches(IMAGES, 5)


def test_places_belong_to_patches():
    """In another order the same patches at the same places mean the same."""
    model = VisionTransformer(SHAPE, generator=cr.Generator(0)).eval()
    patches, order = cut_patches(IMAGES, 4), np.array([3, 0, 5, 1, 2, 4])
    places = np.broadcast_to(order, (3, 6))
    found = model.features(patches[:, order], places).numpy()
    np.testing.assert_allclose(found, model.features(patches).numpy()[:, order], atol=1e-5)
    assert not np.allclose(model.features(patches[:, order]).numpy(), found, atol=1e-3)
    assert model(IMAGES).shape == (3, 5)


def test_hidden_patches_are_told_apart_by_their_places_alone():
    encoder = VisionTransformer(SHAPE, generator=cr.Generator(0))
    model = MaskedAutoencoder(encoder, generator=cr.Generator(1)).eval()
    patches, seen = cut_patches(IMAGES, 4)[:, :2], np.broadcast_to(np.arange(2), (3, 2))
    first = model(patches, seen, np.broadcast_to(np.array([2, 3, 4, 5]), (3, 4))).numpy()
    other = model(patches, seen, np.broadcast_to(np.array([5, 4, 3, 2]), (3, 4))).numpy()
    assert first.shape == (3, 4, 32)
    np.testing.assert_allclose(other, first[:, ::-1], atol=1e-5)
    assert np.abs(first[:, 0] - first[:, 1]).max() > 1e-4
