from __future__ import annotations

import pytest
import torch
import transformers
from safetensors.torch import save_file

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks import convnext, scarsegnet
from ScarSegLogic.networks.convnext import ConvNeXt

DEPTHS, WIDTHS = (1, 2, 1, 1), (4, 8, 16, 32)


@pytest.fixture(scope="module")
def classifier():
    """A small ConvNeXt of three colours as transformers makes it, with random weights everywhere."""
    torch.manual_seed(1)
    model = transformers.ConvNextForImageClassification(
        transformers.ConvNextConfig(depths=list(DEPTHS), hidden_sizes=list(WIDTHS), num_labels=5)
    ).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def in_layout(layout, state):
    """The parameters of transformers' model under the names of another published layout."""
    renamed = {}
    for name, tensor in state.items():
        for pattern, replacement in LAYOUTS[layout]:
            name = name.replace(pattern, replacement)
        renamed[name] = tensor.clone()
    if layout == "authors":
        stems = ("stem.0.", "stem.1.")
        for stem in stems:
            for kind in ("weight", "bias"):
                renamed[f"downsample_layers.0.{stem[5:]}{kind}"] = renamed.pop(stem + kind)
        for name in [name for name in renamed if ".downsample." in name]:
            renamed[name.replace("stages.", "downsample_layers.").replace(".downsample.", ".")] = renamed.pop(name)
    return renamed


SHARED = [
    ("convnext.embeddings.patch_embeddings", "stem.0"),
    ("convnext.embeddings.layernorm", "stem.1"),
    ("convnext.encoder.", ""),
    ("downsampling_layer", "downsample"),
    ("layer_scale_parameter", "gamma"),
]
LAYOUTS = {
    "transformers": [],
    "transformers without classifier": [("convnext.", "")],
    "timm": [
        *SHARED,
        ("convnext.layernorm", "head.norm"),
        ("classifier", "head.fc"),
        (".layers.", ".blocks."),
        (".layernorm.", ".norm."),
        ("dwconv", "conv_dw"),
        ("pwconv", "mlp.fc"),
    ],
    "authors": [
        *SHARED,
        ("convnext.layernorm", "norm"),
        ("classifier", "head"),
        (".layers.", "."),
        (".layernorm.", ".norm."),
    ],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_published_weights_answer_to_a_grey_image_as_to_its_rgb_copy(tmp_path, classifier, layout):
    file = tmp_path / "größe b.safetensors"
    save_file(in_layout(layout, classifier.state_dict()), file)
    encoder = ConvNeXt(1, depths=DEPTHS, widths=WIDTHS)
    convnext.load_published(encoder, file)
    grey = torch.randn(2, 1, 64, 32)
    features = [encoder.stem(grey)]
    for stage in encoder.stages:
        features.append(stage(features[-1]))
    with torch.no_grad():
        oracle = classifier.convnext(grey.expand(-1, 3, -1, -1), output_hidden_states=True).hidden_states
    assert len(features) == len(oracle) == 5
    for ours, theirs in zip(features, oracle, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_the_authors_checkpoint_with_its_model_inside_is_read(tmp_path, classifier):
    file = tmp_path / "convnext_base_1k_224.pth"
    torch.save({"model": in_layout("authors", classifier.state_dict())}, file)
    encoder = ConvNeXt(3, depths=DEPTHS, widths=WIDTHS)
    convnext.load_published(encoder, file)
    name = "convnext.encoder.stages.1.downsampling_layer.1.weight"
    assert torch.equal(encoder.stages[1].downsampling_layer[1].weight, classifier.state_dict()[name])


def test_scarsegnet_takes_them_and_keeps_the_rest_of_itself(tmp_path, classifier):
    file = tmp_path / "model.safetensors"
    save_file(classifier.state_dict(), file)
    network = networks.build("scarsegnet", depths=DEPTHS, widths=WIDTHS, decoder=(16, 8, 8, 4))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    scarsegnet.load_published(network, file)
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == {name for name in before if name.startswith("encoder.convnext.")}


def test_weights_of_another_size_are_refused_and_change_nothing(tmp_path, classifier):
    file = tmp_path / "model.safetensors"
    save_file(classifier.state_dict(), file)
    encoder = ConvNeXt(1, depths=(1, 1, 1, 1), widths=WIDTHS)
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    with pytest.raises(
        ScarSegError, match=r"model\.safetensors are not for this ConvNeXt: it has the unknown stages\.1"
    ):
        convnext.load_published(encoder, file)
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.state_dict().items())


def test_weights_of_another_architecture_are_refused(tmp_path):
    file = tmp_path / "resnet.safetensors"
    save_file({"conv1.weight": torch.zeros(4, 3, 7, 7)}, file)
    with pytest.raises(ScarSegError, match=r"resnet\.safetensors are not a ConvNeXt's: expected the layout of"):
        convnext.load_published(ConvNeXt(1, depths=DEPTHS, widths=WIDTHS), file)
