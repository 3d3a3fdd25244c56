"""The window: rail, header, page, bottom bar, and what belongs to all of them."""

import base64
import binascii
from collections.abc import Callable, Mapping

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from lora_studio.runs.picture_facts import DrawnPicture, read_drawn_picture
from ui.models import shortcuts
from ui.models.workspace import PromptPlace
from ui.shell import drops, places
from ui.shell.drops import Drop
from ui.shell.notices import Notices
from ui.shell.places import PageFactory
from ui.shell.rail import Rail
from ui.shell.shortcuts import STEPS, Shortcuts
from ui.shell.taskbar import Taskbar
from ui.theme import tokens
from ui.theme.late_style import style_now
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.drop_target import DropTarget
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import Label
from ui.widgets.page import BottomState, Context, Page
from ui.widgets.reason_label import ReasonLabel
from ui.widgets.sheet import Sheet
from ui.widgets.toast import ToastHost
from ui.work import tasks

MINIMUM_SIZE = QSize(1024, 680)
USUAL_SIZE = QSize(1440, 900)
_TITLE_BAR_PX = 40  # of the system, around the window
_LEAST_WORDS_PX = 340
_STATE_ICONS = {
    "ok": ("check_circle", "ok"),
    "info": ("info", "accent"),
    "warn": ("warning", "warn"),
    "err": ("error", "err"),
    "busy": ("clock", "accent"),
    "lock": ("lock", "text2"),
}


class _Row(QFrame):
    """Words at the left and actions at the right; where they do not fit side by side, one above the other."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setSpacing(tokens.current().sizes.gap12)
        self.words = QVBoxLayout()
        self.words.setSpacing(2)
        self.actions_box = QWidget(self)
        self.action_row = QHBoxLayout(self.actions_box)
        self.action_row.setContentsMargins(0, 0, 0, 0)
        self.action_row.setSpacing(tokens.current().sizes.gap8 + 2)
        self.lead = QHBoxLayout()
        self.lead.setSpacing(tokens.current().sizes.gap12)
        self.lead.addLayout(self.words, 1)
        self._actions: list[QWidget] = []
        self._layout.addLayout(self.lead, 1)
        self._layout.addWidget(self.actions_box, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _show_actions(self, wanted: list[QWidget], page: Page) -> None:
        """Put a page's own widgets into the row; those of another page go back to it, hidden.

        A layout is never asked for its items: PySide keeps what it made for an item when the item goes with its widget,
        and takes the next object at that address for it. The program then crashes, much later and elsewhere.
        """
        if self._actions == wanted:
            return
        for widget in filter(isValid, self._actions):
            self.action_row.removeWidget(widget)
            if widget not in wanted:
                if widget.hasFocus():  # Qt would give it to the next one, with a ring, as if it had been chosen
                    self.window().setFocus()
                widget.hide()  # or it comes back, over its page, when that is first shown
                widget.setParent(widget.property("page"))
        for widget in wanted:
            widget.setProperty("page", page)
            self.action_row.addWidget(widget)
            widget.show()
        self._actions = wanted

    def reflow(self) -> None:
        buttons = [action for action in filter(isValid, self._actions) if isinstance(action, Button)]
        wanted_px = sum(button.whole_width() + self.action_row.spacing() for button in buttons)
        margins = self._layout.contentsMargins()
        is_lean = wanted_px > self.width() - margins.left() - margins.right()
        for button in buttons:
            button.set_lean(is_lean)
        fits = self.width() - self.actions_box.sizeHint().width() >= tokens.current().scaled(_LEAST_WORDS_PX)
        wanted = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        self._layout.setDirection(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.reflow()


class Header(_Row):
    """Title and subtitle of the page, and its actions at the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        sizes = tokens.current().sizes
        self._layout.setContentsMargins(sizes.page_margin, sizes.gap20, sizes.page_margin, sizes.gap16)
        self.words.setSpacing(4)
        self.title_label = Label("", "display", wrap=True)
        self.subtitle_label = Label("", "body", "muted", wrap=True)
        self.words.addWidget(self.title_label)
        self.words.addWidget(self.subtitle_label)

    def end_with(self, page: Page, room_px: int) -> None:
        """Let the actions end where the page below does, which may be narrower than its room."""
        sizes, widest = tokens.current().sizes, page.maximumWidth()
        beside = max(0, room_px - widest) if page.widest_px is not None else 0
        self._layout.setContentsMargins(sizes.page_margin, sizes.gap20, sizes.page_margin + beside, sizes.gap16)

    def show_page(self, page: Page) -> None:
        self.title_label.setText(page.title())
        self.subtitle_label.setText(page.subtitle())
        self.subtitle_label.setVisible(bool(page.subtitle()))
        self._show_actions(list(page.header_actions()), page)
        self.reflow()


