"""Where a simulated picture stands: the addresses that bodies, exports and the server agree on."""

import base64
import uuid
from urllib.parse import quote

from pipeline.simulate.drawing import SIZE
from pipeline.simulate.model import Picture

UPLOADS = "substack-post-media.s3.amazonaws.com"
PROXY = "substackcdn.com"
PINNED = "i.pinimg.com"


def upload_url(picture: Picture) -> str:
    """A Substack upload's original address; its name carries a uuid and the true size."""
    return f"https://{UPLOADS}/public/images/{uuid.UUID(picture.picture_id)}_{SIZE}x{SIZE}.jpeg"


def proxied_url(picture: Picture, options: str) -> str:
    """The same upload behind the image proxy. The signature belongs to the source and is the same for all `options`."""
    signature = base64.urlsafe_b64encode(bytes.fromhex(picture.picture_id)[:6]).decode()
    return f"https://{PROXY}/image/fetch/$s_!{signature}!,{options}/{quote(upload_url(picture), safe='')}"


def pinned_url(picture: Picture, size: str = "736x") -> str:
    """A pin's picture; the folders are the first letters of its signature."""
    name = picture.picture_id
    return f"https://{PINNED}/{size}/{name[:2]}/{name[2:4]}/{name[4:6]}/{name}.jpg"
