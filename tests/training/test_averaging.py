"""The moving average of weights."""

import numpy as np

import chainrule as cr
from chainrule import nn
from chainrule.training.averaging import WeightAverage


def test_running_statistics_are_averaged_with_the_weights():
    with cr.seed(0):
        model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    average = WeightAverage(model, 0.9)
    norm, expected = model[1], np.zeros(2)
    for step in range(8):
        norm.running_mean = np.array([step, -step], np.float32)
        average.update()
        decay = min(0.9, (1 + step) / (10 + step)) ** 4
        if step % 4 == 3:
            expected = decay * expected + (1 - decay) * norm.running_mean.numpy()
    before = norm.running_mean.numpy().copy()
    with average.applied():
        np.testing.assert_allclose(norm.running_mean.numpy(), expected, rtol=1e-6)
        assert norm.num_batches_tracked.numpy() == 0
    np.testing.assert_array_equal(norm.running_mean.numpy(), before)
