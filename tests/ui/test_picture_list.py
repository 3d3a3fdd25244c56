from pathlib import Path

from PySide6.QtCore import QPersistentModelIndex, Qt, QUrl

from lora_studio.dataset.buckets import plan_buckets
from ui.models.pictures import PictureFilter, PictureList, PictureRecord

WIDE, TALL = plan_buckets([(1216, 832), (832, 1216)], 1024).placements


def record(name: str, **fields: object) -> PictureRecord:
    return PictureRecord(Path("/set") / name, **fields)  # type: ignore[arg-type]


def listed(*records: PictureRecord) -> PictureList:
    model = PictureList()
    model.show_pictures(records)
    return model


def names(model: PictureList | PictureFilter) -> list[str]:
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_a_picture_is_spoken_with_whatever_needs_a_look() -> None:
    model = listed(record("ink_004.png", issues=("no_caption",)), record("ink_005.png", left_out=True))
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index(0).data(role) == "ink_004.png, no caption"
    assert model.index(1).data(role) == "ink_005.png, left out"


def test_dragged_pictures_are_real_files_and_only_copied() -> None:
    model = listed(record("a b.png"), record("墨.png"))
    urls = model.mimeData([model.index(1)]).urls()
    assert urls == [QUrl.fromLocalFile("/set/墨.png")]
    assert model.supportedDragActions() == Qt.DropAction.CopyAction


def test_a_filter_shows_what_it_accepts_and_all_when_taken_away() -> None:
    shown = PictureFilter(listed(record("a.png"), record("b.png", issues=("blurry",))))
    shown.set_filter(lambda picture: "blurry" in picture.issues)
    assert names(shown) == ["b.png"]
    shown.set_filter(None)
    assert names(shown) == ["a.png", "b.png"]


def test_grouping_puts_the_largest_training_size_first_and_keeps_what_is_selected() -> None:
    model = listed(record("a", placement=TALL), record("b", placement=WIDE), record("c", placement=WIDE))
    kept = QPersistentModelIndex(model.index(0))
    model.set_grouped(True)
    assert names(model) == ["b", "c", "a"]
    assert kept.row() == 2
    model.append_pictures([record("d", placement=WIDE)])
    assert names(model) == ["b", "c", "d", "a"]
    model.set_grouped(False)
    assert names(model) == ["a", "b", "c", "d"]


def test_an_edited_picture_takes_the_place_of_the_old_one() -> None:
    model = listed(record("a"), record("b"))
    model.update_pictures([record("b", caption="ink"), record("unknown")])
    assert [picture.caption for picture in model.records()] == [None, "ink"]


def test_the_next_issue_goes_round_and_passes_over_what_is_left_out() -> None:
    shown = PictureFilter(
        listed(
            record("a", issues=("blurry",)),
            record("b"),
            record("c", issues=("blurry",), left_out=True),
            record("d", issues=("no_caption",)),
        )
    )
    assert shown.next_issue_row(0) == 3
    assert shown.next_issue_row(3) == 0
    assert PictureFilter(listed()).next_issue_row(-1) is None
