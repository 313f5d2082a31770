"""The weights of the last measurements, and their mean."""

import numpy as np
import pytest

from chainrule.errors import CheckpointError
from chainrule.training.snapshots import SnapshotFolder, mean_weights


def test_the_last_ones_are_kept(tmp_path):
    folder = SnapshotFolder(tmp_path / "snapshots")
    assert folder.steps == []
    for step in (5, 10, 15):
        folder.save(step, {"weight": np.full(2, step, np.float32)}, keep=2)
    assert folder.steps == [10, 15]
    assert folder.load(10)["weight"].tolist() == [10, 10]
    with pytest.raises(CheckpointError, match="is missing"):
        folder.load(5)


def test_the_mean_of_weights():
    one = {"weight": np.array([1.0, 2.0], np.float32), "count": np.array(3)}
    other = {"weight": np.array([3.0, 6.0], np.float32), "count": np.array(4)}
    mean = mean_weights([one, other])
    assert mean["weight"].tolist() == [2.0, 4.0]
    assert mean["weight"].dtype == np.float32
    assert mean["count"] == 4
