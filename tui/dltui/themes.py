"""The two themes. Charts take their colours from ``chart-*``; curves differ in form as well as in colour.

All colours are of the 256-colour palette, so that a terminal without true colour shows the same.
"""

from textual.theme import Theme

DARK = Theme(
    name="dltui-dark",
    dark=True,
    primary="#5fafff",
    secondary="#87afd7",
    accent="#ffaf5f",
    warning="#ffd75f",
    error="#ff5f5f",
    success="#87d787",
    foreground="#dadada",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    boost="#303030",
    variables={
        "chart-frame": "#585858",
        "chart-label": "#8a8a8a",
        "chart-train": "#5fafff",
        "chart-raw": "#005f87",
        "chart-val": "#ffaf5f",
        "chart-best": "#87d787",
        "chart-mark": "#d787d7",
        "chart-finding": "#ff5f5f",
        "chart-note": "#ffd75f",
        "chart-lr": "#d7af87",
        "chart-grad": "#87d7d7",
        "chart-accuracy": "#87d787",
        "footer-key-foreground": "#ffaf5f",
        "footer-background": "#1c1c1c",
    },
)

LIGHT = Theme(
    name="dltui-light",
    dark=False,
    primary="#005faf",
    secondary="#005f87",
    accent="#af5f00",
    warning="#875f00",
    error="#af0000",
    success="#008700",
    foreground="#262626",
    background="#ffffff",
    surface="#eeeeee",
    panel="#e4e4e4",
    boost="#dadada",
    variables={
        "chart-frame": "#b2b2b2",
        "chart-label": "#626262",
        "chart-train": "#005faf",
        "chart-raw": "#87afd7",
        "chart-val": "#af5f00",
        "chart-best": "#008700",
        "chart-mark": "#870087",
        "chart-finding": "#af0000",
        "chart-note": "#875f00",
        "chart-lr": "#875f00",
        "chart-grad": "#008787",
        "chart-accuracy": "#008700",
        "footer-key-foreground": "#af5f00",
        "footer-background": "#eeeeee",
    },
)
