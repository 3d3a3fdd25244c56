"""The sheet that adds a prompt to a comparison."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.widgets.buttons import Button
from ui.widgets.labels import Label
from ui.widgets.sheet import Sheet
from ui.widgets.text_field import NumberField, TextField

MOST_SEED = 2**31 - 1


class PromptSheet(Sheet):
    """Asks for a prompt and its seed, and says first what drawing it costs."""

    prompt_added = Signal(str, int)

    def __init__(
        self, area: QWidget, title: str, trigger: str, prompt: str, seed: int, cost: str, refusal: str
    ) -> None:
        """Begins with `prompt`, or where that is empty with the trigger word."""
        super().__init__(area, title, width_px=560)
        hint = self.tr("Put {word} in it to call up what was taught.").format(word=trigger) if trigger else ""
        self.prompt = TextField(self.tr("Prompt"), text=prompt or (f"{trigger}, " if trigger else ""), hint=hint)
        self.seed = NumberField(
            self.tr("Seed"), seed, 0, MOST_SEED, hint=self.tr("The same seed begins from the same noise.")
        )
        self.cost_label = Label(self.tr("For the columns shown: {cost}.").format(cost=cost), "body", "text2", wrap=True)
        for widget in (self.prompt, self.seed, self.cost_label):
            self.body.addWidget(widget)
        if refusal:
            self.body.addWidget(Label(refusal, "body", "warn", wrap=True))
        self.body.addStretch(1)
        cancel = self.add_button(Button(self.tr("Cancel"), "secondary"))
        cancel.clicked.connect(self.close_sheet)
        self.add = self.add_button(Button(self.tr("Draw it"), "primary", "wand"))
        self.add.clicked.connect(self._add)
        self._trigger = trigger
        self._refusal = refusal
        self.prompt.text_changed.connect(self._judge)
        self._judge()

    def _judge(self) -> None:
        if self._refusal:
            self.add.block(self._refusal)
        elif self.prompt.text.strip(" ,") in ("", self._trigger):
            self.add.block(self.tr("Type a prompt first"))
        else:
            self.add.unblock()

    def _add(self) -> None:
        self.prompt_added.emit(" ".join(self.prompt.text.split()), int(self.seed.value))
        self.close_sheet()
