"""Pictures as evidence: drawn anew without place, time and camera, kept by the hash of what is kept."""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import insert, select

from dashboard.casework import clocks
from dashboard.casework.problems import CaseworkGone, Refused
from dashboard.casework.scope import own_school, visible_to
from dashboard.casework.store import reading, telling, writing
from dashboard.casework.tables import evidence
from dashboard.casework.values import Evidence
from dashboard.settings import settings
from dashboard.store import private_folder
from dashboard.viewer import Viewer

LARGEST = 10_000_000  # bytes as uploaded
PIXELS = 50_000_000
LONGEST_SIDE = 2400  # a page prints 300 dots an inch at 20 cm
KINDS = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png"), "WEBP": ("image/jpeg", ".jpg")}
ID = re.compile(r"[0-9a-f]{64}")


def keep_evidence(viewer: Viewer, data: bytes, *, no_faces: bool) -> Evidence:
    """Keep a picture (JPEG, PNG, WebP); whoever uploads it confirms that no pupil can be recognised in it.

    Refused: faces, picture_large, no_picture. The same picture twice is kept once.
    """
    school_id = own_school(viewer)
    if not no_faces:
        raise Refused("faces")
    cleaned, media, suffix = clean_picture(data)
    name = hashlib.sha256(cleaned).hexdigest()
    held = Evidence(name, school_id, media, len(cleaned), clocks.today())
    with writing(viewer) as connection:
        mine = select(evidence.c.kept_on).where(visible_to(viewer, evidence), evidence.c.evidence_id == name)
        if connection.execute(mine).first() is None:
            with telling():
                _write(_folder(school_id) / f"{name}{suffix}", cleaned)
            row = {"evidence_id": name, "school_id": school_id, "media": media, "size": len(cleaned)}
            connection.execute(insert(evidence).values(kept_on=held.kept_on, kept_by=viewer.name, **row))
    return held


def read_evidence(viewer: Viewer, evidence_id: str) -> tuple[bytes, str]:
    """The picture and its media type; Refused if this viewer has none such. A file that was changed is not shown."""
    if not ID.fullmatch(evidence_id):
        raise Refused("no_picture")
    mine = select(evidence).where(visible_to(viewer, evidence), evidence.c.evidence_id == evidence_id)
    with reading(viewer) as connection:
        held = connection.execute(mine).first()
    if held is None:
        raise Refused("no_picture")
    suffix = ".png" if held.media == "image/png" else ".jpg"
    with telling():
        data = (_folder(held.school_id) / f"{evidence_id}{suffix}").read_bytes()
    if hashlib.sha256(data).hexdigest() != evidence_id:
        raise CaseworkGone("damaged")
    return data, str(held.media)


def clean_picture(data: bytes) -> tuple[bytes, str, str]:
    """The picture drawn anew from its dots: (bytes, media type, suffix). Nothing of the file's own notes survives."""
    if len(data) > LARGEST:
        raise Refused("picture_large", limit=LARGEST // 1_000_000)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(KINDS)) as opened:
                return _redraw(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("picture_large", limit=LARGEST // 1_000_000) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Refused("no_picture") from None


def _redraw(opened: Image.Image) -> tuple[bytes, str, str]:
    if opened.width * opened.height > PIXELS:
        raise Refused("picture_large", limit=LARGEST // 1_000_000)
    media, suffix = KINDS[str(opened.format)]
    upright = ImageOps.exif_transpose(opened).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    out = io.BytesIO()
    if media == "image/png":
        bare.save(out, "PNG", optimize=False)
    else:
        bare.save(out, "JPEG", quality=88)
    return out.getvalue(), media, suffix


def _folder(school_id: str) -> Path:
    return settings().casework / "evidence" / school_id


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, readable by its owner, executable by nobody."""
    private_folder(path.parent)
    part = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
