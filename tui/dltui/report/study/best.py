"""The best trial in a report: what it came to, its settings, and the command that trains with them again."""

from dataclasses import dataclass
from pathlib import Path

from dltui.formatting import count, format_value
from dltui.guide.telling.step_words import seconds_text
from dltui.guide.telling.words import LONGEST_VALUE, bounded
from dltui.search.study.study import Study, TrialEntry
from dltui.search.telling import command_of
from dltui.texts import Texts
from dltui.tune.telling import has_gone_on, seen_in
from dltui_trainers.taskfile.names import is_task_file, split_name

AGAIN = "Train with its settings again:"
AGAIN_FROM_START = "It went on from a checkpoint; from the start its settings may do somewhat better or worse:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """``facts``: its number, its objective and what was seen in it; ``again``: what stands over the ``command``."""

    facts: tuple[str, ...]
    again: str
    command: str


def best_of(study: Study, texts: Texts) -> Best | None:
    """Return the best trial; None while no trial is complete."""
    best = study.best
    if best is None or best.value is None or study.begun is None:
        return None
    facts = [
        f"{'training' if study.begun.tuning is not None else 'trial'} {best.number}",
        f"{bounded(study.objective.metric, LONGEST_VALUE)} {format_value(best.value)} at step {count(best.step)}",
        bounded(seen_in(best, texts), LONGEST_VALUE),
        seconds_text(best.seconds) if best.seconds else "",
        f"run {bounded(best.run, LONGEST_VALUE)}" if best.run else "",
    ]
    return Best(
        facts=tuple(fact for fact in facts if fact),
        again=AGAIN_FROM_START if has_gone_on(best) else AGAIN,
        command=_command(study, study.begun.task, best),
    )


def _command(study: Study, task: str, best: TrialEntry) -> str:
    """A task file is told by its name: where it lay concerns nobody, and lies elsewhere for who reads it."""
    if is_task_file(task):
        path, member = split_name(task)
        task = f"{Path(path).name}:{member}" if member else Path(path).name
    return bounded(command_of(study, task, best))
