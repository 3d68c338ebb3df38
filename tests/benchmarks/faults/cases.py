"""The faulty configurations that advice is tried on. What a line does not name is the task's default."""

from dataclasses import dataclass

from benchmarks.faults.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One configuration and what is wrong with it."""

    task: str
    fault: str
    settings: dict[str, str]

    @property
    def config(self) -> Config:
        return Config(task=self.task, settings=self.settings)


TABLE = """
digits      rate far too low            lr=1e-5
digits      rate too low                lr=5e-5
digits      rate too high               lr=0.1
digits      rate too high, constant     lr=0.03 schedule=constant
digits      diverges                    lr=30 optimizer=momentum
digits      dead units by the rate      lr=1 layers=4
digits      saturated tanh              lr=0.5 activation=tanh
digits      too few epochs              epochs=3 lr=3e-4
digits      network too small           width=2
digits      one narrow layer            layers=1 width=3
digits      learns wrong labels         label_noise=0.3 width=512 epochs=80 schedule=constant
digits      few samples, large network  train_size=100 width=256 epochs=150 schedule=constant
digits      too much dropout            dropout=0.85
digits      too much weight decay       weight_decay=1
digits      too much l1                 l1=0.1
digits      too much label smoothing    label_smoothing=0.8 epochs=10
digits      weights start at zero       init=zero
digits      deep sigmoid                layers=8 activation=sigmoid
digits      batch of everything         batch_size=1437
digits      batch of one                batch_size=1 lr=0.01 epochs=10
digits      sgd at the rate of adam     optimizer=sgd
digits      rate decays too early       schedule=step lr=2e-4 epochs=20
digits      exploding gradients         layers=12 activation=leaky_relu init=he optimizer=sgd lr=0.5
digits      endless warm-up             warmup_steps=100000
digits      gradients clipped away      optimizer=sgd lr=0.05 grad_clip=1e-3
mnist1d     rate far too low            lr=1e-5
mnist1d     rate too high               lr=0.1
mnist1d     rate too high, constant     lr=0.02 schedule=constant
mnist1d     diverges                    lr=5 optimizer=momentum
mnist1d     sgd at the rate of adam     optimizer=sgd
mnist1d     too few epochs              epochs=3
mnist1d     network too small           width=3
mnist1d     large network for long      width=256 layers=3 schedule=constant
mnist1d     learns wrong labels         label_noise=0.3 width=256
mnist1d     few samples                 train_size=400 epochs=150
mnist1d     too much dropout            dropout=0.8
mnist1d     too much weight decay       weight_decay=0.3
mnist1d     weights start at zero       init=zero
mnist1d     deep sigmoid                layers=8 activation=sigmoid
mnist1d     batch of everything         batch_size=4000
polynomial  a straight line             degree=1
polynomial  a constant                  degree=0
polynomial  degree too high             degree=11
polynomial  degree a little too high    degree=9
polynomial  rate far too low            lr=1e-5
polynomial  rate too high               lr=3
polynomial  diverges                    lr=2 optimizer=sgd
polynomial  too few epochs              epochs=50 lr=0.003
polynomial  too much weight decay       weight_decay=3
polynomial  too much l1                 l1=1
blobs       large network for long      width=256 layers=3 schedule=constant
blobs       few samples                 train_size=80
blobs       rate far too low            lr=1e-5
blobs       too much dropout            dropout=0.9
blobs       network too small           width=1
teacher     rate too high               lr=0.3
teacher     network too small           width=1
teacher     noise learned by heart      noise=0.8 width=256 epochs=200 schedule=constant
teacher     sgd at the rate of adam     optimizer=sgd
teacher     too few epochs              epochs=5
teacher     deep sigmoid                layers=8 activation=sigmoid
"""


def all_cases() -> list[Case]:
    """Return the rows of the table."""
    cases = []
    for line in TABLE.strip().splitlines():
        task, fault, settings = (line[start:end].strip() for start, end in ((0, 12), (12, 40), (40, None)))
        words = (word.partition("=") for word in settings.split())
        cases.append(Case(task=task, fault=fault, settings={name: value for name, _, value in words}))
    return cases
