"""Follows live advice unasked in the run that a screen shows, within limits, once a person has switched that on."""

from dltui.advice.limits import BY, Limits
from dltui.runs.wish import Wish
from dltui.screens.confirm import AutoChoice, ConfirmAuto
from dltui.screens.tuned import TunedScreen


class UnaskedScreen(TunedScreen):
    """Asks for one thing at a time, and for nothing while a person is asked something over this screen."""

    @property
    def limits(self) -> Limits | None:
        """What may be done unasked; None: nothing."""
        return None if self.why_not() else self._services.auto.get(self.folder)

    def follow_advice(self) -> None:
        """Do what the newest advice says, if it is time for that."""
        limits, followed = self.limits, self.followed
        if limits is None or followed is None or followed.diagnosed is None or self.app.screen is not self:
            return
        if self.waits_for_answer:
            return
        from dltui.advice.auto import decide

        wanted = decide(followed.state, followed.diagnosed.diagnosis, followed.diagnosed.changes, limits)
        if wanted is None:
            return
        reason = self._services.texts().advice_reason(wanted.symptom)
        wish = Wish(command=wanted.command, settings=wanted.settings, reason=reason, change=wanted.change)
        self.ask(wish, by=BY)
        if not self.waits_for_answer:  # what cannot be written is not tried every second
            self._set_limits(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """It is offered where something can be set."""
        if action == "toggle_auto":
            return not self.why_not() and self.known_task is not None
        return super().check_action(action, parameters)

    def action_toggle_auto(self) -> None:
        """Ask, then follow advice unasked; or leave it at once."""
        if self.limits is not None:
            self._set_limits(None)
            self.notify("Advice is no longer followed unasked.")
        elif self.app.screen is self:
            limits = Limits()
            self.app.push_screen(ConfirmAuto(limits), lambda choice: self._answered(choice, limits))

    def _answered(self, choice: AutoChoice | None, limits: Limits) -> None:
        if choice is not AutoChoice.FOLLOW:
            return
        trouble = self.why_not()
        if trouble:
            self.notify(trouble, severity="warning", markup=False)
        else:
            self._set_limits(limits)
            self.follow_advice()

    def _set_limits(self, limits: Limits | None) -> None:
        if limits is None:
            self._services.auto.pop(self.folder, None)
        else:
            self._services.auto[self.folder] = limits
        self.draw_soon()
