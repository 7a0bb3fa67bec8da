"""What a wave is called."""

from __future__ import annotations

import re

from pipelines.contracts import PATTERN
from pipelines.problems import BadInput
from pipelines.words import say


def check_wave(wave: str) -> None:
    """BadInput for anything but 2026-1 (spring) and 2026-2 (autumn)."""
    if not re.match(PATTERN["wave"], wave):
        raise BadInput(say("load.bad_wave", wave=wave), next_step=say("load.bad_wave_step"))
