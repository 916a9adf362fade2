"""Charts of pairs and splits: numbers only, nobody's words or pictures."""

import io
from typing import TYPE_CHECKING

from pipeline.store import Home

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 6.0, 2.8, 110
BINS = 20
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999")  # Okabe and Ito


def weights_chart(home: Home, person: str) -> bytes:
    """PNG: how many pairs of each kind weigh how much, on a logarithmic axis of counts."""
    rows = home.warehouse.rows("select kind, list(weight) as weights from pairs where person = ? group by kind order by kind", person)
    figure, axes = _figure()
    if rows:
        weights, kinds = [row["weights"] for row in rows], [row["kind"] for row in rows]
        axes.hist(weights, bins=BINS, range=(0, 1), histtype="step", linewidth=1.5, label=kinds, color=COLOURS[: len(rows)])
        axes.set_yscale("log")
        axes.legend(fontsize="small", frameon=False)
    axes.set_xlabel("weight")
    axes.set_ylabel("pairs")
    return _png(figure)


def splits_chart(home: Home, person: str) -> bytes:
    """PNG: the sizes of the groups of each split, the largest first."""
    rows = home.warehouse.rows(SIZES, person)
    figure, axes = _figure()
    for number, split in enumerate(("train", "validation", "test")):
        sizes = [row["n"] for row in rows if row["split"] == split]
        axes.plot(range(1, len(sizes) + 1), sizes, "o-", markersize=3, color=COLOURS[number], label=f"{split}: {len(sizes)} groups")
    axes.set_yscale("log")
    axes.set_xlabel("group, the largest first")
    axes.set_ylabel("items")
    axes.legend(fontsize="small", frameon=False)
    return _png(figure)


SIZES = """
    select s.split, count(*) as n from groups g join splits s using (person, group_id) where g.person = ?
    group by s.split, g.group_id order by n desc"""


def _figure() -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    return figure, figure.add_subplot()


def _png(figure: "Figure") -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
