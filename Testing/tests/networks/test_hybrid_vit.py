"""Random numbers in the layout of Google's R50-ViT, read by us and, by hand, into the models of transformers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks import transunet
from ScarSegLogic.networks.hybrid_vit import HybridViT, HybridViTConfig, load_published

UNITS, STEM, HIDDEN, DEPTH, HEADS, MLP, GRID = (2, 1, 2), 64, 24, 2, 3, 40, 4
SIZES = {"stem_width": STEM, "units": UNITS, "hidden": HIDDEN, "depth": DEPTH, "heads": HEADS, "mlp": MLP}
ATTENTION = "Transformer/encoderblock_1/MultiHeadDotProductAttention_1"


def arrays_in_googles_layout():
    """Names, axes and shapes of ``R50+ViT-B_16.npz``, narrow and with random numbers."""
    rng = np.random.default_rng(8)

    def random(*shape, mean=0.0):
        return rng.normal(mean, 0.2, shape).astype(np.float32)

    arrays = {"cls": random(1, 1, HIDDEN), "conv_root/kernel": random(7, 7, 3, STEM)}

    def normalisation(name, *shape):
        arrays[f"{name}/scale"], arrays[f"{name}/bias"] = random(*shape, mean=1.0), random(*shape)

    normalisation("gn_root", 1, 1, 1, STEM)
    inputs = STEM
    for block, units in enumerate(UNITS, start=1):
        outputs = STEM * 2 ** (block + 1)
        for unit in range(1, units + 1):
            name = f"block{block}/unit{unit}"
            inner = outputs // 4
            arrays[f"{name}/conv1/kernel"] = random(1, 1, inputs, inner)
            arrays[f"{name}/conv2/kernel"] = random(3, 3, inner, inner)
            arrays[f"{name}/conv3/kernel"] = random(1, 1, inner, outputs)
            for index, channels in ((1, inner), (2, inner), (3, outputs)):
                normalisation(f"{name}/gn{index}", 1, 1, 1, channels)
            if unit == 1:
                arrays[f"{name}/conv_proj/kernel"] = random(1, 1, inputs, outputs)
                normalisation(f"{name}/gn_proj", 1, 1, 1, outputs)
            inputs = outputs
    arrays["embedding/kernel"], arrays["embedding/bias"] = random(1, 1, inputs, HIDDEN), random(HIDDEN)
    arrays["Transformer/posembed_input/pos_embedding"] = random(1, 1 + GRID * GRID, HIDDEN)
    for index in range(DEPTH):
        name = f"Transformer/encoderblock_{index}"
        attention = f"{name}/MultiHeadDotProductAttention_1"
        for part in ("query", "key", "value"):
            arrays[f"{attention}/{part}/kernel"] = random(HIDDEN, HEADS, HIDDEN // HEADS)
            arrays[f"{attention}/{part}/bias"] = random(HEADS, HIDDEN // HEADS)
        arrays[f"{attention}/out/kernel"] = random(HEADS, HIDDEN // HEADS, HIDDEN)
        arrays[f"{attention}/out/bias"] = random(HIDDEN)
        for dense, (rows, columns) in enumerate(((HIDDEN, MLP), (MLP, HIDDEN))):
            arrays[f"{name}/MlpBlock_3/Dense_{dense}/kernel"] = random(rows, columns)
            arrays[f"{name}/MlpBlock_3/Dense_{dense}/bias"] = random(columns)
        normalisation(f"{name}/LayerNorm_0", HIDDEN)
        normalisation(f"{name}/LayerNorm_2", HIDDEN)
    normalisation("Transformer/encoder_norm", HIDDEN)
    for head in ("pre_logits", "head"):
        arrays[f"{head}/kernel"], arrays[f"{head}/bias"] = random(HIDDEN, 7), random(7)
    return arrays


@pytest.fixture(scope="module")
def arrays():
    return arrays_in_googles_layout()


@pytest.fixture
def npz(tmp_path, arrays):
    path = tmp_path / "R50+ViT-B_16.npz"
    np.savez(path, **arrays)
    return path


def oracle_of_the_resnet(arrays):
    """Transformers' ResNet of ViT-hybrid with these kernels."""
    model = transformers.BitModel(
        transformers.BitConfig(
            layer_type="bottleneck",
            global_padding="same",
            embedding_dynamic_padding=True,
            embedding_size=STEM,
            depths=list(UNITS),
            hidden_sizes=[256, 512, 1024],
        )
    ).eval()

    def copy(module, name, normalisation):
        module.weight.copy_(torch.from_numpy(arrays[f"{name}/kernel"].transpose(3, 2, 0, 1)))
        copy_normalisation(normalisation, name.replace("conv", "gn"))

    def copy_normalisation(module, name):
        module.eps = 1e-6  # transformers' own 1e-5 is not Google's
        module.weight.copy_(torch.from_numpy(arrays[f"{name}/scale"].ravel()))
        module.bias.copy_(torch.from_numpy(arrays[f"{name}/bias"].ravel()))

    with torch.no_grad():
        copy(model.embedder.convolution, "conv_root", model.embedder.norm)
        for block, stage in enumerate(model.encoder.stages, start=1):
            for unit, layer in enumerate(stage.layers, start=1):
                name = f"block{block}/unit{unit}"
                for index in (1, 2, 3):
                    copy(getattr(layer, f"conv{index}"), f"{name}/conv{index}", getattr(layer, f"norm{index}"))
                if unit == 1:
                    copy(layer.downsample.conv, f"{name}/conv_proj", layer.downsample.norm)
    return model


