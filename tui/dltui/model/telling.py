"""The lines above the table, as texts with their tones: for the screen and for plain text alike."""

from collections.abc import Iterator

from dltui.formatting import count, size
from dltui.model.cells import SIGNS, Cell, Tone, mark_tone
from dltui.model.look import Look
from dltui.model.order import Order
from dltui.model.totals import BatchAdvice, Totals
from dltui.text import safe_text
from dltui.texts.model import ModelTexts


def size_words(name: str, seen: Look, texts: ModelTexts) -> Iterator[Cell]:
    """Yield how large the model is and which moment is shown, the most important first."""
    totals = seen.totals
    yield safe_text(name), Tone.STRONG
    yield texts.ui("title"), Tone.PLAIN
    if seen.step is not None:
        moment = texts.ui("newest" if seen.at is None else "earlier")
        tone = Tone.PLAIN if seen.at is None else Tone.ACCENT
        yield f"{texts.ui('at_step', step=seen.step)} ({moment})", tone
    if totals.parameters is not None and totals.trainable is not None:
        yield texts.ui("parameters", count=count(totals.parameters)), Tone.PLAIN
        if totals.trainable != totals.parameters:
            yield texts.ui("trainable", count=count(totals.trainable)), Tone.PLAIN
    if len(seen.records) > 1:
        yield texts.ui("record", number=count(seen.number), count=count(len(seen.records))), Tone.QUIET
    if totals.memory is not None:
        yield texts.ui("memory", size=_bytes(totals.memory)), Tone.QUIET
    yield texts.ui("tensors", count=count(len(seen.rows))), Tone.QUIET


def health_words(seen: Look, texts: ModelTexts) -> Iterator[Cell]:
    """Yield what is wrong with how many parameters, and how the table is sorted and filtered."""
    marks = seen.totals.marks
    for mark, number in marks:
        yield f"{SIGNS[mark]} {texts.ui('marked', count=count(number), mark=texts.mark(mark))}", mark_tone(mark)
    if seen.number and not any(mark.is_sick for mark, _ in marks):
        yield f"✓ {texts.ui('well')}", Tone.GOOD
    if len(seen.shown) != len(seen.rows):
        yield texts.ui("matching", shown=count(len(seen.shown)), count=count(len(seen.rows))), Tone.PLAIN
    if seen.wanted.words.strip():
        yield f"/{safe_text(seen.wanted.words.strip())}", Tone.ACCENT
    if seen.wanted.weights_only:
        yield texts.ui("weights_only"), Tone.PLAIN
    if seen.wanted.order is not Order.MODEL:
        yield texts.ui("sorted_by", order=texts.ui(f"order_{seen.wanted.order}")), Tone.PLAIN


def remark(seen: Look, texts: ModelTexts) -> str:
    """Return why there is nothing to show, or no number; else what the noise of the gradients says; or nothing."""
    if not seen.rows:
        return texts.ui("no_model_foreign" if seen.is_foreign else "no_model")
    if not seen.shown:
        return texts.ui("none_match")
    return _noise(seen.totals, texts) if seen.number else texts.ui("no_records")


def _noise(totals: Totals, texts: ModelTexts) -> str:
    if totals.noise_scale is None:
        return ""
    places: dict[str, str] = {"scale": count(float(f"{totals.noise_scale:.2g}"))}
    if totals.batch_advice is not BatchAdvice.UNKNOWN:
        places |= {"batch": count(totals.batch_size or 0), "advice": texts.ui(f"noise_{totals.batch_advice}")}
    return texts.ui("noise", **places)


def _bytes(number: int) -> str:
    return f"{number / 1e3:.3g} kB" if number < 1e6 else size(number)
