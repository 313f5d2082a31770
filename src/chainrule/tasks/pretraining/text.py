"""What all tasks that learn from unlabelled text have in common: settings, tokenizer, encoded texts, batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chainrule.data.epochs import EpochStream
from chainrule.data.registry import lasting_name, load_texts
from chainrule.data.sequences import Sequences
from chainrule.data.texts import TextDataset
from chainrule.data.token_batches import StreamBatches, TextBatches, TokenBatch, stream_pieces, text_batches
from chainrule.data.tokenizers import TOKENIZERS, Tokenizer, load_tokenizer
from chainrule.errors import ConfigError
from chainrule.models.transformer_parts import POSITIONS
from chainrule.tasks.pretraining.marks import Marks
from chainrule.tasks.runs import first_stage, refuse_changed_data
from chainrule.training.config import TrainingSettings
from chainrule.training.objective import Part
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.settings import setting
from chainrule.training.stages import Plan

__all__ = [
    "CUTS",
    "TOKENIZER",
    "EncodedTexts",
    "TextSettings",
    "create_run",
    "encode_texts",
    "is_stream",
    "load_run_data",
    "marked_texts",
    "parts_of",
    "read_data",
    "read_tokenizer",
]

TOKENIZER = "tokenizer.json"

#: Whether texts are learned one by one.
CUTS = ("auto", "texts", "stream")

_MODEL, _DATA = "Model", "Data"


@dataclass(frozen=True)
class TextSettings(TrainingSettings):
    """What can be set for every task that learns from unlabelled text.

    Every field has a default; see ``chainrule pretrain TASK --help``.
    """

    learning_rate: float = setting(1e-3, "Highest learning rate.", group="Optimisation", above=0)
    weight_decay: float = setting(0.1, "AdamW's weight decay.", group="Optimisation", minimum=0)
    beta2: float = setting(0.99, "Adam's memory of its square.", group="Optimisation", minimum=0, below=1)

    layers: int = setting(4, "Layers.", group=_MODEL, minimum=1)
    heads: int = setting(4, "Heads of attention in a layer.", group=_MODEL, minimum=1)
    width: int = setting(128, "Width of embeddings and layers.", group=_MODEL, minimum=1)
    positions: str = setting("learned", "How a model tells places.", group=_MODEL, choices=POSITIONS)
    dropout: float = setting(0.0, "Share of activations dropped.", group=_MODEL, minimum=0, below=1)

    context: int = setting(64, "Most symbols that a model sees at once.", group=_DATA, minimum=2)
    cut: str = setting(
        "auto",
        "Learn from texts as they are, or from one stream of them all; auto: as they are if all fit into the context.",
        group=_DATA,
        choices=CUTS,
    )
    symbols: str = setting(
        "auto", "What the symbols of a text are; auto: characters.", group=_DATA, choices=("auto", *TOKENIZERS)
    )
    vocabulary_size: int | None = setting(None, "Most symbols to know.", group=_DATA, minimum=8)
    batch_size: int = setting(32, "Most texts or pieces in a batch.", group=_DATA, minimum=1)


@dataclass(frozen=True)
class EncodedTexts:
    """Texts as numbers, each between `BOS` and `EOS`, and how batches are made of them.

    Attributes
    ----------
    texts : Sequences
        The texts.
    context : int
        The most symbols that a model sees at once.
    rows : int
        The most texts or pieces in a batch.
    overlap : int
        How many symbols a piece has in common with the next; 1 where the next symbol is to be guessed.
    as_stream : bool
        Whether pieces are cut of one stream of all texts.
    """

    texts: Sequences
    context: int
    rows: int
    overlap: int
    as_stream: bool

    @property
    def _longest(self) -> int:
        return self.context + self.overlap

    def training(self, seed: int) -> EpochStream:
        """Make the batches to train on.

        Parameters
        ----------
        seed : int
            Where their order starts.

        Returns
        -------
        EpochStream
            Of `TokenBatch`.
        """
        if self.as_stream:
            return StreamBatches(self.texts.values, self._longest, self.rows, seed=seed, overlap=self.overlap)
        return TextBatches(self.texts, max_tokens=self.rows * self._longest, max_rows=self.rows, seed=seed)

    def once(self) -> Iterator[TokenBatch]:
        """Go once through all texts.

        Yields
        ------
        TokenBatch
            The next ones.
        """
        rows = max(1, 8192 // self._longest)
        if self.as_stream:
            yield from stream_pieces(self.texts.values, self._longest, rows, overlap=self.overlap)
        else:
            for _, batch in text_batches(self.texts, max_tokens=8192, max_rows=512):
                yield batch


def marked_texts(
    texts: Iterable[str], marks: Marks, context: int, rows: int, *, as_stream: bool, overlap: int
) -> EncodedTexts:
    """Encode texts between marks.

    Parameters
    ----------
    texts : iterable of str
        The texts.
    marks : Marks
        From text to numbers.
    context : int
        The most symbols that a model sees at once.
    rows : int
        The most texts or pieces in a batch.
    as_stream : bool
        Whether pieces are cut of one stream of all texts.
    overlap : int
        How many symbols a piece has in common with the next.

    Returns
    -------
    EncodedTexts
        The texts; where they are used as they are, what is longer than the context is cut off.
    """
    longest = None if as_stream else context + overlap
    encoded = Sequences.from_lists(marks.encode(text)[:longest] for text in texts)
    return EncodedTexts(encoded, context, rows, overlap, as_stream)


def encode_texts(
    texts: tuple[str, ...], tokenizer: Tokenizer, settings: TextSettings, *, as_stream: bool, overlap: int
) -> EncodedTexts:
    """Encode texts.

    Parameters
    ----------
    texts : tuple of str
        The texts.
    tokenizer : Tokenizer
        From text to numbers.
    settings : TextSettings
        The context, and the rows of a batch.
    as_stream : bool
        Whether pieces are cut of one stream of all texts.
    overlap : int
        How many symbols a piece has in common with the next.

    Returns
    -------
    EncodedTexts
        The texts; where they are used as they are, what is longer than the context is cut off.
    """
    marks = Marks.of(tokenizer)
    return marked_texts(texts, marks, settings.context, settings.batch_size, as_stream=as_stream, overlap=overlap)


def parts_of(batch: TokenBatch, count: int, overlap: int) -> Iterator[Part]:
    """Cut a batch into parts; each weighs as many symbols as are guessed in it.

    Parameters
    ----------
    batch : TokenBatch
        The whole.
    count : int
        How many parts; there are fewer when it has fewer rows.
    overlap : int
        How many symbols of a text are only seen.

    Yields
    ------
    Part
        The next rows.
    """
    total = (batch.lengths - overlap).sum()
    for rows, part in batch.split(count):
        yield Part(part, rows, float((part.lengths - overlap).sum() / total))


def read_data(name_or_path: str, settings: TextSettings) -> TextDataset:
    """Load the texts to learn from.

    Parameters
    ----------
    name_or_path : str
        A data set's name, a file or a folder.
    settings : TextSettings
        Not looked at.

    Returns
    -------
    TextDataset
        The texts.
    """
    return load_texts(name_or_path)


def load_run_data(run: RunFolder) -> TextDataset:
    """Load the texts of a run again.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    TextDataset
        The same texts as when it began.

    Raises
    ------
    DataError
        When they are gone or have changed.
    """
    data = load_texts(run.config.data["name"])
    refuse_changed_data(run, data.fingerprint())
    return data


def create_run(
    task: str, path: Path, name_or_path: str, data: TextDataset, settings: TextSettings, plan: Plan | None
) -> RunFolder:
    """Make the folder of a new run, with all that does not change while it trains.

    Parameters
    ----------
    task : str
        What is learned.
    path : Path
        The folder.
    name_or_path : str
        How the user named the data.
    data : TextDataset
        The data.
    settings : TextSettings
        The settings.
    plan : Plan, optional
        The stages of the run to repeat; without it the settings say how long to train.

    Returns
    -------
    RunFolder
        The folder.
    """
    if settings.width % settings.heads:
        raise ConfigError(f"width must be divisible by heads, got {settings.width} and {settings.heads}")
    train = data.split("train")
    data.split("dev")
    kind = TOKENIZERS["characters" if settings.symbols == "auto" else settings.symbols]
    tokenizer = kind.fit(train, size=settings.vocabulary_size)
    as_stream = is_stream(train, Marks.of(tokenizer), settings.cut, settings.context)
    described = {"name": lasting_name(name_or_path), "fingerprint": data.fingerprint(), "as_stream": as_stream}
    config = RunConfig(task, described, settings.to_mapping(), plan or Plan((first_stage(settings),)))
    return RunFolder.create(path, config, {TOKENIZER: tokenizer.to_dict()})


def is_stream(texts: tuple[str, ...], marks: Marks, cut: str, context: int) -> bool:
    """Decide whether texts are learned as one stream.

    Parameters
    ----------
    texts : tuple of str
        The texts.
    marks : Marks
        From text to numbers.
    cut : {"auto", "texts", "stream"}
        What the user wants.
    context : int
        The most symbols that a model sees at once.

    Returns
    -------
    bool
        Whether that is wanted or, with ``"auto"``, a text does not fit into the context.
    """
    sample = itertools.chain(sorted(texts, key=len)[-100:], texts)  # a first long one is answer enough
    return cut == "stream" or (cut == "auto" and not all(len(marks.encode(text)) - 1 <= context for text in sample))


def read_tokenizer(run: RunFolder) -> Tokenizer:
    """Read the tokenizer of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    Tokenizer
        The tokenizer.

    Raises
    ------
    CheckpointError
        When its file is missing or damaged.
    """
    return load_tokenizer(run.path / TOKENIZER)
