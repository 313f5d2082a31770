"""Models."""

from chainrule.models.decoder import Decoder
from chainrule.models.encoder import Encoder
from chainrule.models.seq2seq import Seq2Seq, Seq2SeqConfig, seq2seq_encode_decode

__all__ = ["Decoder", "Encoder", "Seq2Seq", "Seq2SeqConfig", "seq2seq_encode_decode"]
