from __future__ import annotations

from pathlib import Path

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.atomic import output_folder


def contents(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def fill_and_fail(path: Path) -> None:
    with output_folder(path) as folder:
        (folder / "result.json").write_text("half")
        (folder / "new.txt").write_text("half")
        raise RuntimeError("out of memory")


def test_files_appear_only_at_the_end(tmp_path):
    path = tmp_path / "deep er" / "out"

    with output_folder(path) as folder:
        (folder / "result.json").write_text("done")
        (folder / "plots").mkdir()
        (folder / "plots" / "a.txt").write_text("plot")
        assert not path.exists()

    assert contents(path) == {"result.json": "done", "plots/a.txt": "plot"}
    assert list(path.parent.iterdir()) == [path]


def test_an_earlier_run_is_replaced_and_other_files_stay(tmp_path):
    path = tmp_path / "out"
    path.mkdir()
    (path / "result.json").write_text("old")
    (path / "notes.txt").write_text("mine")

    with output_folder(path) as folder:
        (folder / "result.json").write_text("new")
        assert contents(path) == {"result.json": "old", "notes.txt": "mine"}

    assert contents(path) == {"result.json": "new", "notes.txt": "mine"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_an_earlier_run_untouched(tmp_path):
    path = tmp_path / "out"
    path.mkdir()
    (path / "result.json").write_text("old")

    with pytest.raises(RuntimeError, match="out of memory"):
        fill_and_fail(path)

    assert contents(path) == {"result.json": "old"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_no_trace_of_folders_it_made(tmp_path):
    with pytest.raises(RuntimeError, match="out of memory"):
        fill_and_fail(tmp_path / "a" / "b" / "out")

    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_moving_puts_everything_back(tmp_path):
    path = tmp_path / "out"
    (path / "zebra.txt").mkdir(parents=True)  # a folder where a file is to go
    (path / "zebra.txt" / "kept").write_text("kept")
    (path / "result.json").write_text("old")

    def run() -> None:
        with output_folder(path) as folder:
            for name in ("result.json", "new.txt", "zebra.txt"):
                (folder / name).write_text("new")

    with pytest.raises(ScarSegError, match="not writable"):
        run()

    assert contents(path) == {"result.json": "old", "zebra.txt/kept": "kept"}


def test_a_file_in_the_way_is_named(tmp_path):
    blocker = tmp_path / "report"
    blocker.write_text("I am a file")

    for path in (blocker, blocker / "out"):
        with pytest.raises(ScarSegError, match=rf"{path} cannot be made: {blocker} is a file"):
            fill_and_fail(path)
    assert blocker.read_text() == "I am a file"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs Linux's /proc, where not even root may write")
@pytest.mark.parametrize("path", ["/proc", "/proc/out", "/proc/self/a/b"])
def test_a_folder_that_cannot_be_written_to_is_named_before_the_work_begins(path):
    entered = False

    def run() -> None:
        nonlocal entered
        with output_folder(path):
            entered = True

    with pytest.raises(ScarSegError, match=f"the output folder {path} is not writable .* choose another folder"):
        run()
    assert not entered


def test_files_get_the_usual_permissions(tmp_path):
    plain = tmp_path / "plain"
    plain.mkdir()

    with output_folder(tmp_path / "out") as folder:
        (folder / "a.txt").write_text("a")

    assert (tmp_path / "out").stat().st_mode == plain.stat().st_mode


def test_the_current_folder_can_be_the_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with output_folder(".") as folder:
        (folder / "a.txt").write_text("a")

    assert contents(tmp_path) == {"a.txt": "a"}


def test_named_outputs_of_an_earlier_run_go_where_the_block_did_not_write_them(tmp_path):
    target = tmp_path / "out"
    (target / "images").mkdir(parents=True)
    for name in ("stale.txt", "renewed.txt", "images/old.dcm", "mine.txt"):
        (target / name).write_text("old")
    with output_folder(target, replaces=("stale.txt", "renewed.txt", "images", "never.txt")) as folder:
        (folder / "renewed.txt").write_text("new")
        (folder / "images").mkdir()
        (folder / "images" / "new.dcm").write_text("new")
    files = {str(path.relative_to(target)): path.read_text() for path in target.rglob("*") if path.is_file()}
    assert files == {"renewed.txt": "new", str(Path("images/new.dcm")): "new", "mine.txt": "old"}


def test_a_block_that_fails_leaves_the_named_outputs_where_they_are(tmp_path):
    (tmp_path / "stale.txt").write_text("old")
    with pytest.raises(RuntimeError), output_folder(tmp_path, replaces=("stale.txt",)):
        raise RuntimeError
    assert (tmp_path / "stale.txt").read_text() == "old"


def replace_images_and_fail(target: Path) -> None:
    with output_folder(target, replaces=("images",)) as folder:
        (folder / "images").mkdir()
        (folder / "images" / "new.dcm").write_text("new")
        # A folder stands where this file should go.
        (folder / "taken").write_text("file")


def test_named_outputs_come_back_where_moving_fails(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "old.dcm").write_text("old")
    (tmp_path / "taken").mkdir()
    with pytest.raises(ScarSegError, match="is not writable"):
        replace_images_and_fail(tmp_path)
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["old.dcm"]
