"""A decoder whose answers can be found by looking at all of them."""

import itertools

import numpy as np

BEGIN, END, SYMBOLS = 0, 1, 5
LIMITS = {"begin": BEGIN, "end": END}


class Chain:
    """A decoder whose next symbol depends on the last two, differently for each sentence."""

    def __init__(self, count: int, seed: int = 0):
        scores = np.random.default_rng(seed).standard_normal((count, SYMBOLS, SYMBOLS, SYMBOLS)) * 1.5
        scores[..., BEGIN] = -np.inf  # never written
        self.tables = scores - np.log(np.exp(scores).sum(-1, keepdims=True))

    def part(self, rows) -> "Chain":
        """A decoder of some of the sentences alone."""
        part = Chain(0)
        part.tables = self.tables[rows]
        return part

    def step(self, tokens, memory, state):
        rows = np.arange(len(tokens))[:, None]
        assert memory["table"].shape[0] == len(tokens)
        assert state[0].shape == tokens.shape
        return memory["table"][rows, state[0], tokens], (tokens,)

    def start(self):
        return {"table": self.tables}, (np.zeros((len(self.tables), 1), dtype=np.int64),)

    def log_probability(self, sentence: int, symbols, finished: bool = True) -> float:
        path = [BEGIN, BEGIN, *symbols, *([END] if finished else [])]
        return float(sum(self.tables[sentence][a, b, c] for a, b, c in zip(path, path[1:], path[2:])))

    def run(self, search, **options):
        memory, state = self.start()
        return search(self.step, memory, state, count=len(self.tables), **LIMITS, **options)


def all_answers(chain: Chain, sentence: int, max_length: int) -> list[tuple[float, list[int]]]:
    """Every answer of at most `max_length` symbols with its log-probability, the likeliest first."""
    words = [w for n in range(max_length + 1) for w in itertools.product(range(2, SYMBOLS), repeat=n)]
    return sorted(((chain.log_probability(sentence, w), list(w)) for w in words), reverse=True)
