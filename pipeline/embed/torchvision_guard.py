"""The one door to open_clip and torchvision.

A CPU build of torch beside the CUDA build of torchvision that PyPI serves cannot import torchvision: its compiled operators
do not load, and registering a fake kernel for one of them fails with "operator torchvision::nms does not exist". open_clip
uses none of these operators, so declaring the missing schemas is enough.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_declared: list[Any] = []  # a torch Library takes its schemas away when it is collected


def _missing_operator(error: RuntimeError) -> bool:
    """Whether `error` is the known mismatch and no other."""
    return any(f"operator torchvision::{name} does not exist" in str(error) for name in _SCHEMAS)


def _drop_half_imported() -> None:
    """Forget what a failed import left behind: the next import would find broken modules and stop there."""
    for name in [n for n in sys.modules if n.split(".")[0] in {"torchvision", "open_clip"}]:
        del sys.modules[name]


def _declare_schemas() -> None:
    """Declare torchvision's two operators without an implementation."""
    import torch.library

    library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS.values():
        library.define(schema)
    _declared.append(library)


def guarded_import(name: str) -> ModuleType:
    """The module `name`, of torchvision or of something that imports it.

    With a torchvision that matches torch this is a plain import. Raises whatever the import raises, except the one error
    of a mismatched pair, which is mended once.
    """
    try:
        return importlib.import_module(name)
    except RuntimeError as error:
        if _declared or not _missing_operator(error):
            raise
    _drop_half_imported()
    _declare_schemas()
    return importlib.import_module(name)


def open_clip() -> ModuleType:
    """The package open_clip."""
    return guarded_import("open_clip")
