"""Lightning with dltui: learn which of ten spiral arms a point lies on. About a minute on a CPU.

pip install lightning
python lightning_example.py     # and, in another terminal: dltui
"""

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import dltui  # dltui: one of two lines


def spirals(n: int, seed: int, arms: int = 10) -> TensorDataset:
    """Points on arms that wind around the origin, not quite exact."""
    generator = torch.Generator().manual_seed(seed)
    arm = torch.randint(arms, (n,), generator=generator)
    radius = torch.rand(n, generator=generator) + 0.1
    angle = 2 * torch.pi * (arm / arms + radius / 2) + 0.1 * torch.randn(n, generator=generator)
    return TensorDataset(torch.stack([radius * angle.cos(), radius * angle.sin()], 1), arm)


class Spirals(L.LightningModule):
    def __init__(self, lr: float = 0.002, width: int = 128, dropout: float = 0.1, weight_decay: float = 0.01) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            *(nn.Linear(2, width), nn.GELU(), nn.Dropout(dropout)),
            *(nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout)),
            nn.Linear(width, 10),
        )

    def training_step(self, batch, batch_idx):
        x, y = batch
        return nn.functional.cross_entropy(self.net(x), y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self.net(x)
        self.log("val_loss", nn.functional.cross_entropy(logits, y))
        self.log("val_acc", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), self.hparams.lr, weight_decay=self.hparams.weight_decay)
        steps = self.trainer.estimated_stepping_batches
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


if __name__ == "__main__":
    L.seed_everything(0)
    trainer = L.Trainer(max_epochs=150, callbacks=[dltui.LightningCallback()], logger=False)  # dltui: the other one
    train = DataLoader(spirals(4000, seed=1), batch_size=64, shuffle=True)
    trainer.fit(Spirals(), train, DataLoader(spirals(1000, seed=2), batch_size=500))
