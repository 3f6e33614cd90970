"""`report.html`: one self-contained, printable page about one LV study."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from ScarSegLogic.quantification.result import SCAR_DENSITY_G_PER_ML, LVScarResult
from ScarSegLogic.report.bullseye import draw_bullseye
from ScarSegLogic.report.overlays import draw_overlays
from ScarSegLogic.report.page import data_uri, render_page
from ScarSegLogic.report.review import Review
from ScarSegLogic.report.slices_plot import draw_slices
from ScarSegLogic.report.wording import METHOD_NAMES
from ScarSegLogic.volume import Volume


@dataclass(frozen=True)
class ReportPictures:
    """The drawn pictures of one study; drawing is the slow part, so it is done once for files and report."""

    overlay_rows: list[Image.Image]
    bullseye: Image.Image
    slices: Image.Image


def draw_pictures(result: LVScarResult, image: Volume) -> ReportPictures:
    """Draw everything the report shows.

    Raises:
        ValueError: The image does not lie on the grid of the segmentation.
    """
    if not image.geometry.is_same_grid(result.segmentation.geometry):
        raise ValueError("the image and the segmentation of a report must lie on the same grid")
    return ReportPictures(draw_overlays(result, image), draw_bullseye(result), draw_slices(result, image))


def render_report(
    result: LVScarResult,
    image: Volume,
    *,
    review: Review | None = None,
    pictures: ReportPictures | None = None,
) -> str:
    """The report as one HTML text without outside references.

    Args:
        result: The study.
        image: The image it was computed from, on the same grid.
        review: Who read it. Until a named reader has accepted every slice the report is a DRAFT on every page.
        pictures: Already drawn, or drawn here.

    Returns:
        HTML. Every text is escaped: names from files cannot inject markup.
    """
    pictures = pictures or draw_pictures(result, image)
    return render_page(
        "report.html",
        result,
        image,
        review,
        method_name=METHOD_NAMES[result.request.method],
        density=SCAR_DENSITY_G_PER_ML,
        overlay_rows=[data_uri(row) for row in pictures.overlay_rows],
        bullseye=data_uri(pictures.bullseye),
        slices_plot=data_uri(pictures.slices),
    )
