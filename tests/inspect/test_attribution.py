"""Maps, saliency and Grad-CAM are what their formulas say, and leave the model as it was."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.inspect import feature_maps, grad_cam, saliency

from .models import BUILDERS, LAST_CONVOLUTION, built, images


@pytest.fixture(params=BUILDERS)
def name(request):
    return request.param


def scores(model, x):
    with cr.no_grad():
        return model.eval()(x).numpy()


def test_feature_maps_are_what_the_layer_returns(name):
    model, x, seen = built(name), images(), []
    layer = dict(model.named_modules())[LAST_CONVOLUTION[name]]
    remove = layer.register_forward_hook(lambda module, args, result: seen.append(result.numpy()))
    scores(model, x)
    remove()
    for wanted in (layer, LAST_CONVOLUTION[name]):
        np.testing.assert_array_equal(feature_maps(model, x, wanted), seen[0])


def test_saliency_is_the_derivative_of_the_score(name):
    model, x = built(name), images()
    best = scores(model, x).argmax(axis=1)
    pixels = cr.Tensor(x, requires_grad=True)
    model.eval()(pixels)[np.arange(2), best].sum().backward()
    expected = np.abs(pixels.grad.numpy()).max(axis=1)
    np.testing.assert_allclose(saliency(model, x), expected, atol=1e-6)
    np.testing.assert_allclose(saliency(model, x, best), expected, atol=1e-6)
    assert not np.allclose(saliency(model, x, (best + 1) % 10), expected)


def test_saliency_against_a_finite_difference():
    model, x = built("LeNet").to("float64"), images().astype(np.float64)
    slopes, step = saliency(model, x, 3), 1e-6
    for place in ((0, 10, 12), (1, 20, 7)):
        found = []
        for channel in range(3):
            up, down = x.copy(), x.copy()
            up[place[0], channel, place[1], place[2]] += step
            down[place[0], channel, place[1], place[2]] -= step
            found.append(abs(scores(model, up)[place[0], 3] - scores(model, down)[place[0], 3]) / (2 * step))
        assert slopes[place] == pytest.approx(max(found), rel=1e-4)


def test_grad_cam_by_its_formula():
    """With an average over places before one linear layer, the weights are that layer's, divided by the places."""
    with cr.seed(0):
        features = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU())
        model = nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))
    x, classes = images(3, 8), np.array([0, 3, 1])
    maps, weights = feature_maps(model, x, "0"), model[3].weight.numpy()
    expected = np.maximum(np.einsum("nf,nfij->nij", weights[classes] / 64, maps), 0)
    np.testing.assert_allclose(grad_cam(model, x, classes, "0"), expected, atol=1e-6)


def test_grad_cam_has_the_size_of_the_images(name):
    model, x = built(name), images()
    found = grad_cam(model, x, 2, LAST_CONVOLUTION[name])
    assert found.shape == (2, 32, 32)
    assert found.min() >= 0 and found.max() > 0


def test_nothing_is_left_behind(name):
    model, x = built(name).train(), images()
    before = {path: value.numpy().copy() for path, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    feature_maps(model, x, LAST_CONVOLUTION[name])
    saliency(model, x)
    grad_cam(model, x, None, LAST_CONVOLUTION[name])
    assert [module.training for module in model.modules()] == modes
    assert all(parameter.grad is None for parameter in model.parameters())
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[path])
    assert all(not hooks.after for hooks in (module._hooks for module in model.modules()) if hooks)


def test_what_cannot_be():
    model, x = built("LeNet"), images()
    with pytest.raises(ValueError, match="no layer 'conv3' in LeNet: did you mean 'conv"):
        feature_maps(model, x, "conv3")
    with pytest.raises(ValueError, match="expected a layer of LeNet, but got another Linear"):
        feature_maps(model, x, nn.Linear(2, 2))
    with pytest.raises(ValueError, match="returns maps"):
        grad_cam(model, x, 0, "fc1")
    with pytest.raises(ValueError, match="classes from 0 to 9, but got 10"):
        saliency(model, x, 10)
    with pytest.raises(ValueError, match="a class or one for each of 2 images"):
        saliency(model, x, [1, 2, 3])
    with pytest.raises(ValueError, match="floating point, but got int"):
        saliency(model, np.zeros((1, 3, 32, 32), int))
    with pytest.raises(ValueError, match="scores of shape"):
        saliency(nn.Sequential(nn.Conv2d(3, 2, 3)), x)
