"""What is drawn and made for the extension: icons, sample studies, thumbnails. Run ``python -m Testing.assets``."""
