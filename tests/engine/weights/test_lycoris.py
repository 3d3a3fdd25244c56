"""Exports of LoHa and LoKr: the keys every program that knows the kind takes, the strengths, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from lora_studio.config.training import AdapterKind, FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import AdapterNote, ModuleNote, adapter_note, read_adapter
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.export import export_kohya
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import inspect_adapter
from lora_studio.weights.loading import loads_in
from lora_studio.weights.metadata import AdapterFacts, adapter_metadata
from lora_studio.weights.names import build_name_table
from lora_studio.weights.other_kinds import read_other, whole

Tensors = dict[str, NDArray[np.floating]]
RANK, ALPHA = 4, 2.0
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0", "q_proj", "k_proj", "v_proj", "out_proj", "fc1")
KEY = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
FLAT = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
SHAPES = {"hada_w1_a": (8, RANK), "hada_w1_b": (RANK, 768), "hada_w2_a": (8, RANK), "hada_w2_b": (RANK, 768)}
PRODUCT = {"lokr_w1": (2, 8), "lokr_w2_a": (4, RANK), "lokr_w2_b": (RANK, 96)}
WHOLE = {"lokr_w1": (2, 8), "lokr_w2": (4, 96)}
FORMS: dict[str, tuple[AdapterKind, dict[str, tuple[int, ...]]]] = {
    "LoHa": ("loha", SHAPES), "LoKr of products": ("lokr", PRODUCT), "LoKr of whole factors": ("lokr", WHOLE),
}  # fmt: skip


def save(
    path: Path,
    form: str,
    family: FamilyId = "sd1",
    modules: tuple[str, ...] = (KEY,),
    change: Callable[[Tensors], Any] = lambda tensors: None,
) -> Path:
    """A checkpoint whose every module has these factors, whatever its true size."""
    kind, shapes = FORMS[form]
    rng = np.random.default_rng(0)
    tensors: Tensors = {
        f"{module}.{leaf}": rng.normal(size=shape).astype(np.float32)
        for module in modules
        for leaf, shape in shapes.items()
    }
    change(tensors)
    save_file(tensors, path, adapter_note(family, dict.fromkeys(modules, (RANK, ALPHA)), kind))
    return path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_every_program_that_knows_the_kind_loads_all_keys(tmp_path: Path, family: FamilyId, form: str) -> None:
    modules = tuple(path for path in module_paths(family) if path.endswith((*ATTENTION, "conv1")))
    out = tmp_path / "out.safetensors"
    export_kohya(save(tmp_path / "saved.safetensors", form, family, modules), out, {"modelspec.title": "t"}, "fp16")
    assert {loading.program: loading.verdict for loading in loads_in(read_header(out), family)} == {
        "ComfyUI": "loads", "A1111": "loads", "Forge": "loads", "InvokeAI": "loads", "kohya's scripts": "nothing",
        "diffusers": "refused",
    }  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_an_exported_file_tells_its_kind_and_its_base_by_the_width_of_its_cross_attention(
    tmp_path: Path, form: str
) -> None:
    out = tmp_path / "out.safetensors"
    export_kohya(save(tmp_path / "saved.safetensors", form), out, {}, "fp16")
    report = inspect_adapter(out)
    assert report.kinds == {FORMS[form][0]: 1}
    assert (report.family, report.family_source) == ("sd1", "the width of its cross-attention, 768")


def test_a_lokr_of_products_has_one_whole_layer_by_which_invokeai_tells_the_base(tmp_path: Path) -> None:
    modules = tuple(path for path in module_paths("sd1") if path.endswith(ATTENTION))
    for family, count in (("sd1", 1), ("sdxl", 0)):
        known = tuple(path for path in modules if path in module_paths(family))
        out = tmp_path / f"{family}.safetensors"
        export_kohya(save(tmp_path / "saved.safetensors", "LoKr of products", family, known), out, {}, "fp32")
        whole = [name for name in load_file(out) if name.endswith(".lokr_w2")]
        assert len(whole) == count
        assert all("attn2_to_k" in name for name in whole)


def test_a_loha_keeps_its_factors_bit_for_bit_and_its_strength_in_alpha(tmp_path: Path) -> None:
    source, out = save(tmp_path / "saved.safetensors", "LoHa"), tmp_path / "out.safetensors"
    export_kohya(source, out, {}, "fp32", 0.5)
    original, exported = load_file(source), load_file(out)
    assert exported.keys() == {f"{FLAT}.{leaf}" for leaf in (*SHAPES, "alpha")}
    assert all(np.array_equal(exported[f"{FLAT}.{leaf}"], original[f"{KEY}.{leaf}"]) for leaf in SHAPES)
    assert exported[f"{FLAT}.alpha"] == ALPHA * 0.5


def test_the_strength_of_a_lokr_of_whole_factors_is_in_its_numbers_because_programs_pass_over_its_alpha(
    tmp_path: Path,
) -> None:
    source, out = save(tmp_path / "saved.safetensors", "LoKr of whole factors"), tmp_path / "out.safetensors"
    export_kohya(source, out, {}, "fp32", 0.5)
    original, exported = load_file(source), load_file(out)
    kron = np.kron(original[f"{KEY}.lokr_w1"], original[f"{KEY}.lokr_w2"])
    read = np.kron(exported[f"{FLAT}.lokr_w1"], exported[f"{FLAT}.lokr_w2"])
    assert np.allclose(read, 0.5 * ALPHA / RANK * kron, atol=1e-6)
    assert exported[f"{FLAT}.alpha"] == RANK  # whoever divides it by the rank has 1


@pytest.mark.parametrize("form", FORMS)
def test_an_epoch_and_its_export_become_the_same_plain_lora(tmp_path: Path, form: str) -> None:
    source, out = save(tmp_path / "saved.safetensors", form), tmp_path / "out.safetensors"
    export_kohya(source, out, {}, "fp32")
    of_epoch, of_export = (whole(read_other(path, "sd1").modules[KEY].read(None)) for path in (source, out))
    assert np.abs(of_epoch).max() > 0.1
    assert np.allclose(of_epoch, of_export, atol=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_an_adapter_that_changes_nothing_is_not_saved(tmp_path: Path, form: str) -> None:
    last = list(FORMS[form][1])[-1]
    source = save(tmp_path / "saved.safetensors", form, change=lambda tensors: tensors[f"{KEY}.{last}"].fill(0))
    with pytest.raises(StudioError, match="changes nothing"):
        export_kohya(source, tmp_path / "out.safetensors", {}, "fp32")
    assert not (tmp_path / "out.safetensors").exists()
    assert [finding.code for finding in inspect_adapter(source).findings] == ["no_effect"]


@pytest.mark.parametrize(
    ("form", "change", "words"),
    [
        ("LoHa", lambda tensors: tensors.pop(f"{KEY}.hada_w2_a"), "hada_w2_a is missing"),
        ("LoHa", lambda tensors: tensors.update({f"{KEY}.hada_t1": np.ones((4, 4))}), "hada_t1 is not in the note"),
        ("LoHa", lambda tensors: tensors.update({f"{KEY}.hada_w2_b": np.ones((4, 7), "f4")}), "not rank 4"),
        ("LoHa", lambda tensors: tensors.update({f"{KEY}.hada_w1_a": np.ones((8, 3), "f4")}), "not rank 4"),
        ("LoKr of products", lambda tensors: tensors.pop(f"{KEY}.lokr_w2_a"), "lokr_w2_a is missing"),
        ("LoKr of whole factors", lambda tensors: tensors.update({f"{KEY}.lokr_w1": np.ones(3, "f4")}), "not rank 4"),
    ],
)
def test_a_checkpoint_that_disagrees_with_its_note_is_refused(
    tmp_path: Path, form: str, change: Callable[[Tensors], Any], words: str
) -> None:
    with pytest.raises(StudioError) as problem:
        read_adapter(save(tmp_path / "saved.safetensors", form, change=change))
    assert problem.value.code == "adapter_inconsistent" and words in problem.value.detail


def test_a_note_from_before_there_were_kinds_is_one_of_a_lora() -> None:
    note = AdapterNote(family="sd1", modules={KEY: ModuleNote(rank=1, alpha=1)})
    assert AdapterNote.model_validate(note.model_dump(exclude={"kind"})).kind == "lora"


def test_the_metadata_names_lycoris_and_what_it_made() -> None:
    facts = AdapterFacts(
        family="sd1", base_model_name="b", output_name="a", title="a", rank=4, alpha=2, kind="lokr",
        network_args={"algo": "lokr", "factor": "8"}, resolution_px=512, picture_count=1, epoch=1, epochs=1, steps=1,
        max_steps=1, batch_size=1, learning_rate=1e-3, optimizer="adamw", scheduler="constant", seed=1, started_at=0,
        finished_at=1,
    )  # fmt: skip
    metadata = adapter_metadata(facts)
    assert metadata["ss_network_module"] == "lycoris.kohya"
    assert metadata["ss_network_args"] == '{"algo": "lokr", "factor": "8"}'


def test_names_are_those_of_a_lora_of_the_same_layers(tmp_path: Path) -> None:
    modules = tuple(path for path in module_paths("sdxl") if path.endswith(ATTENTION))
    out = tmp_path / "out.safetensors"
    export_kohya(save(tmp_path / "saved.safetensors", "LoHa", "sdxl", modules), out, {}, "fp16")
    stems = {name.partition(".")[0] for name in read_header(out).tensors}
    assert stems == set(build_name_table("sdxl", modules).values())
