"""Sentence encoders: a vector for each sentence, such that sentences of like meaning have like vectors."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.errors import WeightsError
from chainrule.interop.model import load_model
from chainrule.interop.published_tokenizer import PublishedTokenizer
from chainrule.interop.reading import load
from chainrule.interop.report import TransferReport
from chainrule.interop.sharded import read_json_object
from chainrule.models.heads import pooled
from chainrule.models.transformer_encoder import TransformerEncoderModel

__all__ = ["SentenceEncoder"]


class SentenceEncoder:
    """An encoder and its tokenizer (N. Reimers and I. Gurevych, 2019, arXiv 1908.10084).

    Parameters
    ----------
    model : TransformerEncoderModel
        Describes each symbol.
    tokenizer : PublishedTokenizer
        Makes symbols of sentences.
    pooling : {"mean", "first"}, default "mean"
        How a sentence is described by its symbols.
    normalize : bool, default True
        Whether vectors have length 1, so that their product is the cosine.
    """

    model: TransformerEncoderModel
    tokenizer: PublishedTokenizer
    report: TransferReport | None = None

    def __init__(
        self,
        model: TransformerEncoderModel,
        tokenizer: PublishedTokenizer,
        pooling: str = "mean",
        normalize: bool = True,
    ):
        self.model, self.tokenizer, self.pooling, self.normalize = model, tokenizer, pooling, normalize

    @classmethod
    def load(cls, path_or_name: str | PathLike[str], *, revision: str | None = None) -> SentenceEncoder:
        """Load a published sentence encoder.

        Parameters
        ----------
        path_or_name : str or path-like
            As for `chainrule.interop.load`, for instance ``"all-minilm-l6-v2"``.
        revision : str, optional
            As for `chainrule.interop.load`.

        Returns
        -------
        SentenceEncoder
            In evaluation mode; `report` says what became of each array.

        Raises
        ------
        WeightsError
            If the weights are not those of an encoder, or have no tokenizer.
        """
        weights = load(path_or_name, revision=revision)
        model, report, _ = load_model(weights)
        if not isinstance(model, TransformerEncoderModel) or weights.folder is None:
            raise WeightsError(f"{weights.source} is a {type(model).__name__}, which makes no vectors of sentences")
        limit = longest_sentence(weights.folder, model.config.max_length)
        encoder = cls(model, PublishedTokenizer.of_folder(weights.folder, limit), *_pooling(weights.folder))
        encoder.report = report
        return encoder

    @no_grad()
    def encode(self, sentences: str | Sequence[str], *, batch_size: int = 32) -> np.ndarray:
        """Make vectors of sentences.

        Parameters
        ----------
        sentences : str or sequence of str
            One or more.
        batch_size : int, default 32
            How many go through the model at once; it changes nothing but the speed.

        Returns
        -------
        ndarray of float32, shape (N, E), or (E,) for a single str
            The vectors.
        """
        if isinstance(sentences, str):
            return self.encode([sentences], batch_size=batch_size)[0]
        rows = self.tokenizer.encode_all(sentences)
        vectors = np.zeros((len(rows), self.model.config.width), np.float32)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))  # of about one length, so that little is padded
        for begin in range(0, len(rows), batch_size):
            chosen = order[begin : begin + batch_size]
            vectors[chosen] = self._encode([rows[i] for i in chosen])
        return vectors

    def _encode(self, rows: list[list[int]]) -> np.ndarray:
        lengths = np.array([len(row) for row in rows])
        tokens = np.zeros((len(rows), lengths.max()), np.int64)
        for row, symbols in zip(tokens, rows):
            row[: len(symbols)] = symbols
        features = self.model.features(tokens, lengths)
        vectors = pooled(features, lengths, self.pooling).numpy()
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if self.normalize else vectors


def _pooling(folder: Path) -> tuple[str, bool]:
    """How sentence-transformers says that vectors are made: of the mean or the first symbol, normalised or not."""
    pooling, modules = folder / "1_Pooling" / "config.json", folder / "modules.json"
    said = read_json_object(pooling) if pooling.is_file() else {"pooling_mode_mean_tokens": True}
    chosen = [name for name, value in said.items() if name.startswith("pooling_mode_") and value is True]
    if chosen not in (["pooling_mode_mean_tokens"], ["pooling_mode_cls_token"]):
        raise WeightsError(f"{pooling} asks for {' and '.join(chosen) or 'no pooling'}, but there is mean or cls here")
    normalize = not modules.is_file() or b"models.Normalize" in modules.read_bytes()
    return "mean" if chosen == ["pooling_mode_mean_tokens"] else "first", normalize


def longest_sentence(folder: Path, most: int) -> int:
    """The most symbols of a sentence: what the model was trained with, and no more than it has places for."""
    settings = folder / "sentence_bert_config.json"
    longest = read_json_object(settings).get("max_seq_length") if settings.is_file() else None
    return min(longest, most) if type(longest) is int else most
