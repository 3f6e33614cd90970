from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from scarseg_training.config import SplitConfig, config_document, config_of_document
from scarseg_training.data_record import digest_of, records_of
from scarseg_training.datasets.dataset import Dataset
from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.datasets.splits import Split
from scarseg_training.recipes import recipe_named
from scarseg_training.run_cases import CaseList, RunCases, cases_of_run
from scarseg_training.run_folder import SPLIT_NAME, RunFolder
from scarseg_training.run_log import METRICS_NAME, RunLog

from ScarSegLogic.errors import ScarSegError
from Testing.accuracy.studies import as_expert_study
from Testing.tests.training.tiny_runs import CasesInMemory, ring_case, scar_run, tiny_config, tiny_stage

CONFIG = tiny_config(tiny_stage("lv_scar"), split=SplitConfig(fractions=(0.8, 0.2, 0.0)))


@pytest.fixture
def png_folder(tmp_path):
    """EMIDEC-like PNG slices of 10 train cases; the test case is a trap: reading it fails."""
    train = [f"Case_{kind}{number:03}" for kind in "NP" for number in range(5)]
    for name in train:
        case = ring_case(name, with_infarct="P" in name)
        for index, labels in enumerate(as_expert_study(case).labels.array):
            grey = np.clip(case.image[index] / 2, 0, 255).astype(np.uint8)
            sitk.WriteImage(sitk.GetImageFromArray(grey), tmp_path / f"{name}_slice{index:03}_image.png")
            sitk.WriteImage(sitk.GetImageFromArray(labels), tmp_path / f"{name}_slice{index:03}_label.png")
    for kind in ("image", "label"):
        (tmp_path / f"Case_P099_slice000_{kind}.png").write_bytes(b"must not be opened")
    (tmp_path / "split.json").write_text(f'{{"train": {train}, "test": ["Case_P099"]}}'.replace("'", '"'))
    return tmp_path


def test_a_run_never_opens_test_cases_and_holds_patients_with_and_without_scar_out(png_folder):
    config = replace(CONFIG, phantoms="phantoms:lv:1", real_share=0.8)
    cases = cases_of_run(config, png_folder)
    assert cases.split.test == ("Case_P099",)
    assert sorted(name[5] for name in cases.split.validation) == ["N", "P"]
    assert len(cases.split.train) == 8
    learnt = [case.case for case in cases.learnt_from()]
    assert learnt == [*cases.split.train, "phantom_100000"]
    assert [case.case for case in cases.validation] == list(cases.split.validation)


def test_phantoms_are_mixed_in_only_where_the_recipe_gives_their_share(png_folder):
    cases = cases_of_run(replace(CONFIG, phantoms="phantoms:lv:1"), png_folder)
    assert cases.mixed_in is None
    assert len(cases.datasets) == 1


def test_phantoms_alone_are_divided_without_being_made():
    cases = cases_of_run(replace(CONFIG, phantoms="phantoms:lv:10"))
    assert (len(cases.training), len(cases.validation)) == (8, 2)


def test_the_split_does_not_depend_on_the_seed_of_the_run(png_folder):
    splits = {cases_of_run(replace(CONFIG, seed=seed), png_folder).split for seed in (0, 1)}
    assert len(splits) == 1


def test_a_recipe_that_needs_data_asks_for_their_folder():
    with pytest.raises(ScarSegError, match="the recipe small_lv_scar_emidec needs data: give their folder with --data"):
        cases_of_run(recipe_named("small_lv_scar_emidec"))


@pytest.mark.real_data
def test_the_shipped_recipes_never_learn_from_emidecs_test_cases(shared_data):
    from scarseg_training.datasets.dataset import open_dataset
    from scarseg_training.datasets.splits import divide

    dataset = open_dataset(shared_data / "emidec_png")
    split = divide(dataset.entries, {}, recipe_named("small_lv_scar_emidec").split)
    test = {entry.case for entry in dataset.of_split("test")}
    assert len(test) == 14
    assert not test & {*split.train, *split.validation}
    assert len(split.train) + len(split.validation) == len(dataset.of_split("train"))


def test_a_config_survives_its_json_unchanged():
    config = replace(scar_run(), split=SplitConfig(kind="leave_cohort_out", cohorts=("a", "b")))
    assert config_of_document(config_document(config)) == config


def test_a_config_of_another_version_is_refused():
    document = config_document(scar_run())
    with pytest.raises(ScarSegError, match=r"the run's config has schema version 1, expected 2"):
        config_of_document(document | {"schema_version": 1})
    with pytest.raises(ScarSegError, match=r"the run's config is not one of this ScarSeg version \(.*'colour'"):
        config_of_document(document | {"colour": "red"})


