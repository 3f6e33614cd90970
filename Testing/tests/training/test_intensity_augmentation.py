from __future__ import annotations

import numpy as np
import pytest
import torch
from scarseg_training.augmentation.bias_field import BiasField, BiasFieldParameters
from scarseg_training.augmentation.blur import BlurParameters, GaussianBlur
from scarseg_training.augmentation.brightness import Brightness
from scarseg_training.augmentation.clahe import BINS, Clahe, equalise
from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.gamma import Gamma, GammaParameters
from scarseg_training.augmentation.neighbours import NeighbourSwap
from scarseg_training.augmentation.noise import GaussianNoise, NoiseParameters, RicianNoise
from scarseg_training.augmentation.normalisation import normalise, standardise
from scarseg_training.augmentation.shading import Shading
from scipy import ndimage
from skimage import data, exposure, transform

from ScarSegLogic.preprocessing.intensity import normalise_slices

TRANSFORMS = {
    "bias_field": BiasField((0.2, 0.6), probability=0.25),
    "blur": GaussianBlur((0.5, 1.5), probability=0.25),
    "brightness": Brightness(0.1, probability=0.25),
    "clahe": Clahe(tiles=2, probability=0.25),
    "gamma": Gamma((1.5, 2), probability=0.25),
    "gaussian_noise": GaussianNoise((0.1, 0.2), probability=0.25),
    "rician_noise": RicianNoise((0.1, 0.2), probability=0.25),
}


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_quarter_of_the_samples_changes_and_the_input_stays(name):
    transform_, images = TRANSFORMS[name], noise(400, 1, 8, 8)
    before = images.clone()
    found = transform_.apply(images, transform_.sample(Draws(range(400)), (1, 8, 8)))
    assert torch.equal(images, before)
    assert torch.isfinite(found).all()
    changed = (found - images).abs().flatten(1).amax(1) > 1e-4
    assert changed.float().mean().item() == pytest.approx(0.25, abs=0.07)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_sample_is_changed_alike_whatever_its_batch(name):
    transform_, images = TRANSFORMS[name], noise(12, 2, 8, 8)
    whole = transform_.apply(images, transform_.sample(Draws(range(12)), (2, 8, 8)))
    assert not torch.equal(whole, images)
    half = transform_.apply(images[6:], transform_.sample(Draws(range(6, 12)), (2, 8, 8)))
    torch.testing.assert_close(whole[6:], half, atol=1e-6, rtol=0)


def test_gamma_agrees_with_monai():
    from monai import transforms

    images = noise(2, 1, 5, 6) * 3 - 1
    found = Gamma.apply(images, GammaParameters(torch.tensor([0.8, 1.3])))
    for image, gamma, answer in zip(images, (0.8, 1.3), found, strict=True):
        expected = torch.as_tensor(transforms.AdjustContrast(gamma)(image).array)
        torch.testing.assert_close(answer, expected, atol=1e-5, rtol=0)


def test_blur_agrees_with_scipy():
    images = noise(2, 1, 4, 9, 12)
    found = GaussianBlur.apply(images, BlurParameters(torch.tensor([1]), torch.tensor([[0.5, 1.0, 1.5]])))
    torch.testing.assert_close(found[0], images[0])
    expected = ndimage.gaussian_filter(images[1, 0].numpy(), (0.5, 1.0, 1.5), mode="nearest")
    np.testing.assert_allclose(found[1, 0].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(7, 10), (5, 7, 10)])
def test_a_bias_field_agrees_with_numpys_legendre_polynomials(shape):
    axes = len(shape)
    coefficients = BiasField((0.02, 0.06)).sample(Draws([5]), (1, *shape)).coefficients
    evaluate = {2: np.polynomial.legendre.leggrid2d, 3: np.polynomial.legendre.leggrid3d}[axes]
    field = evaluate(*[np.linspace(-1, 1, size) for size in shape], coefficients[0].numpy())
    images = noise(1, 2, *shape)
    found = BiasField.apply(images, BiasFieldParameters(coefficients))
    np.testing.assert_allclose(found[0].numpy(), images[0].numpy() * np.exp(field), rtol=1e-5)
    # As many coefficients as MONAI draws for degree 3.
    assert coefficients.count_nonzero() == {2: 10, 3: 20}[axes]


def test_a_bias_field_is_monais():
    from monai import transforms

    theirs = transforms.RandBiasField(prob=1.0, degree=3, coeff_range=(0.02, 0.06)).set_random_state(0)
    image = noise(1, 6, 7, 8)
    expected = torch.as_tensor(theirs(image))
    coefficients = torch.zeros(1, 4, 4, 4)
    # MONAI lists coefficients by rising degrees of the three axes, the last one fastest.
    places = [(i, j, k) for i in range(4) for j in range(4 - i) for k in range(4 - i - j)]
    for place, value in zip(places, theirs._coeff, strict=True):
        coefficients[(0, *place)] = value
    torch.testing.assert_close(
        BiasField.apply(image[None], BiasFieldParameters(coefficients))[0], expected, rtol=1e-4, atol=0
    )


