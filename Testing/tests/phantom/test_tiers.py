import pytest

from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.phantom.tiers import Difficulty, Tier, cnr_for_score


@pytest.mark.parametrize("tier", ["easy", "medium", "hard"])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_wanted_tier_is_reached_by_its_definition(tier, seed):
    truth = make_lv_phantom(LVPhantomConfig(seed, tier=tier)).truth
    assert str(truth.tier) == tier
    assert truth.tier is truth.difficulty.tier


@pytest.mark.parametrize("tier", ["easy", "hard"])
@pytest.mark.parametrize("burden", [0.0, 1.0, 15.0])
def test_every_tier_is_reached_at_every_burden_of_the_sensitivity_study(tier, burden):
    truth = make_lv_phantom(LVPhantomConfig(11, tier=tier, target_burden_percent=burden)).truth
    assert str(truth.tier) == tier
    assert truth.volumes.scar_fraction_percent == pytest.approx(burden, abs=0.1)


def test_harder_tiers_have_more_noise_on_the_same_heart():
    easy, hard = (make_lv_phantom(LVPhantomConfig(5, tier=tier)) for tier in ("easy", "hard"))
    assert (easy.labels.array == hard.labels.array).all()
    assert hard.truth.noise_sd > 1.5 * easy.truth.noise_sd


def test_random_phantoms_come_in_all_tiers():
    found = {make_lv_phantom(LVPhantomConfig(seed, observer_count=2)).truth.tier for seed in range(16)}
    assert found == set(Tier)


@pytest.mark.parametrize(
    ("difficulty", "score", "tier"),
    [
        (Difficulty(10.0, 0.0, None), 0.0, Tier.MEDIUM),
        (Difficulty(20.0, 0.0, None), -1.0, Tier.EASY),
        (Difficulty(5.0, 0.0, None), 1.0, Tier.HARD),
        # A quarter of 7 % adds half an octave twice over, limited to .75; perfect agreement takes .5 away.
        (Difficulty(10.0, 1.75, 1.0), 0.75 - 0.5, Tier.MEDIUM),
        (Difficulty(10.0, 28.0, 0.6), -0.75 + 0.2, Tier.EASY),
    ],
)
def test_score_counts_octaves_of_contrast_to_noise(difficulty, score, tier):
    assert difficulty.score == pytest.approx(score)
    assert difficulty.tier is tier


def test_tiers_are_numbered_as_the_curriculum_numbers_them():
    assert [tier.number for tier in Tier] == [0, 1, 2]


def test_contrast_to_noise_for_a_score_inverts_the_score():
    cnr = cnr_for_score(0.8, 3.0, 0.6)
    assert Difficulty(cnr, 3.0, 0.6).score == pytest.approx(0.8)
