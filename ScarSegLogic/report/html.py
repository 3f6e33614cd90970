"""`report.html`: one self-contained, printable page about one LV study."""

from __future__ import annotations

import base64
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.result import SCAR_DENSITY_G_PER_ML, LVScarResult
from ScarSegLogic.report.bullseye import draw_bullseye
from ScarSegLogic.report.overlays import draw_overlays
from ScarSegLogic.report.picture import to_png
from ScarSegLogic.report.review import Review, ReviewStatus
from ScarSegLogic.report.slices_plot import draw_slices
from ScarSegLogic.report.wording import METHOD_NAMES, as_sentence, minute_text, plain_number, setting_text, share_text
from ScarSegLogic.version import VERSION
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
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    review = review or Review()
    final = review.status(result) is ReviewStatus.FINAL
    return (
        _environment()
        .get_template("report.html")
        .render(
            result=result,
            method_name=METHOD_NAMES[result.request.method],
            settings=_settings(result.request),
            density=SCAR_DENSITY_G_PER_ML,
            overlay_rows=[_data_uri(row) for row in pictures.overlay_rows],
            bullseye=_data_uri(pictures.bullseye),
            slices_plot=_data_uri(pictures.slices),
            spacing_kji_mm=image.geometry.spacing_kji_mm,
            shape_kji=image.geometry.shape_kji,
            review=review,
            final=final,
            open_slices=review.open_slices(result),
            accepted_at=review.accepted_at_utc(result),
            image_facts=_image_facts(image),
            written_at=now,
            version=VERSION,
        )
    )


def _image_facts(image: Volume) -> str:
    """What the headers say of the image, without identity; empty where it came without headers."""
    kinds = {"true": "magnitude", "false": "phase-sensitive or with signed values"}
    facts = (
        image.metadata.get("series_description"),
        image.metadata.get("image_type"),
        kinds.get(image.metadata.get("is_magnitude", "")),
    )
    return ", ".join(fact for fact in facts if fact)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = plain_number
    environment.filters["share"] = share_text
    environment.filters["sentence"] = as_sentence
    environment.filters["minute"] = minute_text
    return environment


def _data_uri(picture: Image.Image) -> str:
    return "data:image/png;base64," + base64.b64encode(to_png(picture)).decode("ascii")


def _settings(request: LVRequest) -> list[tuple[str, str]]:
    return [(item.name.replace("_", " "), setting_text(getattr(request, item.name))) for item in fields(request)]