def test_rician_noise_on_paper():
    # A signal of 2 with noise (1, 4): |3 + 4i| = 5. The second sample was not chosen.
    parameters = NoiseParameters(torch.tensor([0]), torch.tensor([1.0, 4.0]).view(1, 2, 1, 1, 1))
    found = RicianNoise.apply(torch.full((2, 1, 1, 1), 2.0), parameters)
    assert found.flatten().tolist() == [5.0, 2.0]


def test_rician_noise_lifts_the_background_to_its_rayleigh_mean():
    # The mean of the magnitude of pure noise is sd sqrt(pi / 2) (Gudbjartsson 1995).
    noisy = RicianNoise((0.1, 0.1))
    found = noisy.apply(torch.zeros(4, 1, 100, 100), noisy.sample(Draws(range(4)), (1, 100, 100)))
    assert found.min() >= 0
    assert found.mean().item() == pytest.approx(0.1 * (torch.pi / 2) ** 0.5, rel=0.01)


def test_gaussian_noise_has_its_sd_in_every_channel():
    noisy = GaussianNoise((0.02, 0.02))
    found = noisy.apply(torch.zeros(2, 2, 100, 100), noisy.sample(Draws([1, 2]), (2, 100, 100)))
    torch.testing.assert_close(found.std((2, 3)), torch.full((2, 2), 0.02), rtol=0.05, atol=0)
    assert not torch.allclose(found[:, 0], found[:, 1], atol=1e-3)


def test_one_tile_without_a_limit_is_histogram_equalisation():
    image = torch.from_numpy(np.random.default_rng(0).gamma(2, 0.08, (1, 60, 50)).clip(0, 1)).float()
    found = equalise(image, torch.tensor([float(BINS)]), 1)[0].numpy()
    levels = np.round(image[0].numpy() * (BINS - 1)).astype(np.uint8)
    np.testing.assert_allclose(found, exposure.equalize_hist(levels, nbins=BINS), atol=1e-6)


def test_clahe_agrees_with_scikit_image():
    image = transform.resize(data.camera(), (256, 256), anti_aliasing=True)
    found = equalise(torch.from_numpy(image)[None].float(), torch.tensor([0.02 * BINS]), 8)[0].numpy()
    expected = exposure.equalize_adapthist(image, kernel_size=32, clip_limit=0.02, nbins=BINS)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.995
    # Not the image itself: that agrees far less.
    assert np.corrcoef(image.ravel(), expected.ravel())[0, 1] < 0.95


def test_clahe_takes_sides_that_are_no_multiple_of_the_tiles():
    images = noise(2, 1, 37, 50)
    found = Clahe(tiles=8).apply(images, Clahe(tiles=8).sample(Draws([1, 2]), (1, 37, 50)))
    assert found.shape == images.shape
    assert 0 <= found.min() < found.max() <= 1


def test_swapping_neighbours_keeps_the_middle_slice():
    images = torch.arange(3.0).reshape(1, 3, 1, 1).repeat(200, 1, 1, 1)
    swapped = NeighbourSwap.apply(images, NeighbourSwap().sample(Draws(range(200)), (3, 1, 1)))
    assert (swapped[:, 1] == 1).all()
    assert 0.35 < (swapped[:, 0] == 2).float().mean().item() < 0.65
    assert ((swapped[:, 0] + swapped[:, 2]) == 2).all()


def test_shading_leaves_its_input_and_stays_finite():
    images = torch.randn(8, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    before = images.clone()
    shaded = Shading.apply(images, Shading().sample(Draws(range(8)), (3, 16, 16)))
    assert torch.equal(images, before)
    assert torch.isfinite(shaded).all()
    assert not torch.allclose(shaded, images, atol=0.05)


def test_training_normalises_exactly_as_inference_does():
    planes = np.random.default_rng(1).gamma(2.0, 100.0, (6, 40, 40)).astype(np.float32)
    planes[2] = 5.0
    planes[3] += 4096
    found = normalise(torch.from_numpy(planes).reshape(2, 3, 40, 40)).reshape(6, 40, 40)
    np.testing.assert_allclose(found.numpy(), normalise_slices(planes), atol=1e-3)
    assert not found[2].any()


def test_a_constant_plane_stays_finite():
    assert not standardise(torch.full((1, 2, 4, 4), 7.0)).any()
