"""Tokenizers: from text to numbers and back, by characters, words, parts of words or given symbols."""

from chainrule.data.tokenizers.bpe import BPETokenizer
from chainrule.data.tokenizers.characters import CharacterTokenizer
from chainrule.data.tokenizers.files import TOKENIZERS, choose_tokenizer, load_tokenizer, tokenizer_from_dict
from chainrule.data.tokenizers.normalization import NORMAL_FORMS, Normalization
from chainrule.data.tokenizers.separated import SymbolTokenizer
from chainrule.data.tokenizers.subwords import SubwordTokenizer
from chainrule.data.tokenizers.unigram import UnigramTokenizer
from chainrule.data.tokenizers.vocabulary import BOS, EOS, PAD, SPECIAL_SYMBOLS, UNK, Tokenizer
from chainrule.data.tokenizers.words import WordTokenizer

__all__ = [
    "BOS",
    "EOS",
    "NORMAL_FORMS",
    "PAD",
    "SPECIAL_SYMBOLS",
    "TOKENIZERS",
    "UNK",
    "BPETokenizer",
    "CharacterTokenizer",
    "Normalization",
    "SubwordTokenizer",
    "SymbolTokenizer",
    "Tokenizer",
    "UnigramTokenizer",
    "WordTokenizer",
    "choose_tokenizer",
    "load_tokenizer",
    "tokenizer_from_dict",
]
