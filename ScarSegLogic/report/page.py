"""What the pages of all reports share: templates, pictures inside the page, and how settings are told."""

from __future__ import annotations

import base64
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from ScarSegLogic.report.picture import to_png
from ScarSegLogic.report.review import Review, ReviewedResult, ReviewStatus
from ScarSegLogic.report.wording import as_sentence, minute_text, plain_number, setting_text, share_text
from ScarSegLogic.version import VERSION
from ScarSegLogic.volume import Volume


def render_page(template: str, result: ReviewedResult, image: Volume, review: Review | None, **content: Any) -> str:
    """A page as one HTML text without outside references.

    Args:
        template: File name of the template beside this module.
        result: The study; its fields are the template's ``result``.
        image: The image it was computed from.
        review: Who read it; nobody where it is None.
        content: What this template wants beside.

    Returns:
        HTML. Every text is escaped: names from files cannot inject markup.
    """
    review = review or Review()
    return (
        _environment()
        .get_template(template)
        .render(
            result=result,
            settings=_settings(result.request),
            spacing_kji_mm=image.geometry.spacing_kji_mm,
            shape_kji=image.geometry.shape_kji,
            review=review,
            final=review.status(result) is ReviewStatus.FINAL,
            open_slices=review.open_slices(result),
            accepted_at=review.accepted_at_utc(result),
            image_facts=_image_facts(image),
            written_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            version=VERSION,
            **content,
        )
    )


def data_uri(picture: Image.Image) -> str:
    """A picture as it stands inside a page."""
    return "data:image/png;base64," + base64.b64encode(to_png(picture)).decode("ascii")


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


def _settings(request: Any) -> list[tuple[str, str]]:
    return [(item.name.replace("_", " "), setting_text(getattr(request, item.name))) for item in fields(request)]
