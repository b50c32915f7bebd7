"""QR codes of card digits, drawn as one SVG path or as pixels. Version 1 holds 22 digits and is read from afar."""

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathImage

PRINTED, SHOWN = (
    ERROR_CORRECT_H,
    ERROR_CORRECT_Q,
)  # 16 digits bear scratches on paper; 22 still bear a cracked screen


def _code(digits: str, level: int, border: int) -> qrcode.QRCode:
    code = qrcode.QRCode(version=1, error_correction=level, box_size=10, border=border)
    code.add_data(digits)
    code.make(fit=True)
    return code


def path(digits: str, level: int = PRINTED, border: int = 0) -> tuple[str, int]:
    """The outline of the dark squares as an SVG path in units of one square, and how many squares a side has."""
    code = _code(digits, level, border)
    drawn = code.make_image(image_factory=SvgPathImage)
    drawn.to_string()
    return drawn.path.attrib["d"], code.modules_count + 2 * border


def pixels(digits: str, square_px: int, border: int) -> Image.Image:
    """Black on white, each square `square_px` wide, with a quiet border of so many squares."""
    code = _code(digits, PRINTED, border)
    code.box_size = square_px
    return code.make_image().get_image().convert("RGB")
