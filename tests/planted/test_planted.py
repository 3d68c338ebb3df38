"""Scripts with one fault each: it is found, and the layers are named. Sound ones are left alone."""

import json
from pathlib import Path

import pytest

from dltui.cli.diagnose import diagnose
from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom
from dltui.texts import LANGUAGES, Texts
from planted.faults import FAULTS
from planted.healthy import HEALTHY
from planted.recorded import recorded
from planted.table import named, table

OF_LAYERS = frozenset(
    {
        Symptom.ZERO_INIT,
        Symptom.NO_GRADIENT,
        Symptom.NEVER_UPDATED,
        Symptom.FROZEN_LAYERS,
        Symptom.SATURATED_UNITS,
        Symptom.DEAD_UNITS,
        Symptom.VANISHING_GRADIENTS,
        Symptom.EXPLODING_GRADIENTS,
        Symptom.NON_FINITE,
    }
)
NOTED = {
    "a frozen backbone": {Symptom.FROZEN_LAYERS},
    "adapters (LoRA)": {Symptom.FROZEN_LAYERS},
    "a teacher that follows": {Symptom.FROZEN_LAYERS},
    "only the head in the optimiser": {Symptom.NEVER_UPDATED},
}
"""What is no fault and worth a note."""


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_found_and_the_layers_are_named(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    diagnosis = examine(recorded(fault.script, tmp_path / "run"))
    finding = diagnosis.find(fault.symptom)
    assert finding is not None, [str(each.symptom) for each in diagnosis.findings]
    assert finding.severity.rank <= fault.severity.rank
    assert set(fault.layers) <= named(finding)
    if fault.symptom is Symptom.NEVER_UPDATED and fault.severity is Severity.CRITICAL:
        return  # all of them, and so the sentence names none
    for language in LANGUAGES:
        sentence = Texts.load(language).finding(finding)
        assert all(layer.lower() in sentence.lower() for layer in fault.layers[:3])


@pytest.mark.parametrize("name", HEALTHY)
def test_a_sound_training_is_left_alone(name: str, tmp_path: Path) -> None:
    state = recorded(HEALTHY[name], tmp_path / "run")
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        findings = examine(state, share * state.step).findings
        found = {each.symptom: each.severity for each in findings if each.symptom in OF_LAYERS - {Symptom.DEAD_UNITS}}
        assert found.keys() <= NOTED.get(name, set()), (share, found)
        assert {each.severity for each in findings if each.symptom in OF_LAYERS} <= {Severity.INFO}


def test_the_layers_stand_in_the_document_for_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fault = FAULTS["detach() before the head"]
    recorded(fault.script, tmp_path / "run")
    folder = str(tmp_path / "run")
    diagnose(logs=[folder], runs=None, as_json=True, at_step=None, hparams_file=None, fail_on=[])
    document = json.loads(capsys.readouterr().out)
    [found] = [each for each in _findings(document) if each["symptom"] == "no_gradient"]
    assert found["evidence"][0]["layers"] == ["encoder1", "encoder2"]


def _findings(document: object) -> list[dict[str, object]]:
    if isinstance(document, dict) and "findings" in document:
        return document["findings"]  # type: ignore[no-any-return]
    parts = document.values() if isinstance(document, dict) else document
    assert isinstance(parts, list) or hasattr(parts, "__iter__")
    return [found for part in parts if isinstance(part, (dict, list)) for found in _findings(part)]


def test_the_table_tells_each_script(tmp_path: Path) -> None:
    name = "the last layer frozen"
    text = table({name: FAULTS[name]}, {"MLP": HEALTHY["MLP"]}, tmp_path)
    assert f"| {name} | `frozen_layers`, warning | head | yes |" in text
    assert "| MLP | nothing |" in text
