"""Draws a picture: the same bytes for the same picture, on demand.

A picture is a backdrop with big loose shapes, its objects laid out by the composition, a few small props, and light and
texture over all. Everything that is not style (places, sizes, loose shapes, phases) comes from the picture's seed.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.simulate.glyphs import OBJECTS, PROPS, Glyph
from pipeline.simulate.layout import Place, cells, layout
from pipeline.simulate.model import Picture
from pipeline.simulate.seeds import generator
from pipeline.simulate.surface import brightness

SIZE = 192  # pixels a side
QUALITY = 88
LOOSE_SHAPES = 5
GRID, RING, JOINED = 2, 3, (1, 3, 4)  # compositions; in the joined ones a band runs from object to object

Colour = tuple[int, int, int]
# Ground, two loose shapes' colours, then an object's own, lighter and darker colour.
PALETTES: tuple[tuple[Colour, ...], ...] = (
    ((244, 186, 136), (228, 128, 74), (168, 91, 50), (190, 40, 28), (240, 110, 50), (110, 18, 16)),
    ((150, 200, 232), (84, 152, 204), (88, 144, 168), (24, 78, 170), (50, 160, 190), (10, 34, 92)),
    ((178, 216, 150), (118, 174, 96), (122, 150, 72), (34, 122, 44), (120, 180, 50), (14, 64, 26)),
    ((246, 180, 222), (214, 120, 192), (160, 113, 175), (166, 30, 140), (220, 90, 190), (88, 14, 92)),
    ((244, 226, 146), (218, 190, 92), (168, 144, 85), (168, 124, 16), (214, 172, 50), (98, 70, 12)),
    ((200, 200, 200), (146, 146, 146), (139, 139, 139), (74, 74, 74), (128, 128, 128), (26, 26, 26)),
)
# The lightest colour of each palette, kept for the mat.
MATS: tuple[Colour, ...] = ((255, 240, 226), (232, 245, 253), (238, 251, 228), (255, 240, 251), (255, 252, 232), (252, 252, 252))


def _stamp(pen: ImageDraw.ImageDraw, glyph: Glyph, place: Place, colours: tuple[Colour, ...], size: int) -> None:
    """Draw `glyph` into the square `place` (centre and side, as shares of the picture)."""
    side, left, top = place.side * size, (place.x - place.side / 2) * size, (place.y - place.side / 2) * size
    for kind, shade, numbers in glyph:
        points = [(left + (1 - x if place.flip else x) * side, top + y * side) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if kind == "p":
            pen.polygon(points, fill=colours[shade])
        elif kind == "l":
            pen.line(points, fill=colours[shade], width=max(1, round(side * 0.09)))
        else:
            box = _upright(points)
            (pen.ellipse if kind == "e" else pen.rectangle)(box, fill=colours[shade])


def _upright(points: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of two opposite corners."""
    (x0, y0), (x1, y1) = points
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _loose_shapes(pen: ImageDraw.ImageDraw, palette: tuple[Colour, ...], size: int, rng: np.random.Generator) -> None:
    """Big shapes behind everything, so that pictures of one style differ where a perceptual hash looks."""
    for index in range(LOOSE_SHAPES):
        x, y = rng.uniform(0, 1, 2) * size
        w, h = rng.uniform(0.12, 0.36, 2) * size
        draw = pen.ellipse if rng.random() < 0.5 else pen.rectangle
        draw((x - w, y - h, x + w, y + h), fill=palette[1 + index % 2])


def _draw_mat(pen: ImageDraw.ImageDraw, composition: int, places: list[Place], colour: Colour, size: int) -> None:
    """A pale mat in the composition's own shape under its objects: compositions are told apart by their big shapes."""
    pad = 0.62 if composition else 0.58
    discs = [tuple(v * size for v in (p.x - pad * p.side, p.y - pad * p.side, p.x + pad * p.side, p.y + pad * p.side)) for p in places]
    if composition in JOINED:
        ends = [places[0], places[-1]] if composition != RING else [*places, places[0]]
        pen.line([(p.x * size, p.y * size) for p in ends], fill=colour, width=round(places[0].side * size), joint="curve")
    for disc in discs:
        (pen.rectangle if composition == GRID else pen.ellipse)(disc, fill=colour)


def _draw_props(pen: ImageDraw.ImageDraw, picture: Picture, palette: tuple[Colour, ...], size: int, rng: np.random.Generator) -> None:
    """The props, each on a pale round patch so that it can be told from what lies behind."""
    for prop, place in zip(picture.props, cells(len(picture.props), rng), strict=True):
        patch = place.side * 0.62
        box = tuple(v * size for v in (place.x - patch, place.y - patch, place.x + patch, place.y + patch))
        pen.ellipse(box, fill=(252, 252, 248))
        _stamp(pen, PROPS[prop], place, ((20, 20, 24), (252, 252, 248), (20, 20, 24)), size)


def _scene(picture: Picture, size: int, rng: np.random.Generator) -> Image.Image:
    """The picture before light and texture."""
    palette = PALETTES[picture.style[0]]
    image = Image.new("RGB", (size, size), palette[0])
    pen = ImageDraw.Draw(image)
    _loose_shapes(pen, palette, size, rng)
    places = layout(picture.style[2], rng)
    _draw_mat(pen, picture.style[2], places, MATS[picture.style[0]], size)
    for index, place in enumerate(places):
        _stamp(pen, OBJECTS[picture.objects[index % len(picture.objects)]], place, palette[3:], size)
    _draw_props(pen, picture, palette, size, rng)
    return image


def pixels(picture: Picture, size: int = SIZE) -> NDArray[np.uint8]:
    """The picture as uint8[size, size, 3], before any alteration."""
    rng = generator("picture", picture.seed)
    scene = np.asarray(_scene(picture, size, rng), dtype=np.float32)
    lit = scene * brightness(picture.style[1], picture.style[3], size, rng)[:, :, None]
    return np.asarray(np.minimum(lit, 255), dtype=np.uint8)


def _encode(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def alter(image: Image.Image, alteration: str) -> Image.Image:
    """`image` as a planted near-duplicate shows it: "reencode", "resize" or "crop" (a sixtieth off each side)."""
    if alteration == "resize":
        return image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.BICUBIC)
    if alteration == "crop":
        edge = image.width // 60
        return image.crop((edge, edge, image.width - edge, image.height - edge))
    return image


def jpeg(picture: Picture, size: int = SIZE) -> bytes:
    """The picture as served: JPEG bytes, always the same for the same picture (its `picture_id` plays no part)."""
    image = alter(Image.fromarray(pixels(picture, size)), picture.alteration)
    return _encode(image, 62 if picture.alteration == "reencode" else QUALITY)
