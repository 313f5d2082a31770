"""Readers, tokenisers, splits, batching and data sets."""

from chainrule.data.batch import Batch, SourceBatch
from chainrule.data.batching import TrainingBatches, evaluation_batches, source_batches
from chainrule.data.cmudict import parse_cmudict, read_cmudict
from chainrule.data.codec import Codec, same_symbols
from chainrule.data.images.dataset import ImageDataset, Images
from chainrule.data.labelled import LabelledTextDataset, LabelledTexts
from chainrule.data.named import NAMED_DATASETS, NamedDataset
from chainrule.data.pairs import PairDataset, Pairs
from chainrule.data.rated import RatedTextDataset, RatedTexts
from chainrule.data.registry import (
    load_images,
    load_labelled,
    load_pairs,
    load_rated,
    load_tagged,
    load_texts,
)
from chainrule.data.sequences import EncodedPairs, Sequences, encode_pairs
from chainrule.data.splits import split_of
from chainrule.data.tables import read_pairs, read_texts
from chainrule.data.tagged import TaggedDataset, TaggedSentences
from chainrule.data.texts import TextDataset
from chainrule.data.tokenizers import (
    BOS,
    EOS,
    NORMAL_FORMS,
    PAD,
    SPECIAL_SYMBOLS,
    TOKENIZERS,
    UNK,
    BPETokenizer,
    CharacterTokenizer,
    Normalization,
    SubwordTokenizer,
    SymbolTokenizer,
    Tokenizer,
    UnigramTokenizer,
    WordTokenizer,
    choose_tokenizer,
    load_tokenizer,
    tokenizer_from_dict,
)

__all__ = [
    "BOS",
    "EOS",
    "NAMED_DATASETS",
    "NORMAL_FORMS",
    "PAD",
    "SPECIAL_SYMBOLS",
    "TOKENIZERS",
    "UNK",
    "BPETokenizer",
    "Batch",
    "CharacterTokenizer",
    "Codec",
    "EncodedPairs",
    "ImageDataset",
    "Images",
    "LabelledTextDataset",
    "LabelledTexts",
    "NamedDataset",
    "Normalization",
    "PairDataset",
    "Pairs",
    "RatedTextDataset",
    "RatedTexts",
    "Sequences",
    "SourceBatch",
    "SubwordTokenizer",
    "SymbolTokenizer",
    "TaggedDataset",
    "TaggedSentences",
    "TextDataset",
    "Tokenizer",
    "TrainingBatches",
    "UnigramTokenizer",
    "WordTokenizer",
    "choose_tokenizer",
    "encode_pairs",
    "evaluation_batches",
    "load_images",
    "load_labelled",
    "load_pairs",
    "load_rated",
    "load_tagged",
    "load_texts",
    "load_tokenizer",
    "parse_cmudict",
    "read_cmudict",
    "read_pairs",
    "read_texts",
    "same_symbols",
    "source_batches",
    "split_of",
    "tokenizer_from_dict",
]
