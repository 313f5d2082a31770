"""Vectors of images, from runs with classes and without."""

import numpy as np
import pytest

from chainrule.data.images.dataset import ImageDataset
from chainrule.errors import DataError
from chainrule.random import Generator
from chainrule.tasks.judging.probing import probes_of
from chainrule.tasks.judging.representation import representation_of
from chainrule.tasks.task import load_task
from chainrule.training.progress import Progress

from ..pictures import write_bars


@pytest.fixture(params=["image", "contrastive", "mae"])
def learned(request, tmp_path):
    task = load_task(request.param)
    settings = task.settings.from_mapping({"width": 0.1, "batch_size": 32, "steps": 3}, "a test")
    archive = write_bars(tmp_path)
    data: ImageDataset = task.read_data(str(archive), settings)
    run = task.create_run(tmp_path / "run", str(archive), data, settings, None)
    task.make_trainer(run, data, Progress()).train()
    return run, archive


def test_images_become_vectors(learned):
    run, archive = learned
    found, anew = representation_of(str(run.path)), representation_of(str(run.path), Generator(1))
    labelled = found.kind.load(str(archive))
    vectors, others = (each.describe(labelled.test.inputs) for each in (found, anew))
    assert vectors.shape == others.shape == (len(labelled.test.labels), vectors.shape[1])
    assert vectors.dtype == np.float32
    assert not np.allclose(vectors, others)
    np.testing.assert_allclose(found.describe(labelled.test.inputs[3:4]), vectors[3:4], rtol=1e-4, atol=1e-5)


def test_pixels_beside_them(learned):
    pytest.importorskip("sklearn")
    run, archive = learned
    found = representation_of(str(run.path))
    probes = {probe.name: probe for probe in probes_of(found, found, found.kind.load(str(archive)))}
    assert probes["pixels and logistic regression"].measured().value > 0.6
    assert probes["linear probe"].measured().value > 0.6


def test_other_images_are_refused(learned, tmp_path):
    run, _ = learned
    rgb = {"images": np.zeros((40, 12, 12, 3), np.uint8), "labels": np.arange(40) % 2}
    np.savez(tmp_path / "colour.npz", **rgb)
    with pytest.raises(DataError, match=r"images of the shape \(3, 12, 12\), but the model describes \(1, 12, 12\)"):
        representation_of(str(run.path)).kind.load(str(tmp_path / "colour.npz"))
