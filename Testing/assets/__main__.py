"""`python -m Testing.assets`: renders the icons and makes the sample studies anew."""

from __future__ import annotations

from Testing.assets.icons import write_icons
from Testing.assets.sample_studies import write_sample_studies

for path in (*write_icons(), *write_sample_studies()):
    print(f"{path}  {path.stat().st_size} bytes")
