"""What each program makes of a file's keys: the table of what was run, row by row, and the traps beside it."""

from __future__ import annotations

import json

import pytest

from lora_studio.weights.adapter import ADAPTER_KEY
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.grouping import group_tensors
from lora_studio.weights.header import Header, TensorInfo
from lora_studio.weights.loading import Loading, kind_of, loads_in
from lora_studio.weights.names import build_name_table, original_unet_path

ALL = ("ComfyUI", "A1111", "Forge", "InvokeAI", "kohya's scripts", "diffusers")
EDGE = ("conv_in", "conv_out", "time_embedding", "add_embedding")
BLOCK = "down_blocks.1.attentions.0.transformer_blocks.0"
FLAT = "lora_unet_" + BLOCK.replace(".", "_")
TEXT = "lora_te_text_model_encoder_layers_0"


def header(*names: str, **shapes: tuple[int, ...]) -> Header:
    """A header with these tensors, 2-D where nothing else is said by the end of the name."""
    usual = {"lora_down.weight": (4, 64), "lora_up.weight": (64, 4), "lora_A.weight": (4, 64), "lora_B.weight": (64, 4)}
    usual |= {"lora.down.weight": (4, 64), "lora.up.weight": (64, 4), "alpha": (), "dora_scale": (64, 1)}
    usual |= {"lora_linear_layer.down.weight": (4, 64), "lora_linear_layer.up.weight": (64, 4)}
    tensors = {}
    for name in names:
        shape = next((shape for end, shape in (usual | shapes).items() if name.endswith(end)), (8, 8))
        tensors[name] = TensorInfo("F32", shape, 0, 0)
    return Header(tensors, {}, 0, 0)


def kohya(*stems: str) -> list[str]:
    return [f"{stem}.{leaf}" for stem in stems for leaf in ("lora_down.weight", "lora_up.weight", "alpha")]


def pairs(*modules: str, leaves: tuple[str, str] = (".lora_A.weight", ".lora_B.weight")) -> list[str]:
    return [module + leaf for module in modules for leaf in leaves]


def verdicts(names: list[str], family: str = "sd1", **options: object) -> dict[str, str]:
    return {loading.program: loading.verdict for loading in loads_in(header(*names), family, **options)}


def by_program(names: list[str], family: str = "sd1", **options: object) -> dict[str, Loading]:
    return {loading.program: loading for loading in loads_in(header(*names), family, **options)}


@pytest.mark.parametrize(("family", "count"), [("sd1", 350), ("sd2", 416), ("sdxl", 1052)])
def test_every_program_loads_all_keys_of_a_whole_export(family, count):
    # The counts of modules are those of the files that were run (lora-formats, section 4).
    paths = [path for path in module_paths(family) if not path.startswith(tuple(f"unet.{edge}" for edge in EDGE))]
    names = kohya(*build_name_table(family, paths).values())
    assert len(paths) == count
    for loading in loads_in(header(*names), family):
        assert (loading.program, loading.verdict) == (loading.program, "loads")
        assert sorted(loading.loaded) == sorted(names)
        assert loading.is_sound and loading.reasons == ()


