"""Where everything is kept: the warehouse (DuckDB), the blobs (content-addressed files) and the folder that holds both."""

from pipeline.store.blobs import Blobs, write_atomically
from pipeline.store.home import Home
from pipeline.store.warehouse import Transaction, Warehouse

__all__ = ["Blobs", "Home", "Transaction", "Warehouse", "write_atomically"]
