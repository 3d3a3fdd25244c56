"""Several contents in one place, of which one is shown."""

from PySide6.QtWidgets import QVBoxLayout, QWidget


class OneOf(QWidget):
    """Shows one of its contents and needs only the room of that one.

    A QStackedWidget asks for the room of the largest: an empty place then scrolls, for the sake of what is not there.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._contents: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def add(self, content: QWidget) -> None:
        """Add a content; the first one is shown until another is."""
        self._layout.addWidget(content)
        content.setVisible(not self._contents)
        self._contents.append(content)

    def show_only(self, wanted: QWidget) -> None:
        """Show one of the contents."""
        for content in self._contents:  # hidden first: for a moment both would ask for room
            if content is not wanted:
                content.hide()
        wanted.show()
