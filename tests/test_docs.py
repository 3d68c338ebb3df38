"""The documents tell the truth: what exists is named in them, and what they name exists."""

import re
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from dltui.cli.words import COMMANDS
from dltui.runs.follow import FolderWatch
from dltui.series.state import RunState
from dltui_trainers.configure import parse
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Record

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
HPARAMS = (ROOT / "docs" / "hyperparameters.md").read_text()
GUIDE = (ROOT / "docs" / "guide.md").read_text()
SEARCH = (ROOT / "docs" / "search.md").read_text()
TUNE = (ROOT / "docs" / "tune.md").read_text()
SAMPLES = (ROOT / "samples" / "README.md").read_text()


@pytest.mark.parametrize(
    "word", [*COMMANDS, "--set", "--from", "--headless", "--detach", "--runs", "DLTUI_RUNS", "make demo", "make test"]
)
def test_the_readme_names_it(word: str) -> None:
    assert word in README


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_links_lead_somewhere(link: str) -> None:
    assert link.startswith("http") or (ROOT / link).exists()


@pytest.mark.parametrize("hparam", CATALOGUE.values(), ids=lambda each: each.name)
def test_every_hyperparameter_is_described_with_its_values(hparam: Hparam) -> None:
    row = next(line for line in HPARAMS.splitlines() if line.startswith(f"| `{hparam.name}` |"))
    default = row.split("|")[2].strip()
    assert default in ("", "by task") or parse(hparam, default) == hparam.default
    assert [choice for choice in hparam.choices if not re.search(rf"\b{choice}\b", row)] == []


@pytest.mark.parametrize("live", [name for name, each in CATALOGUE.items() if each.family not in ("log", "data")])
def test_the_document_says_what_can_be_set_live(live: str) -> None:
    row = next(line for line in HPARAMS.splitlines() if line.startswith(f"| `{live}` |"))
    assert ("yes" in row.split("|")[3]) == CATALOGUE[live].live


def test_every_option_command_file_and_key_of_a_guide_is_described() -> None:
    from dltui.cli.guide_json import document
    from dltui.guide import folder
    from dltui.guide.engine.commands import KINDS
    from dltui.guide.options import STEPS, Options
    from dltui.guide.state import StepState, new_guide
    from dltui.texts.guide import GuideTexts

    guide = new_guide(name="g", task="digits", options=Options(), command=[], began=0.0)
    told = document(guide, Path("runs/g"), GuideTexts.load("en"))
    names = [*told, *told["steps"][0], *KINDS, *StepState]  # type: ignore[index]
    assert [name for name in names if not re.search(rf"\b{name}\b", GUIDE)] == []
    assert [file for file in (folder.STATE, folder.LOCK, folder.LOOKED, folder.ENGINE_LOG) if file not in GUIDE] == []
    assert [number for number in STEPS if f"| {number} " not in GUIDE] == []
    given = (ROOT / "tui" / "dltui" / "cli" / "guide_options.py").read_text()
    assert [option for option in re.findall(r'"(--[a-z-]+)"', given) if option not in GUIDE] == []


def test_every_option_command_record_and_key_of_a_search_is_described() -> None:
    from dltui.cli.search_json import document
    from dltui.search.study.options import SearchOptions
    from dltui.search.study.records import Asked, Begun, StudyRecord, Told
    from dltui.search.study.study import Study
    from dltui.search.supervisor.commands import KINDS

    study = Study()
    study.take(Begun(name="s", task="digits", time=0.0, command=[], search=SearchOptions()))
    study.take(Asked(number=0, time=0.0, settings={}))
    study.take(Told(number=0, time=0.0, state="complete", value=1.0))
    told = document(study, Path("runs/s"))
    records = get_args(StudyRecord)
    names = [*told, *told["trials"][0], *told["best"], *KINDS]  # type: ignore[index, misc]
    names += [each.__struct_config__.tag for each in records]
    names += [name for each in records for name in each.__struct_fields__]
    assert [name for name in names if not re.search(rf"\b{name}\b", SEARCH)] == []
    given = (ROOT / "tui" / "dltui" / "cli" / "search_options.py").read_text()
    assert [option for option in re.findall(r'"(--[a-z-]+)"', given) if option not in SEARCH] == []


def test_every_column_of_exported_trials_is_described() -> None:
    from dltui.search.study.rows import BEFORE, OF_TUNING, TRIAL

    table = SEARCH[SEARCH.index("## To keep and to send") : SEARCH.index("## The document")]
    assert [name for name in (*TRIAL, BEFORE) if f"`{name}`" not in table] == []
    told = next(part for part in TUNE.split("\n\n") if "dltui export TUNING" in part)
    assert [name for name in OF_TUNING if f"`{name}`" not in told] == []


def test_every_kind_of_record_is_described() -> None:
    described = (ROOT / "docs" / "run-folder.md").read_text()
    kinds = [kind.__struct_config__.tag for kind in Record.__subclasses__()]
    assert len(kinds) == 8
    assert [kind for kind in kinds if f"`{kind}`" not in described] == []


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in ROOT.glob("samples/*/run.json")), ids=lambda path: path.name
)
def test_a_sample_opens_whole_and_was_made_by_the_command_beside_it(folder: Path) -> None:
    state = RunState()
    state.take(FolderWatch(folder).look())
    assert state.skipped == 0 and not state.loading
    assert state.status == "finished" or folder.name == "stalled"  # which was suspended in the middle
    assert state.best is not None and state.manifest is not None
    words = state.manifest.command
    settings = [word for option, word in pairwise(words) if option == "--set"]
    row = next(line for line in SAMPLES.splitlines() if f"| `{folder.name}` |" in line)
    assert re.findall(r"--set (\S+?)[\s`]", row) == settings


def last(state: RunState) -> tuple[float, float]:
    """The smoothed training loss and the validation loss at the end."""
    return float(state.train_loss.smooth.values[-1]), state.val_loss.last


def test_the_samples_show_what_they_are_called() -> None:
    seen = {}
    for name in ("healthy", "overfitting", "underfitting"):
        state = seen[name] = RunState()
        state.take(FolderWatch(ROOT / "samples" / name).look())
    train, val = last(seen["overfitting"])
    best = seen["overfitting"].best
    assert best is not None and val > 1.2 * best.val_loss and train < 0.5 * val
    healthy, underfitting = last(seen["healthy"]), last(seen["underfitting"])
    assert max(healthy) < 0.3 and min(underfitting) > 1.0
    best = seen["healthy"].best
    assert best is not None and healthy[1] < 1.05 * best.val_loss
