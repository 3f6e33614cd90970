from __future__ import annotations

import resource
import signal
from contextlib import contextmanager

import pytest
import torch
from scarseg_training.checkpoint import CHECKPOINT_NAME, read_checkpoint, restore, save_checkpoint
from torch import nn

from ScarSegLogic.errors import ScarSegError


@contextmanager
def disk_with_room_for(size: int):
    """Writes beyond a size fail in this process, as they do on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.fixture
def parts() -> dict[str, nn.Module]:
    return {"network": nn.Linear(300, 300)}


def test_a_checkpoint_gives_every_part_its_state_and_the_position_back(tmp_path, parts):
    save_checkpoint(tmp_path, parts, stage="first", epoch=7)
    stored = read_checkpoint(tmp_path)
    assert (stored["stage"], stored["epoch"]) == ("first", 7)
    other = {"network": nn.Linear(300, 300)}
    restore(stored, other)
    assert torch.equal(other["network"].weight, parts["network"].weight)
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT_NAME]


@pytest.mark.parametrize("room", [0, 4096, 200_000])
def test_a_full_disk_leaves_the_checkpoint_before_as_it_was(tmp_path, parts, room):
    save_checkpoint(tmp_path, parts, epoch=1)
    before = (tmp_path / CHECKPOINT_NAME).read_bytes()
    assert len(before) > 200_000
    sentence = r"last\.ckpt could not be written \(.*\); the one before it is kept: free space .* with --resume"
    with disk_with_room_for(room), pytest.raises(ScarSegError, match=sentence):
        save_checkpoint(tmp_path, parts, epoch=2)
    assert (tmp_path / CHECKPOINT_NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT_NAME]


def test_a_full_disk_at_the_first_checkpoint_says_that_there_is_none(tmp_path, parts):
    with disk_with_room_for(100), pytest.raises(ScarSegError, match="there is none yet"):
        save_checkpoint(tmp_path, parts, epoch=1)
    assert read_checkpoint(tmp_path) is None


def test_a_damaged_checkpoint_is_named(tmp_path, parts):
    save_checkpoint(tmp_path, parts, epoch=1)
    path = tmp_path / CHECKPOINT_NAME
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ScarSegError, match=r"the checkpoint .*last\.ckpt is damaged \(.*\): start the run anew"):
        read_checkpoint(tmp_path)
