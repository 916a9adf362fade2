"""The simulated world as Substack and Pinterest would present it: one loopback server that answers for every host."""

from pipeline.simulate.site.process import serve_in_process
from pipeline.simulate.site.server import Request, Served, serve

__all__ = ["Request", "Served", "serve", "serve_in_process"]