@pytest.mark.parametrize(
    ("family", "naming_family"), [("sd1", "sd1"), ("sd2", "sd2"), ("sdxl", "sdxl"), ("sdxl", "practice")]
)
def test_layers_judged_by_sort_fare_as_each_by_itself(family, naming_family, monkeypatch):
    """A file of all layers, every fifth with another strength, some in other spellings, with strays and no places.

    The first text encoder has strength 0 throughout.
    """
    paths = [path for path in module_paths(family) if naming_family == family or path.startswith("unet.")]
    stems = list(build_name_table(naming_family, paths).values())  # practice: SDXL in diffusers' block names
    names = kohya(*stems) + pairs(f"unet.{BLOCK}.attn1.to_q") + ["lora_unet_nowhere.lora_down.weight", "v_pred"]
    names += [f"{stem.replace('text_model_', '')}.lora_up.weight" for stem in stems if "_layers_3_" in stem]
    names = [name for name in names if "_layers_5_self_attn_k" not in name]
    alphas = {stem: (1.0, 0.0, 2.0)[number % 15 // 5] if number % 5 == 0 else 1.0 for number, stem in enumerate(stems)}
    alphas |= {stem: 0.0 for stem in stems if stem.startswith(("lora_te_", "lora_te1_"))}

    def outcomes() -> list[tuple[object, ...]]:
        return [
            (
                loading.program,
                loading.verdict,
                set(loading.reasons),
                loading.is_sound,
                *map(sorted, (loading.loaded, loading.ignored, loading.misread, loading.refused, loading.not_known)),
            )
            for loading in loads_in(header(*names), family, alphas)
        ]

    by_sort = outcomes()
    monkeypatch.setattr(
        "lora_studio.weights.loading._gather_alike", lambda found, *_: tuple((module,) for module in found)
    )
    assert by_sort == outcomes()
    assert len({outcome[1] for outcome in by_sort}) > 1


def test_the_first_and_last_layers_are_passed_over_by_kohyas_scripts_alone():
    names = kohya("lora_unet_conv_in", f"{FLAT}_attn2_to_k")
    loadings = by_program(names)
    assert {name for name, loading in loadings.items() if loading.verdict != "loads"} == {"kohya's scripts"}
    assert loadings["kohya's scripts"].verdict == "part"
    assert sorted(loadings["kohya's scripts"].ignored) == sorted(kohya("lora_unet_conv_in"))
    assert loadings["kohya's scripts"].is_sound  # a limit of the program, not a fault of the file


PEFT = pairs(f"unet.{BLOCK}.attn1.to_q", "text_encoder.text_model.encoder.layers.0.mlp.fc1")
CROSS = f"{FLAT}_attn2_to_k"
LATE_CROSS = "lora_unet_up_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
SDXL_CROSS = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"
MANY_WITHOUT_LEVEL = [f"lora_te_encoder_layers_{layer}_mlp_fc1" for layer in range(5)]
ROWS = {
    "an encoder without text_model": (
        kohya(CROSS, *MANY_WITHOUT_LEVEL), "sd1", ("part", "part", "refused", "part", "part", "loads"),
    ),
    "a single such key": (
        kohya(f"{FLAT}_attn2_to_k", "lora_te_encoder_layers_0_mlp_fc1"), "sd1",
        ("part", "part", "part", "part", "part", "loads"),
    ),
    "query and value of an encoder alone": (
        kohya(f"{TEXT}_self_attn_q_proj", f"{TEXT}_self_attn_v_proj"), "sd1",
        ("loads", "loads", "loads", "loads", "loads", "refused"),
    ),
    "a stray key": (
        [*kohya(f"{FLAT}_attn2_to_k"), "v_pred"], "sd1", ("part", "part", "part", "refused", "part", "refused"),
    ),
    "PEFT's names": (PEFT, "sd1", ("part", "nothing", "part", "refused", "nothing", "loads")),
    "no strength": (pairs(CROSS, leaves=(".lora_down.weight", ".lora_up.weight")), "sd1", ("loads",) * 6),
    "self-attention alone": (
        kohya(f"{FLAT}_attn1_to_q"), "sd1", ("loads", "loads", "loads", "refused", "loads", "loads"),
    ),
    "SDXL in diffusers' names": (kohya(f"{FLAT}_attn2_to_k"), "sdxl", ("loads",) * 6),
    "the same with its upsampler": (
        kohya(f"{FLAT}_attn2_to_k", "lora_unet_up_blocks_0_upsamplers_0_conv"), "sdxl",
        ("loads", "part", "loads", "loads", "loads", "not_known"),
    ),
    "SDXL in both names": (
        kohya(f"{FLAT}_attn2_to_k", "lora_unet_middle_block_1_proj_in"), "sdxl",
        ("loads", "loads", "loads", "refused", "loads", "loads"),
    ),
    "LoHa": (
        [f"{FLAT}_attn2_to_k.hada_{leaf}" for leaf in ("w1_a", "w1_b", "w2_a", "w2_b")], "sd1",
        ("loads", "loads", "loads", "loads", "nothing", "refused"),
    ),
    "LoKr": (
        [f"{FLAT}_attn2_to_k.lokr_{leaf}" for leaf in ("w1", "w2")], "sd1",
        ("loads", "loads", "loads", "loads", "nothing", "refused"),
    ),
    "LoKr without a layer of whole factors": (
        [f"{FLAT}_attn2_to_k.lokr_{leaf}" for leaf in ("w1", "w2_a", "w2_b")], "sd1",
        ("loads", "loads", "loads", "refused", "nothing", "refused"),
    ),
    "DoRA by rows": (
        [*kohya(f"{FLAT}_attn2_to_k"), f"{FLAT}_attn2_to_k.dora_scale"], "sd1", ("misread",) * 6,
    ),
    "half a layer": (
        [f"{FLAT}_attn2_to_k.lora_down.weight"], "sd1",
        ("not_known", "refused", "not_known", "not_known", "not_known", "refused"),
    ),
    "a layer of another model": (
        kohya(f"{FLAT}_attn2_to_k", "lora_unet_double_blocks_0_img_attn_qkv"), "sd1",
        ("part", "part", "part", "part", "part", "refused"),
    ),
    "the same in a file for SDXL": (
        kohya(SDXL_CROSS, "lora_unet_double_blocks_0_img_attn_qkv"), "sdxl",
        ("part", "part", "part", "refused", "part", "refused"),
    ),
    "a strength of no layer": (
        [*kohya(CROSS), "other.alpha"], "sd1", ("part", "part", "part", "refused", "part", "refused"),
    ),
    "SD 1 in original block names": (
        kohya("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"), "sd1",
        ("loads", "loads", "loads", "nothing", "nothing", "refused"),
    ),
    "an encoder numbered for no reason": (
        kohya("lora_te1_text_model_encoder_layers_0_mlp_fc1", f"{FLAT}_attn2_to_k"), "sd1",
        ("loads", "loads", "loads", "part", "part", "loads"),
    ),
    "the same for SD 2": (
        kohya("lora_te1_text_model_encoder_layers_0_mlp_fc1", f"{FLAT}_attn2_to_k"), "sd2",
        ("loads", "part", "loads", "part", "part", "loads"),
    ),
    "diffusers of 2023": (
        pairs(f"unet.{BLOCK}.attn2.to_k", leaves=(".lora.down.weight", ".lora.up.weight")), "sd1",
        ("nothing", "nothing", "nothing", "refused", "nothing", "loads"),
    ),
    "its feed-forward layers": (
        pairs(f"unet.{BLOCK}.ff.net.2", leaves=(".lora.down.weight", ".lora.up.weight")), "sd1",
        ("loads", "nothing", "loads", "refused", "nothing", "loads"),
    ),
    "its text encoder": (
        pairs("text_encoder.text_model.encoder.layers.0.mlp.fc1",
              leaves=(".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight")), "sd1",
        ("loads", "nothing", "loads", "refused", "nothing", "loads"),
    ),
    "an older text encoder": (
        pairs("text_encoder.text_model.encoder.layers.0.self_attn.to_q",
              leaves=("_lora.down.weight", "_lora.up.weight")), "sd1",
        ("nothing", "nothing", "nothing", "refused", "nothing", "refused"),
    ),
    "a folder of PEFT": (
        pairs(f"base_model.model.{BLOCK}.attn2.to_k"), "sd1",
        ("nothing", "nothing", "nothing", "refused", "nothing", "nothing"),
    ),
    "PEFT's convolutions": (
        pairs("unet.mid_block.resnets.0.conv1"), "sd1", ("loads", "nothing", "loads", "refused", "nothing", "loads"),
    ),
    "a third matrix": (
        [*kohya(CROSS), f"{CROSS}.lora_mid.weight"], "sd1",
        ("loads", "loads", "loads", "loads", "refused", "not_known"),
    ),
    "a norm layer": (
        [*kohya(CROSS), *(f"lora_unet_mid_block_resnets_0_norm1.{side}_norm" for side in "wb")], "sd1",
        ("loads", "loads", "loads", "loads", "part", "refused"),
    ),
    "query and value of SD 2's encoder": (
        kohya(CROSS, f"{TEXT}_self_attn_q_proj", f"{TEXT}_self_attn_v_proj"), "sd2",
        ("loads", "part", "loads", "loads", "loads", "refused"),
    ),
    "query and value of SDXL's second encoder": (
        kohya(SDXL_CROSS, *(f"lora_te2_text_model_encoder_layers_0_self_attn_{side}_proj" for side in "qv")), "sdxl",
        ("loads", "part", "loads", "loads", "loads", "refused"),
    ),
    "query and value of SDXL's first encoder": (
        kohya(SDXL_CROSS, *(f"lora_te1_text_model_encoder_layers_0_self_attn_{side}_proj" for side in "qv")), "sdxl",
        ("loads", "loads", "loads", "loads", "loads", "refused"),
    ),
    "SDXL's text encoders alone": (
        kohya(*(f"lora_te{number}_text_model_encoder_layers_0_self_attn_{side}_proj"
                for number in "12" for side in ("q", "k", "v", "out"))), "sdxl",
        ("loads", "loads", "loads", "refused", "loads", "loads"),
    ),
    "the same as LoHa": (
        [f"lora_te{number}_text_model_encoder_layers_0_self_attn_{side}_proj.hada_{leaf}" for number in "12"
         for side in ("q", "k", "v", "out") for leaf in ("w1_a", "w1_b", "w2_a", "w2_b")], "sdxl",
        ("loads", "loads", "loads", "loads", "nothing", "refused"),
    ),
    "LoHa of SDXL's first text encoder alone": (
        [f"lora_te1_text_model_encoder_layers_0_self_attn_{side}_proj.hada_{leaf}"
         for side in ("q", "k", "v", "out") for leaf in ("w1_a", "w1_b", "w2_a", "w2_b")], "sdxl",
        ("loads", "loads", "loads", "refused", "nothing", "refused"),
    ),
    "a time projection before what tells the width": (
        kohya("lora_unet_up_blocks_0_resnets_0_time_emb_proj", LATE_CROSS),
        "sd1", ("loads", "loads", "loads", "refused", "loads", "loads"),
    ),
    "the same after it": (
        kohya("lora_unet_up_blocks_3_resnets_0_time_emb_proj", LATE_CROSS),
        "sd1", ("loads",) * 6,
    ),
    "attn_procs": (
        pairs(f"{BLOCK}.attn2.processor.to_k", leaves=("_lora.down.weight", "_lora.up.weight")), "sd1",
        ("loads", "nothing", "loads", "refused", "nothing", "nothing"),
    ),
    "numbers for names": (
        ["unet:0:down", "unet:0:up"], "sd1",
        ("nothing", "nothing", "nothing", "refused", "nothing", "not_known"),
    ),
    "LyCORIS' own names": (
        [f"lycoris_unet_mid_block.lokr_{leaf}" for leaf in ("w1", "w2")], "sd1",
        ("not_known", "nothing", "nothing", "refused", "nothing", "refused"),
    ),
    "OneTrainer's own names": (
        [name.replace("lora_unet_", "unet.") for name in kohya("lora_unet_input_blocks.4.1.proj_in")], "sdxl",
        ("nothing", "nothing", "nothing", "refused", "nothing", "not_known"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_each_program_does_what_was_seen_of_it(row):
    names, family, expected = ROWS[row]
    assert tuple(verdicts(names, family).values()) == expected


@pytest.mark.parametrize("row", ROWS)
def test_every_key_is_told_once_and_every_no_has_a_sentence(row):
    names, family, _ = ROWS[row]
    for loading in loads_in(header(*names), family):
        told = [*loading.loaded, *loading.ignored, *loading.misread, *loading.refused, *loading.not_known]
        assert sorted(told) == sorted(names)
        assert all(reason.endswith(".") for reason in loading.reasons)


def test_half_of_a_peft_file_is_named_key_by_key():
    comfy = by_program(PEFT)["ComfyUI"]
    assert set(comfy.ignored) == set(pairs(f"unet.{BLOCK}.attn1.to_q"))
    assert set(comfy.loaded) == set(pairs("text_encoder.text_model.encoder.layers.0.mlp.fc1"))


def test_the_older_dora_is_read_truthfully_by_four_programs():
    names = [*kohya(f"{FLAT}_attn2_to_k"), f"{FLAT}_attn2_to_k.dora_scale"]
    found = loads_in(header(*names, dora_scale=(1, 64)), "sd1")
    assert [loading.verdict for loading in found] == ["loads", "loads", "loads", "loads", "misread", "misread"]


def test_strengths_that_differ_are_evened_out_by_diffusers_alone():
    stems = [f"{FLAT}_attn2_to_{side}" for side in "qkv"]
    alphas = dict(zip(stems, (4.0, 4.0, 1.0), strict=True))
    loadings = by_program(kohya(*stems), alphas=alphas)
    assert [name for name, loading in loadings.items() if loading.verdict != "loads"] == ["diffusers"]
    assert set(loadings["diffusers"].misread) == set(kohya(stems[2]))
    assert loadings["diffusers"].is_sound


def test_strength_zero_is_full_strength_to_kohyas_scripts():
    stem = f"{FLAT}_attn2_to_k"
    assert tuple(verdicts(kohya(stem), alphas={stem: 0.0}).values()) == (
        "loads", "loads", "loads", "loads", "misread", "loads",
    )  # fmt: skip


def test_an_epoch_of_this_app_and_the_practice_base_are_for_nobody_else():
    names = pairs(f"unet.{BLOCK}.attn1.to_q")
    own = Header(header(*names).tensors, {ADAPTER_KEY: json.dumps({})}, 0, 0)
    assert {loading.verdict for loading in loads_in(own, "sd1")} == {"refused"}
    assert loads_in(own, "sd1")[0].reasons == ("It is an epoch of this app: export it first.",)
    practice = loads_in(header(*kohya("lora_unet_mid_block_attentions_0_proj_in")), "practice")
    assert {(loading.verdict, loading.reasons) for loading in practice} == {("refused", ("It has no Practice base.",))}


@pytest.mark.parametrize("family", ["sd1", "sd2"])
def test_every_layer_is_found_by_its_original_name_too(family):
    stems = [
        "lora_unet_" + original_unet_path(family, path).replace(".", "_")
        for path in module_paths(family)
        if path.startswith("unet.")
    ]
    comfy = loads_in(header(*kohya(*stems)), family)[0]
    assert comfy.program == "ComfyUI" and len(comfy.loaded) == 3 * len(stems) and comfy.verdict == "loads"


@pytest.mark.parametrize(
    ("leaves", "kind"),
    [
        (("lora_down.weight", "lora_up.weight", "alpha"), "lora"),
        (("lora_down.weight", "lora_up.weight", "lora_mid.weight"), "tucker"),
        (("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "alpha"), "loha"),
        (("lokr_w1_a", "lokr_w1_b", "lokr_w2", "alpha"), "lokr"),
        (("oft_blocks", "alpha"), "oft"),
        (("a1.weight", "a2.weight", "b1.weight", "b2.weight"), "glora"),
        (("diff", "diff_b"), "full"),
        (("w_norm", "b_norm"), "norm"),
        (("lora_down.weight", "lora_up.weight", "dora_scale"), "dora_by_row"),
        (("lora_down.weight", "alpha"), "half"),
    ],
)
def test_the_kind_of_each_module_is_told_by_its_tensors(leaves, kind):
    modules, strays = group_tensors(header(*(f"{FLAT}_attn2_to_k.{leaf}" for leaf in leaves)))
    assert strays == []
    assert [kind_of(tensors) for tensors in modules.values()] == [kind]
