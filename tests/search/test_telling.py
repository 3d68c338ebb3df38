"""The words for a search and its trials."""

import msgspec
import pytest
from search.studies import search_records, study_of

from dltui.search.study.options import Resources
from dltui.search.telling import command_of, of_them


@pytest.mark.parametrize(("processes", "words"), [(1, ""), (2, " --nproc 2")])
def test_the_command_repeats_a_trial_in_as_many_processes(processes: int, words: str) -> None:
    study = study_of(search_records())
    begun, best = study.begun, study.best
    assert begun is not None and begun.search is not None and best is not None
    search = msgspec.structs.replace(begun.search, resources=Resources(processes=processes))
    study.begun = msgspec.structs.replace(begun, search=search)
    command = command_of(study, "digits", best)
    assert command.startswith("dltui train digits --set ") and f" --set lr={best.settings['lr']:g}" in command
    assert command.endswith(f" --set seed={search.seed}{words}")


@pytest.mark.parametrize(("number", "told"), [(0, "0 trials"), (1, "1 trial"), (2, "2 trials")])
def test_one_is_not_several(number: int, told: str) -> None:
    assert of_them(number, "trial") == told
