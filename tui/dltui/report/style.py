"""How a report looks: the colours of dltui's two themes, and the style sheets of the page and of the poster.

Each colour is written out where it is used, first for light, then once more for dark: CSS variables are unknown to most
programs that show SVG. What is printed is light.
"""

from dataclasses import dataclass

FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","PingFang SC","Microsoft YaHei","Noto Sans SC",sans-serif'
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one theme, by what they mean."""

    paper: str
    card: str
    ink: str
    muted: str
    line: str
    grid: str
    raw: str
    train: str
    val: str
    best: str
    mark: str
    undone: str
    found: str
    note: str
    lr: str
    grad: str
    acc: str
    series: tuple[str, ...]
    level: str
    band: str
    heat: tuple[str, ...]
    good: str
    warn: str
    bad: str
    open: str


LIGHT = Palette(
    paper="#ffffff",
    card="#f6f7f9",
    ink="#262626",
    muted="#626262",
    line="#c6c8cc",
    grid="#e9eaed",
    raw="#87afd7",
    train="#005faf",
    val="#af5f00",
    best="#008700",
    mark="#870087",
    undone="#8f6b8f",
    found="#af0000",
    note="#875f00",
    lr="#875f00",
    grad="#008787",
    acc="#008700",
    series=("#005fd7", "#af5f00", "#008700", "#af00af", "#d70000", "#008787", "#000087", "#626262"),
    level="#005f87",
    band="#e6f2e6",
    heat=("#f4f6f8", "#dfeaf2", "#c3dcea", "#9fcbe0", "#7fbfd6"),
    good="#008700",
    warn="#af5f00",
    bad="#af0000",
    open="#005f87",
)
DARK = Palette(
    paper="#121212",
    card="#1c1c1c",
    ink="#dadada",
    muted="#a0a0a0",
    line="#585858",
    grid="#2a2a2a",
    raw="#3a6a91",
    train="#5fafff",
    val="#ffaf5f",
    best="#87d787",
    mark="#d787d7",
    undone="#a080a0",
    found="#ff7f7f",
    note="#ffd75f",
    lr="#d7af87",
    grad="#87d7d7",
    acc="#87d787",
    series=("#5fafff", "#ffaf5f", "#5fd75f", "#ff87d7", "#ff7f7f", "#00d7af", "#8787ff", "#ffffaf"),
    level="#87afd7",
    band="#1b2a1b",
    heat=("#1c1f22", "#1e2c36", "#1f3c4c", "#1f4e63", "#1d627b"),
    good="#87d787",
    warn="#ffaf5f",
    bad="#ff7f7f",
    open="#87afd7",
)
_CURVES = ("raw", "train", "val", "acc", "lr", "grad", "undone")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 4", "1 3", "14 3 3 3")
"""Of each series that is compared another one, so that none is told by its colour alone."""
_TONES = ("good", "warn", "bad", "open")

_CHART_SHAPES = (
    f"svg text{{font:12px {FONT}}}"
    "svg .title{font-size:14px;font-weight:600}svg .tick{font-size:11px}"
    ".line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}.line.raw{stroke-width:1}"
    ".line.undone{stroke-width:1.2;stroke-dasharray:1 4}"
    ".line.val,.line.acc{stroke-width:1.4}.line.dense{stroke-width:1}"
    ".dot{fill:none;stroke-width:5;stroke-linecap:round}.ring{fill:none;stroke-width:2}"
    ".grid,.axis{fill:none;stroke-width:1}.event{fill:none;stroke-width:1.2;stroke-dasharray:4 3}"
    ".event.found{stroke-width:1.4;stroke-dasharray:none}"
    ".line.found{stroke-width:1.2;stroke-dasharray:5 3}.cross{fill:none;stroke-width:1.6}"
    "path.level{fill:none;stroke-width:1.2;stroke-dasharray:3 3}svg text.level{font-size:11px}"
    ".bar{stroke-width:1}.bar.b2,.bar.b4{fill-opacity:.25}"
    ".diamond{fill:none;stroke-width:1.4}.spot{fill-opacity:0}"
    ".edge{fill:none;stroke-width:2.5}.best.cell{stroke-width:2.5}svg .value{font-size:13px}"
    + "".join(f".line.s{at}{{stroke-dasharray:{dash}}}" for at, dash in enumerate(_DASHES, start=1) if dash)
)


def _chart_colours(of: Palette) -> str:
    curves = "".join(f".line.{name},.dot.{name}{{stroke:{getattr(of, name)}}}" for name in _CURVES)
    curves += "".join(f".line.s{at},.dot.s{at}{{stroke:{each}}}" for at, each in enumerate(of.series, start=1))
    fills = enumerate((of.train, of.val, of.series[2], of.series[3]), start=1)
    bars = "".join(f".bar.b{at}{{fill:{each};stroke:{each}}}" for at, each in fills)
    heat = "".join(f".cell.h{at}{{fill:{each}}}" for at, each in enumerate(of.heat, start=1))
    return (
        f"svg text{{fill:{of.ink}}}svg .tick,svg .legend,svg .muted{{fill:{of.muted}}}"
        f"svg .note{{fill:{of.note}}}svg text.found{{fill:{of.found}}}svg text.mark{{fill:{of.mark}}}"
        f"svg text.undone{{fill:{of.undone}}}.event.undone{{stroke:{of.undone}}}"
        f".grid{{stroke:{of.grid}}}.axis{{stroke:{of.line}}}{curves}"
        f".line.found,.cross.found{{stroke:{of.found}}}.beyond,svg .value.found{{fill:{of.found}}}"
        f"path.level{{stroke:{of.level}}}svg text.level{{fill:{of.level}}}"
        f".band{{fill:{of.band}}}.edge{{stroke:{of.best}}}"
        f"{heat}.cell{{stroke:{of.grid}}}.cell.empty{{fill:none}}.best.cell{{stroke:{of.best}}}"
        f"{bars}"
        f".line.best{{stroke:{of.best}}}.diamond{{stroke:{of.muted}}}"
        f".ring.best{{stroke:{of.best}}}.event.mark{{stroke:{of.mark}}}.event.found{{stroke:{of.found}}}"
    )


def _themed(colours: str, dark_colours: str) -> str:
    return f"{colours}@media screen and (prefers-color-scheme:dark){{{dark_colours}}}"


_PAGE_SHAPES = f"""\
*{{box-sizing:border-box}}
body{{margin:0;font:16px/1.55 {FONT};-webkit-text-size-adjust:100%}}
main{{max-width:60rem;margin:0 auto;padding:2.5rem 1.5rem 3rem}}
h1{{font-size:1.6rem;line-height:1.25;margin:.1rem 0 .25rem;overflow-wrap:anywhere}}
h2{{font-size:1.15rem;margin:2.6rem 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid}}
h3{{font-size:1rem;margin:0}}
p{{margin:.3rem 0}}
.kicker{{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;margin:0}}
.facts{{margin:0;overflow-wrap:anywhere}}
.verdict{{margin:1.6rem 0;padding:1.3rem 1.5rem 1.4rem;border-left:6px solid;border-radius:6px}}
.verdict .word{{font-size:2.1rem;line-height:1.2;font-weight:700;margin:0}}
.verdict .sure{{font-size:1rem;font-weight:400;margin-left:.6rem;white-space:nowrap}}
.verdict .first{{margin-top:.9rem}}
.action{{font-family:{MONO};font-weight:600;overflow-wrap:anywhere}}
.error{{margin:0 0 1.6rem;padding:.8rem 1.2rem;border-left:6px solid;border-radius:6px;overflow-wrap:anywhere}}
figure{{margin:0 0 1.6rem}}
figure svg{{display:block;width:100%;height:auto}}
.main{{overflow-x:auto}}
.main svg{{min-width:36rem}}
.small{{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1.2rem 2rem}}
.small.n3{{grid-template-columns:repeat(auto-fit,minmax(15rem,1fr))}}
.small figure{{margin:0}}
.finding,.change{{margin:0 0 1.2rem}}
.judged{{margin:.25rem 0 .25rem 1.4rem;text-indent:-1.4rem;overflow-wrap:anywhere}}
.judged+figure{{margin-top:1.2rem}}
.handed{{margin-top:.6rem}}
pre{{margin:.3rem 0 2rem;padding:.8rem 1rem;border-radius:6px;font:.9rem/1.5 {MONO}}}
pre{{white-space:pre-wrap;overflow-wrap:anywhere}}
.final{{margin-top:4rem}}
ol.changes{{padding-left:1.6rem;margin:0}}
ol.changes>li{{padding-left:.3rem;margin:0 0 1.5rem}}
dl{{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.4rem 0 0}}
dt,dd{{margin:0;overflow-wrap:anywhere}}
table{{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}}
th,td{{text-align:left;vertical-align:top;padding:.3rem 1.2rem .3rem 0;border-bottom:1px solid;overflow-wrap:anywhere}}
thead th,.short{{white-space:nowrap}}
tbody th{{font-weight:400}}
thead th{{font-size:.85rem;font-weight:600}}
td.value{{font-family:{MONO};font-size:.9rem}}
.wide{{overflow-x:auto}}
.trials table{{font-size:.85rem}}.trials thead th{{font-size:inherit}}
.trials th,.trials td{{overflow-wrap:break-word;padding-right:.9rem}}
.trials td.value{{font-size:.82rem;white-space:nowrap}}
.columns{{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:0 3rem}}
.columns>section{{min-width:0}}
footer{{margin-top:3rem;font-size:.85rem}}
article+article{{margin-top:4rem;padding-top:2rem;border-top:3px double}}
@media (max-width:34rem){{main{{padding:1.2rem 1rem}}dl{{grid-template-columns:1fr}}dd{{margin-bottom:.4rem}}
.small,.columns{{grid-template-columns:1fr}}}}
@media print{{main{{max-width:none;padding:0}}.main svg{{min-width:0}}
figure,.finding,li,tr,.verdict{{break-inside:avoid}}h2{{break-after:avoid}}
.trials table,.trials td.value{{font-size:7pt}}.trials th,.trials td{{padding-right:.4rem}}
body{{font-size:11pt}}article+article{{break-before:page;border:0}}
.verdict,.error{{-webkit-print-color-adjust:exact;print-color-adjust:exact}}}}
"""


def _page_colours(of: Palette) -> str:
    tones = "".join(f".{tone}>.sign,.{tone}>.word{{color:{getattr(of, tone)}}}" for tone in _TONES)
    edges = "".join(f".verdict.{tone}{{border-color:{getattr(of, tone)}}}" for tone in _TONES)
    return (
        f"body{{background:{of.paper};color:{of.ink}}}.verdict,.error,pre{{background:{of.card}}}"
        f".kicker,.facts,.sure,dt,tbody th,thead th,footer,.how{{color:{of.muted}}}"
        f"h2,th,td,article+article{{border-color:{of.grid}}}.error{{border-color:{of.bad}}}{tones}{edges}"
    )


def page_style() -> str:
    """Return the style sheet of the HTML page."""
    light, dark = (_page_colours(of) + _chart_colours(of) for of in (LIGHT, DARK))
    return _PAGE_SHAPES + _CHART_SHAPES + _themed(light, dark)


_POSTER_SHAPES = (
    "svg .name{font-size:22px;font-weight:700}svg .word{font-size:28px;font-weight:700}"
    "svg .text{font-size:14px}svg .strong{font-size:14px;font-weight:600}"
    f"svg tspan.action{{font-family:{MONO};font-size:14px;font-weight:600}}"
)


def _poster_colours(of: Palette) -> str:
    tones = "".join(
        f"rect.{tone}{{fill:{getattr(of, tone)}}}svg text.{tone}{{fill:{getattr(of, tone)}}}" for tone in _TONES
    )
    return f".paper{{fill:{of.paper}}}.card{{fill:{of.card}}}{tones}"


def poster_style() -> str:
    """Return the style sheet of the SVG poster."""
    light, dark = (_chart_colours(of) + _poster_colours(of) for of in (LIGHT, DARK))
    return _CHART_SHAPES + _POSTER_SHAPES + _themed(light, dark)
