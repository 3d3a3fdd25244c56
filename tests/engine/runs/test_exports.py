"""The adapter of an epoch as it is shared: nothing private in any byte, and layers without effect are told."""

from __future__ import annotations

import base64
import getpass
import json
import platform
from pathlib import Path

import numpy as np
import pytest
from private_runs import PRIVATE, private_run

from lora_studio.config.resolve import read_config
from lora_studio.errors import StudioError
from lora_studio.runs import exports
from lora_studio.runs.exports import ExportForm, ExportWords, export_epoch, gather_facts, plan_metadata
from lora_studio.runs.pictures import RunPictures
from lora_studio.weights.header import read_header
from lora_studio.weights.lora import read_lora
from lora_studio.weights.publishing import COMPUTED_KEYS, keys_of, list_published


def test_no_byte_of_an_export_tells_a_path_a_name_a_caption_or_a_prompt(tmp_path: Path) -> None:
    result = export_epoch(private_run(tmp_path / "run"))
    thumbnail = read_header(result.path).metadata["modelspec.thumbnail"]
    content = result.path.read_bytes() + base64.b64decode(thumbnail.partition(",")[2])
    here = [str(tmp_path), str(Path.home()), platform.node()]
    # A short user name such as "root" could stand in any numbers by chance, so it is looked for among the words.
    words = str(read_header(result.path).metadata).lower()
    for secret in (*PRIVATE, *(name for name in here if len(name) > 4)):
        assert secret.encode() not in content, secret
    assert getpass.getuser().lower() not in words
    assert b"mistyink" in content and b"base.safetensors" in content and b"Ada" in content


def test_an_epoch_with_a_layer_that_changes_nothing_is_saved_and_said(tmp_path: Path) -> None:
    result = export_epoch(private_run(tmp_path / "run", up=0.0))
    assert [finding.code for finding in result.findings] == ["dead_modules"]
    assert sorted(result.shares.values()) == [0.0, 1.0]


@pytest.mark.parametrize("left_out", [(), ("training", "ss_sd_model_name"), ("you", "cover", "times", "pictures")])
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_a_saved_file_says_what_was_listed_before_and_nothing_else(
    tmp_path: Path, left_out: tuple[str, ...], strength: float
) -> None:
    run = private_run(tmp_path / "run")
    words = ExportWords(notes="{soft", suggested_strength=0.5, left_out=frozenset(left_out))
    metadata = plan_metadata(gather_facts(run, 1, "ink-v2"), words, strength)
    listed = {line.key: line.text for line in list_published(metadata)}
    saved = export_epoch(run, 1, tmp_path / "ink-v2.safetensors", ExportForm(strength, words=words))
    written = read_header(saved.path).metadata
    assert listed.keys() == written.keys()
    assert {key: text for key, text in written.items() if key not in COMPUTED_KEYS} == {
        key: text for key, text in listed.items() if key not in COMPUTED_KEYS
    }
    assert written["modelspec.description"] == "soft"
    assert not keys_of(left_out) & written.keys()


def test_tags_of_captions_are_written_only_when_they_are_asked_for(tmp_path: Path) -> None:
    run = private_run(tmp_path / "run")
    pictures = RunPictures.model_validate_json(run.images_path.read_bytes()).training
    captions = ("fox,  red  coat, fox", "fox\na path,")
    tagged = tuple(pictures[0].model_copy(update={"caption": caption}) for caption in captions)
    run.images_path.write_text(RunPictures(training=tagged).model_dump_json())
    plain = export_epoch(run, None, tmp_path / "plain.safetensors").path
    assert "ss_tag_frequency" not in read_header(plain).metadata
    words = ExportWords(with_tags=True)
    path = export_epoch(run, None, tmp_path / "tags.safetensors", ExportForm(words=words)).path
    told = json.loads(read_header(path).metadata["ss_tag_frequency"])
    assert list(told.values()) == [{"fox": 2, "a path": 1, "red coat": 1}]


def test_an_empty_word_leaves_out_what_the_run_would_say(tmp_path: Path) -> None:
    facts = gather_facts(private_run(tmp_path / "run"))
    assert plan_metadata(facts, ExportWords())["modelspec.author"] == "Ada"
    assert "modelspec.author" not in plan_metadata(facts, ExportWords(author=" "))


@pytest.mark.parametrize("name", ["needed", "ss_base_model_version", "sshs_model_hash"])
def test_what_programs_need_cannot_be_left_out_and_no_file_is_written(tmp_path: Path, name: str) -> None:
    target = tmp_path / "ink.safetensors"
    form = ExportForm(words=ExportWords(left_out=frozenset({name})))
    with pytest.raises(StudioError) as refused:
        export_epoch(private_run(tmp_path / "run"), None, target, form)
    assert refused.value.code == "metadata_needed"
    assert not target.exists()


def test_a_mistyped_name_of_a_line_is_told_with_the_nearest_one() -> None:
    with pytest.raises(StudioError) as refused:
        keys_of(["ss_sed"])
    assert refused.value.hint == "The nearest one is ss_seed."


def test_the_file_for_diffusers_holds_the_same_change_at_the_same_strength(tmp_path: Path) -> None:
    target = tmp_path / "ink.safetensors"
    export_epoch(private_run(tmp_path / "run"), None, target, ExportForm(0.5, "bf16", also_diffusers=True))
    first, second = read_lora(target), read_lora(tmp_path / "ink-diffusers.safetensors")
    assert first.modules.keys() == second.modules.keys()
    for name, module in first.modules.items():
        other = second.modules[name]
        assert (other.alpha, other.down.dtype) == (module.alpha, module.down.dtype) == (2.0, "BF16")
        assert np.array_equal(other.down.read(), module.down.read())
        assert np.array_equal(other.up.read(), module.up.read())
    assert {path.name for path in tmp_path.glob("*.safetensors")} == {target.name, "ink-diffusers.safetensors"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("older", [None, b"older"])
def test_where_one_of_two_files_cannot_be_written_no_new_one_stays(tmp_path: Path, older: bytes | None) -> None:
    target = tmp_path / "ink.safetensors"
    if older is not None:
        target.write_bytes(older)
    (tmp_path / "ink-diffusers.safetensors").mkdir()  # what cannot be replaced by a file
    with pytest.raises(StudioError):
        export_epoch(private_run(tmp_path / "run"), None, target, ExportForm(also_diffusers=True))
    assert target.exists() == (older is not None)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["ink-diffusers.safetensors", "run", *([] if older is None else [target.name])]
    )


def test_another_kind_of_adapter_is_not_written_for_diffusers(tmp_path: Path) -> None:
    run = private_run(tmp_path / "run")
    config = read_config(run.config_path)
    loha = config.model_copy(update={"adapter": config.adapter.model_copy(update={"kind": "loha"})})
    run.config_path.write_text(loha.model_dump_json())
    with pytest.raises(StudioError) as refused:
        export_epoch(run, None, tmp_path / "ink.safetensors", ExportForm(also_diffusers=True))
    assert refused.value.code == "diffusers_not_offered"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_failed_check_of_the_second_file_leaves_the_first_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StudioError("export_failed", "The saved adapter did not pass its check.")

    target = tmp_path / "ink.safetensors"
    target.write_bytes(b"older")
    monkeypatch.setattr(exports, "write_lora", refuse)
    with pytest.raises(StudioError):
        export_epoch(private_run(tmp_path / "run"), None, target, ExportForm(also_diffusers=True))
    assert target.read_bytes() == b"older"
