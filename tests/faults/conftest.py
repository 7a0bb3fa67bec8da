from __future__ import annotations

from asked_once import expectations_asked_once

__all__ = ["expectations_asked_once"]
