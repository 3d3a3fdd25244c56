"""The pictures of a set as rows: small records, a filter over them, and what a screen reader says of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    QUrl,
)

from lora_studio.dataset.buckets import Placement

Issue = Literal["unreadable", "no_caption", "duplicate", "too_small", "blurry", "extreme_shape"]
Index = QModelIndex | QPersistentModelIndex
ISSUES: tuple[Issue, ...] = ("unreadable", "no_caption", "duplicate", "too_small", "blurry", "extreme_shape")


class PictureRole(IntEnum):
    """Data roles of `PictureList`."""

    RECORD = Qt.ItemDataRole.UserRole + 1
    GROUP_SIZE = Qt.ItemDataRole.UserRole + 2  # how many pictures share its training size


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """One picture of a set.

    `caption` is None where there is none. `issues` are in the order of `ISSUES`, the gravest first.
    `placement` is what training will cut out of it, None while unknown. `version` changes with the file.
    """

    path: Path
    width_px: int = 0
    height_px: int = 0
    caption: str | None = None
    issues: tuple[Issue, ...] = ()
    left_out: bool = False
    placement: Placement | None = None
    version: int = 0

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def training_size(self) -> tuple[int, int] | None:
        """Width and height it is trained at."""
        return (self.placement.bucket_width_px, self.placement.bucket_height_px) if self.placement else None


class PictureList(QAbstractListModel):
    """The pictures of a set, in their order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._records: list[PictureRecord] = []
        self._natural: dict[Path, int] = {}  # place in the set's own order
        self._grouped = False
        self._row_of: dict[Path, int] = {}
        self._group_sizes: Counter[tuple[int, int]] = Counter()

    def show_pictures(self, records: Sequence[PictureRecord]) -> None:
        """Put another set in place of this one."""
        self.beginResetModel()
        self._records = list(records)
        self._index_records()
        self._natural = dict(self._row_of)
        self.endResetModel()
        if self._grouped:
            self._arrange()

    def append_pictures(self, records: Sequence[PictureRecord]) -> None:
        """Add pictures at the end, as a scan finds them."""
        if not records:
            return
        first = len(self._records)
        self.beginInsertRows(QModelIndex(), first, first + len(records) - 1)
        self._records.extend(records)
        self._natural.update((record.path, first + place) for place, record in enumerate(records))
        self._index_records()
        self.endInsertRows()
        if self._grouped:
            self._arrange()

    def update_pictures(self, records: Iterable[PictureRecord]) -> None:
        """Put new records in place of those with the same path; others are ignored."""
        rows = []
        for record in records:
            row = self._row_of.get(record.path)
            if row is not None and self._records[row] != record:
                self._records[row] = record
                rows.append(row)
        if rows:
            self._count_groups()
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    def set_grouped(self, grouped: bool) -> None:
        """Order by training size, the largest groups first; otherwise as in the set."""
        if grouped != self._grouped:
            self._grouped = grouped
            self._arrange()

    def records(self) -> Sequence[PictureRecord]:
        """Every picture, in the order shown."""
        return self._records

    def record(self, row: int) -> PictureRecord:
        return self._records[row]

    def row_of(self, path: Path) -> int | None:
        """The row of a picture, or None."""
        return self._row_of.get(path)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._records)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        record = self._records[index.row()]
        match role:
            case PictureRole.RECORD:
                return record
            case PictureRole.GROUP_SIZE:
                return self._group_sizes[record.training_size] if record.training_size else 0
            case Qt.ItemDataRole.DisplayRole:
                return record.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.spoken(record)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemNeverHasChildren

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self._records[index.row()].path)) for index in indexes])
        return data

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction  # a drag never moves or deletes

    def issue_words(self, issue: Issue) -> str:
        """An issue as it is shown."""
        words: dict[Issue, str] = {
            "unreadable": self.tr("Cannot be opened"),
            "no_caption": self.tr("No caption yet"),
            "duplicate": self.tr("Looks like another picture"),
            "too_small": self.tr("Too small"),
            "blurry": self.tr("May be blurry"),
            "extreme_shape": self.tr("Extreme shape"),
        }
        return words[issue]

    def spoken(self, record: PictureRecord) -> str:
        """What a screen reader says: the name and whatever needs a look."""
        words: dict[Issue, str] = {
            "unreadable": self.tr("cannot be opened"),
            "no_caption": self.tr("no caption"),
            "duplicate": self.tr("looks like another picture"),
            "too_small": self.tr("too small"),
            "blurry": self.tr("may be blurry"),
            "extreme_shape": self.tr("extreme shape"),
        }
        parts = [record.name, *(words[issue] for issue in record.issues)]
        if record.left_out:
            parts.append(self.tr("left out"))
        return ", ".join(parts)

    def _arrange(self) -> None:
        """Put the rows in order; selected pictures stay selected."""
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        paths = [self._records[index.row()].path for index in kept]
        # Here and not in the proxy: a proxy compares row with row, 0.8 s for 10,000 pictures.
        self._records.sort(key=self._group_order if self._grouped else self._natural_order)
        self._index_records()
        self.changePersistentIndexList(kept, [self.index(self._row_of[path]) for path in paths])
        self.layoutChanged.emit()

    def _natural_order(self, record: PictureRecord) -> int:
        return self._natural[record.path]

    def _group_order(self, record: PictureRecord) -> tuple[int, tuple[int, int], int]:
        size = record.training_size or (0, 0)
        return -self._group_sizes[size], size, self._natural[record.path]

    def _index_records(self) -> None:
        self._row_of = {record.path: row for row, record in enumerate(self._records)}
        self._count_groups()

    def _count_groups(self) -> None:
        sizes = (record.training_size for record in self._records if not record.left_out)
        self._group_sizes = Counter(size for size in sizes if size)


class PictureFilter(QSortFilterProxyModel):
    """The pictures that a filter lets through."""

    def __init__(self, pictures: PictureList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._accepts: Callable[[PictureRecord], bool] | None = None
        self._pictures = pictures
        self.setSourceModel(pictures)

    @property
    def pictures(self) -> PictureList:
        return self._pictures

    def set_filter(self, accepts: Callable[[PictureRecord], bool] | None) -> None:
        """Show only the pictures that `accepts` says yes to; None shows all."""
        self.beginFilterChange()
        self._accepts = accepts
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def record(self, row: int) -> PictureRecord:
        """The picture in a row of this filter."""
        return self.pictures.record(self.mapToSource(self.index(row, 0)).row())

    def next_issue_row(self, after: int) -> int | None:
        """The next shown row that needs a look, going round; None if there is none."""
        count = self.rowCount()
        rows = ((after + step) % count for step in range(1, count + 1)) if count else ()
        return next((row for row in rows if self.record(row).issues and not self.record(row).left_out), None)

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        return self._accepts is None or self._accepts(self._pictures.record(source_row))
