"""Lines of Python's own help: on which topic does a line tell?

The mean of its words' vectors, whatever their order, is enough to know it.
"""

import re
from collections import Counter
from pydoc_data.topics import topics

import numpy as np
import torch
from torch import nn

TOPICS = ("compound", "debugger", "formatstrings", "import", "string-methods", "typesmapping")

hparams = {
    "epochs": 20,
    "batch_size": 32,
    "lr": 0.005,
    "width": 32,
    "dropout": 0.3,
    "weight_decay": 3e-4,
    "least": 2,  # a word is known that stands so often in the lines that are learned from
}
LONGEST = 20


def load(h):
    lines = [(words, number) for number, topic in enumerate(TOPICS) for words in lines_of(topics[topic])]
    np.random.default_rng(0).shuffle(lines)
    train, val = lines[: len(lines) * 4 // 5], lines[len(lines) * 4 // 5 :]
    counts = Counter(word for words, _ in train for word in words)
    known = [word for word, count in counts.items() if count >= h.least]
    numbers = {word: at for at, word in enumerate(known, 1)}  # 0: no word, or one that is not known
    return as_tensors(train, numbers), as_tensors(val, numbers)


def lines_of(text):
    """The words of each line that has enough of them; a line that stands there twice is taken once."""
    lines = dict.fromkeys(line.strip().lower() for line in text.splitlines())
    split = (re.findall(r"[a-z_]+", line)[:LONGEST] for line in lines)
    return [words for words in split if len(words) >= 5]


def as_tensors(lines, numbers):
    x = torch.zeros(len(lines), LONGEST, dtype=torch.long)
    for row, (words, _) in zip(x, lines, strict=True):
        row[: len(words)] = torch.tensor([numbers.get(word, 0) for word in words])
    return x, torch.tensor([number for _, number in lines])


class MeanOfWords(nn.Module):
    def __init__(self, words, width, dropout, classes):
        super().__init__()
        self.vectors = nn.Embedding(words, width, padding_idx=0)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, classes))

    def forward(self, x):
        return self.head(self.vectors(x).sum(1) / (x > 0).sum(1, keepdim=True).clamp(min=1))


def build_model(h, data):
    words = 1 + int(data.train_x.max())
    return MeanOfWords(words, h.width, h.dropout, data.classes)
