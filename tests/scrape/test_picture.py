import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from pipeline.scrape.picture import PictureRejected, flattened, phash, read_picture


def noise(width=64, height=48, seed=0):
    small = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def encode(image, name="PNG", **options):
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width, height):
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", b"")
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_four_formats_are_read_and_measured(name):
    found = read_picture(encode(noise(), name))
    assert (found.format, found.width, found.height, found.frames) == (name, 64, 48, 1)
    assert Image.open(io.BytesIO(found.content)).size == (64, 48)


@pytest.mark.parametrize("name", ["TIFF", "BMP", "PPM", "ICO", "TGA", "EPS", "PDF"])
def test_other_formats_are_refused_whatever_they_are_called(name):
    with pytest.raises(PictureRejected) as rejected:
        read_picture(encode(noise(), name))
    assert rejected.value.reason == "undecodable"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "undecodable"),
        (b"<html><body>404</body></html>", "undecodable"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "undecodable"),
        (b'{"error": "no"}', "undecodable"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 100, "undecodable"),
        (png_header(100_000, 100_000), "too_many_pixels"),
        (png_header(12_000, 12_000), "too_many_pixels"),
        (png_header(0, 0), "undecodable"),
        (png_header(100, 100), "undecodable"),
        (encode(noise(1, 1)), "too_small"),
        (encode(noise(15, 200)), "too_small"),
        (encode(noise(20, 2_000)), "odd_shape"),
        (encode(noise(), "JPEG")[:-200], "undecodable"),
        (encode(noise(), "PNG")[:-200], "undecodable"),
        (encode(noise(), "WEBP")[:-100], "undecodable"),
    ],
    ids=str,
)
def test_what_cannot_be_kept_has_a_reason(content, reason):
    with pytest.raises(PictureRejected) as rejected:
        read_picture(content)
    assert rejected.value.reason == reason


@pytest.mark.parametrize("cut", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_a_cut_jpeg_is_never_kept(cut):
    whole = encode(noise(200, 150), "JPEG")
    with pytest.raises(PictureRejected):
        read_picture(whole[: int(len(whole) * cut)])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_is_kept_stands_upright(orientation):
    upright = noise(64, 48)
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what undoes the camera's turn
    image = upright.transpose(Image.Transpose(turned[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read_picture(encode(image, "PNG", exif=exif))
    assert (found.width, found.height) == (64, 48)
    kept = np.asarray(Image.open(io.BytesIO(found.content)).convert("RGB"), dtype=int)
    assert np.abs(kept - np.asarray(upright, dtype=int)).max() == 0


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_metadata_is_gone_and_the_pixels_are_not(name):
    exif = Image.Exif()
    exif[0x010E], exif[0x9003] = "SECRET place", "2026:01:01 00:00:00"
    options = {"exif": exif} | ({"lossless": True} if name == "WEBP" else {})
    if name == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", "SECRET words")
    content = encode(noise(), name, **options) + (b"SECRET trailer" if name != "WEBP" else b"")
    found = read_picture(content)
    assert b"SECRET" in content
    assert b"SECRET" not in found.content
    before, after = (np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in (content, found.content))
    assert (before == after).all()


def test_a_jpeg_comment_is_gone():
    found = read_picture(encode(noise(), "JPEG", comment=b"SECRET"))
    assert b"SECRET" not in found.content


def test_an_animation_gives_its_first_frame():
    frames = [noise(seed=n) for n in range(3)]
    found = read_picture(encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50))
    assert found.frames == 3
    assert getattr(Image.open(io.BytesIO(found.content)), "n_frames", 1) == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_is_read(mode):
    image = (
        noise().convert("L").convert(mode) if mode != "I;16" else Image.fromarray(np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 20)
    )
    found = read_picture(encode(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert (found.width, found.height) == (64, 48)


def test_sixteen_bit_grey_is_scaled_not_clipped():
    image = Image.fromarray(np.full((20, 20), 40_000, dtype=np.uint16))
    assert abs(flattened(image).getpixel((0, 0))[0] - 156) <= 2


def test_transparency_lies_over_white():
    assert flattened(Image.new("RGBA", (20, 20), (0, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)


def slow_phash(image):
    grey = np.asarray(image.convert("RGB").convert("L").resize((32, 32), Image.Resampling.LANCZOS), dtype=float)
    low = np.zeros((8, 8))
    for u in range(8):
        for v in range(8):
            total = 0.0
            for x in range(32):
                for y in range(32):
                    total += grey[x, y] * np.cos(np.pi * (2 * x + 1) * u / 64) * np.cos(np.pi * (2 * y + 1) * v / 64)
            low[u, v] = total * (np.sqrt(1 / 32) if u == 0 else 0.25) * (np.sqrt(1 / 32) if v == 0 else 0.25)
    middle = np.median(low)
    return int("".join("1" if value > middle else "0" for value in low.ravel()), 2)


def test_the_hash_equals_the_slow_one():
    image = noise(100, 80, seed=3)
    assert phash(image) == slow_phash(image)


def test_the_hash_survives_encoding_and_size_and_tells_pictures_apart():
    image = noise(400, 300)
    small = Image.open(io.BytesIO(encode(image.resize((200, 150)), "JPEG", quality=60)))
    assert bin(phash(image) ^ phash(small)).count("1") <= 6
    assert bin(phash(image) ^ phash(noise(400, 300, seed=9))).count("1") >= 16


def test_a_flat_picture_has_no_hash():
    assert phash(Image.new("RGB", (64, 64), (200, 30, 30))) is None
