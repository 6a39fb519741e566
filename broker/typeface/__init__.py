"""The one font in which documents are written: Latin, Greek, Cyrillic, Armenian and Georgian.

It is here because rooms that may not see each other write with it.
"""

from pathlib import Path
from typing import Final

FONT: Final = Path(__file__).parent / "DejaVuSans.ttf"
