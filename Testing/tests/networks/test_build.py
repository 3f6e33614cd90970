from __future__ import annotations

import pytest

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError


def test_an_unknown_network_is_refused_with_the_known_names():
    with pytest.raises(ScarSegError, match="unknown network 'transformer': expected one of .*lv_anatomy, lv_scar, sam"):
        networks.build("transformer")


@pytest.mark.parametrize(
    "config",
    [{"depth": 5}, {"channels": 5}, {"channels": [8]}, {"channels": []}, {"channels": [8, -1]}],
    ids=["unknown field", "no list", "one level", "no level", "negative width"],
)
def test_a_configuration_that_makes_no_network_is_refused(config):
    with pytest.raises(ScarSegError, match="'lv_scar' does not take this configuration"):
        networks.build("lv_scar", **config)


@pytest.mark.parametrize("missing", ["torch", "monai"])
def test_a_missing_library_is_named_with_what_to_do(monkeypatch, missing):
    def absent(*_arguments, **_options):
        raise ModuleNotFoundError(f"No module named '{missing}'", name=missing)

    monkeypatch.setattr(networks, "import_module", absent)
    with pytest.raises(ScarSegError, match=f"needs {missing}, which is not installed: install torch and monai"):
        networks.build("lv_scar")


def test_the_scar_network_gives_two_logits_for_slices_and_two_masks():
    torch = pytest.importorskip("torch")
    network = networks.build("lv_scar", channels=[4, 8]).eval()
    assert network(torch.zeros(2, 5, 32, 48)).shape == (2, 2, 32, 48)


def test_the_anatomy_network_locates_in_one_size_and_segments_in_another():
    torch = pytest.importorskip("torch")
    network = networks.build("lv_anatomy", localiser_channels=[4, 8], segmenter_channels=[4, 8, 16], slices=3).eval()
    located, segmented = network(torch.zeros(1, 3, 32, 32), torch.zeros(2, 3, 64, 48))
    assert located.shape == (1, 1, 32, 32)
    assert segmented.shape == (2, 5, 64, 48)
