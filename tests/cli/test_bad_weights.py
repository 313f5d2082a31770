"""What can be wrong with weights and labels when a model is fine-tuned: one sentence each, and no folder is left."""

import json
import os
import pickle
import zipfile

import numpy as np
import pytest

import chainrule as cr
from chainrule.interop import save_model
from chainrule.interop.safetensors_files import decode_arrays, encode_arrays
from chainrule.models import TransformerEncoderConfig, TransformerEncoderModel

from .command import call, change_json, fails

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film"]
_DENSE = "encoder.layer.0.output.dense.weight"


@pytest.fixture
def base(tmp_path):
    """Weights of a small BERT as they are published, with their tokenizer."""
    pytest.importorskip("tokenizers", reason='needs tokenizers: pip install "chainrule[text]"')
    config = TransformerEncoderConfig(len(MARKS), 1, 2, True, width=8, max_length=12, dropout=0.0)
    with cr.seed(0):
        folder = save_model(TransformerEncoderModel(config), tmp_path / "base")
    (folder / "vocab.txt").write_text("\n".join(MARKS))
    return folder


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "rows.tsv").write_text("".join(f"{'good' if i % 2 else 'bad'} {i}\t{i % 2}\n" for i in range(60)))
    return tmp_path / "rows.tsv"


def replaced(change):
    """Damage one array of the file."""

    def damage(folder):
        file = folder / "model.safetensors"
        arrays = decode_arrays(file.read_bytes(), "a test")
        file.write_bytes(encode_arrays(arrays | {_DENSE: change(arrays[_DENSE].copy())}))

    return damage


def cut(size):
    def damage(folder):
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[:size])

    return damage


def with_nan(array):
    array[0, 3] = np.nan
    return array


class Evil:
    def __reduce__(self):
        return os.system, ("touch evil",)


def with_evil_pickle(folder):
    (folder / "model.safetensors").unlink()
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"weight": Evil()}, 2))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (cut(40), "model.safetensors is damaged: "),
        (cut(-4), "model.safetensors is damaged: "),
        (replaced(lambda array: array[:, :3].copy()), f"has {_DENSE} of shape (8, 3), where BERT has (8, "),
        (replaced(with_nan), f"has 1 number that is NaN or infinite in {_DENSE}: it is damaged, or was saved after"),
        (lambda folder: change_json(folder / "config.json", model_type="llama"), "an architecture 'llama', for which"),
        (with_evil_pickle, "was refused and nothing of it run: it uses "),
    ],
    ids=["truncated header", "truncated", "shape", "NaN", "architecture", "malicious"],
)
def test_weights_that_are_no_good(base, rows, tmp_path, monkeypatch, damage, problem):
    monkeypatch.chdir(tmp_path)
    damage(base)
    message = fails("finetune", base, rows, "--task", "classify", "--out", "run", "--steps", 1)
    assert problem in message
    assert str(base) in message
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "evil").exists()


def test_a_repository_that_is_not_here(rows, tmp_path, monkeypatch):
    hub = pytest.importorskip("huggingface_hub", reason='needs huggingface_hub: pip install "chainrule[hub]"')

    real = hub.snapshot_download

    def offline(name, *, local_files_only=False, **options):
        if not local_files_only:
            raise ConnectionError("no network")
        return real(name, local_files_only=True, cache_dir=tmp_path, **options)

    monkeypatch.setattr(hub, "snapshot_download", offline)
    message = fails("finetune", "someone/small", rows, "--task", "classify", "--out", tmp_path / "run")
    assert "hf download someone/small --local-dir FOLDER, then give the path of that folder here" in message


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("good\tyes\nbad\tyes\n", "expected at least two different labels, got yes"),
        ("\tno\n", "line 1: column 1 is empty"),
    ],
)
def test_labels_that_teach_nothing(base, tmp_path, content, problem):
    (tmp_path / "rows.tsv").write_text(content)
    assert problem in fails("finetune", base, tmp_path / "rows.tsv", "--task", "classify", "--out", tmp_path / "run")


def test_labels_unseen_at_training_are_noted_and_empty_texts_refused(base, tmp_path):
    (tmp_path / "train.tsv").write_text("good\tyes\nbad\tno\n")
    (tmp_path / "dev.tsv").write_text("good film\tmaybe\nbad film\tno\n")
    shown = call("finetune", base, tmp_path, "--task", "classify", "--out", tmp_path / "run", "--steps", 1)
    assert "1 of the texts of dev have labels that no text to learn from has, such as 'maybe' of" in shown.output
    assert fails("predict", tmp_path / "run", "good", " ") == "text 2 is empty; there is nothing to label"
    assert json.loads((tmp_path / "run" / "config.json").read_text())["data"]["labels"] == ["maybe", "no", "yes"]
