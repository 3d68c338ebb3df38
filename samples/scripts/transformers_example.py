"""Transformers with dltui: a tiny GPT-2, from random weights, learns to repeat what it has read. A minute on a CPU.

pip install 'transformers[torch]'
python transformers_example.py     # and, in another terminal: dltui
"""

import torch
from torch.utils.data import Dataset
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

import dltui  # dltui: one of two lines

LETTERS, LENGTH = 24, 16


class Repeated(Dataset):
    """Random letters, a sign, and the same letters again: only the second half can be known, and only it counts."""

    def __init__(self, n: int, seed: int) -> None:
        letters = torch.randint(LETTERS, (n, LENGTH), generator=torch.Generator().manual_seed(seed))
        self.tokens = torch.cat([letters, torch.full((n, 1), LETTERS), letters], dim=1)
        self.labels = self.tokens.clone()
        self.labels[:, : LENGTH + 1] = -100  # left out of the loss

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, i: int) -> dict[str, torch.Tensor]:
        return {"input_ids": self.tokens[i], "labels": self.labels[i]}


def accuracy(prediction) -> dict[str, float]:
    """The share of letters that were repeated rightly; what stands at a place was predicted one before it."""
    found, labels = prediction.predictions.argmax(-1)[:, :-1], prediction.label_ids[:, 1:]
    return {"accuracy": float((found == labels)[labels != -100].mean())}


if __name__ == "__main__":
    config = GPT2Config(vocab_size=LETTERS + 1, n_positions=2 * LENGTH + 1, n_embd=64, n_layer=2, n_head=4)
    config.bos_token_id = config.eos_token_id = LETTERS
    arguments = TrainingArguments(
        output_dir="/tmp/transformers_example",
        num_train_epochs=15,
        per_device_train_batch_size=32,
        learning_rate=5e-4,
        warmup_steps=100,
        weight_decay=0.01,
        eval_strategy="steps",
        eval_steps=100,
        save_strategy="no",
        report_to="none",
    )
    trainer = Trainer(
        GPT2LMHeadModel(config),
        arguments,
        train_dataset=Repeated(5000, seed=1),
        eval_dataset=Repeated(500, seed=2),
        compute_metrics=accuracy,
        callbacks=[dltui.TransformersCallback()],  # dltui: the other one
    )
    trainer.train()
