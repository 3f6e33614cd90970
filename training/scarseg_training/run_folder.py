"""A run on disk: its config, its split, what came out of its stages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from scarseg_training.checkpoint import CHECKPOINT_NAME
from scarseg_training.config import RUN_SCHEMA_VERSION, RunConfig, config_document
from scarseg_training.curriculum import SampleName, Spike
from scarseg_training.data_record import DataRecord, check_same_data, records_of
from ScarSegLogic.errors import ScarSegError

if TYPE_CHECKING:
    from torch import Tensor

    from scarseg_training.datasets.splits import Split

CONFIG_NAME, SPLIT_NAME, SPIKES_NAME = "config.json", "split.json", "spikes.jsonl"


@dataclass(frozen=True)
class RunFolder:
    """Paths and files of a run; its checkpoint is ``checkpoint``'s, its figures are ``run_log``'s."""

    path: Path

    def start(self, config: RunConfig, split: Split, data: Sequence[DataRecord], *, resume: bool) -> None:
        """Write config, split and data, or compare them with those of the run that is continued.

        Raises:
            ScarSegError: There is a run already and none is to be continued, it had another config, split or data, or
                the folder cannot be written to.
        """
        documents = {
            CONFIG_NAME: config_document(config),
            SPLIT_NAME: {"schema_version": RUN_SCHEMA_VERSION}
            | {part: list(cases) for part, cases in asdict(split).items()}
            | {"data": [asdict(record) for record in data]},
        }
        if not resume and (self.path / CONFIG_NAME).exists():
            raise ScarSegError(f"{self.path} already holds a run: continue it with --resume or choose another folder")
        for name, what in ((CONFIG_NAME, "config"), (SPLIT_NAME, "split of the data")):
            path = self.path / name
            if not (resume and path.exists()):
                continue
            before = _read_json(path)
            if differing := _differing(before, documents[name]):
                raise ScarSegError(
                    f"{self.path} was started with another {what}: choose another folder or repeat its options "
                    f"(differing: {', '.join(differing)})"
                )
            check_same_data(self.path, records_of(before), data)
        try:
            for name, document in documents.items():
                # What a continued run was started with stays as it is: an older one must not claim data unseen.
                if not (resume and (self.path / name).exists()):
                    _write_json(self.path / name, document)
        except OSError as error:
            raise ScarSegError(
                f"the run folder {self.path} cannot be written to ({error.strerror or error}): choose another folder"
            ) from error

    def has_checkpoint(self) -> bool:
        """Whether an epoch was finished."""
        return (self.path / CHECKPOINT_NAME).exists()

    def save_weights(self, stage: str, state: Mapping[str, Tensor]) -> None:
        """Write the best weights of a stage so far, float32, complete or not at all."""
        path = self.weights_path(stage)
        path.parent.mkdir(exist_ok=True)
        aside = path.with_suffix(".new")
        try:
            save_file({name: tensor.detach().cpu().clone() for name, tensor in state.items()}, aside)
            aside.replace(path)
        except (OSError, RuntimeError) as error:
            aside.unlink(missing_ok=True)
            raise ScarSegError(f"the weights {path} could not be written ({error}): free space and resume") from error

    def weights(self, stage: str) -> dict[str, Tensor]:
        """The best weights of a stage, on the CPU. Raises ScarSegError where there are none, or they are damaged."""
        path = self.weights_path(stage)
        if not path.exists():
            raise ScarSegError(f"{self.path} has no weights of stage '{stage}': continue the run with --resume")
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            raise ScarSegError(f"the weights {path} are damaged ({error}): train the run again elsewhere") from error

    def finish_stage(self, stage: str, outcome: Mapping[str, Any]) -> None:
        """Write what came out of a stage: best epoch and score, decision thresholds."""
        _write_json(self._outcome_path(stage), {"schema_version": RUN_SCHEMA_VERSION, **outcome})

    def outcome(self, stage: str) -> dict[str, Any] | None:
        """What came out of a stage; None where it is not finished."""
        path = self._outcome_path(stage)
        return _read_json(path) if path.exists() else None

    def write_spikes(self, stage: str, spikes: Iterable[Spike]) -> None:
        """Log the spikes at the end of a stage, one line a sample; what the stage logged before is replaced."""
        path = self.path / SPIKES_NAME
        lines = [line for line in _read_lines(path) if line["stage"] != stage]
        lines += [{"schema_version": RUN_SCHEMA_VERSION, "stage": stage} | asdict(spike) for spike in spikes]
        _write_text(path, "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines))

    def spikes(self, stage: str) -> list[SampleName]:
        """Case and slice of what spiked at the end of a stage."""
        lines = _read_lines(self.path / SPIKES_NAME)
        return [(line["case"], line["slice"]) for line in lines if line["stage"] == stage]

    def weights_path(self, stage: str) -> Path:
        """Where the best weights of a stage lie."""
        return self.path / "stages" / f"{stage}.safetensors"

    def _outcome_path(self, stage: str) -> Path:
        return self.path / "stages" / f"{stage}.json"


def read_document(folder: Path, name: str) -> dict[str, Any]:
    """A JSON document of a run folder.

    Raises:
        ScarSegError: The folder holds no run, or the file is damaged.
    """
    path = folder / name
    if not path.exists():
        raise ScarSegError(f"{folder} holds no run: {name} is missing; give the --out folder of `scarseg-train run`")
    return _read_json(path)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ScarSegError(f"{path} is not valid JSON ({error}): start the run anew elsewhere") from None
    if not isinstance(document, dict):
        raise ScarSegError(
            f"{path} holds {type(document).__name__}, expected a JSON object: start the run anew elsewhere"
        )
    return document


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_text(path, json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def _write_text(path: Path, text: str) -> None:
    aside = path.with_name(f"{path.name}.new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def _read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of what is not alike; data are compared by what they hold, see ``data_record``."""
    return sorted(name for name in (old.keys() | new.keys()) - {"data"} if old.get(name) != new.get(name))
