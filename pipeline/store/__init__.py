"""Where everything is kept: the warehouse (DuckDB), the blobs (content-addressed files) and the folder that holds both.

Each is loaded when it is first asked for: a parser process needs the blobs, and neither DuckDB nor Arrow (50 MB, 0.2 s).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.store.blobs import Blobs, write_atomically
    from pipeline.store.home import Home
    from pipeline.store.warehouse import Transaction, Warehouse

MODULES = {"Blobs": "blobs", "Home": "home", "Transaction": "warehouse", "Warehouse": "warehouse", "write_atomically": "blobs"}

__all__ = ["Blobs", "Home", "Transaction", "Warehouse", "write_atomically"]


def __getattr__(name: str) -> object:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
