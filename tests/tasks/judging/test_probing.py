"""Probes on vectors of which is known what is in them."""

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.tasks.judging.labelled import Examples, InputKind, LabelledInputs
from chainrule.tasks.judging.probing import probe_curves, probes_of
from chainrule.tasks.judging.representation import Representation

pytest.importorskip("sklearn")

CLASSES = ("left", "right")


def make_plain():
    from sklearn.preprocessing import StandardScaler

    return StandardScaler()


def some(count, seed):
    """Points in a plane, whose label is the sign of the product of their coordinates: linear in neither."""
    points = np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)
    return Examples(points, (points.prod(axis=1) > 0).astype(int))


@pytest.fixture(scope="module")
def probes():
    kind = InputKind("points", lambda name: None, "coordinates", make_plain)
    data = LabelledInputs("points", CLASSES, some(300, 0), some(100, 1), some(200, 2))
    learned = Representation("a model", kind, lambda points: np.c_[points, points.prod(axis=1)])
    anew = Representation("a model", kind, lambda points: points[:, :1])
    return {probe.name: probe for probe in probes_of(learned, anew, data, neighbours=5)}


def test_the_linear_probe_finds_what_is_there(probes):
    scores = {name: probe.measured().value for name, probe in probes.items()}
    assert scores["linear probe"] > 0.95
    assert scores["5 nearest neighbours"] > 0.9
    for name in ("linear probe, random weights", "coordinates and logistic regression", "the commonest label alone"):
        assert scores[name] < 0.65
    measured = probes["linear probe"].measured()
    assert (measured.name, measured.per_cent) == ("accuracy", True)
    assert len(measured.statistics) == 200


def test_neighbours_are_counted_by_their_direction():
    inputs = np.array([[1, 0], [2, 0.1], [0, 1], [0.1, 3]], np.float32)
    train = Examples(inputs, np.array([0, 0, 1, 1]))
    test = Examples(100 * inputs, train.labels)
    kind = InputKind("points", lambda name: None, "coordinates", make_plain)
    same = Representation("a model", kind, lambda points: points)
    probe = list(probes_of(same, same, LabelledInputs("points", CLASSES, train, train, test)))[1]
    assert probe.right().all()  # with fewer examples than the 20 neighbours asked for


def test_few_labels(probes):
    probe = probes["linear probe"]
    assert len(probe.right(4, seed=0)) == 200
    np.testing.assert_array_equal(probe.right(10, seed=1), probe.right(10, seed=1))
    curves = probe_curves([probe, probes["the commonest label alone"]], [10, 300], 3)
    assert [len(curves.point(arm, n).values) for arm in curves.arms for n in (10, 300)] == [3, 1, 3, 1]
    assert curves.point("linear probe", 300).mean == pytest.approx(probe.measured().value)
    assert curves.point("linear probe", 10).mean <= curves.point("linear probe", 300).mean
    with pytest.raises(DataError, match="1 examples cannot have all of 2 labels"):
        probe.right(1)


def test_labels_that_cannot_be_learned():
    with pytest.raises(DataError, match="the label 'right' stands in test and not in train"):
        LabelledInputs("points", CLASSES, *(Examples(np.zeros((1, 2)), np.array([label])) for label in (0, 0, 1)))
