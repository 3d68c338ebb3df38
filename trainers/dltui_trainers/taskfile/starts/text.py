"""Texts with a label each: which one does a text have?"""

import csv
import re
from pathlib import Path

import numpy as np
import torch
from torch import nn

# Change: your texts, with a first line of names, and the two columns. While it is not there, some are made up.
FILE = Path(__file__).parent / "texts.csv"
TEXT, LABEL = "text", "label"

# Change: defaults that are not ours, and hyperparameters of your own; a comment behind one is its help.
hparams = {
    "epochs": 15,
    "lr": 0.01,
    "width": 32,
    "words": 5000,  # so many are known, the most frequent ones
    "longest": 60,  # words of a text that are read
}


def load(h):
    """Return the numbers of the words, (samples, longest), and the number of each text's label."""
    rows = read() if FILE.is_file() else make_up()
    labels = sorted({row[LABEL] for row in rows})
    texts = [re.findall(r"\w+", row[TEXT].lower())[: h.longest] for row in rows]
    # 0 stands for no word, 1 for one that is not known.
    known, counts = np.unique([word for text in texts for word in text], return_counts=True)
    number = {word: at for at, word in enumerate(known[np.argsort(-counts)][: h.words], 2)}
    x = torch.zeros(len(texts), h.longest, dtype=torch.long)
    for row, text in zip(x, texts, strict=True):
        row[: len(text)] = torch.tensor([number.get(word, 1) for word in text])
    # Change: one set is split for you (val_share); or return (train_x, train_y), (val_x, val_y).
    return x, torch.tensor([labels.index(row[LABEL]) for row in rows])


def read():
    """Read the file, a dict for each row."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def make_up():
    """Make up what people say of films. Change: delete it, it only shows how it goes."""
    draw = np.random.default_rng(0)
    liked, disliked = "great moving funny bright fresh clever", "dull slow loud flat stale silly"
    common = "the film was plot actors music and story scene very a bit this with"
    liked, disliked, common = liked.split(), disliked.split(), common.split()
    rows = []
    for _ in range(1500):
        label, words = [("good", liked), ("bad", disliked)][draw.integers(2)]
        unlike = draw.choice(liked + disliked)  # not all words agree
        said = draw.permutation([*draw.choice(common, draw.integers(6, 14)), *draw.choice(words, 2), unlike])
        rows.append({TEXT: " ".join(said), LABEL: label})
    return rows


class Words(nn.Module):
    """The mean of the words' vectors, whatever their order. Change: a network of your own."""

    def __init__(self, words, width, dropout, classes):
        super().__init__()
        self.vectors = nn.Embedding(words, width, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(width, classes)

    def forward(self, x):
        count = (x > 0).sum(1, keepdim=True).clamp(min=1)
        return self.out(self.dropout(self.vectors(x).sum(1) / count))


def build_model(h, data):
    """Return the network; it answers data.classes numbers, without a softmax."""
    return Words(h.words + 2, h.width, h.dropout, data.classes)


# Change: loss(output, target) and metrics(output, target) can be your own, too. Without them you have cross entropy,
# and accuracy, precision and recall.