class BottomBar(_Row):
    """The state sentence at the left, the actions at the right, the primary one last."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("surface", "bar")
        sizes = tokens.current().sizes
        self._layout.setContentsMargins(sizes.page_margin, sizes.gap12, sizes.page_margin, sizes.gap12)
        self._icon = IconLabel("info", "accent", 20)
        self.title_label = Label("", "strong", wrap=True)
        self.body_label = Label("", "small", "muted", wrap=True)
        self.words.addStretch(1)
        self.words.addWidget(self.title_label)
        self.words.addWidget(self.body_label)
        self.reason_label = ReasonLabel(self._says)
        self.words.addWidget(self.reason_label)
        self.words.addStretch(1)
        self.lead.insertWidget(0, self._icon)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def show_page(self, page: Page) -> None:
        state, buttons = page.bottom_state(), page.bottom_actions()
        primaries = [button for button in buttons if button.kind == "primary"]
        assert len(primaries) <= 1, "a page has one primary action"
        self.setVisible(state is not None or bool(buttons))
        self._show_state(state)
        self._show_actions(list(buttons), page)
        self.reason_label.follow(next(iter(primaries), None))
        self.reflow()

    def _says(self, reason: str) -> bool:
        return reason in self.title_label.text() or reason in self.body_label.text()

    def _show_state(self, state: BottomState | None) -> None:
        self._icon.setVisible(state is not None)
        shown = state or BottomState("")
        self._icon.set_icon(*_STATE_ICONS[shown.kind])
        self.title_label.setText(shown.title)
        self.body_label.setText(shown.body)
        self.body_label.setVisible(bool(shown.body))
        self.setAccessibleName(shown.title)
        self.setAccessibleDescription(shown.body)

    def reflow(self) -> None:
        super().reflow()
        self.setMinimumHeight(tokens.current().bottom_bar_height)


class MainWindow(QMainWindow):
    """Shows one page at a time and makes each when it is first asked for.

    `close_question` is asked before the window closes and may refuse; without one it closes.
    """

    place_shown = Signal(str)
    page_changed = Signal(str)  # the place whose page says other things than before, in view or not
    dropped = Signal(object)  # Drop, when the page in view did not take it
    new_project_wanted = Signal()
    open_project_wanted = Signal()
    report_wanted = Signal()

    def __init__(self, context: Context, pages: Mapping[str, PageFactory], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.close_question: Callable[[], bool] | None = None
        self._factories = dict(pages)
        self._pages: dict[str, Page] = {}
        self._holders: dict[str, QScrollArea] = {}
        self._place = ""
        self._drop: Drop | None = None
        self._drop_count = tasks.CancelToken()
        self._sheet: Sheet | None = None
        self._told: list[Banner] = []
        self.taskbar = Taskbar(self)
        self.setMinimumSize(MINIMUM_SIZE)
        self.setAcceptDrops(True)
        shortcuts.use(context.settings.values.shortcuts)
        self._build()
        self.shortcuts = Shortcuts(self)
        self.shortcuts.triggered.connect(self._do)
        self.notices = Notices(self)
        self.notices.place_wanted.connect(self.go_to)
        self.notices.window_wanted.connect(self.come_to_front)
        self.notices.quit_wanted.connect(self.close)
        context.settings.changed.connect(self._take_setting)
        context.workspace.project_changed.connect(self._show_project)
        # In a turn of its own, after the new style sheet: a narrower page lays itself out at once.
        tokens.changed.connect(self._fit_page, Qt.ConnectionType.QueuedConnection)
        self._restore_geometry()
        self._show_project()
        self.setFocus()  # no ring before the first Tab
        self._focus_check = QTimer(self, singleShot=True, interval=0)
        self._focus_check.timeout.connect(self._keep_focus_in_view)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._take_focus_change)

    def _take_focus_change(self) -> None:
        self._focus_check.start()

    def _keep_focus_in_view(self) -> None:
        """Qt gives the focus also to what lies in something hidden, as when a page comes back, a part of it folded."""
        focus = QApplication.focusWidget()
        if focus is not None and self.isVisible() and self.isAncestorOf(focus) and not focus.isVisible():
            self.setFocus()

    def _build(self) -> None:
        central = self._central = QWidget(self)
        columns = QHBoxLayout(central)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        self.rail = Rail(set(self._factories), central)
        self.rail.place_chosen.connect(self.go_to)
        self.rail.switcher.new_wanted.connect(self.new_project_wanted)
        self.rail.switcher.open_wanted.connect(self.open_project_wanted)
        columns.addWidget(self.rail)
        content = QWidget(central)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.header = Header(content)
        self._banners = QVBoxLayout()
        sizes = tokens.current().sizes
        self._banners.setContentsMargins(sizes.page_margin, 0, sizes.page_margin, 0)
        self._banners.setSpacing(sizes.gap8)
        self.stack = QStackedWidget(content)
        self.bottom_bar = BottomBar(content)
        self.bottom_bar.hide()
        column.addWidget(self.header)
        below = QVBoxLayout()
        below.setSpacing(sizes.gap12)  # nothing while there is no banner
        below.addLayout(self._banners)
        below.addWidget(self.stack, 1)
        column.addLayout(below, 1)
        column.addWidget(self.bottom_bar)
        columns.addWidget(content, 1)
        self.setCentralWidget(central)
        self.toasts = ToastHost(content, self._toast_inset)
        self.drop_target = DropTarget(central)

    @property
    def place(self) -> str:
        """The name of the place in view; empty before the first."""
        return self._place

    @property
    def page(self) -> Page | None:
        return self._pages.get(self._place)

    def made_page(self, name: str) -> Page | None:
        """The page of a place, if it was shown before."""
        return self._pages.get(name)

    def go_to(self, name: str) -> None:
        """Show a place, making its page if this is the first time. A name without a page is ignored."""
        if name not in self._factories:
            return
        before = self.page
        if name != self._place and before is not None:
            before.hidden()
        if name not in self._pages:
            self._add_page(name)
        is_new = name != self._place
        self._place = name
        page = self._pages[name]
        focus = self.focusWidget()
        if is_new and focus is not None and not self.rail.isAncestorOf(focus):
            page.setFocus()  # Tab begins at the page; else Qt would hand the focus to whatever comes next, with a ring
        style_now(self._holders[name])
        self._show_chrome()  # before the page is laid out, which a bar that comes later would do again
        self.stack.setCurrentWidget(self._holders[name])
        self.rail.set_here(name)
        self._fit_page()
        if is_new:
            page.shown()
            self.place_shown.emit(name)

    def _add_page(self, name: str) -> None:
        page = self._factories[name](self.context)
        self._pages[name] = page
        holder = QScrollArea(self.stack)
        holder.setWidgetResizable(True)
        holder.setFrameShape(QFrame.Shape.NoFrame)
        holder.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page.setProperty("scrolled", True)
        holder.setWidget(page)
        self._holders[name] = holder
        self.stack.addWidget(holder)
        page.chrome_changed.connect(lambda: self._show_chrome() if self.page is page else None)
        page.chrome_changed.connect(lambda: self.page_changed.emit(name))
        page.place_wanted.connect(self.go_to)
        page.report_wanted.connect(self.report_wanted)
        page.toast_wanted.connect(self.toasts.show_toast)

    def _show_chrome(self) -> None:
        page = self.page
        if page is not None:
            self.header.show_page(page)
            self.bottom_bar.show_page(page)

    def show_banner(self, banner: Banner) -> None:
        """Above the page until it is closed; the newest stands first."""
        self._banners.insertWidget(0, banner)
        self._told = [banner, *filter(isValid, self._told)]
        banner.closed.connect(banner.deleteLater)
        banner.show()
        banner.speak()

    def banners(self) -> list[Banner]:
        """Those in view, the newest first."""
        return [banner for banner in filter(isValid, self._told) if not banner.isHidden()]

    def come_to_front(self) -> None:
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # ── settings ───────────────────────────────────────────────────────────────────────────────────────────

    def _take_setting(self, field: str) -> None:
        if field == "shortcuts":
            shortcuts.use(self.context.settings.values.shortcuts)

    def _restore_geometry(self) -> None:
        try:
            geometry = base64.b64decode(self.context.settings.values.window_geometry, validate=True)
        except binascii.Error:
            geometry = b""
        if not geometry or not self.restoreGeometry(QByteArray(geometry)):
            room = self.screen().availableSize() - QSize(0, _TITLE_BAR_PX)
            self.resize(USUAL_SIZE.boundedTo(room).expandedTo(MINIMUM_SIZE))

    def _keep_geometry(self) -> None:
        self.context.settings.set("window_geometry", base64.b64encode(self.saveGeometry().data()).decode())

    def _show_project(self) -> None:
        project = self.context.project
        name = project.name if project is not None else ""
        self.taskbar.show_project(name)
        self.rail.switcher.set_project(name, "")

    # ── actions ────────────────────────────────────────────────────────────────────────────────────────────

    def _do(self, action: str) -> None:
        if action.startswith("step_"):
            self.go_to(STEPS[int(action.removeprefix("step_")) - 1])
        elif action == "primary":
            self._press_primary()
        elif action == "new_project":
            self.new_project_wanted.emit()
        elif action == "open_project":
            self.open_project_wanted.emit()
        elif action == "settings":
            self.go_to(places.settings().name)
        elif action == "help":
            self.show_help()
        elif action == "shortcut_sheet":
            self.show_shortcuts()

    def _press_primary(self) -> None:
        primary = self.page.primary_action() if self.page is not None else None
        if primary is not None and self._sheet is None:
            primary.click()

    def open_sheet(self, sheet: Sheet) -> None:
        """Show a sheet over the whole window; it goes for good when it is closed."""
        if self._sheet is not None:
            self._sheet.close_sheet()
        self._sheet = sheet
        sheet.closed.connect(self._drop_sheet)
        sheet.open_sheet()

    def sheet_area(self) -> QWidget:
        """What a sheet is made over."""
        return self._central

    def _drop_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.deleteLater()
            self._sheet = None

    def show_shortcuts(self) -> None:
        sheet = Sheet(self.sheet_area(), self.tr("Keyboard shortcuts"), width_px=480)
        heading = ""
        for action in shortcuts.actions():
            if heading != (heading := shortcuts.place_words(action.places[0])):
                sheet.body.addWidget(Label(heading, "section"))
            line = QHBoxLayout()
            line.addWidget(Label(action.sentence, wrap=True), 1)
            line.addWidget(Label(shortcuts.key_words(action.name), "strong", "text2"))
            sheet.body.addLayout(line)
        sheet.body.addStretch(1)
        self.open_sheet(sheet)

    def show_help(self) -> None:
        if self.page is None:
            return
        sheet = Sheet(self.sheet_area(), self.page.title(), width_px=520)
        text = self.page.help() or self.page.subtitle()
        sheet.body.addWidget(Label(text, wrap=True))
        sheet.body.addStretch(1)
        self.open_sheet(sheet)

    # ── drops ──────────────────────────────────────────────────────────────────────────────────────────────

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._drop = drops.read_drop(event.mimeData())
        if self._drop is None or event.source() is not None:  # text, or a drag that began in this window
            self._drop = None
            event.ignore()
            return
        self._name_drop(self._drop)
        self._accept(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._drop is not None:
            self._accept(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._end_drag()

    def dropEvent(self, event: QDropEvent) -> None:
        drop, page = self._drop, self.page
        self._end_drag()
        if drop is None:
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if page is not None and page.drop_sentence(drop.paths):
            page.take_drop(drop.paths)
        elif drop.is_usable:
            self.dropped.emit(drop)

    def _accept(self, event: QDropEvent) -> None:
        """A drop only ever copies; what cannot be used is still accepted so that the target can say why."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _name_drop(self, drop: Drop) -> None:
        page_sentence = self.page.drop_sentence(drop.paths) if self.page is not None else ""
        usable = bool(page_sentence) or drop.is_usable
        leaves = self.context.project is not None
        sentence = page_sentence or drops.sentence(drop, leaves_project=leaves)
        self.drop_target.announce_drop(sentence, is_usable=usable)
        if drop.kind == "folders" and not page_sentence:
            self._drop_count = tasks.run(
                lambda _: drops.count_pictures(drop),
                lambda count: self.drop_target.announce_drop(
                    drops.sentence(drop, count, leaves_project=leaves), is_usable=count > 0
                ),
                owner=self,
            )
        elif drop.kind == "model" and not page_sentence:
            self._drop_count = tasks.run(
                lambda _: drops.holds_adapters(drop),
                lambda found: self.drop_target.announce_drop(drops.sentence(drop, is_adapter=found), is_usable=True),
                owner=self,
            )

        elif drops.may_be_drawn(drop) and not page_sentence and self.context.project is not None:
            place = drops.prompt_place(self.context.workspace, self._place)
            self._drop_count = tasks.run(
                lambda _: read_drawn_picture(drop.paths[0]), lambda found: self._name_drawn(found, place), owner=self
            )

    def _name_drawn(self, picture: DrawnPicture | None, place: PromptPlace) -> None:
        if picture is not None:
            self.drop_target.announce_drop(drops.prompt_sentence(picture, place), is_usable=True)

    def _end_drag(self) -> None:
        self._drop_count.cancel()
        self._drop = None
        self.drop_target.hide()

    # ── window ─────────────────────────────────────────────────────────────────────────────────────────────

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.toasts.toast is not None:
            self.toasts.toast.dismiss()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_page()

    def _fit_page(self) -> None:
        if self.page is not None:
            scaled = tokens.current().scaled
            if self.page.widest_px is not None:
                self.page.setMaximumWidth(scaled(self.page.widest_px))
            self.header.end_with(self.page, self.width() - self.rail.width())
            self.page.set_narrow(self.width() < scaled(tokens.NARROW_WIDTH_PX))
        self.header.reflow()
        self.bottom_bar.reflow()

    def _toast_inset(self) -> int:
        return self.bottom_bar.height() if self.bottom_bar.isVisible() else 0

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.close_question is not None and not self.close_question():
            event.ignore()
            return
        if self.page is not None:
            self.page.hidden()
        self._keep_geometry()
        event.accept()
