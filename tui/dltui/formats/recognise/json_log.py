"""Whether JSON holds curves, told by the beginning of it: a document of megabytes is cut off where its head ends."""

import json
import re

from dltui.formats.meaning.names import MEASURES, Meaning, Quantity, Split, meaning_of

_LOG_HISTORY = '"log_history"'
_NUMBER = r"-?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|NaN|Infinity)"
_LIST = re.compile(rf'"([^"\\\n]{{1,80}})"\s*:\s*\[\s*({_NUMBER})\s*([,\]])\s*({_NUMBER})?')
_VALUE = re.compile(rf'"([^"\\\n]{{1,80}})"\s*:\s*"?({_NUMBER})"?\s*[,}}\n\r]')
_CURVES = (Quantity.LOSS, Quantity.ACCURACY, Quantity.ERROR)
_AXES = (Quantity.STEP, Quantity.EPOCH)
_PAIRS = re.compile(rf"(?:history|curve|losses)[^\"]*\"\s*:\s*\[\s*\[\s*{_NUMBER}\s*,", re.IGNORECASE)
_LOOKED_AT = 20


def records_in(text: str, least: int = 2) -> list[dict[str, object]] | None:
    """Return the first lines as objects, None if they are none (fewer than ``least``); the last may be cut off."""
    records: list[dict[str, object]] = []
    for line in text.split("\n", _LOOKED_AT + 1)[: _LOOKED_AT + 1]:
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(value, dict):
            break
        records.append(value)
    return records if len(records) >= least or (records and text.count("\n") == 1) else None


def is_json_log(text: str) -> bool:
    """Return whether the document has lists under names of curves, or records with a measure that repeat."""
    if _LOG_HISTORY in text:
        return True
    lists = [(meaning_of(name), second) for name, _, _, second in _LIST.findall(text)]
    if any(_is_of_curve(meaning) for meaning, second in lists):
        return True
    if _PAIRS.search(text):
        return True
    counted: dict[str, int] = {}
    for name, _ in _VALUE.findall(text):
        counted[name] = counted.get(name, 0) + 1
    repeated = [meaning_of(name) for name, times in counted.items() if times > 1]
    placed = any(meaning.quantity in _AXES for meaning in repeated)
    return any(_is_of_curve(meaning) and (placed or meaning.split is not Split.UNSAID) for meaning in repeated)


def _is_of_curve(meaning: Meaning) -> bool:
    return meaning.quantity in _CURVES and meaning.quantity in MEASURES
