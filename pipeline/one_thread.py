"""Linear algebra in one thread: numpy's matrices here are small, and a second thread only waits.

Measured with d=128 on two cores that others use as well: choosing a start takes 0.7 s in one thread and 40 s in two, a
training 0.7 s and 3 s, holding 2,000 pictures against each other 12 s and 82 s, laying copies over their originals 4 s of
processor time and 11 s. It also takes the thread count out of what the weights depend on.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for numpy's BLAS within; whatever was set before stands again afterwards."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
