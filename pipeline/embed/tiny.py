"""The embedded encoder `tiny`: its architecture, its shipped weights, and how its text tower reads ids.

It is open_clip's own `CLIP`, small (`tiny_model.json`); `python -m pipeline.simulate.train_tiny` made the weights.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.embed.torchvision_guard import guarded_import

if TYPE_CHECKING:
    from torch import Tensor

ClipModel = Any  # an open_clip model; open_clip carries no types
_HERE = Path(__file__).parent
MODEL, WEIGHTS, CARD = _HERE / "tiny_model.json", _HERE / "tiny.safetensors", _HERE / "tiny_card.json"
CONTEXT, SIZE = 96, 64
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # those of OpenAI's CLIP


def build() -> ClipModel:
    """An `open_clip.model.CLIP` of tiny's architecture, with random weights."""
    described = json.loads(MODEL.read_text(encoding="utf-8"))
    module = guarded_import("open_clip.model")
    text, vision = module.CLIPTextCfg(**described["text_cfg"]), module.CLIPVisionCfg(**described["vision_cfg"])
    return module.CLIP(described["embed_dim"], vision, text)


def load() -> ClipModel:
    """The model with the shipped weights, in single precision, ready to embed."""
    from safetensors.torch import load_file

    model = build()
    model.load_state_dict({name: weight.float() for name, weight in load_file(WEIGHTS).items()})
    return model.eval()


def save(model: ClipModel) -> None:
    """Ship these weights: half precision, which costs nothing that can be measured and halves the file."""
    from safetensors.torch import save as serialise

    WEIGHTS.write_bytes(serialise({name: weight.detach().half().contiguous() for name, weight in model.state_dict().items()}))


def normalise(pictures: "Tensor") -> "Tensor":
    """uint8[n, height, width, 3] as the model takes it: float32[n, 3, height, width], standardised."""
    import torch

    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (pictures.permute(0, 3, 1, 2).float() / 255 - mean) / std


def encode_ids(model: ClipModel, ids: "Tensor") -> "Tensor":
    """Text vectors, not normalised, float[n, dim], of int64[n, length] ended ids that may be shorter than the context.

    As `CLIP.encode_text`, which insists on the full context: with a causal mask what follows the end token has no effect, so
    cutting a batch to its longest text gives the same vectors for less work.
    """
    import torch

    length = ids.shape[1]
    vectors = model.token_embedding(ids) + model.positional_embedding[:length]
    vectors = model.ln_final(model.transformer(vectors, attn_mask=model.attn_mask[:length, :length]))
    last: Tensor = vectors[torch.arange(len(ids)), ids.argmax(dim=-1)] @ model.text_projection
    return last
