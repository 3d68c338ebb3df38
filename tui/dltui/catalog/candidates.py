"""Which names in a folder may be those of training logs, and what belongs to one training: nothing is read.

What is left is looked into, so a name that is on no list here costs one look at a file's head.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dltui.formats.known import FOREIGN_NAMES
from dltui.formats.meaning.names import Split, meaning_of
from dltui.formats.tensorboard.runs import MARK
from dltui.guide.folder import STATE
from dltui.search.study.records import STUDY
from dltui_trainers.runlog import MANIFEST, METRICS

SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".log", ".txt", ".out", ".wandb", ".db")
WANDB = ".wandb"
TRAINER_STATE = "trainer_state.json"
SKIPPED_FOLDERS = frozenset(
    {"node_modules", "__pycache__", "__pypackages__", "site-packages", "dist-packages", "CMakeFiles", "_build"}
    | {"lost+found", "bower_components"}
)
SHOWN_HIDDEN = frozenset({".dltui"})
"""Hidden folders hold caches and settings; this one is ours."""
ENVIRONMENT_MARKS = frozenset({"pyvenv.cfg", "conda-meta"})
"""What lies in a Python environment."""
SYSTEM_FOLDERS = frozenset({"/proc", "/sys", "/dev", "/run"})
_NO_LOGS = frozenset(
    {"package.json", "package-lock.json", "tsconfig.json", "config.json", "tokenizer.json", "tokenizer_config.json"}
    | {"vocab.json", "vocab.txt", "merges.txt", "requirements.txt", "special_tokens_map.json", "robots.txt"}
    | {"generation_config.json", "model.safetensors.index.json", "preprocessor_config.json", "CMakeLists.txt"}
)
_CHECKPOINT = re.compile(r"checkpoint-(\d{1,18})")
_MMENGINE_FOLDER, _MMENGINE_LOG = "vis_data", "scalars.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a folder may hold: ``guide``, ``study``: a guide, a search with its trials; ``own``: a run of ours;
    ``mlflow``: a run of MLflow; ``events``: TensorBoard's files; ``checkpoints``: those of one Trainer, the newest
    first; ``files``: the others, the usual names first. ``is_wandb``: it is the folder of a W&B run.
    """

    guide: bool
    study: bool
    own: bool
    mlflow: bool
    events: bool
    checkpoints: tuple[str, ...]
    files: tuple[str, ...]
    is_wandb: bool


def is_skipped_folder(name: str) -> bool:
    """Return whether a folder of that name holds no logs of a training."""
    hidden = name.startswith(".") and name not in SHOWN_HIDDEN
    return hidden or name in SKIPPED_FOLDERS or name.endswith((".egg-info", ".dist-info", ".app"))


def may_be_log(name: str) -> bool:
    """Return whether a file of that name is worth a look."""
    if MARK in name:
        return True
    return name.lower().endswith(SUFFIXES) and name not in _NO_LOGS and not name.startswith(".")


def candidates_in(folder_name: str, folders: Iterable[str], files: Iterable[str]) -> Candidates:
    """Return what may be a log among those names, without what belongs to the same training as another one."""
    names, inner = set(files), set(folders)
    wandb = sorted(name for name in names if name.endswith(WANDB))
    plain = wandb or sorted((name for name in names if _is_plain(name, names)), key=_usual_first)
    if folder_name == _MMENGINE_FOLDER and _MMENGINE_LOG in names:  # its twin has the same records
        plain = [_MMENGINE_LOG]
    splits = any(meaning_of(f"{name}/loss").split is not Split.UNSAID for name in inner)
    numbered = sorted(((int(found[1]), name) for name in inner if (found := _CHECKPOINT.fullmatch(name))), reverse=True)
    return Candidates(
        guide=STATE in names,
        study=STUDY in names,
        own=MANIFEST in names or METRICS in names,
        mlflow="meta.yaml" in names and "metrics" in inner,
        events=any(MARK in name for name in names) or splits,
        checkpoints=() if TRAINER_STATE in names else tuple(name for _, name in numbered),
        files=tuple(plain),
        is_wandb=bool(wandb),
    )


def is_part_of_training(folder_name: str) -> bool:
    """Return whether a folder with events beside others is of the same training: ``validation``, ``Loss_train``."""
    return meaning_of(f"{folder_name}/loss").split is not Split.UNSAID


def is_checkpoint(name: str) -> bool:
    """Return whether a folder is a checkpoint of Transformers' Trainer."""
    return _CHECKPOINT.fullmatch(name) is not None


def _is_plain(name: str, names: set[str]) -> bool:
    """Whether it is looked into as it is: mmdetection's ``x.log`` has its numbers in ``x.log.json`` too."""
    return may_be_log(name) and MARK not in name and f"{name}.json" not in names


def _usual_first(name: str) -> tuple[bool, str]:
    return (name not in FOREIGN_NAMES, name)
