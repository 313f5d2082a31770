"""Conversations of any number of turns, as inputs and replies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from os import PathLike

from chainrule.data.pairs import PairDataset, Pairs
from chainrule.data.splits import SPLITS, split_of
from chainrule.data.tables import read_text
from chainrule.data.tokenizers import BPETokenizer
from chainrule.errors import DataError

__all__ = ["join_turns", "read_conversations", "replies"]

_TURN_MARK = "\u23ce"
_EMPTY_LINES = re.compile(r"\n\s*\n")


def join_turns(utterances: Sequence[str]) -> str:
    """Make one input of the last utterances of a conversation.

    Parameters
    ----------
    utterances : sequence of str
        What was said, the last one last.

    Returns
    -------
    str
        The same with a mark in between.
    """
    return f" {_TURN_MARK} ".join(utterances)


def replies(conversation: Sequence[str], turns: int) -> Iterator[tuple[str, str]]:
    """Take what was answered to what out of a conversation.

    Parameters
    ----------
    conversation : sequence of str
        The utterances of two who take turns.
    turns : int
        The most utterances of an input.

    Yields
    ------
    tuple of str
        The utterances before a reply, joined, and the reply.
    """
    for place in range(1, len(conversation)):
        yield join_turns(conversation[max(0, place - turns) : place]), conversation[place]


def read_conversations(path: str | PathLike[str], turns: int, encoding: str = "utf-8") -> PairDataset:
    """Read a file of conversations: an utterance a line, an empty line between two conversations.

    Parameters
    ----------
    path : str or path-like
        The file.
    turns : int
        The most utterances of an input.
    encoding : str
        The file's encoding.

    Returns
    -------
    PairDataset
        Inputs and replies. A conversation is in one part as a whole, chosen by its hash.

    Raises
    ------
    DataError
        When the file cannot be read, or holds no conversation of two utterances.
    """
    blocks = _EMPTY_LINES.split(read_text(path, encoding))
    conversations = [[" ".join(line.split()) for line in block.strip().split("\n")] for block in blocks]
    answered = [conversation for conversation in conversations if len(conversation) > 1]
    if not answered:
        raise DataError(
            f"{path} holds no conversation: expected two or more utterances, one a line, and an empty line between two "
            f"conversations"
        )
    rows: dict[str, list[tuple[str, str]]] = {part: [] for part in SPLITS}
    for conversation in answered:
        rows[split_of("\n".join(conversation))].extend(replies(conversation, turns))
    alone = len(conversations) - len(answered)
    notes = (f"{path}: {alone:,} utterances that nobody answered were left out",) if alone else ()
    splits = {part: Pairs.group(pairs) for part, pairs in rows.items()}
    return PairDataset(str(path), splits, BPETokenizer, BPETokenizer, notes)
