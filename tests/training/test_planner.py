import pytest

from chainrule.training.planner import Costs, StepTimer, steps_for


def test_the_first_steps_do_not_count():
    timer = StepTimer(budget=100.0)
    for seconds in [10.0, 1.0, 0.5, 0.1, 0.1]:
        timer.add(seconds)
        assert not timer.ready
    count = 0
    while not timer.ready:
        timer.add(0.1)
        count += 1
    assert count == 40  # 4 % of the budget
    assert timer.step_seconds == pytest.approx(0.1)


def test_a_slow_machine_stops_timing_at_half_of_the_budget():
    timer = StepTimer(budget=10.0)
    timer.add(3.0)
    assert not timer.ready
    timer.add(3.0)
    assert timer.ready
    assert timer.step_seconds == 3.0


@pytest.mark.parametrize("remaining", [50.0, 300.0])
@pytest.mark.parametrize("costs", [Costs(0.05, 1.0, 0.1), Costs(0.2, 5.0, 2.0)])
@pytest.mark.parametrize("save_every", [0.0, 60.0])
def test_the_steps_fill_the_time(remaining, costs, save_every):
    steps = steps_for(remaining, costs, evaluate_every=100, save_every=save_every)
    spent = steps * costs.step + (steps // 100 + 1) * costs.evaluation
    spent += costs.saving * (steps if save_every == 0 else 1 + spent / save_every)
    assert 0.93 * remaining - costs.evaluation < spent <= remaining + 1e-6 + 0.01 * remaining


def test_no_time_left():
    assert steps_for(0.5, Costs(0.1, 1.0, 0.1), evaluate_every=100, save_every=60.0) == 0
