"""What a drawn picture tells about itself, and that nobody else's file is taken for one."""

import json
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lora_studio.runs.picture_facts import DrawnPicture, read_drawn_picture, read_picture_facts, save_picture

FACTS = {
    "prompt": "mistyink, a pagoda in the mist",
    "negative_prompt": "blurry",
    "seed": 1107,
    "steps": 20,
    "guidance": 7.0,
    "width_px": 64,
    "height_px": 48,
    "base": "sd15.safetensors",
    "epoch": 3,
}


def picture(path: Path, **texts: str) -> Path:
    info = PngInfo()
    for key, text in texts.items():
        info.add_itxt(key, text)
    Image.new("RGB", (8, 8)).save(path, pnginfo=info)
    return path


def test_a_saved_picture_gives_back_its_prompt_and_seed(tmp_path: Path) -> None:
    save_picture(Image.new("RGB", (64, 48)), tmp_path / "sample.png", FACTS)
    assert read_picture_facts(tmp_path / "sample.png") == FACTS
    assert read_drawn_picture(tmp_path / "sample.png") == DrawnPicture("mistyink, a pagoda in the mist", 1107)


def test_other_programs_find_the_line_that_they_read(tmp_path: Path) -> None:
    """The layout of A1111's own pictures: prompt, negative prompt, then settings by name."""
    save_picture(Image.new("RGB", (64, 48)), tmp_path / "sample.png", FACTS)
    with Image.open(tmp_path / "sample.png") as image:
        assert image.info["parameters"].splitlines() == [
            "mistyink, a pagoda in the mist",
            "Negative prompt: blurry",
            "Steps: 20, Sampler: DPM++ 2M, CFG scale: 7.0, Seed: 1107, Size: 64x48, Model: sd15.safetensors",
        ]


@pytest.mark.parametrize(
    "told",
    [
        "",
        "[]",
        "{",
        pytest.param("[" * 100_000, id="deep"),
        '{"prompt": "  ", "seed": 1}',
        '{"prompt": ["x"], "seed": 1}',
        '{"prompt": "fox"}',
        '{"prompt": "fox", "seed": true}',
        '{"prompt": "fox", "seed": "1"}',
    ],
)
def test_a_picture_that_tells_something_else_is_no_drawn_one(tmp_path: Path, told: str) -> None:
    assert read_drawn_picture(picture(tmp_path / "other.png", lora_studio=told)) is None


def test_pictures_of_other_programs_sheets_and_no_pictures_are_no_drawn_ones(tmp_path: Path) -> None:
    assert read_drawn_picture(picture(tmp_path / "a.png", parameters="a fox\nSteps: 20, Seed: 3")) is None
    assert read_drawn_picture(picture(tmp_path / "b.png", lora_studio=json.dumps({"name": "a whole recipe"}))) is None
    (tmp_path / "c.png").write_bytes(b"no picture")
    assert read_drawn_picture(tmp_path / "c.png") is None
    assert read_drawn_picture(tmp_path / "gone.png") is None


def test_line_breaks_in_a_prompt_become_spaces(tmp_path: Path) -> None:
    told = json.dumps({"prompt": "a fox\n\n in  snow\t", "seed": 3})
    assert read_drawn_picture(picture(tmp_path / "a.png", lora_studio=told)) == DrawnPicture("a fox in snow", 3)