def test_phantoms_to_validate_on_are_not_mixed_in_as_well():
    config = replace(CONFIG, phantoms="phantoms:lv:7", real_share=0.8)
    cases = cases_of_run(config, "phantoms:lv:5")
    assert cases.mixed_in.names == ("phantom_100005", "phantom_100006")
    assert cases_of_run(config, "phantoms:lv:7").mixed_in is None


def test_data_without_any_scar_are_refused_for_learning_scar():
    cases = {name: ring_case(name, with_infarct=False) for name in ("a", "b")}
    entries = tuple(CaseEntry(name, name) for name in cases)
    dataset = Dataset("healthy", None, entries, CasesInMemory(cases), "memory")
    run = RunCases(Split(("a",), ("b",)), CaseList(dataset, ("a",)), CaseList(dataset, ("b",)))
    with pytest.raises(
        ScarSegError, match=r"learns scar, but in every training case of healthy the mask 'scar' is empty"
    ):
        run.require(("myocardium", "scar"), "one")
    run.require(("cavity",), "one")


def test_a_run_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("not to be lost", encoding="utf-8")
    with pytest.raises(ScarSegError, match=r"the run folder .*file cannot be written to \(.*\): choose another folder"):
        RunFolder(tmp_path / "file").start(CONFIG, Split(("a",), ("b",)), (), resume=False)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "not to be lost"


def test_a_run_is_continued_on_its_own_data_only(tmp_path):
    truth, read = (cases_of_run(CONFIG, f"phantoms:lv:8{options}") for options in ("", ":labels=observer"))
    assert truth.split == read.split
    RunFolder(tmp_path).start(CONFIG, truth.split, truth.records, resume=False)
    written = (tmp_path / SPLIT_NAME).read_bytes()
    with pytest.raises(
        ScarSegError, match=r"other data \(8 LV phantoms\) than are given now \(8 LV phantoms \(labels=observer\)\)"
    ):
        RunFolder(tmp_path).start(CONFIG, read.split, read.records, resume=True)
    RunFolder(tmp_path).start(CONFIG, truth.split, truth.records, resume=True)
    assert (tmp_path / SPLIT_NAME).read_bytes() == written


def test_a_run_older_than_the_record_of_its_data_is_continued_and_claims_none(tmp_path):
    cases = cases_of_run(CONFIG, "phantoms:lv:8")
    RunFolder(tmp_path).start(CONFIG, cases.split, cases.records, resume=False)
    document = json.loads((tmp_path / SPLIT_NAME).read_text(encoding="utf-8"))
    del document["data"]
    (tmp_path / SPLIT_NAME).write_text(json.dumps(document), encoding="utf-8")
    assert records_of(document) == ()
    RunFolder(tmp_path).start(CONFIG, cases.split, cases.records, resume=True)
    assert json.loads((tmp_path / SPLIT_NAME).read_text(encoding="utf-8")) == document


def test_the_record_of_data_knows_tiers_and_labels_and_not_the_place_or_what_a_check_adds(tmp_path):
    entry = CaseEntry("a", "a", {"image": ("a.nii",), "labels": ("a_gt.nii",)}, tier=1)
    dataset = Dataset("clinic", tmp_path, (entry,), CasesInMemory({}), "dataset_json")
    same = replace(dataset, folder=tmp_path / "moved", entries=(replace(entry, burden_percent=3.0),))
    assert digest_of(same) == digest_of(dataset)
    for other in (
        replace(dataset, entries=(replace(entry, tier=2),)),
        replace(dataset, entries=(replace(entry, files={**entry.files, "labels": ("b_gt.nii",)}),)),
        replace(dataset, label_scheme="emidec"),
    ):
        assert digest_of(other) != digest_of(dataset)


def test_a_line_of_figures_that_a_kill_left_unfinished_is_dropped(tmp_path):
    log = RunLog(tmp_path, lambda _: None)
    log.epoch("one", 1, {"loss": 0.5})
    with (tmp_path / METRICS_NAME).open("a", encoding="utf-8") as stream:
        stream.write('{"schema_version": 2, "stage": "one", "ep')
    log.rewind("one", 1)
    log.epoch("one", 2, {"loss": float("nan")})
    log.close()
    lines = [json.loads(line) for line in (tmp_path / METRICS_NAME).read_text(encoding="utf-8").splitlines()]
    assert [(line["epoch"], line["loss"]) for line in lines] == [(1, 0.5), (2, None)]


def test_it_is_told_how_many_tiers_are_experts():
    cases = {name: ring_case(name, tier=1) for name in ("a", "b", "c", "d")}
    sources = ("expert", "automatic", None, "expert")
    entries = tuple(CaseEntry(name, name, tier=1, tier_source=by) for name, by in zip(cases, sources, strict=True))
    data = Dataset("graded", None, entries, CasesInMemory(cases), "memory")
    run = RunCases(Split(("a", "b", "c"), ("d",)), CaseList(data, ("a", "b", "c")), CaseList(data, ("d",)))
    assert run.tiers_sentence() == "tiers: 1 by experts, 2 automatic"