def oracle_of_the_transformer(arrays, features):
    """Transformers' ViT layers with these weights, on the ResNet's features (1, C, g, g)."""
    config = transformers.ViTConfig(
        hidden_size=HIDDEN, num_attention_heads=HEADS, intermediate_size=MLP, layer_norm_eps=1e-6, hidden_act="gelu"
    )
    config._attn_implementation = "eager"
    array = {name: torch.from_numpy(value) for name, value in arrays.items()}
    tokens = torch.einsum("nchw,cd->nhwd", features, array["embedding/kernel"][0, 0]) + array["embedding/bias"]
    tokens = tokens.reshape(1, GRID * GRID, HIDDEN) + array["Transformer/posembed_input/pos_embedding"][:, 1:]
    for index in range(DEPTH):
        name = f"Transformer/encoderblock_{index}"
        attention = f"{name}/MultiHeadDotProductAttention_1"
        layer = transformers.models.vit.modeling_vit.ViTLayer(config).eval()
        of_layer = {
            "attention.q_proj": (f"{attention}/query", (HIDDEN, HIDDEN)),
            "attention.k_proj": (f"{attention}/key", (HIDDEN, HIDDEN)),
            "attention.v_proj": (f"{attention}/value", (HIDDEN, HIDDEN)),
            "attention.o_proj": (f"{attention}/out", (HIDDEN, HIDDEN)),
            "mlp.fc1": (f"{name}/MlpBlock_3/Dense_0", (HIDDEN, MLP)),
            "mlp.fc2": (f"{name}/MlpBlock_3/Dense_1", (MLP, HIDDEN)),
        }
        state = {f"{ours}.weight": array[f"{name}/kernel"].reshape(shape).T for ours, (name, shape) in of_layer.items()}
        state |= {f"{ours}.bias": array[f"{name}/bias"].flatten() for ours, (name, _) in of_layer.items()}
        for ours, norm in (("layernorm_before", "LayerNorm_0"), ("layernorm_after", "LayerNorm_2")):
            state |= {f"{ours}.weight": array[f"{name}/{norm}/scale"], f"{ours}.bias": array[f"{name}/{norm}/bias"]}
        layer.load_state_dict(state)
        tokens = layer(tokens)
    scale, bias = array["Transformer/encoder_norm/scale"], array["Transformer/encoder_norm/bias"]
    return torch.nn.functional.layer_norm(tokens, (HIDDEN,), scale, bias, eps=1e-6)


