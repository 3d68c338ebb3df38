"""The keys of a replay: its own, and those of the run screen that mean something in it."""

from dataclasses import replace

from textual.binding import Binding

from dltui.screens.run import RunScreen

COMMANDING = frozenset({"pause", "resume", "set_hparams", "undo", "branch", "save_checkpoint", "stop_run"})
"""A recording obeys nobody."""
NOT_HERE = COMMANDING | {"show_output", "replay"}
"""What a recording does not have, or has done: what was printed bears no times."""
IN_FOOTER = frozenset({"explain", "advise"})


def _pair(
    keys: tuple[str, str], action: str, tooltips: tuple[str, str], name: str = "", display: str = ""
) -> list[Binding]:
    """A key for each direction, back first; where they have a ``name``, the footer tells them together."""
    group = Binding.Group(name, compact=True) if name else None
    signs = display or "  "
    return [
        Binding(
            key,
            f"{action}({by})",
            tooltip,
            tooltip=tooltip,
            key_display=sign.strip() or None,
            show=bool(name),
            group=group,
        )
        for key, by, tooltip, sign in zip(keys, (-1, 1), tooltips, signs, strict=True)
    ]


def _of_run() -> list[Binding]:
    """What the keys of the run screen do here too; beside those of the replay the footer has no room for them."""
    ours = [binding for binding in RunScreen.BINDINGS if isinstance(binding, Binding)]
    return [
        replace(binding, show=binding.show and binding.action in IN_FOOTER)
        for binding in ours
        if binding.action not in {*NOT_HERE, "back"}
    ]


REPLAY_KEYS = (
    Binding("escape", "back", "Back", tooltip="Put the cursor away, then the zoom, then leave the replay"),
    Binding("space", "play_or_pause", "Play", tooltip="Play or pause; at the end, from the beginning"),
    *_pair(("j", "l"), "skip", ("Back by a twentieth of the run", "Forward by a twentieth of the run")),
    *_pair(
        ("left_square_bracket", "right_square_bracket"), "step", ("An epoch back", "An epoch forward"), "Epoch", "[]"
    ),
    *_pair(("less_than_sign", "greater_than_sign"), "faster", ("Slower", "Faster"), "Speed", "<>"),
    *_pair(
        ("N", "n"),
        "change",
        ("To where a finding came, went or changed before", "To where a finding comes, goes or changes next"),
        "Change",
    ),
    *_pair(("home", "end"), "end", ("To the beginning", "To the end")),
    Binding("t", "switch", "By time", tooltip="Play by recorded time, or by steps", show=False),
    *_of_run(),
)
"""Its own come first: a person looks for them in the help."""
