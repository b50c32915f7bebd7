"""The card to print, 85.6 × 54 mm, as a picture of pixels. The SVG twin is the template portal/card.svg."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from member_portal import qr

SCALE = 2  # pixels per tenth of a millimetre: 508 dpi
WIDTH, HEIGHT = 856, 540
STRIPES = 17
CLOTH = 96  # tenths of a millimetre of cloth above the scallops
INK, PAPER, QUIET = "#271d20", "#ffffff", "#665a5d"
TEXT_LEFT, CODE_LEFT, CODE_TOP, CODE_SIDE = 56, 520, 178, 280


def png(name: str, number: str, coalition: str, accent: str, claim: str, fonts: Path) -> bytes:
    """The card with the member's name and the QR of its 16 digits. `fonts` is the folder of the typefaces."""
    card = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    draw = ImageDraw.Draw(card)
    _cloth(draw, accent)
    _write(draw, (TEXT_LEFT, 214), coalition, 40, 780, fonts, accent, "bricolage")
    _write(draw, (TEXT_LEFT, 254), claim, 24, 400, fonts, QUIET, "figtree")
    _write(draw, (TEXT_LEFT, 384), name, 44, 700, fonts, INK, "figtree")
    grouped = " ".join(number[i : i + 4] for i in range(0, 16, 4))
    _write(draw, (TEXT_LEFT, 446), grouped, 34, 500, fonts, QUIET, "figtree")
    square_px = CODE_SIDE * SCALE // 21
    code = qr.pixels(number, square_px, 0)
    card.paste(code, (CODE_LEFT * SCALE, CODE_TOP * SCALE))
    out = BytesIO()
    card.save(out, "PNG", dpi=(508, 508), optimize=True)
    return out.getvalue()


def _cloth(draw: ImageDraw.ImageDraw, accent: str) -> None:
    """The awning: every second stripe in the accent, each ending in a half round."""
    wide = WIDTH * SCALE / STRIPES
    for stripe in range(0, STRIPES, 2):
        left = stripe * wide
        draw.rectangle((left, 0, left + wide, CLOTH * SCALE), fill=accent)
        top = CLOTH * SCALE - wide / 2
        draw.pieslice((left, top, left + wide, top + wide), 0, 180, fill=accent)


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    words: str,
    size: int,
    weight: int,
    fonts: Path,
    colour: str,
    family: str,
) -> None:
    """Words on a base line, made smaller until they end before the code. Letters beyond Latin 1 have their own file."""
    runs = _runs(words)
    while True:
        faces = {part: _face(fonts / f"{family}{part}.woff2", size * SCALE, weight) for part in ("", "-ext")}
        widths = [faces[part].getlength(run) for part, run in runs]
        if sum(widths) <= (CODE_LEFT - TEXT_LEFT - 24) * SCALE or size <= 12:
            break
        size -= 2
    left = place[0] * SCALE
    for (part, run), wide in zip(runs, widths, strict=True):
        draw.text((left, place[1] * SCALE), run, font=faces[part], fill=colour, anchor="ls")
        left += wide


def _face(file: Path, size_px: int, weight: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(str(file), size_px)
    face.set_variation_by_axes([weight])
    return face


def _runs(words: str) -> list[tuple[str, str]]:
    runs: list[tuple[str, str]] = []
    for letter in words:
        part = "-ext" if 0x100 <= ord(letter) <= 0x17F or 0x218 <= ord(letter) <= 0x21B else ""
        if runs and runs[-1][0] == part:
            runs[-1] = (part, runs[-1][1] + letter)
        else:
            runs.append((part, letter))
    return runs