def test_published_weights_answer_as_in_transformers(npz, arrays):
    encoder = HybridViT(HybridViTConfig(**SIZES, image_size=16 * GRID)).eval()
    load_published(encoder, npz)
    images = torch.randn(1, 3, 16 * GRID, 16 * GRID, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        tokens, skips = encoder(images)
        oracle = oracle_of_the_resnet(arrays)
        root = oracle.embedder.norm(oracle.embedder.convolution(images))
        _embedded, *stages = oracle(images, output_hidden_states=True).hidden_states
        for ours, theirs in zip(skips, [root, *stages[:2]], strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
        expected = oracle_of_the_transformer(arrays, stages[2])
        torch.testing.assert_close(tokens.flatten(2).transpose(1, 2), expected, rtol=1e-3, atol=1e-3)


def test_positions_of_another_grid_are_interpolated(npz, arrays):
    encoder = HybridViT(HybridViTConfig(**SIZES, image_size=32 * GRID))
    load_published(encoder, npz)
    grid = arrays["Transformer/posembed_input/pos_embedding"][0, 1:].reshape(GRID, GRID, HIDDEN)
    # doubled bilinearly, the second row lies a quarter of the way from the first to the second
    middle = 0.75 * grid[0, 0] + 0.25 * grid[1, 0]
    np.testing.assert_allclose(encoder.positions[0, 0, 0].detach(), grid[0, 0], rtol=1e-5)
    np.testing.assert_allclose(encoder.positions[0, 1, 0].detach(), middle, rtol=1e-4, atol=1e-6)


def test_transunet_takes_them_and_keeps_its_decoder(npz):
    network = networks.build("transunet", **SIZES, bridge=16, decoder=(16, 8, 8, 4))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    transunet.load_published(network, npz)
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {name for name in before if name.startswith("encoder.")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays.pop("gn_root/bias"), r"it lacks resnet\.gn_root\.bias"),
        (
            lambda arrays: arrays.pop(f"{ATTENTION}/key/kernel"),
            r"another shape of layers\.1\.self_attn\.in_proj_weight \(\(48, 24\), expected \(72, 24\)\)",
        ),
        (
            lambda arrays: arrays.update({"block4/unit1/gn1/bias": arrays["gn_root/bias"]}),
            "unknown resnet.block4.unit1",
        ),
        (
            lambda arrays: arrays.update({"Transformer/surprise": arrays["cls"]}),
            r"unknown resnet\.Transformer\.surprise",
        ),
        (lambda arrays: arrays.update({"embedding/bias": np.full(HIDDEN, np.nan, np.float32)}), "not finite in embedd"),
        (
            lambda arrays: arrays.update({"Transformer/posembed_input/pos_embedding": np.zeros((1, 16, HIDDEN))}),
            r"position embeddings of shape \(1, 16, 24\): expected \(1, 1 \+ g \* g, width\)",
        ),
        (lambda arrays: arrays.update({"Transformer/posembed_input/pos_embedding": np.zeros(5)}), r"of shape \(5,\): "),
        (
            lambda arrays: arrays.update({f"{ATTENTION}/query/kernel": np.zeros((9, 3, 8), np.float32)}),
            "do not have the shapes of a hybrid vision transformer",
        ),
        (lambda arrays: arrays.pop("conv_root/kernel"), "are not a hybrid vision transformer's"),
    ],
    ids=[
        "lacks a bias",
        "lacks the keys",
        "has a fourth block",
        "has a surprise",
        "not a number",
        "no class token",
        "flat positions",
        "a narrow query",
        "another network",
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_changes_nothing(tmp_path, arrays, change, message):
    damaged = dict(arrays)
    change(damaged)
    path = tmp_path / "größe.npz"
    np.savez(path, **damaged)
    encoder = HybridViT(HybridViTConfig(**SIZES))
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    with pytest.raises(ScarSegError, match=message):
        load_published(encoder, path)
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.state_dict().items())
