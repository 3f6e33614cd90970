"""The files of one LA study."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.images import write_label_map
from ScarSegLogic.quantification.finite_json import to_json_text
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.quantification.la_result_json import la_result_to_json
from ScarSegLogic.report.la_html import draw_la_pictures, render_la_report
from ScarSegLogic.report.montage import join_rows
from ScarSegLogic.report.outputs import write_texts
from ScarSegLogic.report.picture import to_png
from ScarSegLogic.report.review import Review, review_to_json
from ScarSegLogic.volume import Volume

LA_FILE_KINDS = ("nrrd", "shell", "json", "pictures", "html")
"""What every study gets."""


def write_la_outputs(
    result: LAScarResult,
    image: Volume,
    folder: Path,
    *,
    review: Review | None = None,
    kinds: Collection[str] = LA_FILE_KINDS,
) -> tuple[Path, ...]:
    """Write what is asked for into an existing folder (hand in a temporary one).

    ========  ==========================================================================================
    nrrd      ``cavity.nrrd``, ``wall.nrrd``, ``scar.nrrd`` of 0 and 1
    shell     ``shell.vtp`` in RAS with the shell's values, where there is a shell
    json      ``result.json`` and ``review.json``
    pictures  ``overlay.png``, ``shell.png``, ``sweep.png``
    html      ``report.html``, which needs no other file
    ========  ==========================================================================================

    Args:
        result: The study.
        image: The image it was computed from, on the same grid.
        folder: Where to.
        review: Who read it; nobody where it is left out.
        kinds: Any of ``LA_FILE_KINDS``.

    Returns:
        The files.

    Raises:
        ScarSegError: A kind is unknown.
        ValueError: The image does not lie on the grid of the masks.
        OSError: The folder cannot be written.
    """
    if unknown := sorted(set(kinds) - set(LA_FILE_KINDS)):
        raise ScarSegError(f"unknown kinds of output {unknown}: expected some of {', '.join(LA_FILE_KINDS)}")
    folder, review = Path(folder), review or Review()
    written: list[Path] = []
    if "nrrd" in kinds:
        for labels in (result.cavity, result.wall, result.scar):
            written.append(folder / f"{labels.name}.nrrd")
            write_label_map(written[-1], labels)
    if "shell" in kinds and result.shell is not None:
        # Late: a shell is the only thing that needs VTK.
        from ScarSegLogic.surface.polydata import to_polydata, vtp_bytes

        written.append(folder / "shell.vtp")
        written[-1].write_bytes(vtp_bytes(to_polydata(result.shell.mesh, result.shell.point_arrays())))
    if "json" in kinds:
        texts = {"result.json": la_result_to_json(result), "review.json": review_to_json(review)}
        written += write_texts(folder, {name: to_json_text(document) for name, document in texts.items()})
    if {"pictures", "html"} & set(kinds):
        written += _write_pictures_and_report(result, image, folder, review, kinds)
    return tuple(written)


def _write_pictures_and_report(
    result: LAScarResult, image: Volume, folder: Path, review: Review, kinds: Collection[str]
) -> list[Path]:
    pictures = draw_la_pictures(result, image)
    written: list[Path] = []
    if "pictures" in kinds:
        drawn = {
            "overlay.png": join_rows(pictures.overlay_rows),
            "shell.png": pictures.shell,
            "sweep.png": pictures.sweep,
        }
        for name, picture in drawn.items():
            (folder / name).write_bytes(to_png(picture))
            written.append(folder / name)
    if "html" in kinds:
        report = render_la_report(result, image, review=review, pictures=pictures)
        written += write_texts(folder, {"report.html": report})
    return written
