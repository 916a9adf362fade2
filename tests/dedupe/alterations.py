"""What people and platforms do to a picture: each alteration takes a picture and a random generator and gives the bytes of a copy."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps


def saved(image, file_format="JPEG", quality=85):
    stream = io.BytesIO()
    image.convert("RGB").save(stream, file_format, quality=quality)
    return stream.getvalue()


def resized(image, rng):
    factor = rng.uniform(0.4, 0.8)
    return image.resize((max(64, round(image.width * factor)), max(64, round(image.height * factor))), Image.Resampling.BICUBIC)


def cropped(image, rng):
    """Up to a tenth of the width and of the height, from any of the sides."""
    cut = rng.uniform(0.02, 0.10, 2)
    share = rng.uniform(0, 1, 2)
    (left, top), (right, bottom) = cut * share, cut * (1 - share)
    box = (left * image.width, top * image.height, (1 - right) * image.width, (1 - bottom) * image.height)
    return image.crop(tuple(round(v) for v in box))


def watermarked(image, rng):
    """A name in half-transparent white or black: in a corner, or large across the middle."""
    across = rng.random() < 0.5
    size = max(10, round(image.width * (0.09 if across else 0.055)))
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    font = ImageFont.load_default(size)
    tone = 255 if rng.random() < 0.7 else 0
    text = str(rng.choice(["© Ada 2026", "stock library", "photo by wren"]))
    pen = ImageDraw.Draw(layer)
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
    room = (image.width - (right - left), image.height - (bottom - top))
    place = (room[0] / 2, room[1] / 2) if across else (room[0] * rng.choice([0.04, 0.96]), room[1] * rng.choice([0.04, 0.96]))
    pen.text((place[0] - left, place[1] - top), text, fill=(tone, tone, tone, int(rng.uniform(90, 150))), font=font)
    if across:
        layer = layer.rotate(rng.uniform(-30, 30))
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def mirrored(image, rng):
    return ImageOps.mirror(image)


def letterboxed(image, rng):
    """Plain bars above and below, at both sides, or all round."""
    colour = [(0, 0, 0), (255, 255, 255), (24, 24, 28)][int(rng.integers(3))]
    bars = [(0, rng.uniform(0.06, 0.3)), (rng.uniform(0.06, 0.3), 0), (0.08, 0.08)][int(rng.integers(3))]
    across, down = (round(share * side) for share, side in zip(bars, image.size, strict=True))
    return ImageOps.expand(image.convert("RGB"), (across, down, across, down), fill=colour)


def recoloured(image, rng):
    """Brighter or darker, flatter or harsher, less or more saturated, warmer or colder, of another gamma, turned in hue, or grey."""
    kind = int(rng.integers(7))
    step = float(rng.choice([-1, 1]))
    if kind < 3:
        enhance = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color)[kind]
        return enhance(image).enhance(1 + step * rng.uniform(0.1, 0.3))
    if kind == 3:
        gains = np.array([1 + step * 0.12, 1, 1 - step * 0.12])
        return Image.fromarray(np.clip(np.asarray(image, dtype=float) * gains, 0, 255).astype(np.uint8))
    if kind == 4:
        return Image.fromarray((255 * (np.asarray(image, dtype=float) / 255) ** (1 + step * 0.2)).astype(np.uint8))
    if kind == 5:
        hue, saturation, value = image.convert("HSV").split()
        turned = (np.asarray(hue, dtype=int) + int(step * rng.uniform(8, 16))) % 256
        return Image.merge("HSV", (Image.fromarray(turned.astype(np.uint8)), saturation, value)).convert("RGB")
    return image.convert("L").convert("RGB")


ALTERATIONS = {
    "re-encoded": (),
    "resized": (resized,),
    "cropped": (cropped,),
    "watermarked": (watermarked,),
    "mirrored": (mirrored,),
    "letterboxed": (letterboxed,),
    "recoloured": (recoloured,),
    "cropped and resized": (cropped, resized),
    "mirrored and cropped": (mirrored, cropped),
    "letterboxed and resized": (letterboxed, resized),
    "recoloured and cropped": (recoloured, cropped),
    "watermarked and resized": (watermarked, resized),
    "mirrored and letterboxed": (mirrored, letterboxed),
}


def altered(image, name, rng):
    """The bytes of a copy: its alterations in order, then JPEG of some quality (PNG or WebP now and then)."""
    copy = image.convert("RGB")
    for step in ALTERATIONS[name]:
        copy = step(copy, rng)
    return saved(copy, str(rng.choice(["JPEG", "JPEG", "JPEG", "WEBP", "PNG"])), int(rng.integers(45, 90)))
