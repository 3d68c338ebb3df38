"""The table of docs/model-health.md."""

from collections.abc import Callable, Mapping
from pathlib import Path

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Finding, Severity
from planted.faults import Fault
from planted.recorded import Script, recorded

SHOWN = 4
"""Layers that a row names."""


def table(faults: Mapping[str, Fault], healthy: Mapping[str, Callable[[Script], None]], folder: Path) -> str:
    """Run the scripts, each into a folder of its own beneath ``folder``; return what was said of them, as Markdown."""
    rows = ["| fault | found | layers | right |", "|---|---|---|---|"]
    for place, (name, fault) in enumerate(faults.items()):
        found = examine(recorded(fault.script, folder / f"fault{place}")).find(fault.symptom)
        rows.append(f"| {name} | {_word(found)} | {_layers(found)} | {_is_right(fault, found)} |")
    rows += ["", "| sound training | warnings |", "|---|---|"]
    for place, (name, script) in enumerate(healthy.items()):
        findings = examine(recorded(script, folder / f"sound{place}")).findings
        told = [f"`{each.symptom}`" for each in findings if each.severity is not Severity.INFO]
        rows.append(f"| {name} | {', '.join(told) or 'nothing'} |")
    return "\n".join(rows)


def named(finding: Finding | None) -> set[str]:
    """Return all layers that the finding tells of."""
    return set() if finding is None else {name for each in finding.evidence for name in each.layers}


def _word(found: Finding | None) -> str:
    return "nothing" if found is None else f"`{found.symptom}`, {found.severity}"


def _layers(found: Finding | None) -> str:
    names = list(dict.fromkeys(name for each in (found.evidence if found else ()) for name in each.layers))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more or "-"


def _is_right(fault: Fault, found: Finding | None) -> str:
    return "yes" if found is not None and set(fault.layers) <= named(found) else "no"
