"""Learning-rate schedules."""

import json
import math

import numpy as np
import pytest

from chainrule import nn, optim
from chainrule.optim import schedules


def optimizer(lr=1.0):
    return optim.SGD([nn.Parameter([1.0])], lr=lr)


def rates(make, steps):
    """The rates of the first steps."""
    optim_ = optimizer()
    scheduler, found = make(optim_), []
    for _ in range(steps):
        found.append(optim_.param_groups[0]["lr"])
        assert type(found[-1]) is float
        scheduler.step()
    return found


HALF = math.sqrt(0.5)

SCHEDULES = {
    "constant": (lambda o: optim.ConstantLR(o, 0.5, 2), [0.5, 0.5, 1, 1, 1]),
    "warmup": (lambda o: optim.LinearWarmup(o, 3), [0.25, 0.5, 0.75, 1, 1]),
    "warmup from": (lambda o: optim.LinearWarmup(o, 2, start_factor=0.0), [0, 0.5, 1, 1, 1]),
    "cosine": (lambda o: optim.CosineAnnealingLR(o, 4, 0.2), [1, 0.6 + 0.4 * HALF, 0.6, 0.6 - 0.4 * HALF, 0.2, 0.2]),
    "cosine after warmup": (lambda o: optim.CosineAnnealingLR(o, 2, warmup_steps=1), [0.5, 1, 0.5, 0, 0]),
    "trapezoid": (lambda o: optim.LinearDecay(o, 8, 1, 0.5), [0.5, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0]),
}
every_schedule = pytest.mark.parametrize(("make", "expected"), SCHEDULES.values(), ids=SCHEDULES)


@every_schedule
def test_rates(make, expected):
    np.testing.assert_allclose(rates(make, len(expected)), expected, rtol=1e-6, atol=1e-12)


@every_schedule
def test_a_loaded_schedule_goes_on(make, expected):
    first = make(optimizer())
    for _ in range(2):
        first.step()
    second = make(optimizer())
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert second.get_last_lr() == first.get_last_lr()
    for scheduler in (first, second):
        scheduler.step()
    assert second.get_last_lr() == first.get_last_lr() == pytest.approx([expected[3]], abs=1e-12)


def test_groups_keep_their_proportions():
    sgd = optim.SGD([{"params": [nn.Parameter([1.0])], "lr": 0.1}, {"params": [nn.Parameter([1.0])]}], lr=1.0)
    scheduler = optim.LinearDecay(sgd, 4, decay_fraction=1.0)
    scheduler.step()
    assert scheduler.get_last_lr() == pytest.approx([0.075, 0.75])
    with pytest.raises(ValueError, match="LinearDecay has 2 groups, but got a state for 1"):
        scheduler.load_state_dict(optim.LinearDecay(optimizer(), 4).state_dict())


def test_factors_as_functions_of_arrays():
    steps = np.arange(6)
    for function, options in [
        (schedules.held, {"steps": 3, "factor": 0.5}),
        (schedules.warmed_up, {"steps": 3}),
        (schedules.warmed_up, {"steps": 0}),
        (schedules.cosine_annealed, {"steps": 3}),
        (schedules.trapezoid, {"steps": 5, "warmup_steps": 2}),
    ]:
        found = np.broadcast_to(function(steps, **options), (6,))
        np.testing.assert_allclose(found, [function(step, **options) for step in range(6)])


def test_a_scheduler_of_ones_own():
    class Halved(optim.LRScheduler):
        def factor(self, step):
            return 0.5**step

    assert rates(Halved, 3) == [1, 0.5, 0.25]
    with pytest.raises(NotImplementedError, match="LRScheduler must define factor"):
        optim.LRScheduler(optimizer())


def plateau_rates(measures, **options):
    sgd = optimizer()
    scheduler = optim.ReduceLROnPlateau(sgd, factor=0.5, **options)
    found = []
    for measure in measures:
        scheduler.step(measure)
        found.append(sgd.param_groups[0]["lr"])
    return found


def test_plateau():
    assert plateau_rates([3, 2, 2, 2, 1, 1], patience=1) == [1, 1, 1, 0.5, 0.5, 0.5]
    assert plateau_rates([1, 2, 2, 2], patience=1, mode="max") == [1, 1, 1, 0.5]
    assert plateau_rates([2, 2, 2, 2, 2, 2], patience=0, cooldown=1) == [1, 0.5, 0.5, 0.25, 0.25, 0.125]
    assert plateau_rates([2, 2, 2], patience=0, min_lr=0.4) == [1, 0.5, 0.4]
    assert plateau_rates([2, 1.95, 1.9], patience=0, threshold=0.1, threshold_mode="abs") == [1, 0.5, 0.25]
    assert plateau_rates([math.nan, math.nan], patience=0) == [0.5, 0.25]


def test_a_loaded_plateau_goes_on():
    for mode in ("min", "max"):
        first, second = (optim.ReduceLROnPlateau(optimizer(), mode, patience=1) for _ in range(2))
        second.load_state_dict(json.loads(json.dumps(second.state_dict())))
        first.step(2.0)
        first.step(2.0)
        second.load_state_dict(json.loads(json.dumps(first.state_dict())))
        second.step(2.0)
        assert second.optimizer.param_groups[0]["lr"] == pytest.approx(0.1)


def test_bad_settings():
    with pytest.raises(ValueError, match="factor between 0 and 1, but got 1"):
        optim.ReduceLROnPlateau(optimizer(), factor=1)
    with pytest.raises(ValueError, match="mode 'min' or 'max'"):
        optim.ReduceLROnPlateau(optimizer(), mode="low")
