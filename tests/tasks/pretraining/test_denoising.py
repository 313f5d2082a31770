"""Spoiled texts, and the model that puts them right."""

import numpy as np
import pytest

from chainrule.data.texts import TextDataset
from chainrule.data.tokenizers import UNK
from chainrule.random import Generator
from chainrule.tasks.pretraining import denoising
from chainrule.tasks.pretraining.noise import NOISES, spoil
from chainrule.training.progress import Progress

TOKENS = np.array([[4, 5, 6, 7, 8, 9, 10, 11], [4, 5, 6, 7, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0, 0, 0]])
LENGTHS = np.array([8, 4, 1])
BEGINS = np.array([[1, 0, 1, 0, 1, 0, 1, 0], [1, 0, 1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]], bool)  # pairs


def spoiled(noise, seed=0, share=0.25):
    tokens, lengths = spoil(TOKENS, LENGTHS, BEGINS, share, NOISES[noise], Generator(seed))
    assert (tokens[np.arange(tokens.shape[1]) >= lengths[:, None]] == 0).all()
    return [row[:n].tolist() for row, n in zip(tokens, lengths)]


def test_masking_leaves_the_length():
    first, second, third = spoiled("mask")
    assert (len(first), len(second), third) == (8, 4, [UNK])
    assert first.count(UNK) == second.count(UNK) == 2
    assert all(found in (UNK, right) for found, right in zip(first, TOKENS[0]))


def test_deleting_leaves_the_rest_in_order():
    first, second, third = spoiled("delete")
    assert (len(first), len(second)) == (6, 2)
    assert first == sorted(first)
    assert third == [4]  # a text is never empty
    assert UNK not in first + second + third


def test_infilling_writes_one_sign_for_a_span():
    for seed in range(10):
        first, second, third = spoiled("infill", seed)
        assert (first.count(UNK), second.count(UNK), third) == (1, 1, [UNK])
        assert (len(first), len(second)) == (7, 3)
        gap = first.index(UNK)
        assert first[:gap] + [4 + gap, 5 + gap] + first[gap + 1 :] == TOKENS[0].tolist()


def make_run(path, **more):
    words = [a + b + c for a in "abcd" for b in "efgh" for c in "ijkl"]
    (path / "words.txt").write_text("\n".join(words))
    given = {"encoder_size": 16, "decoder_size": 32, "embedding_size": 16, "batch_size": 16} | more
    settings = denoising.DenoiseSettings.from_mapping(given, "a test")
    data = TextDataset.read(path / "words.txt")
    return denoising.TASK.create_run(path / "run", str(path / "words.txt"), data, settings, None), data


@pytest.mark.parametrize("noise", [*NOISES, "mixed"])
def test_it_learns_to_put_texts_right(tmp_path, noise):
    run, data = make_run(tmp_path, steps=150, learning_rate=1e-2, averaging=0.9, noise=noise)
    denoising.TASK.make_trainer(run, data, Progress()).train()
    model, tokenizer = denoising.load_model(run)
    loss = denoising.reconstruction_loss(
        model, data.split("dev"), tokenizer, denoising.Noise(denoising.read_settings(run), tokenizer)
    )
    assert loss < 1.2  # log(4) for each of three letters and 0 for the end is 1.04, nothing known is 2.5
    assert denoising.load_run_data(run) == data


def test_a_position_is_spoiled_in_the_same_way(tmp_path):
    run, data = make_run(tmp_path, steps=1)
    one, other = (denoising.TASK.make_trainer(run, data, Progress())._batches for _ in range(2))
    next(one)
    position, batch = one.position, next(one)
    other.position = position
    again = next(other)
    np.testing.assert_array_equal(again.source, batch.source)
    np.testing.assert_array_equal(again.target_out, batch.target_out)
