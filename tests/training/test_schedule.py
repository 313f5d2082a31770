from dataclasses import replace

import numpy as np
import pytest

from chainrule.errors import CheckpointError
from chainrule.training.config import TrainingSettings
from chainrule.training.schedule import learning_rate
from chainrule.training.stages import Plan, Stage


def rates(settings, stage, count):
    return np.array([learning_rate(settings, stage, stage.start + i) for i in range(count)])


SETTINGS = TrainingSettings(learning_rate=1.0, warmup_steps=10, decay_fraction=0.5)


def test_it_rises_stays_and_falls():
    course = rates(SETTINGS, Stage(0, 100), 100)
    np.testing.assert_allclose(course[:10], np.arange(1, 11) / 11)
    np.testing.assert_array_equal(course[10:50], 1.0)
    assert (np.diff(course[49:]) < 0).all()
    assert 0 < course[-1] < 0.03


@pytest.mark.parametrize("decay", ["linear", "cosine", "constant"])
def test_the_first_steps_do_not_depend_on_the_length(decay):
    settings = replace(SETTINGS, decay=decay)
    unknown = rates(settings, Stage(0, None), 30)
    for length in (30, 40, 1000):
        np.testing.assert_array_equal(rates(settings, Stage(0, length, held=30), 30), unknown)


def test_cosine_falls_slowly_at_first():
    linear = rates(SETTINGS, Stage(0, 100), 100)
    cosine = rates(replace(SETTINGS, decay="cosine"), Stage(0, 100), 100)
    assert (cosine[51:74] > linear[51:74]).all()
    assert (cosine[77:] < linear[77:]).all()


def test_a_later_stage_has_the_same_course():
    np.testing.assert_array_equal(rates(SETTINGS, Stage(70, 50), 50), rates(SETTINGS, Stage(0, 50), 50))


def test_stages_follow_one_another():
    plan = Plan((Stage(0, None, minutes=5.0),))
    assert plan.last.end is None
    plan = plan.fixed(100, 12)
    assert plan.last == Stage(0, 100, 12, 5.0)
    plan = plan.extended(100, length=50, minutes=None).extended(120, length=None, minutes=1.0)
    assert [stage.end for stage in plan.stages] == [100, 120, None]
    assert [stage.full_end for stage in plan.stages] == [100, 150, None]
    assert [plan.stages.index(plan.stage_at(step)) for step in (0, 99, 100, 119, 120, 500)] == [0, 0, 1, 1, 2, 2]
    assert Plan.from_json(plan.to_json(), "a test") == plan


def test_a_stage_without_a_step_is_replaced():
    plan = Plan((Stage(0, 100), Stage(100, None, minutes=5.0)))
    assert plan.extended(100, length=7, minutes=None).stages == (Stage(0, 100), Stage(100, 7))


@pytest.mark.parametrize("entries", [[], [{"begin": 0}], [3]])
def test_damaged_stages_are_refused(entries):
    with pytest.raises(CheckpointError, match=r"config\.json is damaged"):
        Plan.from_json(entries, "config.json")
