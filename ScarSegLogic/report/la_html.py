"""`report.html` of the left atrium: one self-contained, printable page about one study."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.report.la_overlays import draw_la_overlays, shown_slices
from ScarSegLogic.report.page import data_uri, render_page
from ScarSegLogic.report.review import Review
from ScarSegLogic.report.shell_plot import draw_shell
from ScarSegLogic.report.sweep_plot import draw_sweep
from ScarSegLogic.report.wording import LA_METHOD_NAMES
from ScarSegLogic.volume import Volume


@dataclass(frozen=True)
class LAPictures:
    """The drawn pictures of one study."""

    overlay_rows: list[Image.Image]
    shell: Image.Image
    sweep: Image.Image


def draw_la_pictures(result: LAScarResult, image: Volume) -> LAPictures:
    """Draw everything the report shows.

    Raises:
        ValueError: The image does not lie on the grid of the masks.
    """
    if not image.geometry.is_same_grid(result.wall.geometry):
        raise ValueError("the image and the masks of a report must lie on the same grid")
    return LAPictures(draw_la_overlays(result, image), draw_shell(result), draw_sweep(result, image))


def render_la_report(
    result: LAScarResult, image: Volume, *, review: Review | None = None, pictures: LAPictures | None = None
) -> str:
    """The report as one HTML text without outside references; see ``page.render_page``.

    Args:
        result: The study, with its shell where it has one.
        image: The image it was computed from, on the same grid.
        review: Who read it. Until a named reader has accepted every slice with wall the report is a DRAFT.
        pictures: Already drawn, or drawn here.
    """
    pictures = pictures or draw_la_pictures(result, image)
    return render_page(
        "la_report.html",
        result,
        image,
        review,
        method_name=LA_METHOD_NAMES[result.request.method],
        overlay_rows=[data_uri(row) for row in pictures.overlay_rows],
        shell_picture=data_uri(pictures.shell),
        sweep_plot=data_uri(pictures.sweep),
        slices_shown=len(shown_slices(result)),
        slices_with_wall=len(result.slices_to_review),
    )
